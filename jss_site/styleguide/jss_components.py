"""The styleguide's one component that needs Python: an example beside its own source."""

from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest

from jss_layout import components
from jss_layout.layout import Rendering, parse_element


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
