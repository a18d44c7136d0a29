"""What other apps may hear. ``jss_layout`` speaks; it never imports who listens.

``layout_requested``
    A layout is about to be fetched. Arguments: ``sender`` (the source's class),
    ``request`` (the visitor's ``HttpRequest``), ``layout_request`` (``LayoutRequest``).

``layout_served``
    A layout was fetched and is about to be rendered or answered as JSON. Arguments:
    ``sender`` (the source's class), ``request``, ``layout_request`` and
    ``layout_response`` (``LayoutResponse``). Not sent when the fetch failed.
"""

from django.dispatch import Signal

layout_requested = Signal()
layout_served = Signal()
