"""The browser's client: its size, its functions under Node, and its page part in Chromium."""

import gzip
import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import jss_tracking

CLIENT = Path(jss_tracking.__file__).parent / "static" / "jss_tracking" / "tracker.js"
MAX_BYTES = 3072

needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="Node is not installed")

# Imports the module, calls it once, and prints as JSON what was fetched and what came out.
HARNESS = """
const [client, hasWindow, answer, call, script] = JSON.parse(process.argv[1]);
const fetched = [];
globalThis.fetch = async (url, options) => {
  fetched.push({ url, ...options });
  const { status, body } = answer;
  return { ok: status >= 200 && status < 300, status, statusText: "", text: async () => body };
};
if (hasWindow) {
  const listeners = {};
  globalThis.window = globalThis;
  globalThis.addEventListener = () => {};
  globalThis.document = {
    querySelector: () => script && { dataset: script },
    querySelectorAll: () => [],
    documentElement: { dataset: {} },
    addEventListener: () => {},
    removeEventListener: () => {},
    hidden: false,
  };
  globalThis.location = { pathname: "/", search: "" };
}
const { trackingApi, trackEvent } = await import(client);
const result = { same: trackingApi.trackEvent === trackEvent };
try {
  result.value = await trackEvent(...call);
} catch (error) {
  result.error = { name: error.name, message: error.message, response: error.response };
}
console.log(JSON.stringify({ ...result, fetched }));
"""


def called(
    *call: Any,
    window: bool = True,
    status: int = 200,
    body: str = '{"tracked": 1, "errors": []}',
    script: dict[str, str] | None = None,
) -> dict[str, Any]:
    """What ``trackEvent(*call)`` fetched and gave."""
    arguments = [CLIENT.as_uri(), window, {"status": status, "body": body}, call, script]
    run = subprocess.run(
        ["node", "--input-type=module", "-e", HARNESS, json.dumps(arguments)],
        capture_output=True,
        check=True,
        text=True,
        timeout=30,
    )
    result: dict[str, Any] = json.loads(run.stdout)
    return result


def test_the_client_is_small() -> None:
    assert len(gzip.compress(CLIENT.read_bytes(), 9)) <= MAX_BYTES


@needs_node
def test_an_event_is_posted_as_an_array_to_the_services_address() -> None:
    options = {"host": "https://app.example.com", "querystringParams": {"sc_apikey": "k"}}
    result = called({"eventId": "Download"}, options)
    assert result["same"] is True
    assert result["value"] == {"tracked": 1, "errors": []}
    assert result["fetched"] == [
        {
            "url": "https://app.example.com/sitecore/api/jss/track/event?sc_apikey=k",
            "method": "POST",
            "credentials": "include",
            "headers": {"Content-Type": "application/json"},
            "body": '[{"eventId":"Download"}]',
        }
    ]


@needs_node
def test_several_events_keep_their_order() -> None:
    events = [{"eventId": "a"}, {"goalId": "b"}]
    (request,) = called(events)["fetched"]
    assert json.loads(request["body"]) == events


@needs_node
def test_the_action_and_the_service_can_be_named() -> None:
    options = {"action": "flush", "serviceUrl": "/t", "querystringParams": {"a": "b c", "d": None}}
    (request,) = called([], options)["fetched"]
    assert request["url"] == "/t/flush?a=b+c"
    assert request["body"] == "[]"


@needs_node
def test_the_pages_tag_names_address_and_key() -> None:
    script = {"endpoint": "/x/track/event", "apiKey": "page's"}
    (request,) = called({"goalId": "a"}, script=script)["fetched"]
    assert request["url"] == "/x/track/event?sc_apikey=page%27s"


@needs_node
def test_the_pages_key_is_not_given_to_another_host() -> None:
    script = {"endpoint": "/x/track/event", "apiKey": "k"}
    (request,) = called({"goalId": "a"}, {"host": "https://b.example"}, script=script)["fetched"]
    assert "sc_apikey" not in request["url"]


@needs_node
@pytest.mark.parametrize("status", [400, 403, 404, 500, 503])
def test_any_other_answer_rejects_with_the_response(status: int) -> None:
    error = called({"goalId": "a"}, status=status, body='{"tracked": 0}')["error"]
    assert error["name"] == "ResponseError"
    assert error["response"] == {"status": status, "statusText": "", "data": {"tracked": 0}}


