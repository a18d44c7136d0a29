"""What waits of one session is sent, in order."""

from collections.abc import Iterator
from threading import Event

from django.utils import timezone

from jss_layout.sites import site_for_host
from jss_tracking.delivery import batches
from jss_tracking.delivery.answers import note_refused
from jss_tracking.delivery.leases import Lease
from jss_tracking.delivery.leftovers import expire, is_too_old, set_interrupted_aside
from jss_tracking.delivery.outcomes import Answer, DeliveryOutcome
from jss_tracking.delivery.queue import BATCHES_AT_ONCE, keep_back, next_of
from jss_tracking.delivery.sending import send
from jss_tracking.models import QueuedBatch

State = QueuedBatch.State


def deliver(session: str, stopping: Event | None = None) -> Answer | None:
    """Send what is due of a session, in order, until something must wait or hangs.

    The last answer; None if nothing was sent. Nothing more is begun while it is ``stopping``.
    """
    lease = Lease(session)
    if not lease.acquire():
        return None
    try:
        return _deliver_in_turn(session, lease, stopping or Event())
    finally:
        lease.release()


def _deliver_in_turn(session: str, lease: Lease, stopping: Event) -> Answer | None:
    answer = None
    for batch in _in_order(session, lease):
        answer = _send_later(batch) or answer
        if answer and answer.outcome is DeliveryOutcome.QUEUED:
            keep_back(session)
            break
        if stopping.is_set() or (answer and answer.is_silence):
            break
    return answer


def _in_order(session: str, lease: Lease) -> Iterator[QueuedBatch]:
    """What is due, while the lease lasts; some of it may have been dropped meanwhile.

    What is being sent was begun by whoever had the lease before.
    """
    while lease.lasts() and (rows := next_of(session)):
        if any(row.state == State.SENDING for row in rows):
            set_interrupted_aside(session)
        elif is_too_old(rows[0]):
            expire()
        elif rows[0].due > timezone.now():
            keep_back(session)
            break
        else:
            for row in rows:
                if not lease.lasts() or not _may_go(row):
                    break
                yield row
            else:
                if len(rows) < BATCHES_AT_ONCE:
                    break  # Optimization: whatever came meanwhile makes the session due again


def _may_go(batch: QueuedBatch) -> bool:
    return batch.due <= timezone.now() and not is_too_old(batch)


def _send_later(batch: QueuedBatch) -> Answer | None:
    """Send one of the queue; a site that is gone has no Sitecore to send it to."""
    site = site_for_host(batch.host)
    if site.name != batch.site:
        batches.set_aside(batch, f"Its host belongs to the site {site.name!r} by now.")
        return None
    answer = send(batch, site, None)
    if answer:
        note_refused(batch, site, answer)
    return answer
