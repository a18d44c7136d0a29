"""A page's headers both ways, read where Sitecore would read them: at the end of a socket."""

from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client

from tests.end_to_end.gate.upstream import DEVICE, SESSION, Upstream, upstream

VISIT = f"{SESSION}=a#1; {DEVICE}=a|True"

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("way")]


def look(path: str = "/", /, **headers: str) -> HttpResponse:
    """A page, as a visitor with these headers gets it."""
    response: Any = Client().get(path, headers=headers)
    assert isinstance(response, HttpResponse)
    return response


def the_call(stand_in: Upstream) -> dict[str, str]:
    """The headers of the one page that Sitecore was asked for."""
    (call,) = [call for call in stand_in.calls if call["kind"] == "page"]
    return dict(call["headers"])


def test_cookie_user_agent_and_referrer_arrive_unchanged(stand_in: Upstream) -> None:
    odd = f'{VISIT}; j={{"a":1}}; q="x"'
    look(**{"Cookie": odd, "User-Agent": "Mozilla/5.0 (X)", "Referer": "https://a.example/?q=1"})
    up = the_call(stand_in)
    assert (up["Cookie"], up["User-Agent"]) == (odd, "Mozilla/5.0 (X)")
    assert up["Referer"] == "https://a.example/?q=1"


def test_a_site_without_tracking_sends_no_cookie(stand_in: Upstream, settings: Any) -> None:
    settings.SITECORE_ENABLE_TRACKING = False
    look(Cookie=VISIT)
    assert "Cookie" not in the_call(stand_in)
    assert stand_in.calls[0]["tracking"] == "false"


def test_calls_that_do_not_count_still_carry_the_visitor(stand_in: Upstream, settings: Any) -> None:
    settings.LAYOUT_SERVICE_TRACKING = False
    look(Cookie=VISIT)
    assert the_call(stand_in)["Cookie"] == VISIT
    assert stand_in.calls[0]["tracking"] == "false"


@pytest.mark.parametrize(("proxies", "arrives"), [(1, "172.217.16.14"), (0, "127.0.0.1")])
def test_one_bare_address_arrives(
    stand_in: Upstream, settings: Any, proxies: int, arrives: str
) -> None:
    settings.TRUSTED_PROXY_COUNT = proxies
    look(**{"X-Forwarded-For": "192.168.1.0, 172.217.16.14"})
    assert stand_in.calls[0]["address"] == [arrives]


def test_both_cookies_of_sitecore_and_that_of_the_page_come_down(
    stand_in: Upstream, settings: Any
) -> None:
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, f"{__name__}.page_cookie"]
    page = look(Cookie=VISIT)
    down = [morsel.OutputString() for morsel in page.cookies.values()]
    assert [line for line in down if line.startswith((SESSION, DEVICE, "mine"))] == [
        f"{DEVICE}=a|True; expires=Wed, 20-Nov-2036 10:00:00 GMT; path=/; HttpOnly",
        f"{SESSION}=a; path=/; HttpOnly; SameSite=Lax",
        "mine=1; Path=/",
    ]


def page_cookie(get_response: Any) -> Any:
    """Middleware of a site that has a cookie of its own."""

    def answer(request: HttpRequest) -> HttpResponse:
        response: HttpResponse = get_response(request)
        response.set_cookie("mine", "1")
        return response

    return answer


def test_an_empty_analytics_cookie_stays_behind(stand_in: Upstream) -> None:
    empty = f"{DEVICE}=; expires=Mon, 01-Jan-2001 00:00:00 GMT; path=/"
    stand_in.cookies = lambda *_: (empty, f"{SESSION}=a#1; path=/; Odd")
    down = [morsel.OutputString() for morsel in look(Cookie=VISIT).cookies.values()]
    assert down == [f"{SESSION}=a#1; path=/; Odd"]


def test_headers_of_a_connection_never_arrive(stand_in: Upstream, settings: Any) -> None:
    names = ("Keep-Alive", "Transfer-Encoding", "Upgrade", "Proxy-Authenticate", "TE", "X-Mine")
    settings.LAYOUT_SERVICE_HEADERS = names
    look(**dict.fromkeys(names, "x"))
    assert set(the_call(stand_in)) & set(names) == {"X-Mine"}


def test_a_listed_header_arrives_whatever_its_case_and_a_filter_changes_it(
    stand_in: Upstream, settings: Any
) -> None:
    settings.LAYOUT_SERVICE_HEADERS = ["HEADERTOMODIFY"]
    settings.LAYOUT_SERVICE_HEADER_FILTER = f"{__name__}.modify"
    look(headerToModify="old")
    assert the_call(stand_in)["Headertomodify"] == "newModifiedHeaderValue"


def modify(headers: dict[str, str], _request: HttpRequest) -> dict[str, str]:
    """A header filter."""
    return headers | {"Headertomodify": "newModifiedHeaderValue"}


def test_listing_the_scheme_leaves_one_value(stand_in: Upstream, settings: Any) -> None:
    settings.LAYOUT_SERVICE_HEADERS = ["X-Forwarded-Proto"]
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    look(**{"X-Forwarded-Proto": "https"})
    (call,) = [call for call in stand_in.calls if call["kind"] == "page"]
    schemes = [value for name, value in call["headers"] if name.lower() == "x-forwarded-proto"]
    assert schemes == ["https"]


def test_an_odd_user_agent_is_no_reason_for_an_error(stand_in: Upstream) -> None:
    page = look(**{"User-Agent": "site;core"})
    assert page.status_code == 200
    assert the_call(stand_in)["User-Agent"] == "site;core"


def test_a_value_that_would_split_the_header_is_dropped(stand_in: Upstream) -> None:
    page = look(**{"User-Agent": "a\r\nX-Evil: 1", "Referer": "https://a.example/"})
    assert page.status_code == 200
    up = the_call(stand_in)
    assert up["Referer"] == "https://a.example/"
    assert not {"User-Agent", "X-Evil"} & set(up)


def test_no_cookie_follows_a_redirect_to_another_host(stand_in: Upstream) -> None:
    with upstream() as elsewhere:
        stand_in.moved = elsewhere.url
        assert look(Cookie=VISIT).status_code >= 500
    assert the_call(stand_in)["Cookie"] == VISIT
    assert elsewhere.calls == []


def test_the_next_visitor_comes_without_cookies_of_the_one_before(stand_in: Upstream) -> None:
    look("/one", **{"Cookie": VISIT, "User-Agent": "Visitor/a"})
    look("/two", **{"User-Agent": "Visitor/b"})
    pages = [call for call in stand_in.calls if call["kind"] == "page"]
    assert [(call["what"], bool(call["cookies"])) for call in pages] == [
        ("/one", True),
        ("/two", False),
    ]


def test_the_host_that_a_visitor_names_is_no_sitecore_to_ask(stand_in: Upstream) -> None:
    with upstream() as elsewhere:
        page = look(Cookie=VISIT, Host=elsewhere.url.removeprefix("http://"))
    assert page.status_code == 200
    assert the_call(stand_in)["Cookie"] == VISIT
    assert elsewhere.calls == []
