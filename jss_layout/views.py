"""The catch-all page, and the answer to health checks."""

import time
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from jss_layout.exceptions import LayoutServiceError
from jss_layout.headers import mark_private, relay_cookies
from jss_layout.request import LayoutRequest, LayoutResponse, is_item_path, layout_request
from jss_layout.signals import context_values, layout_requested, layout_served
from jss_layout.sources import layout_source


@csrf_exempt  # so that a POST is told 405
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """The page that the Layout Service has for this address, cookies relayed."""
    if not is_item_path(request.path_info):
        return render(request, "404.html", status=404)
    asked = layout_request(request)
    with translation.override(asked.language):
        try:
            answer = _fetch(request, asked)
        except LayoutServiceError as error:
            cookies = error.cookies
            response = _unavailable(request, asked, error)
        else:
            cookies = answer.cookies
            response = _rendered(request, asked, answer)
            _mark_kept(response, answer)
    relay_cookies(response, cookies, request)
    mark_private(response)
    return response


@csrf_exempt
@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 — Django's signature
    """``Healthy`` while this process answers; asks neither Sitecore nor the database."""
    return HttpResponse("Healthy", content_type="text/plain")


def _fetch(request: HttpRequest, asked: LayoutRequest) -> LayoutResponse:
    source = layout_source()
    heard: dict[str, Any] = {"sender": type(source), "request": request, "layout_request": asked}
    layout_requested.send(**heard)
    answer = source.fetch(asked)
    if answer.kept_since is not None:
        # Nobody has counted this page view; the browser asks for it.
        heard["layout_request"] = replace(asked, tracking=False)
    # Robust: a page stands even if nobody could write down that it was seen.
    served = layout_served.send_robust(**heard, layout_response=answer)
    values = context_values(served)
    return answer.with_context(values) if values else answer


def _rendered(request: HttpRequest, asked: LayoutRequest, answer: LayoutResponse) -> HttpResponse:
    """``page.html``, or ``404.html`` where the item does not exist."""
    layout, kept = answer.layout, answer.kept_since
    values = {
        **_values(request, asked),
        "layout": layout,
        "route": layout.route,
        "context": layout.context,
        "counted": "true" if asked.tracking and layout.route and kept is None else "false",
        "kept_since": None if kept is None else datetime.fromtimestamp(kept, UTC),
    }
    if layout.route is None:
        return render(request, "404.html", values, status=404)
    return render(request, "page.html", values)


def _mark_kept(response: HttpResponse, answer: LayoutResponse) -> None:
    """Say that a copy stands in for Sitecore's answer, and how old it is (RFC 7234 §5.5)."""
    if answer.kept_since is not None:
        response["Warning"] = '110 - "Response is Stale"'
        response["Age"] = str(max(0, int(time.time() - answer.kept_since)))


def _unavailable(
    request: HttpRequest, asked: LayoutRequest, error: LayoutServiceError
) -> HttpResponse:
    """``503.html``; in DEBUG it may say what went wrong."""
    values = {
        **_values(request, asked),
        "counted": "false",
        "error": error if settings.DEBUG else None,
    }
    response = render(request, "503.html", values, status=error.http_status)
    response["Retry-After"] = str(error.retry_after)
    return response


def _values(request: HttpRequest, asked: LayoutRequest) -> dict[str, Any]:
    return {"request": request, "site": asked.site, "language": asked.language}
