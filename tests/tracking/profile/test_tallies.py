"""Robots and choices are counted where nothing else is kept of them."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from jss_tracking import tallies
from jss_tracking.expiry import close_expired
from jss_tracking.models import DailyFigure, Interaction
from tests.tracking.browser import Browser, page
from tests.tracking.profile.conftest import Clock

pytestmark = pytest.mark.django_db

Kind = DailyFigure.Kind
CONSENT = "/sitecore/api/jss/track/consent"


def count(kind: Kind) -> int:
    return sum(DailyFigure.objects.filter(kind=kind).values_list("count", flat=True))


def test_a_robot_whose_visit_is_over_is_counted(
    clock: Clock, django_capture_on_commit_callbacks: Any
) -> None:
    Browser(user_agent="Googlebot/2.1").track(page())
    Browser(user_agent="curl/8.5").track(page())
    clock.wait(minutes=2)
    with django_capture_on_commit_callbacks(execute=True):
        close_expired()
    assert count(Kind.ROBOTS_DROPPED) == 2


def test_robots_that_another_one_drives_out_are_counted(
    clock: Clock, django_capture_on_commit_callbacks: Any
) -> None:
    for _ in range(3):
        Browser(user_agent="Googlebot/2.1").track(page(), {"eventId": "Download"})
    clock.wait(minutes=2)
    with django_capture_on_commit_callbacks(execute=True):
        Browser(user_agent="curl/8.5").track(page())
    assert count(Kind.ROBOTS_DROPPED) == 3
    assert Interaction.objects.count() == 1


def test_a_robot_that_is_kept_is_not_counted_as_dropped(
    clock: Clock, settings: Any, django_capture_on_commit_callbacks: Any
) -> None:
    settings.TRACKING_KEEP_ROBOTS = True
    Browser(user_agent="Googlebot/2.1").track(page())
    clock.wait(minutes=2)
    with django_capture_on_commit_callbacks(execute=True):
        close_expired()
    assert count(Kind.ROBOTS_DROPPED) == 0


def test_each_choice_is_counted_once(
    client: Client, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        for given in ("true", "true", "false"):
            client.post(CONSENT, {"given": given})
    assert (count(Kind.CONSENT_GIVEN), count(Kind.CONSENT_REFUSED)) == (1, 1)


@pytest.mark.parametrize(
    ("headers", "times"),
    [
        ({"Sec-GPC": "1"}, 1),
        ({"Sec-GPC": "1", "Sec-Purpose": "prefetch"}, 0),
        ({"DNT": "1"}, 0),
        ({}, 0),
    ],
)
def test_a_page_view_of_a_browser_that_refuses_for_all_sites_is_counted(
    client: Client,
    django_capture_on_commit_callbacks: Any,
    headers: dict[str, str],
    times: int,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        client.get("/about", headers={"User-Agent": "Firefox/140.0", **headers})
    assert count(Kind.SIGNAL_REFUSED) == times
    assert not (times and Interaction.objects.exists())


@pytest.mark.parametrize("given", ["true", "false"])
def test_the_signal_of_somebody_who_chose_is_not_counted(
    client: Client, django_capture_on_commit_callbacks: Any, given: str
) -> None:
    client.post(CONSENT, {"given": given})
    with django_capture_on_commit_callbacks(execute=True):
        client.get("/about", headers={"User-Agent": "Firefox/140.0", "Sec-GPC": "1"})
    assert count(Kind.SIGNAL_REFUSED) == 0


def test_a_day_has_one_number_that_grows(
    clock: Clock, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        for _ in range(2):
            tallies.tally(Kind.ROBOTS_DROPPED, 5)
    clock.wait(days=1)
    with django_capture_on_commit_callbacks(execute=True):
        tallies.tally(Kind.ROBOTS_DROPPED)
    rows = DailyFigure.objects.order_by("begins")
    assert [(row.begins.date() - clock.now.date(), row.count) for row in rows] == [
        (timedelta(days=-1), 10),
        (timedelta(0), 1),
    ]
