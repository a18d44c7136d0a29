"""A request waits for the turn of its session, but not for long, nor many of them."""

import threading
import time
from collections.abc import Callable

from jss_layout.conf import conf as layout_conf
from jss_tracking.delivery.leases import Lease
from jss_tracking.delivery.queue import is_with_its_request
from jss_tracking.models import QueuedBatch

LONGEST_TURN = 1.0
"""Seconds for which a request waits while others of its session are sent."""

UNKNOWN_THREADS = 32
"""How many threads a server is taken to have that does not say."""

FIRST_LOOK = 0.01
LONGEST_LOOK = 0.1
"""Seconds between two looks whether it is its turn; they double."""


class Waiting:
    """How many requests of this process wait for their turn: at most a quarter of its threads.

    The visitors of one site, whose Sitecore hangs, must not hold all of them.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._count = 0

    def enter(self) -> bool:
        """Whether one more may wait; whoever does must ``leave``."""
        limit = max(1, (layout_conf.WORKER_THREADS or UNKNOWN_THREADS) // 4)
        with self._lock:
            if self._count >= limit:
                return False
            self._count += 1
            return True

    def leave(self) -> None:
        """Wait no longer."""
        with self._lock:
            self._count -= 1


waiting = Waiting()


def is_our_turn(lease: Lease, first: Callable[[], QueuedBatch | None]) -> bool:
    """Whether nothing goes ``first``; then the lease is held."""
    turn = _turn(lease, first)
    if turn is None and waiting.enter():
        try:
            turn = _wait_for_turn(lease, first)
        finally:
            waiting.leave()
    return turn is True


def _wait_for_turn(lease: Lease, first: Callable[[], QueuedBatch | None]) -> bool | None:
    ends, pause = time.monotonic() + LONGEST_TURN, FIRST_LOOK
    turn = None
    while turn is None and time.monotonic() + pause < ends:
        time.sleep(pause)
        pause = min(2 * pause, LONGEST_LOOK)
        turn = _turn(lease, first)
    return turn


def _turn(lease: Lease, first: Callable[[], QueuedBatch | None]) -> bool | None:
    """Whether it is our turn, and the lease held; None if it may soon be."""
    if not lease.acquire():
        return None
    before = first()
    if before is None:
        return True
    lease.release()
    return None if is_with_its_request(before) else False
