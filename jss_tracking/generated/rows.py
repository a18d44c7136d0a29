"""Generated visits on their way into the database, and what is counted beside them."""

from collections.abc import Iterable
from datetime import date
from itertools import islice
from random import Random

from django.db import connection, transaction

from jss_tracking.days import day_begins
from jss_tracking.generated import shop
from jss_tracking.generated.crowd import Person
from jss_tracking.generated.visits import Definitions
from jss_tracking.models import (
    Contact,
    ContactIdentifier,
    DailyFigure,
    Definition,
    Device,
    Interaction,
    TrackedEvent,
)

AT_ONCE = 500
"""People whose rows are stored in one transaction."""

ROBOTS_PER_VISIT = 0.55
CHOICES_PER_VISIT = 0.5
CONSENT_SHARE = 0.72
SIGNALS_PER_VISIT = 0.2


def shop_definitions() -> Definitions:
    """The definitions of all that can happen, the campaigns made where they are missing."""
    for alias, channel in shop.CHANNELS_OF_CAMPAIGNS:
        Definition.objects.get_or_create(
            kind=Definition.Kind.CAMPAIGN, alias=alias, defaults={"channel": channel}
        )
    return {(each.kind, each.alias): each for each in Definition.objects.all()}


def save(people: Iterable[Person]) -> None:
    """Store them, part by part."""
    people = iter(people)
    while part := list(islice(people, AT_ONCE)):
        with transaction.atomic():
            _save(part)


def _save(people: list[Person]) -> None:
    visits = [visit for person in people for visit in person.visits]
    events = [event for visit in visits for event in visit.events]
    Contact.objects.bulk_create([person.contact for person in people])
    Device.objects.bulk_create([each for person in people for each in person.devices])
    ContactIdentifier.objects.bulk_create([name for each in people for name in each.identifiers])
    Interaction.objects.bulk_create([visit.interaction for visit in visits])
    TrackedEvent.objects.bulk_create(events)


def save_tallies(chance: Random, visits_by_day: Iterable[tuple[date, int]]) -> None:
    """What would have been counted beside so many visits: robots, and choices of consent."""
    kinds = DailyFigure.Kind
    figures = []
    for day, visits in visits_by_day:
        chose = visits * CHOICES_PER_VISIT
        numbers = {
            kinds.ROBOTS_DROPPED: visits * ROBOTS_PER_VISIT * chance.uniform(0.7, 1.4),
            kinds.CONSENT_GIVEN: chose * CONSENT_SHARE * chance.uniform(0.95, 1.05),
            kinds.CONSENT_REFUSED: chose * (1 - CONSENT_SHARE) * chance.uniform(0.9, 1.1),
            kinds.SIGNAL_REFUSED: visits * SIGNALS_PER_VISIT * chance.uniform(0.8, 1.2),
        }
        figures += [
            DailyFigure(begins=day_begins(day), kind=kind, count=round(number))
            for kind, number in numbers.items()
        ]
    DailyFigure.objects.bulk_create(figures, ignore_conflicts=True)


def analyze() -> None:
    """Tell the database how large its tables are, which else it finds out later."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
