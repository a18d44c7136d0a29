"""The Sitecore paths that a browser needs on this host, relayed to the site's Sitecore.

Media, layout and dictionary service, forms, visitor identification: listed by prefix and
method, streamed, never to another host than the site's. What needs no visitor gets no header
of one. Only a connected site relays; where layouts come from files, ``services`` and
``media`` answer themselves.
"""

import logging
from collections.abc import Callable, Iterable, Mapping
from functools import wraps

import msgspec
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse, UnreadablePostError
from django.http.response import HttpResponseBase
from django.urls import URLPattern, register_converter
from django.urls import path as url_path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from jss_layout.api_keys import ServiceRefused, check_api_key
from jss_layout.conf import conf
from jss_layout.exceptions import LayoutServiceError, SiteUnknown
from jss_layout.headers import headers_up, mark_private, relay_cookies
from jss_layout.relayed import (
    Refused,
    checked_path,
    fit_location,
    passed_down,
    passed_up,
    query_pairs,
)
from jss_layout.request import layout_request
from jss_layout.sitecore import SitecoreStream, stream
from jss_layout.sites import SiteDefinition, site_for_host
from jss_layout.sources.rest import service_address

logger = logging.getLogger(__name__)

LAYOUT_PARAMETERS = ("item", "placeholderName", "sc_lang", "sc_device")
FIELD_TRACKING = "api/jss/fieldtracking/"
# Names are Sitecore's; whoever asks may write them in any case.
VISITOR_IDENTIFICATION = {
    name.lower(): name
    for name in ("VisitorIdentification.js", "VisitorIdentificationCSS.aspx", "VIChecker.aspx")
}

View = Callable[..., HttpResponseBase]
Pairs = Iterable[tuple[str, str]]


def relay(view: View) -> View:
    """Make a view tell in JSON why a request is refused, or could not be answered."""

    @wraps(view)
    def answer(request: HttpRequest, path: str) -> HttpResponseBase:
        try:
            return view(request, checked_path(path))
        except ServiceRefused as refused:
            return _private(_message(refused.message, refused.status, refused.headers))
        except Refused as refused:
            return _private(_message(str(refused), refused.status))
        except SiteUnknown as error:
            return _unavailable(str(error), error)
        except LayoutServiceError as error:
            logger.warning("%s is not relayed: %s", path[:200], error)
            return _unavailable("Sitecore gives no answer at the moment.", error)

    return answer


@csrf_exempt  # A POST is 405, here and below, not a page about a missing token.
@require_safe
@relay
def media(request: HttpRequest, path: str) -> HttpResponseBase:
    """``/-/media/…``, ``/data/media/…``: a file, or what ``Range`` asks for; no cookies pass."""
    site = site_for_host(request.get_host())
    url = service_address(site, path.split("/"), query_pairs(request))
    answer = stream(request.method or "GET", url, passed_up(request), media=True)
    return _passed(answer, request, site)


@csrf_exempt
@require_safe
@relay
def layout(request: HttpRequest, path: str) -> HttpResponseBase:
    """``/sitecore/api/layout/…``: a page or placeholder as JSON, in the visitor's own visit."""
    check_api_key(request, "layout")
    asked, query = layout_request(request), request.GET
    _check_site(asked.site, query.get("sc_site", ""))
    tracking = asked.tracking and query.get("tracking", "").lower() != "false"
    pairs = [
        *((name, query[name]) for name in LAYOUT_PARAMETERS if name in query),
        ("tracking", "true" if tracking else "false"),
        *asked.query.items(),
    ]
    return _for_visitor(request, asked.site, path, pairs, asked.headers)


@csrf_exempt
@require_safe
@relay
def dictionary(request: HttpRequest, path: str) -> HttpResponseBase:
    """``/sitecore/api/jss/dictionary/{site}/{language}``: asked in the site's own name."""
    check_api_key(request, "dictionary")
    site = site_for_host(request.get_host())
    _check_site(site, path.split("/")[4])
    url = service_address(site, path.split("/"), [("sc_apikey", site.api_key)])
    return _private(_passed(stream(request.method or "GET", url, {}), request, site))


@csrf_exempt  # Sitecore's forms bring their own token; pages of other origins need a key.
@require_http_methods(["GET", "POST"])
@relay
def forms(request: HttpRequest, path: str) -> HttpResponseBase:
    """``/api/jss/…``: Sitecore's forms, and what visitors do in their fields."""
    tracks = path.lower().startswith(FIELD_TRACKING)
    check_api_key(request, "tracking" if tracks else "layout")
    site = site_for_host(request.get_host())
    headers = headers_up(request, site)
    body = None
    if request.method == "POST":
        body = _body(request)
        headers |= passed_up(request, ("Content-Type", "Origin"))
    return _for_visitor(request, site, path, query_pairs(request), headers, body)


@csrf_exempt
@require_http_methods(["GET"])
@relay
def visitor_identification(request: HttpRequest, path: str) -> HttpResponseBase:
    """``/layouts/system/…``: the three files by which Sitecore tells people from robots.

    It wants to know the host that the visitor sees.
    """
    name = VISITOR_IDENTIFICATION.get(path.rpartition("/")[2].lower())
    if name is None or path.count("/") != 2:
        raise Refused(404, "There is no such file.")
    site = site_for_host(request.get_host())
    headers = {**headers_up(request, site), "X-Forwarded-Host": request.get_host()}
    url = service_address(site, ("layouts", "system", name), query_pairs(request))
    return _with_cookies(stream("GET", url, headers), request, site)


def _unavailable(text: str, error: LayoutServiceError | SiteUnknown) -> HttpResponseBase:
    headers = {"Retry-After": str(error.retry_after)}
    return _private(_message(text, error.http_status, headers))


