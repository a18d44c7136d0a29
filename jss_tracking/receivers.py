"""What the Layout Service does for a visitor beside the layout, done here without a Sitecore.

Sitecore's Layout Service counts each call as a page view of the route and triggers what the
route item says; and it asks who is not yet known to be a person to be identified. Where the
tracker keeps events itself, this does the same.
"""

import logging
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone

from jss_layout.headers import carries_analytics, is_page_view
from jss_layout.layout import Route
from jss_layout.request import LayoutRequest, LayoutResponse
from jss_layout.signals import layout_served
from jss_tracking.events import Campaign, Event, Goal, PageView, Payload, to_payload
from jss_tracking.exceptions import TrackingError, UnknownDefinition
from jss_tracking.identification import TIMESTAMP, human_flag, ticks
from jss_tracking.trackers import Tracker, tracker_class

logger = logging.getLogger(__name__)

CAMPAIGN_PARAMETER = "sc_camp"
EVENT_PARAMETER = "sc_trk"
LAYOUT_SERVICE = "/sitecore/api/layout/"

T = TypeVar("T", Campaign, Event, Goal, PageView)


@receiver(layout_served, dispatch_uid="jss_tracking.welcome_visitor")
def welcome_visitor(
    request: HttpRequest,
    layout_request: LayoutRequest,
    layout_response: LayoutResponse,
    **_: Any,
) -> dict[str, int] | None:
    """Record the page view; what it adds to the context asks the visitor to be identified.

    Notes on the request which cookies go down with the page (``page_cookies``).
    """
    tracker: Tracker | None = getattr(request, "tracker", None)
    route = layout_response.layout.route
    recorded: Sequence[str] = ()
    if tracker is not None and route is not None and _counts(request, layout_request):
        recorded = _record(tracker, route, request, layout_request, layout_response)
    cookies = (*layout_response.cookies, *recorded)
    request.page_cookies = cookies  # type: ignore[attr-defined]  # see TrackedRequest
    if tracker is None or route is None or not _asks(request, layout_request, cookies):
        return None
    return {TIMESTAMP: ticks(timezone.now())}


def _asks(request: HttpRequest, asked: LayoutRequest, cookies: Iterable[str]) -> bool:
    """Whether this host keeps the visit and does not know that a person makes it."""
    return (
        not tracker_class().conduit
        and carries_analytics(request, asked.site)
        and human_flag(request.META.get("HTTP_COOKIE", ""), cookies) is False
    )


def _record(
    tracker: Tracker,
    route: Route,
    request: HttpRequest,
    layout_request: LayoutRequest,
    layout_response: LayoutResponse,
) -> Sequence[str]:
    """Record one page view and what it triggers; a failure is logged and the page stands."""
    page_view = PageView(page_id=route.item_id, url=_url(request, layout_request))
    try:
        with tracker.batch():
            _register(tracker, tracker.register_page_view, page_view)
            _register_analytics(tracker, layout_request, layout_response)
    except Exception:
        logger.exception("The page view of %s was not recorded", layout_request.item[:200])
        return ()
    return tuple(tracker.set_cookies)


def _counts(request: HttpRequest, layout_request: LayoutRequest) -> bool:
    return (
        layout_request.tracking
        and is_page_view(request)
        and carries_analytics(request, layout_request.site)
        and not tracker_class().conduit
    )


def _url(request: HttpRequest, layout_request: LayoutRequest) -> str:
    """The address of the page, also where an app asked the Layout Service for it."""
    if request.path_info.startswith(LAYOUT_SERVICE):
        return layout_request.item
    return request.get_full_path()


def _register_analytics(
    tracker: Tracker, layout_request: LayoutRequest, layout_response: LayoutResponse
) -> None:
    analytics = layout_response.analytics
    campaigns = [layout_request.query.get(CAMPAIGN_PARAMETER), analytics.get("campaign")]
    for campaign_id in filter(None, campaigns):
        _register(tracker, tracker.trigger_campaign, Campaign(str(campaign_id)))
    if name := layout_request.query.get(EVENT_PARAMETER):
        _register_named(tracker, str(name))
    for goal_id in _names(analytics.get("goals")):
        _register(tracker, tracker.register_goal, Goal(goal_id))
    for event_id in _names(analytics.get("events")):
        _register(tracker, tracker.register_event, Event(event_id))


def _names(value: Any) -> Iterable[str]:
    """A list of names, or a single one, as people write it in a file."""
    values = value if isinstance(value, list | tuple) else [value]
    return [str(name) for name in values if name]


def _register_named(tracker: Tracker, name: str) -> None:
    """``sc_trk`` names an event or a goal."""
    try:
        with tracker.savepoint():
            tracker.register_event(Event(name), {})
    except UnknownDefinition:
        _register(tracker, tracker.register_goal, Goal(name))
    except TrackingError as error:
        logger.warning("A page view did not trigger %r: %s", name[:200], error)


def _register(tracker: Tracker, register: Callable[[T, Payload], None], event: T) -> None:
    """Record one event; one that the tracker refuses costs only itself."""
    try:
        with tracker.savepoint():
            register(event, to_payload(event))
    except TrackingError as error:
        logger.warning("A page view did not trigger %r: %s", event, error)
