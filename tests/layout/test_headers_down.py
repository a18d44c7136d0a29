import copy
import pickle
import re
from http.cookies import SimpleCookie
from typing import Any
from unittest.mock import Mock

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory, override_settings
from django.urls import path
from hypothesis import given
from hypothesis import strategies as st

from jss_layout.headers import down, mark_private, relay_cookies
from jss_layout.sites import SiteDefinition

VISITOR = "SC_ANALYTICS_GLOBAL_COOKIE=0f|True; expires=Fri, 20-Nov-2036 10:00:00 GMT; path=/"
SESSION = "ASP.NET_SessionId=abc#1; path=/; secure; HttpOnly; SameSite=None; Partitioned; Odd=é"
SESSION = SESSION.replace("é", "e")


@pytest.fixture(autouse=True)
def site(monkeypatch: pytest.MonkeyPatch) -> None:
    serve(monkeypatch, SiteDefinition(name="site"))


def serve(monkeypatch: pytest.MonkeyPatch, site: SiteDefinition) -> None:
    def site_of(request: HttpRequest) -> SiteDefinition:
        request.get_host()
        return site

    monkeypatch.setattr(down, "site_of", site_of)
    monkeypatch.setattr(down, "site_for_host", lambda _host: site)


def request(host: str = "www.example.com", *, secure: bool = False, **headers: Any) -> HttpRequest:
    return RequestFactory().get("/", headers={"host": host, **headers}, secure=secure)


def relayed(*lines: str, host: str = "www.example.com", **kwargs: Any) -> list[str]:
    response = HttpResponse()
    relay_cookies(response, lines, request(host, **kwargs))
    return printed(response)


def printed(response: HttpResponse) -> list[str]:
    return [morsel.OutputString() for morsel in response.cookies.values()]


def test_every_cookie_goes_down_byte_for_byte() -> None:
    assert relayed(VISITOR, SESSION) == [VISITOR, SESSION]


def test_a_cookie_of_the_page_stands_beside_those_of_sitecore() -> None:
    response = HttpResponse()
    response.set_cookie("mine", "1")
    relay_cookies(response, [VISITOR, SESSION], request())
    assert printed(response) == ["mine=1; Path=/", VISITOR, SESSION]


@pytest.mark.parametrize("name", ["sessionid", "csrftoken", "messages", "django_language"])
@pytest.mark.parametrize("form", ["{}=x; path=/", " {} =x", "={}=x", "\t{}=x", "{}"])
def test_sitecore_cannot_set_a_cookie_of_django(name: str, form: str) -> None:
    assert relayed(form.format(name), "a=1") == ["a=1"]


def test_cookies_of_django_are_known_by_their_configured_names(settings: Any) -> None:
    settings.SESSION_COOKIE_NAME = "mine"
    assert relayed("mine=1", "sessionid=theirs", "Mine=2") == ["sessionid=theirs", "Mine=2"]


def test_sitecore_cannot_replace_a_cookie_that_the_page_sets() -> None:
    response = HttpResponse()
    response.set_cookie("a", "page")
    relay_cookies(response, ["a=1; path=/", "a=2; Path=/; Domain=cd.internal"], request())
    assert printed(response) == ["a=page; Path=/"]


def at(path: str) -> HttpRequest:
    return RequestFactory().get(path, headers={"host": "www.example.com"})


@pytest.mark.parametrize(
    "line", ["basket=SITECORE", "basket=S3; path=relative", "basket=S4; path="]
)
def test_a_cookie_without_a_path_has_that_of_the_request(line: str) -> None:
    response = HttpResponse()
    response.set_cookie("basket", "page")
    relay_cookies(response, [line], at("/about"))
    assert printed(response) == ["basket=page; Path=/"]


def test_below_a_folder_a_cookie_without_a_path_is_the_folders() -> None:
    response = HttpResponse()
    response.set_cookie("basket", "page", path="/shop")
    relay_cookies(response, ["basket=1"], at("/shop/about"))
    assert printed(response) == ["basket=page; Path=/shop"]
    relay_cookies(response, ["basket=2; path=/"], at("/shop/about"))
    assert printed(response) == ["basket=page; Path=/shop", "basket=2; path=/"]


