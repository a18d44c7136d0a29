"""Text and rich text."""

from django.utils.safestring import SafeString

from jss_layout.attributes import escaped
from jss_layout.fields.cleaning import cleaned
from jss_layout.fields.field import (
    NO_HTML,
    editable_markup,
    scalar_text,
    value,
    with_metadata,
    wrapped,
)


def text(
    field: object,
    *,
    tag: str = "",
    newlines: bool = True,
    editable: bool = True,
    editing: bool = False,
    **attributes: object,
) -> SafeString:
    """A text or a number, escaped; ``newlines=False`` leaves line ends as they are.

    Without a tag and attributes it is bare text; attributes without a tag make a ``span``.
    """
    if editing and editable and (markup := editable_markup(field)):
        return wrapped(tag or "span", attributes, markup)
    html = escaped(scalar_text(value(field)))
    if newlines and "\n" in html:
        html = html.replace("\r\n", "<br>").replace("\n", "<br>")
    shown = wrapped(tag, attributes, html) if html else NO_HTML
    return with_metadata(field, shown) if editing and editable else shown


def rich_text(
    field: object,
    *,
    tag: str = "div",
    editable: bool = True,
    editing: bool = False,
    **attributes: object,
) -> SafeString:
    """HTML of Sitecore's rich text editor in a ``div``; ``tag=""``: bare.

    It stands as it is, so that who edits rich text in Sitecore may put any HTML on the page,
    unless ``JSS_RICH_TEXT_POLICY`` says what it may hold. An editor's markup is never cleaned.
    """
    if editing and editable and (markup := editable_markup(field)):
        return wrapped(tag, attributes, markup)
    html = value(field)
    shown = wrapped(tag, attributes, cleaned(html)) if isinstance(html, str) and html else NO_HTML
    return with_metadata(field, shown) if editing and editable else shown
