"""Placeholders → HTML.

A placeholder is a list of renderings and raw elements; a rendering is rendered by its
component's template, which may ask for placeholders of that rendering in turn. One that
fails costs its own box and nothing else.
"""

import logging
import re
from functools import partial

import msgspec
from django.template import Context
from django.utils.safestring import SafeString
from msgspec import Raw

from jss_layout import boxes
from jss_layout.context import COMPONENT_CONTEXTS, Page
from jss_layout.elements import chromed, element_html
from jss_layout.layout import Element, Layout, Placeholders, Rendering, parse_element
from jss_layout.memo import Piece, scope
from jss_layout.rendering import LayoutTooLarge, remembered, render_component
from jss_layout.sites import SiteDefinition

logger = logging.getLogger(__name__)

# Stands for the route, which has no uid, in the chromes of its placeholders.
ROUTE_UID = "00000000-0000-0000-0000-000000000000"
NO_NAME = SafeString("<!-- Placeholder name was not defined. -->")
_NUMBER = re.compile(r"[0-9]+")


# Optimization: a struct is made in less time than a tuple with names.
class Place(msgspec.Struct, frozen=True):
    """Where a template stands: on a page, and within one of its components or in none.

    ``memo_scope`` is the memo's, where it is known to be that of the placeholder around it.
    """

    page: Page
    rendering: Rendering | None = None
    depth: int = 0
    memo_scope: object = None

    @property
    def placeholders(self) -> Placeholders:
        """The placeholders that the template may ask for: its component's, else the route's."""
        if self.rendering:
            return self.rendering.placeholders
        route = self.page.layout.route
        return route.placeholders if route else {}


def place_of(context: Context) -> Place:
    """Where the template of this context stands."""
    if isinstance(context, COMPONENT_CONTEXTS):
        is_known = context.locales == context.page.locales
        memo_scope = context.memo_scope if is_known else None
        return Place(context.page, context.rendering, context.depth, memo_scope)
    page = getattr(context, "jss_page", None)
    if page is None:
        page = _page_of(context)
        if context.get("layout") is page.layout:
            # The page counts its components, so all placeholders of a page share it.
            context.jss_page = page  # type: ignore[attr-defined]
    return Place(page)


def _page_of(context: Context) -> Page:
    """The page that a site's own template stands for: the view's, or made of what it sees."""
    layout = context.get("layout")
    page = getattr(getattr(context, "request", None), "jss_page", None)
    if isinstance(page, Page) and (layout is None or layout is page.layout):
        return page
    site = context.get("site")
    return Page(
        layout=layout if isinstance(layout, Layout) else Layout(),
        site=site if isinstance(site, SiteDefinition) else SiteDefinition(name=""),
        language=str(context.get("language") or ""),
        request=context.get("request"),
    )


def placeholder(place: Place, name: str) -> SafeString:
    """The HTML of a placeholder; nothing where Sitecore sent none of that name.

    A name that is empty, as that of a parameter that is not set, leaves a comment.
    """
    if not name:
        return NO_NAME
    pieces = placeholder_pieces(place, name)
    return in_editor(place, name, pieces, "".join([piece.html for piece in pieces]))


def placeholder_pieces(place: Place, name: str) -> list[Piece]:
    """Every entry of a placeholder that shows, rendered, in order."""
    page, placeholders = place.page, place.placeholders
    pieces: list[Piece] = []
    key = placeholder_key(placeholders, name)
    if key is None:
        return pieces
    shared = place.memo_scope
    # Optimization: to ask for the active language and time zone takes long.
    if shared is None and page.recorder:
        shared = scope(page.recorder.scope)
    render, locales = partial(_piece, place, shared), page.locales
    for raw in placeholders[key]:
        if page.components_left < 0:
            break
        if locales != page.locales and page.recorder:
            locales, shared = page.locales, scope(page.recorder.scope)
            render = partial(_piece, place, shared)
        piece = remembered(page, shared, raw, place.depth, render)
        if piece is not None:
            pieces.append(piece)
    return pieces


def in_editor(place: Place, name: str, pieces: list[Piece], html: str) -> SafeString:
    """The HTML of a placeholder with what an editor needs around it; elsewhere as it is.

    A placeholder without a component gets an element to drop one into.
    """
    page = place.page
    if page.editing:
        if page.has_metadata:
            key = placeholder_key(place.placeholders, name) or name
            html = chromed("placeholder", f"{key}_{_uid(place)}", html)
        if not any(piece.is_component for piece in pieces) and html:
            html = f'<div class="sc-jss-empty-placeholder">{html}</div>'
    return SafeString(html)


def _uid(place: Place) -> str:
    return place.rendering.uid if place.rendering else ROUTE_UID


def placeholder_key(placeholders: Placeholders, name: str) -> str | None:
    """The key in the data: the name, or a dynamic one that it fits (``container-{*}``)."""
    if name in placeholders:
        return name
    dynamic = (key for key in placeholders if "{*}" in key)
    return next((key for key in dynamic if _fits(name, key)), None)


def _fits(name: str, key: str) -> bool:
    """Whether the name has a number for every ``{*}`` of the key, and else is the same.

    A pattern made of the key would do too, but a key comes from Sitecore, and can be so long
    that compiling it takes seconds.
    """
    first, *others = key.split("{*}")
    if not name.startswith(first):
        return False
    end = len(first)
    for part in others:
        digits = _NUMBER.match(name, end)
        if digits is None or not name.startswith(part, digits.end()):
            return False
        end = digits.end() + len(part)
    return end == len(name)


def _piece(place: Place, memo_scope: object, raw: Raw) -> Piece | None:
    """One entry; None for one that does not show."""
    name, uid = "", None
    try:
        element = parse_element(raw, place.page.seen.route_fields)
        if isinstance(element, Element):
            return Piece(element_html(element), False)
        if element is None:
            return None
        name, uid = element.component_name, element.uid
        html = render_component(place.page, element, place.depth, memo_scope)
    except Exception as error:
        cause = _stack_ended(place, error) if isinstance(error, RecursionError) else error
        logger.exception("Component %.200r could not be rendered", name, exc_info=cause)
        html = boxes.failed(place.page, name, cause)
        if place.page.recorder:
            place.page.recorder.give_up()
    if html is None:
        return None
    # A component that failed has chromes too, so that an editor can mend or remove it.
    if uid is not None and place.page.has_metadata:
        html = chromed("rendering", uid, html)
    return Piece(html, True)


def _stack_ended(place: Place, cause: RecursionError) -> LayoutTooLarge:
    error = LayoutTooLarge(
        f"Python's stack ended {place.depth} components deep (sys.setrecursionlimit): lower "
        "JSS_MAX_DEPTH, or mend the template or function that calls itself."
    )
    error.__cause__ = cause
    return error
