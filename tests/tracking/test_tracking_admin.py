import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from jss_tracking.models import (
    Contact,
    ContactIdentifier,
    Definition,
    Device,
    Interaction,
    TrackedEvent,
)
from tests.tracking.browser import Browser, page

pytestmark = pytest.mark.django_db

Get = Callable[..., str]


def address(model: str, action: str, *args: Any) -> str:
    return reverse(f"admin:jss_tracking_{model}_{action}", args=args)


@pytest.fixture
def get(admin_client: Client) -> Get:
    """The text of a page of the admin."""

    def get(model: str, action: str, *args: Any, **query: str) -> str:
        response = admin_client.get(address(model, action, *args), query)
        assert response.status_code == 200
        return re.sub(r"<[^>]+>|\s+", " ", response.content.decode())

    return get


@pytest.fixture
def contact() -> Contact:
    """A known contact with one interaction of four events."""
    browser = Browser()
    browser.track(page("/first"), {"goalId": "Register"}, page("/second"), {"eventId": "Download"})
    contact = Contact.objects.get()
    contact.identifiers.create(source="shop", identifier="ann@example.com", kind="known")
    return contact


def test_the_list_shows_contacts_with_visits_and_value(get: Get, contact: Contact) -> None:
    text = get("contact", "changelist")
    assert re.search(r"ann@example.com .* 1 +25 ", text)


def test_a_contact_shows_who_it_is_and_its_interactions(get: Get, contact: Contact) -> None:
    text = get("contact", "change", contact.id)
    assert "ann@example.com" in text
    assert Device.objects.get().masked in text
    assert "website" in text


def test_an_interaction_shows_its_events_in_order(get: Get, contact: Contact) -> None:
    text = get("interaction", "change", Interaction.objects.get().id)
    places = [text.index(label) for label in ("/first", "Register", "/second", "Download")]
    assert places == sorted(places)


@pytest.mark.parametrize(
    "wanted", ["ann@example.com", "ANN@example", "{contact}", "{device}"], ids=str
)
def test_contacts_are_found_by_identifier_device_and_id(
    get: Get, contact: Contact, wanted: str
) -> None:
    other = Browser()
    other.track(page())
    other_id = Contact.objects.exclude(pk=contact.pk).get().id
    wanted = wanted.format(contact=contact.id, device=contact.devices.get().id)
    text = get("contact", "changelist", q=wanted)
    assert "ann@example.com" in text
    assert f"Anonymous {str(other_id)[:8]}" not in text


def test_interactions_are_found_by_device(get: Get, contact: Contact) -> None:
    assert "1 interaction" in get("interaction", "changelist", q=contact.devices.get().id)
    assert "0 interactions" in get("interaction", "changelist", q=contact.devices.get().id[:8])


@pytest.mark.parametrize(
    ("query", "count"), [({}, 1), ({"robots": "only"}, 2), ({"robots": "all"}, 3)]
)
def test_robots_are_hidden_unless_they_are_asked_for(
    get: Get, query: dict[str, str], count: int
) -> None:
    for agent in ("Mozilla/5.0 Firefox/140.0", "Googlebot/2.1", "curl/8.5"):
        Browser(user_agent=agent).track(page())
    text = get("interaction", "changelist", **query)
    assert f" {count} interaction" in text
    assert " No robots " in text


@pytest.mark.parametrize(("known", "count"), [("yes", 1), ("no", 2)])
def test_contacts_are_filtered_by_being_known(
    get: Get, contact: Contact, known: str, count: int
) -> None:
    Browser().track(page())
    Browser().track(page())
    assert f"{count} contact" in get("contact", "changelist", known=known)


def test_no_device_or_session_id_is_shown(get: Get, contact: Contact) -> None:
    interaction = Interaction.objects.get()
    texts = [
        get("contact", "changelist"),
        get("contact", "change", contact.id),
        get("interaction", "changelist"),
        get("interaction", "change", interaction.id),
    ]
    for text in texts:
        assert interaction.device_id not in text
        assert interaction.session_id not in text


@pytest.mark.parametrize("model", ["contact", "interaction"])
def test_what_visitors_did_is_never_added_or_changed(
    admin_client: Client, contact: Contact, model: str
) -> None:
    row = contact if model == "contact" else Interaction.objects.get()
    assert admin_client.get(address(model, "add")).status_code == 403
    assert admin_client.post(address(model, "change", row.pk), {}).status_code == 403


def test_an_interaction_is_not_deleted_alone(admin_client: Client, contact: Contact) -> None:
    found = admin_client.get(address("interaction", "delete", Interaction.objects.get().pk))
    assert found.status_code == 403


