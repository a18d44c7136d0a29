from typing import Any

import pytest

from jss_layout.sites import SiteDefinition
from jss_tracking.events import Campaign, Event, Goal, Outcome, PageView
from jss_tracking.exceptions import TrackingError, UnknownDefinition
from jss_tracking.trackers import Visitor
from jss_tracking.trackers.memory import Memory, MemoryTracker

GUID = "{110D559F-DEA5-42EA-9C1C-8A5DF7E70EF9}"


@pytest.fixture
def tracker(memory: Memory) -> MemoryTracker:
    return MemoryTracker(Visitor(SiteDefinition("shop")))


def test_what_is_tracked_is_kept_for_every_tracker(tracker: MemoryTracker, memory: Memory) -> None:
    tracker.register_goal(Goal("Register"), {"goalId": "Register", "form": 3})
    (recorded,) = memory.recorded
    assert (recorded.event, recorded.payload["form"]) == (Goal("Register"), 3)
    assert recorded.visitor is tracker.visitor


@pytest.mark.parametrize(
    ("method", "event", "code"),
    [
        ("register_event", Event("x"), "unknown_event"),
        ("register_goal", Goal("x"), "unknown_goal"),
        ("register_outcome", Outcome("x"), "unknown_outcome"),
        ("trigger_campaign", Campaign("x"), "unknown_campaign"),
    ],
)
def test_a_name_without_definition_is_unknown(
    tracker: MemoryTracker, memory: Memory, method: str, event: Any, code: str
) -> None:
    with pytest.raises(UnknownDefinition) as caught:
        getattr(tracker, method)(event, {})
    assert caught.value.code == code
    assert memory.recorded == []


def test_definitions_can_be_given(tracker: MemoryTracker, memory: Memory) -> None:
    memory.definitions = {"goal": frozenset({"Jump"})}
    tracker.register_goal(Goal("Jump"), {})
    assert memory.events == [Goal("Jump")]


def test_a_guid_needs_no_definition(tracker: MemoryTracker, memory: Memory) -> None:
    tracker.trigger_campaign(Campaign(GUID), {})
    assert memory.events == [Campaign(GUID)]


def test_a_page_is_named_by_a_guid(tracker: MemoryTracker) -> None:
    with pytest.raises(TrackingError):
        tracker.register_page_view(PageView("home", "/"), {})


def test_a_batch_that_raises_keeps_nothing(tracker: MemoryTracker, memory: Memory) -> None:
    tracker.register_goal(Goal("Register"), {})
    with pytest.raises(UnknownDefinition), tracker.batch():  # noqa: PT012 — the rest of a batch
        tracker.register_goal(Goal("Instant Demo"), {})
        tracker.register_goal(Goal("x"), {})
    assert memory.events == [Goal("Register")]


def test_flushes_are_counted(tracker: MemoryTracker, memory: Memory) -> None:
    tracker.flush()
    assert memory.flushed == 1


def test_clearing_forgets_everything(tracker: MemoryTracker, memory: Memory) -> None:
    tracker.register_goal(Goal("Register"), {})
    tracker.flush()
    memory.definitions = {}
    memory.clear()
    assert (memory.recorded, memory.flushed) == ([], 0)
    assert "Register" in memory.definitions["goal"]
