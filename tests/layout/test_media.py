"""Media files of a disconnected site: which are served, and how."""

import os
from pathlib import Path
from typing import Any

import pytest
from django.http.response import HttpResponseBase
from django.test import Client
from pytest_django import Settings

from jss_layout.media import media_file
from tests.layout.content import write


@pytest.fixture(autouse=True)
def data(tmp_path: Path, settings: Settings) -> Path:
    settings.JSS_DATA_DIR = tmp_path / "data"
    write(tmp_path, {"secret.txt": "secret", "data/routes/en.yml": "a: 1"})
    write(tmp_path, {"data/media/files/a.txt": "0123456789", "data/media/img/logo.svg": "<svg/>"})
    return tmp_path / "data"


def get(path: str, **headers: str) -> Any:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return Client().get(f"/data/media/{path}", headers=names)


def body(answer: HttpResponseBase) -> bytes:
    content = getattr(answer, "streaming_content", None)
    return b"".join(content) if content else answer.content  # type: ignore[attr-defined]


def test_a_file_is_served_with_its_type_and_size() -> None:
    answer = get("files/a.txt")
    assert answer.status_code == 200
    assert body(answer) == b"0123456789"
    assert answer["Content-Type"] == "text/plain"
    assert answer["Content-Length"] == "10"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Cache-Control"] == "public, no-cache"
    assert answer["Accept-Ranges"] == "bytes"
    assert "Set-Cookie" not in answer
    assert "Content-Security-Policy" not in answer


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.webp", "image/webp"),
        ("a.avif", "image/avif"),
        ("a.woff2", "font/woff2"),
        ("A.PDF", "application/pdf"),
        ("a.unheard-of", "application/octet-stream"),
        ("a", "application/octet-stream"),
    ],
)
def test_the_type_does_not_depend_on_the_machine(data: Path, name: str, expected: str) -> None:
    write(data, {f"media/{name}": "x"})
    answer = get(name)
    assert answer["Content-Type"] == expected
    body(answer)


@pytest.mark.parametrize("name", ["img/logo.svg", "page.html", "feed.xml"])
def test_a_file_that_may_hold_scripts_can_run_none(data: Path, name: str) -> None:
    write(data, {f"media/{name}": "<svg/>"})
    answer = get(name)
    assert answer["Content-Security-Policy"].startswith("default-src 'none'; ")
    assert answer["Content-Security-Policy"].endswith("sandbox")
    body(answer)


@pytest.mark.parametrize(
    "path",
    [
        "nowhere.txt",
        "files",
        "files/",
        "../routes/en.yml",
        "../../secret.txt",
        "files/../../routes/en.yml",
        "%2e%2e/routes/en.yml",
        "..%2froutes/en.yml",
        "%2e%2e%2f%2e%2e%2fsecret.txt",
        "..\\routes\\en.yml",
        "files/..\\a.txt",
        "/etc/passwd",
        "%2fetc/passwd",
        "files/a.txt%00",
        "files/a.txt/x",
        ".hidden",
        ".git/config",
        "files/.env",
        "a" * 5000,
    ],
)
def test_nothing_else_is_served(data: Path, path: str) -> None:
    write(data, {"media/.hidden": "x", "media/.git/config": "x", "media/files/.env": "x"})
    answer = get(path)
    assert answer.status_code == 404
    assert answer["Content-Type"] == "text/plain"


def test_a_post_is_told_the_method_is_wrong() -> None:
    answer = Client(enforce_csrf_checks=True).post("/data/media/files/a.txt")
    assert (answer.status_code, answer["Allow"]) == (405, "GET, HEAD")


def test_a_link_out_of_the_folder_is_not_followed(data: Path) -> None:
    (data / "media/out.txt").symlink_to(data.parent / "secret.txt")
    (data / "media/out").symlink_to(data.parent)
    (data / "media/in.txt").symlink_to("files/a.txt")
    assert get("out.txt").status_code == 404
    assert get("out/secret.txt").status_code == 404
    assert body(get("in.txt")) == b"0123456789"


