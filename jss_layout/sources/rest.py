"""Sitecore's Layout Service over REST.

Addresses and the order of their parameters: JSS ``resolveLayoutServiceUrl``; what a status
means: ``HttpLayoutRequestHandler`` of the ASP.NET Core SDK.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import TypeVar
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import msgspec

from jss_layout.exceptions import (
    InvalidRequest,
    InvalidResponse,
    LayoutServiceError,
    RequestNotPrepared,
    ServerError,
    UnexpectedStatus,
)
from jss_layout.layout import InvalidLayout, Layout, parse_layout
from jss_layout.request import LayoutRequest, LayoutResponse
from jss_layout.sitecore import SitecoreResponse, send
from jss_layout.sites import SiteDefinition
from jss_layout.sources import LayoutSource

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
NOT_FOUND = 404
# ASP.NET compares the names of parameters without case, and joins those that occur twice.
OWN_PARAMETERS = frozenset({"item", "sc_apikey", "sc_site", "sc_lang", "tracking"})
ACCEPT = {"Accept": "application/json"}

Query = Iterable[tuple[str, str]]
E = TypeVar("E", bound=LayoutServiceError)


class _Dictionary(msgspec.Struct):
    phrases: dict[str, object] | None = None


_decode_dictionary = msgspec.json.Decoder(_Dictionary).decode


class RestSource(LayoutSource):
    """Asks ``/sitecore/api/layout/render/`` and ``/sitecore/api/jss/dictionary/``."""

    def fetch(self, request: LayoutRequest) -> LayoutResponse:
        """The layout of the item as Sitecore renders it for this visitor."""
        answer = send("GET", layout_url(request), {**ACCEPT, **request.headers})
        _raise_for_status(answer, allowed=(NOT_FOUND,))
        layout, error = _parsed(answer)
        if error and answer.status != NOT_FOUND:
            raise error
        status = 200 if layout.route and answer.status != NOT_FOUND else NOT_FOUND
        return LayoutResponse(
            layout,
            status=status,
            headers=answer.headers,
            cookies=answer.cookies,
            error=error,
            body=answer.body,
        )

    def fetch_dictionary(self, request: LayoutRequest) -> dict[str, str]:
        """The phrases; asked in the site's own name, so without a header of the visitor's."""
        answer = send("GET", dictionary_url(request), ACCEPT)
        _raise_for_status(answer)
        try:
            phrases = _decode_dictionary(answer.body.removeprefix(BYTE_ORDER_MARK)).phrases
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise _carrying(answer, InvalidResponse, "sent no dictionary") from error
        return {key: text for key, text in (phrases or {}).items() if isinstance(text, str)}


def layout_url(request: LayoutRequest) -> str:
    """The Layout Service's address for this request, the site's own key in it.

    Raises ``RequestNotPrepared`` if the site has no Sitecore host.
    """
    site = request.site
    tracking = request.tracking and site.enable_tracking
    before, after = _around_item(site, request.language, tracking=tracking)
    further = _encoded(_further(request.query))
    return f"{before}{_segment(request.item)}{after}{further and f'&{further}'}"


# Optimization: all of a site's pages are asked for in the same words.
@lru_cache(maxsize=1024)
def _around_item(site: SiteDefinition, language: str, *, tracking: bool) -> tuple[str, str]:
    """What stands before the item in the Layout Service's address, and after it."""
    path = ("sitecore", "api", "layout", "render", site.configuration)
    query = (
        ("sc_apikey", site.api_key),
        ("sc_site", site.name),
        ("sc_lang", language),
        ("tracking", "true" if tracking else "false"),
    )
    return service_address(site, path, (("item", ""),)), f"&{_encoded(query)}"


def dictionary_url(request: LayoutRequest) -> str:
    """The dictionary service's address for the request's site and language.

    Raises ``RequestNotPrepared`` if the site has no Sitecore host.
    """
    site = request.site
    path = ("sitecore", "api", "jss", "dictionary", site.name, request.language)
    return service_address(site, path, (("sc_apikey", site.api_key),))


def _further(query: Mapping[str, str]) -> Query:
    """The visitor's allow-listed parameters; none of them may stand in for one of ours."""
    return (
        (name, value)
        for name, value in query.items()
        if value.strip() and name.lower() not in OWN_PARAMETERS
    )


def service_address(site: SiteDefinition, path: Iterable[str], query: Query) -> str:
    """The address of a path of the site's Sitecore, each part of it encoded.

    The host's own path and query stay in front, as where a gateway asks for them. Raises
    ``RequestNotPrepared`` if the site has no Sitecore host.
    """
    try:
        base = urlsplit(site.sitecore_host)
    except ValueError:
        base = urlsplit("")
    if not base.netloc:
        raise RequestNotPrepared(
            f"The site {site.name!r} has no Sitecore to ask; set SITECORE_API_HOST, or the "
            "site's Sitecore host in the admin, to an address such as https://cd.example.com."
        )
    kept = [pair for pair in parse_qsl(base.query) if pair[0].lower() not in OWN_PARAMETERS]
    text = _encoded([*kept, *query])
    full_path = base.path.rstrip("/") + "".join(f"/{_segment(part)}" for part in path)
    return base._replace(path=full_path, query=text, fragment="").geturl()


def _encoded(query: Query) -> str:
    return urlencode([*query], safe="", errors="replace", quote_via=quote)


def _segment(text: str) -> str:
    return quote(text, safe="", errors="replace")


def _parsed(answer: SitecoreResponse) -> tuple[Layout, InvalidResponse | None]:
    """The layout; where the body is none, an empty layout and why."""
    try:
        return parse_layout(answer.body), None
    except InvalidLayout:
        return Layout(), _carrying(answer, InvalidResponse, "sent a body that is no layout")


def _raise_for_status(answer: SitecoreResponse, allowed: tuple[int, ...] = ()) -> None:
    status = answer.status
    if 200 <= status < 300 or status in allowed:
        return
    if status >= 500:
        raise _carrying(answer, ServerError, f"failed with status {status}")
    if status >= 400:
        raise _carrying(answer, InvalidRequest, f"refused the request with status {status}")
    raise _carrying(answer, UnexpectedStatus, f"answered with the unexpected status {status}")


def _carrying(answer: SitecoreResponse, kind: type[E], what: str) -> E:
    """An error that carries the answer's status, headers and cookies."""
    return kind(
        f"Sitecore {what}.",
        upstream_status=answer.status,
        headers=answer.headers,
        cookies=answer.cookies,
    )
