"""Contacts are erased with all that is kept of them, after a page that says how much that is."""
# ruff: noqa: ARG002  # the signatures are Django's

from collections.abc import Sequence
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.actions import delete_selected
from django.contrib.admin.utils import unquote
from django.db import transaction
from django.db.models import CASCADE, PROTECT, RESTRICT, Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.formats import number_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from jss_tracking.admin.shared_devices import leave_visits_of_others
from jss_tracking.models import Contact, ContactIdentifier, Device, Interaction, TrackedEvent
from jss_tracking.models.referring import referring
from jss_tracking.profile.contact import known_name
from jss_tracking.refusals import forget_refusals, refusals_of


class Erasing(admin.ModelAdmin):  # type: ignore[type-arg]  # no subscript at run time
    """An admin of contacts that are erased, one alone or several together."""

    delete_confirmation_template = "admin/jss_tracking/erase.html"
    delete_selected_confirmation_template = "admin/jss_tracking/erase_several.html"

    @admin.action(description=_("Erase selected contacts"), permissions=["delete"])
    def delete_selected(
        self, request: HttpRequest, queryset: QuerySet[Contact]
    ) -> HttpResponse | None:
        """Asks before it erases them; in the place of Django's action, which it is."""
        return delete_selected(self, request, queryset)

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Asks before it erases the contact, and says how much goes."""
        contact = self.get_object(request, unquote(object_id))
        name = known_name(contact) if contact else ""
        titled = {"title": gettext("Erase contact"), "name": name}
        return super().delete_view(request, object_id, {**titled, **(extra_context or {})})

    def response_delete(self, request: HttpRequest, obj_display: str, obj_id: int) -> HttpResponse:
        """Back to the list, where Django leads those alone who may change a contact."""
        self.message_user(request, gettext("The contact is erased."), messages.SUCCESS)
        may_look = self.has_view_permission(request)
        return redirect("admin:jss_tracking_contact_changelist" if may_look else "admin:index")

    def delete_model(self, request: HttpRequest, obj: Contact) -> None:
        """Erase the contact, and why events of its browsers were refused."""
        self.delete_queryset(request, Contact.objects.filter(pk=obj.pk))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Contact]) -> None:
        """The same for several; what others did at their devices is left to those."""
        contacts = [contact.pk for contact in queryset]
        with transaction.atomic():
            leave_visits_of_others(contacts)
            forget_refusals(_devices_of(contacts))
            Contact.objects.filter(pk__in=contacts).delete()

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        """What goes with the contacts, and what keeps them from going, as numbers.

        Who may erase a contact may erase all of it.
        """
        contacts = [contact.pk for contact in objs]
        counts, kept_by = erased_with(contacts), protected_by(contacts)
        return _lines(counts), counts, set(), _lines(kept_by)


def erased_with(contacts: Sequence[Any]) -> dict[str, int]:
    """How many rows of each kind go with the contacts, those of other apps too."""
    return _counted(
        Contact.objects.filter(pk__in=contacts),
        ContactIdentifier.objects.filter(contact__in=contacts),
        Device.objects.filter(contact__in=contacts),
        Interaction.objects.filter(contact__in=contacts),
        TrackedEvent.objects.filter(interaction__contact__in=contacts),
        refusals_of(_devices_of(contacts)),
        *_of_other_apps(contacts, CASCADE).values(),
    )


def protected_by(contacts: Sequence[Any]) -> dict[str, int]:
    """How many rows of other apps need the contacts, or what would go with them."""
    going = _of_other_apps(contacts, CASCADE)
    needing = _of_other_apps(contacts, PROTECT)
    # Those that go themselves restrict nothing.
    for model, rows in _of_other_apps(contacts, RESTRICT).items():
        rest = rows.exclude(pk__in=going[model].values("pk")) if model in going else rows
        needing[model] = needing[model] | rest if model in needing else rest
    return _counted(*needing.values())


def _devices_of(contacts: Sequence[Any]) -> list[str]:
    return list(Device.objects.filter(contact__in=contacts).values_list("pk", flat=True))


def _of_other_apps(contacts: Sequence[Any], on_delete: Any) -> dict[type[Model], QuerySet[Any]]:
    """Rows of other apps that refer to the contacts, or to what goes with them, so."""
    reaching: dict[type[Model], Q] = {}
    for found in referring(Contact):
        if found.on_delete is on_delete and found.model._meta.app_label != Contact._meta.app_label:
            condition = Q(**{f"{found.path}__in": contacts})
            reaching[found.model] = reaching.get(found.model, Q()) | condition
    # Not the default manager, which may hide rows: the database has them still.
    return {model: model._base_manager.filter(which) for model, which in reaching.items()}


def _counted(*rows: QuerySet[Any]) -> dict[str, int]:
    """How many there are of each, where there are any."""
    counts = {each.model: each.count() for each in rows}
    return {_called(model, count): count for model, count in counts.items() if count}


def _called(model: Any, count: int) -> str:
    return str(model._meta.verbose_name if count == 1 else model._meta.verbose_name_plural)


def _lines(counts: dict[str, int]) -> list[str]:
    return [f"{number_format(count)} {name}" for name, count in counts.items()]
