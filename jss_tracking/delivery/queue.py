"""Which batch goes next, and what is due."""

from collections.abc import Collection, Mapping
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from jss_tracking.models import QueuedBatch, SessionLease

State = QueuedBatch.State


def earlier(batch: QueuedBatch) -> QueuedBatch | None:
    """The first batch of its session that must go before it."""
    return _unsettled(batch.session).filter(pk__lt=batch.pk).first()


def first_of(session: str) -> QueuedBatch | None:
    """The batch of the session that goes next."""
    return _unsettled(session).first()


def is_with_its_request(batch: QueuedBatch) -> bool:
    """Whether the request that brought it is still about to send it."""
    return batch.state == State.WAITING and batch.tries == 0 and batch.due > timezone.now()


def keep_back(first: QueuedBatch) -> None:
    """Let what stands behind it in its session be due no sooner."""
    behind = QueuedBatch.objects.filter(session=first.session, state=State.WAITING)
    behind.filter(pk__gt=first.pk, due__lt=first.due).update(due=first.due)


def due_sessions(
    limit: int, without: Collection[str] = (), paused: Collection[str] = ()
) -> Mapping[str, str]:
    """Sessions of which something is due and nobody holds the lease, with their site."""
    now = timezone.now()
    leased = SessionLease.objects.filter(session=OuterRef("session"), expires__gt=now)
    due = QueuedBatch.objects.filter(~Exists(leased), _unsettled_states(), due__lte=now)
    found = due.exclude(session="").exclude(session__in=without).exclude(site__in=paused)
    rows = found.order_by("due").values_list("session", "site")[:limit]
    return dict(rows)


def next_due(paused: Collection[str] = ()) -> datetime | None:
    """When something is due next, on a site that is not paused."""
    rows = QueuedBatch.objects.filter(_unsettled_states()).exclude(session="")
    soonest = rows.exclude(site__in=paused).order_by("due")
    return soonest.values_list("due", flat=True).first()


def _unsettled_states() -> Q:
    return Q(state__in=(State.WAITING, State.SENDING))


def _unsettled(session: str) -> QuerySet[QueuedBatch]:
    return QueuedBatch.objects.filter(_unsettled_states(), session=session).order_by("pk")
