"""What all kinds of fields share: their value, their emptiness, their editor's markup."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.safestring import SafeString

from jss_layout.attributes import element, given_attributes
from jss_layout.wire import number_text

NO_HTML = SafeString("")
NO_TEXT = "<span>[No text in field]</span>"
EMPTY_DATE = "0001-01-01T00:00:00Z"
CHROME = '<code type="text/sitecore" chrometype="field" class="scpm" kind="{}">{}</code>'


def value(field: object) -> Any:
    """A field's value as Sitecore sent it; None for what is no field."""
    return field.get("value") if isinstance(field, Mapping) else None


def value_object(field: object) -> Mapping[str, Any]:
    """The value of a field whose value is an object; the object itself may stand for the field."""
    if not isinstance(field, Mapping):
        return {}
    inner = field.get("value", field)
    return inner if isinstance(inner, Mapping) else {}


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


def with_metadata(field: object, html: str, empty: str = NO_TEXT) -> SafeString:
    """The HTML between the chromes of Sitecore Pages, if the field brings its metadata.

    ``empty`` stands in for a field without a value, so that there is something to click.
    """
    metadata = field.get("metadata") if isinstance(field, Mapping) else None
    if not metadata:
        return SafeString(html)
    data = _json_in_html(metadata)
    return SafeString(CHROME.format("open", data) + (html or empty) + CHROME.format("close", ""))


def wrapped(tag: str, attributes: Mapping[str, object], html: str) -> SafeString:
    """The HTML in its element; as it is, where neither tag nor attributes are given."""
    if not tag and not attributes:
        return SafeString(html)
    return SafeString(element(tag or "span", given_attributes(attributes), html))


def _json_in_html(data: object) -> str:
    """JSON that closes no tag and starts none, wherever in HTML it stands."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text
