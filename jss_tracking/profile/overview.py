"""The numbers of a period: visits and their value, and what brought and kept them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet, Sum

from jss_tracking.days import day_begins, day_of, days_between, today
from jss_tracking.models import DailyFigure, Definition
from jss_tracking.profile.figures import DERIVED, figures_of, first_day, missing_days

Kind = DailyFigure.Kind
PAGES = (Kind.PAGE, Kind.ENTRY_PAGE, Kind.EXIT_PAGE)
DEFINED = (Kind.GOAL, Kind.OUTCOME, Kind.CAMPAIGN)

TOP = 10
"""Lines that a ranking shows."""

MOST_PAGES = 3000
"""Pages that are looked at for the rankings, those with the most views first."""


@dataclass(frozen=True, slots=True)
class Period:
    """Days from the first to the last, both included."""

    first: date
    last: date

    @classmethod
    def latest(cls, days: int) -> "Period":
        """That many days, of which the last is the present one."""
        return cls(today() - timedelta(days=days - 1), today())

    @property
    def length(self) -> int:
        """How many days there are."""
        return (self.last - self.first).days + 1

    @property
    def is_latest(self) -> bool:
        """Whether the present day is its last."""
        return self.last == today()


@dataclass(frozen=True, slots=True)
class Day:
    """The visits that began on a day, and their engagement value."""

    date: date
    visits: int = 0
    value: int = 0


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a ranking; ``money`` has a ``currency_code`` where it is any."""

    name: str
    count: int
    value: int = 0
    money: Decimal = Decimal(0)
    currency_code: str = ""


@dataclass(frozen=True, slots=True)
class Overview:
    """All numbers of a period. Rankings have their largest line first."""

    period: Period
    days: tuple[Day, ...]
    rankings: dict[str, tuple[Line, ...]] = field(default_factory=dict)
    robots_dropped: int = 0
    consent_given: int = 0
    consent_refused: int = 0
    signal_refused: int = 0

    @property
    def visits(self) -> int:
        """Visits of the whole period, without those of robots."""
        return sum(day.visits for day in self.days)

    @property
    def value(self) -> int:
        """Engagement value of the whole period."""
        return sum(day.value for day in self.days)

    @property
    def value_per_visit(self) -> float:
        """Engagement value of a visit in the mean, 0 if there was none."""
        return self.value / self.visits if self.visits else 0.0

    @property
    def goals(self) -> int:
        """How often any goal was reached."""
        return sum(line.count for line in self.rankings[Kind.GOAL])

    @property
    def worth(self) -> dict[str, Decimal]:
        """What the outcomes were worth, by currency."""
        worth: dict[str, Decimal] = {}
        for line in self.rankings[Kind.OUTCOME]:
            if line.money:
                worth[line.currency_code] = worth.get(line.currency_code, Decimal(0)) + line.money
        return worth

    @property
    def consent_share(self) -> float | None:
        """The part of those who chose that agreed, from 0 to 1; None if nobody chose."""
        chose = self.consent_given + self.consent_refused
        return self.consent_given / chose if chose else None

    @property
    def consent_percent(self) -> float:
        """The same in percent, 0 if nobody chose."""
        return 100 * (self.consent_share or 0)


def overview(period: Period) -> Overview:
    """The numbers of the period, up to this moment."""
    since = first_day() or today()
    first, last = max(period.first, since), min(period.last, today())
    fresh = figures_of(missing_days(first, last)) if first <= last else []
    kept = _kept(period, fresh)
    totals = _Totals()
    totals.add(_sums(kept.exclude(kind__in=PAGES)))
    totals.add(_sums(kept.filter(kind__in=PAGES))[:MOST_PAGES])
    totals.add(_sum_of(figure) for figure in fresh)
    lines = totals.rankings()
    return Overview(
        period,
        _days(period, [*kept.filter(kind=Kind.VISITS), *fresh]),
        {kind: lines.get(kind, ()) for kind in Kind},
        *(totals.count(kind) for kind in DailyFigure.TALLIED),
    )


SumOfKind = tuple[str, str, str, int, int, Decimal]
"""Kind, name, currency, count, value, money."""


class _Totals:
    """Sums by kind, name and currency."""

    def __init__(self) -> None:
        self._sums: dict[tuple[str, str, str], tuple[int, int, Decimal]] = {}

    def add(self, sums: Iterable[SumOfKind]) -> None:
        for kind, name, currency, count, value, money in sums:
            so_far = self._sums.get((kind, name, currency), (0, 0, Decimal(0)))
            total = so_far[0] + count, so_far[1] + value, so_far[2] + money
            self._sums[kind, name, currency] = total

    def count(self, kind: Kind) -> int:
        """The number of a kind that has no names."""
        return self._sums.get((kind, "", ""), (0,))[0]

    def rankings(self) -> dict[str, tuple[Line, ...]]:
        """The lines of each kind, the largest first, definitions by their aliases."""
        aliases = _aliases(name for kind, name, _ in self._sums if kind in DEFINED)
        found: dict[str, list[Line]] = {}
        for (kind, name, currency), (count, value, money) in self._sums.items():
            line = Line(aliases.get(name, name), count, value, money, currency)
            found.setdefault(kind, []).append(line)
        return {kind: tuple(sorted(lines, key=_rank)) for kind, lines in found.items()}


def _rank(line: Line) -> tuple[int, str, str]:
    return -line.count, line.name, line.currency_code


def _kept(period: Period, fresh: list[DailyFigure]) -> QuerySet[DailyFigure]:
    """The figures in the database; of a day that was just summed up, only what is tallied.

    Days are named one by one: those of another time zone's days must not count.
    """
    days = {day_begins(day) for day in days_between(period.first, period.last)}
    others = days - {figure.begins for figure in fresh}
    tallied = Q(begins__in=days, kind__in=DailyFigure.TALLIED)
    return DailyFigure.objects.filter(tallied | Q(begins__in=others, kind__in=DERIVED))


def _sums(figures: QuerySet[DailyFigure]) -> Any:
    sums = figures.values("kind", "name", "currency_code").annotate(
        counts=Sum("count"), values=Sum("value"), moneys=Sum("money")
    )
    return sums.order_by("-counts").values_list(
        "kind", "name", "currency_code", "counts", "values", "moneys"
    )


def _sum_of(figure: DailyFigure) -> SumOfKind:
    name, currency, money = figure.name, figure.currency_code, Decimal(figure.money)
    return figure.kind, name, currency, figure.count, figure.value, money


def _days(period: Period, figures: Iterable[DailyFigure]) -> tuple[Day, ...]:
    """Every day of the period, those without a visit too."""
    whole = {
        day_of(figure.begins): Day(day_of(figure.begins), figure.count, figure.value)
        for figure in figures
        if figure.kind == Kind.VISITS
    }
    return tuple(whole.get(day, Day(day)) for day in days_between(period.first, period.last))


def _aliases(guids: Iterable[str]) -> dict[str, str]:
    definitions = Definition.objects.in_bulk([UUID(guid) for guid in guids])
    return {str(guid): definition.alias for guid, definition in definitions.items()}
