"""Visitors of a connected site, what they send, and time that passes."""

from datetime import timedelta
from typing import Any

import msgspec
import responses
from django.db.models import F

from jss_layout.sites import environment_site
from jss_tracking.events import Payload
from jss_tracking.models import QueuedBatch, SessionLease
from jss_tracking.pipeline import BatchResult, run
from jss_tracking.trackers import Visitor
from jss_tracking.trackers.sitecore import SitecoreTracker
from tests.sensitive import ANALYTICS_COOKIE, SESSION_COOKIE

EVENT = "https://cd.example.com/sitecore/api/jss/track/event"
FLUSH = "https://cd.example.com/sitecore/api/jss/track/flush"
COOKIES = f"ASP.NET_SessionId={SESSION_COOKIE}; SC_ANALYTICS_GLOBAL_COOKIE={ANALYTICS_COOKIE}"
ADDRESS = "203.0.113.9"

State = QueuedBatch.State


def a_visitor(cookie_header: str = COOKIES, **values: Any) -> Visitor:
    headers = {"User-Agent": "Firefox", "X-Forwarded-For": ADDRESS}
    if cookie_header:
        headers["Cookie"] = cookie_header
    return Visitor(environment_site(), host="testserver", headers=tuple(headers.items()), **values)


def send(*names: str, visitor: Visitor | None = None, **data: Any) -> BatchResult:
    """What becomes of a batch of these goals."""
    payloads: list[Payload] = [{"goalId": name, **data} for name in names]
    return run(payloads, SitecoreTracker(visitor or a_visitor()), [])


def answers(fake: responses.RequestsMock, *statuses: int, **values: Any) -> None:
    """The Sitecore answers so, the last way for ever."""
    fake.remove(responses.POST, EVENT)
    for status in statuses:
        fake.post(EVENT, status=status, **values)


def taken(fake: responses.RequestsMock) -> list[list[str]]:
    """Names of the goals of each batch that the Sitecore was sent."""
    bodies = [msgspec.json.decode(call.request.body or b"") for call in fake.calls]
    return [[event["goalId"] for event in body] for body in bodies]


def queued(state: str = State.WAITING) -> list[str]:
    """Names of the goals in the queue, in order."""
    rows = QueuedBatch.objects.filter(state=state)
    return [event["goalId"] for row in rows for event in msgspec.json.decode(row.body)]


def let_pass(seconds: float) -> None:
    """All that is stored is so much older."""
    time = timedelta(seconds=seconds)
    QueuedBatch.objects.update(created=F("created") - time, due=F("due") - time)
    SessionLease.objects.update(expires=F("expires") - time)
