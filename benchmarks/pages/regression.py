"""Whether a page costs more than it did: ``make regression``.

The cost is a ratio to a fixed piece of Python that is timed in the same minute, so it holds on
another machine. ``costs.json`` has what each page cost; ``--accept`` writes it anew.
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

COSTS = Path(__file__).parent / "costs.json"
ALLOWED = 1.25
NOTABLE = 0.85  # below it what is allowed would be too much
TRIES = 3

Costs = dict[str, float]


def least_costs(measure: Callable[[], Costs]) -> Costs:
    """The least that each page costs, measured anew while one costs more than is allowed.

    What else the machine does makes a page dearer, and never cheaper.
    """
    before, found = accepted(), measure()
    for _ in range(TRIES - 1):
        if all(cost <= before[page] * ALLOWED for page, cost in found.items()):
            break
        again = measure()
        found = {page: min(cost, again[page]) for page, cost in found.items()}
    return found


def accepted() -> Costs:
    """What each page costs as of ``costs.json``."""
    before: Costs = json.loads(COSTS.read_text())
    return before


def costs(stages: dict[str, Any]) -> Costs:
    """For each page, how many times the reference its computing took."""
    return {
        page: round(times["whole"] / stages["reference"], 3)
        for page, times in stages["pages"].items()
    }


def compare(found: Costs) -> bool:
    """Print what each page costs and cost; whether none costs a quarter more than it did."""
    before, is_well = accepted(), True
    for page, cost in found.items():
        ratio = cost / before[page]
        is_well &= ratio <= ALLOWED
        print(
            f"{page:12} {cost:.3f}, was {before[page]:.3f}: {ratio:.2f}{_verdict(ratio)}",
            file=sys.stderr,
        )
    return is_well


def _verdict(ratio: float) -> str:
    if ratio > ALLOWED:
        return f", more than {ALLOWED:g}"
    return ", less than it did: accept it (--accept)" if ratio < NOTABLE else ""


def accept(found: Costs) -> None:
    """Let these be what pages cost."""
    COSTS.write_text(json.dumps(found, indent=2) + "\n")
