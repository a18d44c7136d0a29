"""Events as they come in, before the visit is over, and what was refused."""
# ruff: noqa: ARG002  # the signatures are Django's

from datetime import UTC, datetime
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext

from jss_layout.headers import split_cookies
from jss_tracking.admin.read_only import ReadOnly
from jss_tracking.cookies import DEVICE_COOKIE, read_ids
from jss_tracking.models import LiveEvent
from jss_tracking.profile.live import Watched, look, visit_of
from jss_tracking.trackers import tracker_class

POLL_SECONDS = 2


@admin.register(LiveEvent)
class LiveAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]  # no subscript at run time
    """What comes in, in the place of a list of events; its script looks every two seconds."""

    def get_urls(self) -> list[URLPattern]:
        """With the address that the page's script asks."""
        latest = self.admin_site.admin_view(self.latest_view)
        name = "jss_tracking_liveevent_latest"
        return [path("latest/", latest, name=name), *super().get_urls()]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The events of the last hour, of everybody, of one visit, or of one's own."""
        watched = self._watched(request)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": gettext("Live"),
            "look": look(watched),
            "watched": watched,
            "asked": _asked(request),
            "mine": "mine" in request.GET,
            "has_no_visit": watched.device == "",
            "is_conduit": tracker_class().conduit,
            "milliseconds": POLL_SECONDS * 1000,
            **(extra_context or {}),
        }
        return TemplateResponse(request, "admin/jss_tracking/live.html", context)

    def change_view(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:
        """An event has no page of its own: back to all of them."""
        return redirect("admin:jss_tracking_liveevent_changelist")

    def latest_view(self, request: HttpRequest) -> JsonResponse:
        """What came in since the last look, as rows of the tables, and when that is next time."""
        found = look(self._watched(request), _moment(request.GET.get("since", "")))
        response = JsonResponse(
            {
                "events": _rows(request, "events", found.events),
                "refusals": _rows(request, "refusals", found.refusals),
                "since": found.next_since.isoformat(),
            }
        )
        response["Cache-Control"] = "private, no-store"
        return response

    def _watched(self, request: HttpRequest) -> Watched:
        """Whose events are asked for; ``mine``: those of the browser in which the admin is open."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if "mine" in request.GET:
            return Watched(device=_own_device(request))
        asked = _asked(request)
        visit = visit_of(asked)
        return Watched(visit=visit, is_nobody=bool(asked) and visit is None)


def _own_device(request: HttpRequest) -> str:
    """The id in this browser's analytics cookie; ``""`` if it has visited no page yet."""
    cookies = split_cookies(request.META.get("HTTP_COOKIE", ""))
    value = next((value for name, value in cookies if name == DEVICE_COOKIE), "")
    return read_ids(value, "").device


def _asked(request: HttpRequest) -> str:
    """The id of a visit, or its beginning, as it was typed."""
    return request.GET.get("visit", "").strip()


def _moment(text: str) -> datetime | None:
    """The moment in UTC, where each can be compared; None if the text is none."""
    try:
        moment = parse_datetime(text)
        return moment.astimezone(UTC) if moment and moment.tzinfo else None
    except (ValueError, OverflowError):
        return None


def _rows(request: HttpRequest, name: str, rows: Any) -> str:
    template = f"admin/jss_tracking/live_{name}.html"
    return render_to_string(template, {name: rows}, request)
