"""From Sitecore to the browser: every cookie, beside those that Django sets."""

from collections.abc import Container, Iterable
from functools import lru_cache
from http.cookies import Morsel
from typing import Any

from django.core.exceptions import DisallowedHost
from django.http import HttpRequest
from django.http.request import split_domain_port
from django.http.response import HttpResponseBase
from django.utils.cache import patch_cache_control, patch_vary_headers

from jss_layout.conf import conf
from jss_layout.headers.cookies import BLANKS, is_analytics, name_and_value
from jss_layout.headers.page_views import carries_analytics
from jss_layout.headers.policy import is_clean, policy
from jss_layout.sites import SiteDefinition, site_for_host, site_of

ANALYTICS_COOKIE = "SC_ANALYTICS_GLOBAL_COOKIE"
FLAGS = ("secure", "httponly")
UNSET = dict(Morsel[str]())
Identity = tuple[str, str, str]


class RelayedCookie(Morsel[str]):
    """A ``Set-Cookie`` value that prints exactly as it was given.

    The standard Morsel loses ``Partitioned`` and all attributes that Python doesn't know.
    ``domain`` and ``path`` are filled in for whoever looks; they don't change the text.
    ``moved`` tells of a foreign ``Domain`` that was removed, so that it is this host's now.
    """

    moved = False

    def __init__(self, line: str) -> None:
        pair, _, attributes = line.partition(";")
        # Optimization: Morsel's own sets what is unset one by one.
        dict.__init__(self, _attributes(attributes))
        self.line = line
        name, value = name_and_value(pair)
        # Morsel.set refuses names that browsers take.
        state = {"key": name, "value": value, "coded_value": value}
        self.__setstate__(state)  # type: ignore[attr-defined]  # missing in typeshed

    def OutputString(self, attrs: Container[str] | None = None) -> str:  # noqa: ARG002
        """The line itself: what Django's handlers and ``SimpleCookie.output`` print."""
        return self.line

    def copy(self) -> "RelayedCookie":
        """Another one of the same text; the standard copy would be a plain Morsel."""
        return type(self)(self.line)

    __copy__ = copy

    def __deepcopy__(self, memo: dict[int, Any]) -> "RelayedCookie":
        return self.copy()

    def __reduce__(self) -> tuple[type["RelayedCookie"], tuple[str]]:
        return type(self), (self.line,)


# Optimization: cookies differ from visitor to visitor, their attributes seldom.
@lru_cache(maxsize=1024)
def _attributes(text: str) -> dict[str, Any]:
    """All of a Morsel's, as what follows a cookie's value says."""
    found: dict[str, Any] = {}
    for segment in text.split(";"):
        attribute, _, setting = segment.partition("=")
        if (key := attribute.strip(BLANKS).lower()) in UNSET:
            found[key] = True if key in FLAGS else setting.strip(BLANKS)
    return UNSET | found


def relay_cookies(response: HttpResponseBase, lines: Iterable[str], request: HttpRequest) -> bool:
    """Hand ``Set-Cookie`` values down to the visitor, beside the cookies that stand already.

    Left out are a cookie with a name of Django's, one that the page itself sets (same name,
    domain and path), one of a foreign domain where this host has its own, one without a
    name, an empty analytics cookie, a text with control or non-ASCII characters, and
    analytics cookies where tracking is off or the request is no visit. Only the segments
    ``Domain``, ``Secure`` and ``SameSite`` are ever edited. An answer that got a cookie
    here is private to caches; whether it did is told.
    """
    if not (lines := tuple(lines)):
        return False
    analytics = carries_analytics(request, _site(request))
    path = _default_path(request)
    page = {_identity(morsel, path) for morsel in response.cookies.values() if _is_own(morsel)}
    relayed = False
    for line in lines:
        if not _may_pass(given := RelayedCookie(line), analytics=analytics):
            continue
        cookie = _fit_for_browser(given, request)
        identity = _identity(cookie, path)
        key = ";".join(identity)
        if identity not in page and not _gives_way(cookie, response.cookies.get(key)):
            response.cookies.pop(key, None)
            response.cookies[key] = cookie
            relayed = True
    if relayed:
        mark_private(response)
    return relayed


