import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.http import HttpRequest
from django.test import Client

from jss_layout.signals import readiness_asked
from tests.layout.fault_server import FaultServer, answer, reset

Start = Callable[..., FaultServer]
pytestmark = pytest.mark.django_db


@pytest.fixture
def connected(fault_server: Start, settings: Any) -> FaultServer:
    """A Sitecore that is well, and whose health page is asked."""
    server = fault_server(lambda sock: sock.sendall(answer(b"Healthy")))
    settings.JSS_MODE, settings.SITECORE_API_HOST = "connected", server.url
    settings.SITECORE_API_KEY = "SECRET-KEY"
    return server


def ask() -> tuple[int, dict[str, Any]]:
    response = Client().get("/readyz")
    return response.status_code, response.json()


@contextmanager
def listening(receiver: Callable[..., Any]) -> Iterator[None]:
    readiness_asked.connect(receiver)
    try:
        yield
    finally:
        readiness_asked.disconnect(receiver)


def test_a_disconnected_site_with_its_files_is_ready() -> None:
    assert ask() == (200, {"ready": True, "errors": {}, "warnings": {}})


def test_a_site_without_its_files_is_not_ready(settings: Any, tmp_path: Path) -> None:
    settings.JSS_DATA_DIR = tmp_path / "none"
    status, found = ask()
    assert (status, found["ready"]) == (503, False)
    assert found["errors"] == {"data": "The folder of JSS_DATA_DIR does not exist."}


def test_a_connected_site_asks_its_sitecore_without_key_or_cookie(connected: FaultServer) -> None:
    Client().get("/readyz", headers={"Cookie": "a=1", "User-Agent": "probe"})
    (head,) = connected.requests
    assert head.startswith(b"GET /healthz/ready HTTP/1.1\r\n")
    assert not any(word in head for word in (b"SECRET", b"ookie", b"probe"))


def test_a_sitecore_without_a_health_page_is_ready(connected: FaultServer) -> None:
    connected.behaviour = lambda sock: sock.sendall(answer(status="404 Not Found"))
    assert ask() == (200, {"ready": True, "errors": {}, "warnings": {}})


def test_a_sitecore_that_fails_makes_this_host_unready(connected: FaultServer) -> None:
    connected.behaviour = lambda sock: sock.sendall(answer(status="503 Service Unavailable"))
    status, found = ask()
    assert (status, found["errors"]) == (503, {"sitecore": "Sitecore answers with status 503."})


def test_a_sitecore_that_is_gone_is_told_without_its_name(connected: FaultServer) -> None:
    connected.behaviour = reset
    status, found = ask()
    assert (status, found["errors"]) == (503, {"sitecore": "Sitecore gives no answer."})


def test_a_sitecore_that_hangs_costs_the_seconds_of_a_probe_and_no_more(
    connected: FaultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jss_layout.readiness.SITECORE_SECONDS", 0.05)

    def hang(_connection: socket.socket) -> None:
        connected.stopping.wait(2)

    connected.behaviour = hang
    started = time.monotonic()
    status, found = ask()
    assert (status, found["errors"]) == (503, {"sitecore": "Sitecore gives no answer."})
    assert time.monotonic() - started < 1


def test_where_copies_of_pages_are_kept_a_sitecore_that_is_gone_is_a_warning(
    connected: FaultServer, settings: Any
) -> None:
    settings.LAYOUT_SNAPSHOT = True
    connected.behaviour = reset
    warnings = {"sitecore": "Sitecore gives no answer."}
    assert ask() == (200, {"ready": True, "errors": {}, "warnings": warnings})


def test_a_host_with_as_many_calls_as_may_run_is_busy_and_ready(
    connected: FaultServer, settings: Any
) -> None:
    settings.SITECORE_MAX_CALLS = 0
    status, found = ask()
    assert status == 200
    assert found["warnings"] == {"sitecore": "As many calls to Sitecore run as may."}


def test_a_left_alone_sitecore_is_not_asked(connected: FaultServer, settings: Any) -> None:
    settings.SITECORE_CIRCUIT_FAILURES = 1
    connected.behaviour = reset
    ask()
    asked = len(connected.requests)
    assert ask()[0] == 503
    assert len(connected.requests) == asked


def test_a_database_that_does_not_answer_is_told_without_its_reason(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse() -> None:
        raise ConnectionError("no route to the host of the database")

    monkeypatch.setattr(connection, "cursor", refuse)
    status, found = ask()
    assert (status, found["errors"]) == (503, {"database": "The database does not work."})
    assert "no route to the host" in caplog.text


def test_a_cache_that_loses_what_it_gets_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "get", lambda _key: None)
    status, found = ask()
    assert (status, found["errors"]) == (503, {"cache": "The cache does not work."})


def test_a_receiver_may_warn() -> None:
    def warn(request: HttpRequest, **_: Any) -> dict[str, str]:
        return {"queue": f"asked at {request.path}"}

    with listening(warn):
        status, found = ask()
    assert (status, found["warnings"]) == (200, {"queue": "asked at /readyz"})


def test_a_receiver_that_fails_is_a_warning_without_its_reason(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def broken(**_: Any) -> None:
        raise ValueError("of its own")

    with listening(broken):
        status, found = ask()
    assert (status, found["warnings"]) == (200, {"broken": "It could not be asked."})
    assert "of its own" in caplog.text


def test_no_cache_keeps_the_answer() -> None:
    assert "no-store" in Client().get("/readyz")["Cache-Control"]


def test_only_a_get_is_answered() -> None:
    assert Client().post("/readyz").status_code == 405


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_plain_http_is_answered_where_pages_are_redirected(path: str, settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT = True
    assert Client().get(path).status_code == 200
    assert Client().get("/about").status_code == 301
