"""As many requests as a server takes, by wrk."""

import re
import subprocess
from dataclasses import dataclass

from benchmarks.pages.servers import LOAD_CORE

CONNECTIONS = 32


@dataclass(frozen=True)
class Load:
    """What came of it: requests a second, how many in all, what went wrong."""

    rate: float
    requests: int
    faults: tuple[str, ...]


def load(port: int, path: str, seconds: int, script: str = "") -> Load:
    """Ask for a page again and again on all connections; ``script`` is a file of wrk's Lua."""
    command = [
        *("taskset", "--cpu-list", LOAD_CORE, "wrk", "--threads=1", f"--connections={CONNECTIONS}"),
        *(f"--duration={seconds}s", "--timeout=10s"),
        *([f"--script={script}"] if script else []),
        f"http://127.0.0.1:{port}{path}",
    ]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return Load(
        rate=float(_found(r"Requests/sec:\s+([\d.]+)", text)[0]),
        requests=int(_found(r"(\d+) requests in", text)[0]),
        faults=tuple(re.findall(r"Non-2xx.*|Socket errors.*", text)),
    )


def _found(pattern: str, text: str) -> tuple[str, ...]:
    match = re.search(pattern, text)
    if match is None:
        raise ValueError(f"wrk printed something else: {text}")
    return match.groups()
