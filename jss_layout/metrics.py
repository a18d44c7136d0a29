"""What is counted for Prometheus: pages by outcome, calls to Sitecore by host.

Other apps add metrics of their own to Prometheus' default registry, or, where a value is read
when it is asked for, a collector to ``SCRAPED``. Counting costs about a microsecond: the
children of a metric are looked up once and kept.
"""

from functools import cache
from typing import Literal

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

PageOutcome = Literal["rendered", "not_found", "kept", "unavailable"]

SCRAPED = CollectorRegistry(auto_describe=False)
"""Collectors that are asked at each scrape, such as one that looks into the database."""

PAGES = Counter("jss_pages", "Pages answered.", ["outcome"])
CALLS = Counter("jss_upstream_calls", "Calls to a Sitecore host.", ["host", "outcome"])
SECONDS = Histogram(
    "jss_upstream_seconds",
    "Seconds from the start of a call to a Sitecore host to the end of its answer.",
    ["host"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)


MEMO_LOOKUPS = Counter("jss_memo_lookups", "Components looked up in the memo.", ["outcome"])
MEMO_EVICTIONS = Counter("jss_memo_evictions", "Entries that made room for others in the memo.")
MEMO_BYTES = Gauge("jss_memo_bytes", "Bytes of the memo.", multiprocess_mode="livesum")


def count_page(outcome: PageOutcome) -> None:
    """A page was answered: rendered, not found, a kept copy of it, or not available."""
    _page(outcome).inc()


def count_call(host: str, outcome: str, seconds: float) -> None:
    """A call to a Sitecore host ended: with a class of status (``2xx``) or an error's name.

    A call that was not made (``CircuitOpen``, ``TooManyCalls``) took no time worth knowing.
    """
    _call(host, outcome).inc()
    if outcome not in NOT_MADE:
        _seconds(host).observe(seconds)


def count_memo_lookups(hits: int, misses: int) -> None:
    """Entries of a placeholder were looked up in the memo."""
    if hits:
        _memo_lookups("hit").inc(hits)
    if misses:
        _memo_lookups("miss").inc(misses)


NOT_MADE = ("CircuitOpen", "TooManyCalls", "RequestNotPrepared")

_page = cache(PAGES.labels)
_call = cache(CALLS.labels)
_seconds = cache(SECONDS.labels)
_memo_lookups = cache(MEMO_LOOKUPS.labels)
