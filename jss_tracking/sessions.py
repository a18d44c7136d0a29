"""A visitor's session: which contact, device and interaction it is, and what is kept in it.

All work on one visitor's session is serialized by a lock on the device's row, so that two
tabs or two workers find one contact and one interaction, and each batch stays together.
"""

from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network

from django.db import models, transaction
from django.utils import timezone

from jss_tracking.conf import conf
from jss_tracking.cookies import VisitorIds, new_device_id, new_session_id
from jss_tracking.models import (
    Contact,
    ContactIdentifier,
    Device,
    Interaction,
    TrackedEvent,
)
from jss_tracking.models.interactions import URL_LENGTH, USER_AGENT_LENGTH
from jss_tracking.robot_visits import drop_robots_gone
from jss_tracking.robots import is_robot
from jss_tracking.trackers import Visitor
from jss_tracking.values import cleaned

PLACED = [
    "last_activity",
    "engagement_value",
    "next_sequence",
    "current_page",
    "campaign",
    "channel",
]
DIRECT, REFERRAL = "Direct", "Referral"
"""Channels of visits that no campaign gives one."""


@dataclass(slots=True)
class Session:
    """A device and its running interaction; what is new is not in the database yet.

    ``is_wanted`` says that it is to be saved even if there are no events in it. Who the
    visitor turned out to be meanwhile is saved with it: new ``identifiers``, contacts
    ``merged`` into the device's, and what was the ``earlier`` person's.
    """

    device: Device
    interaction: Interaction
    is_wanted: bool = False
    identifiers: list[ContactIdentifier] = field(default_factory=list)
    merged: list[Contact] = field(default_factory=list)
    earlier: list[tuple[Interaction, list[TrackedEvent]]] = field(default_factory=list)

    @property
    def is_identified(self) -> bool:
        """Whether there is to be saved who the visitor is."""
        return bool(self.identifiers or self.merged or self.earlier)

    def become(self, contact: Contact) -> None:
        """The visitor, anonymous so far, is that contact."""
        self.merged.append(self.device.contact)
        self.device.contact = self.interaction.contact = contact

    def identity(self) -> "Identity":
        """Who the visitor is by now, to go back to if an event fails."""
        return (
            self.device.contact,
            self.interaction,
            self.interaction.contact,
            (list(self.identifiers), list(self.merged), list(self.earlier)),
        )

    def be_again(self, identity: "Identity") -> None:
        """Go back to who the visitor was."""
        self.device.contact, self.interaction, self.interaction.contact, lists = identity
        self.identifiers, self.merged, self.earlier = lists


Identity = tuple[
    Contact,
    Interaction,
    Contact,
    tuple[list[ContactIdentifier], list[Contact], list[tuple[Interaction, list[TrackedEvent]]]],
]


def is_new(row: models.Model) -> bool:
    """Whether the row is not in the database yet."""
    return row._state.adding


def open_session(visitor: Visitor, ids: VisitorIds, arrived: datetime) -> Session:
    """The session that the visitor's cookies name, or else a new one; locks the device.

    ``arrived`` is when the visitor's request did. Works within a transaction only.
    """
    device = _lock_device(ids)
    if device is None:
        device = Device(
            id=ids.device or new_device_id(), contact=Contact(), is_human=ids.classified
        )
        return Session(device, _new_interaction(visitor, device, new_session_id()))
    latest = _latest_interaction(device, ids.session, arrived)
    if latest and latest.ended is None:
        if not _has_expired(latest):
            return Session(device, latest)
        end_interaction(latest, latest.last_activity, Interaction.EndReason.EXPIRED)
    session_id = latest.session_id if latest else new_session_id()
    return Session(device, _new_interaction(visitor, device, session_id))


def keep_events(session: Session, events: Sequence[TrackedEvent]) -> None:
    """Put the events at the end of the session's interaction and save all of it.

    Raises ``IntegrityError``, with the transaction still good, if another request has made
    the same device meanwhile; the session that is opened next is that one's.
    """
    for interaction, its_events in session.earlier:
        _place(interaction, its_events)
    _place(session.interaction, events)
    with transaction.atomic() if is_new(session.device) else nullcontext():
        if session.is_identified:
            _save_identity(session)
        _save(session)
    TrackedEvent.objects.bulk_create(events)


def change_person(
    session: Session, contact: Contact, events: list[TrackedEvent], visitor: Visitor
) -> None:
    """From here on somebody else uses the device: the events so far were the earlier one's."""
    session.earlier.append((session.interaction, events))
    session.device.contact = contact
    session_id = session.interaction.session_id
    session.interaction = _new_interaction(visitor, session.device, session_id)


def turn_human(session: Session) -> None:
    """Note that a person uses the device; its running interaction is no robot's from now on."""
    session.device.is_human = True
    session.device.save(update_fields=["is_human"])
    session.interaction.is_robot = False
    session.interaction.last_activity = timezone.now()
    session.interaction.save(update_fields=["is_robot", "last_activity"])


def end_interaction(interaction: Interaction, at: datetime, reason: str) -> None:
    """End the interaction at that time, and the view of its last page with it.

    That of a robot is deleted, unless ``TRACKING_KEEP_ROBOTS`` is on.
    """
    if interaction.is_robot and not conf.TRACKING_KEEP_ROBOTS:
        interaction.delete()
        return
    interaction.ended = at
    interaction.end_reason = reason
    interaction.save(update_fields=["ended", "end_reason"])
    _leave_page(interaction.current_page, at)


