"""What waits is delivered later, in order, once, or set aside."""

from datetime import timedelta
from itertools import chain, repeat

import pytest
import requests
import responses
from django.db import DatabaseError, OperationalError
from django.test import Client
from django.utils import timezone
from prometheus_client import REGISTRY
from pytest_django import Settings
from responses import RequestsMock

from jss_layout.exceptions import SiteUnknown
from jss_layout.models import Site
from jss_layout.sites import site_rows
from jss_tracking.delivery import batches, queue, sending, sessions
from jss_tracking.delivery.attribution import visitor_keys
from jss_tracking.delivery.batches import FIRST_PAUSE, LONGEST_PAUSE, new_batch
from jss_tracking.delivery.leases import Lease, call_ends
from jss_tracking.delivery.leftovers import (
    INTERRUPTED,
    TOO_OLD,
    expire,
    set_unattributed_aside,
)
from jss_tracking.delivery.outcomes import Answer, DeliveryOutcome
from jss_tracking.delivery.sessions import deliver
from jss_tracking.exceptions import TrackerUnavailable
from jss_tracking.models import QueuedBatch, Refusal, SessionLease
from jss_tracking.models.contacts import masked_id
from jss_tracking.trackers.sitecore import SitecoreTracker
from tests.sensitive import ANALYTICS_COOKIE, SESSION_COOKIE
from tests.tracking.delivery.visits import (
    ADDRESS,
    EVENT,
    State,
    a_visitor,
    answers,
    let_pass,
    queued,
    send,
    taken,
)

pytestmark = pytest.mark.django_db

LONG = 2 * LONGEST_PAUSE


@pytest.fixture
def session(connected: None) -> str:
    return visitor_keys(a_visitor())[0]


def refused(reason: str) -> float:
    return REGISTRY.get_sample_value("jss_events_refused_total", {"reason": reason}) or 0.0


def wait(*names: str) -> None:
    """A batch for each name is queued."""
    for name in names:
        new_batch(a_visitor(), [{"goalId": name}]).save()
    let_pass(LONG)


