"""Tracking from Python: the pipeline, without a request to the tracker's addresses."""

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest
from msgspec import Struct

from jss_layout.headers import carries_analytics
from jss_layout.sites import site_for_host
from jss_tracking.events import Payload, to_payload
from jss_tracking.exceptions import TrackerUnavailable
from jss_tracking.pipeline import BatchResult, run
from jss_tracking.processors import processors
from jss_tracking.trackers import EventError, Tracker

logger = logging.getLogger(__name__)


def track_from_python(
    request: HttpRequest, events: Sequence[Struct | Mapping[str, Any]]
) -> BatchResult:
    """What ``jss_tracking.track`` does."""
    tracker: Tracker | None = getattr(request, "tracker", None)
    if tracker is None:
        raise ImproperlyConfigured(
            "The request has no tracker: add 'jss_tracking.middleware.TrackerMiddleware' to "
            "MIDDLEWARE, or call track() with the request that passed it."
        )
    payloads = [_payload(event) for event in events]
    if not carries_analytics(request, site_for_host(request.get_host())):
        return BatchResult(0)
    try:
        result = run(payloads, tracker, processors.chain())
    except TrackerUnavailable as error:
        result = _unavailable(len(payloads), error)
    for failure in result.errors:
        logger.warning("%s was not tracked: %s", failure.id or "An event", failure.message)
    return result


def _payload(event: Struct | Mapping[str, Any]) -> Payload:
    if isinstance(event, Struct):
        return to_payload(event)
    if isinstance(event, Mapping):
        return event
    message = f"track() takes events such as Goal('Register') or mappings, not {event!r:.100}."
    raise TypeError(message)


def _unavailable(count: int, error: TrackerUnavailable) -> BatchResult:
    errors = (EventError(index, "tracker_unavailable", str(error)) for index in range(count))
    return BatchResult(0, tuple(errors))