def _for_visitor(
    request: HttpRequest,
    site: SiteDefinition,
    path: str,
    pairs: Pairs,
    headers: Mapping[str, str],
    body: bytes | None = None,
) -> HttpResponseBase:
    """Ask in the visitor's name, with the site's key in the place of the caller's."""
    own = [("sc_apikey", site.api_key), ("sc_site", site.name)]
    url = service_address(site, path.split("/"), [*pairs, *own])
    up = {**passed_up(request, ("Accept", "Accept-Encoding")), **headers}
    return _with_cookies(stream(request.method or "GET", url, up, body), request, site)


def _with_cookies(
    answer: SitecoreStream, request: HttpRequest, site: SiteDefinition
) -> HttpResponseBase:
    response = _private(_passed(answer, request, site))
    relay_cookies(response, answer.cookies, request)
    return response


def _passed(answer: SitecoreStream, request: HttpRequest, site: SiteDefinition) -> HttpResponseBase:
    """What may go down of an answer: see ``docs/relay.md``."""
    status, headers = answer.status, passed_down(answer.headers)
    has_body = request.method != "HEAD" and status not in (204, 304)
    if 200 <= status < 300 or status == 304:
        return _streamed(answer, headers) if has_body else _bodiless(answer, headers)
    if 400 <= status < 500 and has_body and "json" in headers.get("Content-Type", ""):
        return _streamed(answer, headers)
    answer.close()
    if status == 416:
        return HttpResponse(status=416, headers=_only(headers, "Content-Range"))
    if 300 <= status < 400:
        return _redirect(answer, request, site)
    if 400 <= status < 500:
        return _message("Sitecore refuses this request.", status)
    return _failed(answer)


def _streamed(answer: SitecoreStream, headers: dict[str, str]) -> StreamingHttpResponse:
    headers.setdefault("Content-Type", "application/octet-stream")
    return StreamingHttpResponse(answer, status=answer.status, headers=headers)


class _Bodiless(HttpResponse):
    """The headers of a body that does not go down, whose length nobody here knows."""

    def has_header(self, header: str) -> bool:
        """As if there were a length, lest ``CommonMiddleware`` say that it is 0."""
        return header.lower() == "content-length" or super().has_header(header)


def _bodiless(answer: SitecoreStream, headers: dict[str, str]) -> HttpResponse:
    """The headers alone, and none that Sitecore did not say: caches take them over."""
    answer.close()
    response = _Bodiless(status=answer.status, headers=headers)
    if "Content-Type" not in headers:
        del response["Content-Type"]
    if answer.status != 200:
        del response["Content-Length"]
    return response


def _redirect(answer: SitecoreStream, request: HttpRequest, site: SiteDefinition) -> HttpResponse:
    """A redirect that stays on this host; one that leads away is an answer that fails."""
    location = fit_location(answer.headers.get("Location", ""), request, site)
    if location is None:
        logger.warning("%s is redirected away from this host by Sitecore", request.path)
        return _message("Sitecore redirects this request to another host.", 502)
    return HttpResponse(status=answer.status, headers={"Location": location})


def _failed(answer: SitecoreStream) -> HttpResponse:
    """Sitecore's own account of its failure stays here: it tells of its insides."""
    if answer.status < 500:
        return _message("Sitecore gives no proper answer.", 502)
    response = _message("Sitecore fails at the moment.", 503)
    response["Retry-After"] = str(LayoutServiceError.retry_after)
    return response


def _body(request: HttpRequest) -> bytes:
    """All of it, before Sitecore is asked: a slow visitor takes none of Sitecore's time."""
    limit = conf.RELAY_MAX_BODY_BYTES
    try:
        body = request.read(limit + 1)
    except UnreadablePostError as error:
        raise Refused(400, "The request did not come whole.") from error
    if len(body) > limit:
        raise Refused(413, f"The request has more than {limit} bytes.")
    return body


def _check_site(site: SiteDefinition, name: str) -> None:
    """The site's key may open other sites of the same Sitecore; this host is one site's."""
    if name and name.casefold() != site.name.casefold():
        raise Refused(404, f"This host belongs to the site {site.name}.")


def _only(headers: Mapping[str, str], name: str) -> dict[str, str]:
    return {name: headers[name]} if name in headers else {}


def _private(response: HttpResponseBase) -> HttpResponseBase:
    mark_private(response)
    return response


def _message(text: str, status: int, headers: Mapping[str, str] | None = None) -> HttpResponse:
    body = msgspec.json.encode({"message": text})
    return HttpResponse(body, status=status, content_type="application/json", headers=headers)


def _relayed(name: str, regular_expression: str, view: View) -> URLPattern:
    """An address, in any case, while the site is connected; else whatever stands after it."""

    class RelayedPath:
        regex = f"(?i:{regular_expression})"

        def to_python(self, value: str) -> str:
            """Raises ``ValueError``, which is no match, where there is no Sitecore."""
            if conf.JSS_MODE != "connected":
                raise ValueError(value)
            return value

        def to_url(self, value: str) -> str:
            """As it is."""
            return value

    register_converter(RelayedPath, f"jss_{name}")
    return url_path(f"<jss_{name}:path>", view, name=name)


relay_urlpatterns: list[URLPattern] = [
    _relayed("relayed_media", "(?:[-~]/(?:jss)?media|data/media)/.+", media),
    _relayed("relayed_layout", "sitecore/api/layout/.+", layout),
    _relayed("relayed_dictionary", "sitecore/api/jss/dictionary/[^/]+/[^/]+/?", dictionary),
    _relayed("relayed_forms", "api/jss/.+", forms),
    _relayed("relayed_identification", "layouts/system/.+", visitor_identification),
]
