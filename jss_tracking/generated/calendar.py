"""When people come: in the day, in the week, and again."""

from datetime import date, datetime, timedelta
from random import Random

from jss_tracking.days import ONE_DAY, day_begins
from jss_tracking.generated.chances import Weighted

AT_NIGHT, IN_THE_MORNING = (2, 1, 1, 1, 1, 2), (5, 9, 13, 16, 17, 16)
IN_THE_AFTERNOON, IN_THE_EVENING = (14, 15, 15, 14, 13, 13), (15, 18, 20, 17, 10, 5)
HOURS = Weighted(*enumerate(AT_NIGHT + IN_THE_MORNING + IN_THE_AFTERNOON + IN_THE_EVENING))
WEEKDAYS = (1.0, 1.05, 1.0, 0.95, 0.85, 0.6, 0.7)
"""How busy a day is beside a Monday."""

DAYS_UNTIL_NEXT = 9
"""Days after which a visitor comes again, in the mean."""


class Calendar:
    """The days of the visits, of which the last is not over yet."""

    def __init__(self, chance: Random, days: int, until: datetime, last: date) -> None:
        self._chance = chance
        self._until = until
        self._days = [last - number * ONE_DAY for number in reversed(range(days))]
        growth = (0.8 + 0.4 * number / days for number in range(days))
        busy = (WEEKDAYS[day.weekday()] for day in self._days)
        weights = [weight * more for weight, more in zip(busy, growth, strict=True)]
        self._likely = Weighted(*zip(range(days), weights, strict=True))

    def visits(self, count: int) -> list[datetime]:
        """When a person comes that often, in order: soon again, rather than evenly."""
        number = self._likely.draw(self._chance)
        found = []
        for _ in range(count):
            found.append(self._moment(number))
            number += 1 + int(self._chance.expovariate(1 / DAYS_UNTIL_NEXT))
            if number >= len(self._days):
                number = self._likely.draw(self._chance)
        return sorted(found)

    def _moment(self, number: int) -> datetime:
        """A moment of that day, by the hours at which people come, and not after now."""
        begins = day_begins(self._days[number])
        second = HOURS.draw(self._chance) * 3600 + self._chance.random() * 3600
        moment = begins + timedelta(seconds=second)
        if moment > self._until:
            so_far = (self._until - begins).total_seconds()
            moment = begins + timedelta(seconds=self._chance.random() * so_far)
        return moment
