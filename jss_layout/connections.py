"""A client's connection to the worker, and what is asked of it beside its requests.

A thread waits ``STALL_SECONDS`` for a client at most: for all of a request's head, handshake
included, and for each piece of its body or of the answer.
"""

import math
import select
import socket
import ssl
import struct
import time
from contextlib import suppress
from typing import Any, NamedTuple

from gunicorn.http.body import LengthReader
from gunicorn.http.parser import Parser
from gunicorn.workers import gthread

STALL_SECONDS = 30  # of a client in the midst of a handshake, a request or an answer
PIECE_BYTES = 65536
REFUSAL = (
    b"HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain\r\nContent-Length: 43\r\n"
    b"Cache-Control: no-store\r\nRetry-After: 1\r\nConnection: close\r\n\r\n"
    b"The server is busy. Try again in a moment.\n"
)


class Quiet(NamedTuple):
    """A connection of which something is awaited until a moment; ``since`` if it has come.

    ``is_over``: it had its last answer, so that only its end is awaited.
    """

    conn: "Connection"
    until: float
    since: float | None = None
    is_over: bool = False


class Connection(gthread.TConn):
    """One that was accepted and has sent something by the time that it is handled."""

    def __init__(self, cfg: Any, sock: socket.socket, client: Any, server: Any) -> None:
        kind = BeforeTLSSocket if cfg.is_ssl else PlainSocket
        own = kind(sock.family, sock.type, sock.proto, fileno=sock.detach())
        for stalled in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
            own.setsockopt(socket.SOL_SOCKET, stalled, struct.pack("ll", STALL_SECONDS, 0))
        super().__init__(cfg, own, client, server)
        self.data_ready = True
        self.head_until = math.inf

    def init(self) -> None:
        """Shake hands if need be; gunicorn calls it before each request."""
        super().init()
        if isinstance(self.sock, ssl.SSLSocket):
            self.sock.settimeout(STALL_SECONDS)
        elif isinstance(self.sock, PlainSocket) and not self.is_http2:
            self.sock.hold()

    def read_on(self) -> None:
        """The head of a request begins to come."""
        self.head_until = time.monotonic() + STALL_SECONDS

    def cut_off(self, now: float) -> None:
        """Have whoever reads a head that is still not there by now meet its end."""
        if self.head_until < now:
            self.head_until = math.inf
            with suppress(OSError):
                socket.socket.shutdown(self.sock, socket.SHUT_RD)

    def finish(self) -> bool:
        """Send what still waits of the answer; whether the client takes it."""
        try:
            if isinstance(self.sock, PlainSocket):
                self.sock.release()
        except OSError:
            return False
        return True


class PlainSocket(socket.socket):
    """A socket whose limit is the kernel's, which costs no further call.

    gunicorn sends the head of an answer, then its body. Here they go together: each piece costs as
    much as reading the request.
    """

    _held: bytes | None = None

    def hold(self) -> None:
        """Let what is sent next wait for what is sent after it."""
        self._held = b""

    def release(self) -> None:
        """Send what waits, and let nothing wait any more."""
        held, self._held = self._held, None
        if held:
            super().sendall(held)

    def sendall(self, data: Any, flags: int = 0) -> None:
        """Send, with what waited for it; but an early answer (1xx) waits for nothing."""
        if self._held == b"" and not data.startswith(b"HTTP/1.1 1"):
            self._held = data
            return
        if self._held is not None:
            data, self._held = self._held + data, None
        super().sendall(data, flags)

    def shutdown(self, how: int) -> None:
        """Send what waits before no more comes."""
        try:
            self.release()
        finally:
            super().shutdown(how)

    def sendfile(self, *args: Any, **options: Any) -> int:
        """Send a file; where the kernel ends its wait, Python would begin another one."""
        self.release()
        self.settimeout(STALL_SECONDS)
        try:
            return super().sendfile(*args, **options)
        finally:
            self.setblocking(True)


class BeforeTLSSocket(socket.socket):
    """A socket that TLS takes over, its limit too; the kernel's is none for OpenSSL."""

    def setblocking(self, flag: bool) -> None:
        """Wait for the client, but not for ever."""
        self.settimeout(STALL_SECONDS if flag else 0)


def has_more(conn: gthread.TConn) -> bool:
    """Whether more was read than was answered: the kernel says nothing of it any more."""
    if isinstance(conn.sock, ssl.SSLSocket) and conn.sock.pending():
        return True
    return isinstance(conn.parser, Parser) and bool(conn.parser.unreader.buf.getvalue())


def is_read(conn: gthread.TConn) -> bool:
    """Whether nothing is left to be read of the body of the request."""
    message = conn.parser.mesg if isinstance(conn.parser, Parser) else None
    reader = message.body.reader if message and message.body else None
    return isinstance(reader, LengthReader) and not reader.length


def is_silent(conn: gthread.TConn) -> bool:
    """Whether nothing has come, not even the end."""
    found = select.poll()
    found.register(conn.sock, select.POLLIN)
    return not found.poll(0)


def say_busy(conn: gthread.TConn) -> None:
    """Answer a request that nobody has read, as far as the client takes it at once."""
    with suppress(OSError):
        conn.sock.send(REFUSAL, socket.MSG_DONTWAIT)


def say_last(conn: gthread.TConn) -> None:
    """Tell the client that no more comes."""
    with suppress(OSError):  # of one that is gone, or was closed where an answer broke off
        conn.sock.shutdown(socket.SHUT_WR)
    with suppress(OSError):
        conn.sock.setblocking(False)  # whoever hears it out does not wait


def has_ended(conn: gthread.TConn) -> bool:
    """Throw away what the client still sends; whether it sends no more."""
    try:
        return not conn.sock.recv(PIECE_BYTES)
    except BlockingIOError:
        return False
    except OSError:
        return True
