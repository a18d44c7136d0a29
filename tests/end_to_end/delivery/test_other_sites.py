"""One site's Sitecore hangs while its visitors send events: other sites do not notice."""

import logging
import statistics
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from socket import socket
from uuid import uuid4

import pytest
import requests

from tests.end_to_end.gate.upstream import EVENT, Upstream, upstream
from tests.end_to_end.instances import Instance, production
from tests.layout.fault_server import FaultServer

logger = logging.getLogger(__name__)

SICK, WELL = "sick.example.com", "well.example.com"
KEY = str(uuid4())
ROUNDS = 60
CROWD = 12
PAUSE = 0.05
SESSIONS = 4
AT_ONCE = 0.75
"""Seconds that are no waiting, on a machine that has much else to do."""

MAKE_SITE = (
    "from jss_layout.models import Site; "
    "Site.objects.create(name='well', host_names='{host}', sitecore_host='{url}', api_key='{key}')"
)

pytestmark = pytest.mark.load


@pytest.fixture
def sick() -> Iterator[FaultServer]:
    """Takes every call and says nothing."""
    over = threading.Event()

    def say_nothing(_connection: socket) -> None:
        over.wait(60)

    server = FaultServer(say_nothing)
    yield server
    over.set()
    server.stop()


@pytest.fixture
def well() -> Iterator[Upstream]:
    with upstream() as server:
        yield server


@pytest.fixture
def site(tmp_path: Path, sick: FaultServer, well: Upstream) -> Iterator[Instance]:
    """One worker of eight threads, with a site for each Sitecore."""
    with production(
        tmp_path,
        JSS_MODE="connected",
        SITECORE_API_HOST=sick.url,
        SITECORE_API_KEY=KEY,
        ALLOWED_HOSTS=f"127.0.0.1,{SICK},{WELL}",
        WORKER_THREADS="8",
    ) as running:
        running.manage("shell", "-c", MAKE_SITE.format(host=WELL, url=well.url, key=KEY))
        yield running


def post(site: Instance, host: str, session: str) -> requests.Response:
    url = f"{site.url}{EVENT}?sc_apikey={KEY}"
    headers = {"Host": host, "Cookie": f"ASP.NET_SessionId={session}"}
    event = {"goalId": "Register", "label": "x"}
    return requests.post(url, json=event, headers=headers, timeout=60)


def view(site: Instance, session: str) -> requests.Response:
    headers = {"Host": WELL, "Cookie": f"ASP.NET_SessionId={session}"}
    return requests.get(f"{site.url}/about", headers=headers, timeout=60)


def seconds_of_well(site: Instance) -> dict[str, list[float]]:
    """What a page and an event of the other site take, one after the other."""
    found: dict[str, list[float]] = {"page": [], "event": []}
    for number in range(ROUNDS):
        started = time.monotonic()
        assert view(site, f"well{number}").status_code == 200
        found["page"].append(time.monotonic() - started)
        started = time.monotonic()
        assert post(site, WELL, f"well{number}").status_code == 200
        found["event"].append(time.monotonic() - started)
    return found


@contextmanager
def crowd(site: Instance) -> Iterator[None]:
    """Visitors of the site whose Sitecore hangs, several of them in one session."""
    over = threading.Event()

    def visit(number: int) -> None:
        while not over.wait(PAUSE):
            assert post(site, SICK, f"sick{number % SESSIONS}").status_code == 202

    with ThreadPoolExecutor(CROWD) as pool:
        visits = [pool.submit(visit, number) for number in range(CROWD)]
        try:
            yield
        finally:
            over.set()
    for visited in visits:
        visited.result()


def test_pages_and_events_of_another_site_stay_as_quick(
    site: Instance, sick: FaultServer, well: Upstream
) -> None:
    before = seconds_of_well(site)
    with crowd(site):
        while not sick.requests:
            time.sleep(0.05)
        during = seconds_of_well(site)
        well.event_status = 503
        assert post(site, WELL, "queued").status_code == 202
        well.event_status = 200
        calls = len(well.calls)
        ends = time.monotonic() + 20
        while len(well.calls) == calls and time.monotonic() < ends:
            time.sleep(0.1)
        assert len(well.calls) > calls, "the queue of the other site stands still"
    for kind in before:
        logger.info(
            "%s: median %.0f ms, 95 %% within %.0f ms; while another site hangs %.0f and %.0f ms",
            kind,
            *(1000 * number for found in (before, during) for number in _quantiles(found[kind])),
        )
        assert _quantiles(during[kind])[1] < AT_ONCE


def _quantiles(seconds: list[float]) -> tuple[float, float]:
    return statistics.median(seconds), statistics.quantiles(seconds, n=20)[-1]
