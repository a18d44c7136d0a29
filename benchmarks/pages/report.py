"""The results as Markdown, and their place in ``benchmarks/README.md``."""

import gzip
import os
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.pages.interpreter import interpreter, version
from benchmarks.pages.layouts import CHANGES, SIZES
from benchmarks.pages.rates import Page, Rate
from benchmarks.pages.waiting import VISITORS, Waiting
from tests.end_to_end.instances import ROOT

README = Path(__file__).parents[1] / "README.md"
CLIENT = ROOT / "jss_tracking/static/jss_tracking/tracker.js"
FLAT = 1.1  # from a fifth of all requests on; the first ones fill caches
BEGIN, END = "<!-- pages: written by make benchmark -->\n", "<!-- end of pages -->\n"
CHANGED = {"one": "one component is personalized", "all": "all content is new"}
# Server, against which, what changes, and the ratio to reach for each size.
TARGETS = (
    ("django curl", "next", "one", (3.5, 7, 20)),
    ("django curl", "next", "all", (2.5, 2.2, 2.5)),
    ("django requests", "next", "one", (1.4, 3, 9)),
    ("django curl", "node", "one", (0.5, 2.4, 7)),
)

Rates = dict[str, dict[Page, Rate]]


def machine() -> str:
    """What it ran on, and how crowded that was."""
    cores, load = os.cpu_count() or 1, os.getloadavg()[0]
    python = interpreter()
    of = "the system's" if python != sys.executable else "this environment's"
    said = f"{cores} cores, CPython {version(python)} ({of}), load average {load:.1f}."
    # The benchmark itself keeps both of its cores busy.
    return f"{said} **Crowded: rates by the clock and times say nothing.**" if load > 3 else said


def rate_table(rates: Rates) -> str:
    """Requests for a second of one core's time, by the clock in brackets."""
    rows = [
        [
            f"{name}, {CHANGED[change]}",
            *(_rate(rates[name][size, change]) for size in SIZES),
        ]
        for change in CHANGES
        for name in rates
    ]
    return table(["requests for a second of a core (by the clock)", *SIZES], rows)


def _rate(rate: Rate) -> str:
    return f"{rate.by_core:.0f} ({rate.by_clock:.0f})"


def ratio_table(rates: Rates) -> str:
    """What was to be reached, and what was."""
    rows = []
    for name, peer, change, targets in TARGETS:
        cells = [
            _ratio(rates[name][size, change], rates[peer][size, change], target)
            for size, target in zip(SIZES, targets, strict=True)
        ]
        rows.append([f"{name} / {peer}, {CHANGED[change]}", *cells])
    return table(["ratio (to be at least)", *SIZES], rows)


def _ratio(ours: Rate, peers: Rate, target: float) -> str:
    ratio = ours.by_core / peers.by_core
    return f"{ratio:.2f} ({target:g}{'' if ratio >= target else ', missed'})"


def other_targets(
    waited: Sequence[Waiting], steps: Sequence[tuple[int, float, float]], next_megabytes: float
) -> str:
    """The targets that are no ratios of rates."""
    (_, before, _), *_, (requests, after, _) = steps
    rows = [
        [
            f"memory of a worker after {requests:,} requests: flat, below a quarter of Next.js's",
            f"{before:.0f} → {after:.0f} of {next_megabytes:.0f} MB"
            + _missed(after < next_megabytes / 4 and after < before * FLAT),
        ]
    ]
    for one in waited[:2]:
        slowest, errors = one.percentile(99, "200"), set(one.answers) - {"200"}
        rows.append(
            [
                f"{VISITORS} visitors, 200 ms, `{one.transport}`: no error, p99 ≤ 300 ms, < 400 MB",
                f"{', '.join(sorted(errors)) or 'none'}, {slowest:.0f} ms, {one.megabytes:.0f} MB"
                + _missed(not errors and slowest <= 300 and one.megabytes < 400),
            ]
        )
    size = len(gzip.compress(CLIENT.read_bytes(), 9))
    rows.append(["JavaScript with tracking: ≤ 3 kB", f"{size:,} bytes" + _missed(size <= 3072)])
    return table(["other targets", "found"], rows)


def _missed(is_reached: bool) -> str:
    return "" if is_reached else " (missed)"


def stage_table(stages: dict[str, Any]) -> str:
    """Microseconds of one page."""
    names = ("fetch", "parse", "render", "respond", "whole")
    rows = [
        [page, *(f"{times[name]:.0f}" for name in names)] for page, times in stages["pages"].items()
    ]
    return table(["microseconds of a page, `curl`", *names], rows)


def growth_table(found: dict[str, Any]) -> str:
    """What each of many costs, and a start."""
    numbers = list(found["new"])
    rows = [
        [f"a component that is {kind}", *(f"{cost:.1f}" for cost in found[kind].values())]
        for kind in ("new", "remembered")
    ]
    sites = [f"{cost:.0f} of {number}" for number, cost in found["sites"].items()]
    rows.append(["a request's site and key, of so many sites", *sites, ""])
    start = f"From the beginning of a process until it can answer: {found['start']:.2f} s.\n"
    head = ["microseconds of each, of so many on a page", *numbers]
    return f"{table(head, rows)}\n{start}"


def waiting_table(found: Sequence[Waiting]) -> str:
    """What visitors met."""
    rows = []
    for one in found:
        other = {status: len(rows) for status, rows in one.answers.items() if status != "200"}
        rows.append(
            [
                f"{one.transport}, {one.delay * 1000:g} ms"
                + ("" if one.think else ", without a pause"),
                str(one.threads),
                str(len(one.answers.get("200", []))),
                _times(one, "200"),
                ", ".join(f"{n} of {s}: {_times(one, s)}" for s, n in other.items()) or "none",
                f"{one.megabytes:.0f} MB",
            ]
        )
    times = "p50 / p99"
    head = [f"{VISITORS} visitors", "threads", "pages", times, f"other answers, {times}", "memory"]
    return table(head, rows)


def _times(one: Waiting, status: str) -> str:
    return f"{one.percentile(50, status):.0f} / {one.percentile(99, status):.0f} ms"


def memory_table(
    steps: Iterable[tuple[int, float, float]], next_megabytes: tuple[float, float]
) -> str:
    """Memory of one worker as requests come, and of Next.js."""
    rows = [(f"{requests:,}", worker, whole) for requests, worker, whole in steps]
    return table(
        ["requests over 5,000 pages", "memory of the worker", "of all processes"],
        [
            [what, f"{worker:.0f} MB", f"{whole:.0f} MB"]
            for what, worker, whole in [*rows, ("Next.js, after its pages", *next_megabytes)]
        ],
    )


def table(head: list[str], rows: list[list[str]]) -> str:
    """In Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def write(text: str) -> None:
    """Put it between the marks of the README."""
    before, _, rest = README.read_text().partition(BEGIN)
    after = rest.partition(END)[2]
    README.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}")