def test_a_cookie_of_the_same_name_and_another_path_stands_beside_that_of_the_page() -> None:
    response = HttpResponse()
    response.set_cookie("a", "page")
    relay_cookies(response, ["a=1; path=/shop"], request())
    assert printed(response) == ["a=page; Path=/", "a=1; path=/shop"]


def test_a_cookie_that_the_page_sets_later_is_printed_last() -> None:
    response = HttpResponse()
    relay_cookies(response, ["a=1; path=/"], request())
    response.set_cookie("a", "page")
    assert printed(response) == ["a=1; path=/", "a=page; Path=/"]


def test_two_cookies_of_a_name_with_other_paths_or_domains_are_both_kept() -> None:
    lines = ["a=1; path=/", "a=2; path=/x", "a=3; path=/; domain=.example.com"]
    assert relayed(*lines) == lines


def test_the_later_of_two_values_for_the_same_cookie_counts() -> None:
    assert relayed("a=1; path=/", "b=1", "a=2; path=/") == ["b=1", "a=2; path=/"]


def test_two_lines_of_one_cookie_come_down_as_one() -> None:
    assert relayed("a=1; path=/", "a=2") == ["a=2"]
    assert relayed("a=1; path=/; domain=cd.internal", "a=2; path=/") == ["a=2; path=/"]


def test_a_cookie_of_another_domain_does_not_replace_one_of_this_host() -> None:
    assert relayed("a=1; path=/", "a=2; path=/; domain=cd.internal") == ["a=1; path=/"]


def test_of_two_values_of_other_domains_the_later_counts() -> None:
    lines = ["a=1; domain=cd.internal", "a=2; domain=cd.internal"]
    assert relayed(*lines) == ["a=2"]


def test_a_second_relay_adds_to_the_first() -> None:
    response = HttpResponse()
    relay_cookies(response, ["a=1"], request())
    relay_cookies(response, ["b=2", "a=3"], request())
    assert printed(response) == ["b=2", "a=3"]


@pytest.mark.parametrize("value", ["", '""', " "])
@pytest.mark.parametrize("name", ["SC_ANALYTICS_GLOBAL_COOKIE", "sc_analytics_global_cookie"])
def test_an_empty_analytics_cookie_does_not_wipe_the_visitor(name: str, value: str) -> None:
    line = f"{name}={value}; expires=Mon, 01-Jan-2001 00:00:00 GMT; path=/"
    assert relayed(line, SESSION) == [SESSION]


@pytest.mark.parametrize(
    "line", ["a=1\r\nX: y", "a=\x00", "a=1;\tpath=/", "a=é", "a=1; path=/\u20ac", "novalue", ""]
)
def test_a_line_that_no_browser_may_get_is_dropped(line: str) -> None:
    assert relayed(line, "b=2") == ["b=2"]


@pytest.mark.parametrize(
    ("line", "host", "expected"),
    [
        ("a=1; Domain=cd.internal; path=/", "www.example.com", "a=1; path=/"),
        ("a=1;domain=.other.com;path=/", "www.example.com", "a=1;path=/"),
        ("a=1; Domain=.Example.COM; x", "www.example.com:8000", "a=1; Domain=.Example.COM; x"),
        ("a=1; Domain=www.example.com", "www.example.com", "a=1; Domain=www.example.com"),
        ("a=1; Domain=ample.com", "www.example.com", "a=1"),
        ("a=1; Domain=com", "www.example.com", "a=1"),
        ("a=1; Domain=co.uk", "www.example.co.uk", "a=1; Domain=co.uk"),
        ("a=1; Domain=localhost", "localhost:8000", "a=1"),
        ("a=1; Domain=0.0.1", "127.0.0.1:8000", "a=1"),
        ("a=1; Domain=x.com; Domain=example.com", "www.example.com", "a=1; Domain=example.com"),
        ("a=1; Domain=", "www.example.com", "a=1"),
        ("a=1; Domain", "www.example.com", "a=1"),
        ("a=domain; ndomain=x.com", "www.example.com", "a=domain; ndomain=x.com"),
    ],
)
def test_a_domain_stays_only_where_it_covers_this_host(line: str, host: str, expected: str) -> None:
    assert relayed(line, host=host) == [expected]


