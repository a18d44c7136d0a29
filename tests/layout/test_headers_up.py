from collections.abc import Mapping
from http.client import HTTPConnection
from ipaddress import ip_address
from typing import Any

import pytest
from django.http import HttpRequest
from django.test import RequestFactory, override_settings
from hypothesis import given
from hypothesis import strategies as st

from jss_layout.headers import headers_up, is_page_view, is_prefetch, split_cookies
from jss_layout.sites import SiteDefinition

SITE = SiteDefinition(name="site")
UNTRACKED = SiteDefinition(name="site", enable_tracking=False)
DJANGO = ("sessionid", "csrftoken", "messages", "django_language")
VISIT = "ASP.NET_SessionId=abc; SC_ANALYTICS_GLOBAL_COOKIE=0f|True"


def request(method: str = "GET", **meta: Any) -> HttpRequest:
    return RequestFactory().generic(method, "/", **meta)


def up(site: SiteDefinition = SITE, method: str = "GET", **meta: Any) -> dict[str, str]:
    return headers_up(request(method, **meta), site)


def cookie(raw: str, site: SiteDefinition = SITE, **meta: str) -> str | None:
    return up(site, HTTP_COOKIE=raw, **meta).get("Cookie")


def test_cookie_user_agent_and_referrer_reach_sitecore_unchanged() -> None:
    headers = up(
        HTTP_COOKIE=VISIT, HTTP_USER_AGENT="Mozilla/5.0 (X)", HTTP_REFERER="https://a.example/?q=1"
    )
    assert headers == {
        "Cookie": VISIT,
        "User-Agent": "Mozilla/5.0 (X)",
        "Referer": "https://a.example/?q=1",
        "X-Forwarded-For": "127.0.0.1",
        "X-Forwarded-Proto": "http",
    }


def test_a_bare_request_sends_only_address_and_scheme() -> None:
    assert up() == {"X-Forwarded-For": "127.0.0.1", "X-Forwarded-Proto": "http"}


@pytest.mark.parametrize("odd", ['j={"a":1}', "bad[name]=2", "a=b c", "x", "=y", 'q="a, b"', "ü=1"])
def test_an_odd_cookie_costs_no_other(odd: str) -> None:
    raw = odd.encode().decode("latin-1")
    assert cookie(f"a=1; {raw}; ASP.NET_SessionId=x") == f"a=1; {raw}; ASP.NET_SessionId=x"


def test_a_cookie_that_ends_in_half_a_letter_of_python_white_space_is_whole() -> None:
    raw = "name=voilà".encode().decode("latin-1")
    assert raw.endswith("\xa0")
    assert cookie(f"{raw}; b=1") == f"{raw}; b=1"


def test_a_cookie_of_django_never_leaves() -> None:
    own = "; ".join(f"{name}=secret" for name in DJANGO)
    assert cookie(f"a=1; {own}; b=2") == "a=1; b=2"


@pytest.mark.parametrize(
    "joined", ["a=1, {}=secret", "a=1,{}=secret", "a=1,\t{} =secret", "a, {}=s"]
)
@pytest.mark.parametrize("name", DJANGO)
def test_a_cookie_of_django_in_header_lines_joined_by_a_comma_never_leaves(
    joined: str, name: str
) -> None:
    assert cookie(f"b=2; {joined.format(name)}; c=3") == "b=2; c=3"


def test_a_comma_in_a_cookie_costs_nothing() -> None:
    assert cookie("a=1, b=2; c=3,sessionid; d=x,sessionids=1") == (
        "a=1, b=2; c=3,sessionid; d=x,sessionids=1"
    )


def test_a_request_with_no_other_cookie_than_those_of_django_sends_none() -> None:
    assert cookie("sessionid=secret") is None


