"""What stands in place of a component that does not show.

The boxes are templates, ``jss_layout/failed_component.html`` and its like, which a site may
replace by its own.
"""

import logging
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.html import escape

from jss_layout.components import Component
from jss_layout.context import Page
from jss_layout.layout import Rendering

logger = logging.getLogger(__name__)


def failed(page: Page, name: str, error: Exception) -> str:
    """The box of a component that failed; it says why in DEBUG and in an editor."""
    shown = {"name": name, "error": error} if settings.DEBUG or page.editing else {}
    return _box("failed_component", shown)


def unknown(page: Page, rendering: Rendering, component: Component) -> str | None:
    """The box of a component without a template, for developers and editors alone."""
    name = rendering.component_name
    _log_unknown(name, component.tried)
    if not (settings.DEBUG or page.editing):
        return None
    return _box("missing_component", {"name": name, "tried": component.tried})


@lru_cache(maxsize=1024)
def _log_unknown(name: str, tried: tuple[str, ...]) -> None:
    """Log once a name."""
    logger.warning(
        "No component is named %.200r; templates tried: %s", name, ", ".join(tried) or "none"
    )


def hidden(page: Page) -> str | None:
    """The mark of a hidden rendering, for editors alone."""
    return _box("hidden_rendering", {}) if page.editing else None


def _box(kind: str, values: Mapping[str, Any]) -> str:
    try:
        return render_to_string(f"jss_layout/{kind}.html", dict(values))
    except Exception:
        logger.exception("The template jss_layout/%s.html could not be rendered", kind)
        return f'<div class="sc-jss-placeholder-error">{escape(values.get("name", ""))}</div>'
