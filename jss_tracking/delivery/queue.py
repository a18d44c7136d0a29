"""Which batch goes next, and what is due."""

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from itertools import islice

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from jss_tracking.models import QueuedBatch, SessionLease

State = QueuedBatch.State

UNSETTLED = (State.SENDING, State.WAITING)

BATCHES_AT_ONCE = 20
"""Most batches of a session that are read at a time."""


def earlier(batch: QueuedBatch) -> QueuedBatch | None:
    """The first batch of its session that must go before it."""
    return _unsettled(batch.session).filter(pk__lt=batch.pk).first()


def first_of(session: str) -> QueuedBatch | None:
    """The batch of the session that goes next."""
    return _unsettled(session).first()


def next_of(session: str) -> list[QueuedBatch]:
    """The batches of the session that go next, in order; so many as memory has room for."""
    return list(_unsettled(session)[:BATCHES_AT_ONCE])


def is_with_its_request(batch: QueuedBatch) -> bool:
    """Whether the request that brought it is still about to send it."""
    return batch.state == State.WAITING and batch.tries == 0 and batch.due > timezone.now()


def keep_back(session: str) -> None:
    """Let nothing of the session be due sooner than what goes first."""
    if first := first_of(session):
        behind = QueuedBatch.objects.filter(session=session, state=State.WAITING)
        behind.filter(pk__gt=first.pk, due__lt=first.due).update(due=first.due)


def due_sessions(
    limit: int,
    without: Collection[str] = (),
    paused: Collection[str] = (),
    until: datetime | None = None,
) -> Mapping[str, str]:
    """Sessions of which something is due and nobody holds the lease, with their site.

    ``until``: what was due then.
    """
    now = timezone.now()
    leased = SessionLease.objects.filter(session=OuterRef("session"), expires__gt=now)
    found = dict[str, str]()
    for rows in _by_due(paused):
        due = rows.filter(~Exists(leased), due__lte=until or now).exclude(session__in=without)
        found |= due.values_list("session", "site")[: limit * BATCHES_AT_ONCE]
    return dict(islice(found.items(), limit))


def next_due(paused: Collection[str] = ()) -> datetime | None:
    """When something is due next, on a site that is not paused."""
    soonest = (rows.values_list("due", flat=True).first() for rows in _by_due(paused))
    return min(filter(None, soonest), default=None)


def _by_due(paused: Collection[str]) -> Iterator[QuerySet[QueuedBatch]]:
    """All that is to be sent of sites that are not paused. Optimization: as an index has it."""
    for state in UNSETTLED:
        rows = QueuedBatch.objects.filter(state=state).exclude(session="")
        yield rows.exclude(site__in=paused).order_by("due")


def _unsettled(session: str) -> QuerySet[QueuedBatch]:
    return QueuedBatch.objects.filter(session=session, state__in=UNSETTLED).order_by("pk")