def test_a_host_that_is_not_allowed_covers_no_domain(settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["other.example"]
    assert relayed("a=1; Domain=example.com") == ["a=1"]


def test_secure_and_same_site_are_kept_on_plain_http(settings: Any) -> None:
    settings.DEBUG = True
    assert relayed(SESSION) == [SESSION]


def test_on_demand_debug_on_plain_http_drops_secure_and_same_site_none(settings: Any) -> None:
    settings.DEBUG = True
    settings.JSS_RELAX_COOKIES_IN_DEBUG = True
    assert relayed("a=secure; path=/; SECURE; HttpOnly; samesite = None; b") == [
        "a=secure; path=/; HttpOnly; b"
    ]
    assert relayed("a=1; Secure; SameSite=Lax") == ["a=1; SameSite=Lax"]
    assert relayed(SESSION, secure=True) == [SESSION]


def test_outside_of_debug_nothing_is_relaxed(settings: Any) -> None:
    settings.JSS_RELAX_COOKIES_IN_DEBUG = True
    assert relayed(SESSION) == [SESSION]


def test_a_site_without_tracking_hands_down_no_analytics_cookie(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    serve(monkeypatch, SiteDefinition(name="site", enable_tracking=False))
    lines = [VISITOR, SESSION, "SC_TRACKING_CONSENT=x", "sc_analytics_session_cookie=1", "b=2"]
    assert relayed(*lines) == ["b=2"]


def test_a_health_check_gets_no_analytics_cookie() -> None:
    assert relayed(VISITOR, "b=2", **{"user-agent": "kube-probe/1.31"}) == ["b=2"]


def test_the_site_is_that_of_the_requests_host(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def find(request: HttpRequest) -> SiteDefinition:
        asked.append(request.get_host())
        return SiteDefinition(name="site")

    monkeypatch.setattr(down, "site_of", find)
    relayed(VISITOR, host="shop.example.com:8000")
    assert asked == ["shop.example.com:8000"]


def test_an_answer_with_a_cookie_is_private() -> None:
    response = HttpResponse()
    relay_cookies(response, ["a=1"], request())
    assert response["Cache-Control"] == "private, no-cache"
    assert response["Vary"] == "Cookie"


def test_an_answer_without_a_cookie_is_left_alone() -> None:
    response = HttpResponse()
    relay_cookies(response, ["sessionid=1"], request())
    assert not response.has_header("Cache-Control")


def test_a_private_answer_says_what_the_setting_says(settings: Any) -> None:
    settings.JSS_CACHE_CONTROL = "private, no-store"
    response = HttpResponse(headers={"Cache-Control": "public, max-age=300", "Vary": "Accept"})
    mark_private(response)
    assert response["Cache-Control"] == "private, no-store"
    assert response["Vary"] == "Accept, Cookie"


def test_a_stricter_word_is_kept() -> None:
    response = HttpResponse(headers={"Cache-Control": "no-store, public"})
    mark_private(response)
    assert response["Cache-Control"] == "no-store, private"


def test_a_relayed_cookie_survives_pickling_and_copying() -> None:
    response = HttpResponse()
    relay_cookies(response, [VISITOR, SESSION], request())
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        again = pickle.loads(pickle.dumps(response, protocol))  # noqa: S301
        assert printed(again) == [VISITOR, SESSION]
    assert printed(copy.deepcopy(response)) == [VISITOR, SESSION]
    (first, second) = response.cookies.values()
    assert first.copy().OutputString() == VISITOR
    assert copy.copy(second).OutputString() == SESSION


def test_a_relayed_cookie_tells_its_name_value_domain_and_path() -> None:
    response = HttpResponse()
    relay_cookies(response, ["a = x=y ; Path=/p; secure; domain=.example.com"], request())
    (morsel,) = response.cookies.values()
    assert (morsel.key, morsel.value, morsel.coded_value) == ("a", "x=y", "x=y")
    assert (morsel["path"], morsel["domain"], morsel["secure"]) == ("/p", ".example.com", True)


def test_the_cookie_jar_prints_the_original_text() -> None:
    response = HttpResponse()
    relay_cookies(response, [SESSION, VISITOR], request())
    assert response.cookies.output(header="", sep="|||") == f" {SESSION}||| {VISITOR}"


def test_a_test_client_sends_the_cookie_back_under_its_name() -> None:
    response = HttpResponse()
    relay_cookies(response, [SESSION], request())
    jar: SimpleCookie = SimpleCookie()
    jar.update(response.cookies)
    assert [f"{m.key}={m.coded_value}" for m in jar.values()] == ["ASP.NET_SessionId=abc#1"]


@pytest.mark.django_db
def test_the_wsgi_handler_prints_each_cookie_on_its_own_line(settings: Any) -> None:
    settings.MIDDLEWARE = []
    settings.ROOT_URLCONF = __name__
    start_response = Mock()
    environ = RequestFactory().get("/", headers={"host": "www.example.com"}).environ
    WSGIHandler()(environ, start_response)
    (_status, headers), _ = start_response.call_args
    cookies = [value.strip() for name, value in headers if name == "Set-Cookie"]
    assert cookies == ["mine=1; Path=/", VISITOR, SESSION]


def view(request: HttpRequest, **_kwargs: Any) -> HttpResponse:
    response = HttpResponse()
    response.set_cookie("mine", "1")
    relay_cookies(response, [VISITOR, SESSION], request)
    return response


urlpatterns = [path("", view)]


BYTES_AS_TEXT = st.binary(max_size=100).map(lambda data: data.decode("latin-1"))
SEGMENTS = st.sampled_from(["sessionid", "Domain=x.y", "Secure", "SameSite=None", "a=1", "=", ";"])
LINES = st.lists(st.one_of(st.text(max_size=50), BYTES_AS_TEXT, SEGMENTS)).map(";".join)


@given(st.lists(LINES))
def test_nothing_forbidden_goes_down_whatever_sitecore_sends(lines: list[str]) -> None:
    with pytest.MonkeyPatch.context() as patch, override_settings(ALLOWED_HOSTS=["*"]):
        serve(patch, SiteDefinition(name="site"))
        response = HttpResponse()
        relay_cookies(response, lines, request())
    for morsel in response.cookies.values():
        assert morsel.OutputString().isascii()
        assert morsel.OutputString().isprintable()
        assert morsel.key not in ("", "sessionid")
    response.cookies.output()


DJANGO = ("sessionid", "csrftoken", "messages", "django_language")
OWN_NAMES = st.sampled_from(DJANGO).map("{}=x".format)


@given(lines=st.lists(st.one_of(LINES, OWN_NAMES)), secure=st.booleans(), relax=st.booleans())
def test_whatever_sitecore_sends_the_pages_own_cookies_go_down_unharmed(
    lines: list[str], secure: bool, relax: bool
) -> None:
    changed = {"DEBUG": True, "JSS_RELAX_COOKIES_IN_DEBUG": relax, "ALLOWED_HOSTS": ["*"]}
    with pytest.MonkeyPatch.context() as patch, override_settings(**changed):
        serve(patch, SiteDefinition(name="site"))
        response = HttpResponse()
        for name in DJANGO:
            response.set_cookie(name, "own")
        relay_cookies(response, lines, request(secure=secure))
    down = printed(response)
    assert down[: len(DJANGO)] == [f"{name}=own; Path=/" for name in DJANGO]
    for line in down[len(DJANGO) :]:
        # As a browser reads it (RFC 6265bis §5.6): a line without "=" has no name.
        name, equals, _ = line.partition(";")[0].partition("=")
        assert equals
        assert name.strip(" \t") not in ("", *DJANGO)
        assert re.fullmatch(r"[\x20-\x7e]+", line)


VALUES = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E, exclude_characters=";"))


@given(VALUES, st.lists(VALUES))
def test_a_line_without_domain_is_unchanged(value: str, attributes: list[str]) -> None:
    attributes = [text for text in attributes if "domain" not in text.lower()]
    line = ";".join([f"a={value}", *attributes])
    with pytest.MonkeyPatch.context() as patch:
        serve(patch, SiteDefinition(name="site"))
        assert relayed(line) == [line]
