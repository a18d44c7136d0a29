"""Interactions with their events, to look at."""
# ruff: noqa: ARG002  # the signatures are Django's

from collections.abc import Iterable, Iterator
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from jss_layout.models import Site
from jss_layout.sites import environment_site
from jss_tracking.admin.contact_search import called, whole_id
from jss_tracking.admin.latest import LatestAdmin
from jss_tracking.admin.read_only import ReadOnly
from jss_tracking.models import Interaction, TrackedEvent


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


class SiteFilter(admin.SimpleListFilter):
    """Interactions on one of the sites that there are."""

    title = _("site")
    parameter_name = "site"

    def lookups(self, *_args: Any) -> Iterable[tuple[str, Any]]:
        """The environment's site and those of the admin, by their names in Sitecore."""
        names = {environment_site().name, *Site.objects.values_list("name", flat=True)}
        return [(name, name) for name in sorted(names)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The interactions of the choice."""
        return queryset.filter(site=self.value()) if self.value() else queryset


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
class InteractionAdmin(ReadOnly, LatestAdmin):
    """Interactions with their events."""

    list_display = ("started", "site", "contact", "end_reason", "campaign", "engagement_value")
    list_filter = (SiteFilter, RobotFilter, "end_reason", "started", "campaign")
    list_select_related = ("contact", "campaign")
    # What makes the field of the search appear; get_search_results does the work.
    search_fields = ("id",)
    search_help_text = _(
        "How an identifier begins, or the whole id of a contact, a device or a visit."
    )
    sortable_by = ("started",)
    exclude = ("session_id", "current_page", "next_sequence")
    inlines = (EventInline,)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Interaction], search_term: str
    ) -> tuple[QuerySet[Interaction], bool]:
        """The visits of whom or what is looked for."""
        text = search_term.strip()
        guid = whole_id(text)
        if guid is not None:
            wanted = Q(pk=guid) | Q(contact=guid) | Q(device=guid.hex)
        else:
            wanted = Q(contact__in=called(text)) if text else Q()
        return queryset.filter(wanted), False
