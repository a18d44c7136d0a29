"""What the client sends in Debian's Chromium, compared with what the server has recorded."""

import re
import time
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page

from tests.tracking_client.conftest import ARGUMENTS
from tests.tracking_client.site import Proxy, page

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("tracking_client")]

ONCE = "events => { trackingApi.trackEvent(events).catch(() => {}) }"


STRICT = (
    "default-src 'self'; img-src 'self' data:;"
    " require-trusted-types-for 'script'; trusted-types 'none'"
)


def event(number: int, **data: Any) -> dict[str, Any]:
    return {"eventId": "Download", "n": number, **data}


def track(tab: Page, *numbers: int) -> None:
    """Each in a call of its own, without waiting for an answer."""
    tab.evaluate(f"events => events.forEach({ONCE})", [event(number) for number in numbers])


def queue(tab: Page) -> int:
    return int(tab.evaluate("Object.keys(localStorage).length"))


def test_calls_that_come_together_go_together_and_in_order(tab: Page, site: Proxy) -> None:
    track(tab, 1, 2, 3)
    assert site.settled(3) == [1, 2, 3]
    assert [len(batch) for batch in site.posts] == [3]
    assert queue(tab) == 0


def test_each_event_has_an_id_from_its_creation_on(tab: Page, site: Proxy) -> None:
    site.failures = [503]
    track(tab, 1)
    site.settled(1)
    first, second = (batch[0]["eventUid"] for batch in site.posts)
    assert first == second
    assert re.fullmatch(r"[0-9a-f]{32}", first)


def test_a_server_that_answers_500_five_times_loses_and_doubles_nothing(
    tab: Page, site: Proxy
) -> None:
    site.failures = [500] * 5
    tab.evaluate("Math.random = () => 0")  # half the back-off
    track(tab, 1, 2)
    tab.wait_for_timeout(1500)
    track(tab, 3)
    assert site.settled(3, seconds=40) == [1, 2, 3]
    assert len(site.posts) == 6


def test_a_promise_is_rejected_by_the_first_failure_while_the_event_stays(
    tab: Page, site: Proxy
) -> None:
    site.failures = [503]
    caught = tab.evaluate(
        """async event => {
          try { await trackingApi.trackEvent(event) }
          catch (error) { return [error.message, error.retry, error.response.status] }
        }""",
        event(1),
    )
    assert caught == ["HTTP 503", True, 503]
    assert site.settled(1) == [1]


@pytest.mark.parametrize("failure", [429, 503])
def test_retry_after_is_respected(tab: Page, site: Proxy, failure: int) -> None:
    site.failures = [(failure, {"Retry-After": "3"})]
    track(tab, 1)
    tab.wait_for_timeout(1000)
    track(tab, 2)
    tab.wait_for_timeout(1500)
    assert len(site.posts) == 1
    assert site.settled(2) == [1, 2]


def test_a_retry_after_holds_for_the_other_tabs_and_the_next_page(
    tab: Page, site: Proxy, visitor: BrowserContext
) -> None:
    other = visitor.new_page()
    other.goto(f"{site.url}/lab")
    site.failures = [(429, {"Retry-After": "4"})]
    track(tab, 1)
    tab.wait_for_timeout(1000)
    track(other, 2)
    tab.goto(f"{site.url}/lab?again")
    tab.wait_for_timeout(1500)
    assert len(site.posts) == 1
    assert site.settled(2) == [1, 2]


def test_a_pause_that_a_wrong_clock_has_left_is_none(tab: Page, site: Proxy) -> None:
    tab.evaluate("localStorage.setItem('jss-pause', Date.now() + 9e9)")
    track(tab, 1)
    assert site.settled(1, seconds=5) == [1]


@pytest.mark.parametrize("status", [401, 403, 404])
def test_other_refusals_are_never_repeated(tab: Page, site: Proxy, status: int) -> None:
    site.failures = [status]
    track(tab, 1)
    tab.wait_for_timeout(2500)
    assert len(site.posts) == 1
    assert queue(tab) == 0


def test_an_event_that_spoils_a_batch_costs_only_itself(tab: Page, site: Proxy) -> None:
    tab.evaluate(ONCE, "no event")
    site.failures = [400]
    track(tab, 1, 2)
    assert site.settled(2) == [1, 2]
    assert queue(tab) == 0


