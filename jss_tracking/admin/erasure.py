"""Contacts are erased with all that is kept of them, after a page that says how much that is."""
# ruff: noqa: ARG002  # the signatures are Django's

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.actions import delete_selected
from django.contrib.admin.utils import unquote
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.formats import number_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from jss_tracking.admin.going import Counts, Going, devices_of, named
from jss_tracking.admin.shared_devices import leave_visits_of_others
from jss_tracking.deleting import check_references
from jss_tracking.models import Contact
from jss_tracking.profile.contact import known_name
from jss_tracking.refusals import forget_refusals


class Erasing(admin.ModelAdmin):  # type: ignore[type-arg]  # no subscript at run time
    """An admin of contacts that are erased, one alone or several together."""

    delete_confirmation_template = "admin/jss_tracking/erase.html"
    delete_selected_confirmation_template = "admin/jss_tracking/erase_several.html"

    @admin.action(description=_("Erase selected contacts"), permissions=["delete"])
    def delete_selected(
        self, request: HttpRequest, queryset: QuerySet[Contact]
    ) -> HttpResponse | None:
        """Asks before it erases them; in the place of Django's action, which it is."""
        try:
            with transaction.atomic():  # without which the log would tell of what failed
                return delete_selected(self, request, queryset)
        except IntegrityError:
            self._say_what_is_needed(request)
            return None

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Asks before it erases the contact, and says how much goes."""
        contact = self.get_object(request, unquote(object_id))
        name = known_name(contact) if contact else ""
        titled = {"title": gettext("Erase contact"), "name": name}
        try:
            return super().delete_view(request, object_id, {**titled, **(extra_context or {})})
        except IntegrityError:
            self._say_what_is_needed(request)
            return redirect(request.path)

    def _say_what_is_needed(self, request: HttpRequest) -> None:
        """What the page did not foresee: a row that came meanwhile, or an app's own guard."""
        message = gettext("Nothing is erased: rows of other apps need what would go.")
        self.message_user(request, message, messages.ERROR)

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
            forget_refusals(devices_of(contacts))
            Contact.objects.filter(pk__in=contacts).delete()
            check_references()

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        """What goes with the contacts, and what keeps them from going, as numbers.

        Who may erase a contact may erase all of it.
        """
        going = Going([contact.pk for contact in objs])
        counts = going.counts()
        by_name = {name: count for count, name in named(counts)}
        return _lines(counts), by_name, set(), _lines(going.needing())


def _lines(counts: Counts) -> list[str]:
    return [f"{number_format(count)} {name}" for count, name in named(counts)]
