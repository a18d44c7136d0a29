"""Files to download."""

from collections.abc import Mapping

from django.utils.html import conditional_escape
from django.utils.safestring import SafeString

from jss_layout.attributes import escaped, html_attributes
from jss_layout.fields.field import Printer, scalar_text, value_object
from jss_layout.fields.link import anchor_attributes


class File(Printer):
    """Prints links to files, with the options of ``file``."""

    def __init__(
        self, /, *, body: str | None = None, editable: bool = True, **attributes: object
    ) -> None:
        super().__init__("", attributes, editable=editable)
        self.body = body

    def html(self, field: object) -> str:
        """The ``a``; nothing without an address."""
        own = value_object(field)
        src = scalar_text(own.get("src"))
        if not src:
            return ""
        chosen = {
            "href": src,
            "type": scalar_text(own.get("mimeType")) or None,
            "title": scalar_text(own.get("description")) or None,
        }
        inner = _name(own) or escaped(src) if self.body is None else conditional_escape(self.body)
        merged = anchor_attributes(chosen, self.attributes)
        return f"<a{html_attributes(merged)}>{inner}</a>"


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
    printer = File(body=body, editable=editable, **attributes)
    return SafeString(printer.edited(field) if editing else printer.html(field))


def _name(own: Mapping[str, object]) -> str:
    for name in ("title", "displayName", "name"):
        if text := scalar_text(own.get(name)):
            return escaped(text)
    return ""
