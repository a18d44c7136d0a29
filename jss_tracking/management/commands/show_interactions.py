"""``manage.py show_interactions``: what was tracked, newest first."""

import json
import os
import uuid
from argparse import ArgumentParser
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models import Prefetch, QuerySet

from jss_tracking.export import described
from jss_tracking.models import Interaction, TrackedEvent
from jss_tracking.trackers import tracker_class


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
        if tracker_class().conduit:
            self.stderr.write("Sitecore keeps the interactions of this site; see its own reports.")
        lines = [json.dumps(report, indent=2)] if options["json"] else _lines(report)
        self._print(lines)

    def _print(self, lines: Iterable[str]) -> None:
        try:
            self.stdout.writelines(f"{line}\n" for line in lines)
            self.stdout.flush()
        except BrokenPipeError:
            # The reader, such as `head`, has seen enough; Python flushes once more at its end.
            with Path(os.devnull).open("w") as nowhere:
                os.dup2(nowhere.fileno(), self.stdout.fileno())


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
