"""Sitecore's own client from npm against a running instance, under Node and in Chromium.

It comes from ``tests/browser/package.json``: ``npm ci --ignore-scripts --prefix tests/browser``.
"""

import json
import subprocess
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.end_to_end.instances import ROOT, Instance, instance

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("jss_client")]

PACKAGES = ROOT / "tests" / "browser"
CHROMIUM = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
SITE = "website"
# Chromium without a window calls itself one, which is how robots are known.
USER_AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36"
HOME = "{110D559F-DEA5-42EA-9C1C-8A5DF7E70EF9}"
EVENT: dict[str, Any] = {"eventId": "Download"}
GOAL: dict[str, Any] = {"goalId": "Instant Demo"}
OUTCOME: dict[str, Any] = {
    "outcomeId": "Opportunity",
    "monetaryValue": 12.5,
    "currencyCode": "EUR",
}
CAMPAIGN: dict[str, Any] = {"campaignId": "Sample Campaign"}
PAGE: dict[str, Any] = {"pageId": HOME, "url": "/arbitrary/url/you/own"}
REGISTER: dict[str, Any] = {"goalId": "Register"}
UNKNOWN: dict[str, Any] = {"goalId": "Nobody's"}
TRACKED_ONE = {"value": {"tracked": 1, "errors": []}}
MAKE_KEY = (
    "from jss_layout.models import ApiKey; "
    "ApiKey.objects.create(name='app', key='{key}', cors_origins='{origin}', "
    "opens_layout=True, opens_dictionary=True, opens_tracking=True)"
)


