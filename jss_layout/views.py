"""The catch-all page, and the answers to health checks."""

import logging
import time
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import translation
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from jss_layout.conf import conf
from jss_layout.context import Page
from jss_layout.deadline import PageDeadline
from jss_layout.exceptions import LayoutServiceError
from jss_layout.fetching import fetch_layout
from jss_layout.headers import headers_up_for_all, mark_private, relay_cookies
from jss_layout.layout import Layout
from jss_layout.metrics import PageOutcome, count_memo_lookups, count_page
from jss_layout.page_templates import render_page
from jss_layout.public_pages import is_for_all, is_offered, offer
from jss_layout.readiness import readiness
from jss_layout.request import LayoutRequest, LayoutResponse, is_item_path, layout_request
from jss_layout.sources import layout_source

logger = logging.getLogger(__name__)


@csrf_exempt  # so that a POST is told 405
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """The page that the Layout Service has for this address, cookies relayed."""
    if not is_item_path(request.path_info):
        count_page("not_found")
        response = render_page(request, "404.html", {}, status=404)
        mark_private(response)
        return response
    asked = layout_request(request)
    for_all = is_for_all(request, asked.site)
    if for_all:
        asked = replace(asked, headers=headers_up_for_all(request))
    with translation.override(asked.language), PageDeadline(conf.LAYOUT_SERVICE_TIMEOUT):
        try:
            answer = fetch_layout(request, layout_source(), asked)
        except LayoutServiceError as error:
            cookies = error.cookies
            response = _unavailable(request, asked, error)
            count_page("unavailable")
        else:
            cookies = answer.cookies
            response = _rendered(request, asked, answer)
            _mark_kept(response, answer)
            if for_all and answer.kept_since is None:
                offer(response, request.jss_page)  # type: ignore[attr-defined]  # see _values
            count_page(_outcome(answer))
    if not settings.DEBUG:  # whose toolbar still looks at it
        # Optimization: page and request refer to each other; see ``page_templates``.
        del request.jss_page  # type: ignore[attr-defined]
    if not relay_cookies(response, cookies, request) and not is_offered(response):
        mark_private(response)
    return response


@csrf_exempt
@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 — Django's signature
    """``Healthy`` while this process answers; asks neither Sitecore nor the database."""
    return HttpResponse("Healthy", content_type="text/plain")


@csrf_exempt
@require_safe
@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """Whether this process can answer visitors: 200 if so, perhaps with warnings, 503 if not."""
    found = readiness(request)
    answer = {"ready": not found.errors, "errors": found.errors, "warnings": found.warnings}
    return JsonResponse(answer, status=503 if found.errors else 200)


def _rendered(request: HttpRequest, asked: LayoutRequest, answer: LayoutResponse) -> HttpResponse:
    """``page.html``, or ``404.html`` where the item does not exist.

    A Sitecore that shows a page of its own in place of what it does not find says 404 with it.
    """
    layout, kept = answer.layout, answer.kept_since
    page = Page(layout, asked.site, asked.language, request)
    values = {
        **_values(request, page),
        "layout": layout,
        "route": layout.route,
        "context": layout.context,
        "counted": "true" if asked.tracking and layout.route and kept is None else "false",
        "kept_since": None if kept is None else datetime.fromtimestamp(kept, UTC),
    }
    if layout.route is None:
        return render_page(request, "404.html", values, status=404)
    response = render_page(request, "page.html", values, status=answer.status)
    if page.recorder:
        count_memo_lookups(page.recorder.hits, page.recorder.misses)
    return response


def _outcome(answer: LayoutResponse) -> PageOutcome:
    if answer.kept_since is not None:
        return "kept"
    return "rendered" if answer.is_page else "not_found"


def _mark_kept(response: HttpResponse, answer: LayoutResponse) -> None:
    """Say that a copy stands in for Sitecore's answer, and how old it is (RFC 7234 §5.5)."""
    if answer.kept_since is not None:
        response["Warning"] = '110 - "Response is Stale"'
        response["Age"] = str(max(0, int(time.time() - answer.kept_since)))


def _unavailable(
    request: HttpRequest, asked: LayoutRequest, error: LayoutServiceError
) -> HttpResponse:
    """``503.html``; the log says what went wrong, in DEBUG the page too."""
    logger.error("%s is not available: %s", asked.item[:200], error)
    values = {
        **_values(request, Page(Layout(), asked.site, asked.language, request)),
        "counted": "false",
        "error": error if settings.DEBUG else None,
    }
    response = render_page(request, "503.html", values, status=error.http_status)
    response["Retry-After"] = str(error.retry_after)
    return response


def _values(request: HttpRequest, page: Page) -> dict[str, Any]:
    # It stays known in what a template includes with "only".
    request.jss_page = page  # type: ignore[attr-defined]
    return {"request": request, "site": page.site, "language": page.language}
