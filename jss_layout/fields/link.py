"""General links."""

import re
from collections.abc import Mapping

from django.utils.html import conditional_escape
from django.utils.safestring import SafeString

from jss_layout.attributes import element, escaped, merged_attributes
from jss_layout.conf import conf
from jss_layout.fields.field import (
    NO_HTML,
    editable_markup,
    scalar_text,
    value_object,
    with_metadata,
)

NO_LINK = '<span tabindex="0" style="cursor: pointer;">[No text in field]</span>'
# Browsers read an address without these: "java\nscript:" is a scheme to them.
_IGNORED = re.compile(r"[\x00-\x20\x7f-\xa0\u00ad\u200b-\u200f\u2028-\u202f\u2060\ufeff]")


def link(
    field: object,
    *,
    body: str | None = None,
    show_text: bool = False,
    editable: bool = True,
    editing: bool = False,
    **attributes: object,
) -> SafeString:
    """An ``a`` with the field's text, or its address where there is no text.

    ``body`` replaces the text, or with ``show_text=True`` follows it; HTML only where it is
    marked safe. An address whose scheme stands in ``JSS_REFUSED_LINK_SCHEMES`` is left out,
    so that the link leads nowhere.
    """
    if editing and editable and (first := editable_markup(field, "editableFirstPart")):
        return _editable_link(first, editable_markup(field, "editableLastPart"), body, attributes)
    html = _link(value_object(field), body, show_text, attributes)
    return with_metadata(field, html, NO_LINK) if editing and editable else html


def safe_href(address: str) -> str | None:
    """The address; None for one that runs script."""
    if ":" not in address:
        return address
    scheme = _IGNORED.sub("", address).partition(":")[0]
    return None if scheme.lower() in conf.JSS_REFUSED_LINK_SCHEMES else address


def _link(
    own: Mapping[str, object], body: str | None, show_text: bool, given: Mapping[str, object]
) -> SafeString:
    address = _address(own)
    if not address:
        return NO_HTML
    chosen = {
        name: own[name] for name in ("class", "title", "target") if scalar_text(own.get(name))
    }
    merged = merged_attributes({"href": address, **chosen}, given)
    merged["href"] = safe_href(scalar_text(merged["href"]))
    if scalar_text(merged.get("target")).strip().lower() == "_blank":
        merged.setdefault("rel", "noopener noreferrer")
    text = escaped(scalar_text(own.get("text")) or (address if merged["href"] else ""))
    inner = text if body is None else (text if show_text else "") + conditional_escape(body)
    return SafeString(element("a", merged, inner)) if inner else NO_HTML


def _address(own: Mapping[str, object]) -> str:
    """``href``, with the query string and the anchor that Sitecore keeps beside it."""
    href = scalar_text(own.get("href"))
    if not href:
        return ""
    base, mark, fragment = href.partition("#")
    query = scalar_text(own.get("querystring")).lstrip("?&")
    if query:
        base += ("&" if "?" in base else "?") + query
    anchor = scalar_text(own.get("anchor")).lstrip("#")
    if anchor and not mark and own.get("linktype") != "anchor":
        mark, fragment = "#", anchor
    return base + mark + fragment


def _editable_link(
    first: str, last: str, body: str | None, attributes: Mapping[str, object]
) -> SafeString:
    """The editor's markup; a body stands inside of the link that it opens and closes."""
    inner = first + ("" if body is None else conditional_escape(body)) + last
    merged = merged_attributes({"class": "sc-link-wrapper"}, attributes)
    return SafeString(element("span", merged, inner))
