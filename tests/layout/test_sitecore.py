from typing import Any

import pytest
import requests
import responses
from hypothesis import given
from hypothesis import strategies as st
from urllib3 import HTTPHeaderDict

from jss_layout.exceptions import (
    CouldNotContact,
    DeadlineExceeded,
    LayoutServiceError,
    RequestNotPrepared,
)
from jss_layout.sitecore import SitecoreResponse, send

URL = "https://cd.example.com/sitecore/api/layout/render/jss?sc_apikey=KEY"


@responses.activate
def test_a_faked_answer_comes_with_each_cookie_on_its_own() -> None:
    headers = HTTPHeaderDict()
    headers.add("Set-Cookie", "a=1; expires=Fri, 20-Nov-2036 10:00:00 GMT")
    headers.add("Set-Cookie", "ASP.NET_SessionId=b")
    responses.get(URL, body=b"{}", headers=headers)
    response = send("GET", URL, {"User-Agent": "x"})
    assert response.cookies == (
        "a=1; expires=Fri, 20-Nov-2036 10:00:00 GMT",
        "ASP.NET_SessionId=b",
    )
    assert responses.calls[0].request.headers["User-Agent"] == "x"


@pytest.mark.parametrize("status", [200, 204, 302, 404, 429, 500, 511])
@responses.activate
def test_any_status_is_an_answer(status: int) -> None:
    responses.get(URL, status=status, headers={"X-Y": "z"})
    response = send("GET", URL, {})
    assert (response.status, response.headers["x-y"]) == (status, "z")


@pytest.mark.parametrize(
    ("error", "raised"),
    [
        (requests.ConnectionError("https://x/?sc_apikey=KEY"), CouldNotContact),
        (requests.ConnectTimeout(), DeadlineExceeded),
        (requests.ReadTimeout(), DeadlineExceeded),
        (ConnectionResetError(104, "Connection reset by peer"), CouldNotContact),
        (requests.exceptions.InvalidURL("https://x/?sc_apikey=KEY"), RequestNotPrepared),
    ],
)
@responses.activate
def test_a_failure_is_told_in_our_words(
    error: Exception, raised: type[LayoutServiceError], caplog: pytest.LogCaptureFixture
) -> None:
    responses.get(URL, body=error)
    with pytest.raises(raised) as caught:
        send("GET", URL, {})
    assert type(caught.value) is raised
    assert "KEY" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
    (record,) = [one for one in caplog.records if one.name == "jss_layout.sitecore"]
    assert record.levelname == "WARNING"
    assert "KEY" not in record.getMessage()


@responses.activate
def test_a_call_is_logged_in_one_line_without_its_query(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "jss_layout.sitecore")
    responses.get(URL, status=404)
    send("GET", URL.replace("//", "//user:SECRET@"), {"Cookie": "a=SECRET"})
    (record,) = [one for one in caplog.records if one.name == "jss_layout.sitecore"]
    assert record.levelname == "INFO"
    assert record.getMessage().startswith(
        "GET cd.example.com/sitecore/api/layout/render/jss: 404 in "
    )


@pytest.mark.parametrize(
    "url",
    [
        "",
        "cd.example.com/x",
        "ftp://cd.example.com/",
        "https:///x",
        "https://[::1/",
        "https://cd.example.com:99999/",
        "https://cd.example.com/a b",
        "https://cd.example.com/\r\nX: y",
        "https://cd.example.com/é",
    ],
)
def test_an_address_that_cannot_be_called(url: str) -> None:
    with pytest.raises(RequestNotPrepared, match="SITECORE_API_HOST"):
        send("GET", url, {})


@pytest.mark.parametrize("value", ["a\r\nb", "\u20ac", "\x00"])
def test_a_header_that_cannot_be_sent(value: str) -> None:
    with pytest.raises(RequestNotPrepared, match="'Cookie'") as caught:
        send("GET", URL, {"Cookie": value})
    assert value not in str(caught.value)


def test_a_header_name_that_cannot_be_sent() -> None:
    with pytest.raises(RequestNotPrepared):
        send("GET", "http://127.0.0.1:9/", {"a b\n": "x"})


def test_an_answer_shows_no_secret() -> None:
    response = SitecoreResponse(200, {"X": "SECRET"}, ("a=SECRET",), b"SECRET")
    assert repr(response) == "SitecoreResponse(status=200)"


@responses.activate
def test_the_deadline_is_the_timeout_of_the_setting(settings: Any) -> None:
    settings.LAYOUT_SERVICE_TIMEOUT = 3
    responses.get(URL)
    send("GET", URL, {})
    assert responses.calls[0].request.req_kwargs["timeout"] == 3  # type: ignore[attr-defined]


@given(st.text())
def test_any_text_for_an_address_is_called_or_refused(text: str) -> None:
    with (
        responses.RequestsMock(assert_all_requests_are_fired=False),
        pytest.raises(LayoutServiceError),
    ):
        send("GET", text, {})