class _Files(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the base's name
        """Say nothing."""


@contextmanager
def app(folder: Path) -> Iterator[str]:
    """The origin of an app: a page, on a port of its own, that has the bundled client."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Files, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="module")
def apps(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """Two origins of the same app; the key lists the first of them."""
    folder = tmp_path_factory.mktemp("app")
    bundle = ["--bundle", "--format=iife", "--log-level=warning", f"--outfile={folder}/app.js"]
    esbuild = PACKAGES / "node_modules" / ".bin" / "esbuild"
    subprocess.run([esbuild, "jss_page.mjs", *bundle], cwd=PACKAGES, check=True)
    (folder / "index.html").write_text("<!doctype html><script src=app.js></script>")
    with ExitStack() as stack:
        yield stack.enter_context(app(folder)), stack.enter_context(app(folder))


@pytest.fixture(scope="module")
def key() -> str:
    return str(uuid4())


@pytest.fixture(scope="module")
def site(
    tmp_path_factory: pytest.TempPathFactory, apps: tuple[str, str], key: str
) -> Iterator[Instance]:
    with instance(tmp_path_factory.mktemp("site")) as running:
        running.manage("shell", "-c", MAKE_KEY.format(key=key, origin=apps[0]))
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=CHROMIUM)
        yield browser
        browser.close()


@pytest.fixture
def listed(browser: Browser, apps: tuple[str, str]) -> Iterator[Page]:
    """The app at the origin that the key lists."""
    with opened(browser, apps[0]) as page:
        yield page


@pytest.fixture
def unlisted(browser: Browser, apps: tuple[str, str]) -> Iterator[Page]:
    """The app at an origin that no key lists."""
    with opened(browser, apps[1]) as page:
        yield page


@contextmanager
def opened(browser: Browser, origin: str) -> Iterator[Page]:
    context = browser.new_context(user_agent=USER_AGENT)
    page = context.new_page()
    page.goto(origin)
    yield page
    context.close()


def called(site: Instance, key: str, *calls: tuple[Any, ...]) -> list[dict[str, Any]]:
    """What came of one visitor's calls of the client under Node."""
    run = subprocess.run(
        ["node", "jss_client.cjs"],
        cwd=PACKAGES,
        input=json.dumps({"host": site.url, "key": key, "site": SITE, "calls": calls}),
        capture_output=True,
        check=True,
        text=True,
        timeout=60,
    )
    results: list[dict[str, Any]] = json.loads(run.stdout)
    return results


def call(page: Page, site: Instance, key: str, name: str, *arguments: Any) -> Any:
    """What comes of a call of the client in the page: ``value``, or the ``error``."""
    service = {"host": site.url, "key": key, "site": SITE}
    return page.evaluate(
        """([name, call]) => jss[name](...call).then(
            (value) => ({ value: value ?? null }),
            (error) => ({ error: { status: error.response?.status ?? null, text: String(error) } }),
        )""",
        [name, [service, *arguments]],
    )


def visits(site: Instance) -> list[dict[str, Any]]:
    """The interactions, newest first."""
    found: list[dict[str, Any]] = site.interactions()["interactions"]
    return found


def aliases(events: list[dict[str, Any]]) -> list[str]:
    return [event["alias"] for event in events]


def test_each_kind_of_event_is_tracked_by_itself(site: Instance, key: str) -> None:
    kinds = [PAGE, EVENT, GOAL, OUTCOME, CAMPAIGN]
    results = called(site, key, *[("track", kind) for kind in kinds])
    assert results == [TRACKED_ONE] * 5
    (page,) = visits(site)[0]["pages"]
    assert page["url"] == PAGE["url"]
    assert [(event["kind"], event["alias"]) for event in page["events"]] == [
        ("event", "Download"),
        ("goal", "Instant Demo"),
        ("outcome", "Opportunity"),
        ("campaign", "Sample Campaign"),
    ]
    assert page["events"][2]["monetary_value"] == "12.5000"


def test_a_batch_lands_in_order_and_a_flush_ends_the_visit(site: Instance, key: str) -> None:
    batch = [EVENT, GOAL, OUTCOME, PAGE, REGISTER]
    results = called(
        site, key, ("track", batch), ("track", [], {"action": "flush"}), ("track", [EVENT])
    )
    assert results == [
        {"value": {"tracked": 5, "errors": []}},
        {"value": {"flushed": True}},
        TRACKED_ONE,
    ]
    later, flushed = visits(site)[:2]
    assert (later["ended"], aliases(later["events"])) == (None, ["Download"])
    assert later["device"] == flushed["device"]
    assert flushed["end_reason"] == "flushed"
    assert aliases(flushed["events"]) == ["Download", "Instant Demo", "Opportunity"]
    assert [aliases(page["events"]) for page in flushed["pages"]] == [["Register"]]


def test_on_a_server_the_client_sends_nothing_of_itself(site: Instance, key: str) -> None:
    before = len(visits(site))
    assert called(site, key, ("track", EVENT, {"test": False})) == [{"value": None}]
    assert len(visits(site)) == before


def test_one_event_that_fails_does_not_fail_the_batch(site: Instance, key: str) -> None:
    ((result),) = called(site, key, ("track", [GOAL, UNKNOWN, EVENT]))
    assert result["value"]["tracked"] == 2
    (error,) = result["value"]["errors"]
    assert (error["index"], error["code"], error["id"]) == (1, "unknown_goal", "Nobody's")


def test_a_batch_of_which_nothing_is_tracked_rejects(site: Instance, key: str) -> None:
    (result,) = called(site, key, ("track", UNKNOWN))
    assert result["error"]["status"] == 400
    assert result["error"]["data"]["errors"][0]["code"] == "unknown_goal"


def test_a_fetcher_of_the_older_contract_is_told_what_it_posts(site: Instance, key: str) -> None:
    (result,) = called(site, key, ("trackWithOlderFetcher", EVENT))
    assert result["error"]["status"] == 400
    assert (
        "data fetcher posts its options object" in result["error"]["data"]["errors"][0]["message"]
    )


@pytest.mark.parametrize(("query", "status"), [({}, 401), ({"sc_apikey": str(uuid4())}, 403)])
def test_without_the_right_key_the_client_rejects(
    site: Instance, key: str, query: dict[str, str], status: int
) -> None:
    options = {"querystringParams": query}
    (event, flush) = called(
        site,
        key,
        ("track", EVENT, options),
        ("track", [], {"action": "flush", "querystringParams": {"sc_apikey": str(uuid4())}}),
    )
    assert event["error"]["status"] == status
    assert event["error"]["data"]["errors"][0]["code"] == "api_key"
    assert flush["error"]["status"] == 403


def test_the_layout_service_gives_pages_in_their_language(site: Instance, key: str) -> None:
    english, danish = called(site, key, ("layout", "/about", "en"), ("layout", "/about", "da"))
    route = english["value"]["sitecore"]["route"]
    assert route["itemLanguage"] == english["value"]["sitecore"]["context"]["language"] == "en"
    assert "jss-main" in route["placeholders"]
    translated = danish["value"]["sitecore"]["route"]
    assert translated["itemLanguage"] == "da"
    assert translated["itemId"] == route["itemId"]


def test_an_unknown_page_is_a_layout_without_a_route(site: Instance, key: str) -> None:
    (result,) = called(site, key, ("layout", "/no/such/page", "en"))
    assert result["value"]["sitecore"]["route"] is None
    assert result["value"]["sitecore"]["context"]["language"] == "en"


def test_a_placeholder_alone_is_that_of_the_page(site: Instance, key: str) -> None:
    page, alone = called(
        site, key, ("layout", "/about", "en"), ("placeholder", "jss-main", "/about", "en")
    )
    whole = page["value"]["sitecore"]["route"]["placeholders"]["jss-main"]
    assert alone["value"]["elements"] == whole


def test_the_layout_service_rejects_an_unknown_key(site: Instance) -> None:
    (result,) = called(site, str(uuid4()), ("layout", "/", "en"))
    assert result["error"]["status"] == 403


def test_what_an_app_renders_counts_for_its_visitor(site: Instance, key: str) -> None:
    before = visits(site)
    (sent,) = called(site, key, ("page", "/about", {"user-agent": USER_AGENT}))
    # What JSS takes apart begins with a blank, which HTTP knows to be none of the value.
    lines = [line.strip() for line in sent["value"]["Set-Cookie"]]
    assert sorted(line.partition("=")[0] for line in lines) == [
        "ASP.NET_SessionId",
        "SC_ANALYTICS_GLOBAL_COOKIE",
    ]
    cookie = "; ".join(line.partition(";")[0] for line in lines)
    called(site, key, ("page", "/", {"user-agent": USER_AGENT, "cookie": cookie}))
    after = visits(site)
    assert len(after) == len(before) + 1
    assert [page["url"] for page in after[0]["pages"]] == ["/about", "/"]


def test_the_dictionary_is_that_of_the_language(site: Instance, key: str) -> None:
    english, danish = called(site, key, ("dictionary", "en"), ("dictionary", "da"))
    assert danish["value"]["Page not found"] == "Siden findes ikke"
    assert english["value"].keys() == danish["value"].keys()


def test_the_dictionary_rejects_an_unknown_language_and_key(site: Instance, key: str) -> None:
    (no_language,) = called(site, key, ("dictionary", "tlh"))
    (no_key,) = called(site, str(uuid4()), ("dictionary", "en"))
    assert no_language["error"]["status"] == 404
    assert no_key["error"]["status"] == 403


def test_a_page_of_a_listed_origin_tracks_with_its_visitors_cookies(
    site: Instance, key: str, listed: Page
) -> None:
    first = call(listed, site, key, "track", [PAGE, EVENT])
    second = call(listed, site, key, "track", REGISTER)
    assert first == {"value": {"tracked": 2, "errors": []}}
    assert second == TRACKED_ONE
    cookies = listed.context.cookies(site.url)
    assert {cookie.get("name") for cookie in cookies} == {
        "SC_ANALYTICS_GLOBAL_COOKIE",
        "ASP.NET_SessionId",
    }
    assert all(cookie.get("httpOnly") for cookie in cookies)
    (page,) = visits(site)[0]["pages"]
    assert aliases(page["events"]) == ["Download", "Register"]


def test_a_page_of_a_listed_origin_flushes_and_reads_what_failed(
    site: Instance, key: str, listed: Page
) -> None:
    call(listed, site, key, "track", PAGE)
    flushed = call(listed, site, key, "track", [], {"action": "flush"})
    assert flushed == {"value": {"flushed": True}}
    assert visits(site)[0]["end_reason"] == "flushed"
    assert call(listed, site, key, "track", UNKNOWN)["error"]["status"] == 400


def test_a_page_of_a_listed_origin_reads_layout_and_dictionary(
    site: Instance, key: str, listed: Page
) -> None:
    layout = call(listed, site, key, "layout", "/about", "en")
    assert layout["value"]["sitecore"]["route"]["itemLanguage"] == "en"
    phrases = call(listed, site, key, "dictionary", "da")
    assert phrases["value"]["Page not found"] == "Siden findes ikke"


def test_a_page_of_an_unlisted_origin_gets_nothing_and_does_nothing(
    site: Instance, key: str, unlisted: Page
) -> None:
    before = len(visits(site))
    for name, arguments in (
        ("track", (EVENT,)),
        ("layout", ("/about", "en")),
        ("dictionary", ("en",)),
    ):
        result = call(unlisted, site, key, name, *arguments)
        assert result["error"] == {"status": None, "text": "TypeError: Failed to fetch"}
    assert unlisted.context.cookies(site.url) == []
    assert len(visits(site)) == before


def test_an_unlisted_origin_gains_nothing_by_sending_without_asking(
    site: Instance, key: str, unlisted: Page
) -> None:
    before = len(visits(site))
    url = f"{site.url}/sitecore/api/jss/track/event?sc_apikey={key}"
    options = {
        "method": "POST",
        "mode": "no-cors",
        "credentials": "include",
        "body": json.dumps([EVENT]),
    }
    with unlisted.expect_response(url) as answered:
        unlisted.evaluate(
            "([url, options]) => fetch(url, options).then(() => null)", [url, options]
        )
    assert answered.value.status == 403
    assert len(visits(site)) == before
