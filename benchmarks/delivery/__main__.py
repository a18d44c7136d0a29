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
from pathlib import Path
from uuid import uuid4

from tests.end_to_end.instances import ROOT, free_port
from tests.end_to_end.soak.strikes import own_database

OF_ONE_SESSION = 10

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
    "| | batches | batches/s | of the upstream's | CPU ms | MB after a tenth | MB at the end |\n"
    "| --- | --- | --- | --- | --- | --- | --- |"
)


def main(batches: int) -> None:
    """Measure on both databases, and print a table."""
    server = os.environ.get("TEST_DATABASE_URL", "postgres://postgres@127.0.0.1:5432/postgres")
    print(f"load {os.getloadavg()[0]:.1f}\n{HEAD}", flush=True)
    with own_database(server) as url:
        measure("PostgreSQL, upstream 50 ms", f"{url}?conn_max_age=60", batches, 16, 50)
        measure("PostgreSQL, upstream at once", f"{url}?conn_max_age=60", batches // 5, 4, 0)
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/db.sqlite3"
        measure("SQLite, upstream 50 ms", url, batches // 5, 16, 50)
    print(f"load {os.getloadavg()[0]:.1f}")


def measure(name: str, database: str, batches: int, threads: int, milliseconds: int) -> None:
    """Fill the queue, deliver all of it by one process, and print a line."""
    with upstream(milliseconds) as url:
        environment = os.environ | {
            "JSS_READ_DOT_ENV": "false",
            "DEBUG": "false",
            "SECRET_KEY": "benchmark",
            "ALLOWED_HOSTS": "*",
            "DATABASE_URL": database,
            "JSS_MODE": "connected",
            "TRACKER_SERVICE_ENABLED": "true",
            "SITECORE_API_HOST": url,
            "SITECORE_API_KEY": str(uuid4()),
        }
        manage(environment, "migrate", "--verbosity=0")
        manage(environment, "shell", "-c", FILL.format(count=batches, of_one=OF_ONE_SESSION))
        started = time.monotonic()
        used = cpu_seconds()
        sizes = deliver(environment, threads)
        used, seconds = cpu_seconds() - used, time.monotonic() - started
        left = int(manage(environment, "shell", "-c", LEFT).split()[-1])
    rate = (batches - left) / seconds
    share = f"{rate * milliseconds / 1000 / threads:.0%}" if milliseconds else ""
    early, late = sizes[len(sizes) // 10], sizes[-1]
    cost = f"{1000 * used / (batches - left):.1f}"
    cells = (f"{name}, {threads} threads", batches - left, f"{rate:.0f}", share, cost, early, late)
    print(f"| {' | '.join(map(str, cells))} |", flush=True)


def deliver(environment: dict[str, str], threads: int) -> list[int]:
    """Deliver what is due; resident megabytes, second by second."""
    command = [sys.executable, "manage.py", "deliver_events", "--once", "--threads", str(threads)]
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL)
    sizes = [0]
    status = Path(f"/proc/{process.pid}/status")
    while process.poll() is None:
        time.sleep(1)
        if found := re.search(r"VmRSS:\s+(\d+)", status.read_text() if status.exists() else ""):
            sizes.append(int(found[1]) // 1024)
    return sizes


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
