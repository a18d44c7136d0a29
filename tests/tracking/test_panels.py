from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import pytest
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.test import Client, RequestFactory

from jss_tracking.cookies import DEVICE_COOKIE, SESSION_COOKIE
from jss_tracking.panels import CALLS, TrackingPanel
from tests.end_to_end.gate.upstream import upstream
from tests.sensitive import API_KEY, DJANGO_SESSION_COOKIE
from tests.sensitive import SESSION_COOKIE as SESSION

pytestmark = pytest.mark.django_db
DEVICE = "a" * 32
PAGE = '<html data-counted="true"></html>'


@pytest.fixture(autouse=True)
def tracked_site(settings: Any) -> None:
    settings.TRACKER_SERVICE_ENABLED = True
    settings.SITECORE_API_KEY = API_KEY


def request(**headers: str) -> HttpRequest:
    return RequestFactory().get("/", headers=headers)


def stats(asked: HttpRequest | None = None, answer: HttpResponse | None = None) -> dict[str, Any]:
    """What the panel records of a request and its answer."""
    asked, answer = asked or request(), answer or HttpResponse(PAGE)
    panel = panel_of(lambda _: answer)
    panel.generate_stats(asked, panel.process_request(asked))
    return {**panel.toolbar.stats["TrackingPanel"], "subtitle": panel.nav_subtitle}


def panel_of(get_response: Any) -> Any:
    """A panel of a toolbar that keeps what it is given."""
    toolbar = SimpleNamespace(stats={}, store=Mock(), request_id="1")
    return TrackingPanel(toolbar, get_response)


def person(session: str = SESSION) -> dict[str, str]:
    return {"Cookie": f"{DEVICE_COOKIE}={DEVICE}|True; {SESSION_COOKIE}={session}"}


def test_a_visit_that_is_recorded_has_no_verdict() -> None:
    found = stats(request(**person()))
    assert (found["is_page"], found["verdicts"], found["subtitle"]) == (True, [], "")


def test_the_first_verdict_stands_in_the_side_bar() -> None:
    found = stats()
    assert [verdict["id"] for verdict in found["verdicts"]] == ["session_cookie_missing"]
    assert found["subtitle"] == "session_cookie_missing"


@pytest.mark.parametrize(
    ("name", "value", "verdict"),
    [
        ("TRACKER_SERVICE_ENABLED", False, "tracker_disabled"),
        ("SITECORE_API_KEY", "", "api_key_missing"),
        ("TRACKING_EXPLICIT_CONSENT", True, "consent_missing"),
        ("SITECORE_ENABLE_TRACKING", False, "tracking_off"),
    ],
)
def test_settings_that_stand_in_the_way(
    name: str, value: object, verdict: str, settings: Any
) -> None:
    setattr(settings, name, value)
    assert [found["id"] for found in stats(request(**person()))["verdicts"]] == [verdict]


def test_an_answer_that_is_no_page_has_no_verdict() -> None:
    found = stats(answer=HttpResponse("{}"))
    assert (found["is_page"], found["verdicts"], found["visitor"]) == (False, [], [])


def test_what_goes_up_is_shown_with_masked_cookies() -> None:
    cookie = f"{SESSION_COOKIE}={SESSION}; sessionid={DJANGO_SESSION_COOKIE}"
    found = stats(request(**{"Cookie": cookie, "User-Agent": "site;core"}))
    assert found["up"] == [
        ("Cookie", f"{SESSION_COOKIE}={SESSION[:4]}…"),
        ("User-Agent", "site;core"),
        ("X-Forwarded-For", "127.0.0.1"),
        ("X-Forwarded-Proto", "http"),
    ]


def test_what_goes_down_is_shown_with_masked_cookies() -> None:
    answer = HttpResponse(PAGE, headers={"Cache-Control": "private, no-cache"})
    answer.set_cookie("sessionid", DJANGO_SESSION_COOKIE, httponly=True)
    shown = f"sessionid={DJANGO_SESSION_COOKIE[:4]}…; HttpOnly; Path=/"
    assert stats(answer=answer)["down"] == [
        ("Cache-Control", "private, no-cache"),
        ("Set-Cookie", shown),
    ]


def test_the_address_is_shown_with_what_it_comes_from(settings: Any) -> None:
    settings.TRUSTED_PROXY_COUNT = 1
    settings.CLIENT_ADDRESS_HEADER = "CF-Connecting-IP"
    headers = {"X-Forwarded-For": "6.6.6.6, 203.0.113.9", "CF-Connecting-IP": "no address"}
    assert stats(request(**headers))["address"] == [
        ("peer", "127.0.0.1"),
        ("X-Forwarded-For", "6.6.6.6, 203.0.113.9"),
        ("CF-Connecting-IP", "no address"),
        ("TRUSTED_PROXY_COUNT", "1"),
        ("TRUSTED_PROXIES", ""),
        ("the visitor", "203.0.113.9"),
    ]


def test_the_visitors_state_is_shown() -> None:
    assert stats(request(**person()))["visitor"] == [
        ("device", f"{DEVICE_COOKIE}=aaaa…|True"),
        ("session", f"{SESSION_COOKIE}={SESSION[:4]}…"),
        ("known to be a person", "yes"),
        ("consent", "no choice yet"),
        ("may be tracked", "yes"),
        ("page view counted", "yes"),
    ]


def test_a_visitor_who_may_not_be_tracked_is_told_why(settings: Any) -> None:
    settings.TRACKING_EXPLICIT_CONSENT = True
    assert ("may be tracked", "no (consent)") in stats(request(**person()))["visitor"]


def test_the_events_of_this_page_are_shown() -> None:
    browser = Client()
    browser.get("/?first=1")
    browser.get("/")
    cookies = "; ".join(f"{morsel.key}={morsel.value}" for morsel in browser.cookies.values())
    assert stats(request(Cookie=cookies))["events"] == ["page_view /"]


def test_without_a_visit_there_are_no_events() -> None:
    assert stats()["events"] == []


def test_a_call_to_sitecore_is_shown_with_status_and_time(settings: Any) -> None:
    with upstream() as sitecore:
        settings.JSS_MODE = "connected"
        settings.SITECORE_API_HOST = sitecore.url
        panel = panel_of(lambda _: Client(headers=person()).get("/"))
        panel.process_request(request())
    calls = panel.toolbar.stats["TrackingPanel"]["calls"]
    (call,) = [line for line in calls if "/layout/render/" in line]
    path = f"{sitecore.url.removeprefix('http://')}/sitecore/api/layout/render/jss"
    assert call.startswith(f"GET {path}: 200 in ")
    assert call.endswith(" ms")


def test_the_calls_of_a_page_that_fails_are_no_longer_noted() -> None:
    def fail(_request: HttpRequest) -> HttpResponse:
        raise ZeroDivisionError

    before = list(CALLS.handlers)
    with pytest.raises(ZeroDivisionError):
        panel_of(fail).process_request(request())
    assert CALLS.handlers == before


def test_all_of_it_is_on_the_panel() -> None:
    html = render_to_string(TrackingPanel.template, stats(request(Referer="<b>")))
    assert "session_cookie_missing" in html
    assert "<code>&lt;b&gt;</code>" in html
    assert "X-Forwarded-For" in html


def test_a_conduits_events_are_sitecores(settings: Any) -> None:
    settings.JSS_MODE = "connected"
    found = stats(request(**person()))
    assert [verdict["id"] for verdict in found["verdicts"]] == [
        "session_not_ended",
        "contact_anonymous",
    ]
    assert "Sitecore keeps them." in render_to_string(TrackingPanel.template, found)
