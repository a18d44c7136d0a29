"""A worker for gunicorn whose threads take the next request themselves.

gunicorn's own (``gthread``) has one thread that waits for all connections and hands each request to
another, by a queue, a future and a pipe. That costs as much as reading the request, and where
hundreds of threads want the interpreter's lock, the one that hands on has to wait for it too. Here
all threads wait at one ``epoll``, and the kernel wakes one of them for each event.

All else is gunicorn's own: requests are read and checked, answers written, signals heeded by it.
"""

import errno
import math
import select
import time
from collections import deque
from contextlib import suppress
from socket import socket
from threading import Thread

from gunicorn import util
from gunicorn.http.parser import Parser
from gunicorn.workers import gthread

MAX_WAIT_SECONDS = 1.0  # of a request for a thread
FIRST_REQUEST_SECONDS = 5.0  # of a connection until its first request
LINGER_SECONDS = 2.0  # of a silent connection when the worker stops
LOOK_SECONDS = 0.1
READABLE_ONCE = select.EPOLLIN | select.EPOLLONESHOT
NOBODY_THERE = (errno.EAGAIN, errno.EWOULDBLOCK, errno.ECONNABORTED)
REFUSAL = (
    b"HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain\r\nContent-Length: 43\r\n"
    b"Cache-Control: no-store\r\nRetry-After: 1\r\nConnection: close\r\n\r\n"
    b"The server is busy. Try again in a moment.\n"
)


