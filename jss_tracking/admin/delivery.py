"""What waits for Sitecore or is set aside: to look at, to send again, to drop, to export."""

from typing import Any

import msgspec
from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_cache_control
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop, ngettext

from jss_layout.headers import split_cookies
from jss_tracking.admin.chosen_rows import ChosenRows
from jss_tracking.admin.history import History
from jss_tracking.admin.own_filters import OwnFilters
from jss_tracking.delivery import batches
from jss_tracking.delivery.announcing import announce
from jss_tracking.delivery.status import depths, reasons
from jss_tracking.models import QueuedBatch


@admin.register(QueuedBatch)
class QueuedBatchAdmin(History, OwnFilters, ChosenRows):
    """The queue. Cookies and addresses of visitors are shown nowhere."""

    list_display = ("id", "site", "state", "reason", "events", "created", "tries")
    list_filter = ("state", "site", "created")
    search_fields = ("reason",)
    actions = ("send_again", "export")
    fields = readonly_fields = (
        "site",
        "host",
        "state",
        "created",
        "tries",
        "due_if_any",
        "reason",
        "sent_with",
        "events_as_json",
    )
    change_list_template = "admin/jss_tracking/queue.html"

    def has_add_permission(self, *_: Any) -> bool:
        """Visitors do."""
        return False

    def has_change_permission(self, *_: Any) -> bool:
        """Nobody changes what a visitor did; who may view, views."""
        return False

    def has_retry_permission(self, request: HttpRequest) -> bool:
        """Whether the user may have something sent again: who may change batches."""
        return bool(request.user.has_perm("jss_tracking.change_queuedbatch"))

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The list, below how the queue stands."""
        seen = {"depths": depths(), "reasons": reasons()}
        return super().changelist_view(request, {**(extra_context or {}), **seen})

    @admin.action(description=_("Send again what is set aside"), permissions=["retry"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[QueuedBatch]) -> None:
        """Let it be tried once more, and say how many can't be."""
        asked = queryset.count()
        LogEntry.objects.log_actions(
            request.user.pk or "", queryset, CHANGE, change_message=gettext_noop("Sent again.")
        )
        count = batches.send_again(queryset)
        announce()
        text = ngettext("%d batch is sent again.", "%d batches are sent again.", count) % count
        self.message_user(request, text, messages.SUCCESS if count else messages.WARNING)
        if count < asked:
            self.message_user(request, NOT_SENT, messages.WARNING)

    @admin.action(description=_("Export as JSON"), permissions=["view"])
    def export(self, request: HttpRequest, queryset: QuerySet[QueuedBatch]) -> HttpResponse:
        """The events as a file, without cookies and addresses."""
        LogEntry.objects.log_actions(
            request.user.pk or "", queryset, CHANGE, change_message=gettext_noop("Exported.")
        )
        body = msgspec.json.format(msgspec.json.encode([_exported(row) for row in queryset]))
        response = HttpResponse(body, content_type="application/json")
        response["Content-Disposition"] = 'attachment; filename="queued-events.json"'
        patch_cache_control(response, private=True, no_store=True)
        return response

    @admin.display(description=_("due"), ordering="due")
    def due_if_any(self, batch: QueuedBatch) -> Any:
        """When it is tried next, unless it is left to a person."""
        return "-" if batch.state == QueuedBatch.State.SET_ASIDE else batch.due

    @admin.display(description=_("sent with"))
    def sent_with(self, batch: QueuedBatch) -> str:
        """Names of headers and cookies that go up with it; their values are the visitor's."""
        cookies = ", ".join(name for name, _value in split_cookies(batch.headers.get("Cookie", "")))
        return ", ".join(
            f"{name} ({cookies})" if name == "Cookie" else name for name in batch.headers
        )

    @admin.display(description=_("events"))
    def events_as_json(self, batch: QueuedBatch) -> str:
        """What the visitor did, as it goes up."""
        return format_html("<pre>{}</pre>", msgspec.json.format(batch.body).decode())


NOT_SENT = _(
    "Only what is set aside can be sent again, and only while its cookies are kept: as long as a "
    "session lasts."
)


def _exported(batch: QueuedBatch) -> dict[str, Any]:
    names = ("id", "site", "host", "state", "tries", "reason", "created")
    values = {name: getattr(batch, name) for name in names}
    return {**values, "events": msgspec.Raw(batch.body)}
