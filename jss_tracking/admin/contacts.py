"""Contacts: who they are, and what they did; to look at and to erase."""
# ruff: noqa: ARG002  # the signatures are Django's

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import Count, Model, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext_lazy as _

from jss_tracking.admin.interactions import ReadOnly
from jss_tracking.export import exported
from jss_tracking.models import Contact, ContactIdentifier, Device, Interaction, TrackedEvent


class IdentifierInline(ReadOnly, admin.TabularInline):  # type: ignore[type-arg]  # no subscript at run time
    """By what names a contact is known."""

    model = ContactIdentifier
    fields = ("source", "identifier", "kind")


class DeviceInline(ReadOnly, admin.TabularInline):  # type: ignore[type-arg]  # no subscript at run time
    """A contact's browsers, by masked ids."""

    model = Device
    fields = readonly_fields = ("masked", "created")


class InteractionInline(ReadOnly, admin.TabularInline):  # type: ignore[type-arg]  # no subscript at run time
    """A contact's interactions, newest first; each links to its events."""

    model = Interaction
    fields = ("started", "ended", "end_reason", "site", "campaign", "engagement_value")
    show_change_link = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[Interaction]:
        """With what the rows show."""
        return super().get_queryset(request).select_related("campaign").order_by("-started")


class KnownFilter(admin.SimpleListFilter):
    """Known contacts, or anonymous ones."""

    title = _("known")
    parameter_name = "known"

    def lookups(self, *_args: Any) -> Iterable[tuple[str, Any]]:
        """The two choices."""
        return (("yes", _("Known")), ("no", _("Anonymous")))

    def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
        """The contacts of the choice."""
        wanted = {"yes": True, "no": False}.get(self.value() or "")
        return queryset if wanted is None else queryset.filter(is_known=wanted)


@admin.register(Contact)
class ContactAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # no subscript at run time
    """Contacts to look at and to erase, with all that is kept of them."""

    list_display = ("id", "is_known", "last_seen", "visits", "value")
    list_filter = (KnownFilter, "last_seen")
    search_fields = ("=id", "identifiers__identifier", "=devices__id")
    search_help_text = _("An identifier, or the whole id of a contact or a device.")
    inlines = (IdentifierInline, DeviceInline, InteractionInline)
    fields = readonly_fields = ("id", "is_known", "created", "last_seen")
    show_full_result_count = False
    actions = ("export",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Contact]:
        """With what the list shows."""
        rows = Interaction.objects.filter(contact=OuterRef("pk")).order_by().values("contact")
        visits = rows.annotate(number=Count("pk")).values("number")
        value = rows.annotate(sum=Sum("engagement_value")).values("sum")
        return Contact.objects.with_known().annotate(
            visits=Coalesce(Subquery(visits), 0), value=Coalesce(Subquery(value), 0)
        )

    @admin.display(boolean=True, description=_("known"))
    def is_known(self, contact: Any) -> bool:
        """Whether an identifier says who the contact is."""
        return bool(contact.is_known)

    @admin.display(description=_("visits"))
    def visits(self, contact: Any) -> int:
        """How many interactions there are."""
        return int(contact.visits)

    @admin.display(description=_("value"))
    def value(self, contact: Any) -> int:
        """The engagement value of all interactions."""
        return int(contact.value)

    @admin.action(description=_("Export as JSON"), permissions=["view"])
    def export(self, request: HttpRequest, queryset: QuerySet[Contact]) -> HttpResponse:
        """A file with all that is kept of the contacts."""
        contacts = {"contacts": [exported(contact) for contact in queryset]}
        response = JsonResponse(contacts, json_dumps_params={"indent": 2})
        response["Content-Disposition"] = 'attachment; filename="contacts.json"'
        response["Cache-Control"] = "private, no-store"
        return response

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody may."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Contact | None = None) -> bool:
        """Nobody may; who may view, views."""
        return False

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        """What goes with the contacts, as numbers; who may erase a contact may erase all of it."""
        contacts = [contact.pk for contact in objs]
        counts = {
            str(model._meta.verbose_name_plural): rows.count()
            for model, rows in _rows_of(contacts).items()
        }
        return [f"{count} {name}" for name, count in counts.items()], counts, set(), []


def _rows_of(contacts: list[Any]) -> dict[type[Model], QuerySet[Any]]:
    """All that is kept of contacts, by model."""
    return {
        Contact: Contact.objects.filter(pk__in=contacts),
        ContactIdentifier: ContactIdentifier.objects.filter(contact__in=contacts),
        Device: Device.objects.filter(contact__in=contacts),
        Interaction: Interaction.objects.filter(contact__in=contacts),
        TrackedEvent: TrackedEvent.objects.filter(interaction__contact__in=contacts),
    }
