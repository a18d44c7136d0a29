"""What a process of the server does before its first request."""

import gc
import resource
import runpy
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.template import Engine
from django.test import override_settings

from jss_layout.warming import compile_templates

ROOT = Path(__file__).resolve().parent.parent.parent
PAGE = "page.html"
COMPONENT = "components/Found.html"
BROKEN = "components/Broken.html"


@pytest.fixture
def engine(settings: Any, tmp_path: Path) -> Engine:
    (tmp_path / "components").mkdir()
    (tmp_path / PAGE).write_text("a page")
    (tmp_path / COMPONENT).write_text("a component")
    settings.TEMPLATES = [
        {"BACKEND": "django.template.backends.django.DjangoTemplates", "DIRS": [tmp_path]}
    ]
    return Engine.get_default()


def kept(engine: Engine) -> set[str]:
    """The templates that Django's loader has compiled."""
    (loader,) = engine.template_loaders
    return {str(key) for key in loader.get_template_cache}  # type: ignore[attr-defined]


def test_templates_of_pages_and_components_are_compiled_before_somebody_asks(
    engine: Engine,
) -> None:
    compile_templates()
    assert {PAGE, COMPONENT} <= kept(engine)


def test_a_broken_template_is_named_and_keeps_no_other_from_being_compiled(
    engine: Engine, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / BROKEN).write_text("{% no_such_tag %}")
    compile_templates()
    assert {PAGE, COMPONENT} <= kept(engine)
    (line,) = [record.getMessage() for record in caplog.records]
    assert BROKEN in line


def test_a_worker_of_gunicorn_compiles_them_as_it_starts(
    engine: Engine, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module, name in ((gc, "freeze"), (gc, "set_threshold"), (resource, "setrlimit")):
        monkeypatch.setattr(module, name, lambda *_: None)
    settings.WORKER_THREADS = 0
    configuration = runpy.run_path(str(ROOT / "gunicorn.conf.py"))
    configuration["post_worker_init"](SimpleNamespace(cfg=SimpleNamespace(threads=4)))
    assert {PAGE, COMPONENT} <= kept(engine)


@pytest.mark.parametrize(
    ("variables", "written", "threads"),
    [
        ({}, "WORKER_THREADS=3", 3),
        ({"WORKER_THREADS": "5"}, "WORKER_THREADS=3", 5),
        ({"JSS_READ_DOT_ENV": "false"}, "WORKER_THREADS=3", 16),
        ({"WORKER_THREADS": "0"}, "", 16),
        ({}, "WORKER_THREADS=", 16),
    ],
)
def test_gunicorn_has_as_many_threads_as_the_environment_or_its_file_says(
    variables: dict[str, str],
    written: str,
    threads: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(resource, "setrlimit", lambda *_: None)
    for name in ("WORKER_THREADS", "JSS_READ_DOT_ENV"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    shutil.copy(ROOT / "gunicorn.conf.py", tmp_path)
    (tmp_path / ".env").write_text(written)
    assert runpy.run_path(str(tmp_path / "gunicorn.conf.py"))["threads"] == threads


def test_in_debug_nothing_is_compiled(engine: Engine) -> None:
    with override_settings(DEBUG=True):
        compile_templates()
    assert kept(engine) == set()
