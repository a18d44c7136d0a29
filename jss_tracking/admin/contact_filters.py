"""How a list of contacts is narrowed: known or not, what they reached, what brought them."""
# ruff: noqa: ARG002  # the signatures are Django's

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.contrib.admin.views.main import ORDER_VAR, PAGE_VAR
from django.db.models import F, Model, OuterRef, QuerySet, Subquery, UUIDField
from django.http import HttpRequest
from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from jss_tracking.conf import conf
from jss_tracking.models import Definition, Interaction, TrackedEvent

TIMES = 1000
"""How often a goal was reached, or a campaign brought a visit, the latest: so far a list goes."""

TIMES_AMONG_OTHERS = 5000
"""The same where the list is narrowed by something else too."""


class KnownFilter(admin.SimpleListFilter):
    """Known contacts, or anonymous ones, where those are shown at all."""

    title = _("known")
    parameter_name = "known"

    def lookups(self, *_args: Any) -> Iterable[tuple[str, Any]]:
        """The two choices."""
        shown = conf.TRACKING_SHOW_ANONYMOUS_CONTACTS
        return (("yes", _("Known")), ("no", _("Anonymous"))) if shown else ()

    def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
        """The contacts of the choice."""
        wanted = {"yes": True, "no": False}.get(self.value() or "")
        return queryset if wanted is None else queryset.filter(is_known=wanted)


class DefinitionFilter(admin.SimpleListFilter):
    """Contacts of whom something that is defined is kept; ``kind`` says what.

    Optimization: only the latest times are looked at, which an index gives in their order;
    more of them where something else narrows the list too. ``note`` tells the reader. The list
    takes what is ``found`` together with what the others of these filters find.
    """

    kind: Definition.Kind
    contact: F | Subquery
    cut: Promise
    note: str = ""
    found: set[UUID] | None = None

    def __init__(self, request: HttpRequest, *args: Any) -> None:
        super().__init__(request, *args)
        others = request.GET.keys() - {self.parameter_name, PAGE_VAR, ORDER_VAR}
        is_alone = conf.TRACKING_SHOW_ANONYMOUS_CONTACTS and not any(map(request.GET.get, others))
        self._most = TIMES if is_alone else TIMES_AMONG_OTHERS

    def lookups(self, *_args: Any) -> Iterable[tuple[str, Any]]:
        """The definitions of the kind."""
        definitions = Definition.objects.filter(kind=self.kind).order_by("alias")
        return [(str(guid), alias) for guid, alias in definitions.values_list("guid", "alias")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
        """All contacts still, of which those of the choice are ``found``."""
        chosen = self.value()
        if chosen and chosen in {guid for guid, _alias in self.lookup_choices}:
            self._find(self.times(UUID(chosen)))
        return queryset

    def _find(self, times: QuerySet[Any]) -> None:
        found = list(times.values_list(self.contact, flat=True)[: self._most + 1])
        if len(found) > self._most:
            self.note = str(self.cut) % {"most": number_format(self._most)}
        self.found = set(found[: self._most])

    def times(self, definition: UUID) -> QuerySet[Any]:
        """When it happened, the latest first."""
        raise NotImplementedError


class GoalFilter(DefinitionFilter):
    """Contacts who reached a goal."""

    title = _("goal")
    parameter_name = "goal"
    kind = Definition.Kind.GOAL
    # Optimization: PostgreSQL would read all visits for a join with some hundredths of them.
    contact = Subquery(
        Interaction.objects.filter(pk=OuterRef("interaction")).order_by().values("contact"),
        output_field=UUIDField(),
    )
    cut = _("Looked at are the latest %(most)s times that the goal was reached.")

    def times(self, definition: UUID) -> QuerySet[Any]:
        """The events of the goal."""
        return TrackedEvent.objects.filter(definition=definition).order_by("-timestamp")


class CampaignFilter(DefinitionFilter):
    """Contacts whom a campaign brought."""

    title = _("campaign")
    parameter_name = "campaign"
    kind = Definition.Kind.CAMPAIGN
    contact = F("contact")
    cut = _("Looked at are the latest %(most)s visits that the campaign brought.")

    def times(self, definition: UUID) -> QuerySet[Any]:
        """The visits by the campaign."""
        return Interaction.objects.filter(campaign=definition).order_by("-started")


def shown(contacts: QuerySet[Any]) -> QuerySet[Any]:
    """Those that lists show: the known ones, and the anonymous ones if the setting says so."""
    return contacts if conf.TRACKING_SHOW_ANONYMOUS_CONTACTS else contacts.filter(is_known=True)
