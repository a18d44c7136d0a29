"""Two Celery workers and a broker deliver what was queued while Sitecore was away.

``TEST_BROKER_URL`` names the broker, such as ``amqp://guest:guest@127.0.0.1:5672``.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest
import requests
from celery import Celery

from tests.end_to_end.delivery.proxy import FaultyProxy
from tests.end_to_end.instances import ROOT, Instance, free_port, instance

BROKER = os.environ.get("TEST_BROKER_URL", "")
SECONDS = 90
KEY = str(uuid4())
EVENT = f"/sitecore/api/jss/track/event?sc_apikey={KEY}"
SESSIONS, BATCHES = 12, 5

pytestmark = [
    pytest.mark.load,
    pytest.mark.skipif(not BROKER, reason="TEST_BROKER_URL names no broker"),
]


@pytest.fixture
def proxy(tmp_path: Path) -> Iterator[FaultyProxy]:
    """Before a Sitecore; nobody listens yet."""
    with instance(tmp_path / "sitecore", JSS_MODE="disconnected", SITECORE_API_KEY=KEY) as standin:
        found = FaultyProxy(standin.url, free_port())
        yield found
        found.go()


@pytest.fixture
def queue() -> Iterator[str]:
    """The name of a queue of this test's own, which is gone afterwards."""
    name = f"test-{uuid4()}"
    yield name
    with Celery(broker=BROKER).connection_for_write() as connection:
        connection.default_channel.queue_delete(name)


@pytest.fixture
def site(tmp_path: Path, proxy: FaultyProxy, queue: str) -> Iterator[Instance]:
    with instance(
        tmp_path / "connected",
        JSS_MODE="connected",
        SITECORE_API_HOST=proxy.url,
        SITECORE_API_KEY=KEY,
        SITECORE_CIRCUIT_FAILURES="0",
        EVENT_DELIVERY="celery",
        EVENT_DELIVERY_THREADS="2",
        CELERY_BROKER_URL=BROKER,
        CELERY_TASK_DEFAULT_QUEUE=queue,
    ) as running:
        yield running


@contextmanager
def celery(site: Instance, log: Path, *arguments: str) -> Iterator[Path]:
    """A process of Celery; ``log`` is where it says what it does."""
    command = [sys.executable, "-m", "celery", "-A", "jss_site", *arguments, "--loglevel=INFO"]
    with log.open("w") as file:
        process = subprocess.Popen(
            command, cwd=ROOT, env=site.environment, stdout=file, stderr=subprocess.STDOUT
        )
        try:
            yield log
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=30)


def send(site: Instance, session: str, number: int) -> None:
    event = {"goalId": "Register", "eventUid": f"{session}-{number}"}
    cookie = {"Cookie": f"ASP.NET_SessionId={session}"}
    answer = requests.post(site.url + EVENT, json=event, headers=cookie, timeout=30)
    assert answer.status_code == 202


def wait_for(proxy: FaultyProxy, count: int) -> None:
    ends = time.monotonic() + SECONDS
    while len(proxy.record.passed) < count and time.monotonic() < ends:
        time.sleep(0.1)


def test_two_workers_deliver_each_batch_once_and_in_order(
    site: Instance, proxy: FaultyProxy, tmp_path: Path
) -> None:
    sessions = [f"{number:024}" for number in range(SESSIONS)]
    for number in range(BATCHES):
        for session in sessions:
            send(site, session, number)
    assert proxy.record.passed == {}
    proxy.come()
    with (
        celery(site, tmp_path / "one", "worker", "--concurrency=1", "--hostname=one@%h") as one,
        celery(site, tmp_path / "two", "worker", "--concurrency=1", "--hostname=two@%h") as two,
        celery(site, tmp_path / "beat", "beat", f"--schedule={tmp_path / 'schedule'}"),
    ):
        wait_for(proxy, SESSIONS * BATCHES)
    record = proxy.record
    assert set(record.passed.values()) == {1}
    assert record.together == []
    assert record.order == {
        session: [f"{session}-{number}" for number in range(BATCHES)] for session in sessions
    }
    assert site.manage("delivery_status") == "Nothing waits, and nothing is set aside.\n"
    assert min(log.read_text().count("POST ") for log in (one, two)) > 0
