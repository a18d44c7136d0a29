"""What an address of the Experience Profile may ask for, and what it is refused."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from jss_tracking.admin.latest import LatestPaginator
from jss_tracking.models import Contact, Definition, LiveEvent
from tests.tracking.browser import Browser, page
from tests.tracking.profile.conftest import Clock

pytestmark = pytest.mark.django_db

CONTACTS = reverse("admin:jss_tracking_contact_changelist")
VISITS = reverse("admin:jss_tracking_interaction_changelist")


@pytest.fixture
def ann(clock: Clock) -> Contact:
    """A contact of two visits on two days, beside one of the first day."""
    Browser().track(page("/other"))
    browser = Browser()
    browser.track(page("/first"))
    browser.flush()
    clock.wait(days=1)
    browser.track(page("/second"), {"campaignId": "Sample Campaign"})
    return Contact.objects.latest("last_seen")


@pytest.mark.parametrize(
    ("name", "lookup", "value"),
    [
        ("contact", "last_seen__year", "0"),
        ("contact", "last_seen", "9999-12-31T23:59:59-23:59"),
        ("contact", "last_seen__in", "9999-12-31T23:59:59-23:59"),
        ("interaction", "started__year", "-1"),
        ("interaction", "end_reason__regex", "\\"),
        ("interaction", "campaign__alias__regex", "[]"),
        ("definition", "guid__regex", "["),
        ("definition", "kind__regex", "["),
        ("queuedbatch", "site__regex", "["),
    ],
)
def test_a_list_refuses_look_ups_that_its_filters_do_not_offer(
    admin_client: Client, name: str, lookup: str, value: str
) -> None:
    address = reverse(f"admin:jss_tracking_{name}_changelist")
    assert admin_client.get(address, {lookup: value}).status_code == 400


@pytest.mark.parametrize(
    ("name", "query", "count"),
    [
        ("contact", {"last_seen__gte": "2026-03-19 00:00:00+00:00"}, 1),
        ("contact", {"last_seen__lt": "2026-03-19 00:00:00+00:00"}, 1),
        ("interaction", {"end_reason__exact": "flushed"}, 1),
        ("interaction", {"campaign__isnull": "True"}, 2),
        ("definition", {"kind__exact": "campaign", "show_in_profile__exact": "1"}, 0),
    ],
)
def test_a_list_takes_the_look_ups_of_its_filters(
    admin_client: Client, ann: Contact, name: str, query: dict[str, str], count: int
) -> None:
    Definition.objects.filter(kind="campaign").update(show_in_profile=False)
    found = admin_client.get(reverse(f"admin:jss_tracking_{name}_changelist"), query)
    assert found.context["cl"].result_count == count


def test_visits_are_filtered_by_their_campaign(admin_client: Client, ann: Contact) -> None:
    campaign = Definition.objects.get(alias="Sample Campaign")
    found = admin_client.get(VISITS, {"campaign__guid__exact": str(campaign.pk)})
    assert found.context["cl"].result_count == 1


@pytest.mark.parametrize(
    "name", ["contact.last_seen", "interaction.started", "queuedbatch.created"]
)
@pytest.mark.parametrize("lookup", ["gte", "lt"])
@pytest.mark.parametrize("moment", ["9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59"])
def test_a_moment_that_no_calendar_has_is_no_error_of_the_server(
    admin_client: Client, ann: Contact, name: str, lookup: str, moment: str
) -> None:
    model, field = name.split(".")
    address = reverse(f"admin:jss_tracking_{model}_changelist")
    response = admin_client.get(address, {f"{field}__{lookup}": moment}, follow=True)
    assert response.status_code == 200


@pytest.mark.parametrize(
    ("name", "parameter"),
    [
        ("contact", "q"),
        ("interaction", "q"),
        ("interaction", "site"),
        ("interaction", "end_reason__exact"),
        ("definition", "q"),
        ("definition", "kind__exact"),
        ("queuedbatch", "q"),
        ("queuedbatch", "site"),
        ("queuedbatch", "state__exact"),
    ],
)
def test_a_text_that_no_database_keeps_is_no_error_of_the_server(
    admin_client: Client, ann: Contact, name: str, parameter: str
) -> None:
    address = reverse(f"admin:jss_tracking_{name}_changelist")
    response = admin_client.get(address, {parameter: "\0"}, follow=True)
    assert response.status_code == 200


def test_what_fails_without_a_filter_is_not_laid_at_the_filters_door(
    admin_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_args: Any) -> None:
        raise ValueError("of its own")

    monkeypatch.setattr(LatestPaginator, "__init__", fail)
    with pytest.raises(ValueError, match="of its own"):
        admin_client.get(CONTACTS)


def rows(ann: Contact) -> dict[str, Any]:
    """A row of each kind that the admin has."""
    return {
        "contact": ann,
        "interaction": ann.interactions.all()[0],
        "liveevent": LiveEvent.objects.all()[0],
        "definition": Definition.objects.create(
            guid="00000000-0000-0000-0000-000000000007", alias="mine", kind="goal"
        ),
    }


@pytest.mark.parametrize("name", ["contact", "definition"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_row_is_looked_up_by_its_key_where_an_address_names_no_field(
    admin_client: Client, ann: Contact, name: str, method: str
) -> None:
    address = reverse(f"admin:jss_tracking_{name}_delete", args=[rows(ann)[name].pk])
    response = getattr(admin_client, method)(address, {"_to_field": ""}, follow=True)
    assert response.status_code == 200


@pytest.mark.parametrize("name", ["interaction", "liveevent"])
def test_what_is_never_deleted_is_not_whatever_an_address_names(
    admin_client: Client, ann: Contact, name: str
) -> None:
    address = reverse(f"admin:jss_tracking_{name}_delete", args=[rows(ann)[name].pk])
    assert admin_client.get(address, {"_to_field": ""}).status_code == 403


@pytest.mark.parametrize(
    ("name", "field"),
    [("contact", "identifiers"), ("interaction", "events"), ("definition", "interactions")],
)
def test_no_row_is_looked_up_by_another_field(
    admin_client: Client, ann: Contact, name: str, field: str
) -> None:
    row = rows(ann)[name]
    for action, arguments in (("delete", [row.pk]), ("changelist", [])):
        address = reverse(f"admin:jss_tracking_{name}_{action}", args=arguments)
        assert admin_client.get(address, {"_to_field": field}).status_code == 400
