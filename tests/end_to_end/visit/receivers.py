"""On the host that keeps the visit: its pages go into the context of the layout."""

from typing import Any

from django.dispatch import receiver

from jss_layout.request import LayoutRequest
from jss_layout.signals import layout_served
from jss_tracking.trackers.database import DatabaseTracker
from jss_tracking.visitor import TrackedRequest


@receiver(layout_served)
def tell_visit(
    request: TrackedRequest, layout_request: LayoutRequest, **_: Any
) -> dict[str, Any] | None:
    """The visit's page views, this one included, oldest first."""
    # request.tracker is lazy: its class is that of the tracker itself.
    if not layout_request.tracking or not isinstance(request.tracker, DatabaseTracker):
        return None
    with request.tracker.batch():
        views = request.tracker.interaction.events.filter(kind="page_view").order_by("sequence")
        return {"visit": {"pages": list(views.values_list("url", flat=True))}}
