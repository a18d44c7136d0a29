"""A panel of django-debug-toolbar: how Sitecore sees the visitor of this very page.

Add ``jss_tracking.panels.TrackingPanel`` to ``DEBUG_TOOLBAR_PANELS`` (extra ``debug``). What
it shows of cookies is masked, for screenshots travel.
"""

import logging
import threading
from collections.abc import Iterable, Iterator

from debug_toolbar.panels import Panel
from django.db.models import Q
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from jss_layout.api_keys import page_api_key
from jss_layout.conf import conf as layout_conf
from jss_layout.headers import client_address, headers_up, split_cookies
from jss_layout.headers.policy import policy
from jss_layout.sites import site_for_host
from jss_tracking.conf import conf
from jss_tracking.consent import choice
from jss_tracking.cookies import DEVICE_COOKIE, SESSION_COOKIE, read_ids
from jss_tracking.diagnosis import Visit, masked, masked_line, told, verdicts, why_dropped
from jss_tracking.identification import human_flag
from jss_tracking.models import Interaction, TrackedEvent
from jss_tracking.trackers import tracker_class

CALLS = logging.getLogger("jss_layout.sitecore")
PAGE_MARK = "data-counted="
HEADERS_DOWN = ("Cache-Control", "Vary", "Retry-After")
CHOICES = {True: "given", False: "refused", None: "no choice yet"}


class TrackingPanel(Panel):
    """Verdicts, calls to Sitecore, headers both ways, address, visitor and events."""

    title = "Sitecore tracking"
    template = "jss_tracking/panel.html"

    @property
    def nav_subtitle(self) -> str:
        """What stands in the way first."""
        found = self.get_stats().get("verdicts")
        return found[0]["id"] if found else ""

    def process_request(self, request: HttpRequest) -> HttpResponseBase:
        """Note the calls to Sitecore while the page is made."""
        calls = _Calls()
        CALLS.addHandler(calls)
        try:
            return self.get_response(request)
        finally:
            CALLS.removeHandler(calls)
            self.record_stats({"calls": calls.lines})

    def generate_stats(self, request: HttpRequest, response: HttpResponseBase) -> None:
        """Collect everything else, as JSON."""
        visit = _visit(request, response)
        is_page = PAGE_MARK in visit.html
        found = told(verdicts(visit)) if is_page else []
        events = () if visit.conduit else _events(visit)
        self.record_stats(
            {
                "is_page": is_page,
                "verdicts": [
                    {"id": one.id, "reason": one.reason, "way_out": one.way_out} for one in found
                ],
                "up": list(_up(request)),
                "down": list(_down(response, visit)),
                "address": list(_address(request)),
                "visitor": list(_visitor(request, visit)) if is_page else [],
                "conduit": visit.conduit,
                "events": [f"{event.kind} {event}" for event in events],
            }
        )


class _Calls(logging.Handler):
    """Collects what is logged of the calls that this thread makes."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.lines: list[str] = []
        self._thread = threading.get_ident()

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the line: method, host, path, status and time, no query."""
        if record.thread == self._thread:
            self.lines.append(record.getMessage())


def _visit(request: HttpRequest, response: HttpResponseBase) -> Visit:
    return Visit(
        status=response.status_code,
        secure=request.is_secure(),
        html=getattr(response, "content", b"").decode(errors="replace"),
        cookie_header=request.META.get("HTTP_COOKIE", ""),
        set_cookies=tuple(morsel.OutputString() for morsel in response.cookies.values()),
        refusal=_refusal(request),
        dropped=why_dropped(request),
        conduit=tracker_class().conduit,
    )


def _refusal(request: HttpRequest) -> str:
    """What pages of this host can't send events for; their own key and origin are never wrong."""
    if not conf.TRACKER_SERVICE_ENABLED:
        return "tracker_disabled"
    return "" if page_api_key(site_for_host(request.get_host())) else "api_key_missing"


def _up(request: HttpRequest) -> Iterator[tuple[str, str]]:
    """The headers that Sitecore is sent for this request."""
    for name, value in headers_up(request, site_for_host(request.get_host())).items():
        if name == "Cookie":
            yield from ((name, masked(*cookie)) for cookie in split_cookies(value))
        else:
            yield name, value


def _down(response: HttpResponseBase, visit: Visit) -> Iterator[tuple[str, str]]:
    for name in HEADERS_DOWN:
        if name in response:
            yield name, response[name]
    yield from (("Set-Cookie", masked_line(line)) for line in visit.set_cookies)


def _address(request: HttpRequest) -> Iterator[tuple[str, str]]:
    """From what the visitor's address was derived, and the address."""
    yield "peer", request.META.get("REMOTE_ADDR", "")
    yield "X-Forwarded-For", request.META.get("HTTP_X_FORWARDED_FOR", "")
    if header := layout_conf.CLIENT_ADDRESS_HEADER:
        yield header, request.META.get(policy().client_address_header, "")
    yield "TRUSTED_PROXY_COUNT", str(layout_conf.TRUSTED_PROXY_COUNT)
    yield "TRUSTED_PROXIES", ", ".join(layout_conf.TRUSTED_PROXIES)
    yield "the visitor", client_address(request)


def _visitor(request: HttpRequest, visit: Visit) -> Iterator[tuple[str, str]]:
    """What is known of the visitor now that the page is there."""
    site = site_for_host(request.get_host())
    person = human_flag(visit.cookie_header, visit.set_cookies)
    yield "device", masked(DEVICE_COOKIE, visit.cookie(DEVICE_COOKIE))
    yield "session", masked(SESSION_COOKIE, visit.cookie(SESSION_COOKIE))
    yield "known to be a person", "yes" if person else "no"
    yield "consent", CHOICES[choice(request, site)]
    yield "may be tracked", f"no ({visit.dropped})" if visit.dropped else "yes"
    yield "page view counted", "yes" if visit.counted else "no"


def _events(visit: Visit) -> Iterable[TrackedEvent]:
    """What is recorded of the visit's current page, that is, of this one."""
    ids = read_ids(visit.cookie(DEVICE_COOKIE), visit.cookie(SESSION_COOKIE))
    page = (
        Interaction.objects.filter(session_id=ids.session, device=ids.device, ended__isnull=True)
        .values_list("current_page", flat=True)
        .first()
    )
    events = TrackedEvent.objects.select_related("definition").order_by("sequence")
    return events.filter(Q(pk=page) | Q(page=page)) if page else ()
