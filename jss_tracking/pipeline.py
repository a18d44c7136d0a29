"""The ``trackEvent`` pipeline: typed processors, in order, each event on its own.

The contract is Sitecore's (``Sitecore.JavaScriptServices.Tracker.Pipelines.TrackEvent<T>``):
a processor returns if the payload is not its own; calls ``args.has_been_tracked()`` if it
handled it, which ends the pipeline for this event; calls ``args.report_error()`` and
returns if the payload is its own but failed.
"""

import logging
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, ClassVar, Generic, TypeVar, get_args, get_origin

import msgspec

from jss_tracking.events import ID_KEYS, Payload
from jss_tracking.exceptions import TrackerUnavailable, TrackingError
from jss_tracking.metrics import count_events
from jss_tracking.refusals import keep_refused_events
from jss_tracking.trackers import EventError, Tracker
from jss_tracking.values import EVENT_UID, event_uid, is_event_uid

logger = logging.getLogger(__name__)

T = TypeVar("T")

KINDS = {
    "eventId": "event",
    "goalId": "goal",
    "outcomeId": "outcome",
    "campaignId": "campaign",
    "pageId": "page_view",
}
PROCESSOR_FAILED = "processor_failed"
REFERENCE_LENGTH = 200


@dataclass(slots=True)
class TrackEventArgs:
    """One event on its way through the pipeline.

    ``payload`` is the mapping as it came, unknown keys included; a processor may assign
    another one, which the processors after it, and Sitecore, then receive.
    """

    payload: Payload
    tracked: bool = field(default=False, init=False)
    error: tuple[str, str] | None = field(default=None, init=False)

    def has_been_tracked(self) -> None:
        """The event is dealt with; no further processor sees it."""
        self.tracked = True

    def report_error(self, code: str, message: str) -> None:
        """The event was this processor's but failed; no further processor sees it."""
        self.error = (code, message)


class TrackEventProcessor(ABC, Generic[T]):
    """Handles payloads that convert to ``T``, a ``msgspec.Struct`` or any type it converts to.

    A payload without the struct's required keys is not the processor's own. One that has
    them, with a value of the wrong type, is reported as ``invalid_event``. An optional key
    that is null or empty text counts as absent. One object of each class serves all threads.
    ``needs_definitions`` marks a processor that works on this host's own definitions; it
    has nothing to do where the tracker hands everything on to Sitecore.
    """

    needs_definitions: ClassVar[bool] = False
    event_type: ClassVar[Any] = dict

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        for base in getattr(cls, "__orig_bases__", ()):
            origin = get_origin(base)
            if isinstance(origin, type) and issubclass(origin, TrackEventProcessor):
                cls.event_type = get_args(base)[0]

    @classmethod
    def name(cls) -> str:
        """Dotted path of the class: how settings and messages call it."""
        return f"{cls.__module__}.{cls.__qualname__}"

    def process(self, tracker: Tracker, args: TrackEventArgs) -> None:
        """Convert the payload and hand it to ``track_event``, if it is this processor's own."""
        if any(args.payload.get(key) is None for key in self.required_keys()):
            return
        try:
            event = msgspec.convert(self._present(args.payload), self.event_type, strict=False)
        except msgspec.ValidationError as error:
            args.report_error("invalid_event", f"{error} ({self.name()})")
        else:
            self.track_event(tracker, args, event)

    @classmethod
    def required_keys(cls) -> tuple[str, ...]:
        """The JSON keys without which a payload is not of this processor's type."""
        return cls._keys()[0]

    @classmethod
    def _present(cls, payload: Payload) -> Payload:
        """The payload without optional keys that a form sent empty."""
        optional = cls._keys()[1]
        return {
            key: value
            for key, value in payload.items()
            if not (key in optional and value in (None, ""))
        }

    @classmethod
    @cache
    def _keys(cls) -> tuple[tuple[str, ...], frozenset[str]]:
        """The required keys, and the optional ones. Optimization: asked once a class."""
        kind = cls.event_type
        if not (isinstance(kind, type) and issubclass(kind, msgspec.Struct)):
            return (), frozenset()
        fields = msgspec.structs.fields(kind)
        required = tuple(field.encode_name for field in fields if field.required)
        return required, frozenset(field.encode_name for field in fields if not field.required)

    @abstractmethod
    def track_event(self, tracker: Tracker, args: TrackEventArgs, event: T) -> None:
        """Handle the event: return, ``args.has_been_tracked()`` or ``args.report_error()``."""


@dataclass(frozen=True, slots=True)
class BatchResult:
    """What became of a batch: how many events are dealt with, and why others are not.

    Those ``queued`` are kept: they are handed on to Sitecore later.
    """

    tracked: int
    errors: tuple[EventError, ...] = ()
    queued: int = 0


