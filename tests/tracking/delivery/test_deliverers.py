"""Threads that work the queue off, on a database that threads can share."""

import math
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import Any

import pytest
import requests
import responses
from django.core.management import call_command
from django.db import DatabaseError, connection
from pytest_django import Settings
from responses import RequestsMock

from jss_layout.models import Site
from jss_layout.sites import site_rows
from jss_tracking.delivery import batches, deliverers, pauses, queue
from jss_tracking.delivery.batches import new_batch
from jss_tracking.delivery.deliverers import Deliverers
from jss_tracking.delivery.outcomes import Answer, DeliveryOutcome
from jss_tracking.models import QueuedBatch, SessionLease
from tests.tracking.delivery.visits import (
    EVENT,
    State,
    a_visitor,
    answers,
    let_pass,
    queued,
    send,
    taken,
)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("sqlite_file")]

SECONDS = 10


def of(session: str) -> Any:
    return a_visitor(f"ASP.NET_SessionId={session}")


def wait(session: str, *names: str) -> None:
    for name in names:
        new_batch(of(session), [{"goalId": name}]).save()
    let_pass(60)


def until(condition: Callable[[], bool]) -> None:
    """Look until it is so."""
    ends = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < ends
        time.sleep(0.005)


@contextmanager
def running(threads: int = 2) -> Iterator[Deliverers]:
    found = Deliverers(threads)
    runner = threading.Thread(target=found.run)
    runner.start()
    try:
        yield found
    finally:
        found.stop()
        runner.join(SECONDS)
        found.join(SECONDS)
        assert not runner.is_alive()


def test_all_that_is_due_is_delivered_and_the_threads_end(sitecore: RequestsMock) -> None:
    answers(sitecore, 200)
    for session in "abcdef":
        wait(session, f"{session}1", f"{session}2")
    found = Deliverers(3)
    found.run_once()
    found.join(SECONDS)
    assert sorted(taken(sitecore)) == [[f"{session}{n}"] for session in "abcdef" for n in "12"]
    assert not QueuedBatch.objects.exists()
    assert not [thread for thread in threading.enumerate() if "deliver" in thread.name]


def test_the_command_delivers_once(sitecore: RequestsMock) -> None:
    answers(sitecore, 200)
    wait("a", "a")
    call_command("deliver_events", "--once", "--threads", "1")
    assert taken(sitecore) == [["a"]]


def test_many_at_once_deliver_each_batch_once_and_in_order(sitecore: RequestsMock) -> None:
    busy: set[str] = set()
    together: list[str] = []
    order: dict[str, list[str]] = {}

    def answer(request: Any) -> tuple[int, dict[str, str], str]:
        session = request.headers["Cookie"]
        if session in busy:
            together.append(session)
        busy.add(session)
        time.sleep(0.001)
        order.setdefault(session, []).append(request.body.decode())
        busy.discard(session)
        return 200, {}, ""

    sitecore.add_callback(responses.POST, EVENT, answer)
    names = [str(number) for number in range(6)]
    for session in "abcd":
        wait(session, *names)

    def deliver(_number: int) -> None:
        try:
            Deliverers(2).run_once()
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(deliver, range(3)))
    assert together == []
    assert list(order.values()) == [[f'[{{"goalId":"{name}"}}]' for name in names]] * 4


def test_a_request_and_deliverers_never_send_one_session_together(sitecore: RequestsMock) -> None:
    sent: list[str] = []

    def answer(request: Any) -> tuple[int, dict[str, str], str]:
        sent.append(request.body.decode())
        return 200, {}, ""

    sitecore.add_callback(responses.POST, EVENT, answer)
    with running():
        for number in range(10):
            send(str(number), visitor=of("a"))
        until(lambda: not QueuedBatch.objects.exists())
    assert sent == [f'[{{"goalId":"{number}"}}]' for number in range(10)]


def test_what_is_queued_meanwhile_is_delivered_as_soon_as_it_is_due(
    sitecore: RequestsMock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "FIRST_PAUSE", 0.05)
    monkeypatch.setattr(pauses, "PAUSE", 0.05)
    answers(sitecore, 503, 200)
    with running() as found:
        assert send("a", visitor=of("a")).queued == 1
        found.wake()
        until(lambda: not QueuedBatch.objects.exists())
    assert taken(sitecore) == [["a"], ["a"]]


