"""Which requests are page views of a visitor, and which only look like one."""

from django.http import HttpRequest

from jss_layout.headers.policy import is_uncounted
from jss_layout.signals import tracking_asked
from jss_layout.sites import SiteDefinition

ANSWER = "_tracking_is_allowed"


def is_page_view(request: HttpRequest) -> bool:
    """Whether Sitecore may count this request: ``tracking=true``.

    Not so a ``HEAD``, a health check or other configured robot, and a page that the browser
    fetches in advance, since nobody has seen it yet.
    """
    return _is_visit(request) and not is_prefetch(request)


def is_prefetch(request: HttpRequest) -> bool:
    """Whether the browser fetches or renders this page in advance.

    Such a call carries the visitor's cookies, for this very page may come to be shown.
    """
    meta = request.META
    purpose = meta.get("HTTP_SEC_PURPOSE", "") + meta.get("HTTP_PURPOSE", "")
    return bool(purpose) and ("prefetch" in purpose.lower() or "prerender" in purpose.lower())


def carries_analytics(request: HttpRequest, site: SiteDefinition) -> bool:
    """Whether analytics cookies pass at all, up or down.

    They don't on a site with tracking off, for a request that would make a contact of
    somebody who is none, nor where a receiver of ``tracking_asked`` objects.
    """
    return site.enable_tracking and _is_visit(request) and _is_allowed(request, site)


def _is_visit(request: HttpRequest) -> bool:
    return request.method != "HEAD" and not is_uncounted(request.META.get("HTTP_USER_AGENT", ""))


def _is_allowed(request: HttpRequest, site: SiteDefinition) -> bool:
    """Whether nobody objects; asked once a request, since the answer may take its time."""
    allowed: bool | None = getattr(request, ANSWER, None)
    if allowed is None:
        answers = tracking_asked.send_robust(HttpRequest, request=request, site=site)
        # Django logs what failed; who can't tell whether a visitor agreed has no consent.
        refused = (answer is False or isinstance(answer, Exception) for _, answer in answers)
        allowed = not any(refused)
        setattr(request, ANSWER, allowed)
    return allowed