def test_cookies_of_django_are_known_by_their_configured_names(settings: Any) -> None:
    settings.SESSION_COOKIE_NAME = "my_session"
    settings.CSRF_COOKIE_NAME = "my_csrf"
    settings.LANGUAGE_COOKIE_NAME = "my_language"
    settings.MESSAGE_STORAGE = f"{__name__}.OwnMessages"
    raw = "my_session=1; my_csrf=2; my_language=3; my_messages=4; sessionid=theirs"
    assert cookie(raw) == "sessionid=theirs"


class OwnMessages:
    cookie_name = "my_messages"


def test_names_of_cookies_compare_exactly() -> None:
    assert cookie("SessionId=1; sessionid2=2; sessionid =3") == "SessionId=1; sessionid2=2"


def test_only_allowed_cookies_pass(settings: Any) -> None:
    settings.JSS_COOKIES_UP_ALLOW = [r"ASP\.NET_SessionId", r"SC_.*"]
    assert cookie(f"{VISIT}; _ga=1; xSC_A=2") == VISIT


def test_denied_cookies_stay_even_if_allowed(settings: Any) -> None:
    settings.JSS_COOKIES_UP_DENY = [r"_ga.*"]
    assert cookie("_ga=1; _ga_X=2; a_ga=3") == "a_ga=3"


def test_a_cookie_with_a_control_character_is_dropped_alone() -> None:
    assert cookie("a=1; b=\x01; c=\r\nX: y; d=\x7f; e=2") == "a=1; e=2"


def test_a_cookie_that_no_header_can_carry_is_dropped_alone() -> None:
    assert cookie("a=1; b=\u20ac; c=2") == "a=1; c=2"


def test_a_site_without_tracking_sends_no_cookie() -> None:
    assert cookie(f"{VISIT}; a=1", UNTRACKED) is None


def test_tracking_of_layout_calls_has_no_say_in_cookies(settings: Any) -> None:
    settings.LAYOUT_SERVICE_TRACKING = False
    assert cookie(VISIT) == VISIT


def test_a_head_request_sends_no_analytics_cookie() -> None:
    headers = up(method="HEAD", HTTP_COOKIE=f"{VISIT}; SC_TRACKING_CONSENT=x; a=1")
    assert headers["Cookie"] == "a=1"


def test_a_health_check_sends_no_analytics_cookie() -> None:
    assert cookie(f"{VISIT}; a=1", HTTP_USER_AGENT="ELB-HealthChecker/2.0") == "a=1"


def test_a_prefetch_sends_the_visitors_cookies() -> None:
    assert cookie(VISIT, HTTP_SEC_PURPOSE="prefetch;prerender") == VISIT


@pytest.mark.parametrize(
    ("method", "meta", "counts"),
    [
        ("GET", {"HTTP_USER_AGENT": "Mozilla/5.0"}, True),
        ("GET", {}, True),
        ("HEAD", {}, False),
        ("GET", {"HTTP_SEC_PURPOSE": "prefetch"}, False),
        ("GET", {"HTTP_SEC_PURPOSE": "prefetch;prerender"}, False),
        ("GET", {"HTTP_PURPOSE": "Prefetch"}, False),
        ("GET", {"HTTP_USER_AGENT": "kube-probe/1.31"}, False),
    ],
)
def test_what_counts_as_a_page_view(method: str, meta: dict[str, str], counts: bool) -> None:
    assert is_page_view(request(method, **meta)) is counts


def test_robots_that_are_not_counted_are_configurable(settings: Any) -> None:
    settings.JSS_UNCOUNTED_USER_AGENTS = ["^MyMonitor$"]
    assert not is_page_view(request(HTTP_USER_AGENT="MyMonitor"))
    assert is_page_view(request(HTTP_USER_AGENT="kube-probe/1.31"))


def test_a_prerendered_page_is_a_prefetch() -> None:
    assert is_prefetch(request(HTTP_SEC_PURPOSE="prerender"))
    assert not is_prefetch(request())


