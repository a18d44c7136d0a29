"""What is kept of a contact is handed out and erased in the admin, by clicks."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page

from jss_tracking.models import Contact, Device, Interaction, TrackedEvent
from tests.end_to_end.chromium import visitor
from tests.end_to_end.served import served
from tests.tracking.browser import Browser, page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

MODELS = (Contact, Device, Interaction, TrackedEvent)
OTHER_DEVICE = "5d0f3a8c71b94e2fa6c8d1e07b3f9a24"


@pytest.fixture
def contact(monkeypatch: pytest.MonkeyPatch) -> Contact:
    """A known contact with one interaction, beside another one."""
    # Playwright has an event loop of its own in this thread, where Django sees one.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    Browser({"SC_ANALYTICS_GLOBAL_COOKIE": f"{OTHER_DEVICE}|True"}).track(page("/theirs"))
    other = Contact.objects.get()
    Browser().track(page("/first"), {"goalId": "Register"}, page("/second"))
    contact = Contact.objects.exclude(pk=other.pk).get()
    contact.identifiers.create(source="shop", identifier="ann@example.com", kind="known")
    return contact


@pytest.fixture
def contacts(contact: Contact) -> Iterator[Page]:
    """The list of contacts, the contact of the test selected."""
    User.objects.create_superuser("keeper", password="word")
    with served() as site, visitor() as context:
        tab = context.new_page()
        tab.goto(f"{site}/admin/login/?next=/admin/jss_tracking/contact/")
        tab.get_by_label("Username").fill("keeper")
        tab.get_by_label("Password").fill("word")
        tab.get_by_role("button", name="Log in").click()
        tab.locator(f'input.action-select[value="{contact.pk}"]').check()
        yield tab


def run(contacts: Page, action: str) -> None:
    """Choose the action whose name has these words, and press the button beside it."""
    option = contacts.locator('select[name="action"] option', has_text=action)
    contacts.locator('select[name="action"]').select_option(option.get_attribute("value"))
    contacts.locator('button[name="index"]').click()


def test_a_contact_is_exported_with_all_that_is_kept_and_no_id_of_a_browser(
    contacts: Page, contact: Contact
) -> None:
    with contacts.expect_download() as download:
        run(contacts, "JSON")
    text = Path(download.value.path()).read_text()
    (found,) = json.loads(text)["contacts"]
    assert found["id"] == str(contact.pk)
    assert [one["identifier"] for one in found["identifiers"]] == ["ann@example.com"]
    (visit,) = found["interactions"]
    assert [view["url"] for view in visit["pages"]] == ["/first", "/second"]
    assert Device.objects.get(contact=contact).pk not in text
    assert OTHER_DEVICE not in text


def kept() -> dict[str, int]:
    return {model.__name__: model.objects.count() for model in MODELS}


def test_an_erased_contact_leaves_nothing_and_costs_nobody_else_anything(
    contacts: Page, contact: Contact
) -> None:
    before = kept()
    run(contacts, "Erase selected")
    contacts.get_by_role("button", name="Erase").click()
    contacts.wait_for_selector("ul.messagelist")
    gone = {name: number - kept()[name] for name, number in before.items()}
    assert gone == {"Contact": 1, "Device": 1, "Interaction": 1, "TrackedEvent": 3}
    assert not Contact.objects.filter(pk=contact.pk).exists()
    assert TrackedEvent.objects.filter(url="/theirs").count() == 1
