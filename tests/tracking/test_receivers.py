import logging
from collections.abc import Callable
from typing import Any

import pytest
from django.test import RequestFactory

from jss_layout.layout import Layout, Route
from jss_layout.request import LayoutRequest, LayoutResponse
from jss_layout.signals import layout_served
from jss_layout.sites import SiteDefinition
from jss_tracking.events import Campaign, Event, Goal, PageView
from jss_tracking.exceptions import TrackerUnavailable, UnknownDefinition
from jss_tracking.trackers import Visitor
from jss_tracking.trackers.memory import Memory, MemoryTracker

ID = "110d559f-dea5-42ea-9c1c-8a5df7e70ef9"
SITE = SiteDefinition("shop")

Serve = Callable[..., None]

pytestmark = pytest.mark.django_db


@pytest.fixture
def serve(rf: RequestFactory, in_memory: Memory) -> Serve:
    """Serve a layout as the page's view does."""

    def serve(
        path: str = "/about",
        route: bool = True,
        analytics: Any = None,
        request: Any = None,
        **asked: Any,
    ) -> None:
        if request is None:
            request = rf.get(path)
            request.tracker = MemoryTracker(Visitor(SITE))
        values: dict[str, Any] = {"item": "/about", "site": SITE, "language": "en"} | asked
        layout = Layout(route=Route(item_id=ID) if route else None)
        layout_served.send(
            sender=object,
            request=request,
            layout_request=LayoutRequest(**values),
            layout_response=LayoutResponse(layout, analytics=analytics or {}),
        )

    return serve


def test_a_page_that_is_served_is_one_page_view_of_its_item(
    serve: Serve, in_memory: Memory
) -> None:
    serve("/about?a=1&b=2")
    assert in_memory.events == [PageView(ID, "/about?a=1&b=2")]


def test_the_payload_is_as_a_browser_would_send_it(serve: Serve, in_memory: Memory) -> None:
    serve()
    assert in_memory.recorded[0].payload == {"pageId": ID, "url": "/about"}


def test_what_an_app_asks_of_the_layout_service_is_a_view_of_the_item(
    serve: Serve, in_memory: Memory
) -> None:
    serve("/sitecore/api/layout/render/jss?item=/news&sc_lang=en", item="/news")
    assert in_memory.events == [PageView(ID, "/news")]


def test_a_route_triggers_what_its_file_says_on_its_page(serve: Serve, in_memory: Memory) -> None:
    analytics = {
        "goals": ["Register", "Instant Demo"],
        "events": ["Download"],
        "campaign": "Sample Campaign",
    }
    serve(analytics=analytics)
    view = PageView(ID, "/about")
    assert in_memory.events == [
        view,
        Campaign("Sample Campaign"),
        Goal("Register"),
        Goal("Instant Demo"),
        Event("Download"),
    ]
    assert {record.page for record in in_memory.recorded} == {view}


def test_no_file_makes_money(serve: Serve, in_memory: Memory) -> None:
    serve(analytics={"outcomes": ["Opportunity"]})
    assert [type(event) for event in in_memory.events] == [PageView]


def test_a_single_name_and_empty_ones_are_tolerated(serve: Serve, in_memory: Memory) -> None:
    serve(analytics={"goals": "Register", "events": [None, ""], "campaign": None})
    assert in_memory.events[1:] == [Goal("Register")]


def test_a_campaign_of_the_address_is_triggered(serve: Serve, in_memory: Memory) -> None:
    serve(query={"sc_camp": "Sample Campaign"})
    assert in_memory.events[1:] == [Campaign("Sample Campaign")]


def test_an_empty_campaign_is_none(
    serve: Serve, in_memory: Memory, caplog: pytest.LogCaptureFixture
) -> None:
    serve(query={"sc_camp": ""})
    assert len(in_memory.events) == 1
    assert "campaign" not in caplog.text


