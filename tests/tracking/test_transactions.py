"""What holds between the database's transactions and the world outside."""

import json
from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

import pytest
import requests
import responses
from django.db import OperationalError, connection, transaction
from django.test import Client
from pytest_django import Settings
from requests import PreparedRequest

from jss_tracking.models import TrackedEvent

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("stock_processors")]

EVENT = "/sitecore/api/jss/track/event"
GOAL = {"goalId": "Register", "eventUid": "8d3a2f3e-6c1d-4f0e-9a43-0c9a53e6b7d1"}
LAYOUT = {
    "sitecore": {
        "context": {"language": "en"},
        "route": {"name": "home", "itemId": "110d559f-dea5-42ea-9c1c-8a5df7e70ef9"},
    }
}


def post(client: Client, key: str, *events: dict[str, Any]) -> Any:
    address = f"{EVENT}?sc_apikey={key}"
    return client.post(address, json.dumps(events), content_type="application/json")


@pytest.fixture
def sitecore(at_sitecore: str, settings: Settings) -> Iterator[list[int]]:
    """A Sitecore; the value is how many transactions were open at each call, but the test's."""
    open_before = len(connection.atomic_blocks)
    found: list[int] = []

    def note(request: PreparedRequest) -> tuple[int, dict[str, str], str]:
        found.append(len(connection.atomic_blocks) - open_before)
        body = LAYOUT if "layout" in (request.url or "") else {}
        return 200, {"Content-Type": "application/json"}, json.dumps(body)

    settings.JSS_MODE = "connected"
    with responses.RequestsMock(assert_all_requests_are_fired=False) as fake:
        for path in ("jss/track/event", "jss/track/flush"):
            fake.add_callback(responses.POST, f"{at_sitecore}/sitecore/api/{path}", note)
        fake.add_callback(responses.GET, f"{at_sitecore}/sitecore/api/layout/render/jss", note)
        yield found


def test_no_transaction_is_open_while_sitecore_is_asked(
    client: Client, service: str, sitecore: list[int]
) -> None:
    assert post(client, service, GOAL, {"goalId": "Login"}).status_code == 200
    assert client.get("/sitecore/api/jss/track/flush").status_code == 200
    assert client.get("/").status_code == 200
    assert sitecore == [0, 0, 0]


def test_none_is_where_this_host_keeps_the_visit_either(
    client: Client, service: str, sitecore: list[int], settings: Settings
) -> None:
    settings.TRACKER = "jss_tracking.trackers.database.DatabaseTracker"
    assert client.get("/").status_code == 200
    assert sitecore == [0]
    assert TrackedEvent.objects.get().kind == "page_view"


def test_a_transaction_that_is_open_would_be_seen(sitecore: list[int]) -> None:
    with transaction.atomic():
        requests.get("https://cd.example.com/sitecore/api/layout/render/jss", timeout=1)
    assert sitecore == [1]


def test_a_database_that_is_down_is_503_with_a_time_to_wait(client: Client, service: str) -> None:
    down = patch("jss_tracking.trackers.database.open_session", side_effect=OperationalError)
    with down:
        answer = post(client, service, GOAL)
    assert (answer.status_code, answer["Retry-After"]) == (503, "10")
    assert answer.json()["errors"][0]["code"] == "tracker_unavailable"
    assert not answer.cookies
    assert post(client, service, GOAL).json() == {"tracked": 1, "errors": []}
