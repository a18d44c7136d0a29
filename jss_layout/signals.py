"""What other apps may hear. ``jss_layout`` speaks; it never imports who listens.

``layout_requested``
    A layout is about to be fetched. Arguments: ``sender`` (the source's class),
    ``request`` (the visitor's ``HttpRequest``), ``layout_request`` (``LayoutRequest``).

``layout_served``
    A layout was fetched and is about to be rendered or answered as JSON. Arguments:
    ``sender`` (the source's class), ``request``, ``layout_request`` and
    ``layout_response`` (``LayoutResponse``). Not sent when the fetch failed. A receiver may
    return a mapping: values that stand in Sitecore's context of this one answer.

``tracking_asked``
    May this visitor be tracked? Asked once a request, on a site that tracks. Arguments:
    ``sender`` (``HttpRequest``), ``request`` and ``site`` (``SiteDefinition``). A receiver
    that returns False, or that fails, forbids it: no analytics cookies either way,
    ``tracking=false``.

``readiness_asked``
    ``/readyz`` is asked for. Arguments: ``sender`` (``HttpRequest``) and ``request``. A
    receiver may return a mapping of names to texts: warnings, which anybody may read.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from django.dispatch import Signal

# Optimization: each page sends them, and the receivers are looked for once.
layout_requested = Signal(use_caching=True)
layout_served = Signal(use_caching=True)
tracking_asked = Signal(use_caching=True)
readiness_asked = Signal()


def context_values(answers: Iterable[tuple[Any, Any]]) -> dict[str, Any]:
    """What the receivers of ``layout_served`` add to the context, given what they returned."""
    values: dict[str, Any] = {}
    for _, answer in answers:
        if isinstance(answer, Mapping):
            values.update(answer)
    return values
