"""What a reader looks up in ``docs/`` stands there, and what stands there exists."""

import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest
from django.dispatch import Signal
from django.template.library import Library

from jss_layout.conf import Conf as LayoutConf
from jss_tracking.conf import PROCESSORS
from jss_tracking.conf import Conf as TrackingConf

ROOT = Path(__file__).resolve().parent.parent.parent
APPS = ("jss_layout", "jss_tracking")
CHECK_ID = re.compile(r"\bjss_(?:layout|tracking)\.[EW]\d{3}\b")
LIBRARIES = ("jss_layout.templatetags.jss", "jss_tracking.templatetags.jss_tracking")


@cache
def docs() -> str:
    return "\n".join(page.read_text() for page in sorted((ROOT / "docs").glob("*.md")))


def sources() -> Iterator[Path]:
    return (path for app in APPS for path in sorted((ROOT / app).rglob("*.py")))


def assert_documented(names: set[str], pattern: str = "`NAME`") -> None:
    """Every name stands in the docs; ``pattern`` says how they write it."""
    missing = [
        name for name in sorted(names) if not re.search(pattern.replace("NAME", name), docs())
    ]
    assert not missing, f"docs/ does not tell of {', '.join(missing)}"


def library(path: str) -> Library:
    register = import_module(path).register
    assert isinstance(register, Library)
    return register


@pytest.mark.parametrize("conf", [LayoutConf, TrackingConf])
def test_every_setting_is_documented(conf: type) -> None:
    names = {name for name in vars(conf) if name.isupper()}
    assert names
    assert_documented(names)


def test_every_environment_variable_is_documented() -> None:
    settings = (ROOT / "jss_site" / "settings.py").read_text()
    example = (ROOT / ".env.example").read_text()
    names = {*re.findall(r'env\.\w+\(\s*"(\w+)"', settings)}
    names |= {*re.findall(r"(?m)^#?([A-Z_]+)=", example)}
    assert "JSS_MODE" in names
    assert_documented(names)


@pytest.mark.parametrize("path", LIBRARIES)
def test_every_template_tag_is_documented(path: str) -> None:
    tags = set(library(path).tags)
    assert tags
    assert_documented(tags, r"{% NAME\b")


@pytest.mark.parametrize("path", LIBRARIES)
def test_every_template_filter_is_documented(path: str) -> None:
    assert_documented(set(library(path).filters), r"\|NAME\b|`NAME`")


def check_ids(path: Path) -> set[str]:
    """Ids that a source writes out, or as a code that its app's name goes before."""
    text, app = path.read_text(), path.relative_to(ROOT).parts[0]
    codes = re.findall(r'"([EW]\d{3})"', text)
    return {*CHECK_ID.findall(text), *(f"{app}.{code}" for code in codes)}


def test_every_check_is_documented_and_no_other() -> None:
    raised = {found for path in sources() for found in check_ids(path)}
    assert raised
    assert_documented(raised)
    assert set(CHECK_ID.findall(docs())) <= raised


def test_every_management_command_is_documented() -> None:
    commands = {
        path.stem
        for app in APPS
        for path in (ROOT / app / "management" / "commands").glob("*.py")
        if path.stem != "__init__"
    }
    assert_documented(commands, r"manage\.py NAME\b")


def test_a_check_id_means_one_thing() -> None:
    table = (ROOT / "docs/checks.md").read_text()
    listed = re.findall(rf"^\| `({CHECK_ID.pattern})` \|", table, re.MULTILINE)
    assert listed
    assert [check_id for check_id, times in Counter(listed).items() if times > 1] == []


def test_every_signal_is_documented() -> None:
    modules = [
        import_module(f"{app}.signals") for app in APPS if (ROOT / app / "signals.py").exists()
    ]
    signals = {
        name
        for module in modules
        for name, value in vars(module).items()
        if isinstance(value, Signal)
    }
    assert "layout_served" in signals
    assert_documented(signals)


def test_every_stock_processor_is_documented() -> None:
    assert_documented({path.rpartition(".")[2] for path in PROCESSORS}, r"`(\w+\.)*NAME`")


def test_links_between_pages_lead_somewhere() -> None:
    pages = [*(ROOT / "docs").glob("*.md"), *ROOT.glob("*.md")]
    broken = [
        f"{page.name}: {link}"
        for page in pages
        for link in re.findall(r"\]\(([^)\s:#]+)(?:#[^)]*)?\)", page.read_text())
        if not (page.parent / link).exists()
    ]
    assert broken == []
