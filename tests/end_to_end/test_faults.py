"""A worker whose Sitecores do everything wrong at once, and one that does not."""

import os
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import pytest
import requests

from tests.end_to_end.faults import faulty_servers
from tests.end_to_end.gate.upstream import upstream
from tests.end_to_end.instances import Instance, production

pytestmark = pytest.mark.load

DEADLINE = 2.0
IN_TIME = DEADLINE * 1.1
WELL = "well.example.com"
LARGEST_BODY = 10.5
"""Megabytes: ``LAYOUT_SERVICE_MAX_BYTES`` unless set."""
KEPT_OPEN = {"requests": 1, "curl": 4}
"""Connections for each call of those at a time, to whomever: of libcurl's handles each has four."""
KEPT_MEGABYTES = {"requests": 10, "curl": 30}
"""What the allocator holds back; each of libcurl's handles has the certificate authorities too."""
MAKE_SITES = """
from jss_layout.models import Site
for name, url in {sites!r}.items():
    Site.objects.create(
        name=name, host_names=f"{{name}}.example.com", sitecore_host=url, api_key={key!r}
    )
"""


class Worker:
    """A worker process, its faulty sites and its good one."""

    def __init__(self, site: Instance, faults: list[str]) -> None:
        self.url = site.url
        self.transport = site.environment["LAYOUT_TRANSPORT"]
        self.faults = faults
        children = Path(f"/proc/{site.process_id}/task/{site.process_id}/children")
        (self._process,) = children.read_text().split()
        self.ask(WELL)
        self.files_at_rest = self.files

    def ask(self, host: str) -> tuple[int, float]:
        """Status, and seconds until the last byte."""
        started = time.monotonic()
        answer = requests.get(self.url, headers={"Host": host}, timeout=60)
        return answer.status_code, time.monotonic() - started

    def meet_every_fault(self) -> dict[str, tuple[int, float]]:
        """All of them at once."""
        with ThreadPoolExecutor(len(self.faults)) as pool:
            hosts = [f"{name}.example.com" for name in self.faults]
            return dict(zip(self.faults, pool.map(self.ask, hosts), strict=True))

    @property
    def threads(self) -> int:
        """How many run."""
        return len(list(Path(f"/proc/{self._process}/task").iterdir()))

    @property
    def files(self) -> int:
        """How many are open, sockets too."""
        return len(list(Path(f"/proc/{self._process}/fd").iterdir()))

    @property
    def megabytes(self) -> float:
        """Resident memory."""
        pages = int(Path(f"/proc/{self._process}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


@pytest.fixture(scope="module", params=["requests", "curl"])
def worker(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Worker]:
    folder = tmp_path_factory.mktemp("faults")
    with (
        faulty_servers(folder) as faults,
        upstream() as well,
        production(
            folder,
            *("--workers", "1", "--threads", "64"),
            JSS_MODE="connected",
            SITECORE_API_HOST=well.url,
            SITECORE_API_KEY=str(uuid4()),
            LAYOUT_TRANSPORT=request.param,
            MALLOC_ARENA_MAX="2",
            LAYOUT_SERVICE_TIMEOUT=str(DEADLINE),
            SITECORE_CIRCUIT_FAILURES="0",
            ALLOWED_HOSTS="127.0.0.1,.example.com",
        ) as site,
    ):
        site.manage("shell", "-c", MAKE_SITES.format(sites=faults, key=str(uuid4())))
        yield Worker(site, list(faults))


def test_every_fault_is_503_within_the_deadline_and_a_tenth(worker: Worker) -> None:
    worker.ask(WELL)
    met = worker.meet_every_fault()
    assert {name: status for name, (status, _) in met.items()} == dict.fromkeys(met, 503)
    assert {name: seconds for name, (_, seconds) in met.items() if seconds > IN_TIME} == {}
    assert len(met) >= 20


def test_pages_of_another_site_are_neither_late_nor_wrong_meanwhile(worker: Worker) -> None:
    done = threading.Event()

    def look() -> list[tuple[int, float]]:
        seen = []
        while not done.is_set():
            seen.append(worker.ask(WELL))
        return seen

    with ThreadPoolExecutor(1) as pool:
        looking = pool.submit(look)
        try:
            worker.meet_every_fault()
        finally:
            done.set()
        pages = looking.result()
    assert len(pages) > 10
    assert {status for status, _ in pages} == {200}
    assert sorted(seconds for _, seconds in pages)[len(pages) // 2] < 0.2
    assert max(seconds for _, seconds in pages) < DEADLINE / 2


def test_threads_files_and_memory_return_to_where_they_were(worker: Worker) -> None:
    for _ in range(2):
        worker.meet_every_fault()
    worker.ask(WELL)
    threads, megabytes = worker.threads, worker.megabytes
    for _ in range(6):  # of which each would leave two of the largest bodies
        worker.meet_every_fault()
    worker.ask(WELL)
    assert worker.threads <= max(threads, 66)
    kept = KEPT_OPEN[worker.transport] * len(worker.faults)
    assert worker.files <= worker.files_at_rest + kept
    grown = worker.megabytes - megabytes
    assert grown < 2 * LARGEST_BODY + KEPT_MEGABYTES[worker.transport]