def mark_private(response: HttpResponseBase) -> None:
    """Say that the answer belongs to one visitor: ``JSS_CACHE_CONTROL``, ``Vary: Cookie``.

    A ``no-store`` that stands already is kept, for it is the stricter word.
    """
    if "no-store" in response.get("Cache-Control", ""):
        patch_cache_control(response, private=True)
    else:
        response["Cache-Control"] = conf.JSS_CACHE_CONTROL
    patch_vary_headers(response, ["Cookie"])


def _is_own(morsel: Morsel[str]) -> bool:
    return not isinstance(morsel, RelayedCookie)


def _identity(morsel: Morsel[str], default_path: str) -> Identity:
    """Name, domain and path: what makes two cookies the same to a browser (RFC 6265 §5.3)."""
    path = morsel["path"]
    if not path.startswith("/"):
        path = default_path
    return morsel.key, morsel["domain"].lstrip(".").lower(), path


def _default_path(request: HttpRequest) -> str:
    """The path of a cookie that names none (RFC 6265 §5.1.4)."""
    return request.path.rpartition("/")[0] or "/"


def _gives_way(cookie: RelayedCookie, standing: Morsel[str] | None) -> bool:
    """Whether a cookie that was another domain's would replace one that always was this host's."""
    return cookie.moved and isinstance(standing, RelayedCookie) and not standing.moved


def _may_pass(cookie: RelayedCookie, *, analytics: bool) -> bool:
    name = cookie.key
    if not name or name in policy().django_cookies:
        return False
    if not (cookie.line.isascii() and is_clean(cookie.line)):
        return False
    if name.upper() == ANALYTICS_COOKIE and not cookie.value.strip('"'):
        return False
    return analytics or not is_analytics(name)


def _fit_for_browser(given: RelayedCookie, request: HttpRequest) -> RelayedCookie:
    """The cookie without the segments for which a browser on this host would refuse it."""
    relax = policy().relax_cookies and not request.is_secure()
    if not relax and "domain" not in given.line.lower():
        return given
    pair, *segments = given.line.split(";")
    kept = (part for part in segments if _keeps(part, request, relax=relax))
    cookie = RelayedCookie(";".join([pair, *kept]))
    cookie.moved = cookie["domain"] != given["domain"]
    return cookie


def _keeps(segment: str, request: HttpRequest, *, relax: bool) -> bool:
    attribute, _, value = segment.partition("=")
    name, value = attribute.strip(BLANKS).lower(), value.strip(BLANKS).lower()
    if name == "domain":
        return _covers(value, _host(request))
    if relax:
        return not (name == "secure" or (name == "samesite" and value == "none"))
    return True


def _covers(domain: str, host: str) -> bool:
    """Whether a browser on ``host`` keeps a cookie of ``domain``.

    A domain of one label or of numbers is none; without the segment the cookie is the host's.
    """
    domain = domain.lstrip(".")
    name = split_domain_port(host)[0]
    last_label = domain.rpartition(".")[2]
    return (
        "." in domain
        and not last_label.isdigit()
        and (name == domain or name.endswith("." + domain))
    )


def _site(request: HttpRequest) -> SiteDefinition:
    """The site of this host; the environment's if it is none of ``ALLOWED_HOSTS``."""
    try:
        return site_of(request)
    except DisallowedHost:
        return site_for_host("")


def _host(request: HttpRequest) -> str:
    """This host as the browser calls it; ``""`` if it is none of ``ALLOWED_HOSTS``."""
    try:
        return request.get_host()
    except DisallowedHost:
        return ""
