"""What the tracker of this host has recorded of the visitor's own running visit."""

from django.http import Http404, HttpRequest, JsonResponse
from django.views.decorators.http import require_GET

from jss_layout.headers import mark_private, split_cookies
from jss_tracking.cookies import DEVICE_COOKIE, SESSION_COOKIE, read_ids
from jss_tracking.models import TrackedEvent
from jss_tracking.trackers import tracker_class

LATEST = 100


@require_GET
def recorded_events(request: HttpRequest) -> JsonResponse:
    """Kind and label of the visit's latest events, the first of them first.

    Both cookies must name the visit. Raises ``Http404`` where Sitecore keeps the events.
    """
    if tracker_class().conduit:
        raise Http404("Sitecore keeps the events.")
    cookies = dict(split_cookies(request.META.get("HTTP_COOKIE", "")))
    ids = read_ids(cookies.get(DEVICE_COOKIE, ""), cookies.get(SESSION_COOKIE, ""))
    latest = TrackedEvent.objects.filter(
        interaction__device=ids.device or None,
        interaction__session_id=ids.session,
        interaction__ended__isnull=True,
    ).select_related("definition")
    events = [
        {"kind": event.get_kind_display(), "label": event.label}
        for event in latest.order_by("-sequence")[:LATEST]
    ]
    response = JsonResponse({"events": events[::-1]})
    mark_private(response)
    return response
