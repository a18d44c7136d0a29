"""Run the benchmark: ``python -m benchmarks.pages [--quick]``, see ``benchmarks/README.md``.

``--regression`` measures only what a page costs here, and fails where it is a quarter more than
in ``costs.json``; ``--accept`` writes that file.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.pages import regression, report
from benchmarks.pages.interpreter import interpreter
from benchmarks.pages.peers import install, peers
from benchmarks.pages.rates import rates
from benchmarks.pages.servers import LOAD_CORE, SERVER_CORE, django, running, stub
from benchmarks.pages.shown import faults
from benchmarks.pages.waiting import LAYOUT, Waiting, memory, wait
from tests.end_to_end.instances import ROOT


@dataclass(frozen=True)
class Extent:
    """How much is measured."""

    rounds: int
    seconds: int
    warm_up: int
    requests: int
    visit: float


FULL = Extent(rounds=3, seconds=6, warm_up=6, requests=100_000, visit=20)
QUICK = Extent(rounds=3, seconds=1, warm_up=1, requests=5_000, visit=8)

ROUNDS = 60  # of stages


def main(arguments: list[str]) -> None:
    """Measure, print, and write it down."""
    if not shutil.which("taskset"):
        sys.exit("Pages are measured on Linux only: cores are given out by its taskset.")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        migrate(folder)
        if "--regression" in arguments or "--accept" in arguments:
            check_costs(folder, is_accepted="--accept" in arguments)
            return
        text = measure(folder, QUICK if "--quick" in arguments else FULL)
    print(text)
    report.write(text)


def check_costs(folder: Path, *, is_accepted: bool) -> None:
    """Write down what pages cost, or exit if one costs more than was written down."""

    def found() -> regression.Costs:
        return regression.costs(stages(folder, ROUNDS))

    if is_accepted:
        regression.accept(found())
    elif not regression.compare(regression.least_costs(found)):
        sys.exit("A page costs more than it did.")


def measure(folder: Path, extent: Extent) -> str:
    """All of it, as Markdown."""
    install()
    said = [report.machine()]
    with ExitStack() as stack:
        sitecore = stack.enter_context(running(stub(), LAYOUT, LOAD_CORE))
        host = f"http://127.0.0.1:{sitecore.port}"
        servers = [
            *peers(host),
            *(
                django(f"django {way}", host, folder, way, calls=4, python=interpreter())
                for way in ("requests", "curl")
            ),
        ]
        up = [stack.enter_context(running(server, "/small-one")) for server in servers]
        if wrong := [fault for server in up for fault in faults(server)]:
            raise RuntimeError("\n".join(wrong))
        found = rates(up, extent.rounds, extent.seconds, extent.warm_up)
        next_megabytes = up[0].worker_megabytes(), up[0].megabytes()
    said += [report.ratio_table(found), report.rate_table(found)]
    timed = stages(folder, ROUNDS, interpreter())
    waited = waits(folder, extent.visit, extent.rounds)
    steps = memory(folder, extent.requests, steps=5)
    said.append(report.other_targets(waited, steps, next_megabytes[0]))
    said.append(report.stage_table(timed))
    said.append(report.growth_table(growth(folder)))
    said.append(report.waiting_table(waited))
    said.append(report.memory_table(steps, next_megabytes))
    said.append(f"At the end: {report.machine()}\n")
    return "\n".join(said)


def waits(folder: Path, seconds: float, rounds: int) -> list[Waiting]:
    """Both transports with a slow Layout Service, and more than the server can take.

    Where there is a target, the run whose slowest answers are in the middle of all rounds.
    """

    def median(way: str) -> Waiting:
        found = [wait(folder, way, 0.2, 512, seconds) for _ in range(rounds)]
        return sorted(found, key=lambda one: one.percentile(99, "200"))[rounds // 2]

    return [
        *(median(way) for way in ("curl", "requests")),
        *(wait(folder, way, 2, 1024, seconds) for way in ("curl", "requests")),
        *(wait(folder, "curl", 0.2, threads, seconds, think=0) for threads in (128, 256)),
    ]


def stages(folder: Path, rounds: int, python: str = sys.executable) -> dict[str, Any]:
    """What ``benchmarks.pages.stages`` finds, by libcurl."""
    with running(stub(), LAYOUT, LOAD_CORE) as sitecore:
        host = f"http://127.0.0.1:{sitecore.port}"
        return _printed(folder, host, python, "benchmarks.pages.stages", str(rounds))


def growth(folder: Path) -> dict[str, Any]:
    """What ``benchmarks.pages.growth`` finds, which asks no Sitecore."""
    return _printed(folder, "http://127.0.0.1", interpreter(), "benchmarks.pages.growth")


def _printed(folder: Path, host: str, python: str, *module: str) -> dict[str, Any]:
    """The JSON that a module prints, in the environment of a server and on its core."""
    done = subprocess.run(
        ["taskset", "--cpu-list", SERVER_CORE, python, "-m", *module],
        cwd=ROOT,
        env=os.environ | django("", host, folder, "curl").environment,
        stdout=subprocess.PIPE,
        check=True,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def migrate(folder: Path) -> None:
    """Tables in a database of its own."""
    environment = os.environ | django("", "http://127.0.0.1", folder, "requests").environment
    command = [sys.executable, "manage.py", "migrate", "--verbosity=0"]
    subprocess.run(command, cwd=ROOT, env=environment, check=True)


if __name__ == "__main__":
    main(sys.argv[1:])
