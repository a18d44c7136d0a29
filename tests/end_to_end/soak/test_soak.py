"""Loses nothing, doubles nothing: whatever strikes, an event that was answered 2xx is there once.

``SOAK_EVENTS`` is the number of events, 100 a visitor; without it, a short form runs. The
whole of it, with numbers: ``make soak``.
"""

import logging
import os
import sqlite3
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from tests.end_to_end.instances import Instance, free_port, instance
from tests.end_to_end.soak.strikes import Strikes, cut_a_connection, kill_a_worker, own_database
from tests.end_to_end.soak.visitors import VisitorsReport, send_all

logger = logging.getLogger(__name__)

EVENTS = int(os.environ.get("SOAK_EVENTS", "2000"))
EVENTS_OF_ONE = 100
SECONDS = max(180, EVENTS * 0.06)
WORKERS = ("--workers", "3", "--threads", "4", "--worker-class", "gthread", "--preload")
KEY = str(uuid4())
SERVER = os.environ.get("TEST_DATABASE_URL", "")
UIDS = """
    SELECT event.event_uid
    FROM jss_tracking_trackedevent AS event
    JOIN jss_tracking_interaction AS interaction ON interaction.id = event.interaction_id
    WHERE event.event_uid <> ''
    ORDER BY interaction.started, event.sequence
"""
needs_postgresql = pytest.mark.skipif(
    not SERVER.startswith("postgres"), reason="TEST_DATABASE_URL names no PostgreSQL server"
)

pytestmark = [pytest.mark.soak, pytest.mark.xdist_group("soak")]


@pytest.fixture
def variables() -> dict[str, str]:
    return {
        "DEBUG": "false",
        "ALLOWED_HOSTS": "127.0.0.1",
        "SECURE_SSL_REDIRECT": "false",
        "SITECORE_API_KEY": KEY,
    }


@pytest.fixture
def database() -> Iterator[str]:
    with own_database(SERVER) as url:
        yield url


def serving(folder: Path, variables: dict[str, str]) -> Iterator[Instance]:
    port = free_port()
    gunicorn = [sys.executable, "-m", "gunicorn", "jss_site.wsgi", *WORKERS]
    with instance(folder, port, [*gunicorn, "--bind", f"127.0.0.1:{port}"], **variables) as site:
        yield site


@pytest.fixture
def on_sqlite(tmp_path: Path, variables: dict[str, str]) -> Iterator[Instance]:
    yield from serving(tmp_path, variables)


@pytest.fixture
def on_postgresql(tmp_path: Path, variables: dict[str, str], database: str) -> Iterator[Instance]:
    """Its connections are kept open between requests, so that idle ones are cut as well."""
    yield from serving(tmp_path, variables | {"DATABASE_URL": f"{database}?conn_max_age=60"})


@pytest.fixture
def report() -> VisitorsReport:
    return VisitorsReport()


def kills(site: Instance, report: VisitorsReport) -> Strikes:
    return Strikes(lambda: kill_a_worker(site.process_id), report.progress, every=150)


def send(site: Instance, report: VisitorsReport) -> None:
    send_all(site.url, KEY, EVENTS // EVENTS_OF_ONE, EVENTS_OF_ONE, SECONDS, report)


def assert_once_and_in_order(report: VisitorsReport, stored: list[str]) -> None:
    assert report.errors == []
    assert len(report.acknowledged) == EVENTS, "visitors gave up"
    assert [uid for uid, count in Counter(stored).items() if count > 1] == [], "doubled"
    assert report.acknowledged - set(stored) == set(), "lost"
    for name, sent in report.uids.items():
        assert [uid for uid in stored if uid.startswith(name)] == sent


def log(killed: Strikes, report: VisitorsReport) -> None:
    logger.info(
        "%d events, %d workers killed, %d batches sent again", EVENTS, killed.count, report.resent
    )


def test_killed_workers_lose_and_double_nothing_on_sqlite(
    on_sqlite: Instance, tmp_path: Path, report: VisitorsReport
) -> None:
    with kills(on_sqlite, report) as killed:
        send(on_sqlite, report)
    with closing(sqlite3.connect(tmp_path / "db.sqlite3")) as connection:
        stored = [uid for (uid,) in connection.execute(UIDS)]
    log(killed, report)
    assert_once_and_in_order(report, stored)
    assert min(killed.count, report.resent) >= 3


@pytest.mark.postgres
@needs_postgresql
def test_killed_workers_and_cut_connections_lose_and_double_nothing_on_postgresql(
    on_postgresql: Instance, database: str, report: VisitorsReport
) -> None:
    with (
        kills(on_postgresql, report) as killed,
        Strikes(lambda: cut_a_connection(database), report.progress, every=60) as cuts,
    ):
        send(on_postgresql, report)
    with psycopg.connect(database) as connection:
        stored = [uid for (uid,) in connection.execute(UIDS)]
    log(killed, report)
    logger.info("%d connections cut", cuts.count)
    assert_once_and_in_order(report, stored)
    assert min(killed.count, cuts.count, report.resent) >= 3
