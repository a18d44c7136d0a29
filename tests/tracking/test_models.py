from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.db.models import ProtectedError

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

DEVICE_ID = "5d0f3a8c71b94e2fa6c8d1e07b3f9a24"


@pytest.fixture
def interaction() -> Interaction:
    """An open one."""
    device = Device.objects.create(id=DEVICE_ID, contact=Contact.objects.create())
    return Interaction.objects.create(contact=device.contact, device=device, session_id="s" * 24)


def again(interaction: Interaction, **values: Any) -> Interaction:
    return Interaction.objects.create(
        contact=interaction.contact,
        device=interaction.device,
        session_id=interaction.session_id,
        **values,
    )


def test_a_session_has_at_most_one_open_interaction(interaction: Interaction) -> None:
    with pytest.raises(IntegrityError):
        again(interaction)


def test_a_session_may_have_many_ended_interactions(interaction: Interaction) -> None:
    again(interaction, ended=interaction.started)
    again(interaction, ended=interaction.started)
    assert Interaction.objects.count() == 3


def test_two_events_never_share_a_place(interaction: Interaction) -> None:
    values = {"interaction": interaction, "sequence": 0, "timestamp": interaction.started}
    TrackedEvent.objects.create(kind="page_view", **values)
    with pytest.raises(IntegrityError):
        TrackedEvent.objects.create(kind="page_view", **values)


def test_an_identifier_of_a_source_is_of_one_contact_and_case_sensitive() -> None:
    one, other = Contact.objects.create(), Contact.objects.create()
    one.identifiers.create(source="shop", identifier="Ann", kind="known")
    other.identifiers.create(source="shop", identifier="ann", kind="known")
    other.identifiers.create(source="letter", identifier="Ann", kind="known")
    with pytest.raises(IntegrityError):
        other.identifiers.create(source="shop", identifier="Ann", kind="known")


def test_a_contact_is_known_by_an_identifier_that_says_who_it_is() -> None:
    nobody, anonymous, known = (Contact.objects.create() for _ in range(3))
    anonymous.identifiers.create(source="shop", identifier="basket-7", kind="anonymous")
    known.identifiers.create(source="shop", identifier="ann", kind="known")
    assert [contact.is_known for contact in (nobody, anonymous, known)] == [False, False, True]
    flags = dict(Contact.objects.values_list("pk", "is_known"))
    assert flags == {nobody.pk: False, anonymous.pk: False, known.pk: True}


def test_an_alias_is_unique_in_its_kind_in_any_case() -> None:
    Definition(kind="event", alias="register").full_clean()
    with pytest.raises(ValidationError, match="has this alias already"):
        Definition(kind="goal", alias="rEGISTER").full_clean()
    with pytest.raises(IntegrityError):
        Definition.objects.create(kind="goal", alias="rEGISTER")


def test_a_definition_that_events_refer_to_cannot_be_deleted() -> None:
    Browser().track({"goalId": "Login"})
    with pytest.raises(ProtectedError):
        Definition.objects.get(alias="Login").delete()


def test_all_that_is_kept_of_a_contact_goes_with_it() -> None:
    Browser().track(page(), {"goalId": "Login"}, page("/next"), {"campaignId": "Sample Campaign"})
    contact = Contact.objects.get()
    contact.identifiers.create(source="shop", identifier="ann", kind="known")
    contact.delete()
    for model in (Contact, ContactIdentifier, Device, Interaction, TrackedEvent):
        assert not model._default_manager.exists()
    assert Definition.objects.filter(alias="Login").exists()


def test_names_show_no_secret(interaction: Interaction) -> None:
    assert str(interaction.device) == "5d0f…9a24"
    assert interaction.session_id not in str(interaction)
    assert str(interaction.contact) == str(interaction.contact_id)
    identifier = ContactIdentifier(source="shop", identifier="ann")
    assert str(identifier) == "shop: ann"


def test_an_event_is_called_by_its_alias_and_a_page_view_by_its_address() -> None:
    login = Definition.objects.get(alias="Login")
    assert str(TrackedEvent(kind="goal", definition=login)) == str(login) == "Login"
    assert str(TrackedEvent(kind="page_view", url="/about")) == "/about"