def test_only_a_regular_file_is_one(data: Path) -> None:
    os.mkfifo(data / "media/pipe")
    assert media_file("pipe") is None


def test_a_host_whose_layouts_come_from_elsewhere_serves_no_files(settings: Settings) -> None:
    settings.LAYOUT_SOURCE = "jss_layout.sources.rest.RestSource"
    assert get("files/a.txt").status_code == 404


def test_what_a_cache_has_is_not_sent_again(data: Path) -> None:
    first = get("files/a.txt")
    body(first)
    by_tag = get("files/a.txt", if_none_match=first["ETag"])
    by_date = get("files/a.txt", if_modified_since=first["Last-Modified"])
    assert (by_tag.status_code, by_tag.content) == (304, b"")
    assert (by_tag["ETag"], by_tag["Cache-Control"]) == (first["ETag"], "public, no-cache")
    assert by_date.status_code == 304


def test_a_changed_file_is_sent_again(data: Path) -> None:
    first = get("files/a.txt")
    body(first)
    write(data, {"media/files/a.txt": "changed"})
    assert body(get("files/a.txt", if_none_match=first["ETag"])) == b"changed"


def test_a_condition_that_fails_is_412() -> None:
    assert get("files/a.txt", if_match='"other"').status_code == 412


@pytest.mark.parametrize(
    ("header", "expected", "content_range"),
    [
        ("bytes=0-3", b"0123", "bytes 0-3/10"),
        ("bytes=4-", b"456789", "bytes 4-9/10"),
        ("bytes=9-99", b"9", "bytes 9-9/10"),
        ("bytes=-3", b"789", "bytes 7-9/10"),
        ("bytes=-99", b"0123456789", "bytes 0-9/10"),
    ],
)
def test_a_range_is_served_alone(header: str, expected: bytes, content_range: str) -> None:
    answer = get("files/a.txt", range=header)
    assert answer.status_code == 206
    assert body(answer) == expected
    assert answer["Content-Range"] == content_range
    assert answer["Content-Length"] == str(len(expected))
    assert answer["Content-Type"] == "text/plain"


@pytest.mark.parametrize("header", ["bytes=10-", "bytes=5-2", "bytes=-0", "bytes=99-100"])
def test_a_range_beyond_the_file_is_416(header: str) -> None:
    answer = get("files/a.txt", range=header)
    assert (answer.status_code, answer["Content-Range"]) == (416, "bytes */10")


@pytest.mark.parametrize(
    "header", ["bytes=0-1,4-5", "bytes=-", "bytes=x-y", "lines=0-1", f"bytes=0-{'9' * 5000}", ""]
)
def test_any_other_range_is_the_whole_file(header: str) -> None:
    answer = get("files/a.txt", range=header)
    assert (answer.status_code, body(answer)) == (200, b"0123456789")


def test_a_range_of_another_version_is_the_whole_file() -> None:
    answer = get("files/a.txt", range="bytes=0-3", if_range='"other"')
    assert (answer.status_code, body(answer)) == (200, b"0123456789")


def test_a_range_of_this_version_is_that_part() -> None:
    first = get("files/a.txt")
    body(first)
    answer = get("files/a.txt", range="bytes=0-3", if_range=first["ETag"])
    assert (answer.status_code, body(answer)) == (206, b"0123")


def test_a_long_part_comes_in_pieces(data: Path) -> None:
    content = os.urandom(200_000)
    (data / "media/long.bin").write_bytes(content)
    assert body(get("long.bin", range="bytes=1-150000")) == content[1:150_001]


def test_head_has_the_size_and_no_body() -> None:
    answer = Client().head("/data/media/files/a.txt")
    assert (answer.status_code, answer["Content-Length"]) == (200, "10")
    assert body(answer) == b""


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_other_methods_are_refused(method: str) -> None:
    assert getattr(Client(), method)("/data/media/files/a.txt").status_code == 405
