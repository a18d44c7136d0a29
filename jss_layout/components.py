"""Which template and which data function a component name has.

Most components need no Python: ``templates/components/ContentBlock.html`` is enough. An
installed app adds functions and other templates in its ``jss_components.py``, which is
imported at start-up as ``admin.py`` is::

    from jss_layout import components

    @components.register("ProductList")
    def product_list(rendering, request):
        return {"products": Product.objects.all()}

    components.register("Promo", template="shop/promo.html")
    components.register(re.compile("Promo.*"), template="shop/promo.html")
    components.register_default("shop/any.html")
    components.register_pure("shop.templatetags.shop")
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, TypeVar

from django.core.exceptions import ImproperlyConfigured
from django.core.signals import setting_changed
from django.template import Engine, Template, TemplateDoesNotExist
from django.utils import autoreload

from jss_layout.binding import ANY_RENDERING, Parameters, declared_parameters
from jss_layout.component_nodes import component_template
from jss_layout.conf import setting
from jss_layout.context import UsesRequest
from jss_layout.memo import forget
from jss_layout.purity import impurity, keeps_locale

# The rendering or what the function declares, and the request (see ``jss_layout.binding``).
ComponentFunction = Callable[..., Mapping[str, Any]]
F = TypeVar("F", bound=ComponentFunction)

HIDDEN_RENDERING = "hidden rendering"

_WORD_BOUNDARY = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|\W+")
_MARKS_AROUND = re.compile(r"^\W+|\W+$")
# A name comes from Sitecore and becomes a part of a template's path.
_TEMPLATE_NAME = re.compile(r"(?!\.)[\w. ()&,'+-]{1,100}")


@dataclass(frozen=True, slots=True)
class Registration:
    """What an app says of a component: a template, a data function, or both.

    ``fetches``: the function asks elsewhere, and runs beside those of other components.
    ``overrides``: it wins over one that does not, whichever comes first. ``name`` is the
    component's as the app writes it, ``""`` for a pattern and the default.
    """

    template: str | None = None
    function: ComponentFunction | None = None
    parameters: Parameters = ANY_RENDERING
    fetches: bool = False
    overrides: bool = False
    name: str = ""

    def __str__(self) -> str:
        function = self.function
        return f"{function.__module__}.{function.__qualname__}" if function else str(self.template)


@dataclass(frozen=True, slots=True)
class Component:
    """How a component is rendered. ``template`` is None where none of ``tried`` exists.

    ``data`` is the registration whose function gives the template its data; it, or the template
    itself, ``needs_request``. ``impurity`` says why its HTML can't be remembered, ``""`` if it can;
    it ``keeps_locale`` if language and time zone are the same at all of its placeholders. One that
    ``is_hidden`` has no template, whatever is registered.
    """

    template: Template | None
    data: Registration = Registration()
    uses_request: bool = False
    needs_request: bool = False
    impurity: str = ""
    keeps_locale: bool = False
    tried: tuple[str, ...] = ()
    is_hidden: bool = False


def is_hidden(component_name: str) -> bool:
    """Whether Sitecore says by this name that a personalization rule hides the component."""
    return component_name.lower() == HIDDEN_RENDERING


class ComponentRegistry:
    """Registrations by exact name, by pattern, and the default."""

    def __init__(self) -> None:
        self._named: dict[str, Registration] = {}
        self._patterns: list[tuple[re.Pattern[str], Registration]] = []
        self._default: Registration | None = None
        self._pure_tags: frozenset[str] = frozenset()
        self._resolve_cached = lru_cache(maxsize=2048)(self._resolve)

    def register(
        self,
        name: str | re.Pattern[str],
        template: str | None = None,
        *,
        override: bool = False,
        fetches: bool = False,
    ) -> Callable[[F], F]:
        """Register a template, or as a decorator a function ``(rendering, request) -> dict``.

        A name compares without regard to case and has one owner, unless one of two says
        ``override=True``: that one wins, whichever comes first. A pattern matches whole
        names and needs a template; the first that matches wins. A function that ``fetches``
        from elsewhere runs in a thread, beside those of the page's other components, within
        ``JSS_FETCH_TIMEOUT``. Raises ``ImproperlyConfigured``.
        """
        written = name if isinstance(name, str) else ""
        new = Registration(template, overrides=override, name=written)
        # The decorated form registers its template one step before its function.
        first = None if template is None else new
        if first:
            self._add(name, first)

        def decorate(function: F) -> F:
            parameters = declared_parameters(function)
            whole = replace(new, function=function, parameters=parameters, fetches=fetches)
            self._add(name, whole, first)
            return function

        return decorate

    def register_default(self, template: str, *, override: bool = False) -> None:
        """Register the template of every component that has no other.

        There is one, unless one of two says ``override=True``: that one wins, whichever
        comes first. Raises ``ImproperlyConfigured``.
        """
        new = Registration(template, overrides=override)
        self._default = _winner("The default template", self._default, new)
        self.clear_cache()

    def register_pure(self, *paths: str) -> None:
        """Say that the tags and filters of these modules depend on nothing but what they are given.

        A path may name a single one: ``shop.templatetags.shop.price``. What shows something else
        notes it by ``jss_layout.context.read``. Without this, the HTML of a component is not
        remembered if its template uses them.
        """
        self._pure_tags |= set(paths)
        self.clear_cache()

    def resolve(self, name: str, variant: str = "") -> Component:
        """The component of that name; resolved once, in DEBUG each time."""
        is_debug = setting("DEBUG", False)
        return (self._resolve if is_debug else self._resolve_cached)(name, variant)

    def registered(self) -> dict[str, Registration]:
        """Every registration by exact name, folded to lower case."""
        return dict(self._named)

    def fallbacks(self) -> dict[str, Registration]:
        """The registrations by pattern, in order, and at last the default, as ``*``."""
        patterns: dict[str, Registration] = {}
        for pattern, found in self._patterns:
            patterns.setdefault(pattern.pattern, found)
        return patterns | ({"*": self._default} if self._default else {})

    def clear_cache(self, **_: object) -> None:
        """Forget what was resolved, and what was rendered."""
        self._resolve_cached.cache_clear()
        forget()

    def _add(
        self, name: str | re.Pattern[str], new: Registration, first: Registration | None = None
    ) -> None:
        """Add a registration; it takes the place of ``first``, its own first step."""
        if isinstance(name, re.Pattern):
            self._add_pattern(name, new, first)
        else:
            key = name.casefold()
            old = self._named.get(key)
            own = old is not None and old is first
            self._named[key] = new if own else _winner(f"Component {name!r}", old, new)
        self.clear_cache()

    def _add_pattern(
        self, pattern: re.Pattern[str], new: Registration, first: Registration | None
    ) -> None:
        if new.template is None:
            raise ImproperlyConfigured(
                f"The component pattern {pattern.pattern!r} needs a template: "
                "register(pattern, template=…)."
            )
        for place, (_, old) in enumerate(self._patterns):
            if old is first:
                self._patterns[place] = (pattern, new)
                return
        self._patterns.append((pattern, new))

    def _resolve(self, name: str, variant: str) -> Component:
        if is_hidden(name):
            return Component(None, is_hidden=True)
        own = self._named.get(name.casefold(), Registration())
        names = (own.template,) if own.template else _own_names(name, own.name, variant)
        if template := _first_template(names):
            return self._component(template, own)
        for found in self._fallbacks(name):
            names = (*names, str(found.template))
            if template := _first_template(names[-1:]):
                return self._component(template, own if own.function else found)
        return Component(None, tried=names)

    def _component(self, template: Template, data: Registration) -> Component:
        uses_request = UsesRequest.is_in(template)
        if data.function:
            why = "a function gives it data"
        elif uses_request:
            why = "it uses the request"
        else:
            why = impurity(template, self._pure_tags)
        needs_request = uses_request or data.function is not None
        same_locale = not why and keeps_locale(template)
        own = component_template(template)
        return Component(own, data, uses_request, needs_request, why, same_locale)

    def _fallbacks(self, name: str) -> list[Registration]:
        matching = [found for pattern, found in self._patterns if pattern.fullmatch(name)]
        return matching + ([self._default] if self._default else [])


def _winner(what: str, old: Registration | None, new: Registration) -> Registration:
    """Which of two holds; a second one is refused where neither overrides."""
    if old is None or new.overrides:
        return new
    if old.overrides:
        return old
    raise ImproperlyConfigured(
        f"{what} is registered by {old} and again by {new}: remove one, or say override=True "
        "in the one that wins."
    )


def _own_names(name: str, written: str, variant: str) -> tuple[str, ...]:
    """The templates of a name in a layout, and of the same name as an app writes it."""
    names = template_names(name, variant) + template_names(written, variant)
    return tuple(dict.fromkeys(names))


def template_names(name: str, variant: str = "") -> tuple[str, ...]:
    """The templates that a component name may have, best first; none for an unsafe name."""
    if not _TEMPLATE_NAME.fullmatch(name):
        return ()
    snake_case = _WORD_BOUNDARY.sub("_", _MARKS_AROUND.sub("", name)).lower() or name
    names = [f"components/{name}.html", f"components/{snake_case}.html"]
    if _TEMPLATE_NAME.fullmatch(variant):
        names.insert(0, f"components/{name}/{variant}.html")
    return tuple(dict.fromkeys(names))


def _first_template(names: tuple[str, ...]) -> Template | None:
    try:
        return Engine.get_default().select_template(list(names)) if names else None
    except TemplateDoesNotExist:
        return None


registry = ComponentRegistry()
register = registry.register
register_default = registry.register_default
register_pure = registry.register_pure
setting_changed.connect(registry.clear_cache)
autoreload.file_changed.connect(registry.clear_cache)
