"""Who may send a session's batches: one at a time, on whatever machine.

A lease is a row that a conditional UPDATE gives to one owner for a while. No transaction is
held while Sitecore is asked, and a row lock would not do: SQLite has none. Whoever is killed
loses the lease by time; the clocks of the machines may differ by ``SKEW``.
"""

import logging
import time
from datetime import datetime, timedelta
from uuid import uuid4

from django.db import Error
from django.db.models import Q
from django.utils import timezone

from jss_layout.conf import conf as layout_conf
from jss_tracking.models import SessionLease

logger = logging.getLogger(__name__)

SKEW = timedelta(seconds=10)
"""Most by which two clocks may differ, and a process may be held up, before a call."""


class Lease:
    """A claim to send what waits of a session; ``release`` it whatever happens."""

    def __init__(self, session: str) -> None:
        self._session = session
        self._owner = uuid4()
        self._renew_at = 0.0

    def acquire(self) -> bool:
        """Whether nobody else has it; then it is ours for one call at least."""
        row = SessionLease(session=self._session, owner=self._owner, expires=_end_of_lease())
        SessionLease.objects.bulk_create([row], ignore_conflicts=True)
        return self._take(Q(owner=self._owner) | Q(expires__lte=timezone.now()))

    def lasts(self) -> bool:
        """Whether it is still ours, and will be for one more call."""
        if time.monotonic() < self._renew_at:
            return True
        return self._take(Q(owner=self._owner, expires__gt=timezone.now()))

    def release(self) -> None:
        """Let others have it. Where that fails, it runs out."""
        try:
            SessionLease.objects.filter(session=self._session, owner=self._owner).delete()
        except Error as error:
            logger.error("A session's lease was not given back: %s", type(error).__name__)

    def _take(self, where: Q) -> bool:
        renew_at = time.monotonic() + SKEW.total_seconds()
        rows = SessionLease.objects.filter(where, session=self._session)
        is_ours = rows.update(owner=self._owner, expires=_end_of_lease()) == 1
        self._renew_at = renew_at if is_ours else 0.0
        return is_ours


def call_ends() -> timedelta:
    """The time after which a call that begins now is over, whoever makes it."""
    return timedelta(seconds=layout_conf.LAYOUT_SERVICE_TIMEOUT) + 2 * SKEW


def _end_of_lease() -> datetime:
    return timezone.now() + call_ends()


def forget_expired() -> None:
    """Delete the leases of those who were killed; what they sent is looked after elsewhere."""
    SessionLease.objects.filter(expires__lte=timezone.now()).delete()
