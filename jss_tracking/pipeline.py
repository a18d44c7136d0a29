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
from typing import Any, ClassVar, Generic, TypeVar, get_args, get_origin

import msgspec

from jss_tracking.events import Payload
from jss_tracking.exceptions import TrackerUnavailable, TrackingError
from jss_tracking.trackers import Tracker

logger = logging.getLogger(__name__)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class EventError:
    """Why the event at ``index`` of the batch was not tracked."""

    index: int
    code: str
    message: str
    id: str | None = None


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

    @property
    def ended(self) -> bool:
        """Whether the pipeline is over for this event."""
        return self.tracked or self.error is not None


class TrackEventProcessor(ABC, Generic[T]):
    """Handles payloads that convert to ``T``, a ``msgspec.Struct`` or any type it converts to.

    A payload without the struct's required keys is not the processor's own. One that has
    them, with a value of the wrong type, is reported as ``invalid_event``.
    ``needs_definitions`` marks a processor that works on this host's own definitions; it
    has nothing to do where the tracker hands everything on to Sitecore.
    """

    needs_definitions: ClassVar[bool] = False
    event_type: ClassVar[Any] = dict

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        for base in getattr(cls, "__orig_bases__", ()):
            if get_origin(base) is TrackEventProcessor:
                (cls.event_type,) = get_args(base)

    @classmethod
    def name(cls) -> str:
        """Dotted path of the class: how settings and messages call it."""
        return f"{cls.__module__}.{cls.__qualname__}"

    def process(self, tracker: Tracker, args: TrackEventArgs) -> None:
        """Convert the payload and hand it to ``track_event``, if it is this processor's own."""
        if any(args.payload.get(key) is None for key in self.required_keys()):
            return
        try:
            event = msgspec.convert(args.payload, self.event_type, strict=False)
        except msgspec.ValidationError as error:
            args.report_error("invalid_event", f"{error} ({self.event_type.__name__})")
        else:
            self.track_event(tracker, args, event)

    @classmethod
    def required_keys(cls) -> tuple[str, ...]:
        """The JSON keys without which a payload is not of this processor's type."""
        if not issubclass(cls.event_type, msgspec.Struct):
            return ()
        fields = msgspec.structs.fields(cls.event_type)
        return tuple(item.encode_name for item in fields if item.required)

    @abstractmethod
    def track_event(self, tracker: Tracker, args: TrackEventArgs, event: T) -> None:
        """Handle the event: return, ``args.has_been_tracked()`` or ``args.report_error()``."""


@dataclass(frozen=True, slots=True)
class BatchResult:
    """What became of a batch: how many events are dealt with, and why others are not."""

    tracked: int
    errors: tuple[EventError, ...] = ()


def run(
    payloads: Sequence[Payload],
    tracker: Tracker,
    processors: Iterable[TrackEventProcessor[Any]],
) -> BatchResult:
    """Send each payload through the processors, in order, within one batch of the tracker.

    Raises ``TrackerUnavailable`` if the tracker kept nothing.
    """
    chain = [p for p in processors if not (tracker.conduit and p.needs_definitions)]
    with tracker.batch():
        outcomes = [
            _run_one(index, TrackEventArgs(payload), tracker, chain)
            for index, payload in enumerate(payloads)
        ]
    errors = tuple(error for error in outcomes if error)
    return BatchResult(len(payloads) - len(errors), errors)


def _run_one(
    index: int,
    args: TrackEventArgs,
    tracker: Tracker,
    chain: Iterable[TrackEventProcessor[Any]],
) -> EventError | None:
    """One event: what it stores is kept whole or not at all; its failure is its own."""
    reference = _reference(args.payload)
    try:
        with tracker.savepoint():
            _run_chain(index, args, tracker, chain)
    except TrackingError as error:
        return EventError(index, error.code, str(error), reference)
    return None


def _run_chain(
    index: int,
    args: TrackEventArgs,
    tracker: Tracker,
    chain: Iterable[TrackEventProcessor[Any]],
) -> None:
    for processor in chain:
        _run_processor(processor, tracker, args)
        if args.error:
            raise TrackingError(*args.error)
        if args.tracked:
            return
    if not tracker.conduit:
        raise TrackingError("invalid_event", "No processor knows this event; see its keys.")
    tracker.hand_on(index, args.payload)


def _run_processor(
    processor: TrackEventProcessor[Any], tracker: Tracker, args: TrackEventArgs
) -> None:
    try:
        processor.process(tracker, args)
    except (TrackingError, TrackerUnavailable):
        raise
    except Exception as error:
        logger.exception("Processor %s failed", processor.name())
        raise TrackingError("processor_failed", f"{processor.name()} failed.") from error


def _reference(payload: Payload) -> str | None:
    """The id by which the sender knows the event."""
    ids = ("eventId", "goalId", "outcomeId", "campaignId", "pageId")
    return next((str(payload[key]) for key in ids if payload.get(key) is not None), None)
