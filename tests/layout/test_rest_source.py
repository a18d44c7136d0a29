from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
import responses
from hypothesis import given
from hypothesis import strategies as st
from urllib3 import HTTPHeaderDict

from jss_layout.exceptions import (
    CouldNotContact,
    DeadlineExceeded,
    InvalidRequest,
    InvalidResponse,
    LayoutServiceError,
    RequestNotPrepared,
    ServerError,
    UnexpectedStatus,
)
from jss_layout.request import LayoutRequest
from jss_layout.sites import SiteDefinition
from jss_layout.sources.rest import RestSource, dictionary_url, layout_url

SITE = SiteDefinition(name="app", sitecore_host="https://cd.example.com", api_key="K")
ASKED = LayoutRequest(item="/styleguide", site=SITE, language="en")
RENDER = "https://cd.example.com/sitecore/api/layout/render/jss"
PAGE = {"sitecore": {"context": {"language": "en"}, "route": {"name": "styleguide"}}}
NO_PAGE = {"sitecore": {"context": {"language": "da"}, "route": None}}

INVALID_REQUESTS = [
    *(400, 401, 402, 403, 405, 406, 407, 408, 409, 410, 411, 412, 413, 414, 415, 416, 417),
    *(421, 422, 423, 424, 426, 428, 429, 431, 451),
]
SERVER_ERRORS = [500, 501, 502, 503, 504, 505, 506, 507, 508, 510, 511]
UNEXPECTED = [100, 101, 102, 103, 300, 301, 302, 303, 304, 305, 306, 307, 308]


@pytest.fixture(autouse=True)
def sitecore() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


def asked(**changes: Any) -> LayoutRequest:
    return replace(ASKED, **changes)


def site(**changes: Any) -> LayoutRequest:
    return replace(ASKED, site=replace(SITE, **changes))


def test_the_address_is_that_of_a_jss_client() -> None:
    assert layout_url(ASKED) == (
        f"{RENDER}?item=%2Fstyleguide&sc_apikey=K&sc_site=app&sc_lang=en&tracking=true"
    )


def test_tracking_off_says_so() -> None:
    assert layout_url(asked(tracking=False)).endswith("&tracking=false")


def test_a_site_without_tracking_counts_nothing() -> None:
    assert layout_url(site(enable_tracking=False)).endswith("&tracking=false")


def test_no_language_is_sent_empty() -> None:
    assert "&sc_lang=&tracking=" in layout_url(asked(language=""))


def test_the_configuration_is_the_end_of_the_path() -> None:
    assert urlsplit(layout_url(site(configuration="listen"))).path.endswith("/render/listen")
    assert "/render/a%2Fb%3Fc?" in layout_url(site(configuration="a/b?c"))


def test_parameters_of_the_visitor_come_last_and_encoded() -> None:
    url = layout_url(asked(query={"sc_camp": "<script a&b=c>", "x": "1"}))
    assert url.endswith("&tracking=true&sc_camp=%3Cscript%20a%26b%3Dc%3E&x=1")


def test_blank_parameters_are_left_out() -> None:
    assert layout_url(asked(query={"sc_camp": "", "x": " \t"})) == layout_url(ASKED)


@pytest.mark.parametrize("name", ["item", "sc_apikey", "SC_Site", "sc_lang", "Tracking"])
def test_a_visitor_cannot_stand_in_for_our_parameters(name: str) -> None:
    assert layout_url(asked(query={name: "evil"})) == layout_url(ASKED)


def test_path_and_query_of_the_host_are_kept() -> None:
    url = layout_url(site(sitecore_host="https://gw.example.com:8443/base/?code=1&item=x#y"))
    assert url == (
        "https://gw.example.com:8443/base/sitecore/api/layout/render/jss"
        "?code=1&item=%2Fstyleguide&sc_apikey=K&sc_site=app&sc_lang=en&tracking=true"
    )


@pytest.mark.parametrize("host", ["", "cd.example.com", "https://", "https://[::1"])
def test_a_site_without_a_host_cannot_ask(host: str) -> None:
    with pytest.raises(RequestNotPrepared, match=r"'app'.*SITECORE_API_HOST"):
        RestSource().fetch(site(sitecore_host=host))


@given(st.text(), st.text(), st.dictionaries(st.text(), st.text()))
def test_any_item_arrives_as_it_is(item: str, language: str, query: dict[str, str]) -> None:
    url = layout_url(asked(item=item, language=language, query=query))
    assert url.isascii()
    assert url.isprintable()
    sent = parse_qsl(urlsplit(url).query, keep_blank_values=True)
    assert sent[0] == ("item", item.encode(errors="replace").decode())
    assert [name for name, _ in sent].count("sc_apikey") == 1


def test_a_surrogate_in_a_path_does_no_harm() -> None:
    assert "item=%2F%3F&" in layout_url(asked(item="/\udcff"))


def test_the_visitors_headers_go_up(sitecore: responses.RequestsMock) -> None:
    sitecore.get(RENDER, json=PAGE)
    RestSource().fetch(asked(headers={"Cookie": "a=1", "User-Agent": "x"}))
    headers = sitecore.calls[0].request.headers
    assert dict(headers) == {
        "Accept": "application/json",
        "Accept-Encoding": "gzip, deflate",
        "Cookie": "a=1",
        "User-Agent": "x",
    }


