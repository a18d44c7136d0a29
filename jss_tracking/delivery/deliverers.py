"""Threads that work the queue off, each session in one of them at a time.

One thread looks into the database and hands sessions out; the others send. Of a site whose
Sitecore takes nothing, no further session is tried for a moment.
"""

import logging
import threading
import time
from datetime import timedelta
from queue import SimpleQueue

from django.db import Error, connections
from django.utils import timezone

from jss_tracking.delivery import queue
from jss_tracking.delivery.leases import forget_expired
from jss_tracking.delivery.leftovers import expire, set_unattributed_aside
from jss_tracking.delivery.outcomes import Answer, DeliveryOutcome
from jss_tracking.delivery.sessions import deliver

logger = logging.getLogger(__name__)

IDLE = 5.0
"""Most seconds between two looks into the database."""

SHORTEST_IDLE = 0.25
"""Fewest seconds between two looks that found nothing to hand out."""

PAUSE = 1.0
"""Seconds for which a site is left alone that took nothing, unless it named more."""

LONGEST_PAUSE = 10.0
"""The most of them: what it named may be for one session, which waits for that long by itself."""

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
        self._paused: dict[str, float] = {}
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

    def run_once(self) -> None:
        """Deliver all that is due, and end. Raises ``django.db.Error``."""
        self._start()
        while self._hand_out() or self._busy:
            self._wake.wait(IDLE)
            self._wake.clear()
        self.stop()

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
        found = queue.due_sessions(SESSIONS_AT_ONCE, busy, self._paused_sites())
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

    def _paused_sites(self) -> set[str]:
        with self._lock:
            now = time.monotonic()
            self._paused = {site: ends for site, ends in self._paused.items() if ends > now}
            return set(self._paused)

    def _seconds_until_due(self) -> float:
        paused = self._paused_sites()
        due = queue.next_due(paused)
        left = [IDLE] if due is None else [IDLE, (due - timezone.now()) / timedelta(seconds=1)]
        with self._lock:
            left += [ends - time.monotonic() for ends in self._paused.values()]
        return max(SHORTEST_IDLE, min(left))

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
        pause = 0.0
        try:
            if site not in self._paused and not self._stopping.is_set():
                pause = pause_after(deliver(session))
        except Exception:
            logger.exception("Events of a session were not delivered")
            pause = IDLE
        finally:
            self._done(session, site, pause)

    def _done(self, session: str, site: str, pause: float) -> None:
        with self._lock:
            if pause:
                self._paused[site] = time.monotonic() + pause
            self._busy.discard(session)
            left = len(self._busy)
        if self._is_wanting(left):
            self._wake.set()

    def _is_wanting(self, sessions: int) -> bool:
        """Whether so many, those that are being sent among them, keep a thread waiting soon."""
        return sessions < 2 * len(self._threads)


def pause_after(answer: Answer | None) -> float:
    """Seconds for which the site is left alone."""
    if answer and (answer.is_silence or answer.outcome is DeliveryOutcome.QUEUED):
        return min(max(PAUSE, answer.retry_after or 0), LONGEST_PAUSE)
    return 0.0
