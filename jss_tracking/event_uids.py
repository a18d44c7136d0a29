"""Which events were tracked before: by the id that their sender gave each, ``eventUid``.

A client that got no answer sends again, under the same id. Within a day, the same id of the
same visitor is tracked once. A visitor is known by the device's cookie, else by the
session's. One who has neither yet may have been answered with cookies that never arrived: then
address and user agent stand in, but only for ids that are long enough to be random.
"""

from base64 import urlsafe_b64encode
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from hashlib import sha256

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from jss_tracking.cookies import VisitorIds
from jss_tracking.exceptions import TrackerUnavailable
from jss_tracking.models import TrackedUid
from jss_tracking.trackers import Visitor

REMEMBERED = timedelta(hours=24)
RANDOM_LENGTH = 16
"""Fewest characters of an id that no two visitors give by chance."""

FORWARDING = timedelta(hours=1)
"""After this time nobody forwards an event any more, or looks after whoever was stopped at it."""


class UidsOfVisitor:
    """The ids of one visitor's events, in the database."""

    def __init__(self, visitor: Visitor, ids: VisitorIds, device: str = "") -> None:
        """``device`` is the id that a visitor without cookies is about to be given."""
        self._unnamed = _hash("unnamed", visitor.address, visitor.user_agent)
        named = [_hash("named", name) for name in (ids.device, ids.session) if name]
        self._all = {self._unnamed, *named}
        self._own = named[0] if named else ""
        self._given = _hash("named", device) if device else ""

    def tracked(self, uids: Iterable[str]) -> set[str]:
        """Those of the ids that were tracked within the last 24 hours.

        Raises ``TrackerUnavailable`` if one of them is being forwarded right now.
        """
        now = timezone.now()
        known = dict[str, bool]()
        for row in self._rows(uids):
            if _is_over(row, now):
                row.delete()
            else:
                known[row.uid] = row.forwarding_until is None
        if not all(known.values()):
            raise TrackerUnavailable("An event of this eventUid is on its way to Sitecore.")
        return set(known)

    def remember(self, uids: Iterable[str], *, forwarding: bool = False) -> None:
        """Note that these are tracked, or about to be forwarded.

        Raises ``IntegrityError`` if another request has noted one meanwhile.
        """
        now = timezone.now()
        until = now + FORWARDING if forwarding else None
        TrackedUid.objects.bulk_create(
            TrackedUid(uid=uid, visitor=visitor, tracked=now, forwarding_until=until)
            for uid in uids
            if (visitor := self._visitor(uid))
        )

    def claim(self, uids: Collection[str], *, kept: bool = False) -> None:
        """Note that these are about to be forwarded; it holds before this returns.

        Those that are ``kept`` to be forwarded surely count as tracked from here on.

        Raises ``TrackerUnavailable`` if another request forwards one of them.
        """
        try:
            with transaction.atomic():
                self.remember(uids, forwarding=not kept)
        except IntegrityError:
            message = "An event of this eventUid is on its way to Sitecore."
            raise TrackerUnavailable(message) from None

    def settle(self, forwarded: Collection[str], failed: Collection[str]) -> None:
        """Note which of the claimed events are tracked; the others may be sent again."""
        if failed:
            self._rows(failed).delete()
        if forwarded:
            claimed = self._rows(forwarded).filter(forwarding_until__isnull=False)
            claimed.update(forwarding_until=None)

    def _rows(self, uids: Iterable[str]) -> QuerySet[TrackedUid]:
        return TrackedUid.objects.filter(uid__in=uids, visitor__in=self._all)

    def _visitor(self, uid: str) -> str:
        """The visitor under whom the id is noted; ``""`` if it says too little."""
        return self._own or (self._unnamed if len(uid) >= RANDOM_LENGTH else self._given)


def keep_claims(uids: Collection[str]) -> None:
    """Note as tracked what may have arrived, though whoever forwarded it was stopped."""
    claimed = TrackedUid.objects.filter(uid__in=uids, forwarding_until__isnull=False)
    claimed.update(forwarding_until=None)


def forget_old_uids() -> int:
    """Delete what is remembered longer than needed; how many that were."""
    old = TrackedUid.objects.filter(tracked__lt=timezone.now() - REMEMBERED)
    return old.delete()[0]


def _is_over(row: TrackedUid, now: datetime) -> bool:
    if row.forwarding_until is None:
        return row.tracked <= now - REMEMBERED
    return row.forwarding_until <= now


def _hash(*parts: str) -> str:
    """No cookie and no address is kept as it came."""
    digest = sha256("\0".join(parts).encode("utf-8", "replace")).digest()
    return urlsafe_b64encode(digest).decode().rstrip("=")