def test_answers_tell_each_call_of_its_own_events(tab: Page, site: Proxy) -> None:
    answers = tab.evaluate(
        """async good => {
          const bad = { goalId: "No such goal" };
          const calls = [good, [bad, good], bad].map(events =>
            trackingApi.trackEvent(events).catch(error => error.response.data));
          return (await Promise.all(calls)).map(({ tracked, errors }) =>
            [tracked, errors.map(({ index, code }) => [index, code])]);
        }""",
        event(1),
    )
    assert answers == [[1, []], [1, [[0, "unknown_goal"]]], [0, [[0, "unknown_goal"]]]]
    assert len(site.posts) == 1


def test_what_the_server_drops_is_not_told_as_tracked(site: Proxy, visitor: BrowserContext) -> None:
    # The page was made before the visitor refused.
    visitor.set_extra_http_headers({"Sec-GPC": "1"})
    tab = visitor.new_page()
    tab.goto(f"{site.url}/lab")
    answer = tab.evaluate("event => trackingApi.trackEvent(event)", event(1))
    assert answer == {"tracked": 0, "errors": [], "dropped": "consent"}


def test_a_first_answer_that_is_lost_makes_no_second_visitor(
    site: Proxy, visitor: BrowserContext
) -> None:
    site.lost = 1
    tab = visitor.new_page()
    tab.goto(f"{site.url}/lab")
    track(tab, 1)
    assert site.settled(1) == [1]
    tab.wait_for_function("Object.keys(localStorage).length === 0")
    track(tab, 2)
    assert site.settled(2) == [1, 2]
    assert [len(batch) for batch in site.posts] == [1, 1, 1]
    assert site.visits() == 1


def test_what_others_keep_in_storage_is_left_alone(tab: Page, site: Proxy) -> None:
    names = {"jss-tracking-refused": "1", "jss-track": '["a"]', "jss": "x"}
    tab.evaluate("names => Object.assign(localStorage, names)", names)
    track(tab, 1)
    assert site.settled(1) == [1]
    assert tab.evaluate("({ ...localStorage })") == names


def test_an_entry_that_is_none_holds_up_nothing(tab: Page, site: Proxy) -> None:
    tab.evaluate(
        """() => { const now = Date.now();
          for (const [n, value] of ['["a"]', "{", "null"].entries())
            localStorage.setItem(`jss-track.${now}.${n}`, value) }"""
    )
    track(tab, 1)
    assert site.settled(1) == [1]
    assert queue(tab) == 0


def test_offline_events_wait_until_the_network_is_back(
    tab: Page, site: Proxy, visitor: BrowserContext
) -> None:
    visitor.set_offline(True)
    track(tab, 1, 2)
    tab.wait_for_timeout(1000)
    assert site.posts == []
    assert queue(tab) == 2
    visitor.set_offline(False)
    assert site.settled(2, seconds=5) == [1, 2]


def test_a_tab_that_is_closed_in_mid_queue_leaves_it_to_the_next_one(
    tab: Page, site: Proxy, visitor: BrowserContext
) -> None:
    visitor.set_offline(True)
    track(tab, *range(5))
    tab.close()
    visitor.set_offline(False)
    assert site.numbers() == []
    visitor.new_page().goto(f"{site.url}/lab")
    assert site.settled(5) == [0, 1, 2, 3, 4]


def test_a_browser_that_dies_and_is_opened_again_has_lost_nothing(
    site: Proxy, chromium: Browser, tmp_path: Path
) -> None:
    def opened() -> BrowserContext:
        return chromium.browser_type.launch_persistent_context(
            str(tmp_path), executable_path="/usr/bin/chromium", args=ARGUMENTS
        )

    first = opened()
    tab = first.new_page()
    tab.goto(f"{site.url}/lab")
    site.failures = [503]
    track(tab, 1, 2)
    tab.wait_for_timeout(500)
    with pytest.raises(Error):  # no event of the page's life is heard
        tab.goto("chrome://crash", timeout=2000)
    first.close()
    assert site.numbers() == []
    second = opened()
    second.new_page().goto(f"{site.url}/lab")
    assert site.settled(2) == [1, 2]
    second.close()


def test_two_tabs_send_each_event_once(tab: Page, site: Proxy, visitor: BrowserContext) -> None:
    other = visitor.new_page()
    other.goto(f"{site.url}/lab")
    site.delay = 0.2
    for number in range(0, 40, 2):
        track(tab, number)
        track(other, number + 1)
    assert sorted(site.settled(40)) == list(range(40))
    sent = [found["n"] for batch in site.posts for found in batch]
    assert sorted(sent) == list(range(40))


