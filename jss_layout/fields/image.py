"""Images."""

import re
from collections.abc import Iterable, Mapping
from html.parser import HTMLParser

from django.utils.safestring import SafeString

from jss_layout.attributes import (
    Attributes,
    html_attributes,
    merged_attributes,
    safe_attributes,
)
from jss_layout.fields.field import Printer, editable_markup, value_object
from jss_layout.fields.media import MediaParams, media_url, source_set

EMPTY_IMAGE = (
    '<img alt="" class="scEmptyImage" src="data:image/svg+xml,%3Csvg xmlns=%27http://www.w3.org/'
    "2000/svg%27 viewBox=%270 0 48 48%27%3E%3Crect width=%2748%27 height=%2748%27 "
    'fill=%27%23ddd%27/%3E%3C/svg%3E" style="min-width:48px;min-height:48px;max-width:400px;'
    'max-height:400px;cursor:pointer">'
)
_IMAGE_TAG = re.compile(r"""<img\b(?:[^>"']|"[^"]*"|'[^']*')*>""", re.IGNORECASE)


class Image(Printer):
    """Prints images, with the options of ``image``."""

    empty = EMPTY_IMAGE

    def __init__(
        self,
        /,
        *,
        mw: object = None,
        mh: object = None,
        w: object = None,
        h: object = None,
        params: MediaParams | None = None,
        srcset: str | Iterable[Mapping[str, object]] = "",
        editable: bool = True,
        **attributes: object,
    ) -> None:
        super().__init__("", attributes, editable=editable)
        given = {**(params or {}), "mw": mw, "mh": mh, "w": w, "h": h}
        self.sizes = {name: size for name, size in given.items() if size not in (None, "")}
        self.srcset = srcset

    def html(self, field: object) -> str:
        """The ``img``; nothing without an address."""
        return self._html(safe_attributes(value_object(field)))

    def markup(self, field: object) -> str:
        """The editor's markup, with the template's attributes on its first image."""
        markup = editable_markup(field)
        if not markup:
            return ""
        if found := _IMAGE_TAG.search(markup):
            html = self._html(_tag_attributes(found.group())) or found.group()
            markup = markup[: found.start()] + html + markup[found.end() :]
        return f'<span class="sc-image-wrapper">{markup}</span>'

    def _html(self, own: Attributes) -> str:
        src = own.get("src")
        if not isinstance(src, str) or not src:
            return ""
        if self.sizes or self.srcset:
            own = {**own, **self._addresses(src)}
        attributes: dict[str, object] = {"alt": "", **own}  # It stands first.
        if self.attributes:
            attributes = merged_attributes(attributes, self.attributes)
        # Optimization: nearly always it is a text of the field's own.
        if "alt" in self.attributes or type(attributes["alt"]) is not str:
            attributes["alt"] = _alternative_text(self.attributes, own)
        if "sizes" in attributes and not attributes.get("srcset"):
            del attributes["sizes"]  # Without a choice of widths it is invalid.
        return f"<img{html_attributes(attributes)}>"

    def _addresses(self, src: str) -> dict[str, object]:
        addresses: dict[str, object] = {"src": media_url(src, self.sizes)}
        if self.srcset and (sources := source_set(src, self.srcset, self.sizes)):
            addresses["srcset"] = sources
        return addresses


def image(
    field: object,
    *,
    mw: object = None,
    mh: object = None,
    w: object = None,
    h: object = None,
    params: MediaParams | None = None,
    srcset: str | Iterable[Mapping[str, object]] = "",
    editable: bool = True,
    editing: bool = False,
    **attributes: object,
) -> SafeString:
    """An ``img`` with the field's own attributes; ``alt`` is always there, empty if need be.

    ``mw, mh, w, h`` (pixels) and ``params`` ask Sitecore for a resized image; ``srcset`` is
    a list of such parameters, or a text as ``fields.media.source_set`` reads it. ``sizes``
    is left out where there is no ``srcset``.
    """
    printer = Image(
        mw=mw, mh=mh, w=w, h=h, params=params, srcset=srcset, editable=editable, **attributes
    )
    return SafeString(printer.edited(field) if editing else printer.html(field))


def _alternative_text(*attributes: Attributes) -> object:
    for each in attributes:
        text = each.get("alt")
        if text is not None and not isinstance(text, bool):
            return text
    return ""


class _FirstTag(HTMLParser):
    """Reads the attributes of the first tag."""

    def __init__(self) -> None:
        super().__init__()
        self.attributes: dict[str, object] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        if self.attributes is None:
            self.attributes = {name: value or "" for name, value in attrs}


def _tag_attributes(tag: str) -> dict[str, object]:
    parser = _FirstTag()
    parser.feed(tag)
    return parser.attributes or {}
