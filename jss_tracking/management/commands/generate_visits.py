"""``manage.py generate_visits --contacts N --events N``: data to look at and to measure with."""

import time
from argparse import ArgumentParser
from random import Random
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from jss_layout.conf import conf as layout_conf
from jss_tracking.conf import conf
from jss_tracking.days import day_of
from jss_tracking.generated.calendar import Calendar
from jss_tracking.generated.crowd import crowd
from jss_tracking.generated.rows import analyze, save, save_tallies, shop_definitions
from jss_tracking.generated.visits import Visiting
from jss_tracking.models import Interaction
from jss_tracking.profile.figures import keep_complete_days
from jss_tracking.profile.overview import Period, overview

MOST_DAYS = 3650
"""Days of visits: each is summed up, and some thousand years ago calendars end."""


class Command(BaseCommand):
    """Fills the embedded tracker's tables with believable visits."""

    help = "Generate believable visits, up to now, in a database that has none."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """How many, and since when."""
        parser.add_argument("--contacts", type=int, default=1000, metavar="N", help="(1000)")
        parser.add_argument("--events", type=int, default=10_000, metavar="N", help="(10000)")
        parser.add_argument("--days", type=int, default=90, metavar="N", help="over N days (90)")
        parser.add_argument("--seed", type=int, default=0, help="same seed, same visits (0)")
        parser.add_argument(
            "--force", action="store_true", help="also in a database that has visits already"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Generate them, and say how fast that went."""
        contacts, events, days = (options[name] for name in ("contacts", "events", "days"))
        if not (0 < contacts <= events and days > 0):
            raise CommandError("Ask for at least one contact, one day, and an event a contact.")
        if days > MOST_DAYS:
            raise CommandError(
                f"--days {days} is more than generated visits can be spread over. Ask for "
                f"{MOST_DAYS} days, which are ten years, or fewer."
            )
        if Interaction.objects.exists() and not options["force"]:
            raise CommandError(
                "The database has visits, which generated ones can't be told from. Generate "
                "them in a database of their own, or add to it with --force."
            )
        started = time.monotonic()
        self._generate(Random(options["seed"]), contacts, events, days)  # noqa: S311  # no secret
        seconds = time.monotonic() - started
        self.stdout.write(
            f"{events} events of {contacts} contacts in {seconds:.0f} s, "
            f"{events / seconds:.0f} events/s."
        )

    def _generate(self, chance: Random, contacts: int, events: int, days: int) -> None:
        now = timezone.now()
        calendar = Calendar(chance, days, now, day_of(now))
        visiting = Visiting(
            chance,
            layout_conf.SITECORE_SITE_NAME,
            shop_definitions(),
            now,
            conf.TRACKING_SESSION_TIMEOUT,
        )
        save(crowd(chance, contacts, events, calendar, visiting))
        analyze()
        keep_complete_days()
        found = overview(Period.latest(days))
        save_tallies(chance, ((day.date, day.visits) for day in found.days))
