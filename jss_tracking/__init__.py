"""django-jss: what visitors do, through a pipeline, to a Sitecore tracker."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from django.http import HttpRequest
    from msgspec import Struct

    from jss_tracking.pipeline import BatchResult


def track(request: "HttpRequest", *events: "Struct | Mapping[str, Any]") -> "BatchResult":
    """Track events from Python, in the session of the visitor who sent the request.

    An event is one of ``jss_tracking.events``, as ``Goal("Register")``, or a payload as a
    browser would send it, for a processor of your own. They run through the same pipeline.

    A tracker that fails does not fail the view: that is logged, and stands in the result's
    errors (``tracker_unavailable``), as does whatever else was not tracked. Of a visitor who
    may not be tracked (the site, robots, consent) nothing is, and the result is empty.
    Raises ``ImproperlyConfigured`` without ``TrackerMiddleware``.
    """
    from jss_tracking.tracking import track_from_python

    return track_from_python(request, events)
