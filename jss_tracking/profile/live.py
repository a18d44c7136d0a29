"""What comes in, while it does: events of running visits, and what was refused."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from jss_tracking.models import Interaction, LiveEvent, Refusal
from jss_tracking.models.contacts import masked_id
from jss_tracking.profile.contact import name_of

SHOWN = 100
"""Lines that are shown at most, the latest."""

OVERLAP = timedelta(seconds=15)
"""How far each look goes back behind the last: a transaction may be seen after a later one."""

RECENT = timedelta(hours=1)
"""How far the first look goes back."""

VISITS_OF_DEVICE = 5
"""Visits of a device that are looked at, the latest."""

VISITS_OF_ID = 20
"""Visits whose ids begin alike that are looked at; eight characters tell millions apart."""

_ID = re.compile(r"[0-9a-f]{8,32}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Watched:
    """Whose events are looked at: of everybody, of one visit, of one device, or of nobody.

    ``device`` is the id in an analytics cookie; it stands for the visitor, so ``repr`` leaves
    it out.
    """

    visit: UUID | None = None
    device: str | None = None
    is_nobody: bool = False

    def __repr__(self) -> str:
        device = self.device and masked_id(self.device)
        return f"Watched(visit={self.visit}, device={device}, is_nobody={self.is_nobody})"


@dataclass(frozen=True, slots=True)
class Look:
    """What there is to see, the latest first, and from when on to look again."""

    events: Sequence[LiveEvent]
    refusals: Sequence[Refusal]
    next_since: datetime


def look(watched: Watched, since: datetime | None = None) -> Look:
    """What came in from that moment on; without one, in the last hour.

    Looks overlap, so that nothing is missed: an event is known by its id.
    """
    now = timezone.now()
    if watched.is_nobody:
        return Look((), (), now - OVERLAP)
    since = max(since or now - RECENT, now - RECENT)
    events, refusals = _events(watched, since), _refusals(watched, since)
    return Look(list(events), list(refusals), now - OVERLAP)


def visit_of(text: str) -> UUID | None:
    """The id that the text is, or that of the latest visit whose id begins so; None if neither.

    At least as much of it is needed as a table shows.
    """
    plain = text.strip(" {}").replace("-", "").lower()
    if not _ID.fullmatch(plain):
        return None
    first, last = UUID(plain.ljust(32, "0")), UUID(plain.ljust(32, "f"))
    if first == last:
        return first
    found = Interaction.objects.filter(pk__range=(first, last)).order_by("pk")
    visits = found.values_list("started", "pk")[:VISITS_OF_ID]
    return max(visits, default=(None, None))[1]


def _events(watched: Watched, since: datetime) -> QuerySet[LiveEvent]:
    events = LiveEvent.objects.filter(timestamp__gte=since)
    if watched.visit is not None:
        events = events.filter(interaction=watched.visit)
    if watched.device is not None:
        events = events.filter(interaction__in=_visits_of(watched.device))
    named = events.annotate(contact_name=name_of("interaction__contact"))
    related = named.select_related("definition", "page", "interaction__contact")
    return related.order_by("-timestamp", "-interaction", "-sequence")[:SHOWN]


def _visits_of(device: str) -> list[UUID]:
    visits = Interaction.objects.filter(device=device).order_by("-started")
    return list(visits.values_list("pk", flat=True)[:VISITS_OF_DEVICE])


def _refusals(watched: Watched, since: datetime) -> QuerySet[Refusal]:
    refusals = Refusal.objects.filter(refused__gte=since)
    device = watched.device
    if watched.visit is not None:
        visits = Interaction.objects.filter(pk=watched.visit)
        device = visits.values_list("device", flat=True).first() or ""
    if device is not None:
        refusals = refusals.filter(device=masked_id(device)).exclude(device="")
    return refusals.order_by("-refused", "-pk")[:SHOWN]
