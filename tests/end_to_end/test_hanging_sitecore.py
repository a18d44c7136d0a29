"""One of two Sitecores hangs: what a worker of few threads still answers."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from socket import socket
from uuid import uuid4

import pytest
import requests

from tests.end_to_end.gate.upstream import upstream
from tests.end_to_end.instances import Instance, production
from tests.layout.fault_server import FaultServer, answer

pytestmark = pytest.mark.load

SICK, WELL = "sick.example.com", "well.example.com"
AT_ONCE = 1.0
"""Seconds that are no waiting, on a machine that has much else to do."""

MAKE_SITE = (
    "from jss_layout.models import Site; "
    "Site.objects.create(name='well', host_names='{host}', sitecore_host='{url}', api_key='{key}')"
)


class Hanging(FaultServer):
    """Answers nothing before it is ``released``."""

    def __init__(self) -> None:
        self.released = threading.Event()
        super().__init__(self._hang)

    def _hang(self, connection: socket) -> None:
        self.released.wait(30)
        connection.sendall(answer())


@pytest.fixture
def sick() -> Iterator[Hanging]:
    server = Hanging()
    yield server
    server.released.set()
    server.stop()


@pytest.fixture(params=[{"WORKER_THREADS": "4"}, {"GUNICORN_CMD_ARGS": "--threads 4"}])
def site(request: pytest.FixtureRequest, tmp_path: Path, sick: Hanging) -> Iterator[Instance]:
    """A worker of four threads, with a site for each Sitecore."""
    with (
        upstream() as well,
        production(
            tmp_path,
            JSS_MODE="connected",
            SITECORE_API_HOST=sick.url,
            SITECORE_API_KEY=str(uuid4()),
            LAYOUT_SERVICE_TIMEOUT="30",
            ALLOWED_HOSTS=f"127.0.0.1,{SICK},{WELL}",
            **request.param,
        ) as running,
    ):
        running.manage("shell", "-c", MAKE_SITE.format(host=WELL, url=well.url, key=uuid4()))
        yield running


def ask(site: Instance, host: str, path: str = "/") -> tuple[requests.Response, float]:
    """The answer, and the seconds that it took."""
    started = time.monotonic()
    answered = requests.get(site.url + path, headers={"Host": host}, timeout=60)
    return answered, time.monotonic() - started


def wait_for_calls(server: FaultServer, count: int) -> None:
    for _ in range(1000):
        if len(server.requests) >= count:
            return
        time.sleep(0.01)
    raise AssertionError(f"{len(server.requests)} calls came, not {count}")


def test_a_sitecore_that_hangs_has_half_of_four_threads_and_other_sites_go_on(
    site: Instance, sick: Hanging
) -> None:
    with ThreadPoolExecutor(2) as pool:
        held = [pool.submit(ask, site, SICK) for _ in range(2)]
        wait_for_calls(sick, 2)
        for _ in range(5):
            refused, seconds = ask(site, SICK)
            assert (refused.status_code, refused.headers["Retry-After"]) == (503, "1")
            assert seconds < AT_ONCE
            page, seconds = ask(site, WELL, "/about")
            assert (page.status_code, "/about</title>" in page.text) == (200, True)
            assert seconds < AT_ONCE
        assert len(sick.requests) == 2
        sick.released.set()
        assert all(call.result()[1] > 0 for call in held)


def test_a_picture_that_hangs_leaves_the_other_thread_of_its_sitecore_to_pages(
    site: Instance, sick: Hanging
) -> None:
    with ThreadPoolExecutor(2) as pool:
        held = [pool.submit(ask, site, SICK, "/-/media/a.png")]
        wait_for_calls(sick, 1)
        refused, seconds = ask(site, SICK, "/-/media/b.png")
        assert (refused.status_code, refused.headers["Retry-After"]) == (503, "1")
        assert seconds < AT_ONCE
        held.append(pool.submit(ask, site, SICK, "/about"))
        wait_for_calls(sick, 2)
        sick.released.set()
        assert held[0].result()[0].status_code == 200
