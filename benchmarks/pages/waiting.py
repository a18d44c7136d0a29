"""Many visitors at once, and a Layout Service that takes its time; memory over many pages."""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles

from benchmarks.pages.interpreter import interpreter
from benchmarks.pages.layouts import page_name
from benchmarks.pages.load import load
from benchmarks.pages.servers import LOAD_CORE, Running, django, running, stub
from tests.end_to_end.instances import ROOT

VISITORS = 512
WARM_UP = 4
LAYOUT = "/sitecore/api/layout/render/jss?item=/small-one"
DISTINCT_PAGES = 5_000
NUMBERED = """
local number = {first}
request = function()
  number = (number + 1) % {pages}
  return wrk.format("GET", "/{name}-" .. (1000000 + number))
end
"""


@dataclass(frozen=True)
class Waiting:
    """What visitors met: seconds of the Layout Service, answers by status, milliseconds, MB."""

    transport: str
    delay: float
    think: float
    threads: int
    answers: dict[str, list[float]]
    megabytes: float

    def percentile(self, percent: int, status: str) -> float:
        """Milliseconds within which so many of 100 answers of this status came."""
        times = self.answers.get(status, [])
        return quantiles(times, n=100)[percent - 1] if len(times) > 1 else 0.0


@contextmanager
def connected(
    folder: Path, transport: str, threads: int, delay: float = 0, calls: int = 0
) -> Iterator[Running]:
    """A server of so many threads, connected to a stub."""
    with running(stub(delay), LAYOUT, LOAD_CORE) as sitecore:
        host = f"http://127.0.0.1:{sitecore.port}"
        server = django(transport, host, folder, transport, threads, calls, interpreter())
        with running(server, "/small-one") as site:
            yield site


def wait(
    folder: Path, transport: str, delay: float, threads: int, seconds: float, think: float = 1
) -> Waiting:
    """Let the visitors in; half of the threads may ask the Layout Service at a time."""
    with connected(folder, transport, threads, delay) as site:
        load(site.port, "/small-one", WARM_UP)
        time.sleep(delay)  # until those calls are over that nobody waits for any more
        numbers = [site.port, "/small-one", VISITORS, seconds, think]
        command = [sys.executable, "-m", "benchmarks.pages.visitors", *map(str, numbers)]
        done = subprocess.run(
            ["taskset", "--cpu-list", LOAD_CORE, *command],
            cwd=ROOT,
            capture_output=True,
            check=True,
        )
        answers = json.loads(done.stdout)
        return Waiting(transport, delay, think, threads, answers, site.megabytes())


def memory(folder: Path, requests: int, steps: int) -> list[tuple[int, float, float]]:
    """How many requests were answered, the worker's MB after them, and those of all processes.

    Raises ``RuntimeError`` where one of them was not answered with its page.
    """
    found = []
    with connected(folder, "curl", 4, calls=4) as site:
        answered = 0
        for step in range(1, steps + 1):
            while answered < requests * step / steps:
                answered += _numbered(site.port, first=answered)
            found.append((answered, site.worker_megabytes(), site.megabytes()))
    return found


def _numbered(port: int, first: int) -> int:
    """Ask for one page after the other for some seconds; how many were answered."""
    with tempfile.NamedTemporaryFile("w") as script:
        name = page_name("small", "all")
        script.write(NUMBERED.format(first=first, pages=DISTINCT_PAGES, name=name))
        script.flush()
        found = load(port, "/", 3, script=script.name)
    if found.faults:
        raise RuntimeError(f"{name}: {', '.join(found.faults)}")
    return found.requests
