"""Who asks for which page: the values that travel between a view and a layout source."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from jss_layout.exceptions import LayoutServiceError
from jss_layout.layout import Layout
from jss_layout.sites import SiteDefinition

NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class LayoutRequest:
    """One question to the Layout Service; all that a source may know of the visitor.

    ``item`` is a route path such as ``/about`` or an item GUID; ``tracking`` says whether
    Sitecore counts the call as a page view; ``headers`` are the visitor's headers that
    pass up, already filtered; ``query`` the allow-listed parameters such as ``sc_camp``.
    """

    item: str
    site: SiteDefinition
    language: str
    tracking: bool = True
    headers: Mapping[str, str] = field(default=NOTHING, repr=False)
    query: Mapping[str, str] = NOTHING


@dataclass(frozen=True, slots=True)
class LayoutResponse:
    """A source's answer. ``layout.route`` is None where there is no such item.

    ``status`` is 200 or 404; ``cookies`` are raw ``Set-Cookie`` values for the visitor;
    ``error`` tells of a 404 whose body was no layout; ``analytics`` is what a page view of
    this route triggers (``goals``, ``events``, ``campaign``) where this host counts it itself.
    """

    layout: Layout
    status: int = 200
    headers: Mapping[str, str] = field(default=NOTHING, repr=False)
    cookies: tuple[str, ...] = field(default=(), repr=False)
    error: LayoutServiceError | None = None
    analytics: Mapping[str, Any] = NOTHING
