"""``manage.py deliver_events``: works the queue of events for Sitecore off."""

import signal
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from jss_layout.conf import conf as layout_conf
from jss_tracking.conf import conf
from jss_tracking.delivery.deliverers import Deliverers


class Command(BaseCommand):
    """Delivers until it is stopped, or once what is due."""

    help = "Deliver what waits for Sitecore, until SIGTERM or Ctrl-C. Any number may run at a time."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """How long, and how many at a time."""
        parser.add_argument("--once", action="store_true", help="Deliver what is due, and end.")
        parser.add_argument(
            "--threads",
            type=int,
            default=conf.EVENT_DELIVERY_THREADS,
            help="Sessions that are delivered at a time (EVENT_DELIVERY_THREADS).",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Deliver; a signal lets what is being sent come to its end."""
        deliverers = Deliverers(max(1, options["threads"]))
        if options["once"]:
            deliverers.run_once()
        else:
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, lambda *_: deliverers.stop())
            deliverers.run()
        deliverers.join(layout_conf.LAYOUT_SERVICE_TIMEOUT + 1)
