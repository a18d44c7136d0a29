"""Whether a page costs more than it did: ``make regression``.

The cost is a ratio to a fixed piece of Python that is timed in the same minute, so it holds on
another machine. ``costs.json`` has what each page cost, as a whole and in each stage;
``--accept`` writes it anew. The whole decides; the stages tell where it comes from.
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

Cost = dict[str, float]  # by stage, and "whole"
Costs = dict[str, Cost]


def least_costs(measure: Callable[[], Costs]) -> Costs:
    """The least that each page costs, measured anew while one costs more than is allowed.

    What else the machine does makes a page dearer, and never cheaper.
    """
    before, found = accepted(), measure()
    for _ in range(TRIES - 1):
        if all(cost["whole"] <= before[page]["whole"] * ALLOWED for page, cost in found.items()):
            break
        again = measure()
        found = {page: min(cost, again[page], key=_whole) for page, cost in found.items()}
    return found


def _whole(cost: Cost) -> float:
    return cost["whole"]


def accepted() -> Costs:
    """What each page costs as of ``costs.json``."""
    before: Costs = json.loads(COSTS.read_text())
    return before


def costs(stages: dict[str, Any]) -> Costs:
    """For each page, how many times the reference its computing took."""
    return {
        page: {stage: round(spent / stages["reference"], 5) for stage, spent in times.items()}
        for page, times in stages["pages"].items()
    }


def compare(found: Costs) -> bool:
    """Print what each page costs and cost; whether none costs a quarter more than it did."""
    before, is_well = accepted(), True
    for page, cost in found.items():
        ratio = cost["whole"] / before[page]["whole"]
        is_well &= ratio <= ALLOWED
        stages = ", ".join(
            f"{stage} {spent / before[page][stage]:.2f}"
            for stage, spent in cost.items()
            if stage != "whole"
        )
        print(f"{page:10} {ratio:.2f} of what it was ({stages}){_verdict(ratio)}", file=sys.stderr)
    return is_well


def _verdict(ratio: float) -> str:
    if ratio > ALLOWED:
        return f", more than {ALLOWED:g}"
    return ", less than it did: accept it (--accept)" if ratio < NOTABLE else ""


def accept(found: Costs) -> None:
    """Let these be what pages cost."""
    COSTS.write_text(json.dumps(found, indent=2) + "\n")
