"""``manage.py delivery_status``: what waits for Sitecore, since when, and why."""

from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

import msgspec
from django.core.management.base import BaseCommand

from jss_tracking.delivery.status import depths, reasons


class Command(BaseCommand):
    """Tells of the queue without anything of a visitor."""

    help = "Show how many batches of events wait for Sitecore or are set aside, and why."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """For people, or for programs."""
        parser.add_argument("--json", action="store_true", help="Print JSON.")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Print depth, age and reasons."""
        if options["json"]:
            queue = [{**asdict(depth), "seconds": depth.seconds} for depth in depths()]
            found = {"queue": queue, "reasons": [asdict(reason) for reason in reasons()]}
            self.stdout.write(msgspec.json.encode(found).decode())
            return
        for line in self._lines() or ["Nothing waits, and nothing is set aside."]:
            self.stdout.write(line)

    def _lines(self) -> list[str]:
        lines = [
            f"{depth.site}: {depth.batches} batches ({depth.events} events) {depth.label}, "
            f"the oldest for {depth.seconds} s"
            for depth in depths()
        ]
        return lines + [
            f"{reason.site}: {reason.batches} {reason.label}, the latest of {reason.latest:%F %T}"
            f": {reason.reason}"
            for reason in reasons()
        ]
