"""Checks of the shape of content: the value, or an error that says what should stand there."""

from collections.abc import Mapping
from typing import Any

from jss_layout.sources.disconnected.errors import WRONG_SHAPE, ContentError, Place


def mapping(value: Any, place: Place) -> Mapping[str, Any]:
    """A mapping; nothing is an empty one."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise _wrong(place, "a mapping", value)
    return value


def sequence(value: Any, place: Place) -> list[Any]:
    """A list; nothing is an empty one."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise _wrong(place, "a list", value)
    return value


def scalar_text(value: Any, place: Place) -> str:
    """A scalar as text, as JavaScript writes it: ``true``, ``1`` for 1.0, nothing as ``""``."""
    if isinstance(value, dict | list):
        raise _wrong(place, "text or a number", value)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def text(value: Any, place: Place) -> str:
    """A name or an id."""
    return scalar_text(value, place).strip()


def texts(value: Any, place: Place) -> tuple[str, ...]:
    """One name, or a list of them."""
    entries = value if isinstance(value, list) else [] if value is None else [value]
    named = (text(entry, place.at(index)) for index, entry in enumerate(entries))
    return tuple(filter(None, named))


def _wrong(place: Place, wanted: str, value: Any) -> ContentError:
    found = {dict: "a mapping", list: "a list", str: "text", bool: "a boolean"}
    message = f"must be {wanted}, not {found.get(type(value), 'a number')}"
    return ContentError(WRONG_SHAPE, place, message)
