"""What this process knows of a Sitecore host's health, so that a sick one costs little.

A host that hangs would, call by call, take every thread of a process that serves other sites
too. So only so many calls to it run at a time, half as many more wait a moment for one of them to
end, and after some in a row without an answer none is made for a while; then a single one tries
whether it is back.

``pybreaker`` holds one lock throughout each call, and would send one request at a time.
"""

import logging
import math
import os
import threading
import time

from jss_layout.conf import conf
from jss_layout.deadline import call
from jss_layout.exceptions import CircuitOpen, TooManyCalls

logger = logging.getLogger(__name__)


class Circuit:
    """The calls to one host: how many run, and how many in a row came to nothing."""

    def __init__(self, host: str) -> None:
        self.host = host
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        self._waiting = 0
        self._running = 0
        self._running_for_media = 0
        self._failures = 0
        self._tries_again_at = -math.inf

    def enter(self, *, media: bool = False) -> None:
        """Begin a call, perhaps once another one has ended; whoever does must ``leave``.

        Raises ``TooManyCalls`` beyond ``SITECORE_MAX_CALLS``, for media beyond
        ``SITECORE_MAX_MEDIA_CALLS``, and ``CircuitOpen`` after ``SITECORE_CIRCUIT_FAILURES``
        calls without an answer, but for one call in every ``SITECORE_CIRCUIT_SECONDS``.
        """
        with self._lock:
            if self._limit(media=media) and not self._is_open():
                self._wait(media=media)
            now = time.monotonic()
            if self._is_open() and now < self._tries_again_at:
                raise CircuitOpen(
                    f"{self.host} gave no answer to {self._failures} calls in a row and is left "
                    "alone for a while (SITECORE_CIRCUIT_SECONDS).",
                    retry_after=math.ceil(self._tries_again_at - now),
                )
            if limit := self._limit(media=media):
                raise TooManyCalls(limit)
            if self._is_open():
                # This call is the one that tries; all others wait for what it finds.
                self._tries_again_at = now + conf.SITECORE_CIRCUIT_SECONDS
            self._running += 1
            self._running_for_media += media

    def note(self, *, answered: bool) -> None:
        """Tell whether the host answered; any answer will do, a refusal too."""
        with self._lock:
            was_open = self._is_open()
            self._failures = 0 if answered else self._failures + 1
            is_open = self._is_open()
            if is_open:
                self._tries_again_at = time.monotonic() + conf.SITECORE_CIRCUIT_SECONDS
                self._changed.notify_all()
        if is_open != was_open:
            state = "gives no answers and is left alone" if is_open else "answers again"
            logger.warning("%s %s", self.host, state)

    def leave(self, *, media: bool = False) -> None:
        """End a call; ``media`` as it was begun."""
        with self._lock:
            self._running -= 1
            self._running_for_media -= media
            if self._waiting:
                self._changed.notify_all()

    def _wait(self, *, media: bool) -> None:
        """Wait for a call to end, unless too many do: whoever waits keeps a thread, too."""
        if self._waiting >= conf.SITECORE_MAX_CALLS // 2:
            return
        self._waiting += 1
        try:
            self._changed.wait_for(
                lambda: self._is_open() or not self._limit(media=media),
                min(conf.SITECORE_MAX_WAIT, call.ends - time.monotonic()),
            )
        finally:
            self._waiting -= 1

    def _limit(self, *, media: bool) -> str:
        """The limit that one more call would go beyond, in words; none if there is room."""
        if self._running >= conf.SITECORE_MAX_CALLS:
            return f"{self._running} calls to {self.host} run already (SITECORE_MAX_CALLS)."
        if media and self._running_for_media >= conf.SITECORE_MAX_MEDIA_CALLS:
            return (
                f"{self._running_for_media} calls to {self.host} for media run already "
                "(SITECORE_MAX_MEDIA_CALLS)."
            )
        return ""

    def _is_open(self) -> bool:
        return 0 < conf.SITECORE_CIRCUIT_FAILURES <= self._failures


def circuit_of(host: str) -> Circuit:
    """The circuit of a host in this process; a forked one starts anew."""
    key = (os.getpid(), host)
    return _circuits.get(key) or _circuits.setdefault(key, Circuit(host))


# Hosts are those of the sites, so they are few. Both operations of a dict are atomic.
_circuits: dict[tuple[int, str], Circuit] = {}
