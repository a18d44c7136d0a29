"""Pages from the back/forward cache and prerendered ones, which Playwright switches off.

Debian's chromedriver drives the same Chromium as people use it.
"""

import subprocess
import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.end_to_end.instances import free_port
from tests.tracking_client.conftest import ARGUMENTS
from tests.tracking_client.site import Proxy, page

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("tracking_client")]

WATCH = "<script>addEventListener('pageshow', e => { window.persisted = e.persisted })</script>"
ELEMENT = """<template data-jss-track='{"eventId":"Download","n":1}'></template>"""

AHEAD = """<script type="speculationrules">
    {{"{0}": [{{"urls": ["{1}"], "eagerness": "immediate"}}]}}</script><a href="{1}">next</a>"""
ACTIVATION = "return performance.getEntriesByType('navigation')[0].activationStart"
TRACK = "trackingApi.trackEvent({ eventId: 'Download', n }).catch(() => {})"


class Driver:
    """The few commands of WebDriver that these tests need."""

    def __init__(self, url: str, preferences: dict[str, Any] | None = None) -> None:
        self.url = url
        options = {
            "args": ["--headless=new", *ARGUMENTS],
            "binary": "/usr/bin/chromium",
            "prefs": preferences or {},
        }
        capabilities = {"alwaysMatch": {"goog:chromeOptions": options}}
        answer = self.command("session", {"capabilities": capabilities})
        self.url += f"/session/{answer['sessionId']}"

    def close(self) -> None:
        requests.delete(self.url, timeout=30)

    def command(self, path: str, body: dict[str, Any]) -> Any:
        answer = requests.post(f"{self.url}/{path}", json=body, timeout=60)
        assert answer.ok, answer.text
        return answer.json()["value"]

    def open(self, url: str) -> None:
        self.command("url", {"url": url})

    def back(self) -> None:
        self.command("back", {})

    def run(self, script: str) -> Any:
        return self.command("execute/sync", {"script": script, "args": []})

    def wait_for(self, script: str, seconds: float = 15) -> Any:
        """What the script returns once that is true."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if value := self.run(script):
                return value
            time.sleep(0.1)
        raise AssertionError(f"Never true: {script}")


@pytest.fixture(scope="module")
def driver_address() -> Iterator[str]:
    port = free_port()
    process = subprocess.Popen(["chromedriver", f"--port={port}"], stdout=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    for _ in range(100):
        try:
            requests.get(f"{address}/status", timeout=1)
            break
        except requests.ConnectionError:
            time.sleep(0.1)
    yield address
    process.terminate()
    process.wait(timeout=10)


@pytest.fixture
def driver(driver_address: str) -> Iterator[Driver]:
    started = Driver(driver_address)
    yield started
    started.close()


def test_a_page_from_the_back_forward_cache_is_not_told_again_and_still_delivers(
    driver: Driver, site: Proxy
) -> None:
    site.pages["/lab"] = page(WATCH + ELEMENT, data_counted="false")
    driver.open(f"{site.url}/lab")
    assert site.settled(1) == [1]
    driver.open(f"{site.url}/about")
    driver.back()
    assert driver.wait_for("return window.persisted") is True
    driver.run("trackingApi.trackEvent({ eventId: 'Download', n: 2 })")
    assert site.settled(2) == [1, 2]
    assert [name for name, _ in site.recorded("page_view")] == ["/lab", "/about"]


def test_a_prerendered_page_is_told_when_it_is_activated(driver: Driver, site: Proxy) -> None:
    site.pages["/lab"] = page(AHEAD.format("prerender", "/next"))
    site.pages["/next"] = page(ELEMENT, data_counted="false")
    driver.open(f"{site.url}/lab")
    time.sleep(3)
    assert (site.posts, site.recorded()) == ([], [])
    driver.run("document.querySelector('a').click()")
    driver.wait_for("return location.pathname === '/next'")
    assert driver.run(ACTIVATION) > 0
    assert site.settled(1) == [1]
    assert [name for name, _ in site.recorded("page_view")] == ["/next"]


def test_a_prerendered_page_without_consent_sends_nothing_when_it_is_activated(
    driver: Driver, site: Proxy
) -> None:
    site.pages["/lab"] = page(AHEAD.format("prerender", "/next"))
    site.pages["/next"] = page(ELEMENT, data_consent="required")
    driver.open(f"{site.url}/lab")
    time.sleep(3)
    driver.run("document.querySelector('a').click()")
    driver.wait_for("return location.pathname === '/next'")
    assert driver.run(ACTIVATION) > 0
    time.sleep(1)
    assert site.posts == []
    driver.run("trackingApi.consent.give()")
    assert site.settled(1) == [1]


@pytest.mark.parametrize("way", ["prerender", "prefetch"])
def test_a_page_of_the_site_that_is_fetched_ahead_is_counted_once_it_is_shown(
    driver: Driver, site: Proxy, way: str
) -> None:
    site.pages["/lab"] = page(AHEAD.format(way, "/tracking"))
    driver.open(f"{site.url}/lab")
    time.sleep(3)
    assert site.recorded() == []
    driver.run("document.querySelector('a').click()")
    driver.wait_for("return location.pathname === '/tracking'")
    driver.wait_for("return 'trackingApi' in window")
    assert (driver.run(ACTIVATION) > 0) is (way == "prerender")
    time.sleep(1.5)
    assert [name for name, _ in site.recorded()] == ["/tracking"]


def test_where_the_browser_denies_storage_and_locks_events_are_delivered(
    driver_address: str, site: Proxy
) -> None:
    driver = Driver(driver_address, {"profile.default_content_setting_values.cookies": 2})
    driver.open(f"{site.url}/lab")
    denied = "try { localStorage } catch (error) { return error.name }"
    assert driver.run(denied) == "SecurityError"
    site.failures = [500]
    driver.run(f"for (const n of [1, 2]) {TRACK}")
    assert site.settled(2) == [1, 2]
    driver.close()


def test_a_prerendered_page_that_nobody_sees_tells_nothing(driver: Driver, site: Proxy) -> None:
    site.pages["/lab"] = page(AHEAD.format("prerender", "/next"))
    site.pages["/next"] = page(
        ELEMENT + "<script type=module>trackingApi.trackEvent({eventId:'Download',n:2})</script>"
    )
    driver.open(f"{site.url}/lab")
    time.sleep(3)
    assert (site.posts, site.recorded()) == ([], [])
