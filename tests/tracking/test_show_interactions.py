import json
import os
from io import StringIO
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from pytest_django import DjangoAssertNumQueries, Settings

from jss_tracking.models import Contact, Device, Interaction
from tests.tracking.browser import HOME, Browser, page

pytestmark = pytest.mark.django_db

ROBOT = "Googlebot/2.1"


def shown(*arguments: str) -> str:
    out = StringIO()
    call_command("show_interactions", *arguments, stdout=out)
    return out.getvalue()


def report(*arguments: str) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(shown("--json", *arguments))
    return read


def visit(*urls: str, **visitor: Any) -> Contact:
    Browser(**visitor).track(*[page(url) for url in urls])
    return Interaction.objects.latest("started").contact


def test_an_interaction_shows_its_pages_and_what_happened_on_them() -> None:
    browser = Browser(language="da")
    browser.track(
        {"eventId": "Download", "file": "a.pdf"},
        page("/one"),
        {"goalId": "Register"},
        {"outcomeId": "Opportunity", "monetaryValue": "12.5", "currencyCode": "EUR"},
        page("/two"),
        {"campaignId": "Sample Campaign"},
    )
    browser.flush()
    (interaction,) = report()["interactions"]
    assert interaction["contact"] == str(Contact.objects.get().id)
    assert interaction["end_reason"] == "flushed"
    assert interaction["ended"] > interaction["started"]
    assert interaction["campaign"] == "Sample Campaign"
    assert (interaction["language"], interaction["engagement_value"]) == ("da", 25)
    assert [event["alias"] for event in interaction["events"]] == ["Download"]
    assert interaction["events"][0]["data"] == {"file": "a.pdf"}
    one, two = interaction["pages"]
    assert (one["url"], one["item"]) == ("/one", HOME.strip("{}").lower())
    assert one["seconds"] == 0
    goal, outcome = one["events"]
    assert (goal["kind"], goal["alias"]) == ("goal", "Register")
    assert goal["guid"] == "8ffb183b-da1a-4c74-8f3a-9729e9fcff6a"
    assert (outcome["monetary_value"], outcome["currency_code"]) == ("12.5000", "EUR")
    assert [(event["kind"], event["alias"]) for event in two["events"]] == [
        ("campaign", "Sample Campaign")
    ]


def test_the_text_shows_the_same() -> None:
    Browser().track(
        page("/one"),
        {"goalId": "Register"},
        {"outcomeId": "Opportunity", "monetaryValue": "12.5", "currencyCode": "EUR"},
        {"campaignId": "Sample Campaign"},
    )
    lines = shown().splitlines()
    assert lines[0].endswith(" to open")
    assert lines[1].startswith(f"  contact {Contact.objects.get().id}, site website, device ")
    assert lines[1].endswith("value 25, campaign Sample Campaign")
    assert lines[2:] == [
        "  /one  {110d559f-dea5-42ea-9c1c-8a5df7e70ef9}",
        "    goal Register  {8ffb183b-da1a-4c74-8f3a-9729e9fcff6a}",
        "    outcome Opportunity  {bf6b8ee3-9ffb-4c58-9cb4-301c1c710f89}  12.5000 EUR",
        "    campaign Sample Campaign  {5e18f8f8-04d0-5620-b6d7-7f1cb39a3228}",
        "",
    ]


def test_the_newest_comes_first_and_the_limit_says_what_it_hides() -> None:
    for url in ("/1", "/2", "/3"):
        visit(url)
    found = report("--limit", "2")
    assert [item["pages"][0]["url"] for item in found["interactions"]] == ["/3", "/2"]
    assert found["hidden"] == {"robots": 0, "over_limit": 1}
    assert shown("--limit", "2").endswith("\n1 older ones hidden: over the limit (--limit N).\n")


def test_robots_are_hidden_and_counted_unless_asked_for() -> None:
    visit("/human")
    visit("/robot", user_agent=ROBOT)
    found = report()
    assert [item["robot"] for item in found["interactions"]] == [False]
    assert found["hidden"]["robots"] == 1
    assert "1 hidden: robots, by their user agent (--robots shows them)." in shown()
    assert [item["robot"] for item in report("--robots")["interactions"]] == [True, False]
    assert report("--robots")["hidden"]["robots"] == 0
    assert ", robot\n" in shown("--robots")


def test_one_contact_can_be_chosen() -> None:
    chosen = visit("/chosen")
    visit("/other")
    (interaction,) = report("--contact", str(chosen.id))["interactions"]
    assert interaction["pages"][0]["url"] == "/chosen"
    assert report("--contact", str(uuid4()))["interactions"] == []


def test_a_contact_that_is_no_id_is_an_error() -> None:
    with pytest.raises(CommandError, match="'ann' is no contact's id"):
        shown("--contact", "ann")


def test_nothing_says_so() -> None:
    assert shown() == "No interactions.\n"
    assert report() == {"interactions": [], "hidden": {"robots": 0, "over_limit": 0}}


def test_no_id_of_a_device_or_session_is_shown() -> None:
    visit("/", user_agent=ROBOT)
    for text in (shown("--robots"), shown("--robots", "--json")):
        assert Device.objects.get().id not in text
        assert Interaction.objects.get().session_id not in text


def test_what_a_terminal_would_obey_is_not_printed() -> None:
    visit("/\x1b[2J\u202e")
    assert "  /\ufffd[2J\ufffd  {" in shown()


def test_many_interactions_cost_few_queries(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for number in range(5):
        Browser().track(page(f"/{number}"), {"goalId": "Login"}, {"eventId": "Download"})
    with django_assert_num_queries(4):
        shown()


def test_a_connected_site_says_who_keeps_its_interactions(settings: Settings) -> None:
    settings.JSS_MODE = "connected"
    told = StringIO()
    call_command("show_interactions", "--json", stdout=StringIO(), stderr=told)
    assert told.getvalue().startswith("Sitecore keeps the interactions of this site")


def test_a_reader_may_leave_before_the_end() -> None:
    read_end, write_end = os.pipe()
    os.close(read_end)
    with os.fdopen(write_end, "w") as gone:
        call_command("show_interactions", stdout=gone)
