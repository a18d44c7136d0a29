from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest
from django.test import RequestFactory
from pytest_django import Settings

from jss_layout.sites import SiteDefinition
from jss_tracking import track
from jss_tracking.delivery import sending
from jss_tracking.delivery.outcomes import Answer, DeliveryOutcome
from jss_tracking.events import Campaign, Goal, Outcome, PageView
from jss_tracking.exceptions import TrackerUnavailable
from jss_tracking.models import Interaction, TrackedEvent
from jss_tracking.pipeline import BatchResult
from jss_tracking.trackers import Visitor
from jss_tracking.trackers.memory import Memory, MemoryTracker
from jss_tracking.trackers.sitecore import SitecoreTracker
from tests.tracking.browser import HOME, Browser, page

pytestmark = pytest.mark.django_db


@pytest.fixture
def request_of(rf: RequestFactory) -> Any:
    def make(tracker: Any, path: str = "/") -> HttpRequest:
        request = rf.get(path)
        request.tracker = tracker  # type: ignore[attr-defined]  # as the middleware does
        return request

    return make


@pytest.fixture
def in_mind(memory: Memory, request_of: Any) -> HttpRequest:
    """A request whose tracker remembers."""
    request: HttpRequest = request_of(MemoryTracker(Visitor(SiteDefinition("shop"))))
    return request


def test_a_view_tracks_events_in_the_visitors_session(request_of: Any) -> None:
    browser = Browser()
    browser.track(page("/cart"))
    tracker = browser.request()
    assert track(request_of(tracker), Goal("Register"), Outcome("Opportunity")) == BatchResult(2)
    (visit,) = Interaction.objects.all()
    assert [event.label for event in visit.events.all()] == ["/cart", "Register", "Opportunity"]
    assert TrackedEvent.objects.filter(page__url="/cart").count() == 2
    assert tracker.set_cookies


def test_each_kind_and_payloads_of_ones_own_are_taken(in_mind: HttpRequest, memory: Memory) -> None:
    events = [PageView(HOME, "/"), Campaign("Sample Campaign"), Goal("Register")]
    assert track(in_mind, *events, {"goalId": "Register", "colour": "red"}).tracked == 4
    assert memory.events == [*events, Goal("Register")]
    assert memory.recorded[3].payload["colour"] == "red"


def test_connected_the_event_goes_up_in_the_visitors_session(
    request_of: Any, connected_visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[Any] = []

    def post(*call: Any) -> Answer:
        sent.append(call)
        return Answer(DeliveryOutcome.DELIVERED)

    monkeypatch.setattr(sending, "post", post)
    request = request_of(SitecoreTracker(connected_visitor))
    assert track(request, Goal("Register")) == BatchResult(1)
    ((_, _, _, headers, body),) = sent
    assert headers == dict(connected_visitor.headers)
    assert body == b'[{"goalId":"Register"}]'


def test_what_is_not_tracked_is_told_and_logged(
    in_mind: HttpRequest, caplog: pytest.LogCaptureFixture
) -> None:
    (error,) = track(in_mind, Goal("Nonsense")).errors
    assert error.code == "unknown_goal"
    assert "'Nonsense'" in caplog.text


def test_a_tracker_that_is_down_does_not_fail_the_view(
    in_mind: HttpRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_self: Any) -> None:
        raise TrackerUnavailable("gone")

    monkeypatch.setattr(MemoryTracker, "batch", fail)
    result = track(in_mind, Goal("Register"), Goal("Login"))
    assert result.tracked == 0
    assert [(error.index, error.code) for error in result.errors] == [
        (0, "tracker_unavailable"),
        (1, "tracker_unavailable"),
    ]


def test_of_a_site_with_tracking_off_nothing_is_tracked(
    in_mind: HttpRequest, memory: Memory, settings: Settings
) -> None:
    settings.SITECORE_ENABLE_TRACKING = False
    assert track(in_mind, Goal("Register")) == BatchResult(0)
    assert memory.events == []


def test_without_the_middleware_the_way_out_is_named(rf: RequestFactory) -> None:
    with pytest.raises(ImproperlyConfigured, match="TrackerMiddleware"):
        track(rf.get("/"), Goal("Register"))


def test_what_is_no_event_is_a_type_error(in_mind: HttpRequest) -> None:
    with pytest.raises(TypeError, match=r"Goal\('Register'\)"):
        track(in_mind, "Register")  # type: ignore[arg-type]  # the mistake
