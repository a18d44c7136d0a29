"""From the request at the door to the ``Visitor`` that a tracker sees."""

from urllib.parse import urlsplit

from django.http import HttpRequest

from jss_layout.headers import client_address, headers_up, split_cookies
from jss_layout.request import split_language
from jss_layout.sites import SiteDefinition, site_for_host
from jss_tracking.conf import conf
from jss_tracking.trackers import Tracker, Visitor

SERVICE_PATHS = "/sitecore/api/"


class TrackedRequest(HttpRequest):
    """A request that passed ``TrackerMiddleware``: it carries the visitor's tracker.

    ``page_cookies`` are the ``Set-Cookie`` values that go down with its page, there as soon
    as the layout is.
    """

    tracker: Tracker
    page_cookies: tuple[str, ...]


def visitor(request: HttpRequest) -> Visitor:
    """Who sent the request, to which site, in which language; reads no body."""
    site = site_for_host(request.get_host())
    headers = headers_up(request, site)
    if origin := request.headers.get("Origin"):
        headers = {**headers, "Origin": origin}
    return Visitor(
        site=site,
        language=_language(request, site),
        address=client_address(request),
        host=request.get_host(),
        user_agent=request.headers.get("User-Agent", ""),
        referrer=request.headers.get("Referer", ""),
        secure=request.is_secure(),
        cookies=tuple(split_cookies(request.META.get("HTTP_COOKIE", ""))),
        headers=tuple(headers.items()),
        query=tuple((key, value) for key, values in request.GET.lists() for value in values),
    )


def is_cross_site(request: HttpRequest) -> bool:
    """Whether a page of another origin sent the request, as far as browsers tell.

    ``Sec-Fetch-Site`` is believed first: a page with ``Referrer-Policy: no-referrer`` says
    ``Origin: null`` even to its own host. Whoever sends neither is no browser of our time.
    """
    if fetch_site := request.headers.get("Sec-Fetch-Site"):
        return fetch_site not in ("same-origin", "none")
    origin = request.headers.get("Origin")
    return origin is not None and origin.partition("://")[2].lower() != request.get_host().lower()


def _language(request: HttpRequest, site: SiteDefinition) -> str:
    """That of the page: of its address, of the page that calls a service, or ``sc_lang``."""
    path = request.path_info
    if path.startswith((SERVICE_PATHS, f"/{conf.TRACKER_SERVICE_PATH}/")):
        path = request.GET.get("sc_lang") or _path(request.headers.get("Referer", ""))
    return split_language(path, site)[0]


def _path(url: str) -> str:
    try:
        return urlsplit(url).path
    except ValueError:
        return ""
