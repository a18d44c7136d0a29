"""The numbers of a period equal those of SQL that knows nothing of how they are made."""

import random
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from pytest_django import DjangoAssertNumQueries

from jss_tracking.expiry import prune
from jss_tracking.models import Contact, DailyFigure, Definition, Interaction
from jss_tracking.profile.figures import keep_complete_days
from jss_tracking.profile.overview import Line, Overview, Period, overview
from jss_tracking.tallies import tally
from tests.tracking.browser import Browser, page
from tests.tracking.profile.conftest import Clock

pytestmark = pytest.mark.django_db

Kind = DailyFigure.Kind
MARCH = Period(date(2026, 3, 1), date(2026, 3, 31))


def names(found: Overview, kind: Kind) -> list[tuple[str, int]]:
    return [(line.name, line.count) for line in found.rankings[kind]]


def rows(sql: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall())


Tallied = Callable[..., None]


@pytest.fixture
def tallied(django_capture_on_commit_callbacks: Any) -> Tallied:
    """Counts, in a transaction that is kept."""

    def tallied(kind: Kind, count: int = 1) -> None:
        with django_capture_on_commit_callbacks(execute=True):
            tally(kind, count)

    return tallied


@pytest.fixture
def three_days(clock: Clock) -> Clock:
    """A visit on the 16th that came by a campaign, two on the 17th, one on the 18th."""
    Definition.objects.filter(alias="Sample Campaign").update(channel="Email")
    clock.set(16)
    ann = Browser()
    ann.track(page("/?sc_camp=x"), {"campaignId": "Sample Campaign"}, page("/shop"))
    ann.track({"goalId": "Register"}, page("/thanks"))
    clock.set(17)
    ann.track(page("/shop?q=1"), {"outcomeId": "Opportunity", "monetaryValue": 12.5})
    bob = Browser(referrer="https://search.example/", host="www.example.com")
    bob.track(
        page("/shop"), {"outcomeId": "Opportunity", "monetaryValue": "0.1", "currencyCode": "EUR"}
    )
    clock.set(18)
    bob.track({"goalId": "Login"})
    return clock


def test_visits_and_their_value_stand_by_the_day_on_which_they_began(three_days: Clock) -> None:
    found = overview(Period(date(2026, 3, 15), date(2026, 3, 18)))
    assert [(day.date.day, day.visits, day.value) for day in found.days] == [
        (15, 0, 0),
        (16, 1, 25),
        (17, 2, 0),
        (18, 1, 5),
    ]
    assert (found.visits, found.value) == (4, 30)


def test_pages_are_ranked_by_their_path(three_days: Clock) -> None:
    found = overview(MARCH)
    assert names(found, Kind.PAGE) == [("/shop", 3), ("/", 1), ("/thanks", 1)]
    assert names(found, Kind.ENTRY_PAGE) == [("/shop", 2), ("/", 1)]
    assert names(found, Kind.EXIT_PAGE) == [("/shop", 2), ("/thanks", 1)]


def test_channels_and_campaigns_count_visits(three_days: Clock) -> None:
    found = overview(MARCH)
    assert names(found, Kind.CHANNEL) == [("Referral", 2), ("Direct", 1), ("Email", 1)]
    assert found.rankings[Kind.CAMPAIGN] == (Line("Sample Campaign", 1, 25),)


def test_goals_have_their_points_and_outcomes_their_worth_by_currency(three_days: Clock) -> None:
    found = overview(MARCH)
    assert found.rankings[Kind.GOAL] == (Line("Login", 1, 5), Line("Register", 1, 25))
    assert found.goals == 2
    assert found.worth == {"": Decimal("12.5"), "EUR": Decimal("0.1")}


