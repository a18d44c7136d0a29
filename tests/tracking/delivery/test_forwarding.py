"""The request that brings events sends them, if their turn comes soon."""

from datetime import timedelta

import pytest
import requests
import responses
from django.db import DatabaseError
from django.utils import timezone
from pytest_django import Settings
from responses import RequestsMock

from jss_tracking.delivery import batches, forwarding, queue, turns
from jss_tracking.delivery.attribution import visitor_keys
from jss_tracking.delivery.batches import OWN_REQUEST, new_batch
from jss_tracking.delivery.leases import Lease
from jss_tracking.delivery.leftovers import INTERRUPTED
from jss_tracking.delivery.sessions import deliver
from jss_tracking.exceptions import TrackerUnavailable
from jss_tracking.models import QueuedBatch, SessionLease, TrackedUid
from jss_tracking.pipeline import BatchResult
from jss_tracking.trackers.sitecore import SitecoreTracker
from tests.sensitive import ANALYTICS_COOKIE, SESSION_COOKIE
from tests.tracking.delivery.visits import (
    COOKIES,
    EVENT,
    FLUSH,
    State,
    a_visitor,
    answers,
    let_pass,
    queued,
    send,
    taken,
)

pytestmark = pytest.mark.django_db

UID = "8d3a2f3e-6c1d-4f0e-9a43-0c9a53e6b7d1"


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A request waits for no other."""
    monkeypatch.setattr(turns, "LONGEST_TURN", 0.0)


def session() -> str:
    return visitor_keys(a_visitor())[0]


def test_what_is_delivered_leaves_nothing_behind(sitecore: RequestsMock) -> None:
    answers(sitecore, 200)
    assert send("a", "b") == BatchResult(2)
    assert taken(sitecore) == [["a", "b"]]
    assert not QueuedBatch.objects.exists()
    assert not SessionLease.objects.exists()


def test_it_is_stored_before_it_is_sent(
    sitecore: RequestsMock, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored: list[str] = []

    def answer(_request: object) -> tuple[int, dict[str, str], str]:
        stored.extend(queued(State.SENDING))
        return 200, {}, ""

    sitecore.add_callback(responses.POST, EVENT, answer)
    send("a")
    assert stored == ["a"]


@pytest.mark.parametrize("status", [429, 503])
def test_what_is_refused_for_now_is_queued(sitecore: RequestsMock, status: int) -> None:
    answers(sitecore, status, headers={"Retry-After": "120"})
    assert send("a", "b") == BatchResult(0, queued=2)
    row = QueuedBatch.objects.get()
    assert (row.state, row.tries, row.events) == (State.WAITING, 1, 2)
    assert timedelta(seconds=115) < row.due - timezone.now() <= timedelta(seconds=120)
    assert row.reason == f"Sitecore takes nothing for now: it answered {status}."


def test_what_surely_did_not_arrive_is_queued(sitecore: RequestsMock) -> None:
    sitecore.post(EVENT, body=requests.ConnectionError("refused"))
    assert send("a") == BatchResult(0, queued=1)
    assert queued() == ["a"]


@pytest.mark.parametrize("status", [302, 500, 502, 504])
def test_what_may_have_arrived_is_set_aside(sitecore: RequestsMock, status: int) -> None:
    answers(sitecore, status)
    assert send("a") == BatchResult(0, queued=1)
    assert queued(State.SET_ASIDE) == ["a"]
    reason = QueuedBatch.objects.get().reason
    assert reason == f"Sitecore answered {status}; it may have taken the events."


def test_what_is_refused_is_told_and_not_kept(sitecore: RequestsMock) -> None:
    answers(sitecore, 403)
    with pytest.raises(TrackerUnavailable, match="API key") as caught:
        send("a")
    assert caught.value.status == 403
    assert not QueuedBatch.objects.exists()


def test_only_what_sitecore_gets_to_see_tells_a_session(sitecore: RequestsMock) -> None:
    answers(sitecore, 503)
    hidden = a_visitor("", cookies=(("ASP.NET_SessionId", SESSION_COOKIE),))
    with pytest.raises(TrackerUnavailable):
        send("a", visitor=hidden)
    assert not QueuedBatch.objects.exists()


class TestWithoutCookies:
    """Nobody could say later whose events they were."""

    @pytest.mark.parametrize("cookies", ["", "other=1", "ASP.NET_SessionId="])
    def test_what_did_not_arrive_is_the_browsers_to_send_again(
        self, sitecore: RequestsMock, cookies: str
    ) -> None:
        answers(sitecore, 503, headers={"Retry-After": "7"})
        with pytest.raises(TrackerUnavailable) as caught:
            send("a", visitor=a_visitor(cookies), eventUid=UID)
        assert (caught.value.status, caught.value.retry_after) == (503, 7)
        assert not QueuedBatch.objects.exists()
        assert not TrackedUid.objects.exists()

    def test_what_may_have_arrived_is_set_aside_all_the_same(self, sitecore: RequestsMock) -> None:
        answers(sitecore, 500)
        assert send("a", visitor=a_visitor(""), eventUid=UID).queued == 1
        assert queued(State.SET_ASIDE) == ["a"]
        assert send("a", visitor=a_visitor(""), eventUid=UID) == BatchResult(1)

    def test_the_analytics_cookie_alone_will_do(self, sitecore: RequestsMock) -> None:
        answers(sitecore, 503)
        visitor = a_visitor(f"SC_ANALYTICS_GLOBAL_COOKIE={ANALYTICS_COOKIE}")
        assert send("a", visitor=visitor).queued == 1


class TestSentAgain:
    @pytest.mark.parametrize("status", [500, 503])
    def test_what_is_kept_counts_as_tracked(self, sitecore: RequestsMock, status: int) -> None:
        answers(sitecore, status)
        send("a", eventUid=UID)
        assert send("a", eventUid=UID) == BatchResult(1)
        assert QueuedBatch.objects.count() == 1

    def test_what_was_refused_may_come_again(self, sitecore: RequestsMock) -> None:
        answers(sitecore, 401, 200)
        with pytest.raises(TrackerUnavailable):
            send("a", eventUid=UID)
        assert send("a", eventUid=UID) == BatchResult(1)
        assert len(taken(sitecore)) == 2

    @pytest.mark.parametrize("cookies", ["", COOKIES])
    def test_whoever_is_killed_leaves_no_id_without_its_batch(
        self, sitecore: RequestsMock, monkeypatch: pytest.MonkeyPatch, cookies: str
    ) -> None:
        def killed(_batch: object) -> None:
            raise KeyboardInterrupt

        answers(sitecore, 200)
        monkeypatch.setattr(batches, "remove", killed)
        with pytest.raises(KeyboardInterrupt):
            send("a", visitor=a_visitor(cookies), eventUid=UID)
        assert queued(State.SENDING) == ["a"]
        claimed = TrackedUid.objects.get().forwarding_until is not None
        assert claimed == (not cookies)


class TestTurns:
    def test_while_one_waits_later_ones_queue_behind_it(self, sitecore: RequestsMock) -> None:
        answers(sitecore, 503, 200)
        send("a")
        assert send("b") == BatchResult(0, queued=1)
        assert taken(sitecore) == [["a"]]
        assert queued() == ["a", "b"]

    def test_another_session_does_not_wait(self, sitecore: RequestsMock) -> None:
        answers(sitecore, 503, 200)
        send("a")
        assert send("b", visitor=a_visitor("ASP.NET_SessionId=another")) == BatchResult(1)

    def test_what_is_set_aside_keeps_nobody_waiting(self, sitecore: RequestsMock) -> None:
        answers(sitecore, 500, 200)
        send("a")
        assert send("b") == BatchResult(1)

    def test_while_another_request_sends_it_waits_for_its_turn(
        self, sitecore: RequestsMock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        answers(sitecore, 200)
        lease = Lease(session())
        lease.acquire()
        monkeypatch.setattr("time.sleep", lambda _seconds: lease.release())
        assert send("a") == BatchResult(1)

    @pytest.mark.usefixtures("impatient")
    def test_it_does_not_wait_for_long(self, sitecore: RequestsMock) -> None:
        Lease(session()).acquire()
        assert send("a") == BatchResult(0, queued=1)
        assert taken(sitecore) == []
        assert QueuedBatch.objects.get().due <= timezone.now()

    def test_it_lets_those_pass_that_came_before(
        self, sitecore: RequestsMock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        answers(sitecore, 200)
        before = new_batch(a_visitor(), [{"goalId": "before"}])
        before.save()
        monkeypatch.setattr("time.sleep", lambda _seconds: batches.remove(before))
        assert send("a") == BatchResult(1)

    def test_it_does_not_wait_for_one_whose_request_is_gone(
        self, sitecore: RequestsMock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def never(_seconds: float) -> None:
            raise AssertionError

        monkeypatch.setattr("time.sleep", never)
        new_batch(a_visitor(), [{"goalId": "before"}]).save()
        let_pass(OWN_REQUEST.total_seconds())
        assert send("a") == BatchResult(0, queued=1)

    def test_nobody_else_takes_a_batch_from_its_request(self, sitecore: RequestsMock) -> None:
        new_batch(a_visitor(), [{"goalId": "a"}]).save()
        assert queue.due_sessions(10) == {}
        let_pass(OWN_REQUEST.total_seconds())
        assert list(queue.due_sessions(10)) == [session()]


class TestWaiting:
    def test_only_a_quarter_of_the_threads_wait(self, settings: Settings) -> None:
        settings.WORKER_THREADS = 8
        room = turns.Waiting()
        assert [room.enter() for _ in range(3)] == [True, True, False]
        room.leave()
        assert room.enter()

    def test_one_may_always_wait(self, settings: Settings) -> None:
        settings.WORKER_THREADS = 1
        assert turns.Waiting().enter()

    def test_where_too_many_wait_a_batch_is_queued_at_once(
        self, sitecore: RequestsMock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def never(_seconds: float) -> None:
            raise AssertionError

        monkeypatch.setattr("time.sleep", never)
        monkeypatch.setattr(turns.waiting, "enter", lambda: False)
        Lease(session()).acquire()
        assert send("a") == BatchResult(0, queued=1)


class TestFlush:
    def test_it_has_its_turn_and_brings_cookies(self, sitecore: RequestsMock) -> None:
        sitecore.post(FLUSH, headers={"Set-Cookie": "ASP.NET_SessionId=; path=/"})
        tracker = SitecoreTracker(a_visitor())
        tracker.flush()
        assert tracker.set_cookies == ["ASP.NET_SessionId=; path=/"]
        assert not SessionLease.objects.exists()

    def test_it_ends_no_session_whose_events_wait(self, sitecore: RequestsMock) -> None:
        sitecore.post(FLUSH)
        answers(sitecore, 503)
        send("a")
        with pytest.raises(TrackerUnavailable):
            SitecoreTracker(a_visitor()).flush()
        assert taken(sitecore) == [["a"]]

    @pytest.mark.parametrize("status", [500, 503])
    def test_it_is_never_queued(self, sitecore: RequestsMock, status: int) -> None:
        sitecore.post(FLUSH, status=status)
        with pytest.raises(TrackerUnavailable) as caught:
            SitecoreTracker(a_visitor()).flush()
        assert caught.value.status == 503
        assert not QueuedBatch.objects.exists()


class TestDatabaseDown:
    def fails_at(self, module: object, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
        def fail(*_: object, **__: object) -> None:
            raise DatabaseError

        monkeypatch.setattr(module, name, fail)

    def test_what_can_not_be_stored_is_503_and_not_sent(
        self, sitecore: RequestsMock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*_: object, **__: object) -> None:
            raise DatabaseError

        monkeypatch.setattr(QueuedBatch, "save", fail)
        with pytest.raises(TrackerUnavailable) as caught:
            send("a", eventUid=UID)
        assert caught.value.status == 503
        assert not TrackedUid.objects.exists()
        assert taken(sitecore) == []

    @pytest.mark.parametrize(("module", "name"), [(batches, "begin"), (forwarding, "earlier")])
    def test_once_stored_it_is_left_to_the_queue(
        self,
        sitecore: RequestsMock,
        monkeypatch: pytest.MonkeyPatch,
        module: object,
        name: str,
    ) -> None:
        self.fails_at(module, name, monkeypatch)
        assert send("a") == BatchResult(0, queued=1)
        assert taken(sitecore) == []
        assert queued() == ["a"]

    def test_what_sitecore_took_is_not_repeated_though_nobody_noted_it(
        self, sitecore: RequestsMock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        answers(sitecore, 200)
        self.fails_at(batches, "remove", monkeypatch)
        assert send("a") == BatchResult(1)
        let_pass(1000)
        deliver(session())
        assert taken(sitecore) == [["a"]]
        assert QueuedBatch.objects.get().reason == INTERRUPTED


def test_what_is_stored_is_what_the_next_try_needs(
    sitecore: RequestsMock, settings: Settings
) -> None:
    answers(sitecore, 503)
    send("a", visitor=a_visitor(query=(("sc_camp", "c & d"), ("x", "1"))))
    row = QueuedBatch.objects.get()
    assert (row.site, row.host, row.query) == ("shop", "testserver", "sc_camp=c+%26+d")
    assert row.headers == dict(a_visitor().headers)
    assert settings.SITECORE_API_KEY not in str(vars(row))


def test_a_row_shows_no_cookie_and_no_address(sitecore: RequestsMock) -> None:
    answers(sitecore, 503)
    send("a")
    row = QueuedBatch.objects.get()
    assert len(row.session) == len(row.device) == 43
    assert SESSION_COOKIE not in f"{row!r}{row}{row.session}"
    assert str(row) == f"{row.pk} (waiting)"
