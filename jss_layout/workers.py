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
import socket
import time
from collections import deque
from contextlib import suppress
from threading import Lock, Thread
from typing import Any

from gunicorn.workers import gthread

from jss_layout.connections import (
    Connection,
    Quiet,
    has_ended,
    has_more,
    is_read,
    is_silent,
    say_busy,
    say_last,
)

MAX_WAIT_SECONDS = 1.0  # of a request for a thread
FIRST_REQUEST_SECONDS = 5.0  # of a connection until its first request
LINGER_SECONDS = 2.0  # of a connection that is over, or is silent when the worker stops
LOOK_SECONDS = 0.1
READABLE_ONCE = select.EPOLLIN | select.EPOLLONESHOT
NOBODY_THERE = (errno.EAGAIN, errno.EWOULDBLOCK, errno.ECONNABORTED)


class ThreadWorker(gthread.ThreadWorker):
    """``worker_class = "jss_layout.workers.ThreadWorker"``; needs Linux.

    A request that finds all threads at work waits for one. Where none is free within
    ``MAX_WAIT_SECONDS``, it is answered 503 with ``Retry-After``, which costs next to nothing.
    """

    def run(self) -> None:
        """Have the threads serve, and watch over them until the worker is to stop."""
        # Optimization: gunicorn looks up a score of settings for each request.
        vars(self.cfg).update({name: one.get() for name, one in self.cfg.settings.items()})
        self._epoll = select.epoll()
        # Whoever removes one, which is atomic, is the one to go on with it.
        self._quiet: dict[int, Quiet] = {}
        self._waiting: deque[tuple[float, Connection]] = deque()
        self._open: set[Connection] = set()
        self._accepting = Lock()
        self._is_shut = False
        self._free = [None] * self.cfg.threads  # an entry for each thread that has nothing to do
        self._listeners: dict[int, socket.socket] = {one.fileno(): one for one in self.sockets}
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
                try:
                    self._take(descriptor)
                    while self._waiting:
                        self._take_waiting()
                except (Exception, SystemExit):  # which a thread less would be no answer to
                    self.log.exception("A connection could not be handled")
                finally:
                    self._free.append(token)

    def _take(self, descriptor: int) -> None:
        """Accept a connection, or answer the request on one."""
        if listener := self._listeners.get(descriptor):
            self._accept(listener)
        elif quiet := self._quiet.pop(descriptor, None):
            if quiet.is_over:
                self._hear_out(quiet)
            else:
                self._answer(quiet.conn)

    def _take_waiting(self) -> None:
        with suppress(IndexError):  # of a thread that was quicker
            since, conn = self._waiting.popleft()
            is_late = since < time.monotonic() - MAX_WAIT_SECONDS
            (self._refuse if is_late else self._answer)(conn)

    def _accept(self, listener: socket.socket) -> None:
        # A worker that stops waits for whom it has accepted.
        with self._accepting:
            if self._is_shut or not self._has_room():
                return  # until ``_listen`` finds room
            try:
                self._accept_one(listener)
            except OSError as error:
                if error.errno not in NOBODY_THERE:  # another worker was quicker
                    self.log.warning("A connection can't be accepted: %s", error)
                    return
            self._expect(listener.fileno())

    def _has_room(self) -> bool:
        return len(self._open) < self.worker_connections

    def _accept_one(self, listener: socket.socket) -> None:
        sock, client = listener.accept()
        conn = Connection(self.cfg, sock, client, listener.getsockname())
        self._open.add(conn)
        descriptor = conn.sock.fileno()
        self._quiet[descriptor] = Quiet(conn, time.monotonic() + FIRST_REQUEST_SECONDS)
        self._epoll.register(descriptor, READABLE_ONCE)

    def _answer(self, conn: Connection) -> None:
        """Answer a request, and those that came with it; wait for the next one."""
        descriptor = conn.sock.fileno()
        try:
            is_kept = self._answer_one(conn)
            while is_kept and has_more(conn):
                is_kept = self._answer_one(conn)
        except (Exception, SystemExit):  # as gunicorn's pool, which a failure costs no thread
            self.log.exception("A request could not be handled")
            is_kept = False
        if is_kept:
            self._quiet[descriptor] = Quiet(conn, time.monotonic() + self.cfg.keepalive)
            self._expect(descriptor)
        else:
            self._leave(conn)

    def _answer_one(self, conn: Connection) -> bool:
        conn.read_on()
        return bool(self.handle(conn)) and conn.finish()

    def handle_request(self, req: Any, conn: Any) -> Any:
        """Answer a request whose head is there."""
        conn.head_until = math.inf
        return super().handle_request(req, conn)

    def _keepalive_after(self, conn: gthread.TConn, keepalive: bool) -> bool:
        if keepalive and is_read(conn):
            return True  # Optimization: gunicorn would look for more.
        return bool(super()._keepalive_after(conn, keepalive))  # type: ignore[misc]  # not in stubs

    def _leave(self, conn: Connection) -> None:
        """Say that no more comes, and close once the client has, for which no thread waits.

        What is unread when it closes would have the answer thrown away (RFC 9112 §9.6).
        """
        say_last(conn)
        self._hear_out(Quiet(conn, time.monotonic() + LINGER_SECONDS, is_over=True))

    def _hear_out(self, quiet: Quiet) -> None:
        if has_ended(quiet.conn) or quiet.until < time.monotonic():
            self._close(quiet.conn)
        else:
            descriptor = quiet.conn.sock.fileno()
            self._quiet[descriptor] = quiet
            self._expect(descriptor)

    def _close(self, conn: Connection) -> None:
        self._open.discard(conn)
        conn.close()

    def _expect(self, descriptor: int) -> None:
        # Nobody listens any more when the worker stops.
        with suppress(FileNotFoundError):
            self._epoll.modify(descriptor, READABLE_ONCE)

    def _listen(self) -> None:
        """Accept connections, if there is room for more."""
        if self._has_room():
            for descriptor in self._listeners:
                self._expect(descriptor)

    def _watch(self, latest: float = math.inf) -> None:
        """Look after those whom no thread looks after; what is silent closes at the latest then."""
        self.notify()
        time.sleep(LOOK_SECONDS)
        now = time.monotonic()
        self._let_wait(now)
        if self._free:
            self._call_back()
        for descriptor, quiet in list(self._quiet.items()):
            if min(quiet.until, latest) < now:
                self._drop(descriptor, quiet)
        for conn in tuple(self._open):
            conn.cut_off(now)

    def _drop(self, descriptor: int, quiet: Quiet) -> None:
        """Close a connection, unless something has come meanwhile."""
        found = self._quiet.pop(descriptor, None)
        if found is quiet and (found.is_over or is_silent(found.conn)):
            self._close(found.conn)
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
                    if quiet.is_over:
                        self._hear_out(quiet)
                    else:
                        self._waiting.append((quiet.since or now, quiet.conn))
        with suppress(IndexError):
            while self._waiting[0][0] < now - MAX_WAIT_SECONDS:
                self._refuse(self._waiting.popleft()[1])

    def _call_back(self) -> None:
        """Give those that wait back to the kernel, since threads look there again."""
        with suppress(IndexError):
            while True:
                since, conn = self._waiting.popleft()
                self._quiet[conn.sock.fileno()] = Quiet(conn, math.inf, since)
                self._expect(conn.sock.fileno())

    def _refuse(self, conn: Connection) -> None:
        if not self.cfg.is_ssl:
            say_busy(conn)
        self._leave(conn)

    def _finish(self) -> None:
        """Accept nobody; answer who is there, for so long as a graceful stop may take."""
        self._shut()
        started = time.monotonic()
        while self._open and time.monotonic() < started + self.cfg.graceful_timeout:
            self._watch(latest=started + LINGER_SECONDS)

    def _shut(self) -> None:
        """Accept who has connected by now, and have the kernel refuse whoever comes later.

        Unless another process accepts them: that of the new code, where this one is reloaded.
        """
        with self._accepting:
            self._is_shut = True
            for descriptor, listener in self._listeners.items():
                self._epoll.unregister(descriptor)
                with suppress(OSError):  # once nobody is there any more
                    while self._has_room():
                        self._accept_one(listener)
                listener.close()  # at once: who connects in between is lost
