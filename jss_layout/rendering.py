"""A component → HTML: its template, with its data, or what stands in its place."""

from jss_layout import boxes
from jss_layout.component_data import component_data
from jss_layout.components import Component, registry
from jss_layout.conf import conf
from jss_layout.context import (
    ComponentContext,
    Page,
    RequestComponentContext,
    RequestWithheld,
)
from jss_layout.layout import Rendering

HIDDEN_RENDERING = "hidden rendering"


class LayoutTooLarge(Exception):
    """Components nest deeper, or are more, than the settings allow."""


def render_component(page: Page, rendering: Rendering, depth: int = 0) -> str | None:
    """The HTML of a component that stands ``depth`` components deep; None if it does not show.

    Raises whatever its template or its function raises, and ``LayoutTooLarge``.
    """
    if is_hidden(rendering.component_name):
        return boxes.hidden(page)
    component = registry.resolve(rendering.component_name, rendering.variant)
    if component.template is None:
        return boxes.unknown(page, rendering, component)
    _count(page, depth)
    return _render(page, rendering, component, depth)


def is_hidden(component_name: str) -> bool:
    """Whether Sitecore says by this name that a personalization rule hides the component."""
    return component_name.lower() == HIDDEN_RENDERING


def _count(page: Page, depth: int) -> None:
    if depth >= page.max_depth:
        raise LayoutTooLarge(f"Components nest deeper than {depth} levels (setting JSS_MAX_DEPTH).")
    page.components_left -= 1
    if page.components_left < 0:
        raise LayoutTooLarge(
            f"The page has more than {conf.JSS_MAX_COMPONENTS} components "
            "(setting JSS_MAX_COMPONENTS)."
        )


def _render(page: Page, rendering: Rendering, component: Component, depth: int) -> str:
    assert component.template is not None, "checked by the caller"  # noqa: S101
    # What the component around this one took of the request is not this one's doing.
    outer = page.take_withheld_used()
    try:
        data = component_data(page, rendering, component)
        kind = RequestComponentContext if component.uses_request else ComponentContext
        html = component.template.render(kind(page, rendering, depth + 1, data))
        if page.withheld_used:
            raise RequestWithheld(page.withheld_used)
    finally:
        page.withheld_used = outer
    return html