class ThreadWorker(gthread.ThreadWorker):
    """``worker_class = "jss_layout.workers.ThreadWorker"``; needs Linux.

    A request that finds all threads at work waits for one. Where none is free within
    ``MAX_WAIT_SECONDS``, it is answered 503 with ``Retry-After``, which costs next to nothing.
    """

    def run(self) -> None:
        """Have the threads serve, and watch over them until the worker is to stop."""
        self._epoll = select.epoll()
        # Connections of which something is awaited, and until when. Whoever removes one, which is
        # atomic, is the one to go on with it.
        self._quiet: dict[int, tuple[float, gthread.TConn]] = {}
        self._waiting: deque[tuple[float, gthread.TConn]] = deque()
        self._open: set[gthread.TConn] = set()
        self._free = [None] * self.cfg.threads  # an entry for each thread that has nothing to do
        self._listeners: dict[int, socket] = {one.fileno(): one for one in self.sockets}
        for descriptor, listener in self._listeners.items():
            listener.setblocking(False)
            self._epoll.register(descriptor, READABLE_ONCE)
        for _ in range(self.cfg.threads):
            Thread(target=self._serve, daemon=True).start()
        while self.alive and self.is_parent_alive():
            self._watch()
            self._listen()
        self._finish()

    def _serve(self) -> None:
        """What each thread does for ever."""
        while True:
            for descriptor, _ in self._epoll.poll(-1, 1):
                token = self._free.pop()
                self._take(descriptor)
                with suppress(IndexError):
                    while True:
                        self._answer(self._waiting.popleft()[1])
                self._free.append(token)

    def _take(self, descriptor: int) -> None:
        """Accept a connection, or answer the request on one."""
        if listener := self._listeners.get(descriptor):
            self._accept(listener)
        elif quiet := self._quiet.pop(descriptor, None):
            self._answer(quiet[1])

    def _accept(self, listener: socket) -> None:
        if len(self._open) >= self.worker_connections:
            return  # until ``_listen`` finds room
        try:
            sock, client = listener.accept()
        except OSError as error:
            if error.errno in NOBODY_THERE:  # another worker was quicker
                self._expect(listener.fileno())
            else:
                self.log.warning("A connection can't be accepted: %s", error)
            return
        self._expect(listener.fileno())
        conn = gthread.TConn(self.cfg, sock, client, listener.getsockname())
        conn.data_ready = True  # by the time that it is handled
        self._open.add(conn)
        self._quiet[sock.fileno()] = (time.monotonic() + FIRST_REQUEST_SECONDS, conn)
        self._epoll.register(sock.fileno(), READABLE_ONCE)

    def _answer(self, conn: gthread.TConn) -> None:
        """Answer a request, and those that came with it; wait for the next one."""
        descriptor = conn.sock.fileno()
        try:
            is_kept = self.handle(conn)
            while is_kept and _has_more(conn):
                is_kept = self.handle(conn)
        except Exception:  # as gunicorn's pool, which a failure costs no thread
            self.log.exception("A request could not be handled")
            is_kept = False
        if is_kept:
            self._quiet[descriptor] = (time.monotonic() + self.cfg.keepalive, conn)
            self._expect(descriptor)
        else:
            self._open.discard(conn)
            conn.close(graceful=True)

    def _expect(self, descriptor: int) -> None:
        # Nobody listens any more when the worker stops.
        with suppress(FileNotFoundError):
            self._epoll.modify(descriptor, READABLE_ONCE)

    def _listen(self) -> None:
        """Accept connections, if there is room for more."""
        if len(self._open) < self.worker_connections:
            for descriptor in self._listeners:
                self._expect(descriptor)

    def _watch(self, latest: float = math.inf) -> None:
        """Look after those whom no thread looks after; what is silent closes at the latest then."""
        self.notify()
        time.sleep(LOOK_SECONDS)
        now = time.monotonic()
        if not self._free:
            self._let_wait(now)
        elif self._waiting:
            self._call_back()
        for descriptor, quiet in list(self._quiet.items()):
            if min(quiet[0], latest) < now:
                self._drop(descriptor, quiet)

    def _drop(self, descriptor: int, quiet: tuple[float, gthread.TConn]) -> None:
        """Close a connection, unless something has come meanwhile."""
        found = self._quiet.pop(descriptor, None)
        if found is quiet:
            self._open.discard(found[1])
            found[1].close()
        elif found:
            self._quiet[descriptor] = found
            self._expect(descriptor)

    def _let_wait(self, now: float) -> None:
        """Take who has come from the kernel, so that it is known since when; refuse the first."""
        while events := self._epoll.poll(0):
            for descriptor, _ in events:
                if listener := self._listeners.get(descriptor):
                    self._accept(listener)
                elif quiet := self._quiet.pop(descriptor, None):
                    self._waiting.append((now, quiet[1]))
        with suppress(IndexError):
            while self._waiting[0][0] < now - MAX_WAIT_SECONDS:
                self._refuse(self._waiting.popleft()[1])

    def _call_back(self) -> None:
        """Give those that wait back to the kernel, since threads look there again."""
        with suppress(IndexError):
            while True:
                since, conn = self._waiting.popleft()
                self._quiet[conn.sock.fileno()] = (since + MAX_WAIT_SECONDS, conn)
                self._expect(conn.sock.fileno())

    def _refuse(self, conn: gthread.TConn) -> None:
        self._open.discard(conn)
        with suppress(OSError):
            conn.sock.setblocking(False)
            # What is unread when it closes would have the answer thrown away (RFC 9112 §9.6).
            conn.sock.recv(65536)
            if not self.cfg.is_ssl:
                conn.sock.send(REFUSAL)
        util.close(conn.sock)

    def _finish(self) -> None:
        """Accept nobody; answer who is there, for so long as a graceful stop may take."""
        for descriptor in self._listeners:
            with suppress(FileNotFoundError):
                self._epoll.unregister(descriptor)
        started = time.monotonic()
        while self._open and time.monotonic() < started + self.cfg.graceful_timeout:
            self._watch(latest=started + LINGER_SECONDS)
        for listener in self.sockets:
            listener.close()


def _has_more(conn: gthread.TConn) -> bool:
    """Whether more was read than was answered: the socket says nothing of it any more."""
    return isinstance(conn.parser, Parser) and bool(conn.parser.unreader.buf.getvalue())
