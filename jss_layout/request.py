"""Who asks for which page: the values that travel between a view and a layout source."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, Self
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest
from django.urls import get_script_prefix

from jss_layout.conf import conf
from jss_layout.exceptions import LayoutServiceError
from jss_layout.headers import carries_analytics, headers_up, is_page_view
from jss_layout.layout import Context, Layout
from jss_layout.sites import SiteDefinition, site_of

MAX_PATH_BYTES = 2048
# A control character, or a segment of one or two dots.
MALFORMED = re.compile(r"[\x00-\x1f\x7f]|(?<![^/\\])\.\.?(?![^/\\])")


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
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    query: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LayoutResponse:
    """A source's answer. ``layout.route`` is None where there is no such item.

    ``status`` is 200 or 404; ``cookies`` are raw ``Set-Cookie`` values for the visitor;
    ``error`` tells of a 404 whose body was no layout; ``body`` is the JSON that ``layout``
    was read from, if the source has it; ``kept_since`` is when a copy that stands in for a
    failed call was taken (seconds since the epoch), None for all else; ``analytics`` is
    what a page view of this route triggers (``goals``, ``events``, ``campaign``) where this
    host counts it itself.
    """

    layout: Layout
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    cookies: tuple[str, ...] = field(default=(), repr=False)
    error: LayoutServiceError | None = None
    body: bytes = field(default=b"", repr=False)
    kept_since: float | None = None
    analytics: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_page(self) -> bool:
        """Whether it is the item's page, and not none, or another in its place (404)."""
        return self.layout.route is not None and self.status != 404

    def with_context(self, values: Mapping[str, Any]) -> Self:
        """The same answer with these values in Sitecore's context."""
        context = Context({**self.layout.context.data, **values})
        return replace(self, layout=replace(self.layout, context=context))


def layout_request(request: HttpRequest) -> LayoutRequest:
    """What the visitor's request asks of the Layout Service.

    The host names the site; a first path segment that is one of its languages, in any
    case, names the language. Raises ``DisallowedHost`` as Django does.
    """
    site = site_of(request)
    language, item = split_language(request.path_info, site)
    return LayoutRequest(
        item=item,
        site=site,
        language=language,
        tracking=(
            conf.LAYOUT_SERVICE_TRACKING
            and is_page_view(request)
            and carries_analytics(request, site)
        ),
        headers=headers_up(request, site),
        query=_passed_query(request),
    )


def is_item_path(path: str) -> bool:
    """Whether a path may be an item's.

    Static files, ``JSS_NON_ITEM_PATHS`` and malformed paths are not.
    """
    return not (
        path.startswith(_static_folder(settings.STATIC_URL or "", get_script_prefix()))
        or len(path.encode(errors="replace")) > MAX_PATH_BYTES
        or MALFORMED.search(path)
        or _non_item(conf.JSS_NON_ITEM_PATHS).search(path)
    )


def split_language(path: str, site: SiteDefinition) -> tuple[str, str]:
    """Language and item path of an address: ``/da/about`` → ``("da", "/about")``."""
    segments = [segment for segment in path.split("/") if segment]
    language = _languages(site).get(segments[0].lower()) if segments else None
    if language is None:
        return site.default_language, "/" + "/".join(segments)
    return language, "/" + "/".join(segments[1:])


@lru_cache(maxsize=1024)
def _languages(site: SiteDefinition) -> dict[str, str]:
    """The languages of a site, by their names in lower case."""
    return {name.lower(): name for name in (*site.languages, site.default_language)}


def _passed_query(request: HttpRequest) -> dict[str, str]:
    if not request.META.get("QUERY_STRING"):
        return {}
    names = conf.LAYOUT_SERVICE_QUERY_PARAMETERS
    return {name: request.GET[name] for name in names if request.GET.get(name, "").strip()}


@lru_cache(maxsize=8)
def _static_folder(static_url: str, script_prefix: str) -> str | tuple[()]:
    """``/static/``, below which the server has found no file; nothing if it is elsewhere."""
    address = urlsplit(static_url)
    folder = "/" + address.path.removeprefix(script_prefix).lstrip("/")
    return () if address.netloc or folder == "/" else folder


@lru_cache(maxsize=8)
def _non_item(patterns: tuple[str, ...]) -> re.Pattern[str]:
    """One pattern for all; without any, one that matches nothing."""
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns) or r"(?!)", re.IGNORECASE)
