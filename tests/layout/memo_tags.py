"""Tags of a site that the tests of the memo look at, and a configuration of addresses."""

from datetime import UTC, datetime
from functools import partial
from typing import Any

from django import template
from django.template import Context
from django.template.base import Node, NodeList, Parser, Token
from django.urls import path
from django.utils import translation
from django.utils.safestring import SafeString

from jss_layout.context import read
from jss_layout.views import healthz

register = template.Library()
stock = {"1": 3}
words = {"1": "same", "True": "same"}
rendered: list[str] = []


@register.simple_tag(takes_context=True)
def note_rendering(context: Context) -> str:
    """Tells the test that a component is rendered and not remembered."""
    rendered.append(context["rendering"].component_name)
    return ""


def in_stock(sku: str) -> Any:
    return stock[sku]


@register.simple_tag(takes_context=True)
def pieces(context: Context, sku: object) -> Any:
    return read(context, in_stock, sku)


def word_of(value: object) -> str:
    return words[repr(value)]


@register.simple_tag(takes_context=True)
def word(context: Context, value: object) -> str:
    return read(context, word_of, value)


def at_least(least: int, number: int) -> int:
    return max(least, number)


register.filter("from_one", partial(at_least, 1))


@register.simple_tag
def clock() -> str:
    return str(datetime.now(UTC))


class Danish(Node):
    """Shows what it encloses in Danish."""

    def __init__(self, nodelist: NodeList) -> None:
        self.nodelist = nodelist

    def render(self, context: Context) -> SafeString:
        with translation.override("da"):
            return self.nodelist.render(context)


class Calling(Node):
    """Shows what a function gives that it was not made by."""

    func = str.upper

    def render(self, context: Context) -> SafeString:
        return SafeString(clock())


@register.tag
def calling(parser: Parser, token: Token) -> Calling:
    return Calling()


@register.tag
def danish(parser: Parser, token: Token) -> Danish:
    nodelist = parser.parse(("enddanish",))
    parser.delete_first_token()
    return Danish(nodelist)


urlpatterns = [path("elsewhere", healthz, name="healthz")]
