"""Sites that are left alone for a moment, since their Sitecore took nothing."""

import math
import threading
import time

from jss_tracking.delivery.outcomes import Answer, DeliveryOutcome

PAUSE = 1.0
"""Seconds for which a site is left alone that took nothing, unless it named more."""

LONGEST_PAUSE = 10.0
"""The most of them: what it named may be for one session, which waits for that long by itself."""


def pause_after(answer: Answer | None) -> float | None:
    """Seconds for which the site is left alone; None if nothing was sent."""
    if answer is None:
        return None
    if answer.is_silence or answer.outcome is DeliveryOutcome.QUEUED:
        return min(max(PAUSE, answer.retry_after or 0), LONGEST_PAUSE)
    return 0.0


class SitePauses:
    """Which sites are left alone.

    One that takes nothing so many times in a row has had all its ``chances``: it is left alone
    for good. What several threads meet at the same time is one time.
    """

    def __init__(self, chances: float = math.inf) -> None:
        self._chances = chances
        self._lock = threading.Lock()
        self._failures: dict[str, int] = {}
        self._ends: dict[str, float] = {}

    def note(self, site: str, seconds: float | None) -> None:
        """What ``pause_after`` says of what the site was sent."""
        with self._lock:
            if seconds:
                self._pause(site, seconds)
            elif seconds is not None:
                self._failures.pop(site, None)

    def sites(self) -> set[str]:
        """Those that are left alone now."""
        now = time.monotonic()
        with self._lock:
            return {site for site, ends in self._ends.items() if ends > now}

    def given_up(self) -> set[str]:
        """Those that are left alone for good."""
        with self._lock:
            return {site for site, ends in self._ends.items() if ends == math.inf}

    def seconds_left(self) -> float:
        """Until one may be tried again; infinite if none may."""
        now = time.monotonic()
        with self._lock:
            return min((ends - now for ends in self._ends.values() if ends > now), default=math.inf)

    def _pause(self, site: str, seconds: float) -> None:
        now = time.monotonic()
        if self._ends.get(site, 0.0) <= now:
            self._failures[site] = self._failures.get(site, 0) + 1
        is_over = self._failures.get(site, 0) >= self._chances
        self._ends[site] = math.inf if is_over else now + seconds
