"""Run the benchmark: ``python -m benchmarks.delivery [batches]``, see ``benchmarks/README.md``."""

import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from tests.end_to_end.instances import ROOT, free_port
from tests.end_to_end.soak.strikes import own_database

OF_ONE_SESSION = 10
DEFAULT_THREADS = 4

FILL = """
from datetime import timedelta
from django.utils import timezone
from jss_tracking.models import QueuedBatch
now = timezone.now()
rows = [
    QueuedBatch(
        site="website", host="www.example.com", session=f"{{number // {of_one}:043}}",
        headers={{"Cookie": f"ASP.NET_SessionId={{number // {of_one}:024}}"}},
        payload=b'[{{"goalId":"Register","eventUid":"%036d"}}]' % number,
        events=1, created=now + timedelta(days=1), state="waiting", due=now,
    )
    for number in range({count})
]
QueuedBatch.objects.bulk_create(rows, batch_size=1000)
"""
LEFT = "from jss_tracking.models import QueuedBatch; print(QueuedBatch.objects.count())"
HEAD = (
    "| | batches | batches/s | of the upstream's | CPU ms | MB after a tenth | MB at the end"
    " | load |\n| --- | --- | --- | --- | --- | --- | --- | --- |"
)


def main(batches: int) -> None:
    """Measure on both databases, and print a table."""
    server = os.environ.get("TEST_DATABASE_URL", "postgres://postgres@127.0.0.1:5432/postgres")
    print(f"load {os.getloadavg()[0]:.1f}\n{HEAD}", flush=True)
    with own_database(server) as url:
        url = f"{url}?conn_max_age=60"
        measure("PostgreSQL, 50 ms, curl", url, batches, 16, 50)
        measure("PostgreSQL, 50 ms, requests", url, batches // 5, 16, 50, "requests")
        measure("PostgreSQL, 50 ms, curl", url, batches // 10, 8, 50)
        measure("PostgreSQL, 50 ms, curl", url, batches // 20, DEFAULT_THREADS, 50)
        measure("PostgreSQL, at once, curl", url, batches // 5, DEFAULT_THREADS, 0)
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/db.sqlite3"
        measure("SQLite, 50 ms, curl", url, batches // 5, 16, 50)


def measure(
    name: str,
    database: str,
    batches: int,
    threads: int,
    milliseconds: int,
    transport: str = "curl",
) -> None:
    """Fill the queue, deliver all of it by one process, and print a line."""
    with upstream(milliseconds) as url:
        environment = os.environ | {
            "JSS_READ_DOT_ENV": "false",
            "DEBUG": "false",
            "SECRET_KEY": "benchmark",
            "ALLOWED_HOSTS": "*",
            "DATABASE_URL": database,
            "LAYOUT_TRANSPORT": transport,
            "JSS_MODE": "connected",
            "TRACKER_SERVICE_ENABLED": "true",
            "SITECORE_API_HOST": url,
            "SITECORE_API_KEY": str(uuid4()),
        }
        manage(environment, "migrate", "--verbosity=0")
        idle = deliver(environment, threads)
        manage(environment, "shell", "-c", FILL.format(count=batches, of_one=OF_ONE_SESSION))
        full = deliver(environment, threads)
        left = int(manage(environment, "shell", "-c", LEFT).split()[-1])
    done = batches - left
    rate = done / (full.seconds - idle.seconds)
    share = f"{rate * milliseconds / 1000 / threads:.0%}" if milliseconds else ""
    cost = f"{1000 * (full.cpu_seconds - idle.cpu_seconds) / done:.2f}"
    early, late = full.sizes[len(full.sizes) // 10], full.sizes[-1]
    load = f"{os.getloadavg()[0]:.1f}"
    cells = (f"{name}, {threads} threads", done, f"{rate:.0f}", share, cost, early, late, load)
    print(f"| {' | '.join(map(str, cells))} |", flush=True)


@dataclass(frozen=True)
class Run:
    """What a process took, its start among it; its resident megabytes, second by second."""

    seconds: float
    cpu_seconds: float
    sizes: list[int]


def deliver(environment: dict[str, str], threads: int) -> Run:
    """Deliver what is due."""
    command = [sys.executable, "manage.py", "deliver_events", "--once", "--threads", str(threads)]
    started, used = time.monotonic(), cpu_seconds()
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL)
    sizes = [0]
    status = Path(f"/proc/{process.pid}/status")
    while not has_ended(process, within=1):
        if found := re.search(r"VmRSS:\s+(\d+)", status.read_text()):
            sizes.append(int(found[1]) // 1024)
    return Run(time.monotonic() - started, cpu_seconds() - used, sizes)


def has_ended(process: "subprocess.Popen[bytes]", within: float) -> bool:
    """Whether it ended in so many seconds."""
    try:
        process.wait(within)
    except subprocess.TimeoutExpired:
        return False
    return True


def cpu_seconds() -> float:
    """Of all processes that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@contextmanager
def upstream(milliseconds: int) -> Iterator[str]:
    """The address of a Sitecore that takes so long for a batch."""
    port = free_port()
    command = [sys.executable, "-m", "benchmarks.delivery.upstream", str(port), str(milliseconds)]
    process = subprocess.Popen(command, cwd=ROOT)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


def manage(environment: dict[str, str], *arguments: str) -> str:
    """What a command prints."""
    command = [sys.executable, "manage.py", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, check=True)
    return done.stdout.decode()


main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
