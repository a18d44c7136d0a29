"""A proxy before the stand-in Sitecore that fails as it is told, and counts what passes.

The stand-in would know an event again by its id and so hide that it came twice; Sitecore
would not. So what counts is what the proxy passes on.
"""

import json
import random
import select
import socket
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import requests

WAYS = ("well", "error", "busy", "unavailable", "silent", "reset")
STATUSES = {"error": 500, "busy": 429, "unavailable": 503}
HOP_BY_HOP = {"connection", "transfer-encoding", "content-length", "content-encoding", "host"}
SILENCE_SECONDS = 60
LATE_SECONDS = 0.5
"""After this time the caller may have had enough: machines that test are slow now and then."""


class Record:
    """What became of events: by their ``eventUid``, and by the visitor whose name it begins with.

    ``passed`` counts how often the stand-in took each; ``order`` has a visitor's in the
    order in which they did; ``seen`` how their batches fared; ``together`` names visitors of
    whom somebody sent a batch while another one still waited for an answer.
    """

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.passed: Counter[str] = Counter()
        self.order: defaultdict[str, list[str]] = defaultdict(list)
        self.seen: defaultdict[str, set[str]] = defaultdict(set)
        self.together: list[str] = []
        self._waiting: defaultdict[str, list[socket.socket]] = defaultdict(list)

    @contextmanager
    def running(self, visitor: str, caller: socket.socket) -> Iterator[None]:
        """The caller has sent a batch of the visitor and waits for the answer."""
        with self.lock:
            if not all(map(_is_gone, self._waiting[visitor])):
                self.together.append(visitor)
            self._waiting[visitor].append(caller)
        try:
            yield
        finally:
            with self.lock:
                self._waiting[visitor].remove(caller)

    def pass_on(self, visitor: str, uids: list[str]) -> None:
        """The stand-in has taken them."""
        with self.lock:
            self.passed.update(uids)
            self.order[visitor].extend(uids)

    def note(self, uids: list[str], how: str) -> None:
        """They were answered so."""
        with self.lock:
            for uid in uids:
                self.seen[uid].add(how)


def _is_gone(caller: socket.socket) -> bool:
    """Whether the caller has had enough, or was killed."""
    try:
        readable, _, _ = select.select([caller], [], [], 0)
        return bool(readable) and caller.recv(1, socket.MSG_PEEK) == b""
    except (OSError, ValueError):
        return True


class FaultyProxy:
    """Stands at one port, whether it listens there or is away; fails in the way of ``way``.

    What it fails at it has passed on or not, by chance: nobody can tell from its answer.
    """

    def __init__(self, upstream: str, port: int) -> None:
        self.way = "well"
        self.record = Record()
        self.upstream = upstream
        self.url = f"http://127.0.0.1:{port}"
        self._port = port
        self._server: _Server | None = None

    def come(self) -> None:
        """Listen."""
        if self._server is None:
            self._server = _Server(("127.0.0.1", self._port), self)
            threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def go(self) -> None:
        """Be gone: nobody listens, and connections are cut."""
        if self._server is not None:
            server, self._server = self._server, None
            server.shutdown()
            server.server_close()
            server.cut()

    def is_away(self, server: "_Server") -> bool:
        """Whether this server's connections were cut."""
        return server is not self._server


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], proxy: FaultyProxy) -> None:
        self.proxy = proxy
        self._connections: list[socket.socket] = []
        super().__init__(address, _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        self._connections.append(request)
        super().process_request(request, client_address)

    def cut(self) -> None:
        for connection in self._connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Those who call are killed now and then."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        uids = [event["eventUid"] for event in json.loads(body)]
        visitor = uids[0].rpartition("-")[0]
        with self.server.proxy.record.running(visitor, self.connection):
            self._fare(visitor, uids, body)

    def _fare(self, visitor: str, uids: list[str], body: bytes) -> None:
        proxy = self.server.proxy
        way, started = proxy.way, time.monotonic()
        proxy.record.note(uids, way)
        may_pass = way in ("error", "silent", "reset") and random.random() < 0.5
        if way == "well" or may_pass:
            answer = self._upstream(body)
            if answer.ok:
                proxy.record.pass_on(visitor, uids)
        if _is_gone(self.connection):
            proxy.record.note(uids, "late")
        if way == "well":
            self._answer(answer.status_code, answer)
        elif way in STATUSES:
            self._answer(STATUSES[way], None)
        else:
            self._say_nothing(way)
        if proxy.is_away(self.server):
            proxy.record.note(uids, "cut")
        if time.monotonic() - started > LATE_SECONDS:
            proxy.record.note(uids, "late")

    def _upstream(self, body: bytes) -> requests.Response:
        headers = {k: v for k, v in self.headers.items() if k.lower() not in HOP_BY_HOP}
        url = self.server.proxy.upstream + self.path
        return requests.post(url, data=body, headers=headers, timeout=30)

    def _answer(self, status: int, answer: requests.Response | None) -> None:
        content = answer.content if answer is not None else b""
        with suppress(OSError):  # whoever asked may have been killed
            self._write(status, answer, content)

    def _write(self, status: int, answer: requests.Response | None, content: bytes) -> None:
        self.send_response(status)
        if answer is not None:
            for name, value in answer.raw.headers.items():
                if name.lower() not in HOP_BY_HOP:
                    self.send_header(name, value)
        if status in (429, 503):
            self.send_header("Retry-After", "1")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _say_nothing(self, way: str) -> None:
        """Until the caller has had enough, or at once and for good."""
        if way == "silent":
            select.select([self.connection], [], [], SILENCE_SECONDS)
        self.close_connection = True
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, *_: Any) -> None:
        """Nothing."""
