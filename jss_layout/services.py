"""Sitecore's services as this host answers them where it has no Sitecore: layout and dictionary.

Addresses, query and JSON are Sitecore's, so that any JSS app, or another rendering host,
can use this one as its Sitecore. Where layouts come from elsewhere, all of them answer 404.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import wraps

import msgspec
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, re_path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from jss_layout.api_keys import ServiceRefused, check_api_key
from jss_layout.exceptions import LayoutServiceError, SiteUnknown
from jss_layout.fetching import fetch_layout
from jss_layout.headers import carries_analytics, is_page_view, mark_private
from jss_layout.media import media
from jss_layout.request import LayoutRequest, layout_request
from jss_layout.sites import SiteDefinition, site_for_host
from jss_layout.sources import layout_source
from jss_layout.sources.disconnected import DisconnectedSource
from jss_layout.sources.disconnected.pages import not_found
from jss_layout.sources.disconnected.placeholders import find_placeholder

logger = logging.getLogger(__name__)

Answer = Callable[..., HttpResponse]


class NoSuchAnswer(Exception):
    """The service has no answer to this query; ``status`` and ``body`` say so."""

    def __init__(self, status: int, body: bytes) -> None:
        super().__init__(status)
        self.status = status
        self.body = body


def service(name: str) -> Callable[[Answer], Answer]:
    """Make a view of a service: who may not call it, and what went wrong, is told in JSON."""

    def decorate(view: Answer) -> Answer:
        @csrf_exempt  # so that a POST is told 405
        @require_safe
        @wraps(view)
        def answer(request: HttpRequest, **parts: str) -> HttpResponse:
            try:
                source = _disconnected_source()
                check_api_key(request, name)
                response = view(request, source, **parts)
            except ServiceRefused as refused:
                response = _json(_message(refused.message), refused.status, refused.headers)
            except NoSuchAnswer as none:
                response = _json(none.body, none.status)
            except SiteUnknown as error:
                response = _json(_message(str(error)), error.http_status)
                response["Retry-After"] = str(error.retry_after)
            except LayoutServiceError as error:
                response = _failed(error)
            mark_private(response)
            return response

        return answer

    return decorate


@service("layout")
def render(request: HttpRequest, source: DisconnectedSource) -> HttpResponse:
    """``GET /sitecore/api/layout/render/{configuration}?item=…``: a page, as a page view.

    An unknown item is 404 with ``route: null``, a missing one 400. Any configuration will
    do, and none, as with JSS's own server.
    """
    answer = fetch_layout(request, source, _asked(request))
    return _json(answer.body, answer.status)


@service("layout")
def placeholder(request: HttpRequest, source: DisconnectedSource) -> HttpResponse:
    """``GET /sitecore/api/layout/placeholder/{configuration}?placeholderName=…&item=…``.

    The name is a placeholder of the page, or a path such as ``/main/tabs-{UID}-0``.
    """
    path = request.GET.get("placeholderName", "").strip("/ ")
    if not path:
        raise NoSuchAnswer(400, _message("The query has no placeholderName, such as jss-main."))
    found = find_placeholder(fetch_layout(request, source, _asked(request)).body, path)
    if found is None:
        raise NoSuchAnswer(404, _message("There is no such item, or no such placeholder on it."))
    return _json(msgspec.json.encode(found), 200)


@service("dictionary")
def dictionary(
    request: HttpRequest, source: DisconnectedSource, app: str, language: str
) -> HttpResponse:
    """``GET /sitecore/api/jss/dictionary/{app}/{language}``: the phrases of a language."""
    site = site_for_host(request.get_host())
    if not _is_own_site(site, app):
        raise NoSuchAnswer(404, _message(f"This host belongs to the site {site.name}."))
    if not source.knows_language(site, language):
        message = f"The site {site.name} has no language of that name."
        raise NoSuchAnswer(404, _message(message))
    phrases = source.fetch_dictionary(LayoutRequest("/", site, language))
    body = {"lang": language, "app": site.name, "phrases": phrases}
    return _json(msgspec.json.encode(body), 200)


def _disconnected_source() -> DisconnectedSource:
    source = layout_source()
    if not isinstance(source, DisconnectedSource):
        raise NoSuchAnswer(404, _message("This host has no layouts of its own."))
    return source


def _asked(request: HttpRequest) -> LayoutRequest:
    """The question in the query; the host says which site it is put to."""
    query, asked = request.GET, layout_request(request)
    item = query.get("item", "").strip()
    if not item:
        raise NoSuchAnswer(400, _message("The query has no item, such as item=/about."))
    if not _is_own_site(asked.site, query.get("sc_site", "")):
        # The 404 has the shape that every client of the Layout Service can read.
        raise NoSuchAnswer(404, not_found(asked.site.name, asked.site.default_language))
    return replace(
        asked,
        item=item,
        language=query.get("sc_lang", "").strip() or asked.site.default_language,
        tracking=(
            query.get("tracking", "").lower() != "false"
            and is_page_view(request)
            and carries_analytics(request, asked.site)
        ),
    )


def _is_own_site(site: SiteDefinition, name: str) -> bool:
    """Whether a caller names the host's own site, or none. Another one is logged."""
    if not name or name.casefold() == site.name.casefold():
        return True
    logger.warning(
        "A caller asks for the site %r; this host's site is %r (SITECORE_SITE_NAME, or a site "
        "in the admin)",
        name[:100],
        site.name,
    )
    return False


def _failed(error: LayoutServiceError) -> HttpResponse:
    """What went wrong; the details only in DEBUG, for they name files."""
    message = str(error) if settings.DEBUG else "The content is broken; the log says where."
    response = _json(_message(message), error.http_status)
    response["Retry-After"] = str(error.retry_after)
    return response


def _message(text: str) -> bytes:
    return msgspec.json.encode({"message": text})


def _json(body: bytes, status: int, headers: Mapping[str, str] | None = None) -> HttpResponse:
    return HttpResponse(body, status=status, content_type="application/json", headers=headers)


_CONFIGURATION = r"(?:/[^/]+)?/?$"

service_urlpatterns: list[URLPattern] = [
    re_path(rf"^sitecore/api/layout/render{_CONFIGURATION}", render, name="layout-render"),
    re_path(
        rf"^sitecore/api/layout/placeholder{_CONFIGURATION}",
        placeholder,
        name="layout-placeholder",
    ),
    re_path(
        r"^sitecore/api/jss/dictionary/(?P<app>[^/]+)/(?P<language>[^/]+)/?$",
        dictionary,
        name="dictionary",
    ),
    re_path(r"^data/media/(?P<path>.+)$", media, name="data-media"),
]
