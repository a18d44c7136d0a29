"""``manage.py show_interactions``: what was tracked, newest first."""

import json
import uuid
from argparse import ArgumentParser
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models import Prefetch, QuerySet

from jss_tracking.models import Interaction, TrackedEvent


class Command(BaseCommand):
    """Prints interactions with their pages, and under each page what happened on it."""

    help = "Shows what was tracked, newest first: interactions, their pages and events."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The options."""
        parser.add_argument("--contact", metavar="ID", help="only interactions of this contact")
        parser.add_argument("--json", action="store_true", help="print JSON")
        parser.add_argument("--limit", type=int, default=20, metavar="N", help="at most N (20)")
        parser.add_argument("--robots", action="store_true", help="show robots' interactions too")

    def handle(self, *_: Any, **options: Any) -> None:
        """Print them."""
        found = _interactions(options["contact"])
        shown = found if options["robots"] else found.filter(is_robot=False)
        limit = max(options["limit"], 0)
        report = {
            "interactions": [described(interaction) for interaction in shown[:limit]],
            "hidden": {
                "robots": 0 if options["robots"] else found.filter(is_robot=True).count(),
                "over_limit": max(shown.count() - limit, 0),
            },
        }
        lines = [json.dumps(report, indent=2)] if options["json"] else _lines(report)
        self.stdout.writelines(f"{line}\n" for line in lines)


def _interactions(contact: str | None) -> QuerySet[Interaction]:
    events = TrackedEvent.objects.select_related("definition").order_by("sequence")
    found = Interaction.objects.select_related("device", "campaign").prefetch_related(
        Prefetch("events", events)
    )
    if contact is None:
        return found
    try:
        return found.filter(contact=uuid.UUID(contact))
    except ValueError as error:
        raise CommandError(f"{contact!r} is no contact's id; one looks like a GUID.") from error


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


def _lines(report: dict[str, Any]) -> Iterator[str]:
    """The report for people to read."""
    for interaction in report["interactions"]:
        yield from _interaction_lines(interaction)
    hidden = report["hidden"]
    if not report["interactions"]:
        yield "No interactions."
    if hidden["robots"]:
        yield f"{hidden['robots']} hidden: robots, by their user agent (--robots shows them)."
    if hidden["over_limit"]:
        yield f"{hidden['over_limit']} older ones hidden: over the limit (--limit N)."


def _interaction_lines(interaction: dict[str, Any]) -> Iterator[str]:
    end = (
        f"{interaction['ended']} ({interaction['end_reason']})" if interaction["ended"] else "open"
    )
    notes = [
        f"site {interaction['site']}",
        f"device {interaction['device']}",
        f"value {interaction['engagement_value']}",
        *([f"campaign {interaction['campaign']}"] if interaction["campaign"] else []),
        *(["robot"] if interaction["robot"] else []),
    ]
    yield f"{interaction['started']} to {end}"
    yield f"  contact {interaction['contact']}, {', '.join(notes)}"
    yield from _event_lines(interaction["events"], "  ")
    for page in interaction["pages"]:
        yield f"  {_printable(page['url'])}  {{{page['item']}}}"
        yield from _event_lines(page["events"], "    ")
    yield ""


def _event_lines(events: list[dict[str, Any]], indent: str) -> Iterator[str]:
    for event in events:
        money = " ".join(filter(None, (event.get("monetary_value"), event.get("currency_code"))))
        line = f"{indent}{event['kind']} {event['alias']}  {{{event['guid']}}}"
        yield f"{line}  {money}" if money else line


def _printable(text: str) -> str:
    """A visitor's text without what a terminal would obey."""
    return "".join(char if char.isprintable() else "\ufffd" for char in text)
