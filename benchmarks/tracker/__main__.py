"""Run the benchmark: ``python -m benchmarks.tracker [seconds]``, see ``benchmarks/README.md``."""

import os
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg

from benchmarks.tracker.inserts import create, inserting
from benchmarks.tracker.load import Measured, as_much_as_is_taken, at_rate
from benchmarks.tracker.posts import tracking, visitors_cookies
from benchmarks.tracker.shynet import shynet
from tests.end_to_end.instances import free_port, instance
from tests.end_to_end.soak.strikes import own_database

BATCH = 10
RATE = 1000
GUNICORN = ["--workers", "2", "--threads", "4", "--worker-class", "gthread", "--keep-alive", "30"]
HEAD = "| | events/s | p50 ms | p99 ms | errors |\n| --- | --- | --- | --- | --- |"


def main(seconds: float) -> None:
    """Measure all, and print a table."""
    server = os.environ.get("TEST_DATABASE_URL", "postgres://postgres@127.0.0.1:5432/postgres")
    with own_database(server) as database:
        print(f"synchronous_commit={create(database)}, load {os.getloadavg()[0]:.1f}", flush=True)
        print(HEAD, flush=True)
        before = floor(database, seconds / 4)
        show(before, "plain INSERT an event")
        tracked = measure_tracker(database, seconds)
        after = floor(database, seconds / 4)
        show(after, "plain INSERT an event, again")
    if source := os.environ.get("SHYNET"):
        with own_database(server) as database:
            measure_shynet(Path(source), database, seconds / 4)
    plain = (before.rate() + after.rate()) / 2
    print(f"batches / plain: {tracked['batches'].rate(BATCH) / plain:.2f}")
    print(f"single / plain: {tracked['single'].rate() / plain:.2f}")
    print(f"load {os.getloadavg()[0]:.1f}")


def floor(database: str, seconds: float) -> Measured:
    """As many plain inserts as the server takes."""
    return as_much_as_is_taken(lambda: inserting(database), seconds)


def measure_tracker(database: str, seconds: float) -> dict[str, Measured]:
    """Events at a rate, as many batches as are taken, as many single events; all of them kept."""
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        netloc, key = f"127.0.0.1:{free_port()}", str(uuid4())
        gunicorn = [sys.executable, "-m", "gunicorn", "jss_site.wsgi", *GUNICORN]
        variables = {
            "DEBUG": "false",
            "ALLOWED_HOSTS": "127.0.0.1",
            "SECURE_SSL_REDIRECT": "false",
            "SITECORE_API_KEY": key,
            "DATABASE_URL": f"{database}?conn_max_age=60",
        }
        port = urlsplit(f"//{netloc}").port or 0
        command = [*gunicorn, "--bind", netloc]
        stack.enter_context(instance(Path(folder), port, command, **variables))
        cookies = visitors_cookies(netloc, key)
        batches = tracking(netloc, key, cookies, BATCH)
        steady = at_rate(batches, RATE / BATCH, seconds)
        show(steady, f"tracker, {RATE} events/s asked, batches of {BATCH}", BATCH)
        full = as_much_as_is_taken(batches, seconds / 4)
        show(full, f"tracker, batches of {BATCH}, at most", BATCH)
        single = as_much_as_is_taken(tracking(netloc, key, cookies, 1), seconds / 4)
        show(single, "tracker, single events, at most")
    sent = (len(steady.seconds) + len(full.seconds)) * BATCH + len(single.seconds) + len(cookies)
    with psycopg.connect(database) as connection:
        kept = connection.execute("SELECT count(*) FROM jss_tracking_trackedevent").fetchone()
    print(f"{sent} events answered 200, {kept and kept[0]} kept", flush=True)
    return {"batches": full, "single": single}


def measure_shynet(source: Path, database: str, seconds: float) -> None:
    """As many page views as Shynet takes."""
    with shynet(source, database, GUNICORN) as make:
        show(as_much_as_is_taken(make, seconds), "Shynet, single page views, at most")
    with psycopg.connect(database) as connection:
        kept = connection.execute("SELECT count(*) FROM analytics_hit").fetchone()
    print(f"Shynet kept {kept and kept[0]} page views", flush=True)


def show(measured: Measured, name: str, events: int = 1) -> None:
    """Print a line of the table, and the first errors."""
    print(measured.row(name, events), *measured.errors[:3], sep="\n", flush=True)


main(float(sys.argv[1]) if len(sys.argv) > 1 else 60)
