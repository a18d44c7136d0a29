"""What a component's template may see.

A component's template is a pure function of its rendering, the route, Sitecore's context,
the site and the language. The visitor's request is withheld: ``request``, ``user``,
``csrf_token`` and ``messages`` stand there only to raise ``RequestWithheld`` and say the
way out, ``{% uses_request %}`` at the template's top.
"""

from collections.abc import Callable, Hashable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, NoReturn, TypeVar

from django.conf import settings
from django.http import HttpRequest
from django.template import Context, RequestContext, Template
from django.template.base import Node
from django.template.context import RenderContext
from django.utils.functional import cached_property
from django.utils.safestring import SafeString

from jss_layout.conf import conf
from jss_layout.layout import Layout, Rendering
from jss_layout.memo import Recorder, Seen, called, page_scope
from jss_layout.sites import SiteDefinition

T = TypeVar("T")

WITHHELD = ("request", "user", "csrf_token", "messages")


class RequestWithheld(Exception):
    """A component's template read something of the visitor's request without saying so."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"A component's template does not see {name!r}: write {{% uses_request %}} at the "
            "top of the component's own template, or pass the value from a function "
            "registered in jss_components.py."
        )


class Used:
    """Which part of the request a template took without saying so; ``""`` for none."""

    __slots__ = ("name",)

    def __init__(self) -> None:
        self.name = ""


class Withheld:
    """Stands for a part of the request, and raises as soon as a template uses it.

    It also notes its use, since ``{% if %}`` swallows what its operands raise. ``is None`` asks
    nothing of it and is False.
    """

    def __init__(self, name: str, used: Used) -> None:
        self._name = name
        self._used = used

    def _refuse(self, *_: object) -> NoReturn:
        self._used.name = self._name
        raise RequestWithheld(self._name)

    __str__ = __bool__ = __len__ = __iter__ = __contains__ = _refuse
    __int__ = __float__ = __add__ = __radd__ = _refuse
    __getitem__ = __eq__ = __lt__ = __gt__ = __le__ = __ge__ = _refuse
    __hash__ = object.__hash__

    def __repr__(self) -> NoReturn:
        # Not noted: pages of DEBUG ask for it, and take what is raised.
        raise RequestWithheld(self._name)

    def __getattr__(self, name: str) -> Any:
        if name in _TEMPLATE_PROBES or name.startswith("__"):
            raise AttributeError(name)
        return self._refuse()


# What Django asks of a value before it uses it.
_TEMPLATE_PROBES = frozenset({"do_not_call_in_templates", "alters_data", "resolve_expression"})


@dataclass(eq=False)
class Page:
    """One page while it is rendered: what all of its components share.

    ``components_left`` counts down, so that no layout renders without end: below zero,
    nothing more is rendered. ``withheld`` names what a template took of the request
    without saying so, ``uses_request`` whether a component was let see it. ``locales`` counts the
    components that may have left another language or time zone active. ``fetched`` is what
    functions that fetch give, by the rendering's JSON, and ``fetched_until`` the moment
    (``time.monotonic``) at which the page waits no longer. ``additions`` is the HTML that
    components have the page show once, in order.
    """

    layout: Layout
    site: SiteDefinition
    language: str
    request: HttpRequest | None = None
    components_left: int = field(default_factory=lambda: conf.JSS_MAX_COMPONENTS)
    withheld: Used = field(default_factory=Used)
    uses_request: bool = False
    locales: int = 0
    fetched: dict[bytes, Future[Mapping[str, Any]]] = field(default_factory=dict)
    fetched_until: float | None = None
    additions: dict[str, None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        # Optimization: read once a page, not once a component.
        self.max_depth = conf.JSS_MAX_DEPTH
        context = self.layout.context
        self.route_fields = self.layout.route.fields if self.layout.route else {}
        self.editing = context.page_editing
        self.has_metadata = self.editing and context.data.get("editMode") == "metadata"
        self.recorder: Recorder | None = None
        if self._is_remembered():
            self.recorder = Recorder(self.layout, page_scope(self.site, self.language))
        self.seen = Seen(self.layout, self.recorder)
        self.shared: dict[str, Any] = {
            "route": self.seen.route,
            "context": self.seen.context,
            "site": self.site,
            "language": self.language,
            **{name: Withheld(name, self.withheld) for name in WITHHELD},
        }

    def add(self, html: str) -> None:
        """Show this once, whichever components ask for it."""
        self.additions[html] = None
        if self.recorder:
            self.recorder.add_to_page(html)

    def _is_remembered(self) -> bool:
        """Whether what its components show may be remembered: not while somebody works on it."""
        is_at_work = settings.DEBUG or self.editing or self.layout.context.page_state != "normal"
        return not is_at_work and conf.LAYOUT_MEMO_BYTES > 0


class ComponentContext(Context):
    """The template context of one component, for one use.

    Optimization: it is as Django's, which makes more objects for each; what is the same for all
    stands in the class.
    """

    autoescape = True
    use_l10n = None
    use_tz = None
    template: Any = None
    template_name: Any = "unknown"
    memo_scope: object = None
    locales = 0

    def __init__(
        self, page: Page, rendering: Rendering, depth: int, data: Mapping[str, Any]
    ) -> None:
        values = component_values(page, rendering)
        if data:
            values.update(data)
        self.dicts: list[Any] = [{"True": True, "False": False, "None": None}, values]
        self.page = page
        self.rendering = rendering
        self.depth = depth

    @cached_property
    def render_context(self) -> RenderContext:  # type: ignore[override]  # made when asked for
        """State of tags such as ``{% cycle %}``, which few templates have."""
        made = RenderContext()
        made.template = self.template
        made.push()
        return made

    def rendered(self, template: Template) -> SafeString:
        """The template's HTML."""
        self.template = template
        self.template_name = template.name
        html: SafeString = template._render(self)  # type: ignore[attr-defined]  # as render does
        return html


