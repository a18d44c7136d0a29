"""Contacts: a list to search, and each one's story; to look at, to export and to erase."""
# ruff: noqa: ARG002  # the signatures are Django's

from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import Count, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.decorators import method_decorator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from jss_tracking.admin.chosen_rows import ChosenRows
from jss_tracking.admin.contact_filters import CampaignFilter, GoalFilter, KnownFilter, shown
from jss_tracking.admin.contact_page import contact_page
from jss_tracking.admin.contact_search import found_by
from jss_tracking.admin.downloads import download
from jss_tracking.admin.erasure import Erasing
from jss_tracking.admin.found_list import FoundList
from jss_tracking.admin.history import History
from jss_tracking.admin.latest import LatestAdmin, called_in_lists
from jss_tracking.models import Contact, Interaction
from jss_tracking.profile.contact import known_name, name_of


@admin.register(Contact)
class ContactAdmin(Erasing, History, ChosenRows, LatestAdmin):
    """Contacts to look at and to erase, with all that is kept of them."""

    list_display = ("who", "is_known", "last_seen", "visits", "value")
    list_filter = (KnownFilter, GoalFilter, CampaignFilter, "last_seen")
    list_per_page = 50
    # What makes the field of the search appear; found_by does the work.
    search_fields = ("identifiers__search_key",)
    search_help_text = _("How an identifier begins, or the whole id of a contact or of a device.")
    sortable_by = ("last_seen",)
    actions = ("export_json", "export_csv", "delete_selected")

    def get_urls(self) -> list[URLPattern]:
        """With the address to which a contact's page posts for a file."""
        export = self.admin_site.admin_view(self.export_view)
        name = "jss_tracking_contact_export"
        return [path("<path:object_id>/export/", export, name=name), *super().get_urls()]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[FoundList]:
        """A list of the contacts that all filters find."""
        return FoundList

    def get_queryset(self, request: HttpRequest) -> QuerySet[Contact]:
        """With what the list shows."""
        rows = Interaction.objects.filter(contact=OuterRef("pk")).order_by().values("contact")
        visits = rows.annotate(number=Count("pk")).values("number")
        value = rows.annotate(sum=Sum("engagement_value")).values("sum")
        return Contact.objects.annotate(
            name=name_of("pk"),
            visits=Coalesce(Subquery(visits), 0),
            value=Coalesce(Subquery(value), 0),
        )

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Contact], search_term: str
    ) -> tuple[QuerySet[Contact], bool]:
        """The contacts that are shown at all, and of those the ones that are looked for."""
        text = search_term.strip()
        found = shown(queryset)
        return found.filter(found_by(text)) if text else found, False

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """A contact's page: who it is, and what it did."""
        contact = self._contact(request, object_id)
        if request.method == "POST" or not self.has_view_permission(request, contact):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            **contact_page(contact, request.user, request.GET.get("p")),
            "opts": self.opts,
            "title": gettext("Contact"),
            "may_export": self.has_export_permission(request),
            "may_erase": self.has_delete_permission(request, contact),
            **(extra_context or {}),
        }
        return TemplateResponse(request, "admin/jss_tracking/contact.html", context)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Who took the contact's data, under the name that the contact's page has."""
        name = known_name(self._contact(request, object_id))
        title = gettext("History of %(name)s") % {"name": name}
        named = {"title": title, "name": name} if name else {}
        return super().history_view(request, object_id, {**named, **(extra_context or {})})

    @method_decorator(require_POST)
    def export_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """All that is kept of one contact as a file: ``format`` is ``json`` or ``csv``."""
        if not self.has_export_permission(request):
            raise PermissionDenied
        contact = self._contact(request, object_id)
        file_type = "csv" if request.POST.get("format") == "csv" else "json"
        return download(request, Contact.objects.filter(pk=contact.pk), file_type)

    def _contact(self, request: HttpRequest, object_id: str) -> Contact:
        contact: Contact | None = self.get_object(request, unquote(object_id))
        if contact is None:
            raise Http404(f"There is no contact {object_id[:50]!r}; it may have been erased.")
        return contact

    @admin.display(description=_("contact"))
    def who(self, contact: Any) -> str:
        """By what name the contact is known, or the beginning of its id."""
        return called_in_lists(contact.name, contact.pk)

    @admin.display(description=_("visits"))
    def visits(self, contact: Any) -> int:
        """How many interactions there are."""
        return int(contact.visits)

    @admin.display(description=_("value"))
    def value(self, contact: Any) -> int:
        """The engagement value of all interactions."""
        return int(contact.value)

    @admin.action(description=_("Export as JSON"), permissions=["export"])
    def export_json(self, request: HttpRequest, queryset: QuerySet[Contact]) -> HttpResponse:
        """A file with all that is kept of the contacts."""
        return download(request, queryset, "json")

    @admin.action(description=_("Export as CSV"), permissions=["export"])
    def export_csv(self, request: HttpRequest, queryset: QuerySet[Contact]) -> HttpResponse:
        """The same, a line an event, for a spreadsheet."""
        return download(request, queryset, "csv")

    def has_export_permission(self, request: HttpRequest) -> bool:
        """Who may take a contact's data away: whoever may look at it, and this too."""
        needed = ("jss_tracking.view_contact", "jss_tracking.export_contact")
        return request.user.has_perms(needed)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody may."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Contact | None = None) -> bool:
        """Nobody may; who may view, views."""
        return False
