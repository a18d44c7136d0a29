"""A Sitecore stand-in that knows each visitor by their cookies and writes down who asked what.

It is a process of its own (``python -m tests.end_to_end.gate.upstream PORT``), or a thread
of a test (``upstream()``). Whoever brings no cookie is new, and gets those of the name that
stands in the user agent; whoever brings one is believed by it alone.
"""

import json
import re
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

DEVICE = "SC_ANALYTICS_GLOBAL_COOKIE"
SESSION = "ASP.NET_SessionId"
SHOWN = "Shown"
LAYOUT = "/sitecore/api/layout/render/"
DICTIONARY = "/sitecore/api/jss/dictionary/"
EVENT = "/sitecore/api/jss/track/event"
RECORD = "/record"


class Upstream(ThreadingHTTPServer):
    """Serves until it is shut down; ``calls`` is what came.

    A test may change ``cookies``, what an answer sets, ``context``, what the context of every
    page has besides, ``event_status``, and ``moved``, an address to which every page has moved.
    """

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.calls: list[dict[str, Any]] = []
        self.cookies: Callable[[str, str], tuple[str, ...]] = cookies_for
        self.context: dict[str, Any] = {}
        self.event_status = 200
        self.moved = ""

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    """Answers the three services, and what was asked of them."""

    protocol_version = "HTTP/1.1"
    # Head and body in one segment each: Nagle's wait would make it a slow one.
    disable_nagle_algorithm = True
    server: Upstream

    def do_GET(self) -> None:
        """The layout of any item, an empty dictionary, or the record."""
        path = urlsplit(self.path).path
        if path == RECORD:
            self._answer(self.server.calls)
        elif path.startswith(DICTIONARY):
            self._note("dictionary", "")
            self._answer({"lang": "en", "app": "site", "phrases": {}})
        elif path.startswith(LAYOUT):
            item = parse_qs(urlsplit(self.path).query)["item"][0]
            visitor = self._note("page", item)
            page = layout(visitor, item)
            page["sitecore"]["context"] |= self.server.context
            self._answer(page, self.server.cookies(visitor, item))
        else:
            self._answer({}, status=404)

    def do_POST(self) -> None:
        """Take events."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        cookies: tuple[str, ...] = ()
        for event in json.loads(body):
            visitor = self._note("event", event["label"])
            cookies = self.server.cookies(visitor, event["label"])
        self._answer({}, cookies, self.server.event_status)

    def _note(self, kind: str, what: str) -> str:
        """Write the call down; the visitor whom its cookies name, else the one who is new."""
        cookies = dict(re.findall(r"([^=;\s]+)=([^;]*)", self.headers.get("Cookie", "")))
        agent = self.headers.get("User-Agent", "")
        self.server.calls.append(
            {
                "kind": kind,
                "what": what,
                "tracking": parse_qs(urlsplit(self.path).query).get("tracking", [""])[0],
                "cookies": cookies,
                "agent": agent,
                "address": self.headers.get_all("X-Forwarded-For", []),
                "referrer": self.headers.get("Referer", ""),
                "headers": self.headers.items(),
            }
        )
        return cookies.get(DEVICE, "").partition("|")[0] or agent.removeprefix("Visitor/")

    def _answer(self, value: Any, cookies: tuple[str, ...] = (), status: int = 200) -> None:
        body = json.dumps(value).encode()
        self.send_response(302 if self.server.moved else status)
        if self.server.moved:
            self.send_header("Location", self.server.moved + self.path)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        for cookie in cookies:
            self.send_header("Set-Cookie", cookie)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 — the base's name
        """Say nothing."""


def cookies_for(visitor: str, what: str) -> tuple[str, ...]:
    """The cookies of an answer: who the visitor is, and what was asked."""
    return (
        f"{DEVICE}={visitor}|True; expires=Wed, 20-Nov-2036 10:00:00 GMT; path=/; HttpOnly",
        f"{SESSION}={visitor}; path=/; HttpOnly; SameSite=Lax",
        f"{SHOWN}={visitor}#{what}; path=/",
    )


def layout(visitor: str, item: str) -> dict[str, Any]:
    """A page that names its visitor in its title and deep within its components."""
    block = {
        "componentName": "ContentBlock",
        "fields": {"heading": {"value": "The same for all"}, "content": {"value": f"[{visitor}]"}},
    }
    section = {"componentName": "Section", "placeholders": {"section": [block]}}
    route = {
        "name": "page",
        "itemId": "110d559f-dea5-42ea-9c1c-8a5df7e70ef9",
        "fields": {"pageTitle": {"value": f"[{visitor}] {item}"}},
        "placeholders": {"jss-header": [], "jss-main": [block, section], "jss-footer": []},
    }
    context = {"pageEditing": False, "site": {"name": "site"}, "language": "en"}
    return {"sitecore": {"context": context, "route": route}}


@contextmanager
def upstream() -> Iterator[Upstream]:
    """One that serves in a thread."""
    server = Upstream()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


if __name__ == "__main__":
    Upstream(int(sys.argv[1])).serve_forever()
