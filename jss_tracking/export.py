"""What is kept of contacts and their visits as JSON, to show it or to hand it out.

Ids of devices are masked and those of sessions left out: whoever has them may act as the
visitor.
"""

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import chain
from typing import Any

from django.db.models import QuerySet

from jss_tracking.models import Contact, Interaction, Refusal, TrackedEvent
from jss_tracking.refusals import refusals_of


def exported(contact: Contact) -> dict[str, Any]:
    """All that is kept of a contact."""
    interactions = contact.interactions.select_related("device", "campaign").prefetch_related(
        "events__definition"
    )
    return {
        "id": str(contact.id),
        "created": _time(contact.created),
        "last_seen": _time(contact.last_seen),
        "identifiers": list(contact.identifiers.values("source", "identifier", "kind")),
        "devices": [
            {"id": device.masked, "created": _time(device.created), "human": device.is_human}
            for device in contact.devices.all()
        ],
        "interactions": [_exported_interaction(each) for each in interactions.order_by("started")],
        "refusals": [_refusal(each) for each in _refusals(contact).order_by("refused")],
    }


def _refusals(contact: Contact) -> QuerySet[Refusal]:
    """Why events of its browsers were not tracked, which goes with the contact."""
    return refusals_of(contact.devices.values_list("pk", flat=True))


def _refusal(refusal: Refusal) -> dict[str, Any]:
    names = ("code", "reference", "message", "site", "device")
    told = {name: getattr(refusal, name) for name in names}
    return {"refused": _time(refusal.refused), **told}


def _exported_interaction(interaction: Interaction) -> dict[str, Any]:
    """What ``described`` says, and what is of no interest to a report."""
    return {
        **described(interaction),
        "channel": interaction.channel,
        "user_agent": interaction.user_agent,
        "referrer": interaction.referrer,
        "address": interaction.address,
    }


COLUMNS = (
    "contact",
    "identifiers",
    "visit",
    "site",
    "language",
    "channel",
    "campaign",
    "referrer",
    "user_agent",
    "address",
    "end_reason",
    "time",
    "page",
    "kind",
    "name",
    "seconds",
    "engagement_value",
    "monetary_value",
    "currency_code",
    "data",
)
"""What a line of ``exported_rows`` holds."""


def exported_rows(contact: Contact) -> Iterator[tuple[object, ...]]:
    """The contact's events for a spreadsheet, a line each, in order; one line if there are none.

    Each line tells who the contact is, by ``source/identifier`` of all its identifiers.
    """
    who = contact.id, _identifiers(contact)
    rows = _rows_of_events(contact)
    first = next(rows, ("",) * (len(COLUMNS) - len(who)))
    yield from ((*who, *row) for row in chain([first], rows))


def _identifiers(contact: Contact) -> str:
    identifiers = contact.identifiers.order_by("pk").values_list("source", "identifier")
    return "; ".join(f"{source}/{identifier}" for source, identifier in identifiers)


def _rows_of_events(contact: Contact) -> Iterator[tuple[object, ...]]:
    events = TrackedEvent.objects.filter(interaction__contact=contact)
    related = events.select_related("interaction__campaign", "definition", "page")
    for event in related.order_by("interaction__started", "interaction", "sequence"):
        visit, page = event.interaction, event.page or event
        yield (
            visit.id,
            visit.site,
            visit.language,
            visit.channel,
            visit.campaign,
            visit.referrer,
            visit.user_agent,
            visit.address,
            visit.end_reason,
            _time(event.timestamp),
            page.url,
            event.kind,
            event.label,
            None if event.duration is None else event.duration.total_seconds(),
            event.engagement_value,
            event.monetary_value,
            event.currency_code,
            json.dumps(event.data, ensure_ascii=False) if event.data else "",
        )


def described(interaction: Interaction) -> dict[str, Any]:
    """An interaction as JSON: its pages in order, each with what happened on it."""
    events = list(interaction.events.all())
    pages = [event for event in events if event.kind == TrackedEvent.Kind.PAGE_VIEW]
    return {
        "id": str(interaction.id),
        "contact": str(interaction.contact_id),
        "device": interaction.device.masked,
        "site": interaction.site,
        "language": interaction.language,
        "started": _time(interaction.started),
        "last_activity": _time(interaction.last_activity),
        "ended": _time(interaction.ended),
        "end_reason": interaction.end_reason or None,
        "robot": interaction.is_robot,
        "campaign": interaction.campaign.alias if interaction.campaign else None,
        "engagement_value": interaction.engagement_value,
        "pages": [_page(page, events) for page in pages],
        "events": _on_page(None, events),
    }


def _page(page: TrackedEvent, events: Iterable[TrackedEvent]) -> dict[str, Any]:
    return {
        "item": str(page.item_id),
        "url": page.url,
        "timestamp": _time(page.timestamp),
        "seconds": None if page.duration is None else page.duration.total_seconds(),
        "data": page.data,
        "events": _on_page(page, events),
    }


def _on_page(page: TrackedEvent | None, events: Iterable[TrackedEvent]) -> list[dict[str, Any]]:
    page_id = page.id if page else None
    return [
        _event(event)
        for event in events
        if event.page_id == page_id and event.kind != TrackedEvent.Kind.PAGE_VIEW
    ]


def _event(event: TrackedEvent) -> dict[str, Any]:
    described: dict[str, Any] = {
        "kind": event.kind,
        "alias": event.label,
        "guid": str(event.definition_id),
        "timestamp": _time(event.timestamp),
        "engagement_value": event.engagement_value,
        "data": event.data,
    }
    if event.kind == TrackedEvent.Kind.OUTCOME:
        amount = event.monetary_value
        described["monetary_value"] = None if amount is None else str(amount)
        described["currency_code"] = event.currency_code or None
    return described


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