@pytest.mark.parametrize(
    ("name", "event"), [("Download", Event("Download")), ("Register", Goal("Register"))]
)
def test_an_event_or_goal_of_the_address_is_triggered(
    serve: Serve, in_memory: Memory, name: str, event: Event | Goal
) -> None:
    serve(query={"sc_trk": name})
    assert in_memory.events[1:] == [event]


@pytest.mark.parametrize("name", ["", "Nonsense"])
def test_an_empty_or_unknown_event_of_the_address_leaves_the_view(
    serve: Serve, in_memory: Memory, name: str
) -> None:
    serve(query={"sc_trk": name})
    assert [type(event) for event in in_memory.events] == [PageView]


def test_an_unknown_campaign_is_logged_and_the_view_stands(
    serve: Serve, in_memory: Memory, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        serve(query={"sc_camp": "Nonsense"}, analytics={"goals": ["Register"]})
    assert [type(event) for event in in_memory.events] == [PageView, Goal]
    assert "Nonsense" in caplog.text


def test_a_page_that_is_not_found_is_no_page_view(serve: Serve, in_memory: Memory) -> None:
    serve(route=False)
    assert in_memory.events == []


def test_a_layout_that_is_asked_for_without_tracking_is_no_page_view(
    serve: Serve, in_memory: Memory
) -> None:
    serve(tracking=False, analytics={"goals": ["Register"]})
    assert in_memory.events == []


def test_a_site_with_tracking_off_counts_nothing(serve: Serve, in_memory: Memory) -> None:
    serve(site=SiteDefinition("quiet", enable_tracking=False))
    assert in_memory.events == []


@pytest.mark.parametrize(("method", "headers"), [("head", {}), ("get", {"purpose": "prefetch"})])
def test_a_head_and_a_page_fetched_in_advance_count_nothing(
    rf: RequestFactory, serve: Serve, in_memory: Memory, method: str, headers: dict[str, str]
) -> None:
    request = getattr(rf, method)("/about", headers=headers)
    request.tracker = MemoryTracker(Visitor(SITE))
    serve(request=request)
    assert in_memory.events == []


def test_connected_sitecore_counts_the_view_itself(
    serve: Serve, in_memory: Memory, at_sitecore: str
) -> None:
    serve()
    assert in_memory.events == []


def test_a_request_without_tracker_counts_nothing(
    rf: RequestFactory, serve: Serve, in_memory: Memory
) -> None:
    serve(request=rf.get("/about"))
    assert in_memory.events == []


@pytest.mark.parametrize("error", [TrackerUnavailable("down"), ZeroDivisionError()])
def test_a_tracker_that_fails_is_logged_and_the_page_stands(
    serve: Serve,
    in_memory: Memory,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
) -> None:
    def fail(self: MemoryTracker, page_view: PageView, payload: Any) -> None:
        raise error

    monkeypatch.setattr(MemoryTracker, "register_page_view", fail)
    with caplog.at_level(logging.ERROR):
        serve(analytics={"goals": ["Register"]})
    assert "The page view of /about was not recorded" in caplog.text
    assert in_memory.events == []


def test_a_visitor_that_cannot_be_told_is_logged_and_the_page_stands(
    serve: Serve, rf: RequestFactory, caplog: pytest.LogCaptureFixture
) -> None:
    class Broken:
        def __getattr__(self, name: str) -> None:
            raise ZeroDivisionError

    request: Any = rf.get("/about")
    request.tracker = Broken()
    with caplog.at_level(logging.ERROR):
        serve(request=request)
    assert "was not recorded" in caplog.text


def test_nothing_is_kept_of_a_goal_that_fails_half_way(
    serve: Serve, in_memory: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(self: MemoryTracker, goal: Goal, payload: Any) -> None:
        self.register_event(Event("Download"), payload)
        raise UnknownDefinition("goal", goal.goal_id)

    monkeypatch.setattr(MemoryTracker, "register_goal", fail)
    serve(analytics={"goals": ["Register"]})
    assert in_memory.events == [PageView(ID, "/about")]