def test_erasing_says_what_goes_and_all_of_it_does(admin_client: Client, contact: Contact) -> None:
    at = address("contact", "delete", contact.pk)
    asked = admin_client.get(at).content.decode()
    for line in (">1 contact<", "1 contact identifier", "1 device", "4 tracked events"):
        assert line in asked
    admin_client.post(at, {"post": "yes"})
    for model in (Contact, ContactIdentifier, Device, Interaction, TrackedEvent):
        assert not model._default_manager.exists()


def test_contacts_are_erased_together(admin_client: Client, contact: Contact) -> None:
    Browser().track(page())
    data = {
        "action": "delete_selected",
        "_selected_action": [str(each.pk) for each in Contact.objects.all()],
        "post": "yes",
    }
    admin_client.post(address("contact", "changelist"), data)
    assert not Contact.objects.exists()


def test_contacts_are_exported_with_all_that_is_kept_but_no_secret(
    admin_client: Client, contact: Contact
) -> None:
    Browser().track(page("/of-another"))
    data = {"action": "export_json", "_selected_action": [str(contact.pk)]}
    response = admin_client.post(address("contact", "changelist"), data)
    assert response["Content-Disposition"] == 'attachment; filename="contacts.json"'
    assert "no-store" in response["Cache-Control"]
    (found,) = response.json()["contacts"]
    assert found["id"] == str(contact.id)
    assert found["identifiers"] == [
        {"source": "shop", "identifier": "ann@example.com", "kind": "known"}
    ]
    (interaction,) = found["interactions"]
    assert [each["url"] for each in interaction["pages"]] == ["/first", "/second"]
    assert interaction["pages"][0]["events"][0]["alias"] == "Register"
    row = Interaction.objects.get(contact=contact)
    assert row.device_id not in response.content.decode()
    assert row.session_id not in response.content.decode()


def test_who_may_only_view_may_not_erase(client: Client, contact: Contact) -> None:
    viewer = User.objects.create_user("marketer", is_staff=True)
    viewer.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    client.force_login(viewer)
    assert client.get(address("contact", "change", contact.pk)).status_code == 200
    assert client.get(address("contact", "delete", contact.pk)).status_code == 403


def test_a_definition_is_made_and_keeps_its_guid_and_kind(admin_client: Client) -> None:
    values = {"guid": "{8FFB183B-DA1A-4C74-8F3A-9729E9FCFF60}", "kind": "goal", "alias": "Basket"}
    admin_client.post(address("definition", "add"), {**values, "points": 4})
    definition = Definition.objects.get(alias="Basket")
    changed = {"guid": "0" * 32, "kind": "event", "alias": "Cart", "points": 5}
    admin_client.post(address("definition", "change", definition.pk), changed)
    definition.refresh_from_db()
    assert (definition.kind, definition.alias, definition.points) == ("goal", "Cart", 5)


def test_a_taken_alias_is_an_error_in_the_form(admin_client: Client) -> None:
    values = {"guid": "0" * 32, "kind": "goal", "alias": "REGISTER", "points": 0}
    response = admin_client.post(address("definition", "add"), values)
    assert "has this alias already" in response.content.decode()


@pytest.mark.parametrize("alias", ["Register", "Sample Campaign"])
def test_a_definition_in_use_is_not_deleted(admin_client: Client, alias: str) -> None:
    Browser().track({"goalId": "Register"}, {"campaignId": "Sample Campaign"})
    used = Definition.objects.get(alias=alias)
    response = admin_client.post(address("definition", "delete", used.pk), {"post": "yes"})
    assert "what was tracked refers to it" in response.content.decode()
    assert Definition.objects.filter(alias=alias).exists()


def test_a_definition_nobody_used_is_deleted(admin_client: Client) -> None:
    unused = Definition.objects.get(alias="Login")
    admin_client.post(address("definition", "delete", unused.pk), {"post": "yes"})
    assert not Definition.objects.filter(alias="Login").exists()


@pytest.mark.parametrize("model", ["contact", "interaction", "definition"])
def test_a_list_of_many_costs_few_queries(
    get: Get, model: str, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(15):
        Browser().track(page(f"/{number}"), {"campaignId": "Sample Campaign"})
    get(model, "changelist")
    with django_assert_max_num_queries(9):
        get(model, "changelist")


@pytest.mark.parametrize(("model", "most"), [("contact", 18), ("interaction", 15)])
def test_a_page_of_many_rows_costs_few_queries(
    get: Get, model: str, most: int, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    browser = Browser()
    for number in range(15):
        browser.track(page(f"/{number}"), {"goalId": "Login"}, {"campaignId": "Sample Campaign"})
        if model == "contact":
            browser.flush()
    row = Contact.objects.get() if model == "contact" else Interaction.objects.get()
    with django_assert_max_num_queries(most):
        get(model, "change", row.pk)
