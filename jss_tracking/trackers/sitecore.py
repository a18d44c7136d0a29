"""Hands events on to Sitecore's own tracker service, as the visitor sent them.

All that no local processor claims goes up in one JSON array, in order, with the visitor's
headers, so that it lands in the visit of the same session. Sitecore's cookies come back in
``set_cookies``. What Sitecore does not take is kept: see ``jss_tracking.delivery``.
"""

import logging
from collections.abc import Collection, Iterator
from contextlib import contextmanager

import msgspec
from django.db import Error, transaction
from django.utils import timezone

from jss_tracking.cookies import DEVICE_COOKIE, SESSION_COOKIE, read_ids
from jss_tracking.delivery import forwarding
from jss_tracking.delivery.announcing import announce
from jss_tracking.delivery.answers import errors_of
from jss_tracking.delivery.batches import forget_visitor, new_batch
from jss_tracking.delivery.calls import HINTS
from jss_tracking.delivery.outcomes import Answer, DeliveryOutcome
from jss_tracking.event_uids import UidsOfVisitor
from jss_tracking.events import (
    ID_KEYS,
    Campaign,
    Event,
    Goal,
    Outcome,
    PageView,
    Payload,
    to_payload,
)
from jss_tracking.exceptions import TrackerUnavailable
from jss_tracking.models import QueuedBatch
from jss_tracking.trackers import EventError, Tracker, Visitor

logger = logging.getLogger(__name__)


RETRY_AFTER = 10
"""Seconds after which a browser may send again what could not be kept."""


