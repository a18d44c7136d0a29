"""What was sent and not tracked, kept so that somebody can see why.

Anybody may send what is refused, so it costs little: a process keeps at most ``PER_SECOND``
of it, and of all processes' only the latest ``KEPT`` stay, for a day.
"""

import logging
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta

from django.db import DatabaseError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from jss_tracking.cookies import DEVICE_COOKIE, read_ids
from jss_tracking.models import Refusal
from jss_tracking.models.contacts import masked_id
from jss_tracking.models.live import CODE_LENGTH, MESSAGE_LENGTH, REFERENCE_LENGTH
from jss_tracking.trackers import EventError, Visitor
from jss_tracking.values import cleaned

logger = logging.getLogger(__name__)

KEPT = 500
LONGEST_KEPT = timedelta(days=1)
PER_SECOND = 10
SWEPT_EVERY = 50
"""Refusals of a process after which those too many are deleted."""


DROPPED = {
    "consent": "The visitor has not agreed to be tracked, or has refused.",
    "robot": "The user agent is one whose visits do not count (JSS_UNCOUNTED_USER_AGENTS).",
    "tracking_off": "Tracking is off for the site.",
}
"""What the reasons mean for which events are dropped, which is no error of the page."""


@dataclass(slots=True)
class _Pace:
    """What this process has noted in this second, and how much since it last swept."""

    second: int = 0
    noted: int = 0
    requests: set[str] = field(default_factory=set)
    since_sweep: int = 0

    def tick(self) -> None:
        """Begin anew if another second has begun."""
        second = int(time.monotonic())
        if second != self.second:
            self.second, self.noted = second, 0
            self.requests.clear()

    def room(self, wanted: int) -> int:
        """As many of those wanted as may be noted in this second."""
        granted = min(wanted, PER_SECOND - self.noted)
        self.noted += granted
        self.since_sweep += granted
        return granted


_pace = _Pace()


def keep_refused_events(visitor: Visitor, errors: Iterable[EventError]) -> None:
    """Note why events of a visitor who may be tracked were refused."""
    ids = read_ids(visitor.cookie(DEVICE_COOKIE), "")
    _keep([_refusal(error, visitor.site.name, ids.device) for error in errors])


def keep_refused_request(code: str, message: str) -> None:
    """Note why a request was refused, and nothing of who sent it; each code once a second."""
    _pace.tick()
    if code not in _pace.requests:
        _pace.requests.add(code)
        _keep([_refusal(EventError(0, code, message), "", "")])


def keep_dropped_request(reason: str) -> None:
    """Note why the events of a request were dropped, and nothing of who sent them."""
    keep_refused_request(reason, DROPPED.get(reason, ""))


def forget_refusals(devices: Iterable[str]) -> None:
    """Delete those of the devices, whose contacts are erased."""
    refusals_of(devices).delete()


def refusals_of(devices: Iterable[str]) -> QuerySet[Refusal]:
    """Those of the devices, by what their masked ids leave."""
    return Refusal.objects.filter(device__in=[masked_id(device) for device in devices])


def forget_old_refusals() -> None:
    """Delete those that nobody looks at any more."""
    Refusal.objects.filter(refused__lt=timezone.now() - LONGEST_KEPT).delete()


def _refusal(error: EventError, site: str, device: str) -> Refusal:
    return Refusal(
        refused=timezone.now(),
        code=cleaned(error.code, CODE_LENGTH),
        reference=cleaned(error.id or "", REFERENCE_LENGTH),
        message=cleaned(error.message, MESSAGE_LENGTH),
        site=cleaned(site, 100),
        device=masked_id(device),
    )


def _keep(refusals: list[Refusal]) -> None:
    """Keep as many as there is room for; a database that fails changes no answer."""
    _pace.tick()
    refusals = refusals[: _pace.room(len(refusals))]
    if not refusals:
        return
    try:
        with transaction.atomic():
            Refusal.objects.bulk_create(refusals)
            if _pace.since_sweep >= SWEPT_EVERY:
                _sweep()
    except DatabaseError:
        logger.warning("Why %d events were refused could not be kept", len(refusals))


def _sweep() -> None:
    """Delete all but the latest."""
    _pace.since_sweep = 0
    latest = Refusal.objects.order_by("-pk").values_list("pk", flat=True)
    for oldest in latest[KEPT - 1 : KEPT]:
        Refusal.objects.filter(pk__lt=oldest).delete()
