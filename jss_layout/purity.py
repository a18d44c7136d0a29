"""Which templates are pure: whose HTML depends on nothing but the values that they see.

A template is pure if its tags and filters are, and those of all templates that it extends and
includes. What is known to be pure: Django's own tags but for those that tell the time or
choose at random, those of django-jss, and what ``components.register_pure`` names.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Any

from django.contrib.staticfiles.storage import StaticFilesStorage, staticfiles_storage
from django.template import (
    Engine,
    Node,
    Origin,
    Template,
    TemplateDoesNotExist,
    TemplateSyntaxError,
)
from django.template.base import FilterExpression
from django.template.library import InclusionNode, TagHelperNode
from django.template.loader_tags import ExtendsNode, IncludeNode
from django.template.smartif import TokenBase

STATIC = "django.templatetags.static"
PURE = frozenset(
    {
        "django.template.base",
        "django.template.defaultfilters",
        "django.template.defaulttags",
        "django.template.loader_tags",
        "django.templatetags.i18n",
        "django.templatetags.l10n",
        STATIC,
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


# What makes another language or time zone the active one for what it encloses.
LOCALE_TAGS = frozenset(
    {"django.templatetags.i18n.LanguageNode", "django.templatetags.tz.TimezoneNode"}
)


History = tuple[Origin, ...]


def impurity(template: Template, declared: Collection[str] = ()) -> str:
    """Why the template is not pure; ``""`` if it is.

    ``declared`` are dotted paths of further modules, or of single tags and filters, that are.
    """
    try:
        for code in _all_code(template, template.engine, {}):
            if not _is_pure(code, declared):
                return f"{_path(code)} is not known to be pure"
    except _UnknownTemplate as error:
        return f"a template that it extends or includes can't be known: {error}"
    return ""


def keeps_locale(template: Template) -> bool:
    """Whether language and time zone are surely the same in all of the template.

    What a site declares pure may still set another one for what it encloses.
    """
    try:
        return all(
            _is_pure(code, ()) and _path(code) not in LOCALE_TAGS
            for code in _all_code(template, template.engine, {})
        )
    except _UnknownTemplate:
        return False


def _all_code(
    template: Template, engine: Engine, seen: dict[object, Template], history: History = ()
) -> Iterator[Callable[..., Any]]:
    """What the template runs, with all that it extends and includes.

    ``history`` has the origins of those that extend it: it may have the name of one of them.
    """
    origin = template.origin
    key = (origin.name, id(origin.loader), template.name) if origin.loader else id(template)
    if key in seen:
        return
    seen[key] = template
    for part in _parts(template.nodelist):
        yield from _code(part)
        try:
            others = list(_other_templates(engine, part, (*history, origin)))
        except (TemplateDoesNotExist, TemplateSyntaxError, KeyError) as error:
            raise _UnknownTemplate(error) from error
        for other, its_history in others:
            yield from _all_code(other, engine, seen, its_history)


def _parts(nodes: Iterable[object]) -> Iterator[object]:
    """Every node and every expression of a compiled template, at any depth."""
    waiting, seen = list(nodes), set()
    while waiting:
        part = waiting.pop()
        if id(part) in seen:
            continue
        seen.add(id(part))
        if isinstance(part, list | tuple | set | frozenset):
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
        # Those of a library's decorated functions are nodes of Django's few classes for them.
        if isinstance(part, TagHelperNode):
            yield part.func
        if type(part).__module__ != TagHelperNode.__module__:
            yield type(part)


def _is_pure(code: Callable[..., Any], declared: Collection[str]) -> bool:
    path = _path(code)
    module = getattr(code, "__module__", None) or type(code).__module__
    if path in declared or module in declared:
        return True
    if module == STATIC and not isinstance(staticfiles_storage, StaticFilesStorage):
        return False  # it may sign addresses until a certain time
    return module in PURE and path not in NOT_PURE


def _path(code: Callable[..., Any]) -> str:
    """Its dotted path; what has no name of its own, as a ``functools.partial``, has its type's."""
    named = code if hasattr(code, "__qualname__") else type(code)
    return f"{named.__module__}.{named.__qualname__}"


class _UnknownTemplate(Exception):
    """A template does not compile, or its name is told by a variable."""


def _other_templates(
    engine: Engine, part: object, history: History
) -> Iterator[tuple[Template, History]]:
    """The templates that a part extends or includes, and by which ones they are extended."""
    if isinstance(part, InclusionNode):
        name = part.filename
        if not isinstance(name, Template):
            name = engine.select_template([name] if isinstance(name, str) else list(name))
        yield name, ()
    elif isinstance(part, IncludeNode):
        yield engine.get_template(_constant(part.template)), ()
    elif isinstance(part, ExtendsNode):
        parent, _ = engine.find_template(_constant(part.parent_name), skip=list(history))
        yield parent, history
    elif (partials := getattr(part, "partial_mapping", None)) is not None:
        # {% partial %} of Django 6.0 looks its template up as it renders.
        yield partials[part.partial_name], ()  # type: ignore[attr-defined]


def _constant(name: object) -> str:
    if isinstance(name, FilterExpression) and isinstance(name.var, str) and not name.filters:
        return str(name.var)
    raise _UnknownTemplate(f"its name is {name}")
