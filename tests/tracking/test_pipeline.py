import logging
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from jss_layout.sites import SiteDefinition
from jss_tracking.events import Goal, Outcome, PageView, Payload
from jss_tracking.exceptions import TrackerUnavailable
from jss_tracking.pipeline import BatchResult, TrackEventArgs, TrackEventProcessor, run
from jss_tracking.processors import (
    CampaignProcessor,
    EventProcessor,
    GoalProcessor,
    OutcomeProcessor,
    PageViewProcessor,
)
from jss_tracking.trackers import EventError, Tracker, Visitor
from jss_tracking.trackers.memory import Memory, MemoryTracker

STOCK: list[TrackEventProcessor[Any]] = [
    EventProcessor(),
    GoalProcessor(),
    OutcomeProcessor(),
    CampaignProcessor(),
    PageViewProcessor(),
]
PAGE = {"pageId": "{110D559F-DEA5-42EA-9C1C-8A5DF7E70EF9}", "url": "/a"}


class Order(msgspec.Struct, rename="camel"):
    order_no: str
    item_count: int = 0
    note: str | None = None


class Named(TrackEventProcessor[Order]):
    """Notes what it is given, and does what the test says."""

    def __init__(self, do: Any = None) -> None:
        self.do = do
        self.seen: list[Order] = []

    def track_event(self, tracker: Tracker, args: TrackEventArgs, event: Any) -> None:
        self.seen.append(event)
        if self.do:
            self.do(tracker, args, event)


class Conduit(MemoryTracker):
    conduit = True

    def __init__(self, visitor: Visitor) -> None:
        super().__init__(visitor)
        self.handed_on: list[tuple[int, Payload]] = []

    def hand_on(self, payload: Any) -> None:
        self.handed_on.append((self.index, payload))


@pytest.fixture
def tracker(memory: Memory) -> Any:
    return MemoryTracker(Visitor(SiteDefinition("shop")))


@pytest.fixture
def conduit(memory: Memory) -> Any:
    return Conduit(Visitor(SiteDefinition("shop")))


def done(tracker: Tracker, args: TrackEventArgs, event: Any) -> None:
    args.has_been_tracked()


def test_the_samples_batch_is_tracked_in_order(tracker: Tracker, memory: Memory) -> None:
    batch = [
        {"eventId": "Download"},
        {"goalId": "Instant Demo"},
        {"outcomeId": "Opportunity"},
        PAGE,
        {"goalId": "Register"},
    ]
    assert run(batch, tracker, STOCK) == BatchResult(5)
    assert [record.payload for record in memory.recorded] == batch


def test_a_goal_belongs_to_the_page_viewed_before_it(tracker: Tracker, memory: Memory) -> None:
    run([{"goalId": "Register"}, PAGE, {"goalId": "Register"}], tracker, STOCK)
    first, _, last = memory.recorded
    assert first.page is None
    assert last.page == PageView(PAGE["pageId"], "/a")


def test_an_outcome_with_page_and_text_money_is_an_outcome(
    tracker: Tracker, memory: Memory
) -> None:
    payload = PAGE | {"outcomeId": "Opportunity", "monetaryValue": "12.5"}
    assert run([payload], tracker, STOCK) == BatchResult(1)
    assert memory.events == [Outcome("Opportunity", None, Decimal("12.5"))]


def test_an_outcome_whose_form_was_left_empty_has_no_money(
    tracker: Tracker, memory: Memory
) -> None:
    payload = {"outcomeId": "Opportunity", "monetaryValue": "", "currencyCode": None}
    assert run([payload], tracker, STOCK) == BatchResult(1)
    assert memory.events == [Outcome("Opportunity")]


def test_an_unknown_shape_costs_only_itself(tracker: Tracker, memory: Memory) -> None:
    result = run([{"likeId": 5}, {"goalId": "Register"}], tracker, STOCK)
    assert result.tracked == 1
    assert [(error.index, error.code) for error in result.errors] == [(0, "invalid_event")]
    assert "'likeId'" in result.errors[0].message
    assert memory.events == [Goal("Register")]


def test_an_event_without_any_key_is_an_error(tracker: Tracker) -> None:
    (error,) = run([{}], tracker, STOCK).errors
    assert error.code == "invalid_event"


