"""Records events in a list, for tests.

Chosen by ``TRACKER = "jss_tracking.trackers.memory.MemoryTracker"``.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import ClassVar

from jss_tracking.events import Campaign, Event, Goal, Outcome, PageView, Payload, TrackEvent
from jss_tracking.exceptions import UnknownDefinition
from jss_tracking.trackers import Tracker, Visitor
from jss_tracking.values import item_guid, parse_guid

# What the samples of Sitecore JSS track.
SAMPLE_DEFINITIONS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "event": frozenset({"Download"}),
        "goal": frozenset({"Register", "Instant Demo"}),
        "outcome": frozenset({"Opportunity"}),
        "campaign": frozenset({"Sample Campaign"}),
    }
)


@dataclass(frozen=True, slots=True)
class Recorded:
    """One event that was tracked: whose, what, with its extra keys, and on which page."""

    visitor: Visitor
    event: TrackEvent
    payload: Payload
    page: PageView | None = None


@dataclass(slots=True)
class Memory:
    """What every ``MemoryTracker`` of the process knows and has recorded."""

    definitions: Mapping[str, frozenset[str]] = field(default_factory=lambda: SAMPLE_DEFINITIONS)
    recorded: list[Recorded] = field(default_factory=list)
    identified: list[tuple[str, str]] = field(default_factory=list)
    flushed: int = 0
    humans: int = 0

    @property
    def events(self) -> list[TrackEvent]:
        """What was tracked, oldest first."""
        return [record.event for record in self.recorded]

    def clear(self) -> None:
        """Forget what was recorded, and know the samples' definitions again."""
        self.recorded.clear()
        self.identified.clear()
        self.flushed = 0
        self.humans = 0
        self.definitions = SAMPLE_DEFINITIONS


class MemoryTracker(Tracker):
    """Keeps all that it is given in ``MemoryTracker.memory``, shared as a mailbox is.

    A definition is known by its alias in ``memory.definitions``, or by being a GUID.
    """

    memory: ClassVar[Memory] = Memory()

    @contextmanager
    def batch(self) -> Iterator[None]:
        """Nothing of a batch that raises is kept."""
        with self.savepoint():
            yield

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """What is recorded within is taken back if it raises."""
        kept, named = len(self.memory.recorded), len(self.memory.identified)
        try:
            yield
        except BaseException:
            del self.memory.recorded[kept:]
            del self.memory.identified[named:]
            raise

    def register_event(self, event: Event, payload: Payload) -> None:
        """Record it on the current page."""
        self._require("event", event.event_id)
        self._record(event, payload)

    def register_goal(self, goal: Goal, payload: Payload) -> None:
        """Record it on the current page."""
        self._require("goal", goal.goal_id)
        self._record(goal, payload)

    def register_outcome(self, outcome: Outcome, payload: Payload) -> None:
        """Record it on the current page."""
        self._require("outcome", outcome.outcome_id)
        self._record(outcome, payload)

    def trigger_campaign(self, campaign: Campaign, payload: Payload) -> None:
        """Record it on the current page."""
        self._require("campaign", campaign.campaign_id)
        self._record(campaign, payload)

    def register_page_view(self, page_view: PageView, payload: Payload) -> None:
        """Record it; it is the current page from here on."""
        item_guid(page_view.page_id)
        self._record(page_view, payload)

    def mark_human(self) -> None:
        """Count the identifications."""
        self.memory.humans += 1

    def identify_as(self, source: str, identifier: str) -> None:
        """Note the name; nothing that was recorded changes."""
        self.memory.identified.append((source, identifier))

    def flush(self) -> None:
        """Count the flushes."""
        self.memory.flushed += 1

    def _record(self, event: TrackEvent, payload: Payload) -> None:
        views = [item for item in self.memory.events if isinstance(item, PageView)]
        page = event if isinstance(event, PageView) else next(reversed(views), None)
        self.memory.recorded.append(Recorded(self.visitor, event, payload, page))

    def _require(self, kind: str, reference: str) -> None:
        if reference not in self.memory.definitions[kind] and parse_guid(reference) is None:
            raise UnknownDefinition(kind, reference)
