"""The embedded tracker: it keeps contacts, interactions and events in this host's database."""

import logging
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from copy import copy
from dataclasses import replace

from django.db import (
    Error,
    IntegrityError,
    InterfaceError,
    OperationalError,
    transaction,
)
from django.utils import timezone

from jss_tracking.conf import conf
from jss_tracking.contacts import identify
from jss_tracking.cookies import (
    DEVICE_COOKIE,
    SESSION_COOKIE,
    device_cookie,
    read_ids,
    session_cookie,
)
from jss_tracking.definitions import definition_rows
from jss_tracking.event_rows import defined_row, outcome_row, page_view_row
from jss_tracking.event_uids import UidsOfVisitor
from jss_tracking.events import Campaign, Event, Goal, Outcome, PageView, Payload
from jss_tracking.exceptions import TrackerUnavailable
from jss_tracking.interactions import end_interaction, is_new
from jss_tracking.models import Contact, Interaction, TrackedEvent
from jss_tracking.models.contacts import IDENTIFIER_LENGTH, SOURCE_LENGTH
from jss_tracking.savepoints import savepoint_at_first_query
from jss_tracking.saving import save_session
from jss_tracking.sessions import Session, open_session, turn_human
from jss_tracking.trackers import Tracker, Visitor
from jss_tracking.values import storable

logger = logging.getLogger(__name__)

Kind = TrackedEvent.Kind

OUTAGE = (OperationalError, InterfaceError)


