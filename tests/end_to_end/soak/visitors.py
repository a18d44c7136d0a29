"""Visitors whose client sends a batch again until the answer is 2xx."""

import random
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import requests

EVENT = "/sitecore/api/jss/track/event"
HOME = "{110D559F-DEA5-42EA-9C1C-8A5DF7E70EF9}"
KINDS: tuple[dict[str, Any], ...] = (
    {"pageId": HOME, "url": "/"},
    {"eventId": "Download"},
    {"goalId": "Register"},
    {"outcomeId": "Opportunity", "monetaryValue": "12.5", "currencyCode": "EUR"},
)
# What calls itself a robot is forgotten after a while.
USER_AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36"
LARGEST_BATCH = 20
AT_ONCE = 24
TIMEOUT_SECONDS = 5
PAUSE_SECONDS = 0.05


@dataclass
class VisitorsReport:
    """What visitors sent, and what they were answered; ``uids`` in the order of each visitor."""

    uids: dict[str, list[str]] = field(default_factory=dict)
    acknowledged: set[str] = field(default_factory=set)
    errors: list[Any] = field(default_factory=list)
    resent: int = 0

    def progress(self) -> int:
        """How many events are answered 2xx."""
        return len(self.acknowledged)


def send_all(
    url: str, key: str, visitors: int, events: int, seconds: float, report: VisitorsReport
) -> None:
    """Let visitors at ``url`` send that many events each; they give up when the time is over."""
    deadline = time.monotonic() + seconds

    def visit(number: int) -> None:
        name = f"{number:03}-{uuid4().hex}"
        uids = [f"{name}-{event:04}" for event in range(events)]
        report.uids[name] = uids
        _visit(f"{url}{EVENT}?sc_apikey={key}", uids, random.Random(number), report, deadline)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(visit, range(visitors)))


def _visit(
    url: str, uids: Sequence[str], chance: random.Random, report: VisitorsReport, deadline: float
) -> None:
    with requests.Session() as browser:
        browser.trust_env = False
        browser.headers["User-Agent"] = USER_AGENT
        for batch in _batches(uids, chance):
            payloads = [chance.choice(KINDS) | {"eventUid": uid} for uid in batch]
            while not _is_taken(browser, url, payloads, report):
                if time.monotonic() > deadline:
                    return
                report.resent += 1
                time.sleep(PAUSE_SECONDS)
            report.acknowledged.update(batch)


def _batches(uids: Sequence[str], chance: random.Random) -> Iterator[Sequence[str]]:
    start = 0
    while start < len(uids):
        end = start + chance.randint(1, LARGEST_BATCH)
        yield uids[start:end]
        start = end


def _is_taken(
    browser: requests.Session, url: str, payloads: list[dict[str, Any]], report: VisitorsReport
) -> bool:
    try:
        answer = browser.post(url, json=payloads, timeout=TIMEOUT_SECONDS)
    except requests.RequestException:
        return False
    if not answer.ok:
        if answer.status_code < 500:
            report.errors.append((answer.status_code, answer.text))
        return False
    report.errors.extend(answer.json()["errors"])
    return True
