"""``sc_camp`` and ``sc_trk`` in the address of the tracker's endpoint."""

import json
import logging
from typing import Any
from uuid import uuid4

import pytest
import responses
from django.test import Client
from pytest_django import Settings

from jss_tracking.events import Campaign, Event, Goal, Payload
from jss_tracking.models import Definition, Interaction, TrackedEvent
from jss_tracking.query_events import events_of_query, payloads_of_query

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("stock_processors")]

EVENT = "/sitecore/api/jss/track/event"
GOAL = {"goalId": "Login"}


def post(client: Client, key: str, query: dict[str, str], *events: Payload) -> Any:
    address = f"{EVENT}?sc_apikey={key}"
    for name, value in query.items():
        address += f"&{name}={value}"
    return client.post(address, json.dumps(events), content_type="application/json")


def kept() -> list[tuple[str, str]]:
    return [(event.kind, event.label) for event in TrackedEvent.objects.order_by("sequence")]


def test_a_campaign_of_the_address_comes_first_and_marks_the_interaction(
    client: Client, service: str
) -> None:
    response = post(client, service, {"sc_camp": "Sample Campaign"}, GOAL)
    assert response.json() == {"tracked": 1, "errors": []}
    assert kept() == [("campaign", "Sample Campaign"), ("goal", "Login")]
    campaign = Interaction.objects.get().campaign
    assert campaign is not None
    assert campaign.alias == "Sample Campaign"


@pytest.mark.parametrize(
    ("name", "expected"), [("Download", ("event", "Download")), ("Register", ("goal", "Register"))]
)
def test_an_event_or_goal_of_the_address_is_recorded(
    client: Client, service: str, name: str, expected: tuple[str, str]
) -> None:
    post(client, service, {"sc_trk": name}, GOAL)
    assert kept() == [expected, ("goal", "Login")]


def test_no_goal_is_mistaken_for_an_unknown_event(settings: Settings) -> None:
    settings.TRACKING_CREATE_DEFINITIONS = True
    assert events_of_query({"sc_trk": "Register"}) == {"sc_trk": Goal("Register")}
    assert not Definition.objects.filter(kind="event", alias="Register").exists()


def test_an_event_is_meant_before_a_goal_of_the_same_name() -> None:
    Definition.objects.create(kind="event", alias="Register")
    assert events_of_query({"sc_trk": "Register"}) == {"sc_trk": Event("Register")}


@pytest.mark.parametrize("value", ["", "%20", "Nonsense"])
@pytest.mark.parametrize("name", ["sc_camp", "sc_trk"])
def test_an_empty_or_unknown_name_changes_nothing(
    client: Client, service: str, name: str, value: str
) -> None:
    response = post(client, service, {name: value}, GOAL)
    assert (response.status_code, response.json()) == (200, {"tracked": 1, "errors": []})
    assert kept() == [("goal", "Login")]


def test_an_unknown_name_is_logged(
    client: Client, service: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, logger="jss_tracking"):
        post(client, service, {"sc_camp": "Nonsense"}, GOAL)
    assert "No campaign is called 'Nonsense'" in caplog.text


def test_errors_of_the_batch_keep_their_indexes(client: Client, service: str) -> None:
    response = post(client, service, {"sc_camp": "Nonsense"}, GOAL, {"goalId": "Nonsense"})
    assert response.json()["tracked"] == 1
    assert [(error["index"], error["code"]) for error in response.json()["errors"]] == [
        (1, "unknown_goal")
    ]


def test_a_batch_that_comes_again_triggers_nothing_again(client: Client, service: str) -> None:
    goal = GOAL | {"eventUid": str(uuid4())}
    more = GOAL | {"eventUid": str(uuid4())}
    query = {"sc_camp": "Sample Campaign", "sc_trk": "Download"}
    post(client, service, query, goal)
    response = post(client, service, query, goal, more)
    assert response.json() == {"tracked": 2, "errors": []}
    assert [label for _, label in kept()] == ["Sample Campaign", "Download", "Login", "Login"]


@pytest.mark.parametrize("first", [{}, {"eventUid": 5}, {"eventUid": "1"}, {"eventUid": None}])
def test_without_a_unique_id_there_is_nothing_to_know_it_again_by(first: Payload) -> None:
    (payload,) = payloads_of_query({"sc_camp": "Sample Campaign"}, [first])
    assert payload == {"campaignId": "Sample Campaign"}
    assert payloads_of_query({"sc_camp": "Sample Campaign"}, []) == [payload]


def test_a_visitor_who_is_not_tracked_triggers_nothing(
    client: Client, service: str, settings: Settings
) -> None:
    settings.SITECORE_ENABLE_TRACKING = False
    post(client, service, {"sc_camp": "Sample Campaign"}, GOAL)
    assert kept() == []


def test_connected_the_query_goes_up_and_the_array_stays_as_it_was(
    client: Client, service: str, at_sitecore: str
) -> None:
    with responses.RequestsMock() as sitecore:
        sitecore.post(f"{at_sitecore}{EVENT}", json={})
        post(client, service, {"sc_camp": "Sample Campaign"}, GOAL)
        (call,) = sitecore.calls
    assert "sc_camp=Sample+Campaign" in (call.request.url or "")
    assert json.loads(call.request.body or b"") == [GOAL]


def test_both_parameters_are_read_from_one_address() -> None:
    query = {"sc_camp": " Sample Campaign ", "sc_trk": "Download", "other": "x"}
    assert list(events_of_query(query).values()) == [Campaign("Sample Campaign"), Event("Download")]