class DatabaseTracker(Tracker):
    """Collects a batch's events and keeps them at its end, in one transaction.

    A processor may read ``contact``, ``interaction`` and ``current_page`` within a batch, and
    save rows of its own; those are kept or given up together with the event's.
    """

    def __init__(self, visitor: Visitor) -> None:
        super().__init__(visitor)
        cookies = visitor.cookie(DEVICE_COOKIE), visitor.cookie(SESSION_COOKIE)
        self._cookie_ids = self._ids = read_ids(*cookies)
        self._arrived = timezone.now()
        self._session: Session | None = None
        self._events: list[TrackedEvent] = []
        self._sent: Collection[str] = ()
        self._uids: list[str] = []

    @property
    def contact(self) -> Contact:
        """The visitor's contact. A new one is saved at the batch's end, with an interaction."""
        return self._want_session().device.contact

    @property
    def interaction(self) -> Interaction:
        """The running interaction. A new one is saved at the batch's end."""
        return self._want_session().interaction

    @property
    def current_page(self) -> TrackedEvent | None:
        """The last page view, on which what comes next happens."""
        pages = (event for event in reversed(self._events) if event.kind == Kind.PAGE_VIEW)
        return next(pages, None) or self._open_session().interaction.current_page

    @contextmanager
    def batch(self) -> Iterator[None]:
        """Holds a transaction; at its end the events are kept and the cookies given."""
        try:
            with _unavailable_on_error(Error), transaction.atomic():
                yield
                if transaction.get_rollback():
                    raise OperationalError("the transaction broke while events were tracked")
                self._keep_events()
            self._give_cookies()
        finally:
            self._events = []
            self._sent = ()
            self._uids = []
            self._session = None

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Keeps all that one event stores, rows of a processor's own included, or nothing."""
        events, session = list(self._events), copy(self._session)
        try:
            with savepoint_at_first_query():
                yield
        except BaseException:
            self._events, self._session = events, session  # a lock that was taken meanwhile is gone
            if conf.TRACKING_CREATE_DEFINITIONS:
                definition_rows.forget()  # one that the event made is gone
            raise

    def tracked_before(self, uids: Collection[str]) -> set[str]:
        """Those that this device's events had within the last 24 hours."""
        self._sent = uids
        found = self._uids_of_visitor().tracked(uids) if uids else set()
        if found and is_new(self._open_session().interaction):
            # Another request may have kept them since this one looked for the visit.
            self._session = None
            self._open_session()
        return found

    def remember(self, uid: str) -> None:
        """Note the id at the batch's end, with the events."""
        self._uids.append(uid)

    def identify_as(self, source: str, identifier: str) -> None:
        """Say who the visitor is, by the name that the source has for the contact.

        An anonymous contact becomes known by it, or is merged into the one that goes by that
        name already. A contact that is known as somebody else was another person at the same
        device: the interaction ends here, and one of the right contact begins.
        """
        session = self._want_session()
        source = storable("source", source.strip(), SOURCE_LENGTH)
        identifier = storable("identifier", identifier.strip(), IDENTIFIER_LENGTH)
        contact = identify(session, source, identifier)
        if contact != session.device.contact:
            session.change_person(contact, self._events, self.visitor)
            self._events = []

    def register_event(self, event: Event, payload: Payload) -> None:
        """Record a page event on the current page."""
        self._events.append(defined_row(Kind.EVENT, event.event_id, event, payload))

    def register_goal(self, goal: Goal, payload: Payload) -> None:
        """Record a goal on the current page; its points count for the interaction."""
        self._events.append(defined_row(Kind.GOAL, goal.goal_id, goal, payload))

    def register_outcome(self, outcome: Outcome, payload: Payload) -> None:
        """Record an outcome and the money it is worth."""
        self._events.append(outcome_row(outcome, payload))

    def trigger_campaign(self, campaign: Campaign, payload: Payload) -> None:
        """Attribute the interaction to a campaign; the last one counts."""
        self._events.append(defined_row(Kind.CAMPAIGN, campaign.campaign_id, campaign, payload))

    def register_page_view(self, page_view: PageView, payload: Payload) -> None:
        """Record a page view; it becomes the current page."""
        self._events.append(page_view_row(page_view, payload))

    def mark_human(self) -> None:
        """Note that a person visits, if there is a running interaction of the session."""
        with self.batch():
            session = self._open_session()
            if not is_new(session.interaction):
                turn_human(session)

    def flush(self) -> None:
        """End the interaction now; the next request starts a new one of the same device."""
        with self.batch():
            interaction = self._open_session().interaction
            if not is_new(interaction):
                end_interaction(interaction, timezone.now(), Interaction.EndReason.FLUSHED)

    def _open_session(self) -> Session:
        if self._session is None:
            with _unavailable_on_error(*OUTAGE):
                self._session = open_session(self.visitor, self._ids, self._arrived, self._sent)
        return self._session

    def _want_session(self) -> Session:
        session = self._open_session()
        session.is_wanted = True
        return session

    def _uids_of_visitor(self) -> UidsOfVisitor:
        return UidsOfVisitor(self.visitor, self._cookie_ids, self._open_session().device.id)

    def _keep_events(self) -> None:
        if self._events or (self._session and self._session.is_wanted):
            try:
                save_session(self._open_session(), self._events)
            except IntegrityError:  # another request made the same device first
                if self._session and self._session.is_identified:
                    raise
                self._session = None
                save_session(self._open_session(), self._events)
        if self._uids:
            self._uids_of_visitor().remember(self._uids)

    def _give_cookies(self) -> None:
        """Renew the device's cookie; the session's goes down when it is new to the browser.

        It goes first: JSS, which joins the lines, parts them again only before a name of
        letters, digits and ``_``, which ``ASP.NET_SessionId`` is not.
        """
        session = self._session
        if session is None or is_new(session.interaction):
            return
        self._ids = replace(
            self._ids,
            device=session.device.id,
            session=session.interaction.session_id,
            classified=self._ids.classified or session.device.is_human,
        )
        secure = self.visitor.secure
        self.set_cookies = [device_cookie(self._ids, timezone.now(), secure=secure)]
        if self._ids.session != self._cookie_ids.session:
            self.set_cookies.insert(0, session_cookie(self._ids, secure=secure))


@contextmanager
def _unavailable_on_error(*errors: type[Error]) -> Iterator[None]:
    """Makes a database's error ``TrackerUnavailable``; its text may quote a row, so it stays."""
    try:
        yield
    except errors as error:
        is_outage = isinstance(error, OUTAGE)
        logger.error("A batch was not kept: %s", error if is_outage else type(error).__name__)
        definition_rows.forget()  # one that is gone may be the reason
        raise TrackerUnavailable("The tracker's database did not take the events.") from None
