"""One visitor before two worker processes at once, on one database."""

import os
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any
from uuid import uuid4

import pytest
import requests

from tests.end_to_end.instances import Instance, instance
from tests.sensitive import SITE_API_KEY

pytestmark = pytest.mark.load

DEVICE = "5d0f3a8c71b94e2fa6c8d1e07b3f9a24"
HOME = "{110D559F-DEA5-42EA-9C1C-8A5DF7E70EF9}"
THREADS = 6
BATCHES = 3


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a new database."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/shared.sqlite3"
        return
    server = os.environ.get("TEST_DATABASE_URL", "")
    if not server.startswith("postgres"):
        pytest.skip("TEST_DATABASE_URL names no PostgreSQL server")
    psycopg = pytest.importorskip("psycopg")
    name = f"jss_workers_{uuid4().hex[:8]}"
    with psycopg.connect(_url(server, "postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        yield _url(server, name)
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _url(server: str, name: str) -> str:
    return re.sub(r"/[^/]*$", f"/{name}", server)


@pytest.fixture
def workers(tmp_path: Path, database: str) -> Iterator[list[Instance]]:
    settings = {
        "DATABASE_URL": database,
        "TRACKER_SERVICE_ENABLED": "true",
        "SITECORE_API_KEY": SITE_API_KEY,
    }
    with (
        instance(tmp_path / "one", 0, (), **settings) as one,
        instance(tmp_path / "two", 0, (), **settings) as two,
    ):
        yield [one, two]


def test_one_visitor_stays_one_and_each_event_is_there_once_in_order(
    workers: list[Instance],
) -> None:
    barrier = Barrier(THREADS)

    def visit(number: int) -> None:
        browser = requests.Session()
        browser.cookies.set("SC_ANALYTICS_GLOBAL_COOKIE", f"{DEVICE}|True")
        barrier.wait(timeout=10)
        for batch in range(BATCHES):
            events = _events(f"/{number}/{batch}")
            for _ in range(2):  # as a client that got no answer
                _send(browser, workers[(number + batch) % 2], events)

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(visit, range(THREADS)))
    (interaction,) = workers[0].interactions()["interactions"]
    pages = interaction["pages"]
    assert sorted(page["url"] for page in pages) == sorted(
        f"/{number}/{batch}" for number in range(THREADS) for batch in range(BATCHES)
    )
    assert all([event["alias"] for event in page["events"]] == ["Login"] * 3 for page in pages)
    assert interaction["engagement_value"] == THREADS * BATCHES * 3 * 5


def _events(url: str) -> list[dict[str, Any]]:
    events = [{"pageId": HOME, "url": url}, *({"goalId": "Login"} for _ in range(3))]
    return [event | {"eventUid": str(uuid4())} for event in events]


def _send(browser: requests.Session, worker: Instance, events: list[dict[str, Any]]) -> None:
    """Sends until the answer is 2xx, as Sitecore's client counts success."""
    address = f"{worker.url}/sitecore/api/jss/track/event"
    for _ in range(20):
        answer = browser.post(address, params={"sc_apikey": SITE_API_KEY}, json=events, timeout=30)
        if answer.ok:
            assert answer.json() == {"tracked": 4, "errors": []}
            return
    pytest.fail(f"The last answer was {answer.status_code}: {answer.text}")
