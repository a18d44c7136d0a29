"""Load of two kinds: at a given rate, and as much as is taken; and what came of it."""

import statistics
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count

CONNECTIONS = 8

Work = Callable[[int], object]
"""Does the piece of work of that number; what is wrong with it raises."""


@dataclass
class Measured:
    """Seconds of each piece of work that was done, and why others were not."""

    elapsed: float = 0
    seconds: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def row(self, name: str, events: int = 1) -> str:
        """A line of the table; ``events`` are those of one piece of work."""
        rate = len(self.seconds) * events / self.elapsed
        p50, p99 = (1000 * self._quantile(percent) for percent in (50, 99))
        return f"| {name} | {rate:.0f} | {p50:.1f} | {p99:.1f} | {len(self.errors)} |"

    def rate(self, events: int = 1) -> float:
        """Events a second."""
        return len(self.seconds) * events / self.elapsed

    def _quantile(self, percent: int) -> float:
        return statistics.quantiles(self.seconds, n=100, method="inclusive")[percent - 1]


def as_much_as_is_taken(make: Callable[[], Work], seconds: float) -> Measured:
    """Each connection works without pause; ``make`` opens a connection."""
    return _run(make, seconds, lambda _number, _start: time.monotonic())


def at_rate(make: Callable[[], Work], rate: float, seconds: float) -> Measured:
    """That many pieces of work a second, whether or not earlier ones are done.

    Time is counted from when the work was due, so that a server that falls behind shows.
    """
    return _run(make, seconds, lambda number, start: start + number / rate)


def _run(make: Callable[[], Work], seconds: float, due: Callable[[int, float], float]) -> Measured:
    measured, numbers = Measured(), count()
    start = time.monotonic()

    def work() -> None:
        do = make()
        while (begun := due(number := next(numbers), start)) < start + seconds:
            time.sleep(max(0, begun - time.monotonic()))
            try:
                do(number)
            except Exception as error:  # noqa: BLE001  # counted and shown
                measured.errors.append(f"{type(error).__name__}: {error}")
            else:
                measured.seconds.append(time.monotonic() - begun)

    threads = [threading.Thread(target=work) for _ in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    measured.elapsed = time.monotonic() - start
    return measured
