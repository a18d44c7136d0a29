"""A stored batch is sent: by the request that brought it, or by whoever works the queue off."""

import logging
import threading
import time
from collections.abc import Callable
from contextlib import nullcontext

from django.db import Error, transaction
from django.utils import timezone

from jss_layout.conf import conf as layout_conf
from jss_layout.sites import SiteDefinition, site_for_host
from jss_tracking.delivery import batches
from jss_tracking.delivery.calls import EVENT_PATH, FLUSH_PATH, passing_query, post
from jss_tracking.delivery.leases import Lease
from jss_tracking.delivery.outcomes import Answer, DeliveryOutcome
from jss_tracking.metrics import count_delivery
from jss_tracking.models import QueuedBatch
from jss_tracking.trackers import Visitor

logger = logging.getLogger(__name__)

Conclude = Callable[[QueuedBatch, Answer], None]

LONGEST_TURN = 1.0
"""Seconds for which a request waits while others of its session are sent."""

UNKNOWN_THREADS = 32
"""How many threads a server is taken to have that does not say."""

FIRST_LOOK = 0.01
LONGEST_LOOK = 0.1
"""Seconds between two looks whether it is its turn; they double."""


class Waiting:
    """How many requests of this process wait for their turn: at most a quarter of its threads.

    The visitors of one site, whose Sitecore hangs, must not hold all of them.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._count = 0

    def enter(self) -> bool:
        """Whether one more may wait; whoever does must ``leave``."""
        limit = max(1, (layout_conf.WORKER_THREADS or UNKNOWN_THREADS) // 4)
        with self._lock:
            if self._count >= limit:
                return False
            self._count += 1
            return True

    def leave(self) -> None:
        """Wait no longer."""
        with self._lock:
            self._count -= 1


waiting = Waiting()

LEFT = Answer(DeliveryOutcome.QUEUED, "Earlier events of the visit go before it.", asked=False)


def forward(batch: QueuedBatch, site: SiteDefinition, conclude: Conclude) -> Answer:
    """Send a batch that was just stored, if its turn comes soon; else leave it to the queue.

    ``conclude`` is called within the transaction that notes what became of it. A database that
    fails meanwhile is no error: the batch is stored, and so it is queued.
    """
    try:
        if not batch.session:
            return _send(batch, site, conclude) or LEFT
        return _forward_in_turn(batch, site, conclude)
    except Error as error:
        logger.error("Events were left to the queue: %s", type(error).__name__)
        return LEFT


def deliver(session: str) -> Answer | None:
    """Send what is due of a session, in order, until something must wait or hangs.

    The last answer; None if nothing was sent.
    """
    lease = Lease(session)
    if not lease.acquire():
        return None
    try:
        return _deliver_in_turn(session, lease)
    finally:
        lease.release()


def flush(visitor: Visitor) -> Answer:
    """Let Sitecore end the session; not while events of it wait, which would begin another."""
    session, _ = batches.visitor_keys(visitor)
    lease = Lease(session)
    if session and not _is_our_turn(lease, lambda: batches.first_of(session)):
        return LEFT
    try:
        query, headers = passing_query(visitor.query), dict(visitor.headers)
        return post(visitor.site, FLUSH_PATH, query, headers, b"[]")
    finally:
        lease.release()


def _forward_in_turn(batch: QueuedBatch, site: SiteDefinition, conclude: Conclude) -> Answer:
    lease = Lease(batch.session)
    if not _is_our_turn(lease, lambda: batches.earlier(batch)):
        batches.hand_over(batch)
        return LEFT
    try:
        return _send(batch, site, conclude) or LEFT
    finally:
        lease.release()


def _is_our_turn(lease: Lease, first: Callable[[], QueuedBatch | None]) -> bool:
    """Whether nothing goes ``first``; then the lease is held."""
    turn = _turn(lease, first)
    if turn is None and waiting.enter():
        try:
            turn = _wait_for_turn(lease, first)
        finally:
            waiting.leave()
    return turn is True


def _wait_for_turn(lease: Lease, first: Callable[[], QueuedBatch | None]) -> bool | None:
    ends, pause = time.monotonic() + LONGEST_TURN, FIRST_LOOK
    turn = None
    while turn is None and time.monotonic() + pause < ends:
        time.sleep(pause)
        pause = min(2 * pause, LONGEST_LOOK)
        turn = _turn(lease, first)
    return turn


def _turn(lease: Lease, first: Callable[[], QueuedBatch | None]) -> bool | None:
    """Whether it is our turn, and the lease held; None if it may soon be."""
    if not lease.acquire():
        return None
    before = first()
    if before is None:
        return True
    lease.release()
    return None if batches.is_with_its_request(before) else False


def _deliver_in_turn(session: str, lease: Lease) -> Answer | None:
    answer = None
    batches.set_interrupted_aside(session)
    while lease.lasts() and (batch := batches.first_of(session)):
        if batches.is_too_old(batch):
            batches.expire()
        elif batch.due > timezone.now():
            batches.keep_back(batch)
            break
        else:
            answer = _send_later(batch) or answer
            if answer and answer.is_silence:
                break
    return answer


def _send_later(batch: QueuedBatch) -> Answer | None:
    """Send one of the queue; a site that is gone has no Sitecore to send it to."""
    site = site_for_host(batch.host)
    if site.name == batch.site:
        return _send(batch, site, None)
    batches.set_aside(batch, f"Its host belongs to the site {site.name!r} by now.")
    return None


def _send(batch: QueuedBatch, site: SiteDefinition, conclude: Conclude | None) -> Answer | None:
    """Send it and note what became of it; None if somebody has dropped it meanwhile.

    A browser waits for the answer if there is something to ``conclude``.
    """
    if not batches.begin(batch):
        return None
    answer = post(site, EVENT_PATH, batch.query, batch.headers, batch.body)
    count_delivery(answer.outcome.value)
    try:
        with transaction.atomic() if conclude else nullcontext():
            if conclude:
                conclude(batch, answer)
            _settle(batch, answer, browser_waits=conclude is not None)
    except Error as error:  # whoever finds it will take it for interrupted, which is safe
        logger.error("What became of events was not noted: %s", type(error).__name__)
    return answer


def _settle(batch: QueuedBatch, answer: Answer, *, browser_waits: bool) -> None:
    """Note it. A browser that waits is told of a refusal, and keeps what can't be queued."""
    outcome = answer.outcome
    if outcome is DeliveryOutcome.DELIVERED or (browser_waits and _is_told(batch, outcome)):
        batches.remove(batch)
    elif outcome is DeliveryOutcome.QUEUED:
        batches.postpone(batch, answer)
    else:
        batches.set_aside(batch, answer.reason)


def _is_told(batch: QueuedBatch, outcome: DeliveryOutcome) -> bool:
    """Whether a browser that waits is told to think again, since nothing is kept for it."""
    if outcome is DeliveryOutcome.QUEUED:
        return not batch.session
    return outcome is DeliveryOutcome.REFUSED
