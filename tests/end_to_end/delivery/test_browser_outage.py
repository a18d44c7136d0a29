"""Sitecore stops while a person is on the page, and comes back: nobody has to do anything."""

import json
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.sync_api import Page

from tests.end_to_end.chromium import visitor
from tests.end_to_end.conftest import MAKE_KEY
from tests.end_to_end.instances import Instance, free_port, instance

pytestmark = pytest.mark.browser

SECONDS = 60
BUTTONS = ("Send “Download”", "Reach “Instant Demo”", "Trigger “Opportunity”")
EVENTS = """
import json
from jss_tracking.models import TrackedEvent
rows = TrackedEvent.objects.exclude(kind="page_view").order_by("interaction__started", "sequence")
print("ROWS" + json.dumps([row.definition.alias for row in rows.select_related("definition")]))
"""


class Sitecore:
    """An instance that stops and starts, with a database that stays."""

    def __init__(self, folder: Path, connected_port: int) -> None:
        self.key = str(uuid4())
        self._folder = folder
        self._port = free_port()
        self._origin = f"http://127.0.0.1:{connected_port}"
        self._running: AbstractContextManager[Instance] | None = None
        self.url = f"http://127.0.0.1:{self._port}"
        self.start()
        self.site.manage("shell", "-c", MAKE_KEY.format(key=self.key, origin=self._origin))

    def start(self) -> None:
        """With all that it had."""
        self._running = instance(
            self._folder / "sitecore",
            port=self._port,
            SITECORE_API_KEY=str(uuid4()),
            DATABASE_URL=f"sqlite:///{self._folder / 'sitecore.sqlite3'}",
        )
        self.site = self._running.__enter__()

    def stop(self) -> None:
        """Nobody listens any more."""
        if self._running is not None:
            self._running.__exit__(None, None, None)
            self._running = None

    def events(self) -> list[str]:
        """What was tracked, but for page views, in order."""
        loaded: list[str] = json.loads(self.site.manage("shell", "-c", EVENTS).partition("ROWS")[2])
        return loaded


@pytest.fixture
def connected_port() -> int:
    return free_port()


@pytest.fixture
def sitecore(tmp_path: Path, connected_port: int) -> Iterator[Sitecore]:
    found = Sitecore(tmp_path, connected_port)
    yield found
    found.stop()


@pytest.fixture
def connected(tmp_path: Path, connected_port: int, sitecore: Sitecore) -> Iterator[Instance]:
    """The site that the browser sees, served as ``make serve`` does."""
    with instance(
        tmp_path / "connected",
        port=connected_port,
        JSS_MODE="connected",
        SITECORE_API_HOST=sitecore.url,
        SITECORE_API_KEY=sitecore.key,
    ) as site:
        yield site


def click(page: Page, button: str) -> int:
    """The status with which the event was answered."""
    with page.expect_response(lambda answer: "/track/event" in answer.url) as answer:
        page.get_by_role("button", name=button).click()
    return answer.value.status


def wait_for(sitecore: Sitecore, count: int) -> list[str]:
    ends = time.monotonic() + SECONDS
    while len(events := sitecore.events()) < count and time.monotonic() < ends:
        time.sleep(0.5)
    return events


def test_events_of_an_outage_arrive_in_order_and_once(
    connected: Instance, sitecore: Sitecore
) -> None:
    with visitor() as browser:
        page = browser.new_page()
        page.goto(f"{connected.url}/tracking")
        assert click(page, "Join “Sample Campaign”") == 200
        sitecore.stop()
        assert [click(page, button) for button in BUTTONS] == [202, 202, 202]
        sitecore.start()
        expected = ["Sample Campaign", "Download", "Instant Demo", "Opportunity"]
        assert wait_for(sitecore, len(expected)) == expected
        assert connected.manage("delivery_status") == "Nothing waits, and nothing is set aside.\n"
        page.goto(f"{connected.url}/tracking")
        assert click(page, BUTTONS[0]) == 200
        assert sitecore.events() == [*expected, "Download"]
