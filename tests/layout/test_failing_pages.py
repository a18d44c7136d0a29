"""Pages whose Sitecore fails: view, source and transport together, over real sockets."""

import gc
import gzip
import socket
import threading
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from jss_layout.models import Site
from tests import sensitive
from tests.layout.fault_server import (
    Behaviour,
    FaultServer,
    answer,
    make_certificate,
    reset,
    server_context,
)
from tests.layout.pages import layout_json, templates

pytestmark = pytest.mark.django_db

DEADLINE = 0.5
SLACK = 0.05 + 0.5  # Ten per cent, and what a busy machine adds.
GOOD = answer(layout_json({}))
HTML = "Content-Type: text/html"
FILES = {"page.html": "stands", "404.html": "gone", "503.html": "down {{ counted }}"}

Start = Callable[..., FaultServer]
Fault = Callable[[FaultServer], Behaviour]


def says(data: bytes) -> Fault:
    return lambda _server: lambda connection: connection.sendall(data)


def says_and_hangs(data: bytes) -> Fault:
    def fault(server: FaultServer) -> Behaviour:
        def behave(connection: socket.socket) -> None:
            connection.sendall(data)
            server.stopping.wait(3)

        return behave

    return fault


def trickles(head: bytes, rest: bytes) -> Fault:
    def fault(server: FaultServer) -> Behaviour:
        def behave(connection: socket.socket) -> None:
            connection.sendall(head)
            server.trickle(connection, rest)

        return behave

    return fault


def says_and_resets(connection: socket.socket) -> None:
    connection.sendall(answer(b"", "Content-Length: 9"))
    time.sleep(0.05)
    reset(connection)


def says_and_closes(data: bytes) -> Fault:
    def behave(connection: socket.socket) -> None:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_RDWR)

    return lambda _server: behave


def pours(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    for _ in range(50):
        connection.sendall(b" " * 1_000_000)


FAULTS: dict[str, Fault] = {
    "reset before the headers": lambda _server: reset,
    "reset after the headers": lambda _server: says_and_resets,
    "hang before the headers": says_and_hangs(b""),
    "hang within the headers": says_and_hangs(b"HTTP/1.1 200 OK\r\nX-Y: "),
    "hang within the body": says_and_hangs(answer(b"{", "Content-Length: 9")),
    "a byte at a time in the headers": trickles(b"", answer(b"{}", "X: " + "y" * 500)),
    "a byte at a time in the body": trickles(answer(b"", "Content-Length: 500"), b" " * 500),
    "truncated body": says_and_closes(answer(b'{"a"', "Content-Length: 9")),
    "length too short": says_and_closes(answer(layout_json({}), "Content-Length: 9")),
    "two lengths": says(answer(b"{}", "Content-Length: 2", "Content-Length: 3")),
    "500": says(answer(b"{}", status="500 Internal Server Error")),
    "502": says(answer(b"{}", status="502 Bad Gateway")),
    "503": says(answer(b"{}", status="503 Service Unavailable")),
    "301": says(answer(b"", "Location: https://evil.example.com/", status="301 Moved")),
    "HTML": says(answer(b"<html>log in</html>", HTML)),
    "50 megabytes": says(answer(b"{}", "Content-Length: 52428800")),
    "50 megabytes without a length": lambda _server: pours,
    "invalid UTF-8": says(answer(b'{"sitecore":{"route":{"name":"\xff"}}}')),
    "bomb": says(answer(gzip.compress(bytes(50_000_000), 9), "Content-Encoding: gzip")),
    "no HTTP": says_and_closes(b"SSH-2.0-OpenSSH_9.2\r\n"),
}


@pytest.fixture(autouse=True)
def site(fault_server: Start, settings: Any) -> FaultServer:
    """A site with a Sitecore that is well: the neighbour of the one that is not."""
    settings.JSS_MODE = "connected"
    settings.SITECORE_API_KEY = sensitive.API_KEY
    settings.LAYOUT_SERVICE_MAX_BYTES = 1_000_000
    server = fault_server(lambda connection: connection.sendall(GOOD))
    Site.objects.create(name="well", host_names="well.example.com", sitecore_host=server.url)
    return server


def get(host: str = "testserver") -> Any:
    with templates(FILES, ROOT_URLCONF="jss_layout.urls", MIDDLEWARE=[]):
        return Client().get("/about", headers={"Host": host})


def assert_down(response: Any) -> None:
    assert response.status_code == 503
    assert response.content == b"down false"
    assert int(response["Retry-After"]) > 0
    assert response["Cache-Control"] == "private, no-cache"


@pytest.mark.parametrize("name", FAULTS)
def test_a_page_is_503_in_time_and_its_neighbour_stands(
    name: str, fault_server: Start, settings: Any
) -> None:
    settings.LAYOUT_SERVICE_TIMEOUT = DEADLINE
    server = fault_server(lambda _connection: None)
    server.behaviour = FAULTS[name](server)
    settings.SITECORE_API_HOST = server.url
    started = time.monotonic()
    assert_down(get())
    assert time.monotonic() - started < DEADLINE + SLACK
    settings.LAYOUT_SERVICE_TIMEOUT = 10
    assert get("well.example.com").content == b"stands"


def test_a_server_that_refuses(fault_server: Start, settings: Any) -> None:
    server = fault_server(lambda _connection: None)
    settings.SITECORE_API_HOST = server.url
    server.stop()
    assert_down(get())


def test_a_certificate_that_nobody_vouches_for(
    fault_server: Start, settings: Any, tmp_path: Path
) -> None:
    context = server_context(make_certificate(tmp_path))
    server = fault_server(lambda connection: connection.sendall(GOOD), context=context)
    settings.SITECORE_API_HOST = server.url
    assert_down(get())
    assert not server.requests


def test_a_sitecore_that_comes_back_is_found_without_a_restart(
    fault_server: Start, settings: Any
) -> None:
    settings.SITECORE_CIRCUIT_FAILURES = 2
    settings.SITECORE_CIRCUIT_SECONDS = 0.2
    server = fault_server(reset)
    settings.SITECORE_API_HOST = server.url
    for _ in range(4):
        assert_down(get())
    assert len(server.requests) == 2
    server.behaviour = lambda connection: connection.sendall(GOOD)
    time.sleep(0.25)
    assert get().content == b"stands"


@pytest.mark.load
def test_failures_leave_neither_threads_nor_memory_behind(
    fault_server: Start, settings: Any
) -> None:
    settings.LAYOUT_SERVICE_TIMEOUT = 0.2
    settings.SITECORE_CIRCUIT_FAILURES = 0
    servers = []
    for name in ("hang within the body", "bomb", "reset after the headers", "truncated body"):
        server = fault_server(lambda _connection: None)
        server.behaviour = FAULTS[name](server)
        servers.append(server)

    def fail() -> None:
        for server in servers:
            settings.SITECORE_API_HOST = server.url
            assert get().status_code == 503

    fail()
    threads = set(threading.enumerate())
    gc.collect()
    tracemalloc.start()
    for _ in range(3):
        fail()
    for server in servers:
        server.stop()
    gc.collect()
    grown, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert grown < 1_000_000
    assert set(threading.enumerate()) <= threads