def test_without_a_known_address_none_is_told() -> None:
    assert "X-Forwarded-For" not in up(REMOTE_ADDR="")


def test_an_odd_but_legal_user_agent_passes() -> None:
    assert up(HTTP_USER_AGENT="site;core")["User-Agent"] == "site;core"


@pytest.mark.parametrize("value", ["a\r\nX-Evil: 1", "a\x00", "a\tb", "\u20ac"])
def test_a_header_that_would_split_or_cannot_be_sent_is_dropped(value: str) -> None:
    assert "User-Agent" not in up(HTTP_USER_AGENT=value)
    assert "Referer" not in up(HTTP_REFERER=value)


def test_the_scheme_is_the_visitors(settings: Any) -> None:
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    assert up(HTTP_X_FORWARDED_PROTO="https")["X-Forwarded-Proto"] == "https"


def test_the_host_is_told_only_on_demand(settings: Any) -> None:
    assert "X-Forwarded-Host" not in up()
    settings.FORWARD_HOST = True
    assert up(HTTP_HOST="www.example.com:8000")["X-Forwarded-Host"] == "www.example.com:8000"


def test_listed_headers_pass_whatever_their_case(settings: Any) -> None:
    assert "Accept-Language" not in up(HTTP_ACCEPT_LANGUAGE="da")
    settings.LAYOUT_SERVICE_HEADERS = ["accept-LANGUAGE", "X-Missing"]
    headers = up(HTTP_ACCEPT_LANGUAGE="da")
    assert headers["Accept-Language"] == "da"
    assert "X-Missing" not in headers


def test_listing_a_forwarded_header_leaves_one_value_of_our_own(settings: Any) -> None:
    forwarded = ["x-forwarded-proto", "x-forwarded-for", "x-forwarded-host"]
    settings.LAYOUT_SERVICE_HEADERS = [*forwarded, "user-agent"]
    headers = up(
        HTTP_X_FORWARDED_PROTO="https, http",
        HTTP_X_FORWARDED_FOR="6.6.6.6",
        HTTP_X_FORWARDED_HOST="evil.example.com",
        HTTP_USER_AGENT="a",
    )
    assert headers == {
        "User-Agent": "a",
        "X-Forwarded-For": "127.0.0.1",
        "X-Forwarded-Proto": "http",
    }


def test_a_header_of_the_connection_never_passes_even_if_listed(settings: Any) -> None:
    names = (
        "Connection",
        "Keep-Alive",
        "Transfer-Encoding",
        "Upgrade",
        "Proxy-Authenticate",
        "Proxy-Authorization",
        "TE",
        "Trailer",
        "Host",
        "Set-Cookie",
        "Cookie",
    )
    settings.LAYOUT_SERVICE_HEADERS = names
    meta = {"HTTP_" + name.upper().replace("-", "_"): "x=1" for name in names}
    assert set(up(UNTRACKED, **meta)) == {"X-Forwarded-For", "X-Forwarded-Proto"}


def test_a_header_that_the_visitor_ties_to_the_connection_does_not_pass(settings: Any) -> None:
    settings.LAYOUT_SERVICE_HEADERS = ["X-Mine", "X-Other"]
    headers = up(HTTP_CONNECTION="close, x-mine", HTTP_X_MINE="1", HTTP_X_OTHER="2")
    assert "X-Mine" not in headers
    assert headers["X-Other"] == "2"


def change_headers(headers: dict[str, str], request: HttpRequest) -> Mapping[str, str]:
    return {
        **headers,
        "User-Agent": f"new {headers['User-Agent']}",
        "X-Method": str(request.method),
        "Connection": "close",
        "X-Bad": "a\r\nb",
    }


def test_a_filter_may_add_and_replace_but_not_break(settings: Any) -> None:
    settings.LAYOUT_SERVICE_HEADER_FILTER = f"{__name__}.change_headers"
    assert up(HTTP_USER_AGENT="a", HTTP_COOKIE="a=1") == {
        "Cookie": "a=1",
        "User-Agent": "new a",
        "X-Forwarded-For": "127.0.0.1",
        "X-Forwarded-Proto": "http",
        "X-Method": "GET",
    }