@needs_node
@pytest.mark.parametrize(("body", "value"), [("", None), ("<p>", "<p>")])
def test_an_answer_that_is_no_json_resolves_as_it_is(body: str, value: str | None) -> None:
    assert called({"goalId": "a"}, status=202, body=body).get("value") == value


@needs_node
def test_on_a_server_nothing_is_sent() -> None:
    result = called({"goalId": "a"}, window=False)
    assert result["fetched"] == []
    assert "error" not in result


# In a browser

PAGE = """<!DOCTYPE html><html {html}><head>
<script type="module" src="/tracker.js" data-endpoint="/sitecore/api/jss/track/event"
 data-api-key="k" data-page-id="item-1"></script></head><body>
<template data-jss-track='{{"goalId":"A"}}'></template>
<ul><template data-jss-track='{{"eventId":"B"}}'></template></ul>
<template data-jss-track='not json'></template>
<a id="link" href="#x" data-jss-track-on="click" data-jss-track='{{"goalId":"C"}}'><b>go</b></a>
<form data-jss-track-on="submit" data-jss-track='{{"goalId":"D"}}' action="/next">
<button>send</button></form></body></html>"""

POLICY = "default-src 'self'; require-trusted-types-for 'script'"


class Site:
    """A page in Chromium and the batches that it sent."""

    def __init__(self, page: Any, html: str = "") -> None:
        self.page = page
        self.batches: list[Any] = []
        self.errors: list[str] = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.route("**/*", self._answer)
        self._html = PAGE.format(html=html)

    def _answer(self, route: Any) -> None:
        path = route.request.url.removeprefix("http://site.test").partition("?")[0]
        if path == "/tracker.js":
            route.fulfill(path=str(CLIENT), content_type="text/javascript")
        elif path.startswith("/sitecore/"):
            self.batches.append(route.request.post_data_json)
            route.fulfill(json={"tracked": 1, "errors": []})
        else:
            policy = {
                "Content-Security-Policy": "default-src 'self'; require-trusted-types-for 'script'"
            }
            route.fulfill(body=self._html, content_type="text/html", headers=policy)

    def open(self, path: str = "/a?b=1") -> None:
        self.page.goto(f"http://site.test{path}")
        self.settle()

    def settle(self) -> None:
        self.page.wait_for_timeout(200)


@pytest.fixture
def page() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        yield browser.new_page()
        browser.close()


MARKED = [{"goalId": "A"}, {"eventId": "B"}]


@pytest.mark.browser
def test_what_a_page_is_marked_with_is_pushed_once_in_one_batch(page: Any) -> None:
    site = Site(page)
    site.open()
    assert site.batches == [MARKED]
    assert site.errors == []


@pytest.mark.browser
def test_a_page_that_the_server_did_not_count_counts_itself_first(page: Any) -> None:
    site = Site(page, 'data-counted="false"')
    site.open()
    assert site.batches == [[{"pageId": "item-1", "url": "/a?b=1"}, *MARKED]]


@pytest.mark.browser
def test_a_page_that_the_server_counted_is_not_counted_again(page: Any) -> None:
    site = Site(page, 'data-counted="true"')
    site.open()
    assert site.batches == [MARKED]


@pytest.mark.browser
def test_a_page_that_nobody_sees_waits_until_it_is_shown(page: Any) -> None:
    page.add_init_script(
        "window.seen = false; Object.defineProperty(document, 'hidden', {get: () => !window.seen})"
    )
    site = Site(page)
    site.open()
    assert site.batches == []
    page.evaluate("window.seen = true; document.dispatchEvent(new Event('visibilitychange'))")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    site.settle()
    assert site.batches == [MARKED]


@pytest.mark.browser
def test_a_page_that_is_prerendered_waits_until_it_is_activated(page: Any) -> None:
    page.add_init_script(
        "window.early = true;"
        "Object.defineProperty(document, 'prerendering', {get: () => window.early})"
    )
    site = Site(page)
    site.open()
    assert site.batches == []
    page.evaluate("window.early = false; document.dispatchEvent(new Event('prerenderingchange'))")
    site.settle()
    assert site.batches == [MARKED]


@pytest.mark.browser
def test_clicks_and_submits_of_marked_elements_are_pushed(page: Any) -> None:
    site = Site(page)
    site.open()
    page.click("#link b")
    site.settle()
    page.click("button")
    site.settle()
    assert site.batches[1:3] == [[{"goalId": "C"}], [{"goalId": "D"}]]
    assert site.errors == []
