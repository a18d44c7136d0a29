"""What is only counted: nothing else is kept of a robot, or of a visitor who refused."""

from functools import partial

from django.db import IntegrityError, transaction
from django.db.models import F

from jss_tracking.days import day_begins, today
from jss_tracking.models import DailyFigure


def tally(kind: DailyFigure.Kind, count: int = 1) -> None:
    """Add to the day's number of that kind, one of ``DailyFigure.TALLIED``.

    It is added once the transaction under way is kept, so that no visitor waits for another
    one's; a failure is logged and changes nothing else.
    """
    transaction.on_commit(partial(_add, kind, count), robust=True)


def _add(kind: DailyFigure.Kind, count: int) -> None:
    figure = {"begins": day_begins(today()), "kind": kind}
    rows = DailyFigure.objects.filter(**figure)
    more = F("count") + count
    if rows.update(count=more):
        return
    try:
        with transaction.atomic():
            DailyFigure.objects.create(**figure, count=count)
    except IntegrityError:  # another request counted the first one of the day
        rows.update(count=more)
