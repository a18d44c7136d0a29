"""The production server is reloaded and stopped, and each visitor who asks is answered."""

import json
import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import pytest
import requests

from tests.end_to_end.gate.upstream import layout
from tests.end_to_end.instances import Instance, production
from tests.layout.fault_server import FaultServer, answer

pytestmark = pytest.mark.load

VISITORS = 16
PAGE = json.dumps(layout("a", "/")).encode()


class Slow(FaultServer):
    """Answers each page after ``seconds``."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        super().__init__(self._answer)

    def _answer(self, connection: socket.socket) -> None:
        self.stopping.wait(self.seconds)
        connection.sendall(answer(PAGE))


@pytest.fixture
def sitecore() -> Iterator[Slow]:
    server = Slow(0.05)
    yield server
    server.stop()


@pytest.fixture
def site(tmp_path: Path, sitecore: Slow) -> Iterator[Instance]:
    with production(
        tmp_path,
        *("--workers", "2"),
        JSS_MODE="connected",
        SITECORE_API_HOST=sitecore.url,
        SITECORE_API_KEY=str(uuid4()),
        WORKER_THREADS="32",
    ) as running:
        yield running


class Visitors:
    """Ask again and again, each time over a connection of its own; ``faults`` is what failed."""

    def __init__(self, site: Instance) -> None:
        self.answered = 0
        self.faults: list[str] = []
        self._url = site.url
        self._stop = threading.Event()
        self._pool = ThreadPoolExecutor(VISITORS)
        for _ in range(VISITORS):
            self._pool.submit(self._visit)

    def wait_for(self, count: int) -> None:
        """Until so many more were answered."""
        until, deadline = self.answered + count, time.monotonic() + 60
        while self.answered < until and time.monotonic() < deadline:
            time.sleep(0.05)

    def leave(self) -> None:
        """Ask no more."""
        self._stop.set()
        self._pool.shutdown()

    def _visit(self) -> None:
        while not self._stop.is_set():
            try:
                response = requests.get(self._url, timeout=30)
            except requests.RequestException as error:
                self.faults.append(repr(error))
            else:
                self.answered += 1
                if response.status_code != 200 or "[a] /" not in response.text:
                    self.faults.append(f"{response.status_code}: {response.text[:200]}")


def workers(site: Instance) -> set[str]:
    """The ids of its worker processes."""
    children = Path(f"/proc/{site.process_id}/task/{site.process_id}/children")
    return set(children.read_text().split())


def test_a_reload_under_load_loses_no_request(site: Instance) -> None:
    before = workers(site)
    visitors = Visitors(site)
    visitors.wait_for(50)
    os.kill(site.process_id, signal.SIGHUP)
    deadline = time.monotonic() + 60
    while workers(site) & before and time.monotonic() < deadline:
        time.sleep(0.05)
    visitors.wait_for(50)
    visitors.leave()
    assert not workers(site) & before
    assert visitors.faults == []


def test_what_runs_when_the_server_is_stopped_is_answered(site: Instance, sitecore: Slow) -> None:
    sitecore.seconds = 1
    with ThreadPoolExecutor(VISITORS) as pool:
        answers = [pool.submit(requests.get, site.url, timeout=30) for _ in range(VISITORS)]
        deadline = time.monotonic() + 30
        while len(sitecore.requests) < VISITORS and time.monotonic() < deadline:
            time.sleep(0.01)
        os.kill(site.process_id, signal.SIGTERM)
        assert [one.result().status_code for one in answers] == [200] * VISITORS
    with pytest.raises(requests.ConnectionError):
        requests.get(site.url, timeout=5)