def test_a_null_id_makes_no_kind(tracker: Tracker) -> None:
    (error,) = run([{"goalId": None, "eventId": None}], tracker, STOCK).errors
    assert (error.code, error.id) == ("invalid_event", None)


@pytest.mark.parametrize("value", [5, True, [], {}, 1.5])
def test_an_id_that_is_no_text_is_an_error(tracker: Tracker, value: Any) -> None:
    (error,) = run([{"goalId": value}], tracker, STOCK).errors
    assert (error.code, error.id) == ("invalid_event", str(value))
    assert "$.goalId" in error.message


def test_an_unknown_name_is_reported_with_it(tracker: Tracker, memory: Memory) -> None:
    result = run([{"goalId": "Nonsense"}], tracker, STOCK)
    assert result.tracked == 0
    assert result.errors[0].code == "unknown_goal"
    assert result.errors[0].id == "Nonsense"
    assert memory.events == []


def test_an_answer_repeats_no_more_than_the_start_of_an_id(tracker: Tracker) -> None:
    (error,) = run([{"goalId": "x" * 5000}], tracker, STOCK).errors
    assert error.id == "x" * 200


def test_a_page_view_without_address_is_told_so(tracker: Tracker) -> None:
    (error,) = run([{"pageId": PAGE["pageId"]}], tracker, STOCK).errors
    assert error.code == "invalid_event"
    assert "`url`" in error.message


def test_a_page_is_named_by_a_guid_only(tracker: Tracker) -> None:
    (error,) = run([{"pageId": "home", "url": "/"}], tracker, STOCK).errors
    assert (error.code, error.id) == ("invalid_event", "home")


def test_what_is_tracked_is_seen_by_no_later_processor(tracker: Tracker) -> None:
    first, second = Named(done), Named()
    assert run([{"orderNo": "1"}], tracker, [first, second]) == BatchResult(1)
    assert second.seen == []


def test_a_reported_error_ends_the_pipeline_for_this_event(tracker: Tracker) -> None:
    def fail(tracker: Tracker, args: TrackEventArgs, event: Any) -> None:
        args.report_error("sold_out", "Nothing left.")

    first = Named(fail)
    second = Named(done)
    result = run([{"orderNo": "1"}], tracker, [first, second])
    assert result == BatchResult(0, (EventError(0, "sold_out", "Nothing left."),))
    assert second.seen == []


def test_a_processor_that_only_returns_leaves_the_event_to_the_next(tracker: Tracker) -> None:
    first, second = Named(), Named(done)
    assert run([{"orderNo": "1"}], tracker, [first, second]).tracked == 1
    assert first.seen == second.seen == [Order("1")]


def test_a_payload_is_converted_to_the_processors_type(tracker: Tracker) -> None:
    processor = Named(done)
    run([{"orderNo": "1", "itemCount": "3", "note": "", "other": 1}], tracker, [processor])
    assert processor.seen == [Order("1", 3, None)]


def test_a_value_of_the_wrong_type_is_reported_and_names_the_processor(tracker: Tracker) -> None:
    (error,) = run([{"orderNo": "1", "itemCount": "many"}], tracker, [Named(done)]).errors
    assert error.code == "invalid_event"
    assert "$.itemCount" in error.message
    assert "Named" in error.message


def test_a_processor_without_a_struct_sees_every_payload_as_it_came(tracker: Tracker) -> None:
    class Everything(TrackEventProcessor[dict[str, Any]]):
        def track_event(self, tracker: Tracker, args: TrackEventArgs, event: Any) -> None:
            assert event == {"any": None, "empty": ""}
            args.has_been_tracked()

    assert run([{"any": None, "empty": ""}], tracker, [Everything()]).tracked == 1


def test_the_type_is_found_through_a_generic_base() -> None:
    class Base(TrackEventProcessor[Order]):
        pass

    class Special(Base):
        pass

    assert Special.event_type is Order
    assert Special.required_keys() == ("orderNo",)


def test_a_processor_may_change_what_the_next_one_receives(
    tracker: Tracker, memory: Memory
) -> None:
    def change(tracker: Tracker, args: TrackEventArgs, event: Any) -> None:
        args.payload = {"goalId": "Register"}

    assert run([{"orderNo": "1"}], tracker, [Named(change), *STOCK]).tracked == 1
    assert memory.events == [Goal("Register")]


