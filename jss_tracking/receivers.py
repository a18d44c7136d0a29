"""What the Layout Service does for a visitor beside the layout, done here without a Sitecore.

Sitecore's Layout Service counts each call as a page view of the route and triggers what the
route item says; and it asks who is not yet known to be a person to be identified. Where the
tracker keeps events itself, this does the same.
"""

import logging
from collections.abc import Iterable, Sequence
from typing import Any

from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone

from jss_layout.conf import conf as layout_conf
from jss_layout.headers import carries_analytics, is_page_view
from jss_layout.layout import Route
from jss_layout.request import LayoutRequest, LayoutResponse
from jss_layout.signals import layout_served
from jss_tracking.consent import refused_by_signal
from jss_tracking.events import Campaign, Event, Goal, PageView, to_payload
from jss_tracking.exceptions import TrackingError
from jss_tracking.identification import TIMESTAMP, human_flag, ticks
from jss_tracking.models import DailyFigure
from jss_tracking.pipeline import refused
from jss_tracking.query_events import events_of_query
from jss_tracking.refusals import keep_refused_events
from jss_tracking.tallies import tally
from jss_tracking.trackers import Tracker, tracker_class

logger = logging.getLogger(__name__)

LAYOUT_SERVICE = "/sitecore/api/layout/"


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
    if tracker is not None and route is not None and not tracker_class().conduit:
        if _counts(request, layout_request):
            recorded = _record(tracker, route, request, layout_request, layout_response)
        elif _is_refused_by_signal(request, layout_request):
            tally(DailyFigure.Kind.SIGNAL_REFUSED)
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
            _register(tracker, page_view)
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
    )


def _is_refused_by_signal(request: HttpRequest, layout_request: LayoutRequest) -> bool:
    """Whether the page would count, had the browser not refused; an app's call is no page."""
    return (
        layout_conf.LAYOUT_SERVICE_TRACKING
        and layout_request.site.enable_tracking
        and is_page_view(request)
        and not request.path_info.startswith(LAYOUT_SERVICE)
        and refused_by_signal(request, layout_request.site)
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
    for event in events_of_query(layout_request.query).values():
        _register(tracker, event)
    if campaign_id := analytics.get("campaign"):
        _register(tracker, Campaign(str(campaign_id)))
    for goal_id in _names(analytics.get("goals")):
        _register(tracker, Goal(goal_id))
    for event_id in _names(analytics.get("events")):
        _register(tracker, Event(event_id))


def _names(value: Any) -> Iterable[str]:
    """A list of names, or a single one, as people write it in a file."""
    values = value if isinstance(value, list | tuple) else [value]
    return [str(name) for name in values if name]


def _register(tracker: Tracker, event: Campaign | Event | Goal | PageView) -> None:
    """Record one event; one that the tracker refuses costs only itself, and is noted."""
    try:
        with tracker.savepoint():
            _record_as_its_kind(tracker, event)
    except TrackingError as error:
        logger.warning("A page view did not trigger %.200r: %s", event, error)
        keep_refused_events(tracker.visitor, [refused(to_payload(event), error)])


def _record_as_its_kind(tracker: Tracker, event: Campaign | Event | Goal | PageView) -> None:
    payload = to_payload(event)
    match event:
        case Campaign():
            tracker.trigger_campaign(event, payload)
        case Event():
            tracker.register_event(event, payload)
        case Goal():
            tracker.register_goal(event, payload)
        case PageView():
            tracker.register_page_view(event, payload)
