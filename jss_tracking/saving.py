"""Saves a session: its events, each in its place, and who the visitor turned out to be."""

from collections.abc import Iterable, Sequence
from contextlib import nullcontext

from django.db import IntegrityError, transaction
from django.db.models import ManyToOneRel, Model, QuerySet
from django.utils import timezone

from jss_tracking.interactions import is_new, leave_page
from jss_tracking.models import Contact, Interaction, TrackedEvent
from jss_tracking.robot_visits import drop_robots_gone
from jss_tracking.sessions import Session

PLACED = [
    "last_activity",
    "engagement_value",
    "next_sequence",
    "current_page",
    "campaign",
    "channel",
]


def save_session(session: Session, events: Sequence[TrackedEvent]) -> None:
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
            leave_page(interaction.current_page, now)
            interaction.current_page = event
        else:
            event.page = interaction.current_page
        if event.kind == TrackedEvent.Kind.CAMPAIGN:
            interaction.campaign = event.definition
            if event.definition and event.definition.channel:
                interaction.channel = event.definition.channel


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


def _save_identity(session: Session) -> None:
    """Save who the visitor is, and the interactions of who it was before."""
    for interaction, _ in session.earlier:
        if is_new(interaction.contact):
            interaction.contact.save(force_insert=True)
    for interaction, events in session.earlier:
        interaction.ended = interaction.last_activity
        interaction.end_reason = Interaction.EndReason.IDENTIFIED
        leave_page(interaction.current_page, interaction.last_activity)
        interaction.save(force_insert=is_new(interaction))
        TrackedEvent.objects.bulk_create(events)
    for name in session.identifiers:
        if is_new(name.contact):
            name.contact.save(force_insert=True)
        name.save(force_insert=True)
    for contact in session.merged:
        _merge(contact, session.device.contact)
    if not is_new(session.device):
        session.device.save(update_fields=["contact"])
    if not is_new(session.interaction):
        session.interaction.save(update_fields=["contact"])


def _merge(contact: Contact, into: Contact) -> None:
    """All that refers to the contact, rows of other apps too, becomes the other one's."""
    for relation in Contact._meta.get_fields(include_hidden=True):
        if isinstance(relation, ManyToOneRel):  # one to one is such a relation as well
            _move(relation, contact, into)
    into.created = min(into.created, contact.created)
    into.save(update_fields=["created"])
    if not is_new(contact):
        contact.delete()


def _move(relation: ManyToOneRel, contact: Contact, into: Contact) -> None:
    """Rows that the other one may have but once, and has already, go with the contact."""
    name = relation.field.name
    rows = relation.related_model._base_manager.filter(**{name: contact})
    try:
        with transaction.atomic():
            rows.update(**{name: into})
    except IntegrityError:
        for row in rows:
            _move_one(rows.filter(pk=row.pk), name, into)


def _move_one(row: QuerySet[Model], name: str, into: Contact) -> None:
    try:
        with transaction.atomic():
            row.update(**{name: into})
    except IntegrityError:
        row.delete()
