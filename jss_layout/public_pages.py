"""Pages that any cache may keep for a while (``PAGE_MAX_AGE``): those of sites that track nobody.

Such a page is asked for in nobody's name, and is the same for all unless one of its components
sees the request, the answer sets a cookie, or a session was used. Its view knows the first of
these; only what stands around all other middleware knows the rest.
"""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.cache import has_vary_header, patch_cache_control, patch_vary_headers

from jss_layout.conf import conf
from jss_layout.context import Page
from jss_layout.headers import mark_private
from jss_layout.headers.policy import policy
from jss_layout.sites import SiteDefinition

WATCHED = "_cookies_are_watched"
OFFERED = "_is_the_same_for_all"


def watch(request: HttpRequest) -> None:
    """Promise to ``settle`` the answer; without that every page stays private."""
    setattr(request, WATCHED, True)


def is_for_all(request: HttpRequest, site: SiteDefinition) -> bool:
    """Whether the page is to be asked for in nobody's name."""
    return (
        conf.PAGE_MAX_AGE > 0
        and not site.enable_tracking
        and hasattr(request, WATCHED)
        and "HTTP_AUTHORIZATION" not in request.META
    )


def offer(response: HttpResponseBase, page: Page) -> None:
    """Note that the answer is the same for all, if what was rendered is."""
    context = page.layout.context
    at_work = context.page_editing or context.page_state != "normal"
    if response.status_code == 200 and not page.uses_request and not at_work:
        setattr(response, OFFERED, True)


def is_offered(response: HttpResponseBase) -> bool:
    """Whether the answer was noted to be the same for all."""
    return hasattr(response, OFFERED)


def settle(response: HttpResponseBase) -> None:
    """Give an answer that is the same for all its lifetime; a visitor's own becomes private.

    A ``Cache-Control`` that somebody else has set stays. ``Vary`` names the headers of the
    visitor that pass up in spite of all, since somebody has listed them.
    """
    if not is_offered(response):
        return
    if response.cookies or has_vary_header(response, "Cookie"):
        mark_private(response)
    elif "Cache-Control" not in response:
        patch_cache_control(response, public=True, max_age=conf.PAGE_MAX_AGE)
        if names := policy().extra_headers:
            patch_vary_headers(response, names)
