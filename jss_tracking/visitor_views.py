"""Addresses of this host by which visitors say who they are: a person, and whether they agree."""

import logging
from functools import cache
from pathlib import Path

import msgspec
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.utils.cache import patch_cache_control
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from jss_layout.headers import carries_analytics, mark_private
from jss_layout.sites import site_for_host
from jss_tracking.consent import choice, keep_choice
from jss_tracking.exceptions import TrackerUnavailable
from jss_tracking.identification import SCRIPT
from jss_tracking.models import DailyFigure
from jss_tracking.tallies import tally
from jss_tracking.trackers import tracker_class
from jss_tracking.visitor import TrackedRequest, is_cross_site

logger = logging.getLogger(__name__)

SCRIPT_FILE = Path(__file__).parent / "static" / "jss_tracking" / "visitor_identification.js"
SCRIPT_SECONDS = 60 * 60
WORDS = {"true": True, "false": False}


class _Choice(msgspec.Struct):
    given: bool


class _SeeOther(HttpResponseRedirect):
    status_code = 303


@csrf_exempt  # so that a POST is told 405
@require_GET
def visitor_identification(request: TrackedRequest, file: str) -> HttpResponse:
    """The script, or a style sheet without content: whoever asks for that is a person.

    Never a page view. A visitor who may not be tracked stays unknown.
    """
    if file.casefold().endswith(SCRIPT.casefold()):
        return _script()
    if carries_analytics(request, site_for_host(request.get_host())):
        try:
            request.tracker.mark_human()
        except TrackerUnavailable:
            # The tracker has logged why; the next page asks again.
            logger.warning("A visitor was not identified")
    response = HttpResponse(content_type="text/css")
    patch_cache_control(response, no_store=True)
    mark_private(response)
    return response


@csrf_exempt
@require_POST
def consent(request: TrackedRequest) -> HttpResponse:
    """Keep the visitor's choice: JSON ``{"given": true}``, or a form that leads back.

    Only pages of this very host may send it, which is checked in place of a CSRF token.
    """
    if is_cross_site(request):
        return _refused(403, "cross_site", "Only a page of this host may say what a visitor chose.")
    given = _given(request)
    if given is None:
        return _refused(400, "invalid_choice", "given: must be true or false.")
    if not given:
        _end_visit(request)
    site = site_for_host(request.get_host())
    if given != choice(request, site):
        _count_choice(given)
    response = _answer(request, given)
    keep_choice(response, request, site, given)
    mark_private(response)
    return response


def _given(request: HttpRequest) -> bool | None:
    if request.content_type != "application/json":
        return WORDS.get(request.POST.get("given", ""))
    try:
        return msgspec.json.decode(request.body, type=_Choice).given
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _end_visit(request: TrackedRequest) -> None:
    """End the interaction where this host keeps it, and drop what waits for Sitecore elsewhere.

    A failure leaves it to expire.
    """
    try:
        if tracker_class().conduit:
            request.tracker.withdraw()
        else:
            request.tracker.flush()
    except TrackerUnavailable:
        logger.warning("The visit of a visitor who took back consent was not ended")


def _count_choice(given: bool) -> None:
    """Count what was chosen, for the share of those who agree; nothing of who did is kept."""
    kinds = DailyFigure.Kind
    tally(kinds.CONSENT_GIVEN if given else kinds.CONSENT_REFUSED)


def _answer(request: HttpRequest, given: bool) -> HttpResponse:
    if request.content_type == "application/json":
        return JsonResponse({"given": given})
    return _SeeOther(_way_back(request))


def _way_back(request: HttpRequest) -> str:
    """The page that the form stood on, if it is one of this host."""
    for url in (request.POST.get("next", ""), request.headers.get("Referer", "")):
        if url_has_allowed_host_and_scheme(
            url, {request.get_host()}, require_https=request.is_secure()
        ):
            return url
    return "/"


def _refused(status: int, code: str, message: str) -> JsonResponse:
    response = JsonResponse({"errors": [{"code": code, "message": message}]}, status=status)
    mark_private(response)
    return response


@cache
def _script_text() -> bytes:
    return SCRIPT_FILE.read_bytes()


def _script() -> HttpResponse:
    response = HttpResponse(_script_text(), content_type="text/javascript; charset=utf-8")
    patch_cache_control(response, public=True, max_age=SCRIPT_SECONDS)
    return response
