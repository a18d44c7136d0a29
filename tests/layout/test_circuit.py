"""A host that is sick, seen through one process's circuit."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest

from jss_layout import circuit
from jss_layout.circuit import Circuit, circuit_of
from jss_layout.conf import conf
from jss_layout.deadline import Deadline
from jss_layout.exceptions import CircuitOpen, CouldNotContact, ServerError, TooManyCalls
from jss_layout.sitecore import send
from tests.layout.fault_server import FaultServer, answer, reset


class Clock:
    now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(circuit, "time", clock)
    return clock


@pytest.fixture
def host(settings: Any) -> Circuit:
    settings.SITECORE_CIRCUIT_FAILURES = 3
    settings.SITECORE_CIRCUIT_SECONDS = 5
    settings.SITECORE_MAX_CALLS = 2
    settings.SITECORE_MAX_WAIT = 0
    return Circuit("cd.example.com")


def ask(host: Circuit, *, answered: bool) -> None:
    host.enter()
    host.note(answered=answered)
    host.leave()


def break_it(host: Circuit) -> None:
    for _ in range(3):
        ask(host, answered=False)


def test_failures_in_a_row_open_it(host: Circuit, clock: Clock) -> None:
    break_it(host)
    clock.now += 1.5
    with pytest.raises(CircuitOpen, match=r"cd\.example\.com gave no answer to 3 calls") as caught:
        host.enter()
    assert (caught.value.http_status, caught.value.retry_after) == (503, 4)
    assert isinstance(caught.value, CouldNotContact)


def test_an_answer_between_them_does_not(host: Circuit) -> None:
    for answered in (False, False, True, False, False):
        ask(host, answered=answered)
    ask(host, answered=True)


def test_after_a_while_a_single_call_tries(host: Circuit, clock: Clock) -> None:
    break_it(host)
    clock.now += 5
    host.enter()
    with pytest.raises(CircuitOpen):
        host.enter()


def test_its_answer_closes_it(host: Circuit, clock: Clock) -> None:
    break_it(host)
    clock.now += 5
    ask(host, answered=True)
    ask(host, answered=False)
    ask(host, answered=True)


def test_its_failure_keeps_it_open(host: Circuit, clock: Clock) -> None:
    break_it(host)
    clock.now += 5
    ask(host, answered=False)
    clock.now += 4
    with pytest.raises(CircuitOpen):
        host.enter()
    clock.now += 1
    ask(host, answered=True)


def test_a_try_that_never_ends_is_not_the_last(host: Circuit, clock: Clock) -> None:
    break_it(host)
    clock.now += 5
    host.enter()
    clock.now += 5
    host.enter()


def test_it_can_be_switched_off(host: Circuit, settings: Any) -> None:
    settings.SITECORE_CIRCUIT_FAILURES = 0
    for _ in range(20):
        ask(host, answered=False)


def test_only_so_many_calls_run_at_a_time(host: Circuit) -> None:
    host.enter()
    host.enter()
    with pytest.raises(TooManyCalls, match=r"2 calls to .*SITECORE_MAX_CALLS") as caught:
        host.enter()
    assert (caught.value.http_status, caught.value.retry_after) == (503, 1)
    host.leave()
    host.enter()


@pytest.fixture
def waiting(host: Circuit, settings: Any) -> Iterator[Future[None]]:
    """One call more than may run, which waits until the test is over if need be."""
    settings.SITECORE_MAX_WAIT = 5
    host.enter()
    host.enter()
    with ThreadPoolExecutor(1) as pool:
        beyond = pool.submit(host.enter)
        with pytest.raises(TimeoutError):
            beyond.result(0.1)
        yield beyond
        host.leave()


def test_a_call_beyond_waits_for_another_one_to_end(host: Circuit, waiting: Future[None]) -> None:
    host.leave()
    assert waiting.result(1) is None


def test_no_more_than_half_as_many_calls_wait(host: Circuit, waiting: Future[None]) -> None:
    started = time.monotonic()
    with pytest.raises(TooManyCalls):
        host.enter()
    assert time.monotonic() - started < 1
    assert not waiting.done()


def test_a_call_that_waits_is_refused_once_the_host_is_left_alone(
    host: Circuit, waiting: Future[None]
) -> None:
    for _ in range(3):
        host.note(answered=False)
    with pytest.raises(CircuitOpen):
        waiting.result(1)


def test_a_call_waits_for_so_long_and_no_longer(host: Circuit, settings: Any) -> None:
    settings.SITECORE_MAX_WAIT = 0.2
    host.enter()
    host.enter()
    started = time.monotonic()
    with pytest.raises(TooManyCalls):
        host.enter()
    assert 0.2 <= time.monotonic() - started < 1


def test_a_call_waits_no_longer_than_it_may_take(host: Circuit, settings: Any) -> None:
    settings.SITECORE_MAX_WAIT = 5
    host.enter()
    host.enter()
    started = time.monotonic()
    with Deadline(0.1), pytest.raises(TooManyCalls):
        host.enter()
    assert time.monotonic() - started < 1


@pytest.mark.parametrize(
    ("threads", "calls", "for_media"), [(0, 32, 24), (1, 1, 1), (4, 2, 1), (16, 8, 6)]
)
def test_half_of_the_threads_is_the_hosts_and_a_quarter_of_that_the_pages(
    settings: Any, threads: int, calls: int, for_media: int
) -> None:
    settings.WORKER_THREADS = threads
    assert (calls, for_media) == (conf.SITECORE_MAX_CALLS, conf.SITECORE_MAX_MEDIA_CALLS)


def test_media_leave_room_for_pages(host: Circuit) -> None:
    host.enter(media=True)
    with pytest.raises(TooManyCalls, match=r"1 calls to .* for media .*SITECORE_MAX_MEDIA_CALLS"):
        host.enter(media=True)
    host.enter()
    host.leave(media=True)
    host.enter(media=True)


def test_media_count_among_all_calls(host: Circuit) -> None:
    host.enter(media=True)
    host.enter()
    with pytest.raises(TooManyCalls, match="SITECORE_MAX_CALLS"):
        host.enter()


def test_a_try_that_finds_no_place_is_not_the_one(
    host: Circuit, clock: Clock, settings: Any
) -> None:
    break_it(host)
    clock.now += 5
    settings.SITECORE_MAX_CALLS = 0
    with pytest.raises(TooManyCalls):
        host.enter()
    settings.SITECORE_MAX_CALLS = 1
    host.enter()


def test_opening_and_closing_is_logged_once(
    host: Circuit, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    host.enter()
    break_it(host)
    host.note(answered=False)
    clock.now += 5
    ask(host, answered=True)
    assert [record.getMessage() for record in caplog.records] == [
        "cd.example.com gives no answers and is left alone",
        "cd.example.com answers again",
    ]


def test_each_host_and_process_has_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    first = circuit_of("a.example.com")
    assert circuit_of("a.example.com") is first
    assert circuit_of("b.example.com") is not first
    monkeypatch.setattr("os.getpid", lambda: 1)
    assert circuit_of("a.example.com") is not first


def test_threads_that_ask_first_share_one() -> None:
    barrier = threading.Barrier(8)

    def ask_at_once(_: int) -> Circuit:
        barrier.wait()
        return circuit_of("a.example.com")

    with ThreadPoolExecutor(8) as pool:
        assert len({id(one) for one in pool.map(ask_at_once, range(8))}) == 1


# Over real sockets


def test_a_host_that_is_gone_is_asked_no_more_and_found_again(
    fault_server: Callable[..., FaultServer], settings: Any, clock: Clock
) -> None:
    settings.SITECORE_CIRCUIT_FAILURES = 2
    server = fault_server(reset)
    for _ in range(2):
        with pytest.raises(CouldNotContact):
            send("GET", server.url, {})
    with pytest.raises(CircuitOpen):
        send("GET", server.url, {})
    assert len(server.requests) == 2
    server.behaviour = lambda connection: connection.sendall(answer())
    clock.now += 60
    assert send("GET", server.url, {}).status == 200
    assert send("GET", server.url, {}).status == 200


def test_a_host_that_answers_with_errors_is_asked_on(
    fault_server: Callable[..., FaultServer], settings: Any
) -> None:
    settings.SITECORE_CIRCUIT_FAILURES = 1
    data = answer(status="500 Internal Server Error")
    server = fault_server(lambda connection: connection.sendall(data))
    assert [send("GET", server.url, {}).status for _ in range(3)] == [500] * 3
    assert not issubclass(ServerError, CouldNotContact)


def test_a_host_that_hangs_holds_no_more_threads_than_it_may(
    fault_server: Callable[..., FaultServer], settings: Any
) -> None:
    settings.SITECORE_MAX_CALLS = 2
    settings.LAYOUT_SERVICE_TIMEOUT = 5
    go_on = threading.Event()

    def behave(connection: Any) -> None:
        go_on.wait(5)
        connection.sendall(answer())

    sick, well = fault_server(behave), fault_server(lambda sock: sock.sendall(answer()))
    with ThreadPoolExecutor(2) as pool:
        held = [pool.submit(send, "GET", sick.url, {}) for _ in range(2)]
        while len(sick.requests) < 2:
            threading.Event().wait(0.01)
        with pytest.raises(TooManyCalls):
            send("GET", sick.url, {})
        assert send("GET", well.url, {}).status == 200
        go_on.set()
        assert [call.result().status for call in held] == [200, 200]
    assert send("GET", sick.url, {}).status == 200


def test_a_refusal_is_logged_like_a_call(
    fault_server: Callable[..., FaultServer], settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.SITECORE_MAX_CALLS = 0
    server = fault_server(reset)
    with pytest.raises(TooManyCalls):
        send("GET", f"{server.url}/p?q=1", {})
    (line,) = [record.getMessage() for record in caplog.records]
    assert line.startswith(f"GET 127.0.0.1:{server.port}/p: TooManyCalls in 0 ms: ")
