"""Visitors who all come at once, and what each of them must never see."""

import json
import re
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import urlsplit

from jss_layout.connections import REFUSAL
from tests.end_to_end.gate.upstream import DEVICE, SESSION, SHOWN

# Status, the values of Set-Cookie, and the body.
Answer = tuple[int, list[str], str]

# RFC 5737: addresses that are nobody's.
ADDRESS = "203.0.113.{}"
TIMEOUT_SECONDS = 60
TAKEN = (200, {"tracked": 1, "errors": []})
# What a machine that is busy with other things makes of an event that takes seconds to store.
QUEUED = (202, {"tracked": 0, "errors": [], "queued": 1})
# And of a request for which no thread is free within a second: nobody has read it.
REFUSED: Answer = (503, [], REFUSAL.partition(b"\r\n\r\n")[2].decode())
TRIES = 30


class Visitor:
    """One browser: its cookies, its address, its connection. ``faults`` is what went wrong."""

    def __init__(self, url: str, key: str, number: int) -> None:
        self.id = f"{number:032x}"
        self.faults: list[str] = []
        self._address = ADDRESS.format(number)
        self._key = key
        self._cookies: dict[str, str] = {}
        self._netloc = urlsplit(url).netloc
        self._connection = HTTPConnection(self._netloc, timeout=TIMEOUT_SECONDS)

    def visit(self, rounds: int) -> None:
        """So many pages, an event after each of them."""
        for turn in range(rounds):
            # Each page on a new connection, so that the visitor meets every worker.
            self._connection.close()
            self._look(f"/{self.id}/{turn}")
            self._act(f"{self.id}-{turn}")
        self._connection.close()

    def _look(self, path: str) -> None:
        status, set_cookies, body = self._send("GET", path)
        self._expect(status == 200, f"{path} is {status}")
        named = set(re.findall(r"\[([0-9a-f]{32})\]", body))
        self._expect(named == {self.id}, f"{path} shows {named}")
        self._expect(f"[{self.id}] {path}</title>" in body, f"{path} is another page")
        self._keep(set_cookies, path)

    def _act(self, label: str) -> None:
        events = json.dumps([{"eventId": "Download", "label": label}])
        status, set_cookies, body = self._send(
            "POST", f"/sitecore/api/jss/track/event?sc_apikey={self._key}", events
        )
        answer = (status, json.loads(body))
        self._expect(answer in (TAKEN, QUEUED), f"{label} is {status}: {body}")
        if answer == QUEUED:
            self._expect(set_cookies == [], f"{label}, which waits, sets {set_cookies}")
        else:
            self._keep(set_cookies, label)

    def _send(self, method: str, path: str, body: str = "") -> Answer:
        """The answer; of a server that is busy, that to a later try."""
        for _ in range(TRIES):
            if (answer := self._send_once(method, path, body)) != REFUSED:
                break
            time.sleep(1)  # as its Retry-After says
        return answer

    def _send_once(self, method: str, path: str, body: str) -> Answer:
        headers = {
            "User-Agent": f"Visitor/{self.id}",
            "Referer": f"http://{self._netloc}/from/{self.id}",
            # The last entry is what a proxy of one's own says; what stands before is a claim.
            "X-Forwarded-For": f"198.51.100.1, {self._address}",
            "Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items()),
            "Content-Type": "application/json",
        }
        sent = {name: value for name, value in headers.items() if value}
        try:
            self._connection.request(method, path, body or None, sent)
            response = self._connection.getresponse()
            cookies = response.headers.get_all("Set-Cookie", [])
            return response.status, cookies, response.read().decode()
        except (OSError, HTTPException) as error:
            self._connection.close()
            self.faults.append(f"{self.id}: {path}: {error!r}")
            return 0, [], "{}"

    def _keep(self, set_cookies: Iterable[str], what: str) -> None:
        """Keep them as a browser does; they must be this visitor's, of this very answer."""
        given = dict(cookie.partition(";")[0].split("=", 1) for cookie in set_cookies)
        expected = {DEVICE: f"{self.id}|True", SESSION: self.id, SHOWN: f"{self.id}#{what}"}
        self._expect(given == expected, f"{what} sets {given}")
        self._cookies.update(given)

    def _expect(self, holds: bool, fault: str) -> None:
        if not holds:
            self.faults.append(f"{self.id}: {fault[:400]}")


def crowd(url: str, key: str, visitors: int, rounds: int) -> tuple[list[str], float]:
    """Let so many visitors in at once; what they saw amiss, and the seconds it took."""
    everyone = [Visitor(url, key, number) for number in range(1, visitors + 1)]
    started = time.monotonic()
    with ThreadPoolExecutor(visitors) as pool:
        list(pool.map(lambda visitor: visitor.visit(rounds), everyone))
    return [fault for one in everyone for fault in one.faults], time.monotonic() - started


def mixed_up(calls: Iterable[dict[str, Any]]) -> Iterator[str]:
    """Calls that reached Sitecore with something of another visitor's, or too much of anyone's.

    Who made a call stands in its user agent, in its item or event, in its referrer, in the
    address and in each cookie: all must say the same.
    """
    for call in calls:
        if call["kind"] == "dictionary":
            if call["cookies"] or call["address"] or call["agent"]:
                yield f"the dictionary was asked with what is a visitor's: {call}"
            continue
        visitor = call["agent"].removeprefix("Visitor/")
        seen = {
            re.split(r"[/-]", call["what"].lstrip("/"))[0],
            call["referrer"].rpartition("/")[2],
            *(re.split(r"[|#]", value)[0] for value in call["cookies"].values()),
        }
        if seen != {visitor} or call["address"] != [ADDRESS.format(int(visitor or "0", 16))]:
            yield f"a call of {visitor}: {call}"
