"""The Layout Service's answer as frozen values, parsed once; knows no Django.

Shapes: Sitecore's Layout Service, ``{"sitecore": {"context": {…}, "route": {…} | null}}``.
Parsing is tolerant: unknown properties are ignored, a null or a value of another type
counts as absent, and renderings stay raw JSON until they are rendered, so that one that
does not fit costs its own box and nothing else.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec
from msgspec import Raw

from jss_layout import wire
from jss_layout.mappings import NOTHING, Fields, Params, Placeholders
from jss_layout.wire import InvalidLayout

__all__ = [
    "Context",
    "Element",
    "Fields",
    "InvalidLayout",
    "Layout",
    "Params",
    "Placeholders",
    "Rendering",
    "Route",
    "parse_element",
    "parse_layout",
]


@dataclass(frozen=True)
class Context:
    """``sitecore.context``. ``context["pageEditing"]`` reads any key, custom ones included."""

    data: Mapping[str, Any] = field(default_factory=dict)

    def __getitem__(self, key: str) -> Any:
        return self.data[key]

    def __contains__(self, key: object) -> bool:
        return key in self.data

    @property
    def language(self) -> str:
        """The language that the content came in, ``""`` if the service does not say."""
        return wire.text(self.data.get("language"))

    @property
    def page_editing(self) -> bool:
        """Whether the page stands in an editor."""
        return self.data.get("pageEditing") is True

    @property
    def page_state(self) -> str:
        """``normal``, ``preview`` or ``edit``."""
        return wire.text(self.data.get("pageState")) or "normal"

    @property
    def item_path(self) -> str:
        """The item's path within the site."""
        return wire.text(self.data.get("itemPath"))

    @property
    def visitor_identification_timestamp(self) -> str:
        """.NET ticks as opaque text; empty once the visitor is identified."""
        return wire.text(self.data.get("visitorIdentificationTimestamp"))


@dataclass(frozen=True, slots=True)
class Route:
    """The page item: its own fields and its placeholders."""

    name: str = ""
    display_name: str = ""
    item_id: str = ""
    item_language: str = ""
    item_version: int | None = None
    database_name: str = ""
    device_id: str = ""
    layout_id: str = ""
    template_id: str = ""
    template_name: str = ""
    fields: Mapping[str, Any] = field(default_factory=dict)
    placeholders: Placeholders = field(default_factory=dict)


# Optimization: a struct is made in a fifth of the time of a frozen dataclass.
class Rendering(msgspec.Struct, frozen=True):
    """One component on a page. ``fields`` is a list where a resolver of the site says so.

    ``raw`` is the JSON that it was read from.
    """

    component_name: str = ""
    uid: str = ""
    data_source: str = ""
    params: Mapping[str, str] = msgspec.field(default_factory=Params)
    fields: Fields | list[Any] = msgspec.field(default_factory=Fields)
    placeholders: Placeholders = msgspec.field(default_factory=dict)
    raw: Raw = wire.EMPTY_OBJECT

    @property
    def variant(self) -> str:
        """The variant that an author chose, ``""`` for the default: parameter ``FieldNames``."""
        return self.params.get("FieldNames", "")


class Element(msgspec.Struct, frozen=True):
    """A raw HTML element between renderings, such as an editor's chrome."""

    name: str
    type: str = ""
    attributes: Mapping[str, str] = msgspec.field(default_factory=dict)
    contents: str = ""


@dataclass(frozen=True, slots=True)
class Layout:
    """A page: ``route`` is None where the item does not exist."""

    context: Context = field(default_factory=Context)
    route: Route | None = None


def parse_layout(body: bytes) -> Layout:
    """Read a Layout Service answer.

    Raises ``InvalidLayout`` if the text is not UTF-8 JSON of the shape above.
    """
    json = body.removeprefix(wire.BYTE_ORDER_MARK)
    try:
        try:
            return _cut_to_layout(json)
        except msgspec.DecodeError:
            # Half a character, as where a text was cut short, costs itself and not the page.
            return _cut_to_layout(wire.without_lone_surrogates(json))
    except wire.BAD_JSON as error:
        raise InvalidLayout(f"not a layout: {error}") from error


def parse_element(
    raw: Raw, route_fields: Mapping[str, Any] = NOTHING
) -> Rendering | Element | None:
    """Read one entry of a placeholder; None for a null, and for one without any name.

    A field that the component lacks is the one of that name in ``route_fields``. Raises
    ``InvalidLayout`` if the entry is no object.
    """
    try:
        found = wire.decode_component(raw)
    except wire.BAD_JSON:
        other = _decoded(raw)
        if not isinstance(other, wire.Component):
            return _to_element(other)
        found = other
    own, params = found.fields, found.params
    # Optimization: by position, a struct is made in less time.
    return Rendering(
        found.component_name,
        found.uid,
        found.data_source,
        Params(params) if params else Params(),
        own if isinstance(own, list) else Fields(own or NOTHING, route_fields),
        found.placeholders or {},
        raw,
    )


def _decoded(raw: Raw) -> wire.Component | wire.Element | None:
    try:
        return wire.decode_element(raw)
    except RecursionError as error:
        raise InvalidLayout(
            "components nest deeper than Python's stack can read (sys.setrecursionlimit): lower "
            "JSS_MAX_DEPTH"
        ) from error
    except wire.BAD_JSON as error:
        raise InvalidLayout(f"not a rendering: {error}") from error


def _to_element(found: wire.Element | None) -> Element | None:
    if found and (name := wire.text(found.name)):
        return Element(
            name, wire.text(found.type), wire.texts(found.attributes), wire.text(found.contents)
        )
    return None


def _cut_to_layout(json: bytes) -> Layout:
    try:
        return _to_layout(json)
    except RecursionError:
        return _to_layout(wire.cut(json))


def _to_layout(json: bytes) -> Layout:
    sitecore = wire.decode_sitecore(json)
    route = _to_route(sitecore.route) if sitecore.route else None
    return Layout(Context(wire.read_object(sitecore.context)), route)


def _to_route(found: wire.Route) -> Route:
    version = found.item_version
    return Route(
        name=wire.text(found.name),
        display_name=wire.text(found.display_name),
        item_id=wire.text(found.item_id),
        item_language=wire.text(found.item_language),
        item_version=version if isinstance(version, int) else None,
        database_name=wire.text(found.database_name),
        device_id=wire.text(found.device_id),
        layout_id=wire.text(found.layout_id),
        template_id=wire.text(found.template_id),
        template_name=wire.text(found.template_name),
        fields=wire.read_object(found.fields),
        placeholders=found.placeholders or {},
    )
