"""The stock processors, and the registry through which an app changes their order.

An installed app says in its ``jss_tracking_processors.py``, which is imported at start-up::

    from jss_tracking.processors import processors

    processors.insert_before("jss_tracking.processors.GoalProcessor", IdentifyContact)
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from jss_tracking.conf import conf
from jss_tracking.events import Campaign, Event, Goal, Outcome, PageView
from jss_tracking.pipeline import TrackEventArgs, TrackEventProcessor
from jss_tracking.trackers import Tracker

AnyProcessor = TrackEventProcessor[Any]
Chain = tuple[type[AnyProcessor], ...]


class EventProcessor(TrackEventProcessor[Event]):
    """``{"eventId": …}``: records a page event."""

    needs_definitions = True

    def track_event(self, tracker: Tracker, args: TrackEventArgs, event: Event) -> None:
        """Record it."""
        tracker.register_event(event, args.payload)
        args.has_been_tracked()


class GoalProcessor(TrackEventProcessor[Goal]):
    """``{"goalId": …}``: records a goal."""

    needs_definitions = True

    def track_event(self, tracker: Tracker, args: TrackEventArgs, event: Goal) -> None:
        """Record it."""
        tracker.register_goal(event, args.payload)
        args.has_been_tracked()


class OutcomeProcessor(TrackEventProcessor[Outcome]):
    """``{"outcomeId": …}``: records an outcome, with money or without."""

    needs_definitions = True

    def track_event(self, tracker: Tracker, args: TrackEventArgs, event: Outcome) -> None:
        """Record it."""
        tracker.register_outcome(event, args.payload)
        args.has_been_tracked()


class CampaignProcessor(TrackEventProcessor[Campaign]):
    """``{"campaignId": …}``: attributes the interaction to a campaign."""

    needs_definitions = True

    def track_event(self, tracker: Tracker, args: TrackEventArgs, event: Campaign) -> None:
        """Trigger it."""
        tracker.trigger_campaign(event, args.payload)
        args.has_been_tracked()


class PageViewProcessor(TrackEventProcessor[PageView]):
    """``{"pageId": …, "url": …}``: records a page view.

    Stands last, since an outcome of JSS's samples carries ``pageId`` and ``url`` as well. A
    payload with ``pageId`` alone is its own too, and is told that ``url`` is missing.
    """

    needs_definitions = True

    @classmethod
    def required_keys(cls) -> tuple[str, ...]:
        """What makes a payload a page view."""
        return ("pageId",)

    def track_event(self, tracker: Tracker, args: TrackEventArgs, event: PageView) -> None:
        """Record it."""
        tracker.register_page_view(event, args.payload)
        args.has_been_tracked()


@dataclass(frozen=True, slots=True)
class _Change:
    """One wish of an app: ``edit`` gives the new chain out of the old one and the place."""

    target: str
    edit: Callable[[Chain, int], Chain]


class ProcessorRegistry:
    """The pipeline's processors: those of ``TRACK_EVENT_PROCESSORS``, changed by apps.

    Changes are kept as they are asked for, in the order of the installed apps, and applied
    when the pipeline is first used. A processor goes by the dotted path of its class.
    """

    def __init__(self) -> None:
        self._changes: tuple[_Change, ...] = ()

    def insert_before(self, name: str, processor: type[AnyProcessor]) -> None:
        """Let ``processor`` see each event just before the one called ``name``."""
        self._change(name, lambda chain, at: (*chain[:at], processor, *chain[at:]))

    def insert_after(self, name: str, processor: type[AnyProcessor]) -> None:
        """Let ``processor`` see each event just after the one called ``name``."""
        self._change(name, lambda chain, at: (*chain[: at + 1], processor, *chain[at + 1 :]))

    def append(self, processor: type[AnyProcessor]) -> None:
        """Let ``processor`` see what nobody before it has claimed."""
        self._change("", lambda chain, _: (*chain, processor))

    def replace(self, name: str, processor: type[AnyProcessor]) -> None:
        """Put ``processor`` in the place of the one called ``name``."""
        self._change(name, lambda chain, at: (*chain[:at], processor, *chain[at + 1 :]))

    def remove(self, name: str) -> None:
        """Take the processor called ``name`` out."""
        self._change(name, lambda chain, at: (*chain[:at], *chain[at + 1 :]))

    def chain(self) -> tuple[AnyProcessor, ...]:
        """The processors in order, one shared object each, made at first use.

        Raises ``ImproperlyConfigured`` if a name, in the settings or of a change, is of no
        processor; ``manage.py check`` finds it first.
        """
        return _resolve(conf.TRACK_EVENT_PROCESSORS, self._changes)

    def _change(self, target: str, edit: Callable[[Chain, int], Chain]) -> None:
        self._changes = (*self._changes, _Change(target, edit))


@lru_cache(maxsize=8)
def _resolve(paths: tuple[str, ...], changes: tuple[_Change, ...]) -> tuple[AnyProcessor, ...]:
    chain: Chain = tuple(_import(path) for path in paths)
    for change in changes:
        chain = change.edit(chain, _place(chain, change.target))
    for cls in chain:
        if chain.count(cls) > 1:
            raise ImproperlyConfigured(f"The processor {cls.name()} stands twice in the pipeline.")
    return tuple(cls() for cls in chain)


def _import(path: str) -> type[AnyProcessor]:
    try:
        found = import_string(path)
    except ImportError as error:
        raise ImproperlyConfigured(f"TRACK_EVENT_PROCESSORS: {error}") from error
    if not (isinstance(found, type) and issubclass(found, TrackEventProcessor)):
        raise ImproperlyConfigured(f"TRACK_EVENT_PROCESSORS: {path} is no TrackEventProcessor.")
    return found


def _place(chain: Sequence[type[AnyProcessor]], target: str) -> int:
    names = [cls.name() for cls in chain]
    if target and target not in names:
        raise ImproperlyConfigured(
            f"No processor is called {target!r}; the pipeline has: {', '.join(names) or 'none'}."
        )
    return names.index(target) if target else len(names)


processors = ProcessorRegistry()
