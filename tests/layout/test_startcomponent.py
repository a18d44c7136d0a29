import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.test import override_settings

ROOT = Path(__file__).parents[2]
SETTINGS = """
from tests.settings import *
from tests.settings import INSTALLED_APPS, TEMPLATES
INSTALLED_APPS = [*INSTALLED_APPS, "stall"]
TEMPLATES = [TEMPLATES[0] | {"DIRS": [r"FOLDER/templates"]}]
"""
OWN_ENTRIES = '''"""The stall's own."""

from jss_layout import components

components.register("Sign", template="components/PriceList.html")
'''


def start(*arguments: str) -> list[str]:
    out = StringIO()
    call_command("startcomponent", *arguments, stdout=out)
    return out.getvalue().split()


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a site's templates and an app named stall, whose files can be run."""
    (tmp_path / "stall").mkdir()
    (tmp_path / "stall" / "__init__.py").touch()
    (tmp_path / "own_settings.py").write_text(SETTINGS.replace("FOLDER", str(tmp_path)))
    config = type("Config", (), {"path": str(tmp_path / "stall")})
    real = apps.get_app_config
    monkeypatch.setattr(
        apps, "get_app_config", lambda name: config if name == "stall" else real(name)
    )
    return tmp_path


def in_site(site: Path) -> override_settings:
    backend = "django.template.backends.django.DjangoTemplates"
    engine = {"BACKEND": backend, "DIRS": [site / "templates"], "APP_DIRS": True}
    return override_settings(TEMPLATES=[engine], BASE_DIR=site)


def run_tests(site: Path) -> str:
    """What pytest says of the tests in the site's folder, in a process of its own."""
    options = ["-q", "-p", "no:cacheprovider", "-c", "/dev/null", "--rootdir", str(site)]
    command = [sys.executable, "-m", "pytest", *options, "--ds=own_settings", str(site)]
    environment = {"PYTHONPATH": f"{site}:{ROOT}", "PATH": "", "PYTHONDONTWRITEBYTECODE": "1"}
    ran = subprocess.run(command, env=environment, cwd=site, capture_output=True, text=True)
    return ran.stdout + ran.stderr


@pytest.mark.load
def test_a_new_component_of_the_site_has_a_template_and_a_test_that_passes(site: Path) -> None:
    with in_site(site):
        written = start("PriceList")
    assert written == [
        str(site / "templates" / "components" / "PriceList.html"),
        str(site / "tests" / "test_price_list.py"),
    ]
    assert "1 passed" in run_tests(site)


@pytest.mark.load
@pytest.mark.parametrize("before", ["", OWN_ENTRIES])
def test_a_new_component_of_an_app_has_a_function_too(site: Path, before: str) -> None:
    entries = site / "stall" / "jss_components.py"
    if before:
        entries.write_text(before)
    start("PriceList", "--app", "stall")
    assert (site / "stall" / "templates" / "components" / "PriceList.html").exists()
    assert '@components.register("PriceList")\ndef price_list(' in entries.read_text()
    assert entries.read_text().count("import components") == 1
    assert ("Sign" in entries.read_text()) is bool(before)
    assert "1 passed" in run_tests(site)


@pytest.mark.load
@pytest.mark.parametrize(
    "before",
    [
        "from __future__ import annotations\n",
        "from __future__ import annotations\n\nfrom jss_layout import components\n",
        '"""Ours."""\n\nSIZE = 3',
    ],
)
def test_imports_stand_where_python_takes_them(site: Path, before: str) -> None:
    entries = site / "stall" / "jss_components.py"
    entries.write_text(before)
    start("PriceList", "--app", "stall")
    assert entries.read_text().startswith(before.splitlines()[0])
    assert "1 passed" in run_tests(site)


@pytest.mark.parametrize(
    ("name", "function"), [("Class", "class_"), ("Components", "components_"), ("Match", "match")]
)
def test_a_function_takes_no_name_that_python_or_the_module_needs(
    site: Path, name: str, function: str
) -> None:
    start(name, "--app", "stall")
    start("PriceList", "--app", "stall")
    entries = (site / "stall" / "jss_components.py").read_text()
    assert f'@components.register("{name}")\ndef {function}(' in entries
    assert "2 passed" in run_tests(site)


@pytest.mark.parametrize("before", ["def (:\n", "x = 1\n\nreturn x\n"])
def test_nothing_is_written_beside_entries_that_do_not_run(site: Path, before: str) -> None:
    entries = site / "stall" / "jss_components.py"
    entries.write_text(before)
    with pytest.raises(CommandError, match=r"jss_components\.py .*not run.*nothing was written"):
        start("PriceList", "--app", "stall")
    assert entries.read_text() == before
    assert not (site / "stall" / "templates").exists()


def test_the_test_of_a_new_component_fails_without_its_template(site: Path) -> None:
    with in_site(site):
        template, _ = start("PriceList")
    Path(template).write_text("")
    assert "1 failed" in run_tests(site)


def test_a_file_that_exists_stays_as_it_is(site: Path) -> None:
    with in_site(site):
        template, test = start("PriceList")
        Path(test).unlink()
        Path(template).write_text("mine")
        with pytest.raises(CommandError, match=r"PriceList\.html exists; nothing was written"):
            start("PriceList")
    assert Path(template).read_text() == "mine"
    assert not Path(test).exists()


@pytest.mark.parametrize("name", ["StyleguideExample", "styleguideexample"])
def test_a_name_that_an_app_has_registered_is_refused(site: Path, name: str) -> None:
    with pytest.raises(CommandError) as refused:
        start(name, "--app", "stall")
    assert str(refused.value) == (
        "Component 'StyleguideExample' is registered by "
        "jss_site.styleguide.jss_components.styleguide_example already; nothing was written. "
        "Without --app, the site gets a template of its own for it."
    )
    assert [path.name for path in (site / "stall").iterdir()] == ["__init__.py"]


def test_a_site_may_have_a_template_of_its_own_for_such_a_name(site: Path) -> None:
    with in_site(site):
        assert len(start("StyleguideExample")) == 2


@pytest.mark.parametrize("name", ["../x", "a/b", "", "1a", "Ært", "A B"])
def test_a_name_that_is_none_is_refused(site: Path, name: str) -> None:
    with in_site(site), pytest.raises(CommandError, match="no component's name"):
        start(name)


def test_an_app_that_is_not_installed_is_named(site: Path) -> None:
    with pytest.raises(CommandError, match="No app is installed as 'nowhere'"):
        start("PriceList", "--app", "nowhere")


def test_a_site_without_a_folder_of_templates_is_told_so(site: Path) -> None:
    engine = {"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}
    with override_settings(TEMPLATES=[engine]), pytest.raises(CommandError, match="--app"):
        start("PriceList")
