"""Pages that htmx and Turbo bring into the page, with the libraries themselves."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.tracking_client.site import KEY, SERVICE_PATH, Proxy

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("tracking_client")]

PACKAGES = Path(__file__).parent.parent / "browser" / "node_modules"
HTMX_2 = "htmx-2/dist/htmx.js"
HTMX_4 = "htmx.org/dist/htmx.js"
TURBO = "@hotwired/turbo/dist/turbo.es2017-umd.js"
LIBRARIES = [HTMX_2, HTMX_4, TURBO]
PAGE = """<!doctype html><html lang="en"><head><title>{title}</title>
<link rel="icon" href="data:,"><script src="/library" defer></script></head>
<body><h1>{title}</h1><a id="go" href="{link}" hx-boost="true">Go</a>
<template data-jss-track='{{"eventId":"Download","n":{number}}}'></template>
<script type="module" src="/static/jss_tracking/tracker.js" data-service-url="{service}"
 data-api-key="{key}" data-page-id="{item}" data-counted="{counted}" data-consent="given"></script>
</body></html>"""
FIRST_ITEM = "110d559f-dea5-42ea-9c1c-8a5df7e70ef9"
SECOND_ITEM = "220d559f-dea5-42ea-9c1c-8a5df7e70ef9"

OpenPages = Callable[[str, str], Page]


@pytest.fixture
def open_pages(visitor: BrowserContext, site: Proxy) -> OpenPages:
    """Opens the first of two pages with a library, and says whether the second was counted."""
    values = {"service": SERVICE_PATH, "key": KEY}

    def opened(library: str, counted: str) -> Page:
        site.pages["/library"] = (PACKAGES / library).read_text()
        site.pages["/lab"] = PAGE.format(
            title="First", link="/second", number=1, item=FIRST_ITEM, counted="true", **values
        )
        site.pages["/second"] = PAGE.format(
            title="Second", link="/lab", number=2, item=SECOND_ITEM, counted=counted, **values
        )
        tab = visitor.new_page()
        tab.goto(f"{site.url}/about")
        tab.goto(f"{site.url}/lab")
        tab.evaluate("window.stayed = true")
        assert site.settled(1) == [1]
        return tab

    return opened


def wait_for(tab: Page, title: str) -> None:
    tab.wait_for_function("title => document.querySelector('h1').innerText === title", arg=title)
    assert tab.evaluate("window.stayed"), "the library left the page"


def page_views(site: Proxy) -> list[str]:
    return [url for url, _ in site.recorded("page_view") if url != "/about"]


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_page_that_the_server_counted_is_not_counted_again(
    site: Proxy, open_pages: OpenPages, library: str
) -> None:
    tab = open_pages(library, "true")
    tab.click("#go")
    wait_for(tab, "Second")
    assert site.settled(2) == [1, 2]
    for title in ("First", "Second"):
        tab.click("#go")
        wait_for(tab, title)
    tab.wait_for_timeout(500)
    assert page_views(site) == []


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_page_that_was_fetched_ahead_is_counted_when_it_is_shown(
    site: Proxy, open_pages: OpenPages, library: str
) -> None:
    tab = open_pages(library, "false")
    tab.click("#go")
    wait_for(tab, "Second")
    assert site.settled(2) == [1, 2]
    assert page_views(site) == ["/second"]


@pytest.mark.parametrize("library", [HTMX_2, TURBO])
def test_a_page_from_the_librarys_history_cache_tells_nothing_again(
    site: Proxy, open_pages: OpenPages, library: str
) -> None:
    tab = open_pages(library, "false")
    tab.click("#go")
    wait_for(tab, "Second")
    assert site.settled(2) == [1, 2]
    tab.go_back()
    wait_for(tab, "First")
    assert site.settled(3, seconds=1) == [1, 2]
    assert page_views(site) == ["/second"]


def test_htmx_4_asks_the_server_on_the_way_back_and_what_that_counted_is_counted_once(
    site: Proxy, open_pages: OpenPages
) -> None:
    tab = open_pages(HTMX_4, "false")
    tab.click("#go")
    wait_for(tab, "Second")
    assert site.settled(2) == [1, 2]
    tab.go_back()
    wait_for(tab, "First")
    assert site.settled(3) == [1, 2, 1]
    assert page_views(site) == ["/second"]
