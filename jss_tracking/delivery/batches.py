"""A batch of the queue: what is stored of it, and what becomes of it."""

import math
import random
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import msgspec
from django.db import connection
from django.db.models import Q, QuerySet
from django.utils import timezone

from jss_tracking.conf import conf
from jss_tracking.delivery.attribution import browser_keys, visitor_keys
from jss_tracking.delivery.calls import passing_query
from jss_tracking.delivery.leases import call_ends
from jss_tracking.delivery.outcomes import Answer
from jss_tracking.events import Payload
from jss_tracking.models import QueuedBatch
from jss_tracking.models.delivery import REASON_LENGTH
from jss_tracking.trackers import Visitor

State = QueuedBatch.State

OWN_REQUEST = timedelta(seconds=3)
"""For so long a new batch is left to the request that brought it."""

FIRST_PAUSE = 1.0
LONGEST_PAUSE = 60.0
"""Seconds between two tries: they double, and vary by half, so that not all come at once."""

# Optimization: what every batch needs, which is written anew by Django at a third of its cost.
BEGIN = "UPDATE jss_tracking_queuedbatch SET state = %s, due = %s WHERE id = %s AND state = %s"
REMOVE = "DELETE FROM jss_tracking_queuedbatch WHERE id = %s"

TOO_MANY_TRIES = "It was tried {} times. The last time: {}"


def new_batch(visitor: Visitor, payloads: Sequence[Payload]) -> QueuedBatch:
    """A batch that is yet to be stored. One without session has no turn to wait for."""
    headers, now = dict(visitor.headers), timezone.now()
    session, device = visitor_keys(visitor)
    waits = bool(session)
    return QueuedBatch(
        site=visitor.site.name,
        host=visitor.host,
        session=session,
        device=device,
        query=passing_query(visitor.query),
        headers=headers,
        payload=msgspec.json.encode(payloads),
        events=len(payloads),
        created=now,
        state=State.WAITING if waits else State.SENDING,
        due=now + (OWN_REQUEST if waits else call_ends()),
    )


def begin(batch: QueuedBatch) -> bool:
    """Note that it is being sent; whether it was still there to be sent.

    One without session has been, from the moment that it was stored.
    """
    if not batch.session:
        return True
    batch.due = timezone.now() + call_ends()
    due = connection.ops.adapt_datetimefield_value(batch.due)
    return _execute(BEGIN, State.SENDING.value, due, batch.pk, State.WAITING.value) == 1


def remove(batch: QueuedBatch) -> None:
    """It is delivered, or refused to the browser's face: nothing of it is kept."""
    _execute(REMOVE, batch.pk)


def postpone(batch: QueuedBatch, answer: Answer) -> None:
    """Let it wait for its next try, or set it aside after too many."""
    tries = batch.tries + answer.asked
    if tries >= conf.EVENT_DELIVERY_TRIES:
        set_aside(batch, TOO_MANY_TRIES.format(tries, answer.reason), tries=tries)
        return
    pause = max(_pause(tries) if answer.asked else 0, answer.retry_after or 0)
    batch.tries, batch.due = tries, timezone.now() + timedelta(seconds=pause)
    QueuedBatch.objects.filter(pk=batch.pk).update(
        state=State.WAITING, tries=tries, due=batch.due, reason=answer.reason[:REASON_LENGTH]
    )


def hand_over(batch: QueuedBatch) -> None:
    """The request that brought it waits no longer; whoever works the queue off may have it."""
    batch.due = timezone.now()
    QueuedBatch.objects.filter(pk=batch.pk, state=State.WAITING).update(due=batch.due)


def set_aside(batch: QueuedBatch, reason: str, *, tries: int | None = None) -> None:
    """Leave it to a person."""
    tries = batch.tries + 1 if tries is None else tries
    QueuedBatch.objects.filter(pk=batch.pk).update(
        state=State.SET_ASIDE, tries=tries, reason=reason[:REASON_LENGTH]
    )


def send_again(batches: QuerySet[QueuedBatch]) -> int:
    """Let what was set aside be tried once more; how many could be.

    What is too old can't, for its cookies are gone; nor what never had any.
    """
    kept = batches.filter(state=State.SET_ASIDE).exclude(headers={}).exclude(session="")
    return kept.update(state=State.WAITING, tries=0, due=timezone.now(), reason="")


def forget_visitor(visitor: Visitor) -> int:
    """Delete all that waits of the visitor, who wants to be tracked no longer.

    By the browser's own cookies too, since none may pass up any more.
    """
    sessions, devices = zip(visitor_keys(visitor), browser_keys(visitor), strict=True)
    of_session = Q(session__in=[*filter(None, sessions)])
    of_device = Q(device__in=[*filter(None, devices)])
    return QueuedBatch.objects.filter(of_session | of_device).delete()[0]


def _execute(statement: str, *values: Any) -> int:
    """How many rows it was."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return int(cursor.rowcount)


def _pause(tries: int) -> float:
    pause = min(math.ldexp(FIRST_PAUSE, min(tries - 1, 16)), LONGEST_PAUSE)
    return pause * random.uniform(0.5, 1.5)  # noqa: S311 — no secret
