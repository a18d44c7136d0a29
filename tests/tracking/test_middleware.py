from collections.abc import Callable
from typing import cast

import pytest
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.test import RequestFactory

from jss_tracking.middleware import TrackerMiddleware
from jss_tracking.trackers import Visitor
from jss_tracking.trackers.memory import MemoryTracker
from jss_tracking.visitor import TrackedRequest
from tests.sensitive import ANALYTICS_COOKIE

GetResponse = Callable[[HttpRequest], HttpResponseBase]

pytestmark = pytest.mark.usefixtures("service", "in_memory")

LINE = f"SC_ANALYTICS_GLOBAL_COOKIE={ANALYTICS_COOKIE}; path=/; HttpOnly"


def answered(
    request: HttpRequest, view: Callable[[TrackedRequest], HttpResponseBase]
) -> HttpResponseBase:
    return TrackerMiddleware(cast("GetResponse", view))(request)


def test_a_request_carries_its_visitors_tracker(rf: RequestFactory) -> None:
    found = []

    def view(request: TrackedRequest) -> HttpResponse:
        found.extend([request.tracker.visitor.user_agent, request.tracker.set_cookies])
        return HttpResponse()

    answered(rf.get("/", headers={"user-agent": "Firefox"}), view)
    assert found == ["Firefox", []]


def test_the_trackers_cookies_go_down_with_the_answer(rf: RequestFactory) -> None:
    def view(request: TrackedRequest) -> HttpResponse:
        request.tracker.set_cookies.append(LINE)
        response = HttpResponse()
        response.set_cookie("own", "1")
        return response

    response = answered(rf.get("/"), view)
    lines = [cookie.OutputString() for cookie in response.cookies.values()]
    assert lines == ["own=1; Path=/", LINE]


def test_an_answer_with_a_used_tracker_is_private(rf: RequestFactory) -> None:
    def view(request: TrackedRequest) -> HttpResponse:
        request.tracker.flush()
        return HttpResponse()

    response = answered(rf.get("/"), view)
    assert "private" in response["Cache-Control"]
    assert "Cookie" in response["Vary"]


def test_an_unused_tracker_is_never_made(
    rf: RequestFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(self: MemoryTracker, visitor: Visitor) -> None:
        raise AssertionError

    monkeypatch.setattr(MemoryTracker, "__init__", fail)
    response = answered(rf.get("/"), lambda _: HttpResponse())
    assert "Cache-Control" not in response


def test_one_request_has_one_tracker(rf: RequestFactory) -> None:
    found = []

    def view(request: TrackedRequest) -> HttpResponse:
        found.extend([request.tracker.set_cookies, request.tracker.set_cookies])
        return HttpResponse()

    answered(rf.get("/"), view)
    assert found[0] is found[1]


def test_two_visitors_never_share_a_cookie(rf: RequestFactory) -> None:
    def view(request: TrackedRequest) -> HttpResponse:
        tracker = request.tracker
        tracker.set_cookies.append(f"id={tracker.visitor.cookie('who')}")
        return HttpResponse()

    middleware = TrackerMiddleware(cast("GetResponse", view))
    for who in ("ann", "bob"):
        response = middleware(rf.get("/", headers={"cookie": f"who={who}"}))
        assert [cookie.OutputString() for cookie in response.cookies.values()] == [f"id={who}"]
