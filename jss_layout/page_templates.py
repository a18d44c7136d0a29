"""A page's own template → HTML, as ``django.shortcuts.render`` has it, for less."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.core.signals import setting_changed
from django.http import HttpRequest, HttpResponse
from django.template import loader
from django.template.backends.django import Template
from django.template.context import make_context
from django.utils import autoreload


def render_page(
    request: HttpRequest, name: str, values: Mapping[str, Any], status: int = 200
) -> HttpResponse:
    """The template with these values, and with those of context processors.

    Raises ``TemplateDoesNotExist``, and whatever the template raises.
    """
    template = (loader.get_template if settings.DEBUG else _template)(name)
    if isinstance(template, Template):
        html = _html(template, request, values)
        # Optimization: Django would read the charset out of the header that it has made with it.
        return HttpResponse(html, status=status, charset=settings.DEFAULT_CHARSET)
    return HttpResponse(template.render(dict(values), request), status=status)


def _html(template: Template, request: HttpRequest, values: Mapping[str, Any]) -> str:
    autoescape = template.backend.engine.autoescape
    context = make_context(dict(values), request, autoescape=autoescape)
    try:
        return template.template.render(context)
    finally:
        # Optimization: each of its layers refers to it, so that it would stay, and the layout with
        # it, until Python looks for what nobody can reach.
        context.dicts.clear()


@lru_cache(maxsize=64)
def _template(name: str) -> Any:
    return loader.get_template(name)


def _forget(**_: object) -> None:
    _template.cache_clear()


setting_changed.connect(_forget)
autoreload.file_changed.connect(_forget)
