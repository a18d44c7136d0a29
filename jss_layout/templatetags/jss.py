"""``{% load jss %}``: placeholders, fields, phrases.

Thin tags over ``jss_layout.placeholders`` and ``jss_layout.fields``, where their arguments
are described.
"""

from collections.abc import Mapping
from typing import Any

from django import template
from django.template import Context
from django.template.base import FilterExpression, Node, NodeList, Parser, Token
from django.template.exceptions import TemplateSyntaxError
from django.utils.html import escape
from django.utils.safestring import SafeString

from jss_layout import fields
from jss_layout.context import UsesRequest, read
from jss_layout.dictionary import phrases
from jss_layout.fields.date import Date
from jss_layout.fields.file import File
from jss_layout.fields.image import Image
from jss_layout.fields.link import Link
from jss_layout.fields.number import Number
from jss_layout.fields.text import RichText, Text
from jss_layout.placeholders import NO_NAME, in_editor, place_of, placeholder_pieces
from jss_layout.sites import SiteDefinition
from jss_layout.tags import FieldTag, PlaceholderTag, editing

register = template.Library()


@register.tag
def placeholder(parser: Parser, token: Token) -> Node:
    """``{% placeholder "jss-main" %}``: the components that Sitecore placed there."""
    return PlaceholderTag.parsed(parser, token)


class PlaceholderBlock(Node):
    """A placeholder whose components are each printed by the tag's body."""

    child_nodelists = ("body", "empty")

    def __init__(
        self, name: FilterExpression, variable: str, body: NodeList, empty: NodeList
    ) -> None:
        self.name = name
        self.variable = variable
        self.body = body
        self.empty = empty

    def render(self, context: Context) -> SafeString:
        """The components through the body, raw elements as they are, in order."""
        place = place_of(context)
        name = str(self.name.resolve(context, ignore_failures=True) or "")
        if not name:
            return NO_NAME
        pieces = placeholder_pieces(place, name)
        html, count = [], 0
        for piece in pieces:
            if not piece.is_component:
                html.append(piece.html)
                continue
            count += 1
            values = {self.variable: SafeString(piece.html), f"{self.variable}_counter": count}
            with context.push(**values):
                html.append(self.body.render(context))
        if not count:
            html.append(self.empty.render(context))
        return in_editor(place, name, pieces, "".join(html))


@register.tag
def placeholderblock(parser: Parser, token: Token) -> Node:
    """``{% placeholderblock "x" as component %}<li>{{ component }}</li>{% empty %}…``.

    The body is printed for each component, with its HTML in the variable and its number,
    from 1, in ``component_counter``; after ``{% empty %}`` stands what shows without any.
    """
    words = token.split_contents()[1:]
    if len(words) not in (1, 3) or (len(words) == 3 and words[1] != "as"):
        raise TemplateSyntaxError(
            "{% placeholderblock %} takes a name and a variable: "
            '{% placeholderblock "jss-main" as component %}.'
        )
    body, empty = parser.parse(("empty", "endplaceholderblock")), NodeList()
    if parser.next_token().contents == "empty":
        empty = parser.parse(("endplaceholderblock",))
        parser.delete_first_token()
    variable = words[2] if len(words) == 3 else "component"
    return PlaceholderBlock(parser.compile_filter(words[0]), variable, body, empty)


@register.tag
def text(parser: Parser, token: Token) -> Node:
    """``{% text fields.heading tag="h2" class="title" %}``: see ``fields.text``."""
    return FieldTag.parsed(Text, parser, token)


@register.tag
def rich_text(parser: Parser, token: Token) -> Node:
    """``{% rich_text fields.content %}``: see ``fields.rich_text``."""
    return FieldTag.parsed(RichText, parser, token)


@register.tag
def image(parser: Parser, token: Token) -> Node:
    """``{% image fields.image mw=600 class="wide" %}``: see ``fields.image``."""
    return FieldTag.parsed(Image, parser, token)


@register.tag
def link(parser: Parser, token: Token) -> Node:
    """``{% link fields.link class="button" %}``: see ``fields.link``."""
    return FieldTag.parsed(Link, parser, token)


@register.simple_block_tag(takes_context=True)
def linkblock(
    context: Context, content: SafeString, field: object = None, /, **options: Any
) -> SafeString:
    """``{% linkblock fields.link %}…{% endlinkblock %}``: a link around its own HTML."""
    return fields.link(field, body=content, editing=editing(context), **options)


@register.tag
def file(parser: Parser, token: Token) -> Node:
    """``{% file fields.brochure %}``: see ``fields.file``."""
    return FieldTag.parsed(File, parser, token)


@register.tag
def date(parser: Parser, token: Token) -> Node:
    """``{% date fields.date format="j F Y" %}``: see ``fields.date``."""
    return FieldTag.parsed(Date, parser, token)


@register.tag
def number(parser: Parser, token: Token) -> Node:
    """``{% number fields.price decimals=2 %}``: see ``fields.number``."""
    return FieldTag.parsed(Number, parser, token)


@register.simple_tag(takes_context=True)
def phrase(context: Context, key: object = "") -> str:
    """``{% phrase "read-more" %}``: from the site's dictionary; a missing one is its key."""
    page = place_of(context).page
    found = read(context, _phrase, page.site, page.language, str(key))
    return escape(key if found is None else found)


def _phrase(site: SiteDefinition, language: str, key: str) -> str | None:
    return phrases(site, language).get(key) if site.name else None


@register.simple_block_tag(takes_context=True)
def add_to_page(context: Context, content: SafeString) -> str:
    """``{% add_to_page %}<script src="/map.js" defer></script>{% endadd_to_page %}``.

    The page shows it once, where its template says ``{% page_additions %}``, however many
    components add the same.
    """
    place_of(context).page.add(content.strip())
    return ""


@register.simple_tag(takes_context=True)
def page_additions(context: Context) -> SafeString:
    """``{% page_additions %}``: what components above it have added to the page."""
    return SafeString("\n".join(place_of(context).page.additions))


@register.filter
def is_empty(field: object) -> bool:
    """``{% if fields.image|is_empty %}``: whether a field shows nothing."""
    return fields.is_empty(field)


@register.filter
def is_checked(field: object) -> bool:
    """``{% if fields.onSale|is_checked %}``: whether a checkbox is on."""
    return fields.is_checked(field)


@register.filter
def linked_items(field: object) -> list[Mapping[str, Any]]:
    """``{% for item in fields.articles|linked_items %}``: the items that a field links to."""
    return fields.linked_items(field)


@register.tag
def uses_request(parser: Parser, token: Token) -> Node:  # noqa: ARG001
    """``{% uses_request %}``: this component's template sees the visitor's request."""
    return UsesRequest()
