"""How the queue stands: in the command, the admin, the metrics and the readiness check."""

import json
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.core.management import call_command
from django.db import DatabaseError
from django.test import Client
from django.urls import reverse
from prometheus_client import REGISTRY, generate_latest
from pytest_django import Settings
from responses import RequestsMock

from jss_layout.metrics import SCRAPED
from jss_tracking import delivery_receivers, metrics
from jss_tracking.delivery.batches import new_batch
from jss_tracking.models import QueuedBatch
from tests.sensitive import ANALYTICS_COOKIE, SESSION_COOKIE
from tests.tracking.delivery.visits import (
    ADDRESS,
    State,
    a_visitor,
    answers,
    let_pass,
    queued,
    send,
)

pytestmark = pytest.mark.django_db

SECRETS = (SESSION_COOKIE, ANALYTICS_COOKIE.partition("|")[0], ADDRESS)
LIST = "admin:jss_tracking_queuedbatch_changelist"


@pytest.fixture
def queue(sitecore: RequestsMock) -> RequestsMock:
    """One batch is set aside and one waits; both came two minutes ago."""
    answers(sitecore, 500, 503)
    send("aside")
    send("waiting", "too")
    let_pass(120)
    return sitecore


def counted(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


def printed(*arguments: str) -> str:
    out = StringIO()
    call_command("delivery_status", *arguments, stdout=out)
    return out.getvalue()


class TestCommand:
    def test_it_tells_depth_age_and_reasons(self, queue: RequestsMock) -> None:
        lines = printed().splitlines()
        assert lines[:2] == [
            "shop: 1 batches (1 events) set aside, the oldest for 120 s",
            "shop: 1 batches (2 events) waiting, the oldest for 120 s",
        ]
        ends = sorted(line.rpartition(": Sitecore ")[2] for line in lines[2:])
        assert ends == [
            "answered 500; it may have taken the events.",
            "takes nothing for now: it answered 503.",
        ]

    def test_it_tells_programs_the_same(self, queue: RequestsMock) -> None:
        found = json.loads(printed("--json"))
        assert [(depth["state"], depth["seconds"]) for depth in found["queue"]] == [
            ("set_aside", 120),
            ("waiting", 120),
        ]
        assert {reason["state"] for reason in found["reasons"]} == {"set_aside", "waiting"}

    def test_an_empty_queue_is_said_to_be(self) -> None:
        assert printed() == "Nothing waits, and nothing is set aside.\n"

    @pytest.mark.parametrize("arguments", [(), ("--json",)])
    def test_it_tells_nothing_of_a_visitor(self, queue: RequestsMock, arguments: Any) -> None:
        text = printed(*arguments)
        assert not [secret for secret in SECRETS if secret in text]


class TestAdmin:
    @pytest.fixture
    def act(self, admin_client: Client) -> Callable[..., Any]:
        """Chooses all batches, and an action for them."""

        def act(action: str, client: Client = admin_client) -> Any:
            chosen = list(QueuedBatch.objects.values_list("pk", flat=True))
            data = {"action": action, "_selected_action": chosen}
            return client.post(reverse(LIST), data, follow=True)

        return act

    def user(self, client: Client, *permissions: str) -> Client:
        user = User.objects.create_user("ann", is_staff=True)
        names = [f"{name}_queuedbatch" for name in permissions]
        user.user_permissions.set(Permission.objects.filter(codename__in=names))
        client.force_login(user)
        return client

    def test_the_list_stands_below_depth_and_reasons(
        self, queue: RequestsMock, admin_client: Client
    ) -> None:
        text = admin_client.get(reverse(LIST)).text
        assert "How the queue stands" in text
        assert "<td>set aside</td><td>1</td><td>1</td><td>2\xa0minutes</td>" in text
        assert text.count("Sitecore answered 500; it may have taken the events.") == 2

    def test_a_batch_shows_its_events_and_no_value_of_a_visitor(
        self, queue: RequestsMock, admin_client: Client
    ) -> None:
        row = QueuedBatch.objects.latest("pk")
        address = reverse("admin:jss_tracking_queuedbatch_change", args=[row.pk])
        text = admin_client.get(address).text
        assert "&quot;goalId&quot;: &quot;waiting&quot;" in text
        assert "Cookie (ASP.NET_SessionId, SC_ANALYTICS_GLOBAL_COOKIE)" in text
        assert "X-Forwarded-For" in text
        assert not [secret for secret in SECRETS if secret in text]

    @pytest.mark.parametrize(
        "lookup",
        ["headers__icontains", "headers__X-Forwarded-For__startswith", "session__startswith"],
    )
    def test_what_is_masked_can_not_be_guessed_by_filters(
        self, queue: RequestsMock, admin_client: Client, lookup: str
    ) -> None:
        assert admin_client.get(reverse(LIST), {lookup: "2"}).status_code == 400

    @pytest.mark.parametrize(
        ("lookup", "value"),
        [("state__exact", "waiting"), ("site", "shop"), ("created__gte", "2020-01-01 00:00Z")],
    )
    def test_filters_of_the_list_hold(
        self, queue: RequestsMock, admin_client: Client, lookup: str, value: str
    ) -> None:
        assert admin_client.get(reverse(LIST), {lookup: value}).status_code == 200

    def test_what_is_set_aside_is_sent_again(
        self, queue: RequestsMock, act: Callable[..., Any]
    ) -> None:
        text = act("send_again").text
        assert "1 batch is sent again." in text
        assert "Only what is set aside can be sent again" in text
        assert queued() == ["aside", "waiting", "too"]

    def test_batches_are_dropped(self, queue: RequestsMock, admin_client: Client) -> None:
        chosen = list(QueuedBatch.objects.values_list("pk", flat=True))
        data = {"action": "delete_selected", "_selected_action": chosen, "post": "yes"}
        admin_client.post(reverse(LIST), data)
        assert not QueuedBatch.objects.exists()

    def test_they_are_exported_without_cookies_and_addresses(
        self, queue: RequestsMock, act: Callable[..., Any]
    ) -> None:
        answer = act("export")
        assert answer["Content-Disposition"] == 'attachment; filename="queued-events.json"'
        assert "no-store" in answer["Cache-Control"]
        found = answer.json()
        assert [row["events"] for row in found] == [
            [{"goalId": "aside"}],
            [{"goalId": "waiting"}, {"goalId": "too"}],
        ]
        assert not [secret for secret in SECRETS if secret in answer.text]

    @pytest.mark.parametrize(
        ("action", "message"), [("send_again", "Sent again."), ("export", "Exported.")]
    )
    def test_who_did_it_is_logged(
        self, queue: RequestsMock, act: Callable[..., Any], action: str, message: str
    ) -> None:
        act(action)
        assert {entry.get_change_message() for entry in LogEntry.objects.all()} == {message}

    def test_who_may_only_view_neither_drops_nor_sends(
        self, queue: RequestsMock, act: Callable[..., Any], client: Client
    ) -> None:
        client = self.user(client, "view")
        for action in ("send_again", "delete_selected"):
            assert "No action selected" in act(action, client).text
        assert queued(State.SET_ASIDE) == ["aside"]
        assert act("export", client).status_code == 200

    def test_who_may_change_sends_again_and_changes_nothing(
        self, queue: RequestsMock, act: Callable[..., Any], client: Client
    ) -> None:
        client = self.user(client, "view", "change")
        act("send_again", client)
        assert queued(State.SET_ASIDE) == []
        row = QueuedBatch.objects.latest("pk")
        address = reverse("admin:jss_tracking_queuedbatch_change", args=[row.pk])
        assert client.post(address, {"reason": "x"}).status_code == 403

    def test_nobody_adds_a_batch(self, admin_client: Client) -> None:
        assert admin_client.get(reverse("admin:jss_tracking_queuedbatch_add")).status_code == 403


class TestMetrics:
    def scraped(self) -> str:
        return generate_latest(SCRAPED).decode()

    def test_depth_and_age_are_read_at_the_scrape(self, queue: RequestsMock) -> None:
        text = self.scraped()
        assert 'jss_queue_batches{site="shop",state="waiting"} 1.0' in text
        assert 'jss_queue_events{site="shop",state="waiting"} 2.0' in text
        assert 'jss_queue_oldest_seconds{site="shop",state="set_aside"} 120.0' in text

    def test_a_database_that_is_down_costs_these_alone(
        self, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        def fail() -> None:
            raise DatabaseError

        monkeypatch.setattr(delivery_receivers, "depths", fail)
        assert "jss_queue" not in self.scraped()
        assert "can't be counted: DatabaseError" in caplog.text

    @pytest.mark.parametrize(
        ("status", "outcome"), [(200, "delivered"), (503, "queued"), (500, "set_aside")]
    )
    def test_deliveries_count_by_outcome(
        self, sitecore: RequestsMock, status: int, outcome: str
    ) -> None:
        before = counted("jss_deliveries_total", outcome=outcome)
        answers(sitecore, status)
        send("a")
        assert counted("jss_deliveries_total", outcome=outcome) == before + 1

    def test_events_count_by_kind(self, sitecore: RequestsMock) -> None:
        before = counted("jss_events_tracked_total", kind="goal")
        answers(sitecore, 200)
        send("a", "b")
        assert counted("jss_events_tracked_total", kind="goal") == before + 2

    def test_refusals_count_by_reason(self, sitecore: RequestsMock) -> None:
        before = counted("jss_events_refused_total", reason="unknown_goal")
        answers(sitecore, 200, json={"errors": [{"index": 0, "code": "unknown_goal"}]})
        send("a")
        assert counted("jss_events_refused_total", reason="unknown_goal") == before + 1

    def test_refused_requests_count_too(self, connected: None, client: Client) -> None:
        before = counted("jss_events_refused_total", reason="api_key")
        client.post("/sitecore/api/jss/track/event", "[]", content_type="application/json")
        assert counted("jss_events_refused_total", reason="api_key") == before + 1

    def test_no_sitecore_can_make_labels_without_end(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(metrics, "_reasons", {str(number) for number in range(50)})
        before = counted("jss_events_refused_total", reason="other")
        metrics.count_refused("yet another")
        assert counted("jss_events_refused_total", reason="other") == before + 1
        assert counted("jss_events_refused_total", reason="yet another") == 0


class TestReadiness:
    def warning(self, client: Client) -> object:
        return client.get("/readyz").json().get("warnings", {}).get("event_delivery")

    def test_it_warns_while_events_wait_for_long(
        self, queue: RequestsMock, client: Client, settings: Settings
    ) -> None:
        settings.EVENT_DELIVERY_WARN_AGE = 119
        assert self.warning(client) == "Events wait for Sitecore for 120 s."

    def test_it_does_not_before(
        self, queue: RequestsMock, client: Client, settings: Settings
    ) -> None:
        settings.EVENT_DELIVERY_WARN_AGE = 120
        assert self.warning(client) is None

    def test_what_is_set_aside_waits_for_nobody(self, connected: None, client: Client) -> None:
        new_batch(a_visitor(), [{"goalId": "a"}]).save()
        QueuedBatch.objects.update(state=State.SET_ASIDE)
        let_pass(10_000)
        assert self.warning(client) is None
