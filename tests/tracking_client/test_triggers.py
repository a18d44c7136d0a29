"""What a page is marked with, and navigation within it, in Debian's Chromium."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.tracking_client.site import Proxy, page

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("tracking_client")]

TALL = '<div style="height: 4000px"></div>'
SECOND = '<main id="m"><script type="module" data-page-id="{}" data-counted="{}"></script>{}</main>'
ITEM = "220d559f-dea5-42ea-9c1c-8a5df7e70ef9"


def mark(number: int, attributes: str = "") -> str:
    return f"""data-jss-track='{{"eventId":"Download","n":{number}}}' {attributes}"""


def element(number: int) -> str:
    return f"<template {mark(number)}></template>"


@pytest.fixture
def tab(visitor: BrowserContext) -> Page:
    return visitor.new_page()


@pytest.fixture
def open_page(site: Proxy, tab: Page) -> Callable[..., Page]:
    def opened(body: str, **script: str) -> Page:
        site.pages["/lab"] = page(body, **script)
        tab.goto(f"{site.url}/lab")
        tab.wait_for_function("'trackingApi' in window")
        return tab

    return opened


def test_elements_are_pushed_once_in_one_batch_and_in_order(site: Proxy, open_page: Any) -> None:
    tab = open_page(element(1) + f"<ul>{element(2)}</ul><template data-jss-track='no'></template>")
    tab.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    assert site.settled(2) == [1, 2]
    assert [len(batch) for batch in site.posts] == [2]


def test_a_page_that_the_server_did_not_count_counts_itself_first(
    site: Proxy, open_page: Any
) -> None:
    open_page(element(1), data_counted="false")
    site.settled(1)
    assert [name for name, _ in site.recorded()] == ["/lab", "Download"]


def test_a_page_that_the_server_counted_is_counted_once(site: Proxy, tab: Page) -> None:
    tab.goto(f"{site.url}/tracking")
    tab.wait_for_timeout(1000)
    assert site.recorded() == [("/tracking", {})]


def test_a_page_that_the_browser_fetched_ahead_is_counted_when_it_is_shown(
    site: Proxy, tab: Page, visitor: BrowserContext
) -> None:
    visitor.set_extra_http_headers({"Sec-Purpose": "prefetch"})
    tab.goto(f"{site.url}/tracking")
    visitor.set_extra_http_headers({})
    tab.wait_for_timeout(1500)
    assert [name for name, _ in site.recorded("page_view")] == ["/tracking"]


def test_clicks_are_told_each_time_also_in_markup_that_came_later(
    site: Proxy, open_page: Any
) -> None:
    tab = open_page("<div id='later'></div>")
    late = f"<button {mark(1, 'data-jss-track-on=click')}><b>go</b></button>"
    tab.evaluate("html => { later.innerHTML = html }", late)
    tab.click("b")
    tab.click("b")
    assert site.settled(2) == [1, 1]


def test_a_click_is_told_of_all_that_it_is_in(site: Proxy, open_page: Any) -> None:
    on = "data-jss-track-on=click"
    tab = open_page(f"<div {mark(1, on)}><button {mark(2, on)}>go</button></div>")
    tab.click("button")
    assert site.settled(2) == [1, 2]


def test_a_click_takes_nothing_from_the_other_triggers(site: Proxy, open_page: Any) -> None:
    on = "data-jss-track-on='click scroll' data-jss-track-percent=60"
    tab = open_page(f"<button {mark(1, on)}>go</button>{TALL}")
    tab.click("button")
    tab.evaluate("scrollTo(0, 9999)")
    tab.wait_for_timeout(200)
    tab.evaluate("scrollTo(0, 0)")
    tab.click("button")
    assert site.settled(3) == [1, 1, 1]


def test_a_click_that_closes_the_window_is_told(site: Proxy, open_page: Any) -> None:
    button = f"<button {mark(1, 'data-jss-track-on=click')} onclick='close()'>close</button>"
    site.pages["/popup"] = page(button)
    tab = open_page("")
    with tab.expect_popup() as popup:
        tab.evaluate("open('/popup')")
    popup.value.wait_for_function("'trackingApi' in window")
    popup.value.click("button")
    assert site.settled(1) == [1]


def test_a_form_that_is_sent_is_told(site: Proxy, open_page: Any) -> None:
    form = f"<form action='/about' {mark(1, 'data-jss-track-on=submit')}><button>go</button></form>"
    open_page(form).click("button")
    assert site.settled(1) == [1]


def test_what_is_seen_long_enough_is_told_once(site: Proxy, open_page: Any) -> None:
    on = "data-jss-track-on=visible style='height:100px' data-jss-track-seconds="
    tab = open_page(
        f"<p {mark(1, on + '0.2')}>a</p><p {mark(2, on + '600')}>b</p>{TALL}"
        f"<p id='end' {mark(3, on + '0.2')}>c</p>"
    )
    assert site.settled(1) == [1]
    tab.evaluate("end.scrollIntoView()")
    assert site.settled(2) == [1, 3]
    tab.evaluate("scrollTo(0, 0)")
    tab.wait_for_timeout(800)
    assert site.numbers() == [1, 3]


@pytest.mark.parametrize("percent", [50, 100])
def test_an_element_taller_than_the_window_is_seen_once_it_fills_that_part_of_it(
    site: Proxy, open_page: Any, percent: int
) -> None:
    on = f"data-jss-track-on=visible data-jss-track-percent={percent} data-jss-track-seconds=0.2"
    tab = open_page(f"{TALL}<div id=long style='height: 9000.4px' {mark(1, on)}></div>")
    tab.evaluate(f"scrollTo(0, long.offsetTop - innerHeight * {1 - percent / 100 + 0.1})")
    tab.wait_for_timeout(800)
    assert site.numbers() == []
    tab.evaluate("scrollTo(0, long.offsetTop + 1)")
    assert site.settled(1) == [1]


def test_how_far_a_page_is_scrolled_is_told_once(site: Proxy, open_page: Any) -> None:
    on = "data-jss-track-on=scroll data-jss-track-percent="
    tab = open_page(f"<p {mark(1, on + '40')}></p><p {mark(2, on + '95')}></p>{TALL}")
    tab.evaluate("scrollTo(0, 1500)")
    assert site.settled(1) == [1]
    tab.evaluate("scrollTo(0, 9999)")
    tab.wait_for_timeout(200)
    tab.evaluate("scrollTo(0, 0)")
    assert site.settled(2) == [1, 2]


def test_downloads_and_links_to_other_hosts_say_where_they_lead(
    site: Proxy, open_page: Any
) -> None:
    tab = open_page(
        f"<main {mark(1, 'data-jss-track-on=download')}>"
        f"<div {mark(2, 'data-jss-track-on=outbound')}>"
        "<a id=file href='/media/a.pdf'>file</a><a id=named download href='/media/x'>file</a>"
        "<a id=out href='https://other.test/a'>out</a><a id=page href='/about.html'>page</a>"
        "<a id=mail href='mailto:a@b.test'>mail</a></div></main>"
    )
    tab.evaluate("addEventListener('click', event => event.preventDefault())")
    for name in ("file", "named", "out", "page", "mail"):
        tab.click(f"#{name}")
    tab.click("#out", button="right")
    assert site.settled(3) == [1, 1, 2]
    urls = [data.get("url") for _, data in site.recorded()]
    assert urls == [f"{site.url}/media/a.pdf", f"{site.url}/media/x", "https://other.test/a"]


def test_an_address_that_a_script_pushes_is_a_page_view(site: Proxy, open_page: Any) -> None:
    tab = open_page("")
    tab.evaluate("history.pushState({}, '', '/lab?step=2')")
    tab.wait_for_timeout(200)
    tab.evaluate("history.pushState({}, '', '/lab?step=2#part')")
    tab.wait_for_timeout(200)
    tab.evaluate("history.back()")
    tab.evaluate("history.back()")
    tab.wait_for_timeout(1500)
    assert [name for name, _ in site.recorded("page_view")] == ["/lab?step=2", "/lab"]


@pytest.mark.parametrize("counted", ["true", "false"])
def test_a_page_that_a_library_fetched_is_counted_once(
    site: Proxy, open_page: Any, counted: str
) -> None:
    tab = open_page("<main id=m></main>")
    tab.evaluate(
        """html => {
          window.htmx = {};
          history.pushState({}, "", "/next");
          setTimeout(() => {
            m.outerHTML = html;
            m.dispatchEvent(new CustomEvent("htmx:afterSettle", { bubbles: true }));
            document.dispatchEvent(new CustomEvent("turbo:load"));
          }, 300) }""",
        SECOND.format(ITEM, counted, element(1)),
    )
    assert site.settled(1) == [1]
    views = [name for name, _ in site.recorded("page_view")]
    assert views == ([] if counted == "true" else ["/next"])


def test_a_part_that_is_restored_from_a_copy_is_not_told_again(site: Proxy, open_page: Any) -> None:
    tab = open_page(f"<main id=m>{element(1)}</main>")
    assert site.settled(1) == [1]
    tab.evaluate(
        """() => { m.outerHTML = m.outerHTML;
          document.dispatchEvent(new CustomEvent("turbo:load")) }"""
    )
    tab.wait_for_timeout(800)
    assert site.numbers() == [1]


def test_the_tracking_page_shows_what_is_recorded_as_it_comes_in(site: Proxy, tab: Page) -> None:
    tab.goto(f"{site.url}/tracking")
    rows = tab.locator("[data-recorded-events] li")
    rows.first.wait_for()
    assert rows.all_inner_texts() == ["Page view: /tracking"]
    tab.click("[data-send-batch]")
    rows.nth(5).wait_for()
    assert rows.all_inner_texts()[1:] == [
        "Event: Download",
        "Goal: Instant Demo",
        "Outcome: Opportunity",
        "Page view: /any/address/of/your/own",
        "Goal: Register",
    ]
    tab.click("form.end-visit button")
    rows.first.wait_for(state="detached")
