"""A layout for a request, with what other apps hear of it and add to it."""

from dataclasses import replace
from typing import Any

from django.http import HttpRequest

from jss_layout.request import LayoutRequest, LayoutResponse
from jss_layout.signals import context_values, layout_requested, layout_served
from jss_layout.sources import LayoutSource


def fetch_layout(
    request: HttpRequest, source: LayoutSource, asked: LayoutRequest
) -> LayoutResponse:
    """The source's answer, between the signals ``layout_requested`` and ``layout_served``.

    Raises ``LayoutServiceError``, and whatever a receiver of the former raises to stop the
    request.
    """
    heard: dict[str, Any] = {"sender": type(source), "request": request, "layout_request": asked}
    layout_requested.send(**heard)
    answer = source.fetch(asked)
    if answer.kept_since is not None:
        # Nobody has counted this page view; the browser asks for it.
        heard["layout_request"] = replace(asked, tracking=False)
    # Robust: a layout is answered even if nobody could write down that it was seen.
    served = layout_served.send_robust(**heard, layout_response=answer)
    values = context_values(served)
    return answer.with_context(values) if values else answer
