import socket
import ssl
import time
from collections.abc import Iterator

import pytest

from jss_layout.deadline import BoundedSocket, BoundedTLSSocket, Deadline, time_left


@pytest.fixture
def silent() -> Iterator[BoundedSocket]:
    """A socket whose other end says nothing, with a long timeout of its own."""
    near, far = socket.socketpair()
    with BoundedSocket(fileno=near.detach()) as sock, far:
        sock.settimeout(5)
        yield sock


@pytest.fixture(autouse=True)
def in_time() -> Iterator[None]:
    started = time.monotonic()
    yield
    assert time.monotonic() - started < 3


def test_outside_of_a_call_time_is_unlimited() -> None:
    assert time_left() is None


def test_within_a_call_the_time_that_is_left_is_known() -> None:
    with Deadline(5):
        left = time_left()
    assert left is not None
    assert 4 < left <= 5
    assert time_left() is None


def test_when_no_time_is_left_nothing_more_may_be_done() -> None:
    with Deadline(0), pytest.raises(TimeoutError):
        time_left()


def test_a_call_that_fails_ends_too() -> None:
    with pytest.raises(ZeroDivisionError), Deadline(5):
        _ = 1 / 0
    assert time_left() is None


def test_reading_obeys_the_deadline_and_no_other_timeout(silent: BoundedSocket) -> None:
    with Deadline(0.1), pytest.raises(TimeoutError):
        silent.recv_into(bytearray(1))


def test_writing_obeys_the_deadline_and_no_other_timeout(silent: BoundedSocket) -> None:
    with Deadline(0.1), pytest.raises(TimeoutError):
        silent.sendall(b" " * 5_000_000)


def test_a_handshake_obeys_the_deadline_and_no_other_timeout(silent: BoundedSocket) -> None:
    context = ssl.create_default_context()
    context.sslsocket_class = BoundedTLSSocket
    with Deadline(0.1), pytest.raises(TimeoutError):
        context.wrap_socket(silent, server_hostname="localhost")
