"""The histories of the admin: whose, in which language, and who did what."""

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from jss_tracking.models import Contact, QueuedBatch
from tests.tracking.browser import Browser, page

pytestmark = pytest.mark.django_db


@pytest.fixture
def ann() -> Contact:
    """A known contact."""
    Browser().track(page("/first"))
    contact = Contact.objects.get()
    contact.identifiers.create(source="shop", identifier="ann@example.com", kind="known")
    return contact


def history(client: Client, contact: Contact) -> str:
    address = reverse("admin:jss_tracking_contact_history", args=[contact.pk])
    return client.get(address).content.decode()


@pytest.mark.parametrize(
    ("file_type", "words"), [("json", "Eksporteret som JSON."), ("csv", "Eksporteret som CSV.")]
)
def test_an_export_is_told_in_the_readers_language(
    admin_client: Client, ann: Contact, settings: Any, file_type: str, words: str
) -> None:
    settings.LANGUAGE_CODE = "da"
    export = reverse("admin:jss_tracking_contact_export", args=[ann.pk])
    admin_client.post(export, {"format": file_type})
    assert words in history(admin_client, ann)
    assert LogEntry.objects.get().change_message == f"Exported as {file_type.upper()}."


@pytest.mark.parametrize(
    ("action", "words"), [("send_again", "Sendt igen."), ("export", "Eksporteret.")]
)
def test_what_was_done_with_a_batch_is_told_in_the_readers_language(
    admin_client: Client, settings: Any, action: str, words: str
) -> None:
    settings.LANGUAGE_CODE = "da"
    now = timezone.now()
    batch = QueuedBatch.objects.create(
        site="jss", state="set_aside", payload=b"[]", events=0, created=now, due=now
    )
    data = {"action": action, "_selected_action": [batch.pk]}
    admin_client.post(reverse("admin:jss_tracking_queuedbatch_changelist"), data)
    address = reverse("admin:jss_tracking_queuedbatch_history", args=[batch.pk])
    assert words in admin_client.get(address).content.decode()


def test_a_contacts_history_goes_by_its_name(admin_client: Client, ann: Contact) -> None:
    html = history(admin_client, ann)
    assert "<h1>History of ann@example.com</h1>" in html
    assert html.count(">ann@example.com</a>") == 1


def test_the_history_of_one_that_nobody_knows_goes_by_its_id(
    admin_client: Client, ann: Contact
) -> None:
    ann.identifiers.all().delete()
    assert f"<h1>Change history: {ann.pk}</h1>" in history(admin_client, ann)


def test_the_history_of_one_that_there_is_not_is_404(admin_client: Client) -> None:
    address = reverse("admin:jss_tracking_contact_history", args=["nonsense"])
    assert admin_client.get(address).status_code == 404