class TestDelivery:
    def test_what_waits_goes_up_in_order_and_once(
        self, sitecore: RequestsMock, session: str
    ) -> None:
        wait("a", "b", "c")
        answers(sitecore, 200)
        deliver(session)
        deliver(session)
        assert taken(sitecore) == [["a"], ["b"], ["c"]]
        assert not QueuedBatch.objects.exists()
        assert not SessionLease.objects.exists()

    def test_it_goes_up_as_it_would_have_gone_at_once(
        self, sitecore: RequestsMock, session: str
    ) -> None:
        answers(sitecore, 503)
        send("a", visitor=a_visitor(query=(("sc_camp", "c"),)))
        let_pass(LONG)
        deliver(session)
        first, second = (call.request for call in sitecore.calls)
        assert (first.url, first.body) == (second.url, second.body)
        assert dict(first.headers) == dict(second.headers)

    def test_one_that_must_wait_keeps_those_behind_it_waiting(
        self, sitecore: RequestsMock, session: str
    ) -> None:
        wait("a", "b")
        answers(sitecore, 503)
        answer = deliver(session)
        assert answer is not None
        assert answer.outcome is DeliveryOutcome.QUEUED
        assert taken(sitecore) == [["a"]]
        first, second = QueuedBatch.objects.all()
        assert first.due == second.due > timezone.now()

    def test_one_that_came_meanwhile_does_not_make_the_session_due(
        self, sitecore: RequestsMock, session: str
    ) -> None:
        answers(sitecore, 503)
        send("a")
        send("b")
        assert session in queue.due_sessions(10)
        deliver(session)
        assert queue.due_sessions(10) == {}

    def test_a_long_queue_is_read_by_and_by(
        self, sitecore: RequestsMock, session: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(queue, "BATCHES_AT_ONCE", 2)
        monkeypatch.setattr(sessions, "BATCHES_AT_ONCE", 2)
        wait("a", "b", "c", "d", "e")
        answers(sitecore, 200)
        deliver(session)
        assert taken(sitecore) == [["a"], ["b"], ["c"], ["d"], ["e"]]
        assert not QueuedBatch.objects.exists()

    def test_what_came_while_the_last_was_sent_makes_the_session_due_again(
        self, sitecore: RequestsMock, session: str
    ) -> None:
        def come(_request: object) -> tuple[int, dict[str, str], str]:
            if not QueuedBatch.objects.filter(state=State.WAITING).exists():
                wait("b")
            return 200, {}, ""

        wait("a")
        sitecore.add_callback(responses.POST, EVENT, come)
        deliver(session)
        assert list(queue.due_sessions(10)) == [session]

    def test_what_was_dropped_while_those_before_were_sent_is_not_sent(
        self, sitecore: RequestsMock, session: str
    ) -> None:
        def drop(_request: object) -> tuple[int, dict[str, str], str]:
            QueuedBatch.objects.filter(state=State.WAITING).earliest("pk").delete()
            return 200, {}, ""

        wait("a", "dropped", "c", "dropped too")
        sitecore.add_callback(responses.POST, EVENT, drop)
        deliver(session)
        assert taken(sitecore) == [["a"], ["c"]]
        assert not QueuedBatch.objects.exists()

    def test_what_grew_too_old_while_those_before_were_sent_is_not_sent(
        self, sitecore: RequestsMock, session: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        later = timezone.now() + timedelta(seconds=1200)

        def grow_old(_request: object) -> tuple[int, dict[str, str], str]:
            monkeypatch.setattr("django.utils.timezone.now", lambda: later)
            return 200, {}, ""

        wait("a", "old")
        sitecore.add_callback(responses.POST, EVENT, grow_old)
        deliver(session)
        assert taken(sitecore) == [["a"]]
        assert QueuedBatch.objects.get().reason == TOO_OLD

    def test_one_that_is_set_aside_lets_the_others_go_on(
        self, sitecore: RequestsMock, session: str
    ) -> None:
        wait("a", "b")
        answers(sitecore, 500, 200)
        deliver(session)
        assert taken(sitecore) == [["a"], ["b"]]
        assert queued(State.SET_ASIDE) == ["a"]

    def test_one_that_gets_no_answer_lets_the_others_wait_for_another_turn(
        self, session: str, connected: None, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        silence = Answer(DeliveryOutcome.SET_ASIDE, "Nothing came back.")
        monkeypatch.setattr(sending, "post", lambda *_: silence)
        wait("a", "b")
        assert deliver(session) is silence
        assert (queued(State.SET_ASIDE), queued()) == (["a"], ["b"])

    @pytest.mark.parametrize("status", [400, 401, 403, 404])
    def test_what_is_refused_is_set_aside_since_no_browser_waits(
        self, sitecore: RequestsMock, session: str, status: int
    ) -> None:
        wait("a")
        answers(sitecore, status)
        deliver(session)
        row = QueuedBatch.objects.get()
        assert row.state == State.SET_ASIDE
        assert row.reason == f"Sitecore refused it: it answered {status}."

    def test_after_too_many_tries_of_one_those_behind_it_have_another_turn(
        self, sitecore: RequestsMock, session: str, settings: Settings
    ) -> None:
        settings.EVENT_DELIVERY_TRIES = 1
        wait("a", "b")
        answers(sitecore, 503)
        deliver(session)
        assert taken(sitecore) == [["a"]]
        assert (queued(State.SET_ASIDE), queued()) == (["a"], ["b"])
        assert list(queue.due_sessions(10)) == [session]

    @pytest.mark.parametrize("status", [200, 400])
    def test_single_events_that_are_refused_are_logged_counted_and_seen_live(
        self,
        sitecore: RequestsMock,
        session: str,
        caplog: pytest.LogCaptureFixture,
        status: int,
    ) -> None:
        wait("a")
        errors = [
            {"index": 0, "code": "unknown_goal", "message": "No goal.", "id": "a"},
            {"index": 7, "code": "of_no_event"},
        ]
        answers(sitecore, status, json={"errors": errors})
        before = refused("unknown_goal")
        deliver(session)
        assert "Sitecore refused 1 of 1 events from the queue: ['unknown_goal']" in caplog.text
        assert not [secret for secret in (SESSION_COOKIE, ADDRESS) if secret in caplog.text]
        assert refused("unknown_goal") == before + 1
        row = Refusal.objects.get()
        assert (row.code, row.message, row.reference, row.site) == (
            "unknown_goal",
            "No goal.",
            "a",
            "shop",
        )
        assert row.device == masked_id(ANALYTICS_COOKIE.partition("|")[0])

    def test_an_answer_that_is_no_list_of_errors_says_nothing_of_events(
        self, sitecore: RequestsMock, session: str
    ) -> None:
        wait("a", "b")
        answers(sitecore, 200, body=b"\xff{")
        deliver(session)
        assert not Refusal.objects.exists()
        assert not QueuedBatch.objects.exists()

    def test_nobody_delivers_what_another_one_delivers(
        self, sitecore: RequestsMock, session: str
    ) -> None:
        wait("a")
        Lease(session).acquire()
        assert deliver(session) is None
        assert queue.due_sessions(10) == {}
        assert taken(sitecore) == []

    def test_whoever_loses_the_lease_stops(
        self, sitecore: RequestsMock, session: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        wait("a", "b")
        answers(sitecore, 200)
        lasts = chain([True, True], repeat(False))
        monkeypatch.setattr(Lease, "lasts", lambda _lease: next(lasts))
        deliver(session)
        assert queued() == ["b"]

    def test_a_site_that_is_gone_gets_nothing(self, sitecore: RequestsMock, session: str) -> None:
        wait("a")
        Site.objects.create(name="other", host_names="testserver")
        site_rows.forget()
        deliver(session)
        assert taken(sitecore) == []
        row = QueuedBatch.objects.get()
        assert (row.state, row.reason) == (
            State.SET_ASIDE,
            "Its host belongs to the site 'other' by now.",
        )

    def test_while_nobody_knows_the_sites_it_waits(
        self, sitecore: RequestsMock, session: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*_: object) -> None:
            raise OperationalError("server closed the connection")

        wait("a")
        monkeypatch.setattr(site_rows, "_value", None)
        monkeypatch.setattr(Site.objects, "order_by", fail)
        site_rows.forget()
        with pytest.raises(SiteUnknown):
            deliver(session)
        assert taken(sitecore) == []
        assert queued(State.WAITING) == ["a"]


class TestDue:
    def due(self, *sessions: str, limit: int = 10) -> list[str]:
        for session in sessions:
            new_batch(a_visitor(f"ASP.NET_SessionId={session}"), [{"goalId": session}]).save()
        let_pass(LONG)
        return list(queue.due_sessions(limit))

    def test_so_many_sessions_are_found_however_much_waits_of_each(self, connected: None) -> None:
        assert len(self.due("a", "a", "a", "b", "b", "c", limit=2)) == 2

    def test_a_session_is_found_once_though_it_was_interrupted_and_has_more(
        self, session: str
    ) -> None:
        wait("a", "b")
        batches.begin(QueuedBatch.objects.earliest("pk"))
        let_pass(call_ends().total_seconds())
        assert list(queue.due_sessions(10)) == [session]

    def test_the_soonest_is_due_next_whether_it_waits_or_was_interrupted(
        self, session: str
    ) -> None:
        assert queue.next_due() is None
        wait("a", "b")
        first, second = QueuedBatch.objects.all()
        assert queue.next_due() == first.due
        batches.begin(first)
        assert queue.next_due() == second.due
        let_pass(1000)
        batches.postpone(second, Answer(DeliveryOutcome.QUEUED, retry_after=3600))
        assert queue.next_due() == QueuedBatch.objects.get(pk=first.pk).due

    def test_one_without_session_has_no_turn(self, connected: None) -> None:
        new_batch(a_visitor(""), [{"goalId": "a"}]).save()
        assert self.due() == []
        assert queue.next_due() is None


class TestInterruption:
    def test_what_was_being_sent_by_one_who_was_killed_is_set_aside(
        self, sitecore: RequestsMock, session: str
    ) -> None:
        wait("a", "b")
        batches.begin(QueuedBatch.objects.earliest("pk"))
        let_pass(call_ends().total_seconds())
        answers(sitecore, 200)
        deliver(session)
        assert taken(sitecore) == [["b"]]
        assert QueuedBatch.objects.get().reason == INTERRUPTED

    def test_it_makes_the_session_due_though_nothing_waits(self, session: str) -> None:
        wait("a")
        batches.begin(QueuedBatch.objects.get())
        assert queue.due_sessions(10) == {}
        let_pass(call_ends().total_seconds())
        assert list(queue.due_sessions(10)) == [session]

    def test_one_without_session_is_set_aside_by_time(self, connected: None) -> None:
        new_batch(a_visitor(""), [{"goalId": "a"}]).save()
        set_unattributed_aside()
        assert queued(State.SENDING) == ["a"]
        let_pass(call_ends().total_seconds())
        set_unattributed_aside()
        assert queued(State.SET_ASIDE) == ["a"]

    def test_what_was_set_aside_so_counts_as_tracked(
        self, sitecore: RequestsMock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def stop(*_: object) -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr(sending, "post", stop)
        visitor, uid = a_visitor(""), "8d3a2f3e-6c1d-4f0e-9a43-0c9a53e6b7d1"
        with pytest.raises(KeyboardInterrupt):
            send("a", visitor=visitor, eventUid=uid)
        with pytest.raises(TrackerUnavailable):
            send("a", visitor=visitor, eventUid=uid)
        let_pass(call_ends().total_seconds())
        set_unattributed_aside()
        assert send("a", visitor=visitor, eventUid=uid).tracked == 1
        assert taken(sitecore) == []


class TestPauses:
    def pause(self, session: str) -> float:
        """Seconds until the next try, after one more."""
        let_pass((QueuedBatch.objects.get().due - timezone.now()).total_seconds() + 0.1)
        deliver(session)
        return (QueuedBatch.objects.get().due - timezone.now()) / timedelta(seconds=1)

    def test_they_double_up_to_the_longest(
        self, sitecore: RequestsMock, session: str, settings: Settings
    ) -> None:
        settings.SITECORE_CIRCUIT_FAILURES = 0
        sitecore.post(EVENT, body=requests.ConnectionError("refused"))
        wait("a")
        pauses = [round(self.pause(session)) for _ in range(9)]
        assert pauses == [1, 2, 4, 8, 16, 32, 60, 60, 60]
        assert (FIRST_PAUSE, LONGEST_PAUSE) == (1, 60)

    def test_sitecore_may_ask_for_a_longer_one_not_for_a_shorter(
        self, sitecore: RequestsMock, session: str
    ) -> None:
        wait("a")
        answers(sitecore, 503, headers={"Retry-After": "90"})
        assert round(self.pause(session)) == 90
        answers(sitecore, 503, headers={"Retry-After": "0"})
        assert round(self.pause(session)) == 2

    def test_after_so_many_tries_it_is_set_aside(
        self, sitecore: RequestsMock, session: str, settings: Settings
    ) -> None:
        settings.EVENT_DELIVERY_TRIES = 2
        wait("a")
        answers(sitecore, 503)
        deliver(session)
        let_pass(LONG)
        deliver(session)
        row = QueuedBatch.objects.get()
        assert (row.state, row.tries) == (State.SET_ASIDE, 2)
        assert row.reason.startswith("It was tried 2 times. The last time: Sitecore takes nothing")

    def test_a_host_that_is_not_asked_costs_no_try(
        self, sitecore: RequestsMock, session: str, settings: Settings
    ) -> None:
        settings.SITECORE_CIRCUIT_FAILURES = 1
        sitecore.post(EVENT, body=requests.ConnectionError("refused"))
        wait("a")
        self.pause(session)
        self.pause(session)
        assert QueuedBatch.objects.get().tries == 1
        assert len(sitecore.calls) == 1


class TestAge:
    def test_what_is_older_than_a_session_is_set_aside(
        self, sitecore: RequestsMock, session: str, settings: Settings
    ) -> None:
        settings.TRACKING_SESSION_TIMEOUT = 600
        wait("old")
        let_pass(600)
        new_batch(a_visitor(), [{"goalId": "new"}]).save()
        let_pass(LONG)
        answers(sitecore, 200)
        deliver(session)
        assert taken(sitecore) == [["new"]]
        row = QueuedBatch.objects.get()
        assert (row.state, row.reason, row.headers) == (State.SET_ASIDE, TOO_OLD, {})

    def test_the_cookies_of_what_was_set_aside_go_by_then_too(self, connected: None) -> None:
        wait("a")
        batches.set_aside(QueuedBatch.objects.get(), "for some reason")
        expire()
        assert QueuedBatch.objects.get().headers["Cookie"]
        let_pass(1200)
        assert expire() == 0
        row = QueuedBatch.objects.get()
        assert (row.headers, row.reason) == ({}, "for some reason")

    def test_what_is_being_sent_is_left_alone(self, connected: None) -> None:
        wait("a")
        batches.begin(QueuedBatch.objects.get())
        let_pass(1200)
        assert expire() == 0
        assert queued(State.SENDING) == ["a"]


class TestByHand:
    def set_aside(self, *names: str) -> None:
        wait(*names)
        for row in QueuedBatch.objects.all():
            batches.set_aside(row, "for some reason")

    def test_what_was_set_aside_may_be_sent_again(
        self, sitecore: RequestsMock, session: str
    ) -> None:
        self.set_aside("a")
        answers(sitecore, 200)
        assert batches.send_again(QueuedBatch.objects.all()) == 1
        deliver(session)
        assert taken(sitecore) == [["a"]]

    def test_what_is_too_old_may_not(self, connected: None) -> None:
        self.set_aside("a")
        let_pass(1200)
        expire()
        assert batches.send_again(QueuedBatch.objects.all()) == 0

    def test_what_nobody_can_attribute_may_not(self, connected: None) -> None:
        new_batch(a_visitor(""), [{"goalId": "a"}]).save()
        batches.set_aside(QueuedBatch.objects.get(), "for some reason")
        assert batches.send_again(QueuedBatch.objects.all()) == 0

    def test_what_waits_is_not_touched(self, connected: None) -> None:
        wait("a")
        assert batches.send_again(QueuedBatch.objects.all()) == 0


class TestWithdrawal:
    def withdraw(self, cookies: str) -> None:
        SitecoreTracker(a_visitor(cookies)).withdraw()

    @pytest.mark.parametrize(
        "cookies",
        [
            f"ASP.NET_SessionId={SESSION_COOKIE}",
            f"SC_ANALYTICS_GLOBAL_COOKIE={ANALYTICS_COOKIE}",
            f"SC_ANALYTICS_GLOBAL_COOKIE={ANALYTICS_COOKIE.replace('True', 'False')}",
            f"ASP.NET_SessionId=later; SC_ANALYTICS_GLOBAL_COOKIE={ANALYTICS_COOKIE}",
        ],
    )
    def test_all_that_is_kept_of_the_visitor_goes(self, connected: None, cookies: str) -> None:
        wait("a", "b")
        batches.set_aside(QueuedBatch.objects.earliest("pk"), "for some reason")
        self.withdraw(cookies)
        assert not QueuedBatch.objects.exists()

    def test_a_visitor_who_takes_back_consent_takes_it_along(
        self, connected: None, client: Client
    ) -> None:
        wait("a")
        client.cookies["ASP.NET_SessionId"] = SESSION_COOKIE
        answer = client.post("/sitecore/api/jss/track/consent", {"given": "false"})
        assert answer.status_code == 303
        assert not QueuedBatch.objects.exists()

    def test_who_is_tracked_no_longer_already_takes_it_along_too(
        self, connected: None, client: Client
    ) -> None:
        wait("a")
        client.cookies["ASP.NET_SessionId"] = SESSION_COOKIE
        client.post("/sitecore/api/jss/track/consent", {"given": "false"}, headers={"Sec-GPC": "1"})
        assert not QueuedBatch.objects.exists()

    def test_a_visitor_who_agrees_does_not(self, connected: None, client: Client) -> None:
        wait("a")
        client.cookies["ASP.NET_SessionId"] = SESSION_COOKIE
        client.post("/sitecore/api/jss/track/consent", {"given": "true"})
        assert queued() == ["a"]

    def test_a_database_that_is_down_does_not_keep_a_visitor_from_refusing(
        self, connected: None, client: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(_visitor: object) -> None:
            raise DatabaseError

        monkeypatch.setattr("jss_tracking.trackers.sitecore.forget_visitor", fail)
        answer = client.post("/sitecore/api/jss/track/consent", {"given": "false"})
        assert answer.status_code == 303

    @pytest.mark.parametrize("cookies", ["", "ASP.NET_SessionId=another", "other=1"])
    def test_that_of_others_stays(self, connected: None, cookies: str) -> None:
        wait("a")
        new_batch(a_visitor(""), [{"goalId": "b"}]).save()
        self.withdraw(cookies)
        assert QueuedBatch.objects.count() == 2

    def test_one_that_is_just_being_sent_goes_too(
        self, sitecore: RequestsMock, session: str
    ) -> None:
        wait("a")
        row = QueuedBatch.objects.get()
        self.withdraw(f"ASP.NET_SessionId={SESSION_COOKIE}")
        assert not batches.begin(row)


def test_a_session_of_another_site_is_another_one(settings: Settings, connected: None) -> None:
    here = visitor_keys(a_visitor())
    settings.SITECORE_SITE_NAME = "other"
    assert set(here).isdisjoint(visitor_keys(a_visitor()))


def test_of_two_cookies_of_one_name_the_first_counts(connected: None) -> None:
    first = a_visitor(f"ASP.NET_SessionId={SESSION_COOKIE}; ASP.NET_SessionId=other")
    assert visitor_keys(first)[0] == visitor_keys(a_visitor())[0]
