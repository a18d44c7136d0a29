"""What is counted of tracking, for Prometheus; see ``jss_layout.metrics``."""

from collections.abc import Iterable
from functools import cache

from prometheus_client import Counter

TRACKED = Counter("jss_events_tracked", "Events that were tracked or queued.", ["kind"])
REFUSED = Counter("jss_events_refused", "Events and requests that were refused.", ["reason"])
DELIVERIES = Counter(
    "jss_deliveries", "Batches of events sent to Sitecore, by what became of them.", ["outcome"]
)

MOST_REASONS = 50
"""Different reasons that are told apart: a Sitecore may name any."""


def count_events(kinds: Iterable[str], reasons: Iterable[str]) -> None:
    """A batch was dealt with: kinds of what was tracked, reasons of what was refused."""
    for kind in kinds:
        _tracked(kind).inc()
    for reason in reasons:
        count_refused(reason)


def count_refused(reason: str) -> None:
    """An event, or a whole request, was refused."""
    if reason not in _reasons and len(_reasons) >= MOST_REASONS:
        reason = "other"
    _reasons.add(reason)
    _refused(reason).inc()


def count_delivery(outcome: str) -> None:
    """A batch was sent: it was delivered, queued, refused or set aside."""
    _delivery(outcome).inc()


_reasons: set[str] = set()
_tracked = cache(TRACKED.labels)
_refused = cache(REFUSED.labels)
_delivery = cache(DELIVERIES.labels)
