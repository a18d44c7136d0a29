"""What waits of one session is sent, in order."""

from django.utils import timezone

from jss_layout.sites import site_for_host
from jss_tracking.delivery import batches
from jss_tracking.delivery.leases import Lease
from jss_tracking.delivery.leftovers import expire, is_too_old, set_interrupted_aside
from jss_tracking.delivery.outcomes import Answer
from jss_tracking.delivery.queue import first_of, keep_back
from jss_tracking.delivery.sending import send
from jss_tracking.models import QueuedBatch


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


def _deliver_in_turn(session: str, lease: Lease) -> Answer | None:
    answer = None
    set_interrupted_aside(session)
    while lease.lasts() and (batch := first_of(session)):
        if is_too_old(batch):
            expire()
        elif batch.due > timezone.now():
            keep_back(batch)
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
        return send(batch, site, None)
    batches.set_aside(batch, f"Its host belongs to the site {site.name!r} by now.")
    return None
