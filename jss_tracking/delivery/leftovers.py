"""What nobody sends any more: what was interrupted, and what is older than a session."""

from datetime import timedelta
from typing import Any

import msgspec
from django.db.models import F
from django.utils import timezone

from jss_tracking.conf import conf
from jss_tracking.delivery.batches import set_aside
from jss_tracking.event_uids import keep_claims
from jss_tracking.models import QueuedBatch
from jss_tracking.values import EVENT_UID, is_event_uid

State = QueuedBatch.State

AT_ONCE = 100

INTERRUPTED = "Whoever sent it was stopped in the middle; it may have arrived."
TOO_OLD = "It waited longer than a session lasts; sent now, it would be another visit."


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


def _uids(batch: QueuedBatch) -> list[str]:
    events = msgspec.json.decode(batch.body, type=list[dict[str, Any]])
    return [event[EVENT_UID] for event in events if is_event_uid(event.get(EVENT_UID))]
