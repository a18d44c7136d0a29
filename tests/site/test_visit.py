from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from jss_tracking.models import TrackedEvent

ADDRESS = "/recorded-events"
AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"

pytestmark = pytest.mark.django_db


def visitor() -> Client:
    return Client(headers={"User-Agent": AGENT})


def recorded(client: Client) -> Any:
    return client.get(ADDRESS).json()["events"]


def test_visitors_see_what_was_recorded_of_their_own_visit_alone() -> None:
    one, other = visitor(), visitor()
    one.get("/tracking")
    one.get("/tracking/thanks")
    other.get("/about")
    assert recorded(one) == [
        {"kind": "Page view", "label": "/tracking"},
        {"kind": "Page view", "label": "/tracking/thanks"},
        {"kind": "Goal", "label": "Newsletter Signup"},
    ]
    assert recorded(visitor()) == []


def test_one_cookie_alone_names_no_visit() -> None:
    client = visitor()
    client.get("/tracking")
    both = [f"{cookie.key}={cookie.value}" for cookie in client.cookies.values()]
    assert len(both) == 2
    for one in both:
        answer = visitor().get(ADDRESS, headers={"Cookie": one})
        assert answer.json() == {"events": []}
    answer = visitor().get(ADDRESS, headers={"Cookie": "; ".join(both)})
    assert len(answer.json()["events"]) == 1


def test_what_was_recorded_is_private_to_caches_and_counts_nothing() -> None:
    client = visitor()
    client.get("/tracking")
    assert "private" in client.get(ADDRESS)["Cache-Control"]
    assert TrackedEvent.objects.count() == 1


def test_where_sitecore_keeps_the_events_there_is_no_list(settings: Settings) -> None:
    settings.TRACKER = "jss_tracking.trackers.sitecore.SitecoreTracker"
    assert visitor().get(ADDRESS).status_code == 404
