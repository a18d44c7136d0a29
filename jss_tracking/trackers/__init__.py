"""Where tracked events go. A tracker is made for one visitor and one HTTP request.

``database`` keeps them on this host, ``sitecore`` hands them to Sitecore, ``memory`` is for
tests. A tracker sees the ``Visitor`` that it is given and nothing else of the request.
"""

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import ClassVar

from django.utils.module_loading import import_string

from jss_layout.sites import SiteDefinition
from jss_tracking.conf import conf
from jss_tracking.events import Campaign, Event, Goal, Outcome, PageView, Payload
from jss_tracking.exceptions import TrackingError


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who is being tracked: the value made of a request at the door.

    ``cookies`` are name and value pairs as they came; ``headers`` what may pass up to
    Sitecore; ``address`` one bare IP address or ``""``; ``language`` that of the page; ``host``
    the name, with port, by which the browser called.
    """

    site: SiteDefinition
    language: str = ""
    address: str = field(default="", repr=False)
    user_agent: str = ""
    host: str = ""
    referrer: str = ""
    secure: bool = False
    cookies: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    query: tuple[tuple[str, str], ...] = ()

    def cookie(self, name: str) -> str:
        """The first cookie of that name, as browsers order them by path; ``""`` if none."""
        return next((value for key, value in self.cookies if key == name), "")


@dataclass(frozen=True, slots=True)
class EventError:
    """Why the event at ``index`` of the batch was not tracked."""

    index: int
    code: str
    message: str
    id: str | None = None


class Tracker(ABC):
    """What a processor may use. Methods raise ``TrackingError`` for an event that does not fit.

    ``set_cookies`` are raw ``Set-Cookie`` values for the visitor, filled as work goes on.
    ``index`` is the place in the batch of the event that is being tracked; the pipeline sets
    it. ``errors`` is what a conduit learns at the end of a batch: the events that were
    refused where it handed them; ``queued`` how many it keeps to hand them on later.
    ``conduit`` says that whatever no processor claims is
    handed on instead of refused.
    """

    conduit: ClassVar[bool] = False

    def __init__(self, visitor: Visitor) -> None:
        self.visitor = visitor
        self.set_cookies: list[str] = []
        self.index = 0
        self.errors: tuple[EventError, ...] = ()
        self.queued = 0

    @contextmanager
    def batch(self) -> Iterator[None]:
        """Holds the visitor's session for one batch; a conduit hands over at its end.

        Raises ``TrackerUnavailable`` if nothing of the batch was kept.
        """
        yield

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Keeps all that one event stores, or, if it raises, nothing of it."""
        yield

    @abstractmethod
    def register_event(self, event: Event, payload: Payload) -> None:
        """Record a page event on the current page."""

    @abstractmethod
    def register_goal(self, goal: Goal, payload: Payload) -> None:
        """Record a goal on the current page."""

    @abstractmethod
    def register_outcome(self, outcome: Outcome, payload: Payload) -> None:
        """Record an outcome of the interaction."""

    @abstractmethod
    def trigger_campaign(self, campaign: Campaign, payload: Payload) -> None:
        """Attribute the interaction to a campaign."""

    @abstractmethod
    def register_page_view(self, page_view: PageView, payload: Payload) -> None:
        """Record a page view; it becomes the current page."""

    def tracked_before(self, uids: Collection[str]) -> set[str]:  # noqa: ARG002
        """Those of the events' ids (``eventUid``) under which this visitor's were tracked.

        Asked once, at the beginning of a batch.
        """
        return set()

    def remember(self, uid: str) -> None:  # noqa: B027  # a tracker need not
        """Note the id of the event that was just tracked."""

    def identify_as(self, source: str, identifier: str) -> None:  # noqa: ARG002
        """Say who the visitor is: ``source``, such as a shop, calls the contact so.

        Raises ``TrackingError`` where this tracker can't; a conduit leaves it to Sitecore.
        """
        raise TrackingError("not_supported", f"{type(self).__name__} identifies no contacts.")

    def hand_on(self, payload: Payload) -> None:
        """Take an event that no processor claimed; only a conduit does."""
        raise NotImplementedError

    def mark_human(self) -> None:  # noqa: B027  # a tracker need not
        """Note that a person visits, if the visitor's session is running.

        For a tracker that keeps visits itself; Sitecore is told by the visitor's browser.
        """

    def withdraw(self) -> None:  # noqa: B027  # a tracker need not
        """The visitor took back consent: what is kept to be handed on later is deleted.

        Raises ``TrackerUnavailable`` if it could not be.
        """

    @abstractmethod
    def flush(self) -> None:
        """End the interaction; the next request starts a new one of the same device."""


def tracker_class() -> type[Tracker]:
    """The tracker that ``TRACKER`` names, or else the one of ``JSS_MODE``."""
    return _tracker_class(conf.TRACKER)


@cache
def _tracker_class(path: str) -> type[Tracker]:
    found: type[Tracker] = import_string(path)
    return found
