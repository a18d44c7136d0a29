"""Threads that work the queue off, each session in one of them at a time.

One thread looks into the database and hands sessions out; the others send. Of a site whose
Sitecore takes nothing, no further session is tried for a moment.
"""

import logging
import threading
import time
from datetime import datetime, timedelta
from queue import SimpleQueue

from django.db import Error, connections
from django.utils import timezone

from jss_tracking.delivery import queue
from jss_tracking.delivery.leases import forget_expired
from jss_tracking.delivery.leftovers import expire, set_unattributed_aside
from jss_tracking.delivery.pauses import SitePauses, pause_after
from jss_tracking.delivery.sessions import deliver

logger = logging.getLogger(__name__)

IDLE = 5.0
"""Most seconds between two looks into the database."""

SHORTEST_IDLE = 0.25
"""Fewest seconds between two looks that found nothing to hand out."""

SESSIONS_AT_ONCE = 200
SWEEP = 30.0
"""Seconds between two looks for what is too old."""


class Deliverers:
    """Works the queue off with so many threads: ``run`` until ``stop``, or ``run_once``."""

    def __init__(self, threads: int) -> None:
        self._threads = [
            threading.Thread(target=self._send_all, name=f"deliver-events-{number}", daemon=True)
            for number in range(threads)
        ]
        self._sessions: SimpleQueue[tuple[str, str] | None] = SimpleQueue()
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._busy: set[str] = set()
        self._pauses = SitePauses()
        self._until: datetime | None = None
        self._sweep_at = 0.0

    def wake(self) -> None:
        """Say that something was queued."""
        self._wake.set()

    def stop(self) -> None:
        """Begin nothing more; what is being sent is sent to its end."""
        self._stopping.set()
        self._wake.set()
        for _ in self._threads:
            self._sessions.put(None)

    def join(self, seconds: float) -> None:
        """Wait for what is being sent, but not longer."""
        ends = time.monotonic() + seconds
        for thread in self._threads:
            if thread.ident is not None:
                thread.join(max(0, ends - time.monotonic()))

    def run(self) -> None:
        """Deliver until somebody stops it. A database that is down is waited for."""
        self._start()
        while not self._stopping.is_set():
            self._wake.clear()
            self._wake.wait(self._look())

    def run_once(self, chances: int = 1) -> None:
        """Deliver all that is due by now, and end. Raises ``django.db.Error``.

        A site that takes nothing has so many ``chances``, a moment after one another; what is
        left of it then waits for another run.
        """
        self._pauses, self._until = SitePauses(chances), timezone.now()
        self._start()
        while not self._stopping.is_set():
            seconds = min(IDLE, self._pauses.seconds_left())
            if not (self._hand_out() or self._busy or self._rests()):
                self.stop()
            self._wake.wait(seconds)
            self._wake.clear()

    def _rests(self) -> bool:
        """Whether all that is due is of sites that are left alone for a moment."""
        return bool(queue.due_sessions(1, (), self._pauses.given_up(), self._until))

    def _start(self) -> None:
        for thread in self._threads:
            thread.start()

    def _look(self) -> float:
        """Hand out what is due; how many seconds until there may be more."""
        try:
            if self._hand_out():
                return IDLE
            return self._seconds_until_due()
        except Error as error:
            logger.error("The queue of events can't be read: %s", type(error).__name__)
            return IDLE
        finally:
            connections.close_all()

    def _hand_out(self) -> bool:
        """Give sessions to the threads before they run out of those; whether they work."""
        with self._lock:
            busy = set(self._busy)
        if not self._is_wanting(len(busy)):
            return True
        self._sweep()
        found = queue.due_sessions(SESSIONS_AT_ONCE, busy, self._pauses.sites(), self._until)
        with self._lock:
            self._busy.update(found)
        for session in found.items():
            self._sessions.put(session)
        return bool(found)

    def _sweep(self) -> None:
        now = time.monotonic()
        if now >= self._sweep_at:
            self._sweep_at = now + SWEEP
            expire()
            set_unattributed_aside()
            forget_expired()

    def _seconds_until_due(self) -> float:
        due = queue.next_due(self._pauses.sites())
        left = IDLE if due is None else (due - timezone.now()) / timedelta(seconds=1)
        return max(SHORTEST_IDLE, min(IDLE, left, self._pauses.seconds_left()))

    def _send_all(self) -> None:
        """What each thread does: send whatever is handed out."""
        while handed_out := self._next():
            self._send(*handed_out)
        connections.close_all()

    def _next(self) -> tuple[str, str] | None:
        """A session, as soon as there is one; None at the end. Nobody waits with a connection."""
        if self._sessions.empty():
            connections.close_all()
        return self._sessions.get()

    def _send(self, session: str, site: str) -> None:
        try:
            if site not in self._pauses.sites() and not self._stopping.is_set():
                self._pauses.note(site, pause_after(deliver(session, self._stopping)))
        except Exception:
            logger.exception("Events of a session were not delivered")
            self._pauses.note(site, IDLE)
            connections.close_all()  # one that is broken stays so
        finally:
            self._done(session)

    def _done(self, session: str) -> None:
        with self._lock:
            self._busy.discard(session)
            left = len(self._busy)
        if self._is_wanting(left):
            self._wake.set()

    def _is_wanting(self, sessions: int) -> bool:
        """Whether so many, those that are being sent among them, keep a thread waiting soon."""
        return sessions < 2 * len(self._threads)
