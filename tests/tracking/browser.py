"""A visitor's browser before the embedded tracker: it keeps the cookies that it is given."""

from typing import Any

from jss_layout.sites import SiteDefinition
from jss_tracking.pipeline import BatchResult, run
from jss_tracking.processors import processors
from jss_tracking.trackers import Visitor
from jss_tracking.trackers.database import DatabaseTracker

HOME = "{110D559F-DEA5-42EA-9C1C-8A5DF7E70EF9}"
DEVICE = "SC_ANALYTICS_GLOBAL_COOKIE"
SESSION = "ASP.NET_SessionId"


def page(url: str = "/", **data: Any) -> dict[str, Any]:
    return {"pageId": HOME, "url": url, **data}


class Browser:
    """``track`` and ``flush`` are one request each."""

    def __init__(self, cookies: dict[str, str] | None = None, **visitor: Any) -> None:
        self.cookies = dict(cookies or {})
        self.visitor = {"site": SiteDefinition("website"), **visitor}

    def request(self) -> DatabaseTracker:
        """A request that arrives now."""
        return DatabaseTracker(Visitor(cookies=tuple(self.cookies.items()), **self.visitor))

    def answer(self, tracker: DatabaseTracker) -> None:
        """Its answer arrives."""
        for line in tracker.set_cookies:
            name, _, value = line.partition(";")[0].partition("=")
            self.cookies[name] = value

    def track(self, *payloads: dict[str, Any]) -> BatchResult:
        tracker = self.request()
        result = run(payloads, tracker, processors.chain())
        self.answer(tracker)
        return result

    def flush(self) -> None:
        tracker = self.request()
        tracker.flush()
        self.answer(tracker)
