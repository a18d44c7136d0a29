"""A visitor's session: which contact, device and interaction it is.

All work on one visitor's session is serialized by a lock on the device's row, so that two
tabs or two workers find one contact and one interaction, and each batch stays together.
"""

from collections.abc import Collection
from copy import copy
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from jss_tracking.cookies import VisitorIds, new_device_id, new_session_id
from jss_tracking.interactions import begin_interaction, end_interaction, has_expired
from jss_tracking.lost_answers import device_of_first_events, unanswered_visit
from jss_tracking.models import (
    Contact,
    ContactIdentifier,
    Device,
    Interaction,
    TrackedEvent,
)
from jss_tracking.trackers import Visitor


@dataclass(slots=True)
class Session:
    """A device and its running interaction; what is new is not in the database yet.

    ``is_wanted`` says that it is to be saved even if there are no events in it. Who the
    visitor turned out to be meanwhile is saved with it: new ``identifiers``, contacts
    ``merged`` into the device's, and what was the ``earlier`` person's.

    Whatever is learned about the visitor takes the place of what was known, which itself
    stays as it is: so a ``copy`` is what to go back to if an event fails.
    """

    device: Device
    interaction: Interaction
    is_wanted: bool = False
    identifiers: tuple[ContactIdentifier, ...] = ()
    merged: tuple[Contact, ...] = ()
    earlier: tuple[tuple[Interaction, list[TrackedEvent]], ...] = ()

    @property
    def is_identified(self) -> bool:
        """Whether there is to be saved who the visitor is."""
        return bool(self.identifiers or self.merged or self.earlier)

    def become(self, contact: Contact) -> None:
        """The visitor, anonymous so far, is that contact."""
        self.merged += (self.device.contact,)
        self._use_device(contact)
        self.interaction = copy(self.interaction)
        self.interaction.contact = contact

    def change_person(self, contact: Contact, events: list[TrackedEvent], visitor: Visitor) -> None:
        """From here on somebody else uses the device: the events so far were the earlier one's."""
        self.earlier += ((self.interaction, events),)
        self._use_device(contact)
        session_id = self.interaction.session_id
        self.interaction = begin_interaction(visitor, self.device, session_id)

    def _use_device(self, contact: Contact) -> None:
        self.device = copy(self.device)
        self.device.contact = contact


def open_session(
    visitor: Visitor, ids: VisitorIds, arrived: datetime, uids: Collection[str] = ()
) -> Session:
    """The session that the visitor's cookies name, or else a new one; locks the device.

    ``arrived`` is when the visitor's request did, ``uids`` are the ids of its events. Works
    within a transaction only.
    """
    device = _lock_device(ids.device or _device_of_session(ids.session))
    if device is None:
        return _first_session(visitor, ids, uids)
    latest = _latest_interaction(device, ids.session, arrived)
    if latest and latest.ended is None:
        if not has_expired(latest):
            return Session(device, latest)
        end_interaction(latest, latest.last_activity, Interaction.EndReason.EXPIRED)
    session_id = latest.session_id if latest else new_session_id()
    return Session(device, begin_interaction(visitor, device, session_id))


def turn_human(session: Session) -> None:
    """Note that a person uses the device; its running interaction is no robot's from now on."""
    session.device.is_human = True
    session.device.save(update_fields=["is_human"])
    session.interaction.is_robot = False
    session.interaction.last_activity = timezone.now()
    session.interaction.save(update_fields=["is_robot", "last_activity"])


def _lock_device(device_id: str | None) -> Device | None:
    if not device_id:
        return None
    # FOR NO KEY UPDATE: rows that refer to the device may be written meanwhile.
    return Device.objects.select_for_update(no_key=True).filter(pk=device_id).first()


def _device_of_session(session_id: str) -> str | None:
    """Without the device's cookie: the device whose session is running."""
    if not session_id:
        return None
    running = Interaction.objects.filter(session_id=session_id, ended__isnull=True)
    return running.values_list("device", flat=True).first()


def _first_session(visitor: Visitor, ids: VisitorIds, uids: Collection[str]) -> Session:
    """A new device's, or that of a first visit whose answer, and so its cookies, got lost."""
    device_id = ids.device
    if not (ids.device or ids.session):
        device_id = device_of_first_events(visitor, uids)
        if device := _lock_device(device_id):
            if visit := unanswered_visit(device, uids):
                return Session(device, visit)
            device_id = ""
    device = Device(id=device_id or new_device_id(), contact=Contact(), is_human=ids.classified)
    return Session(device, begin_interaction(visitor, device, new_session_id()))


def _latest_interaction(device: Device, session_id: str, arrived: datetime) -> Interaction | None:
    """That of the session, else one which began while the visitor's request was under way.

    Such a request can't know the session id which another one has just been given; nor
    can one that was sent while its session was flushed. A session that is not the
    device's own is not adopted: somebody may have planted it.
    """
    interactions = device.interactions.select_related("current_page").order_by("-started")
    named = interactions.filter(session_id=session_id).first() if session_id else None
    if named and named.end_reason != Interaction.EndReason.FLUSHED:
        return named
    since = named.ended if named and named.ended else arrived
    return interactions.filter(ended__isnull=True, started__gte=since).first()
