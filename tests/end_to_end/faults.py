"""Everything that a Sitecore may do wrong, each a server of its own on real sockets."""

import gzip
import socket
import ssl
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.end_to_end.instances import free_port
from tests.layout.fault_server import (
    Behaviour,
    FaultServer,
    answer,
    make_certificate,
    reset,
    server_context,
)

MEGABYTE = 1_000_000


def says(data: bytes) -> Behaviour:
    return lambda connection: connection.sendall(data)


def says_and(data: bytes, then: Behaviour) -> Behaviour:
    def behave(connection: socket.socket) -> None:
        connection.sendall(data)
        then(connection)

    return behave


def hang(connection: socket.socket) -> None:
    """Until the other side has had enough."""
    connection.settimeout(30)
    connection.recv(1)


def end(connection: socket.socket) -> None:
    connection.shutdown(socket.SHUT_RDWR)


def a_byte_a_second(data: bytes) -> Behaviour:
    def behave(connection: socket.socket) -> None:
        connection.settimeout(1)
        for byte in data:
            connection.sendall(bytes([byte]))
            try:
                if not connection.recv(1):
                    return
            except TimeoutError:
                pass

    return behave


def fifty_megabytes(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n")
    for _ in range(50):
        connection.sendall(b" " * MEGABYTE)
    end(connection)


def bomb() -> bytes:
    """500 MB in half a megabyte."""
    return gzip.compress(bytes(500 * MEGABYTE), 1)


def behaviours() -> dict[str, Behaviour]:
    """What each server does with a request, by the name of its fault."""
    begun = answer(b'{"sitecore"', "Content-Length: 900", "Content-Type: application/json")
    statuses = ("500 Error", "502 Bad Gateway", "503 Unavailable", "301 Moved Permanently")
    return {
        "reset-before-headers": reset,
        "reset-after-headers": says_and(begun, reset),
        "hang-before-headers": hang,
        "hang-in-headers": says_and(b"HTTP/1.1 200 OK\r\nX-Y: ", hang),
        "hang-in-body": says_and(begun, hang),
        "byte-a-second-in-headers": a_byte_a_second(answer(b"{}", "X: " + "y" * 99)),
        "byte-a-second-in-body": says_and(begun, a_byte_a_second(b" " * 99)),
        "truncated-body": says_and(begun, end),
        "length-too-short": says(answer(b'{"sitecore":{}}', "Content-Length: 5")),
        "html": says(answer(b"<!doctype html><title>Login</title>", "Content-Type: text/html")),
        "fifty-megabytes": fifty_megabytes,
        "fifty-megabytes-declared": says(answer(b" ", f"Content-Length: {50 * MEGABYTE}")),
        "invalid-utf-8": says(answer(b'{"sitecore":{"route":{"name":"\xff"}}}')),
        "gzip-bomb": says(answer(bomb(), "Content-Encoding: gzip")),
        **{status[:3]: says(answer(b"", "Location: /x", status=status)) for status in statuses},
    }


@contextmanager
def faulty_servers(folder: Path) -> Iterator[dict[str, str]]:
    """Their addresses, by the names of their faults."""
    with ExitStack() as stack:

        def start(behaviour: Behaviour, context: ssl.SSLContext | None = None) -> str:
            server = FaultServer(behaviour, context)
            stack.callback(server.stop)
            return server.url

        yield {
            **{name: start(behaviour) for name, behaviour in behaviours().items()},
            "refused": f"http://127.0.0.1:{free_port()}",
            "tls-failure": start(hang, server_context(make_certificate(folder))),
        }
