"""Which templates are pure: whose HTML depends on nothing but the values that they see.

A template is pure if its tags and filters are, and those of all templates that it extends and
includes. What is known to be pure: Django's own tags but for those that tell the time or
choose at random, those of django-jss, and what ``components.register_pure`` names.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Any

from django.template import Node, Template, TemplateDoesNotExist, TemplateSyntaxError
from django.template.base import FilterExpression
from django.template.library import InclusionNode
from django.template.loader_tags import ExtendsNode, IncludeNode
from django.template.smartif import TokenBase

PURE = frozenset(
    {
        "django.template.base",
        "django.template.defaultfilters",
        "django.template.defaulttags",
        "django.template.loader_tags",
        "django.templatetags.i18n",
        "django.templatetags.l10n",
        "django.templatetags.static",
        "django.templatetags.tz",
        "jss_layout.sxa.templatetags.jss_sxa",
        "jss_layout.tags",
        "jss_layout.templatetags.jss",
    }
)
NOT_PURE = frozenset(
    {
        "django.template.defaultfilters.random",
        "django.template.defaultfilters.timesince_filter",
        "django.template.defaultfilters.timeuntil_filter",
        "django.template.defaulttags.DebugNode",
        "django.template.defaulttags.LoremNode",
        "django.template.defaulttags.NowNode",
    }
)


def impurity(template: Template, declared: Collection[str] = ()) -> str:
    """Why the template is not pure; ``""`` if it is.

    ``declared`` are dotted paths of further modules, or of single tags and filters, that are.
    """
    return next(_reasons(template, declared, set()), "")


def _reasons(template: Template, declared: Collection[str], seen: set[str | None]) -> Iterator[str]:
    if template.name in seen:
        return
    seen.add(template.name)
    for part in _parts(template.nodelist):
        for code in _code(part):
            if not _is_pure(code, declared):
                yield f"{_path(code)} is not known to be pure"
        try:
            others = list(_other_templates(template, part))
        except (TemplateDoesNotExist, TemplateSyntaxError, _UnknownName) as error:
            yield f"a template that it extends or includes can't be known: {error}"
            return
        for other in others:
            yield from _reasons(other, declared, seen)


def _parts(nodes: Iterable[object]) -> Iterator[object]:
    """Every node and every expression of a compiled template, at any depth."""
    waiting, seen = list(nodes), set()
    while waiting:
        part = waiting.pop()
        if id(part) in seen:
            continue
        seen.add(id(part))
        if isinstance(part, list | tuple):
            waiting.extend(part)
        elif isinstance(part, dict):
            waiting.extend(part.values())
        elif isinstance(part, Node | FilterExpression | TokenBase):
            yield part
            names = (*getattr(part, "__dict__", ()), *getattr(type(part), "__slots__", ()))
            waiting.extend(getattr(part, name, None) for name in names)


def _code(part: object) -> Iterator[Callable[..., Any]]:
    """The functions and the class that a part of a template runs."""
    if isinstance(part, FilterExpression):
        yield from (function for function, _ in part.filters)
    elif isinstance(part, Node):
        # Those of a library's decorated functions are nodes of one class.
        yield getattr(part, "func", None) or type(part)


def _is_pure(code: Callable[..., Any], declared: Collection[str]) -> bool:
    path, module = _path(code), code.__module__
    if path in declared or module in declared:
        return True
    return module in PURE and path not in NOT_PURE


def _path(code: Callable[..., Any]) -> str:
    return f"{code.__module__}.{code.__qualname__}"


class _UnknownName(Exception):
    """The name of a template is told by a variable."""


def _other_templates(template: Template, part: object) -> Iterator[Template]:
    """The templates that a part extends or includes."""
    engine = template.engine
    if isinstance(part, InclusionNode):
        name = part.filename
        yield (
            name
            if isinstance(name, Template)
            else engine.select_template([name] if isinstance(name, str) else list(name))
        )
    elif isinstance(part, IncludeNode):
        yield engine.get_template(_constant(part.template))
    elif isinstance(part, ExtendsNode):
        yield engine.get_template(_constant(part.parent_name))


def _constant(name: object) -> str:
    if isinstance(name, FilterExpression) and isinstance(name.var, str) and not name.filters:
        return str(name.var)
    raise _UnknownName(f"its name is {name}")
