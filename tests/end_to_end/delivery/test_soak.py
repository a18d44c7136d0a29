"""Each event is delivered once, or set aside for a true reason, whatever fails and is killed.

``SOAK_EVENTS`` is the number of events, 100 a visitor; without it, a short form runs. The
whole of it, with numbers: ``make soak-delivery``.
"""

import json
import logging
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest

from tests.end_to_end.delivery.proxy import WAYS, FaultyProxy
from tests.end_to_end.instances import ROOT, Instance, free_port, production
from tests.end_to_end.soak.strikes import Strikes, kill_a_worker, own_database
from tests.end_to_end.soak.visitors import VisitorsReport, send_all

logger = logging.getLogger(__name__)

EVENTS = int(os.environ.get("SOAK_EVENTS", "1000"))
EVENTS_OF_ONE = 100
SECONDS = max(240, EVENTS * 0.09)
FAULT_SECONDS = 2.0
KEY = str(uuid4())
SERVER = os.environ.get("TEST_DATABASE_URL", "")
ASIDE = """
import msgspec
from jss_tracking.models import QueuedBatch
rows = [(row.state, row.reason, [event["eventUid"] for event in msgspec.json.decode(row.body)])
        for row in QueuedBatch.objects.all()]
print("ROWS" + msgspec.json.encode(rows).decode())
"""

pytestmark = [pytest.mark.soak, pytest.mark.xdist_group("soak-delivery")]


@pytest.fixture
def proxy(tmp_path: Path) -> Iterator[FaultyProxy]:
    """Before a Sitecore that is another instance of this project."""
    with production(
        tmp_path / "sitecore",
        *("--threads", "8"),
        JSS_MODE="disconnected",
        SITECORE_API_KEY=KEY,
    ) as standin:
        found = FaultyProxy(standin.url, free_port())
        found.come()
        yield found
        found.go()


@contextmanager
def connected(folder: Path, proxy: FaultyProxy, **variables: str) -> Iterator[Instance]:
    with production(
        folder / "connected",
        *("--workers", "2", "--threads", "12"),
        JSS_MODE="connected",
        SITECORE_API_HOST=proxy.url,
        SITECORE_API_KEY=KEY,
        LAYOUT_SERVICE_TIMEOUT="2",
        **variables,
    ) as site:
        yield site


@pytest.fixture
def on_sqlite(tmp_path: Path, proxy: FaultyProxy) -> Iterator[Instance]:
    with connected(tmp_path, proxy) as site:
        yield site


@pytest.fixture
def on_postgresql(tmp_path: Path, proxy: FaultyProxy) -> Iterator[Instance]:
    with own_database(SERVER) as url, connected(tmp_path, proxy, DATABASE_URL=url) as site:
        yield site


@contextmanager
def faults(proxy: FaultyProxy, over: threading.Event) -> Iterator[None]:
    """The Sitecore is well, goes wrong in one way or another, or away, by turns."""

    def run() -> None:
        chance = random.Random(7)
        while not over.is_set():
            for way in chance.sample([*WAYS, "away"], len(WAYS) + 1):
                for turn in (way, "well"):
                    proxy.go() if turn == "away" else proxy.come()
                    proxy.way = "well" if turn == "away" else turn
                    if over.wait(FAULT_SECONDS):
                        break
        proxy.way = "well"
        proxy.come()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


@contextmanager
def deliverer(site: Instance) -> Iterator["Deliverer"]:
    """A delivery process beside the web's own threads."""
    process = Deliverer(site)
    try:
        yield process
    finally:
        process.kill()


class Deliverer:
    """``manage.py deliver_events``, killed and started again."""

    def __init__(self, site: Instance) -> None:
        self._site = site
        self._process = self._start()

    def kill(self) -> bool:
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()
        return True

    def strike(self) -> bool:
        self.kill()
        self._process = self._start()
        return True

    def _start(self) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "manage.py", "deliver_events"]
        environment = self._site.environment
        with self._site.log.open("a") as log:
            return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)