def test_without_web_locks_two_tabs_lose_nothing_and_nothing_is_recorded_twice(
    visitor: BrowserContext, site: Proxy
) -> None:
    # As on a page of plain HTTP under another name than localhost.
    visitor.add_init_script("delete Navigator.prototype.locks")
    tabs = [visitor.new_page(), visitor.new_page()]
    tabs[0].goto(f"{site.url}/about")
    for tab in tabs:
        tab.goto(f"{site.url}/lab")
        tab.wait_for_function("'trackingApi' in window && !navigator.locks")
    site.delay = 0.2
    for number in range(40):
        track(tabs[number % 2], number)
    assert sorted(site.settled(40)) == list(range(40))


def test_another_tab_takes_over_from_one_that_dies(
    tab: Page, site: Proxy, visitor: BrowserContext
) -> None:
    other = visitor.new_page()
    other.goto(f"{site.url}/lab")
    other.wait_for_timeout(500)
    visitor.set_offline(True)
    track(tab, 1, 2)
    tab.close()
    visitor.set_offline(False)
    assert site.settled(2) == [1, 2]


def test_a_page_that_is_closed_at_once_after_a_click_has_told(tab: Page, site: Proxy) -> None:
    track(tab, 1)
    tab.close(run_before_unload=False)
    assert site.settled(1) == [1]


def test_a_page_that_is_left_at_once_has_told(tab: Page, site: Proxy) -> None:
    site.delay = 0.5
    tab.evaluate(f"event => {{ ({ONCE})(event); location.assign('/about') }}", event(1))
    assert site.settled(1) == [1]
    time.sleep(1.5)  # the next page sends it again, since nobody has heard the answer
    assert site.numbers() == [1]


def test_more_than_outlives_a_page_at_once_is_split(tab: Page, site: Proxy) -> None:
    tab.evaluate(
        """() => { for (let n = 0; n < 100; n++)
          trackingApi.trackEvent({ eventId: "Download", n, text: "x".repeat(400) }).catch(() => {});
          location.assign("/lab?again") }"""
    )
    assert sorted(site.settled(100)) == list(range(100))
    assert max(len(str(batch)) for batch in site.posts) < 64 * 1024


def test_with_full_storage_events_are_kept_in_memory(tab: Page, site: Proxy) -> None:
    tab.evaluate(
        """() => { let size = 2 ** 20;
          for (let n = 0; size >= 1; n++)
            try { localStorage.setItem("filler" + n, "x".repeat(size)) } catch { size /= 2 } }"""
    )
    site.failures = [500]
    track(tab, 1, 2)
    assert site.settled(2) == [1, 2]


def test_with_denied_storage_events_are_kept_in_memory(
    site: Proxy, visitor: BrowserContext
) -> None:
    visitor.add_init_script(
        "Object.defineProperty(window, 'localStorage',"
        " { get() { throw new DOMException('denied', 'SecurityError') } })"
    )
    tab = visitor.new_page()
    tab.goto(f"{site.url}/lab")
    site.failures = [500]
    track(tab, 1, 2)
    assert site.settled(2) == [1, 2]


def test_of_more_than_a_thousand_events_the_oldest_go_with_a_notice(
    tab: Page, site: Proxy, visitor: BrowserContext
) -> None:
    visitor.set_offline(True)
    dropped = tab.evaluate(
        """() => { const dropped = [];
          trackingApi.on("failed", ({ events }) => dropped.push(events[0].n));
          for (let n = 0; n < 1003; n++)
            trackingApi.trackEvent({ eventId: "Download", n }).catch(() => {});
          return dropped }"""
    )
    assert dropped == [0, 1, 2]
    assert queue(tab) == 1000
    visitor.set_offline(False)
    assert site.settled(1000, seconds=40) == list(range(3, 1003))


def test_under_a_strict_policy_nothing_is_reported(site: Proxy, visitor: BrowserContext) -> None:
    site.headers = {"Content-Security-Policy": STRICT}
    site.pages["/lab"] = page("""<template data-jss-track='{"eventId":"Download","n":1}'>""")
    tab = visitor.new_page()
    messages: list[str] = []
    tab.on("console", lambda message: messages.append(message.text))
    tab.goto(f"{site.url}/lab")
    assert site.settled(1) == [1]
    assert messages == []