class RequestComponentContext(RequestContext):
    """The template context of a component that says ``{% uses_request %}``."""

    memo_scope: object = None
    locales = 0

    def __init__(
        self, page: Page, rendering: Rendering, depth: int, data: Mapping[str, Any]
    ) -> None:
        assert page.request is not None, "checked by the caller"  # noqa: S101
        super().__init__(page.request)
        values = component_values(page, rendering)
        for name in WITHHELD:
            del values[name]
        # What context processors give comes from this layer; ours stands above it.
        self.update({**values, "request": page.request, **data})
        self.page = page
        self.rendering = rendering
        self.depth = depth

    def rendered(self, template: Template) -> SafeString:
        """The template's HTML."""
        return template.render(self)


def component_values(page: Page, rendering: Rendering) -> dict[str, Any]:
    """The names that a component's template sees, apart from those of its function."""
    params = rendering.params
    values = page.shared.copy()
    values["rendering"] = rendering
    values["fields"] = rendering.fields
    values["params"] = params
    values["styles"] = styles(params) if params else ""
    return values


def styles(params: Mapping[str, str]) -> str:
    """SXA's class names: grid and style parameters, given once ``FieldNames`` is."""
    if not params.get("FieldNames"):
        return ""
    return f"{params.get('GridParameters', '')} {params.get('Styles', '')}"


COMPONENT_CONTEXTS = (ComponentContext, RequestComponentContext)


def read(context: Context, function: Callable[..., T], *arguments: Hashable) -> T:
    """``function(*arguments)``, for a tag that shows more than its template was given.

    The HTML of the component is remembered for this value, and whenever it is looked up, the
    function is called again: it has to be quick. Where the value is of other types than
    JSON's, the HTML is not remembered.
    """
    value = function(*arguments)
    recorder = context.page.recorder if isinstance(context, COMPONENT_CONTEXTS) else None
    if not recorder:
        return value
    # To Python 1, 1.0 and True are the same argument.
    types = tuple(map(type, arguments))
    return recorder.note((called, types, function, *arguments), value)


class UsesRequest(Node):
    """``{% uses_request %}``: found when the template is compiled, prints nothing."""

    def render(self, context: Context) -> SafeString:
        """Raise ``RequestWithheld`` in a template that a component includes."""
        if isinstance(context, ComponentContext):
            raise RequestWithheld("request")
        return SafeString("")

    @classmethod
    def is_in(cls, template: Template) -> bool:
        """Whether the template holds this tag."""
        return bool(template.nodelist.get_nodes_by_type(cls))
