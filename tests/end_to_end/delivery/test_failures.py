"""Failures as they are on the wire, and what becomes of a batch that meets them."""

import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from socket import socket
from typing import Any
from uuid import uuid4

import pytest
import requests

from tests.end_to_end.gate.upstream import EVENT, upstream
from tests.end_to_end.instances import ROOT, Instance, production
from tests.layout.fault_server import FaultServer, answer, make_certificate, server_context

KEY = str(uuid4())
SECONDS = 30
QUEUE = """
import json
from jss_tracking.models import QueuedBatch
rows = QueuedBatch.objects.values("state", "reason", "tries", "due", "created")
print("ROWS" + json.dumps(list(rows), default=str))
"""
WELL = answer(b"{}")

pytestmark = pytest.mark.load

Rows = list[dict[str, Any]]


@pytest.fixture
def sitecore() -> Iterator[FaultServer]:
    """Takes every batch, until a test says otherwise."""
    server = FaultServer(lambda connection: connection.sendall(WELL))
    yield server
    server.stop()


def connected(
    folder: Path, url: str, *options: str, **variables: str
) -> AbstractContextManager[Instance]:
    defaults = {"JSS_MODE": "connected", "SITECORE_API_HOST": url, "SITECORE_API_KEY": KEY}
    return production(folder / "connected", *options, **(defaults | variables))


def send(site: Instance) -> requests.Response:
    """An event of a visitor who has a session."""
    event = {"goalId": "Register", "label": "x"}
    headers = {"Cookie": "ASP.NET_SessionId=of-the-visitor"}
    return requests.post(
        f"{site.url}{EVENT}?sc_apikey={KEY}", json=event, headers=headers, timeout=30
    )


def queue(site: Instance) -> Rows:
    rows: Rows = json.loads(site.manage("shell", "-c", QUEUE).partition("ROWS")[2])
    return rows


def wait_until(
    site: Instance, is_so: Callable[[list[dict[str, Any]]], bool]
) -> list[dict[str, Any]]:
    ends = time.monotonic() + SECONDS
    while not is_so(rows := queue(site)) and time.monotonic() < ends:
        time.sleep(0.2)
    return rows


@pytest.mark.parametrize("transport", ["requests", "curl"])
def test_a_certificate_that_nobody_vouches_for_has_the_batch_wait(
    tmp_path: Path, transport: str
) -> None:
    context = server_context(make_certificate(tmp_path))
    server = FaultServer(lambda connection: connection.sendall(WELL), context)
    try:
        with connected(tmp_path, server.url, LAYOUT_TRANSPORT=transport) as site:
            assert send(site).status_code == 202
            (row,) = queue(site)
            assert row["state"] == "waiting"
            assert "ertificate" in row["reason"]
            assert server.requests == []
    finally:
        server.stop()


@pytest.mark.parametrize("transport", ["requests", "curl"])
@pytest.mark.parametrize(
    ("line", "status", "states"),
    [
        ("200 OK", 200, []),
        ("403 Forbidden", 403, []),
        ("500 Internal Server Error", 202, ["set_aside"]),
        ("503 Service Unavailable", 202, ["waiting"]),
    ],
)
def test_a_status_counts_whose_body_is_cut(
    tmp_path: Path, sitecore: FaultServer, transport: str, line: str, status: int, states: list[str]
) -> None:
    def cut(connection: socket) -> None:
        connection.sendall(answer(b"{", "Content-Length: 100", status=line))
        connection.close()

    sitecore.behaviour = cut
    with connected(
        tmp_path, sitecore.url, LAYOUT_TRANSPORT=transport, EVENT_DELIVERY="command"
    ) as site:
        assert send(site).status_code == status
        assert [row["state"] for row in queue(site)] == states


def test_a_date_in_retry_after_is_waited_for(tmp_path: Path, sitecore: FaultServer) -> None:
    until = (datetime.now(UTC) + timedelta(seconds=300)).replace(microsecond=0)
    head = f"Retry-After: {format_datetime(until, usegmt=True)}"
    busy = answer(b"", head, status="503 Service Unavailable")
    sitecore.behaviour = lambda connection: connection.sendall(busy)
    with connected(tmp_path, sitecore.url) as site:
        assert send(site).status_code == 202
        (row,) = queue(site)
    assert abs(datetime.fromisoformat(row["due"]) - until) <= timedelta(seconds=1.5)
    assert len(sitecore.requests) == 1


def test_after_so_many_tries_it_is_set_aside(tmp_path: Path, sitecore: FaultServer) -> None:
    busy = answer(b"", status="503 Service Unavailable")
    sitecore.behaviour = lambda connection: connection.sendall(busy)
    settings = "tests.end_to_end.delivery.settings"
    with connected(tmp_path, sitecore.url, DJANGO_SETTINGS_MODULE=settings) as site:
        assert send(site).status_code == 202
        (row,) = wait_until(site, lambda rows: rows[0]["state"] == "set_aside")
    assert row["reason"] == (
        "It was tried 2 times. The last time: Sitecore takes nothing for now: it answered 503."
    )
    assert (row["state"], row["tries"], len(sitecore.requests)) == ("set_aside", 2, 2)


def test_workers_deliver_whose_master_has_loaded_the_application(tmp_path: Path) -> None:
    options = ("--preload", "--no-control-socket", "--workers", "2", "--threads", "2")
    with upstream() as server, connected(tmp_path, server.url, *options) as site:
        server.event_status = 503
        assert send(site).status_code == 202
        server.event_status = 200
        assert wait_until(site, lambda rows: not rows) == []
        assert threads(site.process_id) == 1
        workers = children(site.process_id)
        assert len(workers) == 2
        assert min(map(threads, workers)) > 4


@pytest.mark.parametrize("options", [(), ("--once",)])
def test_what_is_being_sent_at_sigterm_comes_to_its_end(
    tmp_path: Path, sitecore: FaultServer, options: tuple[str, ...]
) -> None:
    begun, go_on = threading.Event(), threading.Event()
    busy = answer(b"", status="503 Service Unavailable")

    def take_slowly(connection: socket) -> None:
        begun.set()
        go_on.wait(SECONDS)
        connection.sendall(WELL)

    sitecore.behaviour = lambda connection: connection.sendall(busy)
    with connected(tmp_path, sitecore.url, EVENT_DELIVERY="command") as site:
        assert send(site).status_code == 202
        sitecore.behaviour = take_slowly
        wait_until(site, lambda rows: datetime.fromisoformat(rows[0]["due"]) < datetime.now(UTC))
        command = [sys.executable, "manage.py", "deliver_events", *options]
        with subprocess.Popen(command, cwd=ROOT, env=site.environment) as process:
            assert begun.wait(SECONDS)
            process.send_signal(signal.SIGTERM)
            go_on.set()
            assert process.wait(SECONDS) == 0
        assert queue(site) == []


def children(process: int) -> list[int]:
    listed = Path(f"/proc/{process}/task/{process}/children").read_text()
    return [int(number) for number in listed.split()]


def threads(process: int) -> int:
    return len(list(Path(f"/proc/{process}/task").iterdir()))
