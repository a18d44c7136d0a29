"""The running site as a browser sees it, through a proxy that can lay obstacles."""

import json
import sqlite3
import time
from contextlib import closing
from http.client import HTTPConnection, HTTPResponse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from tests.end_to_end.instances import Instance

SERVICE_PATH = "/sitecore/api/jss/track"
EVENT_PATH = f"{SERVICE_PATH}/event"
HOP_BY_HOP = {"connection", "transfer-encoding", "content-length", "keep-alive"}
EVENTS = """
    SELECT e.kind, COALESCE(d.alias, e.url), e.data FROM jss_tracking_trackedevent e
    LEFT JOIN jss_tracking_definition d ON d.guid = e.definition_id
    ORDER BY e.timestamp, e.sequence
"""


class Proxy(ThreadingHTTPServer):
    """Passes everything on to an instance.

    ``failures`` are answered before that to posted events, one a request: a status, or a
    status and headers. As many as ``lost`` says reach the site, and no answer comes back.
    ``pages`` are pages of the tests' own; ``headers`` go down with each.
    ``posts`` are the bodies that came.
    """

    daemon_threads = True

    def __init__(self, instance: Instance) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.upstream = instance.url.removeprefix("http://")
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.database = instance.environment["DATABASE_URL"].removeprefix("sqlite:///")
        self.reset()
        Thread(target=self.serve_forever, daemon=True).start()

    def reset(self) -> None:
        """No obstacles, and nothing recorded."""
        self.failures: list[int | tuple[int, dict[str, str]]] = []
        self.pages: dict[str, str] = {}
        self.headers: dict[str, str] = {}
        self.posts: list[list[dict[str, Any]]] = []
        self.delay = 0.0
        self.lost = 0
        with closing(self.connect()) as connection, connection:
            connection.execute("DELETE FROM jss_tracking_trackedevent")

    def connect(self) -> sqlite3.Connection:
        return sqlite3.connect(self.database, timeout=20)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that hangs up is no error."""

    def recorded(self, kind: str = "") -> list[tuple[str, dict[str, Any]]]:
        """Alias or address, and data, of the events that the server has kept, in order."""
        with closing(self.connect()) as connection:
            rows = connection.execute(EVENTS).fetchall()
        return [(name, json.loads(data)) for of, name, data in rows if kind in ("", of)]

    def visits(self) -> int:
        """Of how many interactions the events are that the server has kept."""
        with closing(self.connect()) as connection:
            query = "SELECT COUNT(DISTINCT interaction_id) FROM jss_tracking_trackedevent"
            return int(connection.execute(query).fetchone()[0])

    def numbers(self) -> list[int]:
        """The ``n`` of the events that the server has kept, in order."""
        return [data["n"] for _, data in self.recorded() if "n" in data]

    def settled(self, count: int, seconds: float = 20) -> list[int]:
        """``numbers``, once that many have come, and a moment for one too many."""
        deadline = time.monotonic() + seconds
        while len(self.numbers()) < count and time.monotonic() < deadline:
            time.sleep(0.1)
        time.sleep(0.7)
        return self.numbers()


class Handler(BaseHTTPRequestHandler):
    server: Proxy
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if path in self.server.pages:
            page = self.server.pages[path].encode()
            self.answer(200, {"Content-Type": "text/html; charset=utf-8"}, page)
        else:
            self.pass_on(b"")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path.startswith(EVENT_PATH):
            self.server.posts.append(json.loads(body))
            time.sleep(self.server.delay)
            if self.server.failures:
                failure = self.server.failures.pop(0)
                status, headers = failure if isinstance(failure, tuple) else (failure, {})
                self.answer(status, headers, b"")
                return
            if self.server.lost:
                self.server.lost -= 1
                self.ask(body)
                self.close_connection = True
                return
        self.pass_on(body)

    def ask(self, body: bytes) -> tuple[HTTPResponse, bytes]:
        headers = {k: v for k, v in self.headers.items() if k.lower() not in HOP_BY_HOP}
        with closing(HTTPConnection(self.server.upstream, timeout=20)) as connection:
            connection.request(self.command, self.path, body, headers)
            response = connection.getresponse()
            return response, response.read()

    def pass_on(self, body: bytes) -> None:
        response, content = self.ask(body)
        self.send_response(response.status)
        for name, value in response.getheaders():
            if name.lower() not in HOP_BY_HOP:
                self.send_header(name, value)
        self.finish_answer(content)

    def answer(self, status: int, headers: dict[str, str], content: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.finish_answer(content)

    def finish_answer(self, content: bytes) -> None:
        for name, value in self.server.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        pass


KEY = "7a5e1c0e-6a2b-4c7e-9d5f-000000000001"


def page(body: str = "", html: str = "", **script: str) -> str:
    """A page with the client as ``{% tracker %}`` loads it."""
    attributes = {
        "type": "module",
        "src": "/static/jss_tracking/tracker.js",
        "data-service-url": SERVICE_PATH,
        "data-api-key": KEY,
        "data-page-id": "110d559f-dea5-42ea-9c1c-8a5df7e70ef9",
        "data-counted": "true",
        "data-consent": "given",
        **{name.replace("_", "-"): value for name, value in script.items()},
    }
    tag = " ".join(f'{name}="{value}"' for name, value in attributes.items())
    return (
        f'<!doctype html><html lang="en" {html}><head><title>Lab</title>'
        f'<link rel="icon" href="data:,"><script {tag}></script></head><body>{body}</body></html>'
    )
