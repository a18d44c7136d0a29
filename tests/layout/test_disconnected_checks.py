"""``manage.py check`` reports broken content by file and line."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.checks import CheckMessage
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from pytest_django import Settings

from jss_layout.sources.disconnected.checks import check_content, content_errors
from tests.layout.content import write


@pytest.fixture
def data(tmp_path: Path, settings: Settings) -> Path:
    settings.JSS_DATA_DIR = tmp_path
    return write(tmp_path, {"routes/en.yml": "fields: {pageTitle: Welcome}\n"})


def found(data: Path, files: dict[str, str]) -> list[tuple[str, str]]:
    """Id and place of each mistake."""
    write(data, files)
    problems: list[CheckMessage] = check_content()
    assert all(problem.hint for problem in problems)
    short = (problem.msg.removeprefix(f"{data}/").split(": ")[0] for problem in problems)
    return list(zip([str(problem.id) for problem in problems], short, strict=True))


def test_content_that_is_right_has_no_errors(data: Path) -> None:
    assert found(data, {"dictionary/da.yml": "a: b"}) == []


@pytest.mark.parametrize(
    ("files", "problems"),
    [
        ({"routes/a/en.yml": "a: 1\nb: x: y"}, [("jss_layout.E101", "routes/a/en.yml:2")]),
        ({"dictionary/en.yml": "a: [b]"}, [("jss_layout.E102", "dictionary/en.yml:1")]),
        ({"routes/a/da.yml": "\nfields: 7"}, [("jss_layout.E102", "routes/a/da.yml:1")]),
        (
            {"content/a/en.yml": "id: a\nfields: {x: {id: gone}}"},
            [("jss_layout.E104", "content/a/en.yml:2")],
        ),
        (
            {"component-content/a/en.yml": "id: a\ncomponentName: A\nparams: 7"},
            [("jss_layout.E102", "component-content/a/en.yml:3")],
        ),
        (
            {"content/a/en.yml": "id: a", "content/b/en.yml": "x: 1\nid: a"},
            [("jss_layout.E103", "content/b/en.yml:2")],
        ),
        (
            {"routes/a/en.yml": "", "routes/a/en.yaml": ""},
            [("jss_layout.E103", "routes/a/en.yml")],
        ),
    ],
)
def test_each_mistake_has_an_id_and_a_line(
    data: Path, files: dict[str, str], problems: list[tuple[str, str]]
) -> None:
    assert found(data, files) == problems


def test_a_link_out_of_the_folder_is_reported(
    data: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = write(tmp_path_factory.mktemp("other"), {"en.yml": "a: 1"})
    (data / "content").symlink_to(other)
    (data / "routes/da.yml").symlink_to(other / "en.yml")
    assert found(data, {}) == [("jss_layout.E105", "content"), ("jss_layout.E105", "routes/da.yml")]


def test_a_mistake_in_shared_content_is_reported_once(data: Path) -> None:
    files = {
        "component-content/a/en.yml": "id: a\ncomponentName: A\nparams: 7",
        "routes/en.yml": "placeholders: {main: [{id: a}, {id: a}]}",
        "routes/b/en.yml": "placeholders: {main: [{id: a}]}",
    }
    assert found(data, files) == [("jss_layout.E102", "component-content/a/en.yml:3")]


def test_content_that_falls_back_is_no_mistake(data: Path, settings: Settings) -> None:
    files = {"content/a/en.yml": "id: a", "routes/b/da.yml": "fields: {x: {id: a}}"}
    assert found(data, files) == []
    settings.JSS_LANGUAGE_FALLBACK = False
    assert found(data, files) == [("jss_layout.E104", "routes/b/da.yml:1")]


def test_a_connected_site_may_have_any_files(data: Path, settings: Settings) -> None:
    settings.JSS_MODE = "connected"
    assert found(data, {"routes/en.yml": "a: ["}) == []


def test_a_missing_folder_is_left_to_the_check_of_the_setting(
    tmp_path: Path, settings: Settings
) -> None:
    settings.JSS_DATA_DIR = tmp_path / "gone"
    assert check_content() == []
    assert [error.code for error in content_errors()] == ["E011"]


def test_manage_check_runs_it(data: Path) -> None:
    write(data, {"routes/en.yml": "a: ["})
    with pytest.raises(SystemCheckError, match=r"jss_layout\.E101.*routes/en\.yml:2: is no YAML"):
        call_command("check", stdout=StringIO(), stderr=StringIO())
