"""Files to download."""

from html import escape

from django.utils.html import conditional_escape
from django.utils.safestring import SafeString

from jss_layout.attributes import element, merged_attributes
from jss_layout.fields.field import NO_HTML, scalar_text, value_object
from jss_layout.fields.link import safe_href


def file(
    field: object,
    *,
    body: str | None = None,
    editing: bool = False,  # noqa: ARG001 — a file has no editor's markup
    **attributes: object,
) -> SafeString:
    """An ``a`` to a file, with its title, else its display name, else its name.

    ``body`` replaces the text; HTML only where it is marked safe. The file's MIME type
    stands in ``type``, its description in ``title``.
    """
    own = value_object(field)
    src = scalar_text(own.get("src"))
    if not src:
        return NO_HTML
    names = (scalar_text(own.get(name)) for name in ("title", "displayName", "name"))
    text = next(filter(None, names), src)
    inner = escape(text) if body is None else conditional_escape(body)
    chosen = {
        "href": src,
        "type": scalar_text(own.get("mimeType")) or None,
        "title": scalar_text(own.get("description")) or None,
    }
    merged = merged_attributes(chosen, attributes)
    merged["href"] = safe_href(scalar_text(merged["href"]))
    if scalar_text(merged.get("target")).strip().lower() == "_blank":
        merged.setdefault("rel", "noopener noreferrer")
    return SafeString(element("a", merged, inner))