def test_under_a_strict_policy_the_tracking_page_tells_every_kind(
    site: Proxy, visitor: BrowserContext
) -> None:
    site.headers = {"Content-Security-Policy": STRICT}
    tab = visitor.new_page()
    messages: list[str] = []
    tab.on("console", lambda message: messages.append(message.text))
    tab.goto(f"{site.url}/tracking")
    tab.locator("[data-recorded-events] li").first.wait_for()
    for button in tab.locator("[data-jss-track-on=click]").all():
        button.click()
    tab.locator("[data-recorded-events] li").nth(4).wait_for()
    tab.select_option("form select", index=1)
    tab.click("form[data-jss-track-on=submit] button")
    tab.wait_for_url("**/tracking/thanks*")
    for _ in range(200):  # 20 s on a busy machine
        if len(site.recorded()) >= 9:
            break
        tab.wait_for_timeout(100)
    assert messages == []
    assert [name for name, _ in site.recorded("page_view")] == [
        "/tracking",
        "/tracking/thanks?instrument=Barometer+No.+1",
    ]
    assert sorted(name for name, _ in site.recorded() if not name.startswith("/")) == [
        "Download",
        "Instant Demo",
        "Marketing Lead",
        "Newsletter Signup",
        "Opportunity",
        "Register",
        "Sample Campaign",
    ]


def test_the_classic_build_delivers_alike(site: Proxy, visitor: BrowserContext) -> None:
    site.pages["/lab"] = page(
        """<template data-jss-track='{"eventId":"Download","n":1}'></template>""",
        src="/static/jss_tracking/tracker.classic.js",
        type="text/javascript",
        defer="",
    )
    tab = visitor.new_page()
    tab.goto(f"{site.url}/lab")
    track(tab, 2)
    assert site.settled(2) == [1, 2]


def test_a_second_copy_of_the_client_is_the_first_one(tab: Page, site: Proxy) -> None:
    same = tab.evaluate(
        "import('/static/jss_tracking/tracker.js?copy')"
        ".then(({ trackingApi }) => trackingApi === window.trackingApi)"
    )
    assert same is True


# Consent

UNASKED = """<template data-jss-track='{"eventId":"Download","n":1}'></template>"""


def test_without_consent_events_stay_in_the_page(site: Proxy, visitor: BrowserContext) -> None:
    site.pages["/lab"] = page(UNASKED, data_consent="required")
    tab = visitor.new_page()
    tab.goto(f"{site.url}/lab")
    track(tab, 2)
    tab.wait_for_timeout(1000)
    assert (site.posts, queue(tab)) == ([], 0)
    tab.goto(f"{site.url}/about")
    tab.wait_for_timeout(1000)
    assert site.numbers() == []


def test_once_consent_is_given_what_waited_is_sent(site: Proxy, visitor: BrowserContext) -> None:
    site.pages["/lab"] = page(UNASKED, data_consent="required")
    tab = visitor.new_page()
    tab.goto(f"{site.url}/lab")
    track(tab, 2)
    tab.evaluate("trackingApi.consent.give()")
    assert site.settled(2) == [1, 2]


def test_an_event_that_spoils_what_waited_for_consent_costs_only_itself(
    site: Proxy, visitor: BrowserContext
) -> None:
    site.pages["/lab"] = page(UNASKED, data_consent="required")
    tab = visitor.new_page()
    tab.goto(f"{site.url}/lab")
    track(tab, 2, 3)
    site.failures = [400]
    tab.evaluate("trackingApi.consent.give()")
    assert site.settled(3) == [1, 2, 3]


def test_without_the_tag_consent_is_told_to_the_stock_address(
    site: Proxy, visitor: BrowserContext
) -> None:
    site.pages["/bare"] = (
        '<!doctype html><title>Bare</title><link rel="icon" href="data:,">'
        '<script type="module" src="/static/jss_tracking/tracker.js"></script>'
    )
    tab = visitor.new_page()
    tab.goto(f"{site.url}/bare")
    tab.wait_for_function("'trackingApi' in window")
    tab.evaluate("trackingApi.consent.revoke()")
    assert "SC_TRACKING_CONSENT" in {cookie.get("name") for cookie in visitor.cookies()}


def test_once_consent_is_revoked_nothing_is_sent(
    tab: Page, site: Proxy, visitor: BrowserContext
) -> None:
    visitor.set_offline(True)
    track(tab, 1)
    visitor.set_offline(False)
    tab.evaluate("trackingApi.consent.revoke()")
    track(tab, 2)
    tab.wait_for_timeout(1500)
    assert site.numbers() == []
    assert queue(tab) == 0
    tab.evaluate("trackingApi.consent.give()")
    assert site.settled(1) == [2]


def test_global_privacy_control_is_a_refusal(site: Proxy, visitor: BrowserContext) -> None:
    visitor.set_extra_http_headers({"Sec-GPC": "1"})
    tab = visitor.new_page()
    tab.goto(f"{site.url}/tracking")
    assert tab.get_attribute("script[data-service-url]", "data-consent") == "required"
    track(tab, 1)
    tab.wait_for_timeout(1000)
    assert (site.posts, site.recorded()) == ([], [])
    tab.evaluate("trackingApi.consent.give()")
    assert site.settled(1) == [1]
