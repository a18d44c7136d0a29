"""Builds pages and templates for the tests of rendering."""

import json
from html.parser import HTMLParser
from typing import Any

from django.http import HttpRequest
from django.test import RequestFactory, override_settings

from jss_layout.context import Page
from jss_layout.layout import parse_layout
from jss_layout.placeholders import Place, placeholder
from jss_layout.sites import SiteDefinition

SITE = SiteDefinition(name="shop", languages=("en", "da"))
BOX = (
    '<div><div class="sc-jss-placeholder-error">There was a problem loading this section.</div>'
    "</div>"
)


def layout_json(placeholders: Any, fields: Any = None, context: Any = None) -> bytes:
    """A Layout Service answer with these placeholders on its route."""
    route = {"name": "home", "fields": fields, "placeholders": placeholders}
    return json.dumps({"sitecore": {"context": context or {}, "route": route}}).encode()


def nested_json(depth: int, name: str) -> bytes:
    """An answer with two texts, each this deep in boxes; deeper than json.dumps can write."""
    inner = '{"componentName":"Text","fields":{"heading":{"value":"core"}}}'
    for _ in range(depth):
        inner = f'{{"componentName":"Box","placeholders":{{"inner":[{inner}]}}}}'
    route = f'{{"name":"deep","placeholders":{{"{name}":[{inner},{inner}]}}}}'
    return f'{{"sitecore":{{"route":{route}}}}}'.encode()


def place(
    placeholders: Any,
    *,
    fields: Any = None,
    request: HttpRequest | None = None,
    **context: Any,
) -> Place:
    """Where the page's own template stands."""
    layout = parse_layout(layout_json(placeholders, fields, context))
    return Place(Page(layout, SITE, "en", request or RequestFactory().get("/about")))


def show(elements: Any, name: str = "jss-main", **options: Any) -> str:
    """The HTML of a placeholder with these elements."""
    return placeholder(place({"jss-main": elements}, **options), name).strip()


def component(name: str, fields: Any = None, **rest: Any) -> dict[str, Any]:
    """A rendering whose fields are given by their values."""
    wrapped = {key: {"value": value} for key, value in (fields or {}).items()}
    return {"componentName": name, "uid": f"uid-{name}", "fields": wrapped, **rest}


def templates(
    files: dict[str, str], *, tags: tuple[str, ...] = (), **settings: Any
) -> override_settings:
    """Settings with these templates, which need no ``{% load jss %}``, and the apps' own.

    ``tags`` are modules of further tags that they need not load either.
    """
    loaders = [
        ("django.template.loaders.locmem.Loader", files),
        "django.template.loaders.app_directories.Loader",
    ]
    engine = {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "OPTIONS": {
            "loaders": loaders,
            "builtins": ["jss_layout.templatetags.jss", *tags],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
    return override_settings(TEMPLATES=[engine], **settings)


class Reader(HTMLParser):
    """What a browser would see: elements with attributes, and text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data
