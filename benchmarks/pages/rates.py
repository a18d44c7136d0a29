"""Requests that each server answers on one core, in turns, so that all meet the same machine."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from benchmarks.pages.layouts import CHANGES, SIZES, page_name
from benchmarks.pages.load import load
from benchmarks.pages.servers import Running

Page = tuple[str, str]
PAGES: list[Page] = [(size, change) for change in CHANGES for size in SIZES]


@dataclass(frozen=True)
class Rate:
    """Medians: requests a second, requests for a second of CPU time."""

    by_clock: float
    by_core: float


def rates(
    servers: Sequence[Running], rounds: int, seconds: int, warm_up: int
) -> dict[str, dict[Page, Rate]]:
    """For each server, by name, the rate of each page. Raises ``RuntimeError`` on a fault."""
    for server in servers:
        for size, change in PAGES:
            load(server.port, f"/{page_name(size, change)}", warm_up)
    found: dict[str, dict[Page, list[Rate]]] = {
        server.name: {page: [] for page in PAGES} for server in servers
    }
    for _ in range(rounds):
        for page in PAGES:
            for server in servers:
                found[server.name][page].append(_once(server, page, seconds))
    return {
        name: {page: _median(rows) for page, rows in pages.items()} for name, pages in found.items()
    }


def _once(server: Running, page: Page, seconds: int) -> Rate:
    before = server.cpu_seconds()
    result = load(server.port, f"/{page_name(*page)}", seconds)
    if result.faults:
        raise RuntimeError(f"{server.name} {page}: {', '.join(result.faults)}")
    spent = server.cpu_seconds() - before
    return Rate(result.rate, result.requests / spent)


def _median(rows: list[Rate]) -> Rate:
    return Rate(median(row.by_clock for row in rows), median(row.by_core for row in rows))
