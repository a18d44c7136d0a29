"""Posts over HTTP, on connections that are kept."""

import json
from collections.abc import Callable
from http.client import HTTPConnection
from itertools import cycle, islice
from uuid import uuid4

from benchmarks.tracker.load import Work

VISITORS = 200
EVENT = "/sitecore/api/jss/track/event"
USER_AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36"
PAYLOADS = (
    {"pageId": "{110D559F-DEA5-42EA-9C1C-8A5DF7E70EF9}", "url": "/"},
    {"eventId": "Download"},
    {"goalId": "Register"},
    {"outcomeId": "Opportunity", "monetaryValue": "12.5", "currencyCode": "EUR"},
    {"goalId": "Instant Demo"},
)


class Refused(Exception):
    """The answer is not what it should be."""


def posting(
    netloc: str, path: str, message: Callable[[int], tuple[bytes, dict[str, str]]], expected: bytes
) -> Work:
    """A connection that posts ``message(number)``, a body and what tells its visitor apart."""
    connection = HTTPConnection(netloc, timeout=30)

    def post(number: int) -> None:
        body, visitor = message(number)
        headers = {"Content-Type": "application/json", "User-Agent": USER_AGENT, **visitor}
        connection.request("POST", path, body, headers)
        answer = connection.getresponse()
        text = answer.read()
        if answer.status != 200 or not text.startswith(expected):
            raise Refused(f"{answer.status} {text[:200]!r}")

    return post


def tracking(netloc: str, key: str, cookies: list[str], events: int) -> Callable[[], Work]:
    """Makes connections that post batches, each of the next visitor."""

    def message(number: int) -> tuple[bytes, dict[str, str]]:
        batch = islice(cycle(PAYLOADS), events)
        uids = [payload | {"eventUid": uuid4().hex} for payload in batch]
        return json.dumps(uids).encode(), {"Cookie": cookies[number % len(cookies)]}

    expected = b'{"tracked": %d, "errors": []}' % events
    return lambda: posting(netloc, f"{EVENT}?sc_apikey={key}", message, expected)


def visitors_cookies(netloc: str, key: str) -> list[str]:
    """The ``Cookie`` headers of visitors who have been here before."""
    connection = HTTPConnection(netloc, timeout=30)
    cookies = []
    for _ in range(VISITORS):
        body = json.dumps([PAYLOADS[0]])
        headers = {"Content-Type": "application/json", "User-Agent": USER_AGENT}
        connection.request("POST", f"{EVENT}?sc_apikey={key}", body, headers)
        answer = connection.getresponse()
        answer.read()
        lines = answer.headers.get_all("Set-Cookie") or []
        cookies.append("; ".join(line.partition(";")[0] for line in lines))
    return cookies
