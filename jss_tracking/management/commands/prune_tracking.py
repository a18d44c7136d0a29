"""``manage.py prune_tracking --older-than 13m``: deletes what is kept long enough."""

import re
from argparse import ArgumentParser, ArgumentTypeError
from calendar import monthrange
from datetime import datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from jss_tracking.event_uids import forget_old_uids
from jss_tracking.expiry import prune

_AGE = re.compile(r"([1-9][0-9]{0,3})([dwmy])", re.ASCII)
_DAYS = {"d": 1, "w": 7}
_MONTHS = {"m": 1, "y": 12}


class Command(BaseCommand):
    """Deletes old interactions with their events, and what belonged to them alone."""

    help = "Delete interactions that were last active before an age, and what only they needed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The age, which has no default: what is deleted is gone."""
        parser.add_argument(
            "--older-than",
            required=True,
            type=time_ago,
            metavar="AGE",
            help="A number of days, weeks, months or years: 30d, 8w, 13m, 2y.",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Say how many were deleted."""
        pruned = prune(options["older_than"])
        forget_old_uids()
        self.stdout.write(f"{pruned} interactions deleted.")


def time_ago(age: str) -> datetime:
    """The moment that long ago, by the calendar: ``13m`` is the same day 13 months before."""
    match = _AGE.fullmatch(age)
    if match is None:
        raise ArgumentTypeError(f"{age!r} is no age; write a number and d, w, m or y, as in 13m.")
    number, unit = int(match[1]), match[2]
    now = timezone.now()
    try:
        if unit in _DAYS:
            return now - timedelta(days=number * _DAYS[unit])
        return _months_before(now, number * _MONTHS[unit])
    except (ValueError, OverflowError) as error:
        raise ArgumentTypeError(f"{age!r} is before the calendar begins.") from error


def _months_before(moment: datetime, months: int) -> datetime:
    year, month = divmod(moment.year * 12 + moment.month - 1 - months, 12)
    day = min(moment.day, monthrange(year, month + 1)[1])
    return moment.replace(year=year, month=month + 1, day=day)