class SitecoreTracker(Tracker):
    """A conduit: keeps nothing itself, and posts one array a batch."""

    conduit = True

    def __init__(self, visitor: Visitor) -> None:
        super().__init__(visitor)
        cookies = visitor.cookie(DEVICE_COOKIE), visitor.cookie(SESSION_COOKIE)
        self._uids = UidsOfVisitor(visitor, read_ids(*cookies))
        self._collected: list[tuple[int, Payload]] = []
        self._remembered: dict[str, int] = {}

    @contextmanager
    def batch(self) -> Iterator[None]:
        """Collects what is handed on; at the end it is stored, and sent if its turn comes.

        Raises ``TrackerUnavailable`` if Sitecore refused it, or if it could not be kept.
        """
        self._collected, self._remembered, self.errors, self.queued = [], {}, (), 0
        yield
        if self._collected:
            self._hand_over()
        elif self._remembered:
            with _unavailable_on_error():
                self._uids.claim(self._remembered, kept=True)

    def tracked_before(self, uids: Collection[str]) -> set[str]:
        """Those that Sitecore has taken, or is just being given (``TrackerUnavailable``)."""
        if not uids:
            return set()
        with _unavailable_on_error():
            return self._uids.tracked(uids)

    def remember(self, uid: str) -> None:
        """Note the id at the batch's end, if Sitecore takes the event."""
        self._remembered[uid] = self.index

    def _hand_over(self) -> None:
        """Store the batch with the ids of its events, and send it.

        What becomes of both is noted together as well, so that nobody who is killed leaves
        one without the other. No transaction is held while Sitecore is asked.
        """
        batch = new_batch(self.visitor, [payload for _, payload in self._collected])
        with _unavailable_on_error(), transaction.atomic():
            self._uids.claim(self._remembered, kept=bool(batch.session))
            batch.save(force_insert=True)
        answer = forwarding.forward(batch, self.visitor.site, self._settle)
        self.set_cookies.extend(answer.cookies)
        if answer.outcome in (DeliveryOutcome.DELIVERED, DeliveryOutcome.REFUSED):
            self._learn(answer)
        elif batch.session or answer.outcome is DeliveryOutcome.SET_ASIDE:
            self._leave(batch, answer)
        else:
            raise _not_taken(answer)

    def _learn(self, answer: Answer) -> None:
        """What Sitecore says of the batch: all of it taken, or events refused, or all."""
        self.errors = self._errors(answer)
        if answer.outcome is DeliveryOutcome.REFUSED and not self.errors:
            raise _not_taken(answer)

    def _leave(self, batch: QueuedBatch, answer: Answer) -> None:
        """Its events are in the queue, or set aside: the browser is not to send them again."""
        self.queued = len({index for index, _ in self._collected})
        if answer.outcome is DeliveryOutcome.QUEUED:
            announce(max(0, (batch.due - timezone.now()).total_seconds()))

    def _settle(self, batch: QueuedBatch, answer: Answer) -> None:
        """Note which ids are tracked, and free the others."""
        failed = self._failed(batch, answer)
        if failed or not batch.session:
            self._uids.settle(self._remembered.keys() - failed, failed)

    def _failed(self, batch: QueuedBatch, answer: Answer) -> set[str]:
        """Ids of the events that are neither with Sitecore nor kept here."""
        refused = {error.index for error in self._errors(answer)}
        if answer.outcome is DeliveryOutcome.QUEUED and not batch.session:
            return set(self._remembered)
        if answer.outcome is DeliveryOutcome.REFUSED and not refused:
            return set(self._remembered)
        return {uid for uid, index in self._remembered.items() if index in refused}

    def _errors(self, answer: Answer) -> tuple[EventError, ...]:
        return errors_of(answer, [index for index, _ in self._collected])

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """What an event added goes up only if the event does not fail."""
        kept = len(self._collected)
        try:
            yield
        except BaseException:
            del self._collected[kept:]
            raise

    def hand_on(self, payload: Payload) -> None:
        """Let the payload go up unchanged."""
        self._collected.append((self.index, payload))

    def register_event(self, event: Event, payload: Payload) -> None:
        """Add a page event to what goes up."""
        self._add(event, payload)

    def register_goal(self, goal: Goal, payload: Payload) -> None:
        """Add a goal to what goes up."""
        self._add(goal, payload)

    def register_outcome(self, outcome: Outcome, payload: Payload) -> None:
        """Add an outcome to what goes up."""
        self._add(outcome, payload)

    def trigger_campaign(self, campaign: Campaign, payload: Payload) -> None:
        """Add a campaign to what goes up."""
        self._add(campaign, payload)

    def register_page_view(self, page_view: PageView, payload: Payload) -> None:
        """Add a page view to what goes up."""
        self._add(page_view, payload)

    def withdraw(self) -> None:
        """Delete what waits of the visitor."""
        with _unavailable_on_error():
            forget_visitor(self.visitor)

    def flush(self) -> None:
        """Let Sitecore end the session."""
        with _unavailable_on_error():
            answer = forwarding.flush(self.visitor)
        self.set_cookies.extend(answer.cookies)
        if answer.outcome is not DeliveryOutcome.DELIVERED:
            raise _not_taken(answer)

    def _add(self, event: msgspec.Struct, payload: Payload) -> None:
        extra = {key: value for key, value in payload.items() if key not in ID_KEYS}
        self._collected.append((self.index, extra | to_payload(event)))


@contextmanager
def _unavailable_on_error() -> Iterator[None]:
    try:
        yield
    except Error as error:
        logger.error("Events can't be kept: %s", type(error).__name__)
        message = "The database did not answer; send the events again later."
        raise TrackerUnavailable(message) from None


def _not_taken(answer: Answer) -> TrackerUnavailable:
    """What the browser is told: Sitecore's refusal as it is, anything else as 503."""
    if answer.outcome is DeliveryOutcome.REFUSED and answer.status is not None:
        hint = HINTS.get(answer.status, "")
        status, wait = answer.status, answer.retry_after
        return TrackerUnavailable(answer.reason + hint, status=status, retry_after=wait)
    return TrackerUnavailable(
        "Sitecore's tracker takes nothing for now; send the events again later.",
        retry_after=answer.retry_after or RETRY_AFTER,
    )
