"""What passes through a relay: paths, queries and headers, each by a list."""

import re
from collections.abc import Iterable, Mapping
from urllib.parse import parse_qsl, unquote, urlsplit

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme

from jss_layout.headers.policy import is_clean
from jss_layout.media import MARKUP, MARKUP_POLICY
from jss_layout.sites import SiteDefinition

# What a request for a file may say; nothing of it tells who asks.
UP = (
    "Accept",
    "Accept-Encoding",
    "If-Match",
    "If-Modified-Since",
    "If-None-Match",
    "If-Range",
    "If-Unmodified-Since",
    "Range",
)
DOWN = (
    "Accept-Ranges",
    "Age",
    "Cache-Control",
    "Content-Disposition",
    "Content-Encoding",
    "Content-Language",
    "Content-Length",
    "Content-Range",
    "Content-Type",
    "ETag",
    "Expires",
    "Last-Modified",
    "Vary",
)
# The key is never the caller's, and the site is this host's.
OWN_PARAMETERS = frozenset({"sc_apikey", "sc_site"})

_UNCLEAN = re.compile(r"[\\\x00-\x1f\x7f]")


class Refused(Exception):
    """The request is not relayed; ``status`` and the text say why."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def checked_path(path: str) -> str:
    """The path, which leads nowhere else however often a server decodes it.

    Raises ``Refused`` for segments of dots (``..;x`` too), backslashes and control characters.
    """
    decoded = unquote(unquote(path))
    # Some servers strip what stands after a semicolon before they resolve dots.
    segments = (segment.partition(";")[0] for segment in decoded.split("/"))
    dots = any(segment and not segment.strip(". ") for segment in segments)
    if dots or _UNCLEAN.search(decoded):
        raise Refused(404, "There is no such path.")
    return path


def query_pairs(request: HttpRequest) -> list[tuple[str, str]]:
    """The query without what this host says itself."""
    pairs = parse_qsl(request.META.get("QUERY_STRING", ""), keep_blank_values=True)
    return [pair for pair in pairs if pair[0].lower() not in OWN_PARAMETERS]


def passed_up(request: HttpRequest, names: Iterable[str] = UP) -> dict[str, str]:
    """Headers of the request that pass; an answer is taken as it is encoded for the visitor."""
    found = {name: request.headers.get(name, "") for name in names}
    headers = {name: value for name, value in found.items() if value and is_clean(value)}
    if "Accept-Encoding" in found:
        headers.setdefault("Accept-Encoding", "identity")
    return headers


def passed_down(headers: Mapping[str, str]) -> dict[str, str]:
    """Headers of the answer that pass, and those that keep what it holds from running here."""
    found = {name: headers.get(name, "") for name in DOWN}
    passed = {name: value for name, value in found.items() if value and is_clean(value)}
    if passed.get("Content-Type", "").partition(";")[0].strip().lower() in MARKUP:
        passed["Content-Security-Policy"] = MARKUP_POLICY
    return {**passed, "X-Content-Type-Options": "nosniff"}


def fit_location(location: str, request: HttpRequest, site: SiteDefinition) -> str | None:
    """Where a redirect leads on this host; None if it leads away.

    Sitecore, which knows itself by another name, may name its own host.
    """
    try:
        target, own = urlsplit(location), urlsplit(site.sitecore_host)
    except ValueError:
        return None
    if target.netloc and (target.scheme, target.netloc.lower()) == (own.scheme, own.netloc.lower()):
        location = target._replace(scheme="", netloc="").geturl() or "/"
    stays = is_clean(location) and url_has_allowed_host_and_scheme(location, request.get_host())
    return location if stays else None
