"""A panel of django-debug-toolbar: which of this page's components are remembered, or why not.

Add ``jss_layout.panels.MemoPanel`` to ``DEBUG_TOOLBAR_PANELS``.
"""

from collections.abc import Mapping

from debug_toolbar.panels import Panel
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from jss_layout.component_data import renderings
from jss_layout.components import registry
from jss_layout.conf import conf
from jss_layout.context import Page
from jss_layout.memo import memo

PURE = "its template is pure"


class MemoPanel(Panel):
    """Hits and misses of the page, and each of its components."""

    title = "Components remembered"
    template = "jss_layout/memo_panel.html"

    @property
    def nav_subtitle(self) -> str:
        """How many entries were looked up, and how many of them found."""
        stats = self.get_stats()
        if not stats.get("is_on"):
            return "off"
        return f"{stats['hits']} of {stats['hits'] + stats['misses']}"

    def generate_stats(self, request: HttpRequest, response: HttpResponseBase) -> None:  # noqa: ARG002
        """Collect all of it, as JSON."""
        page = getattr(request, "jss_page", None)
        recorder = page.recorder if isinstance(page, Page) else None
        self.record_stats(
            {
                "is_on": recorder is not None,
                "hits": recorder.hits if recorder else 0,
                "misses": recorder.misses if recorder else 0,
                "bytes": memo().size,
                "max_bytes": conf.LAYOUT_MEMO_BYTES,
                "components": dict(_components(page)) if isinstance(page, Page) else {},
            }
        )


def _components(page: Page) -> Mapping[str, str]:
    """Why each component of the page is remembered or not, by its name."""
    return {
        rendering.component_name: _why(rendering.component_name, rendering.variant)
        for rendering in renderings(page)
    }


def _why(name: str, variant: str) -> str:
    try:
        return registry.resolve(name, variant).impurity or PURE
    except Exception as error:  # noqa: BLE001 — a template with a mistake is told so on the page
        return f"its template can't be loaded: {error}"