def run(
    payloads: Sequence[Payload | TrackingError],
    tracker: Tracker,
    processors: Iterable[TrackEventProcessor[Any]],
    triggered: Sequence[Payload] = (),
) -> BatchResult:
    """Send each payload through the processors, in order, within one batch of the tracker.

    An error in the place of a payload is that event's; the others are tracked. What the
    batch's address ``triggered`` comes first and does not count; its failures are noted.
    Raises ``TrackerUnavailable`` if the tracker kept nothing.
    """
    chain = [p for p in processors if not (tracker.conduit and p.needs_definitions)]
    with tracker.batch():
        done = tracker.tracked_before(_uids([*payloads, *triggered]))
        untriggered = [_run_one(0, payload, tracker, chain, done) for payload in triggered]
        outcomes = [
            _run_one(index, payload, tracker, chain, done) for index, payload in enumerate(payloads)
        ]
    _note(tracker, list(filter(None, untriggered)))
    result = _result(len(payloads), [*filter(None, outcomes), *tracker.errors], tracker.queued)
    _count(payloads, result)
    return result


def _note(tracker: Tracker, untriggered: Sequence[EventError]) -> None:
    """Log what the batch's address did not trigger, and keep why; no answer tells of it."""
    for error in untriggered:
        logger.warning("A batch's address did not trigger %r: %s", error.id, error.message)
    keep_refused_events(tracker.visitor, untriggered)


def _count(payloads: Sequence[Payload | TrackingError], result: BatchResult) -> None:
    failed = {error.index for error in result.errors}
    kinds = [_kind(item) for index, item in enumerate(payloads) if index not in failed]
    count_events(kinds, [error.code for error in result.errors])


def _kind(payload: Payload | TrackingError) -> str:
    """What a metric calls it."""
    keys = () if isinstance(payload, TrackingError) else payload
    return next((kind for key, kind in KINDS.items() if key in keys), "other")


def _uids(payloads: Sequence[Payload | TrackingError]) -> list[str]:
    """The ids that the sender gave the events; one that is none is told so in its turn."""
    uids = (item.get(EVENT_UID) for item in payloads if not isinstance(item, TrackingError))
    return [uid for uid in uids if uid and is_event_uid(uid)]


def _result(count: int, errors: Iterable[EventError], queued: int) -> BatchResult:
    """One error an event, in the batch's order: the first that was met."""
    first: dict[int, EventError] = {}
    for error in errors:
        first.setdefault(error.index, error)
    tracked = count - len(first) - queued
    return BatchResult(tracked, tuple(first[index] for index in sorted(first)), queued)


def _run_one(
    index: int,
    payload: Payload | TrackingError,
    tracker: Tracker,
    chain: Iterable[TrackEventProcessor[Any]],
    done: set[str],
) -> EventError | None:
    """One event: what it stores is kept whole or not at all; its failure is its own.

    One whose ``eventUid`` is among those ``done`` is tracked already.
    """
    if isinstance(payload, TrackingError):
        return EventError(index, payload.code, str(payload))
    tracker.index = index
    try:
        uid = event_uid(payload)
        if uid and uid in done:
            return None
        with tracker.savepoint():
            _run_chain(TrackEventArgs(payload), tracker, chain)
    except TrackingError as error:
        return refused(payload, error, index)
    if uid:
        done.add(uid)
        tracker.remember(uid)
    return None


def refused(payload: Payload, error: TrackingError, index: int = 0) -> EventError:
    """Why the event was not tracked."""
    return EventError(index, error.code, str(error), _reference(payload))


def _run_chain(
    args: TrackEventArgs, tracker: Tracker, chain: Iterable[TrackEventProcessor[Any]]
) -> None:
    for processor in chain:
        _run_processor(processor, tracker, args)
        if args.error:
            raise TrackingError(*args.error)
        if args.tracked:
            return
    if not tracker.conduit:
        raise TrackingError("invalid_event", _unclaimed(args.payload))
    tracker.hand_on(args.payload)


def _run_processor(
    processor: TrackEventProcessor[Any], tracker: Tracker, args: TrackEventArgs
) -> None:
    try:
        processor.process(tracker, args)
    except (TrackingError, TrackerUnavailable):
        raise
    except Exception as error:
        logger.exception("Processor %s failed", processor.name())
        raise TrackingError(PROCESSOR_FAILED, f"{processor.name()} failed.") from error


def _unclaimed(payload: Payload) -> str:
    keys = ", ".join(repr(key) for key in list(payload)[:10]) or "none"
    return (
        f"No processor knows an event with the keys: {keys}; one of {', '.join(ID_KEYS)} is needed."
    )


def _reference(payload: Payload) -> str | None:
    """The id by which the sender knows the event, cut to what an answer should repeat."""
    ids = (payload[key] for key in ID_KEYS if payload.get(key) is not None)
    return next((str(value)[:REFERENCE_LENGTH] for value in ids), None)