def test_days_that_are_over_are_summed_up_once(
    three_days: Clock, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    first = overview(MARCH)
    kept = DailyFigure.objects.filter(kind=Kind.VISITS).order_by("begins")
    assert [(each.begins.day, each.count) for each in kept] == [(16, 1), (17, 2)]
    with django_assert_max_num_queries(13):
        assert overview(MARCH) == first


def test_a_day_is_kept_only_when_none_of_its_visits_can_go_on(clock: Clock) -> None:
    clock.set(17, 23, 55)
    browser = Browser()
    browser.track(page("/late"))
    clock.set(18, 0, 10)
    assert overview(MARCH).value == 0
    browser.track({"goalId": "Login"})
    clock.set(18, 0, 25)
    assert keep_complete_days() == 0
    browser.track({"goalId": "Register"})
    clock.set(18, 0, 50)
    assert keep_complete_days() == 1
    assert overview(MARCH).days[16].value == 30


def test_a_day_waits_for_requests_that_were_under_way_at_its_end(clock: Clock) -> None:
    clock.set(17, 23, 55)
    browser = Browser()
    browser.track(page("/late"))
    browser.flush()
    clock.set(18, 0, 5)
    assert keep_complete_days() == 0
    clock.set(18, 0, 20)
    assert keep_complete_days() == 1


def test_keeping_twice_keeps_once(three_days: Clock) -> None:
    assert (keep_complete_days(), keep_complete_days()) == (2, 0)


def test_without_any_visit_there_is_nothing_to_keep(clock: Clock) -> None:
    assert keep_complete_days() == 0
    found = overview(Period.latest(7))
    assert (found.visits, len(found.days), found.consent_share) == (0, 7, None)


def test_an_erased_contact_is_gone_from_the_numbers(three_days: Clock) -> None:
    assert overview(MARCH).visits == 4
    Contact.objects.order_by("created")[0].delete()
    found = overview(MARCH)
    assert (found.visits, found.value) == (2, 5)
    assert names(found, Kind.PAGE) == [("/shop", 1)]


def test_pruned_visits_are_gone_from_the_numbers(three_days: Clock) -> None:
    keep_complete_days()
    prune(datetime(2026, 3, 17, tzinfo=UTC))
    assert [day.visits for day in overview(MARCH).days[15:18]] == [0, 2, 1]


def test_robots_count_only_as_robots(clock: Clock, tallied: Tallied) -> None:
    Browser(user_agent="Googlebot/2.1").track(page())
    Browser(user_agent="Mozilla/5.0 Firefox/140.0").track(page())
    tallied(Kind.ROBOTS_DROPPED, 3)
    tallied(Kind.ROBOTS_DROPPED)
    found = overview(MARCH)
    assert (found.visits, found.robots_dropped) == (1, 4)


def test_consent_has_its_share_of_those_who_chose(clock: Clock, tallied: Tallied) -> None:
    for day in (17, 18):
        clock.set(day)
        tallied(Kind.CONSENT_GIVEN, 3)
        tallied(Kind.CONSENT_REFUSED)
    assert overview(Period.latest(1)).consent_given == 3
    assert overview(MARCH).consent_share == 0.75


def test_what_is_tallied_stays_when_a_day_is_forgotten(three_days: Clock, tallied: Tallied) -> None:
    tallied(Kind.ROBOTS_DROPPED, 2)
    keep_complete_days()
    Interaction.objects.all().delete()
    assert [each.kind for each in DailyFigure.objects.all()] == [Kind.ROBOTS_DROPPED]


def test_days_are_those_of_the_projects_time_zone(clock: Clock, settings: Any) -> None:
    settings.TIME_ZONE = "Europe/Copenhagen"
    clock.set(16, 23, 30)
    Browser().track(page())
    clock.set(18)
    assert [day.visits for day in overview(Period.latest(3)).days] == [0, 1, 0]


def test_another_time_zone_sums_the_days_up_anew(clock: Clock, settings: Any) -> None:
    clock.set(16, 23, 30)
    Browser().track(page())
    clock.set(18)
    assert [day.visits for day in overview(Period.latest(3)).days] == [1, 0, 0]
    settings.TIME_ZONE = "Europe/Copenhagen"
    assert [day.visits for day in overview(Period.latest(3)).days] == [0, 1, 0]


@pytest.mark.parametrize("before", ["Pacific/Kiritimati", "America/Los_Angeles"])
def test_an_erased_visit_is_gone_from_the_days_of_each_time_zone(
    clock: Clock, settings: Any, before: str
) -> None:
    settings.TIME_ZONE = before
    clock.set(16, 23, 30)
    Browser().track(page("/erased"))
    clock.set(19)
    keep_complete_days()
    settings.TIME_ZONE = "Europe/Copenhagen"
    keep_complete_days()
    assert DailyFigure.objects.filter(name="/erased", kind=Kind.PAGE).count() == 2
    Contact.objects.get().delete()
    assert not DailyFigure.objects.filter(name="/erased").exists()
    settings.TIME_ZONE = before
    assert overview(Period.latest(4)).visits == 0


def happenings(amount: int) -> list[dict[str, Any]]:
    return [
        {"goalId": "Login"},
        {"goalId": "Register"},
        {"campaignId": "Sample Campaign"},
        {
            "outcomeId": "Sales Lead",
            "monetaryValue": amount,
            "currencyCode": "EUR" if amount % 3 else "DKK",
        },
    ]


@pytest.fixture
def busy_week(clock: Clock) -> Clock:
    """Visits that nobody has thought out."""
    chance = random.Random(7)
    for number in range(25):
        clock.set(chance.randint(10, 18), chance.randint(0, 14), chance.randint(0, 59))
        browser = Browser(
            user_agent=chance.choice(["Mozilla/5.0 Firefox/140.0", "Googlebot/2.1"]),
            referrer=chance.choice(["", "https://search.example/"]),
            host="www.example.com",
        )
        for _ in range(chance.randint(1, 4)):
            url = f"/{chance.randint(1, 5)}{chance.choice(['', '?a=b'])}"
            browser.track(page(url), *chance.sample(happenings(number), 2))
    clock.set(18, 15)
    keep_complete_days()
    return clock


VISITS = "FROM jss_tracking_interaction v WHERE NOT v.is_robot"
EVENTS = (
    "FROM jss_tracking_trackedevent e JOIN jss_tracking_interaction v ON v.id = e.interaction_id "
    "LEFT JOIN jss_tracking_definition d ON d.guid = e.definition_id WHERE NOT v.is_robot"
)


def test_numbers_equal_those_of_independent_sql(busy_week: Clock) -> None:
    found = overview(MARCH)
    assert (found.visits, found.value) == rows(f"SELECT count(*), sum(engagement_value) {VISITS}")[
        0
    ]
    for kind in (Kind.GOAL, Kind.OUTCOME, Kind.CAMPAIGN):
        assert found.rankings[kind]
    goals = rows(
        f"SELECT d.alias, count(*), sum(e.engagement_value) {EVENTS} AND e.kind = 'goal' GROUP BY 1"
    )
    assert {(line.name, line.count, line.value) for line in found.rankings[Kind.GOAL]} == {*goals}
    outcomes = rows(
        "SELECT d.alias, e.currency_code, count(*), sum(e.monetary_value) "
        f"{EVENTS} AND e.kind = 'outcome' GROUP BY 1, 2"
    )
    assert {
        (line.name, line.currency_code, line.count, line.money)
        for line in found.rankings[Kind.OUTCOME]
    } == {(alias, code, count, Decimal(str(money))) for alias, code, count, money in outcomes}
    campaigns = rows(
        "SELECT d.alias, count(*) FROM jss_tracking_interaction v JOIN jss_tracking_definition d "
        "ON d.guid = v.campaign_id WHERE NOT v.is_robot GROUP BY 1"
    )
    assert {*names(found, Kind.CAMPAIGN)} == {*campaigns}
    channels = rows(f"SELECT v.channel, count(*) {VISITS} GROUP BY 1")
    assert {*names(found, Kind.CHANNEL)} == {*channels}


def test_rankings_of_pages_equal_those_counted_one_by_one(busy_week: Clock) -> None:
    views = rows(f"SELECT v.id, e.sequence, e.url {EVENTS} AND e.kind = 'page_view' ORDER BY 1, 2")
    visits: dict[Any, list[str]] = {}
    for visit, _, url in views:
        visits.setdefault(visit, []).append(url.split("?")[0])
    counted = {
        Kind.PAGE: [path for paths in visits.values() for path in paths],
        Kind.ENTRY_PAGE: [paths[0] for paths in visits.values()],
        Kind.EXIT_PAGE: [paths[-1] for paths in visits.values()],
    }
    found = overview(MARCH)
    for kind, paths in counted.items():
        assert dict(names(found, kind)) == {path: paths.count(path) for path in paths}


def test_visits_by_day_equal_those_of_independent_sql(busy_week: Clock) -> None:
    day = "strftime('%Y-%m-%d', v.started)"
    if connection.vendor == "postgresql":
        day = "to_char(v.started AT TIME ZONE 'UTC', 'YYYY-MM-DD')"
    counted = rows(f"SELECT {day}, count(*), sum(engagement_value) {VISITS} GROUP BY 1")
    found = overview(MARCH)
    assert {(str(each.date), each.visits, each.value) for each in found.days if each.visits} == {
        *counted
    }


def test_the_length_of_a_period_counts_both_its_ends() -> None:
    assert Period(date(2026, 3, 1), date(2026, 3, 1)).length == 1
    assert Period.latest(30).last - Period.latest(30).first == timedelta(days=29)
