"""Who may call a service of this host: API keys, and the origins whose pages may use them.

Two kinds of key open a service. The environment's (``SITECORE_API_KEY``) opens all of them,
to pages of this host and to callers that are no browser, which send no ``Origin``. An
``ApiKey`` of the admin opens its services on its sites to those, and to pages of the origins
that it lists. As in Sitecore, a key is a GUID; its long, short, braced, upper and lower case
forms are equal. A caller's key is never sent on to Sitecore.
"""

import hmac
from collections.abc import Mapping
from types import MappingProxyType
from typing import NoReturn
from urllib.parse import urlsplit

from django.http import HttpRequest

from jss_layout.conf import conf
from jss_layout.hosts import is_web_address, web_address
from jss_layout.key_rows import KeyDefinition, digest, key_rows, note_use, plain
from jss_layout.reloaded import retry_after
from jss_layout.sites import SiteDefinition, site_for_host

SERVICE_PATHS = "/sitecore/api/"


class ServiceRefused(Exception):
    """The caller may not use the service: ``status`` 401 without a key, otherwise 403.

    503, with ``headers`` for the answer, while nobody knows which keys there are.
    """

    def __init__(
        self, status: int, message: str, headers: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.headers = headers


def check_api_key(request: HttpRequest, service: str) -> None:
    """Raise ``ServiceRefused`` unless the request's key opens the service for it.

    The key comes as ``sc_apikey`` in the query, or as the header ``sc-apikey`` (servers drop
    the name ``sc_apikey``, which Sitecore's own clients send; it counts where it arrives).
    """
    key = _sent_key(request)
    if not key:
        raise ServiceRefused(
            401, "There is no API key. Send it as sc_apikey in the query or as header sc-apikey."
        )
    if _is_environment_key(key) and origin_is_own(request):
        return
    row = _row(key)
    if row is None:
        _refuse_unlisted(request, key)
    else:
        _check_row(request, row, service)


def page_api_key(site: SiteDefinition) -> str:
    """The key that the site's own pages send to the tracker; ``""`` if there is none.

    A key of the admin that names this site comes first, then the environment's, then one
    for all sites.
    """
    rows = key_rows.get()
    keys = rows.page_keys if rows else {}
    return keys.get(site.name) or conf.SITECORE_API_KEY or keys.get("", "")


def allow_origin(request: HttpRequest, **_: object) -> bool:
    """Whether pages of the request's origin may read the answer of a service (CORS).

    Receiver of ``corsheaders.signals.check_request_enabled``.
    """
    return request.path_info.startswith(SERVICE_PATHS) and origin_is_listed(request)


def origin_is_listed(request: HttpRequest) -> bool:
    """Whether a key of the admin lists the request's origin.

    A preflight carries no header with a key, so without a key any enabled one may.
    """
    origin, key, rows = request.headers.get("Origin", ""), _sent_key(request), key_rows.get()
    if not (rows and is_web_address(origin)):
        return False
    if not key:
        return web_address(origin) in rows.origins
    row = rows.by_digest.get(digest(key))
    return row is not None and row.enabled and _lists(row, origin)


def origin_is_own(request: HttpRequest) -> bool:
    """Whether the caller is a page of this host, or no page at all.

    The scheme does not count: behind a proxy this host may not know its own.
    """
    origin = request.headers.get("Origin", "")
    return not origin or _netloc(origin) in (
        _netloc(f"http://{request.get_host()}"),
        _netloc(f"https://{request.get_host()}"),
    )


def _refuse_unlisted(request: HttpRequest, key: str) -> NoReturn:
    """No row of the admin has the key; it may be the environment's, used from elsewhere."""
    if not _is_environment_key(key):
        raise ServiceRefused(403, "The API key is unknown. Keys are kept in the admin.")
    raise ServiceRefused(
        403,
        f"The key SITECORE_API_KEY is not for pages of {_shown_origin(request)}. Make an API "
        "key in the admin that lists this origin.",
    )


def _check_row(request: HttpRequest, row: KeyDefinition, service: str) -> None:
    site = site_for_host(request.get_host())
    if not row.enabled:
        raise ServiceRefused(403, f"The API key “{row.name}” is disabled; enable it in the admin.")
    if service not in row.services:
        raise ServiceRefused(
            403, f"The API key “{row.name}” does not open {service}; choose it in the admin."
        )
    if row.sites and site.name not in row.sites:
        raise ServiceRefused(
            403,
            f"The API key “{row.name}” is not for the site {site.name}; choose it in the admin.",
        )
    if not origin_is_own(request) and not _lists(row, request.headers["Origin"]):
        raise ServiceRefused(
            403,
            f"The API key “{row.name}” does not list the origin {_shown_origin(request)}; add it "
            "to the key's CORS origins in the admin.",
        )
    note_use(row)


def _sent_key(request: HttpRequest) -> str:
    # WSGI knows sc-apikey and sc_apikey by one name.
    sent: str = request.GET.get("sc_apikey") or request.META.get("HTTP_SC_APIKEY", "")
    return plain(sent)


def _is_environment_key(key: str) -> bool:
    own = conf.SITECORE_API_KEY
    return bool(own) and hmac.compare_digest(digest(own), digest(key))


def _row(key: str) -> KeyDefinition | None:
    """The key's row. Raises ``ServiceRefused`` if the database has never told of its rows."""
    rows = key_rows.get()
    if rows is None:
        message = "The API keys can't be read at the moment. Try again later."
        raise ServiceRefused(503, message, {"Retry-After": str(retry_after())})
    return rows.by_digest.get(digest(key))


def _netloc(origin: str) -> str:
    return urlsplit(web_address(origin)).netloc if is_web_address(origin) else ""


def _lists(row: KeyDefinition, origin: str) -> bool:
    return is_web_address(origin) and web_address(origin) in row.origins


def _shown_origin(request: HttpRequest) -> str:
    return ascii(request.headers["Origin"])[:200]
