"""``manage.py deliver_events``: works the queue of events for Sitecore off."""

import signal
import threading
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.base import BaseCommand

from jss_layout.conf import conf as layout_conf
from jss_tracking.conf import conf
from jss_tracking.delivery.deliverers import Deliverers

CHANCES = 3
"""Times in a row that a site may take nothing before ``--once`` leaves the rest for another run."""


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
        with stopped_by_signals(deliverers):
            if options["once"]:
                deliverers.run_once(CHANCES)
            else:
                deliverers.run()
            deliverers.join(layout_conf.LAYOUT_SERVICE_TIMEOUT + 1)


@contextmanager
def stopped_by_signals(deliverers: Deliverers) -> Iterator[None]:
    """SIGTERM and SIGINT stop them; where this is no main thread, signals are another's."""
    is_main = threading.current_thread() is threading.main_thread()
    signals = (signal.SIGTERM, signal.SIGINT) if is_main else ()
    before = {number: signal.signal(number, lambda *_: deliverers.stop()) for number in signals}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