def test_a_site_that_takes_nothing_is_left_alone_for_a_moment(sitecore: RequestsMock) -> None:
    sitecore.post(EVENT, body=requests.ConnectionError("refused"))
    for session in "abcdef":
        wait(session, session)
    Deliverers(1).run_once()
    assert len(sitecore.calls) == 1
    assert len(queued()) == 6


class TestOnce:
    """What ``--once`` tries is what was due when it began."""

    @pytest.fixture(autouse=True)
    def quick(self, monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
        monkeypatch.setattr(pauses, "PAUSE", 0.01)
        settings.SITECORE_CIRCUIT_FAILURES = 0

    def deliver(self) -> None:
        call_command("deliver_events", "--once", "--threads", "1")

    def test_one_session_that_must_wait_costs_the_others_of_its_site_nothing(
        self, sitecore: RequestsMock
    ) -> None:
        for session in "abc":
            wait(session, session)
        answers(sitecore, 503, 200)
        self.deliver()
        assert sorted(taken(sitecore)) == [["a"], ["b"], ["c"]]
        assert len(queued()) == 1

    def test_a_site_that_takes_nothing_three_times_in_a_row_waits_for_another_run(
        self, sitecore: RequestsMock
    ) -> None:
        for session in "abcdef":
            wait(session, session)
        answers(sitecore, 503, 503, 200, 503)
        self.deliver()
        assert len(taken(sitecore)) == 6
        assert len(queued()) == 5

    def test_it_ends_though_nothing_gets_through(self, sitecore: RequestsMock) -> None:
        for session in "abcdef":
            wait(session, session)
        answers(sitecore, 503)
        self.deliver()
        assert len(taken(sitecore)) == 3
        assert len(queued()) == 6

    def test_what_failed_is_not_tried_again_in_the_same_run(
        self, sitecore: RequestsMock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(batches, "FIRST_PAUSE", 0.0)
        wait("a", "a")
        answers(sitecore, 503)
        self.deliver()
        assert len(taken(sitecore)) == 1

    def test_it_stops_when_it_is_told_to(self, sitecore: RequestsMock) -> None:
        found = Deliverers(1)

        def answer(_request: Any) -> tuple[int, dict[str, str], str]:
            found.stop()
            return 200, {}, ""

        sitecore.add_callback(responses.POST, EVENT, answer)
        wait("a", "a")
        wait("b", "b")
        found.run_once()
        found.join(SECONDS)
        assert len(taken(sitecore)) == 1
        assert len(queued()) == 1

    def test_signals_are_as_before_afterwards(self, sitecore: RequestsMock) -> None:
        before = signal.getsignal(signal.SIGTERM)
        self.deliver()
        assert signal.getsignal(signal.SIGTERM) is before


class TestPauses:
    def test_what_several_threads_meet_at_once_is_one_time(self) -> None:
        found = pauses.SitePauses(chances=2)
        found.note("a", 60)
        found.note("a", 60)
        assert found.sites() == {"a"}
        assert found.given_up() == set()
        assert 59 < found.seconds_left() <= 60

    def test_a_site_that_took_something_has_all_its_chances_again(self) -> None:
        found = pauses.SitePauses(chances=2)
        for seconds in (1e-9, 0, 1e-9, None):
            found.note("a", seconds)
        assert found.given_up() == set()
        found.note("a", 1e-9)
        assert found.given_up() == {"a"}
        assert found.seconds_left() == math.inf


@pytest.mark.parametrize(("asked", "seconds"), [(None, 1), (0, 1), (7, 7), (3600, 10)])
def test_what_one_session_is_told_to_wait_holds_the_site_for_a_moment_only(
    asked: int | None, seconds: float
) -> None:
    answer = Answer(DeliveryOutcome.QUEUED, retry_after=asked)
    assert pauses.pause_after(answer) == seconds


def test_the_other_sites_go_on(sitecore: RequestsMock) -> None:
    Site.objects.create(
        name="other", host_names="other.example.com", sitecore_host="https://other-cd.example.com"
    )
    site_rows.forget()
    sitecore.post(EVENT, status=503)
    sitecore.post("https://other-cd.example.com/sitecore/api/jss/track/event")
    for session in "abc":
        wait(session, session)
    QueuedBatch.objects.update(site="shop")
    last = new_batch(of("d"), [{"goalId": "d"}])
    last.site, last.host = "other", "other.example.com"
    last.save()
    let_pass(60)
    Deliverers(1).run_once()
    assert queued() == ["a", "b", "c"]


def test_an_error_of_one_session_costs_the_others_nothing(
    sitecore: RequestsMock, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_session: str, *_: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(deliverers, "deliver", fail)
    wait("a", "a")
    Deliverers(1).run_once()
    assert queued() == ["a"]
    assert "ZeroDivisionError" in caplog.text


def test_a_connection_that_broke_is_not_used_again(
    sitecore: RequestsMock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        connection.ensure_connection()
        raise DatabaseError

    monkeypatch.setattr(deliverers, "deliver", fail)
    Deliverers(1)._send("a", "shop")
    assert connection.connection is None


def test_a_database_that_is_down_is_waited_for(
    sitecore: RequestsMock, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(deliverers, "IDLE", 0.01)
    find, failures = queue.due_sessions, iter([DatabaseError("secret"), DatabaseError()])

    def fail_twice(*arguments: Any) -> Any:
        with suppress(StopIteration):
            raise next(failures)
        return find(*arguments)

    monkeypatch.setattr(queue, "due_sessions", fail_twice)
    answers(sitecore, 200)
    wait("a", "a")
    with running():
        until(lambda: not QueuedBatch.objects.exists())
    assert caplog.text.count("can't be read: DatabaseError") == 2
    assert "secret" not in caplog.text


def test_a_command_says_that_the_database_is_down(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> None:
        raise DatabaseError

    monkeypatch.setattr(queue, "due_sessions", fail)
    found = Deliverers(1)
    with pytest.raises(DatabaseError):
        found.run_once()
    found.stop()
    found.join(SECONDS)


def test_what_those_leave_who_were_killed_is_swept_up(sitecore: RequestsMock) -> None:
    wait("a", "interrupted")
    batches.begin(QueuedBatch.objects.get())
    new_batch(a_visitor(""), [{"goalId": "without session"}]).save()
    wait("b", "old")
    let_pass(60)
    QueuedBatch.objects.filter(state=State.WAITING).update(created="2020-01-01T00:00Z")
    Deliverers(1).run_once()
    assert sorted(queued(State.SET_ASIDE)) == ["interrupted", "old", "without session"]
    assert not SessionLease.objects.exists()
    assert taken(sitecore) == []


def test_more_is_handed_out_before_the_threads_run_out_of_work(
    sitecore: RequestsMock, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = Deliverers(2)
    found._busy = {"a", "b", "c", "d"}
    assert found._hand_out()
    assert found._sessions.empty()
    wait("e", "e")
    found._done("a")
    assert found._hand_out()
    assert found._sessions.qsize() == 1


def test_nothing_is_begun_after_a_stop_and_what_runs_is_sent_to_its_end(
    sitecore: RequestsMock,
) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def answer(_request: Any) -> tuple[int, dict[str, str], str]:
        begun.set()
        go_on.wait(SECONDS)
        return 200, {}, ""

    sitecore.add_callback(responses.POST, EVENT, answer)
    wait("a", "a1", "a2")
    wait("b", "b1", "b2")
    with running(threads=1) as found:
        assert begun.wait(SECONDS)
        found.stop()
        go_on.set()
    assert len(queued()) == 3
    assert queued(State.SENDING) == []


def test_it_asks_the_database_rarely_while_nothing_is_due() -> None:
    assert Deliverers(1)._look() == deliverers.IDLE


def test_a_connection_is_not_kept_while_nothing_is_due() -> None:
    Deliverers(1)._look()
    assert connection.connection is None