def test_cookies_are_split_by_hand() -> None:
    assert split_cookies(' a=1;;b = "2" ; c==3;d; =e ') == [
        ("a", "1"),
        ("b", '"2"'),
        ("c", "=3"),
        ("", "d"),
        ("", "e"),
    ]
    assert split_cookies("") == []


BYTES_AS_TEXT = st.binary(max_size=200).map(lambda data: data.decode("latin-1"))
ANY = st.one_of(st.text(max_size=200), BYTES_AS_TEXT)
OWN = st.sampled_from(DJANGO).map(lambda name: f"{name}=DJANGO-SECRET")


@given(cookies=st.lists(st.one_of(ANY, OWN)).map(";".join), agent=ANY, forwarded=ANY)
def test_nothing_forbidden_goes_up_whatever_comes_in(
    cookies: str, agent: str, forwarded: str
) -> None:
    with override_settings(TRUSTED_PROXY_COUNT=1):
        headers = up(HTTP_COOKIE=cookies, HTTP_USER_AGENT=agent, HTTP_X_FORWARDED_FOR=forwarded)
    for value in headers.values():
        data = value.encode("latin-1")
        assert not any(byte < 0x20 or byte == 0x7F for byte in data)
    names = {name for name, _ in split_cookies(headers.get("Cookie", ""))}
    assert not names & set(DJANGO)


LISTED = ("Accept-Language", "X-Mine", "Cookie", "Connection", "X-Forwarded-For", "Set-Cookie")
NAMES = (
    *("USER_AGENT", "REFERER", "X_FORWARDED_FOR", "X_FORWARDED_PROTO", "CF_CONNECTING_IP"),
    *("ACCEPT_LANGUAGE", "X_MINE", "CONNECTION", "SET_COOKIE", "SEC_PURPOSE", "PURPOSE"),
    *("SEC_GPC", "DNT"),
)
SENT = st.dictionaries(st.sampled_from(NAMES).map("HTTP_{}".format), ANY)


@given(cookies=st.lists(st.one_of(ANY, OWN)).map(";".join), sent=SENT, method=st.text("GETHAD"))
def test_whatever_the_visitor_sends_only_headers_of_the_policy_go_up(
    cookies: str, sent: dict[str, str], method: str
) -> None:
    changed = {"LAYOUT_SERVICE_HEADERS": LISTED, "CLIENT_ADDRESS_HEADER": "CF-Connecting-IP"}
    with override_settings(TRUSTED_PROXY_COUNT=1, **changed):
        headers = headers_up(request(method or "GET", HTTP_COOKIE=cookies, **sent), SITE)
    own = {"Cookie", "User-Agent", "Referer", "X-Forwarded-For", "X-Forwarded-Proto"}
    assert set(headers) <= own | {"Accept-Language", "X-Mine"}
    assert str(ip_address(headers["X-Forwarded-For"])) == headers["X-Forwarded-For"]
    assert headers["X-Forwarded-Proto"] in ("http", "https")
    assert "DJANGO-SECRET" not in headers.get("Cookie", "")
    connection = HTTPConnection("sitecore.example")
    connection.putrequest("GET", "/")
    for name, value in headers.items():
        connection.putheader(name, value)  # refuses what would split


TEXT = st.text(
    st.characters(min_codepoint=0x21, max_codepoint=0xFF, exclude_characters=";\x7f"), min_size=1
)


@given(st.lists(TEXT))
def test_a_cookie_that_passes_is_unchanged(texts: list[str]) -> None:
    texts = [text for text in texts if text.partition("=")[0] not in DJANGO]
    assert cookie("; ".join(texts)) == ("; ".join(texts) or None)