def shorten_address(address: str) -> str | None:
    """The network of the address: 24 bits of IPv4, 48 of IPv6; ``None`` if it is no address."""
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return None
    parsed = getattr(parsed, "ipv4_mapped", None) or parsed
    bits = 24 if parsed.version == 4 else 48
    return str(ip_network(f"{parsed}/{bits}", strict=False).network_address)


def _lock_device(ids: VisitorIds) -> Device | None:
    """The device of the cookies; without its cookie, that of the session which is running."""
    device_id = ids.device or (
        Interaction.objects.filter(session_id=ids.session, ended__isnull=True)
        .values_list("device", flat=True)
        .first()
    )
    # FOR NO KEY UPDATE: rows that refer to the device may be written meanwhile.
    return Device.objects.select_for_update(no_key=True).filter(pk=device_id).first()


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


def _has_expired(interaction: Interaction) -> bool:
    robot, visitor = conf.TRACKING_ROBOT_SESSION_TIMEOUT, conf.TRACKING_SESSION_TIMEOUT
    timeout = timedelta(seconds=robot if interaction.is_robot else visitor)
    return timezone.now() - interaction.last_activity >= timeout


def _new_interaction(visitor: Visitor, device: Device, session_id: str) -> Interaction:
    return Interaction(
        contact=device.contact,
        device=device,
        session_id=session_id,
        site=cleaned(visitor.site.name, 100),
        language=cleaned(visitor.language, 50),
        user_agent=cleaned(visitor.user_agent, USER_AGENT_LENGTH),
        referrer=cleaned(visitor.referrer, URL_LENGTH),
        channel=_channel(visitor),
        address=_address(visitor.address),
        is_robot=is_robot(visitor.user_agent) and not device.is_human,
    )


def _address(text: str) -> str | None:
    """The visitor's address, as much of it as may be kept."""
    if conf.TRACKING_SHORTEN_ADDRESSES:
        return shorten_address(text)
    try:
        return str(ip_address(text.partition("%")[0]))
    except ValueError:
        return None


def _channel(visitor: Visitor) -> str:
    """By what way the visitor comes, as far as the first request's referrer tells."""
    host = visitor.referrer.partition("://")[2].partition("/")[0].lower()
    return REFERRAL if host and host != visitor.host.lower() else DIRECT


def _place(interaction: Interaction, events: Iterable[TrackedEvent]) -> None:
    """Give the events their place in the interaction, and it what they add up to.

    They happen now: events of one batch are told apart by their sequence, not by the clock.
    """
    now = interaction.last_activity = timezone.now()
    for event in events:
        event.interaction = interaction
        event.timestamp = now
        event.sequence = interaction.next_sequence
        interaction.next_sequence += 1
        interaction.engagement_value += event.engagement_value
        if event.kind == TrackedEvent.Kind.PAGE_VIEW:
            _leave_page(interaction.current_page, now)
            interaction.current_page = event
        else:
            event.page = interaction.current_page
        if event.kind == TrackedEvent.Kind.CAMPAIGN:
            interaction.campaign = event.definition
            if event.definition and event.definition.channel:
                interaction.channel = event.definition.channel


def _leave_page(page: TrackedEvent | None, at: datetime) -> None:
    if page is not None:
        page.duration = at - page.timestamp
        if not is_new(page):
            page.save(update_fields=["duration"])


def _save_identity(session: Session) -> None:
    """Save who the visitor is, and the interactions of who it was before."""
    contacts = [name.contact for name in session.identifiers]
    contacts += [interaction.contact for interaction, _ in session.earlier]
    for contact in contacts:
        if is_new(contact):
            contact.save(force_insert=True)
    for interaction, events in session.earlier:
        interaction.ended = interaction.last_activity
        interaction.end_reason = Interaction.EndReason.IDENTIFIED
        _leave_page(interaction.current_page, interaction.last_activity)
        interaction.save(force_insert=is_new(interaction))
        TrackedEvent.objects.bulk_create(events)
    ContactIdentifier.objects.bulk_create(session.identifiers)
    for contact in session.merged:
        _merge(contact, session.device.contact)
    if not is_new(session.device):
        session.device.save(update_fields=["contact"])
    if not is_new(session.interaction):
        session.interaction.save(update_fields=["contact"])


def _merge(contact: Contact, into: Contact) -> None:
    """All that refers to the contact, rows of other apps too, becomes the other one's."""
    for relation in Contact._meta.related_objects:
        if relation.one_to_many:
            name = relation.field.name
            rows = relation.related_model._base_manager.filter(**{name: contact})
            rows.update(**{name: into})
    into.created = min(into.created, contact.created)
    into.save(update_fields=["created"])
    if not is_new(contact):
        contact.delete()


def _save(session: Session) -> None:
    device, interaction = session.device, session.interaction
    if not is_new(interaction):
        interaction.save(update_fields=PLACED)
        return
    if interaction.is_robot:
        drop_robots_gone(device)
    device.contact.last_seen = interaction.started
    if is_new(device.contact):
        device.contact.save(force_insert=True)
    else:
        device.contact.save(update_fields=["last_seen"])
    if is_new(device):
        device.save(force_insert=True)
    interaction.save(force_insert=True)
