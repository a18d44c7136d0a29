"""The Layout Service's JSON as it comes over the wire, read with tolerance.

Structs name the properties that count, all of them optional and of any type; the functions
make of each value what the page needs, and nothing of a value that does not fit.
"""

import re
from collections.abc import Callable
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Raw

T = TypeVar("T")
# Placeholder name → its entries, each as raw JSON.
Lists = dict[str, tuple[Raw, ...]]

EMPTY_OBJECT = Raw(b"{}")
BYTE_ORDER_MARK = b"\xef\xbb\xbf"

# From here on, a number is written with an exponent.
MAX_WRITTEN_OUT = 1e21

# Levels of JSON, of which a component takes three; far below what the decoder can read.
MAX_LEVELS = 300
_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*+"|[][{}]', re.DOTALL)

# A pair of surrogates, a lone one, and any other escape.
_ESCAPE = re.compile(
    rb"(\\u[dD][89abAB][\da-fA-F]{2}\\u[dD][c-fC-F][\da-fA-F]{2})"
    rb"|\\u[dD][89a-fA-F][\da-fA-F]{2}|(\\.)",
    re.DOTALL,
)


class InvalidLayout(ValueError):
    """The text is not JSON, or not an object of the expected shape."""


class Route(msgspec.Struct, frozen=True, rename="camel"):
    """The page item."""

    name: Any = None
    display_name: Any = None
    item_id: Any = None
    item_language: Any = None
    item_version: Any = None
    database_name: Any = None
    device_id: Any = None
    layout_id: Any = None
    template_id: Any = None
    template_name: Any = None
    fields: Raw = EMPTY_OBJECT
    placeholders: Lists | None = None


class Sitecore(msgspec.Struct, frozen=True):
    """What stands under ``sitecore``."""

    context: Raw = EMPTY_OBJECT
    route: Route | None = None


class Envelope(msgspec.Struct, frozen=True):
    """The whole answer."""

    sitecore: Sitecore


class LooseSitecore(msgspec.Struct, frozen=True):
    """What stands under ``sitecore``, where the route's placeholders are of another shape."""

    context: Raw = EMPTY_OBJECT
    route: Raw = Raw(b"null")


class LooseEnvelope(msgspec.Struct, frozen=True):
    """The whole answer around it."""

    sitecore: LooseSitecore


class Component(msgspec.Struct, frozen=True, rename="camel"):
    """An entry of a placeholder that is a rendering with all values of their usual types."""

    component_name: Annotated[str, msgspec.Meta(min_length=1)]
    uid: str = ""
    data_source: str = ""
    params: dict[str, str] | None = None
    fields: dict[str, Any] | list[Any] | None = None
    placeholders: Lists | None = None


class Element(msgspec.Struct, frozen=True, rename="camel"):
    """An entry of a placeholder: a rendering or a raw element."""

    uid: Any = None
    component_name: Any = None
    data_source: Any = None
    params: Any = None
    fields: Any = None
    placeholders: Lists | None = None
    name: Any = None
    type: Any = None
    contents: Any = None
    attributes: Any = None


_decode_envelope = msgspec.json.Decoder(Envelope).decode
_decode_loose_envelope = msgspec.json.Decoder(LooseEnvelope).decode
_decode_route = msgspec.json.Decoder(Route | None).decode
# Optimization: entries are mostly as they should be, and then read in one go.
decode_component: Callable[[Raw], Component] = msgspec.json.Decoder(Component).decode
_decode_element: Callable[[Raw], Element | None] = msgspec.json.Decoder(Element | None).decode
_decode_object = msgspec.json.Decoder(dict[str, Raw] | None).decode
_decode_list = msgspec.json.Decoder(tuple[Raw, ...] | None).decode

# A value nested deeper than the interpreter's stack raises RecursionError, not DecodeError.
BAD_JSON = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


def decode_sitecore(json: bytes) -> Sitecore:
    """What stands under ``sitecore`` in an answer. Raises what stands in ``BAD_JSON``."""
    try:
        return _decode_envelope(json).sitecore
    except msgspec.ValidationError:
        loose = _decode_loose_envelope(json).sitecore
        return Sitecore(loose.context, _decode_route(_with_lists(loose.route)))


def decode_element(raw: Raw) -> Component | Element | None:
    """An entry of a placeholder that is no rendering, or has values of other types.

    None for a null. Raises what stands in ``BAD_JSON``.
    """
    found = _decode_any_element(raw)
    name = text(found.component_name) if found else ""
    return _component(name, found) if found and name else found


def _decode_any_element(raw: Raw) -> Element | None:
    try:
        return _decode_element(raw)
    except msgspec.ValidationError:
        return _decode_element(_with_lists(raw))


def _component(name: str, found: Element) -> Component:
    """The rendering without what does not fit."""
    fields = found.fields if isinstance(found.fields, list) else mapping(found.fields)
    return Component(
        name,
        text(found.uid),
        text(found.data_source),
        texts(found.params),
        fields,
        found.placeholders,
    )


def _with_lists(raw: Raw) -> Raw:
    """A route or an entry with an empty list in place of a placeholder that is none."""
    parts = _decode_object(raw)
    if parts is None or "placeholders" not in parts:
        return raw
    found = _or_none(_decode_object, parts["placeholders"]) or {}
    lists = {name: _or_none(_decode_list, entries) or () for name, entries in found.items()}
    return Raw(msgspec.json.encode({**parts, "placeholders": lists}))


def _or_none(decode: Callable[[Raw], T | None], raw: Raw) -> T | None:
    try:
        return decode(raw)
    except msgspec.ValidationError:
        return None


def cut(json: bytes) -> bytes:
    """The text with null for all that nests deeper than a page can show."""
    level, start, kept = 0, 0, []
    for token in _TOKEN.finditer(json):
        mark = token.group()
        if mark in b"{[":
            level += 1
            if level == MAX_LEVELS:
                kept += [json[start : token.start()], b"null"]
        elif mark in b"}]":
            if level == MAX_LEVELS:
                start = token.end()
            level -= 1
    return b"".join([*kept, json[start:]])


def without_lone_surrogates(json: bytes) -> bytes:
    """The text with U+FFFD for every half of a character, which JSON can spell and UTF-8 not."""
    return _ESCAPE.sub(lambda escape: escape[1] or escape[2] or rb"\ufffd", json)


def text(value: object) -> str:
    """A scalar as text: booleans as in JSON, anything that is no scalar as nothing."""
    if type(value) is str:  # Optimization: nearly all are.
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return number_text(value) if isinstance(value, int | float) else ""


def number_text(value: float) -> str:
    """A number as JavaScript writes it: 5.0, as .NET sends a whole double, is 5."""
    is_whole = isinstance(value, float) and value.is_integer() and abs(value) < MAX_WRITTEN_OUT
    return str(int(value) if is_whole else value)


def texts(value: object) -> dict[str, str]:
    """An object whose values are scalars as text; nothing of any other value."""
    return {key: text(item) for key, item in mapping(value).items()}


def read_object(raw: Raw) -> dict[str, Any]:
    """An object's values; nothing where it is none, or holds a number beyond all ranges."""
    try:
        return mapping(msgspec.json.decode(raw))
    except BAD_JSON:
        return {}


def mapping(value: object) -> dict[str, Any]:
    """An object; for any other value an empty one."""
    return value if isinstance(value, dict) else {}
