"""The styleguide's components that need Python: an example beside its source, raw elements."""

from collections.abc import Iterator
from typing import Any

import msgspec
from django.http import HttpRequest

from jss_layout import components
from jss_layout.elements import element_html
from jss_layout.layout import Element, Rendering, parse_element

# Content files know components alone, so that these stand here.
ELEMENTS = (
    Element("code", "text/sitecore", {"kind": "open", "onclick": "run()"}, '{"title":"<b>"}'),
    Element("script", "text/sitecore", {}, '{"title":"</script>"}'),
    Element("iframe", attributes={"src": "https://example.com"}),
)


@components.register("StyleguideExample")
def styleguide_example(rendering: Rendering, request: HttpRequest) -> dict[str, Any]:  # noqa: ARG001
    """``sources``: the template of each component in the placeholder ``example``, by its name."""
    return {"sources": dict(_sources(rendering))}


def _sources(rendering: Rendering) -> Iterator[tuple[str, str]]:
    for raw in rendering.placeholders.get("example", ()):
        shown = parse_element(raw)
        if isinstance(shown, Rendering):
            component = components.registry.resolve(
                shown.component_name, shown.params.get("FieldNames", "")
            )
            if component.template:
                yield str(component.template.name), str(component.template.source)


@components.register("StyleguideElements")
def styleguide_elements(rendering: Rendering, request: HttpRequest) -> dict[str, Any]:  # noqa: ARG001
    """``elements``: raw elements as JSON, each with the HTML that it prints."""
    shown = [(msgspec.json.encode(element).decode(), element_html(element)) for element in ELEMENTS]
    return {"elements": shown}
