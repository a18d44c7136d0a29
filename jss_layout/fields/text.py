"""Text and rich text."""

from django.utils.safestring import SafeString

from jss_layout.attributes import escaped
from jss_layout.fields.cleaning import cleaned
from jss_layout.fields.field import Printer, scalar_text, value


class Text(Printer):
    """Prints texts, with the options of ``text``."""

    def __init__(
        self,
        /,
        *,
        tag: str = "",
        newlines: bool = True,
        editable: bool = True,
        **attributes: object,
    ) -> None:
        super().__init__(tag, attributes, editable=editable)
        self.newlines = newlines

    def html(self, field: object) -> str:
        """The text, escaped."""
        # Optimization: nearly all are so.
        given = field.get("value") if type(field) is dict else value(field)
        html = escaped(given if type(given) is str else scalar_text(given))
        if self.newlines and "\n" in html:
            html = html.replace("\r\n", "<br>").replace("\n", "<br>")
        return f"{self.start}{html}{self.end}" if html else ""


class RichText(Printer):
    """Prints rich text, with the options of ``rich_text``."""

    element = ""

    def __init__(self, /, *, tag: str = "div", editable: bool = True, **attributes: object) -> None:
        super().__init__(tag, attributes, editable=editable)

    def html(self, field: object) -> str:
        """The HTML as it stands, or cleaned."""
        # Optimization: as above.
        html = field.get("value") if type(field) is dict else value(field)
        if not isinstance(html, str) or not html:
            return ""
        return f"{self.start}{cleaned(html)}{self.end}"


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
    printer = Text(tag=tag, newlines=newlines, editable=editable, **attributes)
    return SafeString(printer.edited(field) if editing else printer.html(field))


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
    printer = RichText(tag=tag, editable=editable, **attributes)
    return SafeString(printer.edited(field) if editing else printer.html(field))
