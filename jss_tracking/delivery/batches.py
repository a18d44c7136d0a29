"""The queue: what is stored, what is due, and what becomes of it."""

import math
import random
from base64 import urlsafe_b64encode
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

import msgspec
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from jss_layout.headers import split_cookies
from jss_tracking.conf import conf
from jss_tracking.cookies import DEVICE_COOKIE, LEGACY_SESSION_COOKIE, SESSION_COOKIE
from jss_tracking.delivery.calls import passing_query
from jss_tracking.delivery.leases import call_ends
from jss_tracking.delivery.outcomes import Answer
from jss_tracking.event_uids import keep_claims
from jss_tracking.events import Payload
from jss_tracking.models import QueuedBatch, SessionLease
from jss_tracking.models.delivery import REASON_LENGTH
from jss_tracking.trackers import Visitor
from jss_tracking.values import EVENT_UID, is_event_uid

State = QueuedBatch.State

OWN_REQUEST = timedelta(seconds=3)
"""For so long a new batch is left to the request that brought it."""

FIRST_PAUSE = 1.0
LONGEST_PAUSE = 60.0
"""Seconds between two tries: they double, and vary by half, so that not all come at once."""

AT_ONCE = 100

INTERRUPTED = "Whoever sent it was stopped in the middle; it may have arrived."
TOO_OLD = "It waited longer than a session lasts; sent now, it would be another visit."
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


def visitor_keys(visitor: Visitor) -> tuple[str, str]:
    """Hashes by which the visitor's session and device are told apart; ``""`` if by nothing.

    What counts is what Sitecore gets to see. Without a session its device stands in.
    """
    cookies = dict(reversed(split_cookies(dict(visitor.headers).get("Cookie", ""))))
    session = cookies.get(SESSION_COOKIE) or cookies.get(LEGACY_SESSION_COOKIE, "")
    device = cookies.get(DEVICE_COOKIE, "").partition("|")[0]
    device_key = _key("device", visitor.site.name, device)
    return _key("session", visitor.site.name, session) or device_key, device_key


def earlier(batch: QueuedBatch) -> QueuedBatch | None:
    """The first batch of its session that must go before it."""
    return _unsettled(batch.session).filter(pk__lt=batch.pk).first()


def first_of(session: str) -> QueuedBatch | None:
    """The batch of the session that goes next."""
    return _unsettled(session).first()


def begin(batch: QueuedBatch) -> bool:
    """Note that it is being sent; whether it was still there to be sent.

    One without session has been, from the moment that it was stored.
    """
    if not batch.session:
        return True
    batch.due = timezone.now() + call_ends()
    waiting = QueuedBatch.objects.filter(pk=batch.pk, state=State.WAITING)
    return waiting.update(state=State.SENDING, due=batch.due) == 1


def remove(batch: QueuedBatch) -> None:
    """It is delivered, or refused to the browser's face: nothing of it is kept."""
    QueuedBatch.objects.filter(pk=batch.pk).delete()


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


def is_with_its_request(batch: QueuedBatch) -> bool:
    """Whether the request that brought it is still about to send it."""
    return batch.state == State.WAITING and batch.tries == 0 and batch.due > timezone.now()


def keep_back(first: QueuedBatch) -> None:
    """Let what stands behind it in its session be due no sooner."""
    behind = QueuedBatch.objects.filter(session=first.session, state=State.WAITING)
    behind.filter(pk__gt=first.pk, due__lt=first.due).update(due=first.due)


def set_aside(batch: QueuedBatch, reason: str, *, tries: int | None = None) -> None:
    """Leave it to a person."""
    tries = batch.tries + 1 if tries is None else tries
    QueuedBatch.objects.filter(pk=batch.pk).update(
        state=State.SET_ASIDE, tries=tries, reason=reason[:REASON_LENGTH]
    )


def set_interrupted_aside(session: str) -> None:
    """Set aside what was being sent by whoever had the session's lease before."""
    sending = QueuedBatch.objects.filter(session=session, state=State.SENDING)
    sending.update(state=State.SET_ASIDE, reason=INTERRUPTED, tries=F("tries") + 1)


def set_unattributed_aside() -> None:
    """The same for what has no session: there is no lease, only the time."""
    sending = QueuedBatch.objects.filter(session="", state=State.SENDING)
    for batch in sending.filter(due__lte=timezone.now())[:AT_ONCE]:
        set_aside(batch, INTERRUPTED)
        keep_claims(_uids(batch))


def expire() -> int:
    """Set aside what is older than a session, and forget all cookies and addresses of then.

    How many batches that were.
    """
    old = QueuedBatch.objects.filter(created__lte=timezone.now() - longest_wait())
    count = old.filter(state=State.WAITING).update(
        state=State.SET_ASIDE, reason=TOO_OLD, headers={}
    )
    old.filter(state=State.SET_ASIDE).exclude(headers={}).update(headers={})
    return count


def is_too_old(batch: QueuedBatch) -> bool:
    """Whether Sitecore has ended the batch's session by now, for all that is known."""
    return batch.created <= timezone.now() - longest_wait()


def longest_wait() -> timedelta:
    """How long a batch may wait, and its cookies be kept: as long as a session lasts."""
    return timedelta(seconds=conf.TRACKING_SESSION_TIMEOUT)


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


def send_again(batches: QuerySet[QueuedBatch]) -> int:
    """Let what was set aside be tried once more; how many could be.

    What is too old can't, for its cookies are gone; nor what never had any.
    """
    kept = batches.filter(state=State.SET_ASIDE).exclude(headers={}).exclude(session="")
    return kept.update(state=State.WAITING, tries=0, due=timezone.now(), reason="")


def forget_visitor(visitor: Visitor) -> int:
    """Delete all that waits of the visitor, who wants to be tracked no longer."""
    session, device = visitor_keys(visitor)
    of_visitor = Q(pk__in=[])
    if session:
        of_visitor |= Q(session=session)
    if device:
        of_visitor |= Q(device=device)
    return QueuedBatch.objects.filter(of_visitor).delete()[0]


def _uids(batch: QueuedBatch) -> list[str]:
    events = msgspec.json.decode(batch.body, type=list[dict[str, Any]])
    return [event[EVENT_UID] for event in events if is_event_uid(event.get(EVENT_UID))]


def _unsettled_states() -> Q:
    return Q(state__in=(State.WAITING, State.SENDING))


def _unsettled(session: str) -> QuerySet[QueuedBatch]:
    return QueuedBatch.objects.filter(_unsettled_states(), session=session).order_by("pk")


def _pause(tries: int) -> float:
    pause = min(math.ldexp(FIRST_PAUSE, min(tries - 1, 16)), LONGEST_PAUSE)
    return pause * random.uniform(0.5, 1.5)  # noqa: S311 — no secret


def _key(kind: str, site: str, cookie: str) -> str:
    """No cookie is a key as it came."""
    if not cookie:
        return ""
    digest = sha256("\0".join((kind, site, cookie)).encode("utf-8", "replace")).digest()
    return urlsafe_b64encode(digest).decode().rstrip("=")
