"""Reading content files: YAML as JSS reads it, JSON, and what is wrong with either."""

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jss_layout.sources.disconnected.errors import ContentError, Place, line_of
from jss_layout.sources.disconnected.files import read, scan
from tests.layout.content import write


def value(tmp_path: Path, text: str) -> Any:
    write(tmp_path, {"en.yml": f"key: {text}\n"})
    return read(tmp_path / "en.yml")["key"]


def fault(path: Path, content: str | bytes) -> ContentError:
    data = content.encode() if isinstance(content, str) else content
    path.write_bytes(data)
    with pytest.raises(ContentError) as caught:
        read(path)
    return caught.value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("no", "no"),
        ("Yes", "Yes"),
        ("off", "off"),
        ("true", True),
        ("False", False),
        ("", None),
        ("~", None),
        ("null", None),
        ("12", 12),
        ("-3", -3),
        ("0", 0),
        ("0x1F", 31),
        ("0o17", 15),
        ("1.21", 1.21),
        ("-.5", -0.5),
        ("1e3", 1000.0),
        ("0123", "0123"),
        ("12:30", "12:30"),
        ("1_000", "1_000"),
        (".inf", ".inf"),
        (".nan", ".nan"),
        ("1.2.3", "1.2.3"),
        ("2026-05-04", "2026-05-04T00:00:00Z"),
        ("2026-05-04T15:30:00Z", "2026-05-04T15:30:00Z"),
        ("2026-05-04 15:30:00", "2026-05-04T15:30:00Z"),
        ("2026-05-04T15:30:00+02:00", "2026-05-04T13:30:00Z"),
        ("2026-02-30", "2026-02-30"),
        ("'2026-05-04'", "2026-05-04"),
        ("[1, two, {three: 3}]", [1, "two", {"three": 3}]),
    ],
)
def test_a_yaml_scalar_is_what_jss_takes_it_for(tmp_path: Path, text: str, expected: Any) -> None:
    found = value(tmp_path, text)
    assert found == expected
    assert type(found) is type(expected)


def test_keys_are_text_whatever_they_look_like(tmp_path: Path) -> None:
    write(tmp_path, {"en.yml": "404: a\nno: b\ntrue: c\n2026-05-04: d\n"})
    assert list(read(tmp_path / "en.yml")) == ["404", "no", "true", "2026-05-04"]


def test_anchors_aliases_and_merges_work(tmp_path: Path) -> None:
    write(tmp_path, {"en.yml": "base: &b {x: 1, y: 2}\nnext: {<<: *b, y: 3}\nsame: *b\n"})
    found = read(tmp_path / "en.yml")
    assert found["next"] == {"x": 1, "y": 3}
    assert found["same"] == {"x": 1, "y": 2}


def test_a_dictionary_keeps_every_scalar_as_it_is_written(tmp_path: Path) -> None:
    write(tmp_path, {"en.yml": "a: no\nb: 010\nc: 2026-05-04\nd: true\ne:\n"})
    found = read(tmp_path / "en.yml", as_text=True)
    assert found == {"a": "no", "b": "010", "c": "2026-05-04", "d": "true", "e": ""}


def test_a_byte_order_mark_is_no_part_of_the_content(tmp_path: Path) -> None:
    (tmp_path / "en.yml").write_bytes(b"\xef\xbb\xbfa: 1\n")
    assert read(tmp_path / "en.yml") == {"a": 1}


@pytest.mark.parametrize("name", ["en.yml", "en.json"])
def test_an_empty_file_is_an_empty_mapping(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("")
    assert read(tmp_path / name) == {}


def test_json_with_tabs_and_surrogate_pairs_is_read(tmp_path: Path) -> None:
    (tmp_path / "en.json").write_text('{\n\t"face": "\\ud83d\\ude00"\n}')
    assert read(tmp_path / "en.json") == {"face": "\U0001f600"}


@pytest.mark.parametrize(
    ("content", "line", "message"),
    [
        ("a: 1\nb: x: y\n", 2, "is no YAML: mapping values are not allowed"),
        ("a: 1\nb: 2\na: 3\n", 3, "is no YAML: the key 'a' stands twice"),
        ("a: 1\n[x, y]: 2\n", 2, "is no YAML: a key must be text"),
        ("a: !!python/object/apply:os.system [ls]\n", 1, "is no YAML: could not determine"),
        ("a: !!binary aGk=\n", 1, "is no YAML: could not determine"),
        ("a: *nobody\n", 1, "is no YAML: found undefined alias"),
        ("a: 1\nb: \x00\n", 2, "has a character that YAML does not allow: #0000"),
        ("- a\n- b\n", 1, "must hold a mapping of keys to values"),
        ("text\n", 1, "must hold a mapping of keys to values"),
    ],
)
def test_broken_yaml_is_told_by_file_and_line(
    tmp_path: Path, content: str, line: int, message: str
) -> None:
    error = fault(tmp_path / "en.yml", content)
    assert (error.code, error.line) == ("E101", line)
    assert str(error).startswith(f"{tmp_path}/en.yml:{line}: {message}")


@pytest.mark.parametrize(
    ("content", "line", "message"),
    [
        ('{"a": 1,\n "b": }', 2, "is no JSON: Expecting value"),
        ('{"a": 1,\n "b": 2,\n "a": 3}', 3, "the key 'a' stands twice"),
        ("[]", 1, "must hold a mapping of keys to values"),
    ],
)
def test_broken_json_is_told_by_file_and_line(
    tmp_path: Path, content: str, line: int, message: str
) -> None:
    error = fault(tmp_path / "en.json", content)
    assert str(error) == f"{tmp_path}/en.json:{line}: {message}"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("en.yml", b"a: \xff\n"),
        ("en.yml", b"a: &a [*a]\n"),
        ("en.yml", b"a: " + b"[" * 101 + b"]" * 101),
        ("en.yml", b"a: 1e999\n"),
        ("en.yml", b"a: !!int twelve\n"),
        ("en.json", b'{"a": NaN}'),
        ("en.json", b'{"a": "\\ud800"}'),
        ("en.json", b'{"a": ' + b"[" * 100_000),
    ],
)
def test_what_could_never_be_served_is_refused(tmp_path: Path, name: str, content: bytes) -> None:
    error = fault(tmp_path / name, content)
    assert str(error).startswith(f"{tmp_path}/{name}: is no text to serve: ")