def test_a_processor_that_raises_costs_one_event_and_is_logged_by_name(
    tracker: Tracker, memory: Memory, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(tracker: Tracker, args: TrackEventArgs, event: Any) -> None:
        raise ZeroDivisionError("secret")

    with caplog.at_level(logging.ERROR):
        result = run([{"orderNo": "1"}, {"goalId": "Register"}], tracker, [Named(fail), *STOCK])
    (error,) = result.errors
    assert (error.index, error.code) == (0, "processor_failed")
    assert "secret" not in error.message
    assert "test_pipeline.Named failed" in caplog.text
    assert memory.events == [Goal("Register")]


def test_nothing_of_a_failed_event_is_kept(tracker: Tracker, memory: Memory) -> None:
    def half(tracker: Tracker, args: TrackEventArgs, event: Any) -> None:
        tracker.register_goal(Goal("Register"), args.payload)
        args.report_error("later", "Something else failed.")

    assert run([{"orderNo": "1"}], tracker, [Named(half)]).tracked == 0
    assert memory.events == []


def test_an_unavailable_tracker_fails_the_batch(tracker: Tracker, memory: Memory) -> None:
    def fail(tracker: Tracker, args: TrackEventArgs, event: Any) -> None:
        raise TrackerUnavailable("down")

    with pytest.raises(TrackerUnavailable):
        run([{"goalId": "Register"}, {"orderNo": "1"}], tracker, [*STOCK, Named(fail)])
    assert memory.events == []


def test_a_conduit_is_handed_all_that_nobody_claims_as_it_came(conduit: Conduit) -> None:
    batch: list[Payload] = [{"goalId": "unknown here"}, {"orderNo": "1"}, {"likeId": 5}]
    assert run(batch, conduit, [*STOCK, Named(done)]) == BatchResult(3)
    assert conduit.handed_on == [(0, batch[0]), (2, batch[2])]


def test_a_conduit_is_handed_what_a_processor_made_of_it(conduit: Conduit) -> None:
    def change(tracker: Tracker, args: TrackEventArgs, event: Any) -> None:
        args.payload = {"goalId": event.order_no}

    run([{"orderNo": "1"}], conduit, [Named(change)])
    assert conduit.handed_on == [(0, {"goalId": "1"})]


def test_what_a_conduit_learns_at_the_end_counts_as_an_error(memory: Memory) -> None:
    class Refused(Conduit):
        @contextmanager
        def batch(self) -> Iterator[None]:
            yield
            self.errors = (EventError(1, "unknown_goal", "No."), EventError(0, "late", "No."))

    def fail(tracker: Tracker, args: TrackEventArgs, event: Any) -> None:
        args.report_error("early", "No.")

    tracker = Refused(Visitor(SiteDefinition("shop")))
    result = run([{"orderNo": "1"}, {"goalId": "a"}, {"goalId": "b"}], tracker, [Named(fail)])
    assert result.tracked == 1
    assert [(error.index, error.code) for error in result.errors] == [
        (0, "early"),
        (1, "unknown_goal"),
    ]


def test_each_stock_kind_is_recorded_as_what_it_is(tracker: Tracker, memory: Memory) -> None:
    batch = [
        {"eventId": "Download"},
        {"goalId": "Register"},
        {"outcomeId": "Opportunity"},
        {"campaignId": "Sample Campaign"},
        PAGE,
    ]
    assert run(batch, tracker, STOCK) == BatchResult(5)
    kinds = [type(event).__name__ for event in memory.events]
    assert kinds == ["Event", "Goal", "Outcome", "Campaign", "PageView"]


def test_a_tracker_needs_neither_batch_nor_savepoint_of_its_own(memory: Memory) -> None:
    class Printer(MemoryTracker):
        batch = Tracker.batch
        savepoint = Tracker.savepoint

    tracker = Printer(Visitor(SiteDefinition("shop")))
    assert run([{"goalId": "Register"}, {"what": 1}], tracker, STOCK).tracked == 1
    assert memory.events == [Goal("Register")]
    with pytest.raises(NotImplementedError):
        tracker.hand_on({})
