"""Events are seen as they come in, before the visit is over."""

import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from jss_tracking.models import Contact, Interaction, LiveEvent, Refusal, TrackedEvent
from jss_tracking.models.contacts import masked_id
from jss_tracking.profile.live import SHOWN, Watched, look, visit_of
from tests.tracking.browser import DEVICE, Browser, page
from tests.tracking.profile.conftest import Clock

pytestmark = pytest.mark.django_db

LIVE = reverse("admin:jss_tracking_liveevent_changelist")
LATEST = reverse("admin:jss_tracking_liveevent_latest")
MOMENTS_THAT_ARE_NONE = (
    "",
    "yesterday",
    "2026-13-45T00:00:00Z",
    "2026-03-18T15:00:00",
    "9999-12-31T23:59:59-14:00",
    "0001-01-01T00:00:00+14:00",
)


def words(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def labels(events: Any) -> list[str]:
    return [event.label for event in events]


def test_what_came_in_is_seen_at_once_the_latest_first(clock: Clock) -> None:
    browser = Browser()
    browser.track(page("/first"), {"goalId": "Login"})
    clock.wait(seconds=1)
    browser.track(page("/second"))
    assert labels(look(Watched()).events) == ["/second", "Login", "/first"]
    assert Interaction.objects.get().ended is None


def test_looks_overlap_so_that_nothing_is_missed(clock: Clock) -> None:
    first = look(Watched())
    clock.wait(seconds=2)
    Browser().track(page("/late"))
    event = TrackedEvent.objects.get()
    event.timestamp = clock.now.replace(second=50, minute=29)
    event.save()
    assert labels(look(Watched(), first.next_since).events) == ["/late"]


def test_the_first_look_goes_back_an_hour(clock: Clock) -> None:
    Browser().track(page("/long-ago"))
    clock.wait(minutes=61)
    assert labels(look(Watched()).events) == []


def test_nobody_can_look_back_further(clock: Clock) -> None:
    since = clock.now
    Browser().track(page("/long-ago"))
    clock.wait(minutes=61)
    assert labels(look(Watched(), since).events) == []


def test_one_visit_is_followed_alone(clock: Clock) -> None:
    ann, bob = Browser(), Browser()
    ann.track(page("/ann"))
    visit = Interaction.objects.get()
    bob.track(page("/bob"))
    assert labels(look(Watched(visit=visit.pk)).events) == ["/ann"]


def test_a_device_is_followed_through_its_visits(clock: Clock) -> None:
    ann, bob = Browser(), Browser()
    ann.track(page("/ann"))
    ann.flush()
    clock.wait(seconds=1)
    ann.track(page("/ann-again"))
    bob.track(page("/bob"))
    device = ann.cookies[DEVICE].partition("|")[0]
    assert labels(look(Watched(device=device)).events) == ["/ann-again", "/ann"]


def test_no_more_is_seen_at_once_than_can_be_read(clock: Clock) -> None:
    Browser().track(*(page(f"/{number}") for number in range(SHOWN + 5)))
    found = labels(look(Watched()).events)
    assert (len(found), found[0]) == (SHOWN, f"/{SHOWN + 4}")


def test_refusals_of_a_visit_are_those_of_its_device(clock: Clock) -> None:
    ann = Browser()
    ann.track(page("/ann"))
    visit = Interaction.objects.get()
    Refusal.objects.create(refused=clock.now, code="mine", device=masked_id(visit.device_id))
    Refusal.objects.create(refused=clock.now, code="other", device="abcd…1234")
    Refusal.objects.create(refused=clock.now, code="of_nobody")
    assert [each.code for each in look(Watched(visit=visit.pk)).refusals] == ["mine"]
    assert [each.code for each in look(Watched(device=visit.device_id)).refusals] == ["mine"]
    assert list(look(Watched(device="")).refusals) == []
    assert len(look(Watched()).refusals) == 3


def test_a_device_is_not_told_by_what_is_logged() -> None:
    assert "a" * 32 not in repr(Watched(device="a" * 32))


@pytest.fixture
def latest(admin_client: Client) -> Callable[..., dict[str, str]]:
    """What the page's script is told."""

    def latest(**query: str) -> dict[str, str]:
        response = admin_client.get(LATEST, query)
        assert response.status_code == 200
        assert "no-store" in response["Cache-Control"]
        found: dict[str, str] = response.json()
        return found

    return latest


Latest = Callable[..., dict[str, str]]


def test_the_script_is_told_rows_and_when_to_look_again(latest: Latest) -> None:
    Browser().track(page("/first"))
    found = latest()
    assert re.findall(r"<tr data-id=\"([0-9a-f-]{36})\"", found["events"]) == [
        str(LiveEvent.objects.get().pk)
    ]
    assert "/first" in found["events"]
    again = latest(since=found["since"])
    assert "/first" in again["events"]


@pytest.mark.parametrize("since", MOMENTS_THAT_ARE_NONE)
def test_a_moment_that_is_none_is_left_out(latest: Latest, since: str) -> None:
    Browser().track(page("/first"))
    assert "/first" in latest(since=since)["events"]


def test_what_a_visitor_sent_is_escaped(latest: Latest) -> None:
    payload = {"eventId": "Search", "<script>": "<img src=x onerror=alert(1)>"}
    Browser().track(page("/<b>bold</b>"), payload)
    Refusal.objects.create(refused=LiveEvent.objects.all()[0].timestamp, code="x", message="<i>")
    found = latest()
    assert "<b>" not in found["events"]
    assert "<script" not in found["events"]
    assert "<img" not in found["events"]
    assert "<i>" not in found["refusals"]


def test_ones_own_visit_is_followed_by_the_browsers_cookie(
    admin_client: Client, latest: Latest
) -> None:
    mine, other = Browser(), Browser()
    mine.track(page("/mine"))
    other.track(page("/other"))
    admin_client.cookies[DEVICE] = mine.cookies[DEVICE]
    found = latest(mine="")["events"]
    assert "/mine" in found
    assert "/other" not in found


def test_a_browser_without_a_visit_is_told_how_to_make_one(admin_client: Client) -> None:
    Browser().track(page("/other"))
    text = admin_client.get(LIVE, {"mine": ""}).content.decode()
    assert "This browser has no visit yet." in text
    assert "/other" not in text


def test_a_connected_site_says_where_its_events_are(admin_client: Client, at_sitecore: str) -> None:
    assert "hands its events to Sitecore" in admin_client.get(LIVE).content.decode()


@pytest.mark.parametrize("length", [8, 13, 36])
def test_a_visit_is_followed_by_how_its_id_begins(
    admin_client: Client, latest: Latest, length: int
) -> None:
    Browser().track(page("/ann"))
    visit = str(Interaction.objects.get().pk)
    Browser().track(page("/bob"))
    found = latest(visit=f" {visit[:length].upper()} ")["events"]
    assert "/ann" in found
    assert "/bob" not in found
    text = admin_client.get(LIVE, {"visit": visit[:length]}).content.decode()
    assert f'value="{visit}"' in text
    assert "No visit has an id" not in text


def test_of_visits_whose_ids_begin_alike_the_latest_is_followed(clock: Clock) -> None:
    browser = Browser()
    browser.track(page("/ann"))
    visit = Interaction.objects.get()
    for number, hours in ((1, 2), (2, 3), (3, 1)):
        visit.pk = UUID(f"12345678-0000-4000-8000-00000000000{number}")
        visit.session_id = str(number)
        visit.started = clock.now + timedelta(hours=hours)
        visit.save(force_insert=True)
    assert visit_of("12345678") == UUID("12345678-0000-4000-8000-000000000002")


@pytest.mark.parametrize("visit", ["none", "1234567", "00000000", "0" * 33, "\0", "é" * 8])
def test_an_id_that_no_visit_has_is_said_to_be_none_and_lists_nobody(
    admin_client: Client, latest: Latest, visit: str
) -> None:
    Browser().track(page("/other"))
    Refusal.objects.create(refused=timezone.now(), code="of_other")
    response = admin_client.get(LIVE, {"visit": visit})
    text = words(response.content.decode())
    assert "No visit has an id that is or begins so." in text
    assert "/other" not in text
    assert "of_other" not in text
    assert response.content.decode().count('aria-current="true"') == 0
    assert f'name="visit" value="{visit}"' in response.content.decode()
    found = latest(visit=visit)
    assert (found["events"].strip(), found["refusals"].strip()) == ("", "")


@pytest.mark.parametrize("visit", ["none", "00000000-0000-0000-0000-000000000000"])
def test_a_visit_that_there_is_not_is_no_error(admin_client: Client, visit: str) -> None:
    assert admin_client.get(LIVE, {"visit": visit}).status_code == 200


def test_the_page_shows_no_whole_id_of_a_device(admin_client: Client) -> None:
    browser = Browser()
    browser.track(page("/mine"))
    admin_client.cookies[DEVICE] = browser.cookies[DEVICE]
    text = admin_client.get(LIVE, {"mine": ""}).content.decode()
    assert browser.cookies[DEVICE].partition("|")[0] not in text


@pytest.mark.parametrize("address", [LIVE, LATEST])
def test_to_look_needs_its_permission(client: Client, address: str) -> None:
    viewer = User.objects.create_user("marketer", is_staff=True)
    client.force_login(viewer)
    assert client.get(address).status_code == 403
    viewer.user_permissions.add(Permission.objects.get(codename="view_liveevent"))
    assert client.get(address).status_code == 200


def test_a_look_costs_few_queries(latest: Latest, django_assert_max_num_queries: Any) -> None:
    for number in range(10):
        Browser().track(page(f"/{number}"), {"goalId": "Login"})
    latest()
    with django_assert_max_num_queries(5):
        assert json.dumps(latest())


def test_a_known_contact_goes_by_its_name(latest: Latest) -> None:
    Browser().track(page("/ann"))
    contact = Contact.objects.get()
    contact.identifiers.create(source="shop", identifier="session-7", kind="anonymous")
    assert str(contact.pk)[:8] in words(latest()["events"])
    contact.identifiers.create(source="shop", identifier="ann@example.com", kind="known")
    text = words(latest()["events"])
    assert "ann@example.com" in text
    assert str(contact.pk)[:8] not in text


def test_who_may_not_look_at_contacts_learns_no_name(client: Client) -> None:
    Browser().track(page("/ann"))
    contact = Contact.objects.get()
    contact.identifiers.create(source="shop", identifier="ann@example.com", kind="known")
    viewer = User.objects.create_user("viewer", is_staff=True)
    viewer.user_permissions.set(Permission.objects.filter(codename="view_liveevent"))
    client.force_login(viewer)
    html = client.get(LIVE).content.decode()
    assert str(contact.pk)[:8] in html
    assert "ann@example.com" not in html
    assert f"contact/{contact.pk}" not in html


def test_a_robot_is_said_to_be_one(latest: Latest) -> None:
    Browser().track(page("/of-a-person"))
    assert "Robot" not in words(latest()["events"])
    Browser(user_agent="Googlebot/2.1").track(page("/of-a-robot"))
    assert "/of-a-robot Robot" in words(latest()["events"])
