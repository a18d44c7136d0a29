"""One contact's story: who it is, what its visits were worth, and each of them in order."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, Max, Min, OuterRef, Prefetch, QuerySet, Subquery, Sum

from jss_tracking.models import (
    Contact,
    ContactIdentifier,
    Interaction,
    TrackedEvent,
)

Kind = TrackedEvent.Kind

VISITS_AT_ONCE = 20
"""Visits that one page of a time line shows."""

EVENTS_OF_VISIT = 100
"""Events of a visit that a time line shows, from its beginning."""

EVENTS_OF_WHOLE_VISIT = 1000
"""The same of a visit that is looked at alone."""

LATEST_EVENTS = 10
DEVICES = 20
"""Devices that a profile shows, the newest."""


@dataclass(frozen=True, slots=True)
class DeviceUse:
    """A browser of the contact, by its masked id, and how much it was used."""

    masked: str
    is_human: bool
    visits: int
    last_visit: datetime | None


@dataclass(frozen=True, slots=True)
class Profile:
    """Who a contact is, and what its visits add up to; of many devices some are left out."""

    contact: Contact
    identifiers: tuple[ContactIdentifier, ...]
    devices: tuple[DeviceUse, ...]
    latest_events: tuple[TrackedEvent, ...]
    visits: int = 0
    value: int = 0
    first_visit: datetime | None = None
    last_visit: datetime | None = None
    first_channel: str = ""
    last_channel: str = ""
    goals: int = 0
    worth: tuple[tuple[str, Decimal], ...] = ()
    hidden_devices: int = 0

    @property
    def name(self) -> str:
        """The first identifier that says who the contact is; ``""`` if it is anonymous."""
        return _first_known(self.identifiers)


@dataclass(frozen=True, slots=True)
class PageOfVisit:
    """A page view with what happened on it; no page for what came before any."""

    page: TrackedEvent | None
    events: tuple[TrackedEvent, ...]


@dataclass(frozen=True, slots=True)
class Visit:
    """An interaction of the time line; ``hidden`` is how many of its events are left out."""

    interaction: Interaction
    pages: tuple[PageOfVisit, ...]
    hidden: int = 0

    @property
    def duration(self) -> timedelta:
        """From its beginning to its end, or so far."""
        return (self.interaction.ended or self.interaction.last_activity) - self.interaction.started


def profile(contact: Contact) -> Profile:
    """What is known of the contact, without its single visits."""
    visits = contact.interactions.order_by("started")
    sums = visits.aggregate(
        visits=Count("pk"),
        value=Sum("engagement_value"),
        first_visit=Min("started"),
        last_visit=Max("started"),
    )
    first, last = visits.first(), visits.last()
    devices = tuple(_devices(contact))
    return Profile(
        contact,
        tuple(contact.identifiers.order_by("pk")),
        devices,
        tuple(_latest_events(contact)),
        **sums | {"value": sums["value"] or 0},
        first_channel=first.channel if first else "",
        last_channel=last.channel if last else "",
        **_reached(contact),
        hidden_devices=contact.devices.count() - DEVICES if len(devices) == DEVICES else 0,
    )


def known_name(contact: Contact) -> str:
    """The first identifier that says who the contact is; ``""`` if it is anonymous."""
    return _first_known(contact.identifiers.order_by("pk"))


def name_of(contact: str) -> Subquery:
    """The same as an expression: of the contact that the field refers to, null if there is none."""
    known = ContactIdentifier.objects.filter(
        contact=OuterRef(contact), kind=ContactIdentifier.Kind.KNOWN
    )
    return Subquery(known.order_by("pk").values("identifier")[:1])


def _first_known(identifiers: Iterable[ContactIdentifier]) -> str:
    known = (each for each in identifiers if each.kind == ContactIdentifier.Kind.KNOWN)
    return next((each.identifier for each in known), "")


def visits_of(contact: Contact) -> QuerySet[Interaction]:
    """The contact's interactions, the latest first."""
    events = _shown_events(EVENTS_OF_VISIT, TrackedEvent.objects.all())
    return (
        contact.interactions.select_related("campaign", "device")
        .prefetch_related(Prefetch("events", events, to_attr="shown_events"))
        .order_by("-started")
    )


def time_line(interactions: Iterable[Interaction]) -> list[Visit]:
    """Each of the interactions, which come from ``visits_of``, as its pages in order."""
    return [_visit(visit, visit.shown_events) for visit in interactions]  # type: ignore[attr-defined]


def whole_visit(interaction: Interaction) -> Visit:
    """One of the interactions alone, with many more of its events."""
    return _visit(interaction, list(_shown_events(EVENTS_OF_WHOLE_VISIT, interaction.events.all())))


def _visit(interaction: Interaction, events: list[TrackedEvent]) -> Visit:
    hidden = interaction.next_sequence - len(events)
    return Visit(interaction, tuple(_pages(events)), hidden)


def _pages(events: list[TrackedEvent]) -> Iterator[PageOfVisit]:
    on_page: dict[Any, list[TrackedEvent]] = {}
    for event in events:
        if event.kind != Kind.PAGE_VIEW:
            on_page.setdefault(event.page_id, []).append(event)
    if None in on_page:
        yield PageOfVisit(None, tuple(on_page[None]))
    for page in events:
        if page.kind == Kind.PAGE_VIEW:
            yield PageOfVisit(page, tuple(on_page.get(page.pk, ())))


def _shown_events(most: int, events: QuerySet[TrackedEvent]) -> QuerySet[TrackedEvent]:
    return events.filter(sequence__lt=most).select_related("definition").order_by("sequence")


def _devices(contact: Contact) -> Iterator[DeviceUse]:
    used: Any = contact.devices.annotate(
        visits=Count("interactions"), last_visit=Max("interactions__started")
    )
    for device in used.order_by("-created")[:DEVICES]:
        yield DeviceUse(device.masked, device.is_human, device.visits, device.last_visit)


def _latest_events(contact: Contact) -> QuerySet[TrackedEvent]:
    """What a definition wants to be listed of, the latest first."""
    events = TrackedEvent.objects.filter(
        interaction__contact=contact, definition__show_in_profile=True
    )
    latest = events.order_by("-timestamp", "-sequence")
    return latest.select_related("definition", "page")[:LATEST_EVENTS]


def _reached(contact: Contact) -> dict[str, Any]:
    """How many goals, and what the outcomes were worth, by currency."""
    rows = (
        TrackedEvent.objects.filter(
            interaction__contact=contact, kind__in=(Kind.GOAL, Kind.OUTCOME)
        )
        .order_by("currency_code")
        .values_list("kind", "currency_code")
        .annotate(Count("pk"), Sum("monetary_value"))
    )
    found = list(rows)
    return {
        "goals": sum(count for kind, _, count, _ in found if kind == Kind.GOAL),
        "worth": tuple((currency, money) for _, currency, _, money in found if money),
    }