def queue(site: Instance) -> list[tuple[str, str, list[str]]]:
    """State, reason and ids of each batch that is left."""
    printed = site.manage("shell", "-c", ASIDE)
    return [tuple(row) for row in json.loads(printed.partition("ROWS")[2])]


def wait_until_settled(site: Instance) -> list[tuple[str, str, list[str]]]:
    """What is set aside, once nothing waits any more."""
    ends = time.monotonic() + SECONDS
    rows = queue(site)
    while {state for state, _, _ in rows} - {"set_aside"}:
        assert time.monotonic() < ends, "the queue was not worked off"
        time.sleep(1)
        rows = queue(site)
    return rows


def soak(site: Instance, proxy: FaultyProxy) -> None:
    report, over = VisitorsReport(), threading.Event()
    started = time.monotonic()
    with (
        deliverer(site) as process,
        faults(proxy, over),
        Strikes(lambda: kill_a_worker(site.process_id), report.progress, every=EVENTS // 8) as web,
        Strikes(process.strike, report.progress, every=EVENTS // 8) as killed,
    ):
        send_all(site.url, KEY, EVENTS // EVENTS_OF_ONE, EVENTS_OF_ONE, SECONDS, report)
    aside = wait_until_settled(site)
    log(time.monotonic() - started, report, proxy, aside, web, killed)
    assert_once_or_aside(report, proxy, aside)
    assert min(web.count, killed.count) >= 2


def log(
    seconds: float,
    report: VisitorsReport,
    proxy: FaultyProxy,
    aside: list[tuple[str, str, list[str]]],
    web: Strikes,
    killed: Strikes,
) -> None:
    logger.info(
        "%d events in %.0f s: %d passed on, %d set aside in %d batches; %d workers and %d "
        "deliverers killed, %d batches sent again by visitors",
        EVENTS,
        seconds,
        len(proxy.record.passed),
        sum(len(uids) for _, _, uids in aside),
        len(aside),
        web.count,
        killed.count,
        report.resent,
    )


def assert_once_or_aside(
    report: VisitorsReport, proxy: FaultyProxy, aside: list[tuple[str, str, list[str]]]
) -> None:
    record = proxy.record
    set_aside = {uid: reason for _, reason, uids in aside for uid in uids}
    assert report.errors == []
    assert len(report.acknowledged) == EVENTS, "visitors gave up"
    assert [uid for uid, count in record.passed.items() if count > 1] == [], "doubled"
    assert report.acknowledged - set(record.passed) - set(set_aside) == set(), "lost"
    assert record.together == [], "two of one session at a time"
    for order in record.order.values():
        delivered = [uid for uid in order if uid not in set_aside]
        assert delivered == sorted(delivered)
    untrue = {
        (why, *record.seen[uid])
        for uid, why in set_aside.items()
        if not is_true(why, record.seen[uid])
    }
    assert untrue == set()


def is_true(reason: str, seen: set[str]) -> bool:
    """Whether the proxy knows of what the reason says; it has not seen what broke off halfway."""
    if "answered 500" in reason:
        return "error" in seen
    if "may have arrived all the same" in reason:
        return bool(seen & {"silent", "reset", "cut", "late"}) or not seen
    return "stopped in the middle" in reason


def test_events_are_delivered_once_or_set_aside_on_sqlite(
    on_sqlite: Instance, proxy: FaultyProxy
) -> None:
    soak(on_sqlite, proxy)


@pytest.mark.postgres
@pytest.mark.skipif(
    not SERVER.startswith("postgres"), reason="TEST_DATABASE_URL names no PostgreSQL server"
)
def test_events_are_delivered_once_or_set_aside_on_postgresql(
    on_postgresql: Instance, proxy: FaultyProxy
) -> None:
    soak(on_postgresql, proxy)
