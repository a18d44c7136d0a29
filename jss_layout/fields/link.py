"""General links."""

import re
from collections.abc import Mapping

from django.utils.html import conditional_escape
from django.utils.safestring import SafeString

from jss_layout.attributes import Attributes, element, escaped, html_attributes, merged_attributes
from jss_layout.conf import conf
from jss_layout.fields.field import Printer, editable_markup, scalar_text, value_object

NO_LINK = '<span tabindex="0" style="cursor: pointer;">[No text in field]</span>'
_NOTHING = ("", None)
# Browsers read an address without these: "java\nscript:" is a scheme to them.
_IGNORED = re.compile(r"[\x00-\x20\x7f-\xa0\u00ad\u200b-\u200f\u2028-\u202f\u2060\ufeff]")


class Link(Printer):
    """Prints links, with the options of ``link``."""

    empty = NO_LINK

    def __init__(
        self,
        /,
        *,
        body: str | None = None,
        show_text: bool = False,
        editable: bool = True,
        **attributes: object,
    ) -> None:
        super().__init__("", attributes, editable=editable)
        self.body = body
        self.show_text = show_text
        self.is_bare = body is None and not attributes

    def html(self, field: object) -> str:
        """The ``a``; nothing without an address, or without anything in it."""
        own = value_object(field)
        address = _address(own)
        if not address:
            return ""
        chosen: dict[str, object] = {"href": address}
        for name in ("class", "title", "target"):
            if own.get(name) not in _NOTHING and scalar_text(own[name]):
                chosen[name] = own[name]
        text = own.get("text")
        if type(text) is not str:  # Optimization: nearly all are, here and below.
            text = scalar_text(text)
        # Optimization: most links within a site are so.
        if text and self.is_bare and len(chosen) == 1 and ":" not in address:
            return f'<a href="{escaped(address)}">{escaped(text)}</a>'
        merged = anchor_attributes(chosen, self.attributes)
        inner = escaped(text or (address if merged["href"] else ""))
        if self.body is not None:
            inner = (inner if self.show_text else "") + conditional_escape(self.body)
        return f"<a{html_attributes(merged)}>{inner}</a>" if inner else ""

    def markup(self, field: object) -> str:
        """The editor's markup; a body stands inside of the link that it opens and closes."""
        first = editable_markup(field, "editableFirstPart")
        if not first:
            return ""
        inner = first + ("" if self.body is None else conditional_escape(self.body))
        inner += editable_markup(field, "editableLastPart")
        return element(
            "span", merged_attributes({"class": "sc-link-wrapper"}, self.attributes), inner
        )


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
    printer = Link(body=body, show_text=show_text, editable=editable, **attributes)
    return SafeString(printer.edited(field) if editing else printer.html(field))


def anchor_attributes(own: Attributes, given: Attributes) -> dict[str, object]:
    """Those of an ``a``: none that runs script, and a new window that knows nothing of this one."""
    merged = merged_attributes(own, given) if given else {**own}
    href = merged["href"]
    if type(href) is not str or ":" in href:
        merged["href"] = safe_href(scalar_text(href))
    if "target" in merged and scalar_text(merged["target"]).strip().lower() == "_blank":
        merged.setdefault("rel", "noopener noreferrer")
    return merged


def safe_href(address: str) -> str | None:
    """The address; None for one that runs script."""
    if ":" not in address:
        return address
    scheme = _IGNORED.sub("", address).partition(":")[0]
    return None if scheme.lower() in conf.JSS_REFUSED_LINK_SCHEMES else address


def _address(own: Mapping[str, object]) -> str:
    """``href``, with the query string and the anchor that Sitecore keeps beside it."""
    href = own.get("href")
    if type(href) is not str:
        href = scalar_text(href)
    if not href:
        return ""
    query, anchor = own.get("querystring"), own.get("anchor")
    if query in _NOTHING and anchor in _NOTHING:  # Optimization: nearly all are so.
        return href
    query, anchor = scalar_text(query).lstrip("?&"), scalar_text(anchor).lstrip("#")
    base, mark, fragment = href.partition("#")
    if query:
        base += ("&" if "?" in base else "?") + query
    if anchor and not mark and own.get("linktype") != "anchor":
        mark, fragment = "#", anchor
    return base + mark + fragment
