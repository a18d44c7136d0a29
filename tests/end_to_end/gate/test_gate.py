"""The gate: nobody ever sends or receives what is another visitor's.

Sitecore's stand-in and the site are processes of their own; the site runs as in production,
several workers of several threads, behind one trusted proxy.
"""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import requests

from tests.end_to_end.gate.crowd import crowd, mixed_up
from tests.end_to_end.gate.upstream import RECORD
from tests.end_to_end.instances import ROOT, free_port, production

VISITORS = 64
ROUNDS = 79
PAGES = EVENTS = VISITORS * ROUNDS
WORKERS = ("--workers", "2", "--threads", "16", "--keep-alive", "30", "--backlog", "512")
QUEUE_SECONDS = 30
KEY = str(uuid4())


@contextmanager
def upstream_process() -> Iterator[str]:
    """The stand-in's address."""
    port = free_port()
    module = "tests.end_to_end.gate.upstream"
    process = subprocess.Popen([sys.executable, "-m", module, str(port)], cwd=ROOT)
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(200):
            try:
                requests.get(url + RECORD, timeout=1)
                break
            except requests.ConnectionError:
                time.sleep(0.05)
        yield url
    finally:
        process.terminate()
        process.wait(timeout=10)


def record(sitecore: str, events: int) -> list[dict[str, Any]]:
    """All calls that the stand-in saw, once those events are there that were left to the queue."""
    for _ in range(QUEUE_SECONDS):
        calls: list[dict[str, Any]] = requests.get(sitecore + RECORD, timeout=60).json()
        if sum(call["kind"] == "event" for call in calls) >= events:
            break
        time.sleep(1)
    return calls


def run_gate(
    folder: Path, rounds: int, **variables: str
) -> tuple[list[str], list[dict[str, Any]], float]:
    """What went wrong, all calls that the stand-in saw, and the seconds it took."""
    with (
        upstream_process() as sitecore,
        production(
            folder,
            *WORKERS,
            JSS_MODE="connected",
            SITECORE_API_HOST=sitecore,
            SITECORE_API_KEY=KEY,
            TRUSTED_PROXY_COUNT="1",
            LAYOUT_SERVICE_TIMEOUT="30",
            SITECORE_MAX_CALLS="16",
            **variables,
        ) as site,
    ):
        faults, seconds = crowd(site.url, KEY, VISITORS, rounds)
        calls = record(sitecore, VISITORS * rounds)
    return [*faults, *mixed_up(calls)], calls, seconds


@pytest.mark.load
@pytest.mark.parametrize("transport", ["requests", "curl"])
def test_no_visitor_ever_sends_or_receives_what_is_anothers(transport: str, tmp_path: Path) -> None:
    faults, calls, _ = run_gate(tmp_path, ROUNDS, LAYOUT_TRANSPORT=transport)
    assert faults[:10] == []
    pages = [call["what"] for call in calls if call["kind"] == "page"]
    events = [call["what"] for call in calls if call["kind"] == "event"]
    assert (len(pages), len(set(pages))) == (PAGES, PAGES)
    assert (len(events), len(set(events))) == (EVENTS, EVENTS)
    assert PAGES >= 5000


@pytest.mark.load
def test_a_shared_cookie_jar_does_not_pass_the_gate(tmp_path: Path) -> None:
    source = "tests.end_to_end.gate.shared_jar.SharedJarSource"
    faults, _, _ = run_gate(tmp_path, rounds=2, LAYOUT_SOURCE=source)
    assert any(" shows " in fault for fault in faults), "content of another visitor"
    assert any(" sets " in fault for fault in faults), "a cookie of another visitor went down"
    assert any("a call of " in fault for fault in faults), "a cookie of another visitor went up"
