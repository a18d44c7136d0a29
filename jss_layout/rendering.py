"""A component → HTML: its template, with its data, or what stands in its place.

An entry of a placeholder that was rendered before, with nothing else that counts, is not
rendered again, nor even parsed (see ``jss_layout.memo``).
"""

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Raw

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
from jss_layout.memo import Key, Piece, Recorder, Recording, digest, memo

NO_DATA: Mapping[str, Any] = {}

Render = Callable[[Raw], Piece | None]


class LayoutTooLarge(Exception):
    """Components nest deeper, or are more, than the settings allow."""


def remembered(page: Page, scope: object, raw: Raw, depth: int, render: Render) -> Piece | None:
    """The entry as it was rendered before, else as it is rendered and then remembered."""
    recorder = page.recorder
    if recorder is None:
        return render(raw)
    known, hashed = memo(), digest(raw)
    if not known.meets_again(hashed):
        # What is new is rather rendered once than kept, and what is around it is new as well.
        recorder.misses += 1
        if recorder.current is not None:
            recorder.give_up()
        return render(raw)
    key = (scope, hashed)
    found = known.find(key, raw, recorder)
    if found is not None:
        took = found.recording
        # Whether the page's limits let it show, with all that it contains.
        if took.components <= page.components_left and depth + took.levels <= page.max_depth:
            recorder.hits += 1
            page.components_left -= took.components
            page.additions.update(dict.fromkeys(took.additions))
            recorder.add(took)
            return found.piece
    recorder.misses += 1
    return _recorded(recorder, key, raw, render)


def _recorded(recorder: Recorder, key: Key, raw: Raw, render: Render) -> Piece | None:
    """The entry as it is rendered; remembered, if nothing speaks against it."""
    outer, recorder.current = recorder.current, (recording := Recording())
    try:
        piece = render(raw)
    finally:
        recorder.current = outer
    recorder.add(recording)
    if recording.complete:
        memo().keep(key, raw, recording, piece)
    return piece


def render_component(
    page: Page, rendering: Rendering, depth: int = 0, memo_scope: object = None
) -> str | None:
    """The HTML of a component that stands ``depth`` components deep; None if it does not show.

    ``memo_scope`` is that of the placeholder around it.

    Raises whatever its template or its function raises, and ``LayoutTooLarge``.
    """
    name, params = rendering.component_name, rendering.params
    component = registry.resolve(name, rendering.variant if params else "")
    if component.template is None:
        hidden = component.is_hidden
        return boxes.hidden(page) if hidden else boxes.unknown(page, rendering, component)
    if depth >= page.max_depth:
        raise LayoutTooLarge(f"Components nest deeper than {depth} levels (setting JSS_MAX_DEPTH).")
    page.components_left -= 1
    if page.components_left < 0:
        raise LayoutTooLarge(
            f"The page has more than {conf.JSS_MAX_COMPONENTS} components "
            "(setting JSS_MAX_COMPONENTS)."
        )
    if (recorder := page.recorder) and recorder.current is not None:
        recorder.count_component()
        if component.impurity:
            recorder.give_up()
    return _render(page, rendering, component, depth, memo_scope)


def _render(
    page: Page, rendering: Rendering, component: Component, depth: int, memo_scope: object
) -> str:
    assert component.template is not None, "checked by the caller"  # noqa: S101
    # What the component around this one took of the request is not this one's doing.
    withheld = page.withheld
    outer, withheld.name = withheld.name, ""
    try:
        data = component_data(page, rendering, component) if component.needs_request else NO_DATA
        kind = RequestComponentContext if component.uses_request else ComponentContext
        context = kind(page, rendering, depth + 1, data)
        if component.keeps_locale:
            context.memo_scope, context.locales = memo_scope, page.locales
        html = context.rendered(component.template)
        if withheld.name:
            raise RequestWithheld(withheld.name)
    finally:
        withheld.name = outer
        if not component.keeps_locale:
            page.locales += 1
    return html
