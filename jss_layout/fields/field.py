"""What all kinds of fields share: their value, their emptiness, their editor's markup."""

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.dateparse import parse_datetime

from jss_layout.attributes import element_tags, given_attributes
from jss_layout.wire import number_text

NO_TEXT = "<span>[No text in field]</span>"
EMPTY_DATE = "0001-01-01T00:00:00Z"
CHROME = '<code type="text/sitecore" chrometype="field" class="scpm" kind="{}">{}</code>'


def value(field: object) -> Any:
    """A field's value as Sitecore sent it; None for what is no field."""
    if type(field) is dict or isinstance(field, Mapping):  # Optimization: nearly all are dicts.
        return field.get("value")
    return None


def value_object(field: object) -> Mapping[str, Any]:
    """The value of a field whose value is an object; the object itself may stand for the field."""
    if not (type(field) is dict or isinstance(field, Mapping)):  # Optimization: as above.
        return {}
    inner = field.get("value", field)
    return inner if type(inner) is dict or isinstance(inner, Mapping) else {}


def scalar_text(item: object) -> str:
    """A text or a number as text; anything else as nothing."""
    if type(item) is str or item is None:  # Optimization: nearly all are.
        return item or ""
    if isinstance(item, bool) or not isinstance(item, str | int | float):
        return ""
    return item if isinstance(item, str) else number_text(item)


def is_empty(field: object) -> bool:
    """Whether a field shows nothing, as JSS's ``isFieldValueEmpty`` has it.

    Empty: what is missing, ``{}``, ``""``, None, an object without ``src`` and ``href``,
    the date ``0001-01-01``. Not empty: 0, False, a list with an entry.
    """
    if isinstance(field, Mapping) and "value" in field:
        return _is_empty_value(field["value"])
    return not field or _is_empty_value(field)


def _is_empty_value(item: object) -> bool:
    if item is None or item in ("", EMPTY_DATE):
        return True
    if isinstance(item, Mapping):
        return not item.get("src") and not item.get("href")
    return isinstance(item, list) and not item


def parsed_datetime(text: str) -> datetime | None:
    """A date and time of ISO 8601; None for any other text."""
    try:
        return parse_datetime(text)
    except ValueError:
        return None


def editable_markup(field: object, name: str = "editable") -> str:
    """The markup that the Experience Editor works on; ``""`` where the field brings none."""
    markup = field.get(name) if isinstance(field, Mapping) else None
    return markup if isinstance(markup, str) else ""


def with_metadata(field: object, html: str, empty: str) -> str:
    """The HTML between the chromes of Sitecore Pages, if the field brings its metadata.

    ``empty`` stands in for a field without a value, so that there is something to click.
    """
    metadata = field.get("metadata") if isinstance(field, Mapping) else None
    if not metadata:
        return html
    data = _json_in_html(metadata)
    return CHROME.format("open", data) + (html or empty) + CHROME.format("close", "")


class Printer(ABC):
    """One kind of field with its options: what they mean is known before any field is.

    ``element`` is that of an editor's markup where the options name none, ``empty`` stands in
    an editor where a field shows nothing.
    """

    element = "span"
    empty = NO_TEXT

    def __init__(self, tag: str, attributes: Mapping[str, object], *, editable: bool) -> None:
        self.tag = tag
        self.attributes = given_attributes(attributes)
        self.editable = editable
        self.start, self.end = "", ""
        if tag or attributes:
            self.start, self.end = element_tags(tag or "span", self.attributes)

    @abstractmethod
    def html(self, field: object) -> str:
        """The field's HTML; nothing for what is no such field."""

    def markup(self, field: object) -> str:
        """The markup that the Experience Editor works on, in its element; ``""`` without any."""
        markup = editable_markup(field)
        tag = self.tag or self.element
        if not markup or not (tag or self.attributes):
            return markup
        start, end = element_tags(tag or "span", self.attributes)
        return f"{start}{markup}{end}"

    def edited(self, field: object) -> str:
        """The field's HTML as it stands in an editor."""
        if not self.editable:
            return self.html(field)
        return self.markup(field) or with_metadata(field, self.html(field), self.empty)


def _json_in_html(data: object) -> str:
    """JSON that closes no tag and starts none, wherever in HTML it stands."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text