def test_a_file_that_is_gone_is_an_error_of_that_file(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match="No such file"):
        read(tmp_path / "en.yml")


@given(
    content=st.one_of(st.binary(max_size=60), st.text(alphabet="a:-[]{}&*!#'\"\n 1", max_size=40))
)
@pytest.mark.parametrize("name", ["en.yml", "en.json"])
def test_no_file_raises_anything_but_a_content_error(
    tmp_path_factory: pytest.TempPathFactory, name: str, content: str | bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / f"arbitrary-{name}"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with suppress(ContentError):
        json.dumps(read(path))


def test_all_content_files_are_found_and_nothing_else(tmp_path: Path) -> None:
    names = (
        "routes/en.yml",
        "routes/a/b/DA.YAML",
        "content/x/en.json",
        "component-content/en.yml",
        "dictionary/en.yml",
        "routes/README.md",
        "routes/.hidden/en.yml",
        "routes/.en.yml.swp",
        "elsewhere/en.yml",
        "media/en.yml",
    )
    files, errors = scan(write(tmp_path, dict.fromkeys(names, "")))
    found = {str(file.path.relative_to(tmp_path)) for file in files}
    assert found == set(names[:5])
    assert errors == []


def test_a_link_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    write(tmp_path, {"secret.yml": "a: 1", "data/routes/en.yml": "a: 1"})
    (tmp_path / "data/routes/da.yml").symlink_to(tmp_path / "secret.yml")
    (tmp_path / "data/routes/out").symlink_to(tmp_path)
    files, errors = scan(tmp_path / "data")
    assert [file.path.name for file in files] == ["en.yml"]
    assert [error.code for error in errors] == ["E105", "E105"]
    assert str(errors[0]) == (
        f"{tmp_path}/data/routes/da.yml: is a link that leads out of the data folder"
    )


def test_a_link_to_a_file_of_the_folder_is_followed(tmp_path: Path) -> None:
    write(tmp_path, {"routes/en.yml": "a: 1"})
    (tmp_path / "routes/da.yml").symlink_to("en.yml")
    files, errors = scan(tmp_path)
    assert [file.path.name for file in files] == ["da.yml", "en.yml"]
    assert errors == []


def test_a_link_to_a_folder_and_a_dangling_one_are_errors(tmp_path: Path) -> None:
    write(tmp_path, {"routes/en.yml": "a: 1"})
    (tmp_path / "routes/again").symlink_to(tmp_path / "routes")
    (tmp_path / "routes/da.yml").symlink_to("nowhere.yml")
    _, errors = scan(tmp_path)
    assert [str(error).split(": ")[1] for error in errors] == [
        "is a link to a folder; such are not followed",
        "is a link to a file that does not exist",
    ]


def test_a_folder_that_may_not_be_read_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path) -> None:
        raise PermissionError(13, "Permission denied")

    write(tmp_path, {"routes/en.yml": "a: 1"})
    monkeypatch.setattr("os.scandir", refuse)
    _, errors = scan(tmp_path)
    assert str(errors[0]) == f"{tmp_path}/routes: Permission denied"


def test_the_line_of_a_place_is_that_of_its_key(tmp_path: Path) -> None:
    write(tmp_path, {"en.yml": "a:\n  b:\n    - x: 1\n    - x: 2\n      y: 3\n"})
    place = Place(tmp_path / "en.yml", ("a", "b", 1, "y"))
    assert line_of(place) == 5
    assert str(place) == "a.b[1].y"


def test_the_line_of_a_missing_key_is_that_of_what_should_hold_it(tmp_path: Path) -> None:
    write(tmp_path, {"en.yml": "a:\n  b: [1]\n"})
    assert line_of(Place(tmp_path / "en.yml", ("a", "b", 7))) == 2
    assert line_of(Place(tmp_path / "en.yml", ("nobody",))) is None


def test_a_file_that_vanished_has_no_lines(tmp_path: Path) -> None:
    assert line_of(Place(tmp_path / "en.yml", ("a",))) is None
