"""Each number that the overview's page prints is that of SQL that knows nothing of the page."""

import re
from collections.abc import Callable
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from jss_tracking.models import DailyFigure
from jss_tracking.tallies import tally
from tests.tracking.profile.conftest import Clock
from tests.tracking.profile.test_overview import EVENTS, VISITS, busy_week, rows

__all__ = ["busy_week"]

pytestmark = pytest.mark.django_db

Kind = DailyFigure.Kind
Rows = list[list[str]]
OF_CAMPAIGN = (
    "FROM jss_tracking_interaction v JOIN jss_tracking_definition d ON d.guid = v.campaign_id "
    "WHERE NOT v.is_robot"
)
GOALS = f"{EVENTS} AND e.kind = 'goal'"
OUTCOMES = f"{EVENTS} AND e.kind = 'outcome'"


@pytest.fixture
def html(busy_week: Clock, admin_client: Client, django_capture_on_commit_callbacks: Any) -> str:
    """The page of a busy week, with robots and choices."""
    busy_week.set(17)
    with django_capture_on_commit_callbacks(execute=True):
        for kind, count in zip(DailyFigure.TALLIED, (1234, 30, 10, 77), strict=True):
            tally(kind, count)
    busy_week.set(18, 15)
    address = reverse("admin:jss_tracking_dailyfigure_changelist")
    response = admin_client.get(address, {"first": "2026-03-01", "last": "2026-03-31"})
    return response.content.decode()


def words(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def headline(html: str) -> dict[str, str]:
    """What stands in large letters, by its name."""
    found = re.findall(r"<div><dt>(.*?)</dt>(.*?)</div>", html)
    return {words(name): words(number) for name, number in found}


def table(html: str, heading: str) -> Rows:
    """The cells of the table below a heading."""
    body = html.partition(f'<h2 id="{heading}"')[2].partition("<tbody>")[2].partition("</tbody>")[0]
    return [
        [words(cell) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row)]
        for row in re.findall(r"<tr>(.*?)</tr>", body, re.DOTALL)
    ]


def texts(found: list[tuple[Any, ...]]) -> Rows:
    return sorted([f"{value}" for value in row] for row in found)


def money(amount: Any, code: str, places: int) -> str:
    return f"{Decimal(str(amount)):,.{places}f} {code}"


def test_what_stands_in_large_letters(html: str) -> None:
    ((visits, value),) = rows(f"SELECT count(*), sum(engagement_value) {VISITS}")
    ((goals,),) = rows(f"SELECT count(*) {GOALS}")
    worth = rows(
        f"SELECT sum(e.monetary_value), e.currency_code {OUTCOMES} GROUP BY 2 "
        "HAVING sum(e.monetary_value) > 0"
    )
    tallied = dict(rows("SELECT kind, sum(count) FROM jss_tracking_dailyfigure GROUP BY kind"))
    given, refused = (int(tallied[f"consent_{each}"]) for each in ("given", "refused"))
    found = headline(html)
    assert len(worth) == 2
    printed = re.findall(r"[\d,]+ [A-Z]{3}", found.pop("Outcomes' worth"))
    assert sorted(printed) == sorted(money(amount, code, 0) for amount, code in worth)
    assert found == {
        "Visits": f"{visits}",
        "Engagement value": f"{value}",
        "Value per visit": f"{value / visits:.2f}",
        "Goals reached": f"{goals}",
        "Consent": f"{100 * given / (given + refused):.1f} % {given} agreed, {refused} refused",
        "Refused by browser": f"{tallied['signal_refused']} page views, not tracked",
        "Robots dropped": f"{int(tallied['robots_dropped']):,}",
    }


RANKED: dict[str, Callable[[], Rows]] = {
    "channel": lambda: texts(
        rows(f"SELECT v.channel, count(*), sum(v.engagement_value) {VISITS} GROUP BY 1")
    ),
    "campaign": lambda: texts(
        rows(f"SELECT d.alias, count(*), sum(v.engagement_value) {OF_CAMPAIGN} GROUP BY 1")
    ),
    "goal": lambda: texts(
        rows(f"SELECT d.alias, count(*), sum(e.engagement_value) {GOALS} GROUP BY 1")
    ),
    "outcome": lambda: sorted(
        [alias, f"{count}", money(amount, code, 2)]
        for alias, count, amount, code in rows(
            f"SELECT d.alias, count(*), sum(e.monetary_value), e.currency_code {OUTCOMES} "
            "GROUP BY 1, 4"
        )
    ),
}


@pytest.mark.parametrize("kind", RANKED)
def test_rankings(html: str, kind: str) -> None:
    found = table(html, f"ranking-{kind}")
    assert found
    assert sorted(found) == RANKED[kind]()


PLACES = {
    "page": "1 = 1",
    "entry_page": "e.sequence = (SELECT min(f.sequence) FROM jss_tracking_trackedevent f "
    "WHERE f.interaction_id = v.id AND f.kind = 'page_view')",
    "exit_page": "e.sequence = (SELECT max(f.sequence) FROM jss_tracking_trackedevent f "
    "WHERE f.interaction_id = v.id AND f.kind = 'page_view')",
}


@pytest.mark.parametrize("kind", PLACES)
def test_rankings_of_pages(html: str, kind: str) -> None:
    path = "replace(e.url, '?a=b', '')"
    counted = f"{EVENTS} AND e.kind = 'page_view' AND {PLACES[kind]} GROUP BY 1"
    assert sorted(table(html, f"ranking-{kind}")) == texts(
        rows(f"SELECT {path}, count(*) {counted}")
    )


def test_visits_and_value_by_day(html: str) -> None:
    found = table(html, "days")
    ((visits, value),) = rows(f"SELECT count(*), sum(engagement_value) {VISITS}")
    assert len(found) == 31
    assert sum(int(visits) for _, visits, _ in found) == visits
    assert sum(int(value) for _, _, value in found) == value
    ((busy,),) = rows(f"SELECT count(*) {VISITS} AND v.started >= '2026-03-18'")
    assert found[17][:2] == ["Wed March 18, 2026", f"{busy}"]
