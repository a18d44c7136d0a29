"""Files to download."""

from collections.abc import Mapping

from django.utils.html import conditional_escape
from django.utils.safestring import SafeString

from jss_layout.attributes import element, escaped, merged_attributes
from jss_layout.fields.field import (
    NO_HTML,
    editable_markup,
    scalar_text,
    value_object,
    with_metadata,
    wrapped,
)
from jss_layout.fields.link import safe_href


def file(
    field: object,
    *,
    body: str | None = None,
    editable: bool = True,
    editing: bool = False,
    **attributes: object,
) -> SafeString:
    """An ``a`` to a file, with its title, else its display name, else its name.

    ``body`` replaces the text; HTML only where it is marked safe. The file's MIME type
    stands in ``type``, its description in ``title``.
    """
    if editing and editable and (markup := editable_markup(field)):
        return wrapped("span", attributes, markup)
    html = _file(value_object(field), body, attributes)
    return with_metadata(field, html) if editing and editable else html


def _file(own: Mapping[str, object], body: str | None, given: Mapping[str, object]) -> SafeString:
    src = scalar_text(own.get("src"))
    if not src:
        return NO_HTML
    names = (scalar_text(own.get(name)) for name in ("title", "displayName", "name"))
    text = next(filter(None, names), src)
    inner = escaped(text) if body is None else conditional_escape(body)
    chosen = {
        "href": src,
        "type": scalar_text(own.get("mimeType")) or None,
        "title": scalar_text(own.get("description")) or None,
    }
    merged = merged_attributes(chosen, given)
    merged["href"] = safe_href(scalar_text(merged["href"]))
    if scalar_text(merged.get("target")).strip().lower() == "_blank":
        merged.setdefault("rel", "noopener noreferrer")
    return SafeString(element("a", merged, inner))