def test_a_layout_comes_with_headers_and_cookies(sitecore: responses.RequestsMock) -> None:
    headers = HTTPHeaderDict({"X-Y": "z"})
    headers.add("Set-Cookie", "a=1")
    headers.add("Set-Cookie", "a=2; path=/x")
    sitecore.get(RENDER, json=PAGE, headers=headers)
    answer = RestSource().fetch(ASKED)
    assert answer.layout.route is not None
    assert answer.layout.route.name == "styleguide"
    assert (answer.status, answer.error) == (200, None)
    assert answer.cookies == ("a=1", "a=2; path=/x")
    assert answer.headers["x-y"] == "z"


@pytest.mark.parametrize("status", [404, 200])
def test_an_item_that_does_not_exist_is_a_value(
    status: int, sitecore: responses.RequestsMock
) -> None:
    sitecore.get(RENDER, json=NO_PAGE, status=status, headers={"Set-Cookie": "a=1"})
    answer = RestSource().fetch(ASKED)
    assert answer.layout.route is None
    assert answer.layout.context.language == "da"
    assert (answer.status, answer.error, answer.cookies) == (404, None, ("a=1",))


@pytest.mark.parametrize("body", ["<h1>Not found</h1>", "", "[]", b"\xff\xfe"])
def test_not_found_with_garbage_is_not_found(
    body: str | bytes, sitecore: responses.RequestsMock
) -> None:
    sitecore.get(RENDER, body=body, status=404, headers={"Set-Cookie": "a=1"})
    answer = RestSource().fetch(ASKED)
    assert answer.layout.route is None
    assert (answer.status, answer.cookies) == (404, ("a=1",))
    assert isinstance(answer.error, InvalidResponse)
    assert answer.error.upstream_status == 404


@pytest.mark.parametrize("body", ["invalid json", "", "null", '{"sitecore":1}', b"\xff"])
def test_an_answer_that_is_no_layout(body: str | bytes, sitecore: responses.RequestsMock) -> None:
    sitecore.get(RENDER, body=body, headers={"Set-Cookie": "a=1", "X-Y": "z"})
    with pytest.raises(InvalidResponse) as caught:
        RestSource().fetch(ASKED)
    assert type(caught.value) is InvalidResponse
    assert (caught.value.upstream_status, caught.value.cookies) == (200, ("a=1",))
    assert caught.value.headers["X-Y"] == "z"


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        *((status, InvalidRequest) for status in INVALID_REQUESTS),
        *((status, ServerError) for status in SERVER_ERRORS),
        *((status, UnexpectedStatus) for status in UNEXPECTED),
    ],
)
def test_what_a_status_means(
    status: int, kind: type[LayoutServiceError], sitecore: responses.RequestsMock
) -> None:
    headers = {"Set-Cookie": "a=1", "X-Y": "z", "Location": "https://evil.example/"}
    sitecore.get(RENDER, status=status, headers=headers)
    with pytest.raises(kind, match=f" {status}") as caught:
        RestSource().fetch(ASKED)
    error = caught.value
    assert type(error) is kind
    assert (error.upstream_status, error.cookies, error.http_status) == (status, ("a=1",), 503)
    assert error.headers["x-y"] == "z"
    assert len(sitecore.calls) == 1


@pytest.mark.parametrize(
    ("failure", "kind"),
    [(requests.ConnectionError(), CouldNotContact), (requests.ReadTimeout(), DeadlineExceeded)],
)
def test_no_answer(
    failure: Exception, kind: type[LayoutServiceError], sitecore: responses.RequestsMock
) -> None:
    sitecore.get(RENDER, body=failure)
    with pytest.raises(kind):
        RestSource().fetch(ASKED)


DICTIONARY = "https://cd.example.com/sitecore/api/jss/dictionary/app/en"


def test_the_dictionary_is_asked_without_the_visitors_headers(
    sitecore: responses.RequestsMock,
) -> None:
    body = {"lang": "en", "app": "app", "phrases": {"hello": "Hi", "n": 1, "no": None}}
    sitecore.get(DICTIONARY, json=body)
    assert RestSource().fetch_dictionary(asked(headers={"Cookie": "a=1"})) == {"hello": "Hi"}
    request = sitecore.calls[0].request
    assert request.url == f"{DICTIONARY}?sc_apikey=K"
    assert "Cookie" not in request.headers


def test_site_and_language_cannot_leave_the_dictionarys_path() -> None:
    request = LayoutRequest(item="/", site=replace(SITE, name="a/../b"), language="e?n")
    assert "/dictionary/a%2F..%2Fb/e%3Fn?sc_apikey=K" in dictionary_url(request)


@pytest.mark.parametrize(
    ("body", "phrases"), [(b'\xef\xbb\xbf{"phrases":{"a":"b"}}', {"a": "b"}), (b"{}", {})]
)
def test_a_dictionary_may_have_a_mark_or_no_phrases(
    body: bytes, phrases: dict[str, str], sitecore: responses.RequestsMock
) -> None:
    sitecore.get(DICTIONARY, body=body)
    assert RestSource().fetch_dictionary(ASKED) == phrases


@pytest.mark.parametrize("body", [b"<html>", b"", b"[]", b'{"phrases":[]}', b"\xff"])
def test_an_answer_that_is_no_dictionary(body: bytes, sitecore: responses.RequestsMock) -> None:
    sitecore.get(DICTIONARY, body=body)
    with pytest.raises(InvalidResponse):
        RestSource().fetch_dictionary(ASKED)


@pytest.mark.parametrize(
    ("status", "kind"), [(404, InvalidRequest), (500, ServerError), (302, UnexpectedStatus)]
)
def test_a_dictionary_that_is_not_there(
    status: int, kind: type[LayoutServiceError], sitecore: responses.RequestsMock
) -> None:
    sitecore.get(DICTIONARY, status=status)
    with pytest.raises(kind):
        RestSource().fetch_dictionary(ASKED)
