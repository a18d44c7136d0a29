"""This process's own site at the end of a real socket, so that a test's settings hold for it."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from django.core.handlers.wsgi import WSGIHandler
from django.core.servers.basehttp import ThreadedWSGIServer
from django.db import connections
from django.test.testcases import QuietWSGIRequestHandler


class _Server(ThreadedWSGIServer):
    """Ends its connections, so that no thread of one outlives the database of its test."""

    daemon_threads = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._connections: list[socket.socket] = []

    def process_request(self, request: Any, client_address: Any) -> None:
        self._connections.append(request)
        super().process_request(request, client_address)

    def server_close(self) -> None:
        for connection in self._connections:
            with suppress(OSError):  # It has ended.
                connection.shutdown(socket.SHUT_RDWR)
        super().server_close()


@contextmanager
def served(address: str = "127.0.0.1", context: ssl.SSLContext | None = None) -> Iterator[str]:
    """Its URL, over IPv4 or IPv6, and over TLS with a ``context``.

    Raises :class:`RuntimeError` if its threads would commit rows that no rollback takes back,
    for other tests to find.
    """
    shared = {one.alias: one for one in connections.all() if _is_in_memory(one)}
    for one in connections.all():
        if one.in_atomic_block and one.alias not in shared:
            raise RuntimeError(f"Mark the test django_db(transaction=True), for {one.alias!r}")
    ipv6 = ":" in address
    server = _Server((address, 0), QuietWSGIRequestHandler, ipv6=ipv6, connections_override=shared)
    server.set_app(WSGIHandler())
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        server.base_environ["HTTPS"] = "on"
    for one in shared.values():
        one.inc_thread_sharing()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    host = f"[{address}]" if ipv6 else address
    try:
        yield f"{'https' if context else 'http'}://{host}:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        for one in shared.values():
            one.dec_thread_sharing()


def _is_in_memory(connection: Any) -> bool:
    """Whether a thread with a connection of its own would find an empty database."""
    return connection.vendor == "sqlite" and bool(connection.is_in_memory_db())
