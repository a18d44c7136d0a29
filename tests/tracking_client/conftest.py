from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.end_to_end.instances import instance
from tests.tracking_client.site import KEY, Proxy, page

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]


@pytest.fixture(scope="package")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    folder = tmp_path_factory.mktemp("site")
    with instance(folder, SITECORE_API_KEY=KEY) as started:
        proxy = Proxy(started)
        yield proxy
        proxy.shutdown()
        proxy.server_close()


@pytest.fixture
def site(running: Proxy) -> Proxy:
    """The site, with an empty page at ``/lab``."""
    running.reset()
    running.pages["/lab"] = page()
    return running


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def visitor(chromium: Browser) -> Iterator[BrowserContext]:
    """A visitor's browser, all of whose tabs must run without an error."""
    errors: list[Any] = []
    context = chromium.new_context()
    context.on("weberror", lambda error: errors.append(str(error.error)))
    yield context
    context.close()
    assert errors == []


@pytest.fixture
def tab(visitor: BrowserContext, site: Proxy) -> Page:
    """A tab at ``/lab`` of a visitor whom the server knows from an earlier page."""
    opened = visitor.new_page()
    opened.goto(f"{site.url}/about")
    opened.goto(f"{site.url}/lab")
    opened.wait_for_function("'trackingApi' in window")
    site.posts.clear()
    return opened
