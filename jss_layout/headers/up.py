"""From the browser to Sitecore: which headers of the visitor's request pass."""

from collections.abc import Iterator, Mapping

from django.http import HttpRequest

from jss_layout.headers.addresses import client_address
from jss_layout.headers.cookies import cookie_parts, is_analytics, name_and_value
from jss_layout.headers.page_views import carries_analytics
from jss_layout.headers.policy import NEVER_PASSED, HeaderPolicy, is_clean, meta_key, policy
from jss_layout.sites import SiteDefinition


def headers_up(request: HttpRequest, site: SiteDefinition) -> dict[str, str]:
    """The headers that tell Sitecore who asks, each at most once.

    ``Cookie``, ``User-Agent``, ``Referer``, ``X-Forwarded-For``, ``X-Forwarded-Proto``;
    ``X-Forwarded-Host`` with ``FORWARD_HOST``; what ``LAYOUT_SERVICE_HEADERS`` lists; at
    last whatever ``LAYOUT_SERVICE_HEADER_FILTER`` makes of them. A value with a control
    character is left out, and so is every cookie where the site's tracking is off.
    """
    rules = policy()
    headers = dict(_extra_headers(request, rules))
    headers.update(_visitor_headers(request, site, rules))
    headers.update(_host_headers(request, rules))
    return _filtered(headers, request, rules)


def headers_up_for_all(request: HttpRequest) -> dict[str, str]:
    """The headers for a page that is to be the same for all.

    Of the visitor's only those that ``LAYOUT_SERVICE_HEADERS`` lists, whose ``Vary`` a cache
    can heed; then the filter, as ever.
    """
    rules = policy()
    headers = dict(_extra_headers(request, rules))
    headers.update(_host_headers(request, rules))
    return _filtered(headers, request, rules)


def _filtered(headers: dict[str, str], request: HttpRequest, rules: HeaderPolicy) -> dict[str, str]:
    if not rules.header_filter:
        return headers
    filtered = rules.header_filter(headers, request)
    return {name: value for name, value in filtered.items() if _may_pass(name, value)}


def _visitor_headers(
    request: HttpRequest, site: SiteDefinition, rules: HeaderPolicy
) -> Iterator[tuple[str, str]]:
    meta = request.META
    if cookie := _cookies(request, site, rules):
        yield "Cookie", cookie
    if (agent := meta.get("HTTP_USER_AGENT", "")) and is_clean(agent):
        yield "User-Agent", agent
    if (referrer := meta.get("HTTP_REFERER", "")) and is_clean(referrer):
        yield "Referer", referrer
    if address := client_address(request):
        yield "X-Forwarded-For", address


def _host_headers(request: HttpRequest, rules: HeaderPolicy) -> Iterator[tuple[str, str]]:
    yield "X-Forwarded-Proto", request.scheme or "http"
    if rules.forward_host:
        yield "X-Forwarded-Host", request.get_host()


def _cookies(request: HttpRequest, site: SiteDefinition, rules: HeaderPolicy) -> str:
    """The visitor's cookies but for Django's own and what holds one, each as its text came."""
    raw = request.META.get("HTTP_COOKIE", "")
    if not raw or not site.enable_tracking:
        return ""
    analytics = carries_analytics(request, site)
    return "; ".join(
        text
        for text in cookie_parts(raw)
        if rules.passes_up(name := name_and_value(text)[0])
        and (analytics or not is_analytics(name))
        and is_clean(text)
        and not rules.joined_django_cookie.search(text)
    )


def _extra_headers(request: HttpRequest, rules: HeaderPolicy) -> Iterator[tuple[str, str]]:
    meta: Mapping[str, str] = request.META
    per_connection = _tokens(meta.get("HTTP_CONNECTION", "")) if rules.extra_headers else ()
    for name in rules.extra_headers:
        value = meta.get(meta_key(name), "")
        if value and is_clean(value) and name.lower() not in per_connection:
            yield name.title(), value


def _tokens(value: str) -> set[str]:
    """The names that a ``Connection`` header declares to be of this connection alone."""
    return {token.strip().lower() for token in value.split(",")}


def _may_pass(name: str, value: str) -> bool:
    lower = name.lower()
    return (lower == "cookie" or lower not in NEVER_PASSED) and is_clean(name) and is_clean(value)
