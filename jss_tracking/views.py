"""The tracker's addresses, in the protocol of Sitecore's JSS Tracker.

A request is refused before its body is read wherever that can be told from its headers.
Every answer is JSON and private to caches; ``docs/tracker-protocol.md`` holds the table.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from functools import cache, wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from jss_layout.api_keys import ServiceRefused, check_api_key, origin_is_own
from jss_layout.exceptions import SiteUnknown
from jss_layout.headers import client_address, is_prefetch, mark_private
from jss_tracking.conf import conf
from jss_tracking.diagnosis import why_dropped
from jss_tracking.events import Payload, parse_payloads
from jss_tracking.exceptions import RequestRefused, TrackerUnavailable, TrackingError
from jss_tracking.metrics import count_refused
from jss_tracking.pipeline import PROCESSOR_FAILED, BatchResult, run
from jss_tracking.processors import processors
from jss_tracking.query_events import payloads_of_query
from jss_tracking.rates import check_rate
from jss_tracking.refusals import (
    keep_dropped_request,
    keep_refused_events,
    keep_refused_request,
)
from jss_tracking.trackers import EventError
from jss_tracking.visitor import TrackedRequest

logger = logging.getLogger(__name__)

View = Callable[[TrackedRequest], HttpResponse]

# What a form of another site can post without asking first.
FORM_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data")


def tracker_service(view: View) -> View:
    """Answers 404 while ``TRACKER_SERVICE_ENABLED`` is off, and any refusal as JSON."""

    @wraps(view)
    def answer(request: TrackedRequest) -> HttpResponse:
        if not conf.TRACKER_SERVICE_ENABLED:
            _say_disabled()
            raise Http404("The tracker service is off; set TRACKER_SERVICE_ENABLED to True.")
        try:
            response = view(request)
        except ServiceRefused as error:
            keep_refused_request("api_key", str(error))
            response = _refused(error.status, "api_key", str(error), headers=error.headers)
        except RequestRefused as error:
            keep_refused_request(error.code, str(error))
            response = _refused(error.status, error.code, str(error), error.index, error.headers)
        except SiteUnknown as error:
            response = _refused(error.http_status, "site_unknown", str(error))
            response["Retry-After"] = str(error.retry_after)
        except TrackerUnavailable as error:
            response = _refused(error.status, "tracker_unavailable", str(error))
            if error.retry_after is not None:
                response["Retry-After"] = str(error.retry_after)
        mark_private(response)
        return response

    return answer


@csrf_exempt
@tracker_service
@require_POST
def track_event(request: TrackedRequest) -> HttpResponse:
    """Track the events of the body: a JSON array or one object."""
    check_api_key(request, "tracking")
    _refuse_cross_site(request)
    check_rate(client_address(request))
    payloads = _payloads(request)
    if reason := why_dropped(request):
        keep_dropped_request(reason)
        return JsonResponse({"tracked": 0, "errors": [], "dropped": reason})
    result = run(payloads, request.tracker, processors.chain(), _triggered(request, payloads))
    keep_refused_events(request.tracker.visitor, result.errors)
    answer = {"tracked": result.tracked, "errors": [_error(error) for error in result.errors]}
    if result.queued:
        answer["queued"] = result.queued
    return JsonResponse(answer, status=_status(result))


@csrf_exempt
@tracker_service
@require_http_methods(["GET", "POST"])
def flush(request: TrackedRequest) -> HttpResponse:
    """End the visitor's interaction, as a test does that looks for its events.

    The key is optional, since people open this address by hand.
    """
    if request.GET.get("sc_apikey") or request.headers.get("sc-apikey"):
        check_api_key(request, "tracking")
    elif not origin_is_own(request):
        raise RequestRefused(403, "cross_site", "Another site may flush only with its API key.")
    _refuse_cross_site(request)
    if is_prefetch(request):
        raise RequestRefused(403, "prefetch", "Fetching ahead must not end an interaction.")
    if reason := why_dropped(request):
        return JsonResponse({"flushed": False, "dropped": reason})
    request.tracker.flush()
    return JsonResponse({"flushed": True})


def _payloads(request: HttpRequest) -> list[Payload | TrackingError]:
    if request.content_type in FORM_TYPES:
        message = f"The body is a form ({request.content_type}); send application/json."
        raise RequestRefused(415, "unsupported_media_type", message)
    payloads = parse_payloads(_body(request))
    if len(payloads) > conf.TRACK_EVENT_MAX_BATCH:
        message = f"{len(payloads)} events are more than {conf.TRACK_EVENT_MAX_BATCH}; send fewer."
        raise RequestRefused(413, "too_many_events", message)
    return payloads


def _body(request: HttpRequest) -> bytes:
    """The body, of which no more is read than the limit allows."""
    limit = conf.TRACK_EVENT_MAX_BYTES
    declared = request.META.get("CONTENT_LENGTH") or "0"
    try:
        body = b"" if int(declared) > limit else request.read(limit + 1)
    except (OSError, ValueError) as error:
        raise RequestRefused(400, "incomplete_body", "The body did not arrive whole.") from error
    if int(declared) > limit or len(body) > limit:
        message = f"The body is larger than {limit} bytes; send smaller batches."
        raise RequestRefused(413, "too_large", message)
    return body


def _triggered(
    request: TrackedRequest, payloads: Sequence[Payload | TrackingError]
) -> list[Payload]:
    """What the query names; a conduit passes that on as it is."""
    return [] if request.tracker.conduit else payloads_of_query(request.GET.dict(), payloads)


def _refuse_cross_site(request: HttpRequest) -> None:
    """A listed ``Origin`` was checked with the key; without one nobody vouches for the site."""
    if request.headers.get("Sec-Fetch-Site") == "cross-site" and "Origin" not in request.headers:
        raise RequestRefused(403, "cross_site", "A call from another site must say its Origin.")


def _status(result: BatchResult) -> int:
    if result.queued:
        return 202
    if not result.errors:
        return 200
    if result.tracked:
        return conf.TRACK_EVENT_PARTIAL_STATUS
    ours = all(error.code == PROCESSOR_FAILED for error in result.errors)
    return 500 if ours else 400


def _error(error: EventError) -> dict[str, Any]:
    found = {"index": error.index, "code": error.code, "id": error.id, "message": error.message}
    return {key: value for key, value in found.items() if value is not None}


def _refused(
    status: int,
    code: str,
    message: str,
    index: int | None = None,
    headers: Mapping[str, str] | None = None,
) -> JsonResponse:
    count_refused(code)
    error: dict[str, Any] = {"code": code, "message": message}
    if index is not None:
        error["index"] = index
    return JsonResponse({"tracked": 0, "errors": [error]}, status=status, headers=headers)


@cache
def _say_disabled() -> None:
    """Say once a process why the address is absent."""
    logger.warning(
        "An event was sent to the tracker, which is off: set TRACKER_SERVICE_ENABLED to True."
    )
