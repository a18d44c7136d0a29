"""How contacts are found: by whom they are known as, their device, what they did."""
# ruff: noqa: ARG002  # the signatures are Django's

import re
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db import connection
from django.db.models import Model, Q, QuerySet, Value
from django.db.models.functions import Concat, Lower
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from jss_tracking.conf import conf
from jss_tracking.models import ContactIdentifier, Definition, Device, Interaction, TrackedEvent

_ID = re.compile(r"[0-9a-f]{32}", re.ASCII)
_LAST_CHARACTER = "\U0010ffff"


def found_by(text: str) -> Q:
    """The contacts by the whole id of a contact or device, or how an identifier begins."""
    guid = whole_id(text)
    if guid is None:
        return Q(pk__in=called(text))
    of_device = Device.objects.filter(pk=guid.hex).values_list("contact", flat=True)
    return Q(pk__in=[guid, *of_device])


def whole_id(text: str) -> UUID | None:
    """The id in any form that people copy; None if the text is none."""
    plain = text.strip(" {}").replace("-", "").lower()
    return UUID(plain) if _ID.fullmatch(plain) else None


def called(text: str) -> QuerySet[ContactIdentifier, UUID]:
    """The ids of contacts with an identifier that begins so, in any case."""
    return ContactIdentifier.objects.filter(_begins_with(text)).values_list("contact", flat=True)


def _begins_with(text: str) -> Q:
    """By an index in every database."""
    if connection.vendor == "sqlite":
        after = Lower(Concat(Value(text), Value(_LAST_CHARACTER)))
        return Q(search_key__gte=Lower(Value(text)), search_key__lt=after)
    return Q(search_key__startswith=Lower(Value(text)))


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
    """Contacts of whom something that is defined is kept; ``kind`` says what."""

    kind: Definition.Kind

    def lookups(self, *_args: Any) -> Iterable[tuple[str, Any]]:
        """The definitions of the kind."""
        definitions = Definition.objects.filter(kind=self.kind).order_by("alias")
        return [(str(guid), alias) for guid, alias in definitions.values_list("guid", "alias")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
        """The contacts of the choice."""
        chosen = self.value()
        if chosen is None or chosen not in {guid for guid, _alias in self.lookup_choices}:
            return queryset
        return queryset.filter(pk__in=self.contacts(UUID(chosen)))

    def contacts(self, definition: UUID) -> QuerySet[Any, UUID]:
        """The ids of the contacts of whom it is kept."""
        raise NotImplementedError


class GoalFilter(DefinitionFilter):
    """Contacts who reached a goal."""

    title = _("goal")
    parameter_name = "goal"
    kind = Definition.Kind.GOAL

    def contacts(self, definition: UUID) -> QuerySet[Any, UUID]:
        """Those of an event of the goal."""
        events = TrackedEvent.objects.filter(definition=definition)
        return events.values_list("interaction__contact", flat=True)


class CampaignFilter(DefinitionFilter):
    """Contacts whom a campaign brought."""

    title = _("campaign")
    parameter_name = "campaign"
    kind = Definition.Kind.CAMPAIGN

    def contacts(self, definition: UUID) -> QuerySet[Any, UUID]:
        """Those of a visit by the campaign."""
        visits = Interaction.objects.filter(campaign=definition)
        return visits.values_list("contact", flat=True)


def shown(contacts: QuerySet[Any]) -> QuerySet[Any]:
    """Those that lists show: the known ones, and the anonymous ones if the setting says so."""
    return contacts if conf.TRACKING_SHOW_ANONYMOUS_CONTACTS else contacts.filter(is_known=True)
