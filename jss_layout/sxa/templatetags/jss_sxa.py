"""``{% load jss_sxa %}``: thin tags and filters over ``jss_layout.sxa``."""

from typing import Any

from django import template
from django.template import Context
from django.utils.safestring import SafeString

from jss_layout.attributes import html_attributes
from jss_layout.sxa import items, params

register = template.Library()


@register.simple_tag
def sxa_attributes(given: params.Params, classes: str) -> SafeString:
    """``<div {% sxa_attributes params "component promo" %}>``: class names and id."""
    attributes = html_attributes(params.component_attributes(given, classes))
    return SafeString(attributes.lstrip())


@register.simple_tag(takes_context=True)
def sxa_title(context: Context) -> items.Title:
    """``{% sxa_title as title %}``: ``title.text`` and ``title.link``."""
    page_state = getattr(context.get("context"), "page_state", items.NORMAL)
    return items.title(context.get("fields"), page_state)


@register.filter
def dynamic_placeholder(given: params.Params, prefix: str) -> str:
    """``{% placeholder params|dynamic_placeholder:"container" %}``."""
    return params.dynamic_placeholder(given, prefix)


@register.filter
def columns(given: params.Params) -> tuple[params.Part, ...]:
    """``{% for column in params|columns %}``: each with ``placeholder`` and ``classes``."""
    return params.columns(given)


@register.filter
def rows(given: params.Params) -> tuple[params.Part, ...]:
    """``{% for row in params|rows %}``: each with ``placeholder`` and ``classes``."""
    return params.rows(given)


@register.filter
def background_image(given: params.Params) -> dict[str, str]:
    """``{% image params|background_image %}``: the value of an image field."""
    src = params.background_image(given)
    return {"src": src} if src else {}


@register.filter
def has_style(given: params.Params, name: str) -> bool:
    """``{% if params|has_style:"container" %}``: whether ``Styles`` holds this name."""
    return params.has_style(given, name)


@register.filter
def navigation_items(fields: object) -> tuple[items.NavigationItem, ...]:
    """``{% for item in fields|navigation_items %}``: pages with their sub-pages."""
    return items.navigation_items(fields)


@register.filter
def link_list_title(fields: object) -> Any:
    """``{% text fields|link_list_title tag="h3" %}``."""
    return items.link_list_title(fields)


@register.filter
def link_list_links(fields: object) -> tuple[Any, ...]:
    """``{% for link in fields|link_list_links %}``."""
    return items.link_list_links(fields)


@register.filter
def link_list_classes(number: int, count: int) -> str:
    """``{{ forloop.counter|link_list_classes:3 }}``."""
    return items.link_list_classes(number, count)
