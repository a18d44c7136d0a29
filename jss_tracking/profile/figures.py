"""Daily figures: made from the visits of a day, and kept once nothing more comes to it.

So a page over a year of visits reads a few thousand rows. A day that isn't over is summed
up anew each time. Erasing a visit forgets its day, which is then summed up again.
"""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Count, F, Max, OuterRef, Q, Subquery, Sum, Value
from django.db.models.functions import Coalesce, Concat, Left, StrIndex
from django.db.models.signals import post_delete
from django.dispatch import receiver
from django.utils import timezone

from jss_tracking.conf import conf
from jss_tracking.days import ONE_DAY, day_begins, day_of, days_between, today
from jss_tracking.models import DailyFigure, Interaction, TrackedEvent

Kind = DailyFigure.Kind
DERIVED = tuple(kind for kind in Kind if kind not in DailyFigure.TALLIED)

LONGEST_DAY = timedelta(hours=25)
"""The day on which summer time ends."""


def figures_of(days: Iterable[date]) -> list[DailyFigure]:
    """The figures of days that are not kept yet; those of complete days are from here on."""
    found: list[DailyFigure] = []
    for day in days:
        figures = _summed_up(day)
        if _is_complete(day):
            _keep(figures)
        found += figures
    return found


def keep_complete_days() -> int:
    """Sum up all days that are over and not kept yet; how many those were."""
    first = first_day()
    if first is None:
        return 0
    missing = [day for day in missing_days(first, today()) if _is_complete(day)]
    figures_of(missing)
    return len(missing)


def first_day() -> date | None:
    """The day of the first visit of all; None if there was none."""
    started = Interaction.objects.order_by("started").values_list("started", flat=True).first()
    return day_of(started) if started else None


def missing_days(first: date, last: date) -> list[date]:
    """Those of the days, both included, whose figures are not kept."""
    days = list(days_between(first, last))
    begins = [day_begins(day) for day in days]
    kept = DailyFigure.objects.filter(begins__in=begins, kind=Kind.VISITS)
    known = {day_of(moment) for moment in kept.values_list("begins", flat=True)}
    return [day for day in days if day not in known]


@receiver(post_delete, sender=Interaction, dispatch_uid="jss_tracking.forget_day")
def forget_day(instance: Interaction, **_: Any) -> None:
    """A visit is erased: its day is to be summed up anew, that of each time zone there was."""
    if not instance.is_robot:
        since = Q(begins__gt=instance.started - LONGEST_DAY, begins__lte=instance.started)
        DailyFigure.objects.filter(since, kind__in=DERIVED).delete()


def _is_complete(day: date) -> bool:
    """Whether no visit of the day can go on, or turn out to be no robot's."""
    alive_since = timezone.now() - timedelta(seconds=conf.TRACKING_SESSION_TIMEOUT)
    if day_begins(day + ONE_DAY) > alive_since:
        return False
    started = _of(day, "started")
    return not Interaction.objects.filter(
        started, ended=None, last_activity__gt=alive_since
    ).exists()


def _keep(figures: list[DailyFigure]) -> None:
    """Keep a day's figures, unless another request does so at this moment."""
    try:
        with transaction.atomic():
            DailyFigure.objects.bulk_create(figures)
    except IntegrityError:
        pass


def _summed_up(day: date) -> list[DailyFigure]:
    last = _interactions(day).aggregate(last=Max("last_activity"))["last"]
    rows = list(_visits(day))
    if last is not None:
        rows += [*_pages(day, last), *_entries(day)]
        rows += _reached(day, last)
    return [DailyFigure(begins=day_begins(day), **row) for row in rows]


def _of(day: date, field: str) -> Q:
    return Q(**{f"{field}__gte": day_begins(day), f"{field}__lt": day_begins(day + ONE_DAY)})


def _interactions(day: date) -> Any:
    return Interaction.objects.filter(_of(day, "started"), is_robot=False).order_by()


def _events(day: date, last: datetime, *kinds: str) -> Any:
    """Those of the day's visits, of which none is later than ``last``.

    Optimization: saying so spares a look at the events of all other days.
    """
    when = Q(timestamp__gte=day_begins(day), timestamp__lte=last)
    visits = Q(_of(day, "interaction__started"), interaction__is_robot=False)
    return TrackedEvent.objects.filter(when, visits, kind__in=kinds).order_by()


def _path(url: str) -> Left:
    """An address without its query, which may hold anything."""
    before_query = StrIndex(Concat(F(url), Value("?")), Value("?")) - 1
    return Left(url, before_query)


def _visits(day: date) -> Iterator[dict[str, Any]]:
    """The whole day's visits, and those of its channels and campaigns."""
    rows = list(
        _interactions(day)
        .values("channel", "campaign")
        .annotate(count=Count("pk"), sum=Coalesce(Sum("engagement_value"), 0))
    )
    yield _added_up(Kind.VISITS, "", rows)
    for channel in {row["channel"] for row in rows}:
        of_channel = [row for row in rows if row["channel"] == channel]
        yield _added_up(Kind.CHANNEL, channel, of_channel)
    for campaign in {row["campaign"] for row in rows} - {None}:
        of_campaign = [row for row in rows if row["campaign"] == campaign]
        yield _added_up(Kind.CAMPAIGN, str(campaign), of_campaign)


def _added_up(kind: Kind, name: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    count, value = sum(row["count"] for row in rows), sum(row["sum"] for row in rows)
    return {"kind": kind, "name": name, "count": count, "value": value}


def _pages(day: date, last: datetime) -> Iterator[dict[str, Any]]:
    """The pages, and those that were the last of a visit."""
    views = _events(day, last, TrackedEvent.Kind.PAGE_VIEW).annotate(path=_path("url"))
    is_last = Q(interaction__current_page=F("pk"))
    for row in views.values("path").annotate(count=Count("pk"), exits=Count("pk", filter=is_last)):
        yield {"kind": Kind.PAGE, "name": row["path"], "count": row["count"]}
        if row["exits"]:
            yield {"kind": Kind.EXIT_PAGE, "name": row["path"], "count": row["exits"]}


def _entries(day: date) -> Iterator[dict[str, Any]]:
    """The first pages of visits; a visit without any has none."""
    views = TrackedEvent.objects.filter(
        interaction=OuterRef("pk"), kind=TrackedEvent.Kind.PAGE_VIEW
    ).order_by("sequence")
    first = Subquery(views.annotate(path=_path("url")).values("path")[:1])
    visits = _interactions(day).annotate(path=first)
    for row in visits.values("path").annotate(count=Count("pk")):
        if row["path"] is not None:
            yield {"kind": Kind.ENTRY_PAGE, "name": row["path"], "count": row["count"]}


def _reached(day: date, last: datetime) -> Iterator[dict[str, Any]]:
    """The goals and the outcomes."""
    kinds = TrackedEvent.Kind
    events = _events(day, last, kinds.GOAL, kinds.OUTCOME)
    rows = events.values("kind", "definition", "currency_code")
    for row in rows.annotate(
        count=Count("pk"), value=Sum("engagement_value"), sum=Sum("monetary_value")
    ):
        yield {
            "kind": Kind(row["kind"]),
            "name": str(row["definition"]),
            "currency_code": row["currency_code"],
            "count": row["count"],
            "value": row["value"],
            "money": row["sum"] or 0,
        }
