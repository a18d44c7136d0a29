"""What was sent and not tracked is kept, with the reason, and never too much of it."""

import json
import time
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import DatabaseError
from django.test import Client
from django.utils import timezone

from jss_tracking import refusals
from jss_tracking.models import Refusal
from jss_tracking.models.contacts import masked_id
from jss_tracking.refusals import KEPT, PER_SECOND, keep_refused_request
from tests.tracking.browser import DEVICE, page

pytestmark = pytest.mark.django_db

EVENT = "/sitecore/api/jss/track/event"


@pytest.fixture(autouse=True)
def pace(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test is slowed down by what another one noted."""
    monkeypatch.setattr(refusals, "_pace", refusals._Pace())


def send(client: Client, key: str, *payloads: Any, **headers: Any) -> Any:
    body = json.dumps(payloads)
    path = f"{EVENT}?sc_apikey={key}"
    return client.post(path, body, content_type="application/json", **headers)


def test_an_event_that_is_refused_is_noted_with_its_reason_and_its_masked_device(
    client: Client, service: str
) -> None:
    client.cookies[DEVICE] = f"{'a' * 32}|True"
    send(client, service, {"goalId": "No such goal"}, page("/next"))
    (refusal,) = Refusal.objects.all()
    assert (refusal.code, refusal.reference) == ("unknown_goal", "No such goal")
    assert refusal.device == masked_id("a" * 32)
    assert refusal.site == "website"


def test_a_campaign_of_a_pages_address_that_there_is_not_is_noted(client: Client) -> None:
    client.get("/about?sc_camp=Nonsense", headers={"User-Agent": "Firefox/140.0"})
    (refusal,) = Refusal.objects.all()
    assert (refusal.code, refusal.reference) == ("unknown_campaign", "Nonsense")


def test_a_campaign_of_the_trackers_address_that_there_is_not_is_noted(
    client: Client, service: str
) -> None:
    body = json.dumps([{"goalId": "Login"}])
    path = f"{EVENT}?sc_apikey={service}&sc_camp=Nonsense"
    client.post(path, body, content_type="application/json")
    assert [each.code for each in Refusal.objects.all()] == ["unknown_campaign"]


def test_what_is_tracked_leaves_no_refusal(client: Client, service: str) -> None:
    send(client, service, page("/"), {"goalId": "Login"})
    assert not Refusal.objects.exists()


def test_a_request_that_is_refused_as_a_whole_is_noted_without_who_sent_it(
    client: Client, service: str
) -> None:
    client.cookies[DEVICE] = f"{'a' * 32}|True"
    client.post(f"{EVENT}?sc_apikey={service}", "no JSON", content_type="application/json")
    send(client, "no-key")
    assert {(each.code, each.device) for each in Refusal.objects.all()} == {
        ("invalid_json", ""),
        ("api_key", ""),
    }


def test_no_key_is_noted(client: Client, service: str) -> None:
    key = "11111111-2222-3333-4444-555555555555"
    send(client, key, page())
    (refusal,) = Refusal.objects.all()
    assert key not in f"{refusal.message} {refusal.reference}"


def test_what_is_dropped_for_want_of_consent_is_noted_without_who_sent_it(
    client: Client, service: str
) -> None:
    client.cookies[DEVICE] = f"{'a' * 32}|True"
    send(client, service, page("/secret"), headers={"Sec-GPC": "1"})
    (refusal,) = Refusal.objects.all()
    assert (refusal.code, refusal.device, refusal.reference) == ("consent", "", "")
    assert refusal.message == "The visitor has not agreed to be tracked, or has refused."


def test_a_process_notes_only_so_many_a_second(
    client: Client, service: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "monotonic", lambda: 1.0)
    for _ in range(2):
        send(client, service, *({"goalId": f"None {number}"} for number in range(PER_SECOND - 1)))
    assert Refusal.objects.count() == PER_SECOND


def test_a_flood_of_one_kind_leaves_room_for_the_others(client: Client) -> None:
    for _ in range(50):
        keep_refused_request("too_large", "The body is too large.")
    keep_refused_request("api_key", "There is no such key.")
    assert {each.code for each in Refusal.objects.all()} == {"too_large", "api_key"}


def test_the_next_second_has_room_again(monkeypatch: pytest.MonkeyPatch) -> None:
    for second in (1.0, 1.9, 2.0):
        monkeypatch.setattr(time, "monotonic", lambda second=second: second)
        keep_refused_request("api_key", "There is no such key.")
    assert Refusal.objects.count() == 2


def test_only_the_latest_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refusals, "KEPT", 5)
    monkeypatch.setattr(refusals, "SWEPT_EVERY", 1)
    for second in range(8):
        monkeypatch.setattr(time, "monotonic", lambda second=second: float(second))
        keep_refused_request(f"code_{second}", "")
    assert [each.code for each in Refusal.objects.order_by("pk")] == [
        f"code_{second}" for second in range(3, 8)
    ]
    assert KEPT == 500


def test_a_database_that_fails_changes_no_answer(
    client: Client,
    service: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise DatabaseError

    monkeypatch.setattr(Refusal.objects, "bulk_create", fail)
    assert send(client, service, {"goalId": "None"}).status_code == 400
    assert "Why 1 events were refused could not be kept" in caplog.text


def test_what_cannot_be_stored_is_cut_and_cleaned() -> None:
    keep_refused_request("code", f"\0{'x' * 600}\ud800")
    (refusal,) = Refusal.objects.all()
    assert refusal.message == "x" * 500


def test_the_timer_deletes_those_of_yesterday() -> None:
    for hours in (1, 25):
        Refusal.objects.create(refused=timezone.now() - timedelta(hours=hours), code=f"{hours}")
    call_command("close_interactions", stdout=StringIO())
    assert [each.code for each in Refusal.objects.all()] == ["1"]
