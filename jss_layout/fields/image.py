"""Images."""

import re
from collections.abc import Iterable, Mapping
from html.parser import HTMLParser

from django.utils.safestring import SafeString

from jss_layout.attributes import (
    html_attributes,
    merged_attributes,
    safe_attributes,
)
from jss_layout.fields.field import NO_HTML, editable_markup, value_object, with_metadata
from jss_layout.fields.media import MediaParams, media_url, source_set

EMPTY_IMAGE = (
    '<img alt="" class="scEmptyImage" src="data:image/svg+xml,%3Csvg xmlns=%27http://www.w3.org/'
    "2000/svg%27 viewBox=%270 0 48 48%27%3E%3Crect width=%2748%27 height=%2748%27 "
    'fill=%27%23ddd%27/%3E%3C/svg%3E" style="min-width:48px;min-height:48px;max-width:400px;'
    'max-height:400px;cursor:pointer">'
)
_IMAGE_TAG = re.compile(r"""<img\b(?:[^>"']|"[^"]*"|'[^']*')*>""", re.IGNORECASE)


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
    sizes = {**(params or {}), "mw": mw, "mh": mh, "w": w, "h": h}
    if editing and editable and (markup := editable_markup(field)):
        return _editable_image(markup, sizes, srcset, attributes)
    html = _image(safe_attributes(value_object(field)), sizes, srcset, attributes)
    return with_metadata(field, html, EMPTY_IMAGE) if editing and editable else html


def _image(
    own: Mapping[str, object],
    sizes: MediaParams,
    srcset: str | Iterable[Mapping[str, object]],
    given: Mapping[str, object],
) -> SafeString:
    src = own.get("src")
    if not isinstance(src, str) or not src:
        return NO_HTML
    sources = source_set(src, srcset, sizes)
    texts = (given.get("alt"), own.get("alt"), "")
    alt = next(it for it in texts if it is not None and not isinstance(it, bool))
    merged = merged_attributes(
        {**own, "src": media_url(src, sizes), **({"srcset": sources} if sources else {})}, given
    )
    if not merged.get("srcset"):
        merged.pop("sizes", None)  # Without a choice of widths it is invalid.
    # It stands first, or where the field has it.
    attributes = {"alt": alt, **merged} | {"alt": alt}
    return SafeString(f"<img{html_attributes(attributes)}>")


def _editable_image(
    markup: str,
    sizes: MediaParams,
    srcset: str | Iterable[Mapping[str, object]],
    given: Mapping[str, object],
) -> SafeString:
    """The editor's markup, with the template's attributes on its first image."""
    found = _IMAGE_TAG.search(markup)
    if found:
        html = _image(_tag_attributes(found.group()), sizes, srcset, given) or found.group()
        markup = markup[: found.start()] + html + markup[found.end() :]
    return SafeString(f'<span class="sc-image-wrapper">{markup}</span>')


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
