"""Interactions with their events, to look at."""
# ruff: noqa: ARG002  # the signatures are Django's

from collections.abc import Iterable, Iterator
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from jss_tracking.models import Interaction, TrackedEvent


class ReadOnly:
    """Rows that are shown, and never added, changed or deleted by hand."""

    def has_add_permission(self, *_: Any) -> bool:
        """Nobody may."""
        return False

    def has_change_permission(self, *_: Any) -> bool:
        """Nobody may; who may view, views."""
        return False

    def has_delete_permission(self, *_: Any) -> bool:
        """Nobody may."""
        return False


class EventInline(ReadOnly, admin.TabularInline):  # type: ignore[type-arg]  # no subscript at run time
    """What happened in an interaction, in order."""

    model = TrackedEvent
    fields = readonly_fields = (
        "sequence",
        "kind",
        "label",
        "on_page",
        "timestamp",
        "duration",
        "engagement_value",
        "monetary_value",
        "currency_code",
        "data",
    )
    verbose_name_plural = _("events")

    def get_queryset(self, request: HttpRequest) -> QuerySet[TrackedEvent]:
        """With what the rows show."""
        events = super().get_queryset(request)
        return events.select_related("definition", "page").order_by("sequence")

    @admin.display(description=_("on page"))
    def on_page(self, event: TrackedEvent) -> str:
        """Address of the page on which it happened."""
        return event.page.url if event.page else ""


class RobotFilter(admin.SimpleListFilter):
    """Robots' interactions are hidden unless they are asked for."""

    title = _("robots")
    parameter_name = "robots"

    def lookups(self, *_args: Any) -> Iterable[tuple[str, Any]]:
        """What may be asked for."""
        return (("only", _("Robots")), ("all", _("All")))

    def choices(self, changelist: Any) -> Iterator[Any]:
        """The same, and first what is shown when nothing is."""
        first, *others = super().choices(changelist)
        return iter([{**first, "display": _("No robots")}, *others])

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The interactions of the choice."""
        if self.value() == "all":
            return queryset
        return queryset.filter(is_robot=self.value() == "only")


@admin.register(Interaction)
class InteractionAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]  # no subscript at run time
    """Interactions with their events."""

    list_display = ("started", "site", "contact", "end_reason", "campaign", "engagement_value")
    list_filter = ("site", RobotFilter, "end_reason", "started", "campaign")
    list_select_related = ("contact", "campaign")
    search_fields = ("=id", "=contact__id", "=device__id", "contact__identifiers__identifier")
    search_help_text = _("An identifier, or the whole id of a contact, a device or a visit.")
    exclude = ("session_id", "current_page", "next_sequence")
    inlines = (EventInline,)
    show_full_result_count = False
