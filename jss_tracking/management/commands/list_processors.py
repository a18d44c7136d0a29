"""``manage.py list_processors``: the order in which events meet the processors."""

from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError

from jss_tracking.pipeline import TrackEventProcessor
from jss_tracking.processors import processors
from jss_tracking.trackers import tracker_class


class Command(BaseCommand):
    """Prints the pipeline's processors, each with the keys by which it knows its events."""

    help = "List the processors of the trackEvent pipeline, in order."

    def handle(self, *_args: Any, **_options: Any) -> None:
        """One line a processor."""
        try:
            chain = processors.chain()
        except ImproperlyConfigured as error:
            raise CommandError(str(error)) from error
        for place, processor in enumerate(chain, 1):
            self.stdout.write(f"{place:2}. {_describe(processor)}")


def _describe(processor: TrackEventProcessor[Any]) -> str:
    keys = ", ".join(processor.required_keys()) or "any payload"
    left_out = processor.needs_definitions and tracker_class().conduit
    note = ", left out: Sitecore does it" if left_out else ""
    return f"{processor.name()} ({keys}{note})"
