"""One deadline for a whole call, which every socket operation of its thread obeys.

The timeout of ``requests`` is per read: a server that sends a byte a second holds a thread
for ever. Here each operation gets the time that is left of the call, from connecting over
TLS and headers to the last byte of the body.
"""

import logging
import math
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class Call(threading.local):
    """The call that runs in this thread: when it must end, and whether it went out whole.

    ``page_ends`` is when all calls of the page must have ended that is made in this thread;
    ``silence`` is how many seconds a single operation may take at most; ``connecting`` is
    true from the first attempt to connect until TLS has shaken hands.
    """

    ends: float = math.inf
    page_ends: float = math.inf
    silence: float = math.inf
    connecting: bool = False
    sent: bool = False


call = Call()


# Optimization: what stands around every page and call is a class, since a generator takes longer.
class Deadline:
    """All socket operations of this thread within the block end after so many seconds.

    They end with the page's deadline, and each of them alone after ``silence`` seconds, if
    that is sooner.
    """

    def __init__(self, seconds: float, silence: float = math.inf) -> None:
        self.seconds = seconds
        self.silence = silence

    def __enter__(self) -> None:
        call.ends = min(time.monotonic() + self.seconds, call.page_ends)
        call.silence = self.silence

    def __exit__(self, *_: object) -> None:
        call.ends = call.silence = math.inf


class PageDeadline:
    """All calls of this thread within the block, one after the other, end after so many seconds."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def __enter__(self) -> None:
        call.page_ends = time.monotonic() + self.seconds

    def __exit__(self, *_: object) -> None:
        call.page_ends = math.inf


@contextmanager
def connecting(seconds: float) -> Iterator[None]:
    """The block connects, and has only so many of the running call's seconds for it."""
    ends = call.ends
    call.ends = min(ends, time.monotonic() + seconds)
    call.connecting = True
    try:
        yield
        call.connecting = False
    finally:
        call.ends = ends


def time_left() -> float | None:
    """Seconds until the running call, or its next operation, must end, None outside of one.

    Raises ``TimeoutError`` if there are none.
    """
    if call.ends == math.inf:
        return None
    if (left := call.ends - time.monotonic()) <= 0:
        raise TimeoutError("the deadline of the call has passed")
    return min(left, call.silence)


class BoundedSocket(socket.socket):
    """A plain socket under the deadline."""

    def recv_into(self, *args: Any) -> int:
        """Read within the time that is left."""
        self.settimeout(time_left())
        return super().recv_into(*args)

    def sendall(self, *args: Any) -> None:
        """Write within the time that is left."""
        self.settimeout(time_left())
        super().sendall(*args)
        call.sent = True


class BoundedTLSSocket(ssl.SSLSocket):
    """A TLS socket under the deadline."""

    def do_handshake(self, block: bool = False) -> None:
        """Shake hands within the time that is left."""
        self.settimeout(time_left())
        super().do_handshake(block)

    def recv_into(self, *args: Any) -> int:
        """Read within the time that is left."""
        self.settimeout(time_left())
        return super().recv_into(*args)

    def send(self, *args: Any) -> int:
        """Write within the time that is left; ``sendall`` comes here for each piece."""
        self.settimeout(time_left())
        return super().send(*args)

    def sendall(self, *args: Any) -> None:
        """Write all of it."""
        super().sendall(*args)
        call.sent = True


def _is_of_others(_record: logging.LogRecord) -> bool:
    """Whether a log line is about somebody else's call.

    Of broken headers urllib3 writes down the address with its key, and the rest of the
    headers with their cookies.
    """
    return call.ends == math.inf


logging.getLogger("urllib3.connection").addFilter(_is_of_others)
