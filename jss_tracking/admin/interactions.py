"""Interactions with their events, to look at."""
# ruff: noqa: ARG002  # the signatures are Django's

from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from jss_layout.models import Site
from jss_layout.sites import environment_site
from jss_tracking.admin.contact_search import called, whole_id
from jss_tracking.admin.latest import LatestAdmin, called_in_lists, may_know_names
from jss_tracking.admin.read_only import ReadOnly
from jss_tracking.models import Contact, Interaction
from jss_tracking.profile.contact import known_name, name_of, whole_visit


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

    list_display = ("started", "site", "who", "ending", "campaign", "value")
    list_filter = (SiteFilter, RobotFilter, "end_reason", "started", "campaign")
    list_select_related = ("campaign",)
    # What makes the field of the search appear; get_search_results does the work.
    search_fields = ("id",)
    search_help_text = _(
        "How an identifier begins, or the whole id of a contact, a device or a visit."
    )
    sortable_by = ("started",)

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        """The columns; who may not look at contacts learns no names."""
        if may_know_names(request):
            return self.list_display
        return tuple("short_id" if each == "who" else each for each in self.list_display)

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        """The list, which says by what its reader may search."""
        found: ChangeList = super().get_changelist_instance(request)
        if not may_know_names(request):
            found.search_help_text = gettext("The whole id of a contact, a device or a visit.")
        return found

    def get_queryset(self, request: HttpRequest) -> QuerySet[Interaction]:
        """With the names of contacts."""
        visits: QuerySet[Interaction] = super().get_queryset(request)
        return visits.annotate(contact_name=name_of("contact"))

    @admin.display(description=_("contact"))
    def who(self, visit: Any) -> str:
        """By what name the contact is known, or the beginning of its id."""
        return called_in_lists(visit.contact_name, visit.contact_id)

    @admin.display(description=_("contact"))
    def short_id(self, visit: Interaction) -> str:
        """The beginning of the contact's id."""
        return str(visit.contact_id)[:8]

    @admin.display(description=_("end"))
    def ending(self, visit: Interaction) -> str:
        """Why it is over, in a word; its page says more."""
        return visit.get_end_reason_display().partition(":")[0]

    @admin.display(description=_("value"))
    def value(self, visit: Interaction) -> int:
        """The engagement value."""
        return visit.engagement_value

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """A visit's page: what happened in it, in order."""
        visits = Interaction.objects.select_related("contact", "device", "campaign")
        guid = whole_id(unquote(object_id))
        interaction = visits.filter(pk=guid).first() if guid else None
        if request.method == "POST" or not self.has_view_permission(request, interaction):
            raise PermissionDenied
        if interaction is None:
            raise Http404(f"There is no visit {object_id[:50]!r}; it may have been erased.")
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": gettext("Visit"),
            "interaction": interaction,
            "visit": whole_visit(interaction),
            "name": _name_for(request, interaction.contact),
            **(extra_context or {}),
        }
        return TemplateResponse(request, "admin/jss_tracking/interaction.html", context)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Interaction], search_term: str
    ) -> tuple[QuerySet[Interaction], bool]:
        """The visits of whom or what is looked for."""
        text = search_term.strip()
        if not text:
            return queryset, False
        names = called(text) if may_know_names(request) else ()
        return queryset.filter(_wanted(whole_id(text), names)), False


def _wanted(guid: UUID | None, contacts: Iterable[UUID]) -> Q:
    """The visits of the contacts, and those of the id, which an identifier may look like."""
    if guid is None:
        return Q(contact__in=contacts)
    return Q(pk=guid) | Q(contact__in=[guid, *contacts]) | Q(device=guid.hex)


def _name_for(request: HttpRequest, contact: Contact) -> str:
    """Who the contact is, for somebody who may look at contacts; else ``""``."""
    return known_name(contact) if may_know_names(request) else ""
