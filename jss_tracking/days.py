"""Days, as people of the project's time zone count them."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from django.utils import timezone

ONE_DAY = timedelta(days=1)


def day_begins(day: date) -> datetime:
    """The moment at which the day begins, in the project's time zone."""
    return datetime.combine(day, time.min, tzinfo=timezone.get_default_timezone())


def day_of(moment: datetime) -> date:
    """The day on which the moment is, in the project's time zone."""
    return timezone.localdate(moment, timezone.get_default_timezone())


def today() -> date:
    """The present day."""
    return day_of(timezone.now())


def days_between(first: date, last: date) -> Iterator[date]:
    """Both days and all that are between them."""
    for number in range((last - first).days + 1):
        yield first + number * ONE_DAY
