"""The Experience Profile in a browser: a visit is followed to its profile, by anyone, anywhere."""

import json
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.test import Client
from django.utils import timezone
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, expect

from jss_tracking.models import Contact, Definition, Interaction, Refusal
from tests.end_to_end.chromium import visitor
from tests.end_to_end.served import served
from tests.sensitive import SITE_API_KEY
from tests.tracking.browser import Browser, page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

AXE = Path(__file__).parents[2] / "browser" / "node_modules" / "axe-core" / "axe.min.js"
ADMIN = "/admin/jss_tracking"
PAGES = (
    "dailyfigure/",
    "dailyfigure/?first=2026-02-01&last=2026-01-01",
    "contact/",
    "contact/?q=ann",
    "liveevent/",
    "liveevent/?mine",
    "interaction/",
)
STRICT = "default-src 'self'"


def strict_policy(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Any:
    """A middleware that allows a page nothing but the site's own files."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        response["Content-Security-Policy"] = STRICT
        return response

    return answer


@pytest.fixture
def site(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The sample site under a strict policy, with the tracker's endpoint open."""
    # Playwright has an event loop of its own in this thread, where Django sees one.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    settings.TRACKER_SERVICE_ENABLED = True
    settings.SITECORE_API_KEY = SITE_API_KEY
    settings.MIDDLEWARE = [f"{__name__}.strict_policy", *settings.MIDDLEWARE]
    with served() as url:
        yield url


@pytest.fixture
def admin(site: str) -> Iterator[BrowserContext]:
    """A browser in which the admin is open; its pages must break no policy."""
    complaints: list[str] = []

    def complain(message: ConsoleMessage) -> None:
        if message.type == "error" and "favicon.ico" not in message.location["url"]:
            complaints.append(message.text)

    with visitor() as context:
        context.on("weberror", lambda error: complaints.append(str(error.error)))
        context.on("console", complain)
        client = Client()
        client.force_login(User.objects.create_superuser("keeper"))
        session = client.cookies["sessionid"].value
        context.add_cookies([{"name": "sessionid", "value": session, "url": site}])
        yield context
    assert complaints == []


@pytest.fixture
def visits() -> None:
    """A little of everything that the pages show."""
    browser = Browser(referrer="https://search.example/", host="www.example.com")
    outcome = {"outcomeId": "Opportunity", "monetaryValue": "1250.5", "currencyCode": "EUR"}
    browser.track(page("/first"), {"goalId": "Login"}, page("/a-page-with-a-rather-long-path/" * 3))
    browser.flush()
    browser.track(page("/third"), outcome, {"campaignId": "Sample Campaign"})
    tracker = browser.request()
    with tracker.batch():
        tracker.identify_as("shop", "ann@example.com")
    Browser().track(page("/other"))
    Refusal.objects.create(refused=timezone.now(), code="unknown_goal", reference="No such goal")
    Interaction.objects.update(started=timezone.now() - timedelta(minutes=5))


def addresses(site: str) -> list[str]:
    contact = Contact.objects.get(is_known=True)
    visit = contact.interactions.all()[0]
    of_one = [f"contact/{contact.pk}/{each}/" for each in ("change", "delete", "history")]
    return [
        f"{site}{ADMIN}/{each}" for each in (*PAGES, *of_one, f"interaction/{visit.pk}/change/")
    ]


def findings(tab: Page) -> list[str]:
    """What axe-core finds, if it is grave."""
    tab.evaluate(AXE.read_text())
    found: list[dict[str, Any]] = tab.evaluate("async () => (await axe.run()).violations")
    return [
        f"{rule['id']}: {node['html'][:200]}"
        for rule in found
        if rule["impact"] in ("serious", "critical")
        for node in rule["nodes"]
    ]


def test_a_visit_is_followed_from_its_event_to_its_profile(
    site: str, admin: BrowserContext
) -> None:
    visiting = admin.new_page()
    live = admin.new_page()
    live.goto(f"{site}{ADMIN}/liveevent/")
    live.get_by_role("link", name="Follow my own visit").click()
    expect(live.get_by_text("This browser has no visit yet.")).to_be_visible()

    visiting.goto(f"{site}/about")
    events = live.locator('[data-rows="events"] tr')
    expect(events.filter(has_text="/about")).to_have_count(1)
    expect(live.get_by_text("This browser has no visit yet.")).to_be_hidden()

    body = json.dumps([{"goalId": "Register"}, {"goalId": "No such goal"}])
    path = f"/sitecore/api/jss/track/event?sc_apikey={SITE_API_KEY}"
    send = "([path, body]) => fetch(path, {method: 'POST', body}).then((answer) => answer.json())"
    assert visiting.evaluate(send, [path, body])["tracked"] == 1
    expect(events.first).to_contain_text("Register +25")
    refusals = live.locator('[data-rows="refusals"] tr')
    expect(refusals.filter(has_text="No such goal")).to_contain_text("unknown_goal")
    assert Interaction.objects.get().ended is None

    visiting.goto(f"{site}/sitecore/api/jss/track/flush")
    events.first.get_by_role("link").last.click()
    expect(live.get_by_role("heading", name="Anonymous contact")).to_be_visible()
    visit = live.locator("article.jss-visit")
    expect(visit).to_contain_text("/about")
    expect(visit).to_contain_text("Goal Register +25")
    expect(visit).to_contain_text("Flushed: the session was ended on demand")


def test_live_pauses_and_goes_on(site: str, admin: BrowserContext) -> None:
    live = admin.new_page()
    live.goto(f"{site}{ADMIN}/liveevent/")
    expect(live.get_by_role("status")).to_have_text("Looking every two seconds.")
    live.get_by_role("button", name="Pause").press("Enter")
    expect(live.get_by_role("status")).to_have_text("Paused.")
    Browser().track(page("/meanwhile"))
    live.get_by_role("button", name="Go on").press("Enter")
    expect(live.locator('[data-rows="events"] tr')).to_have_count(1)


def test_live_says_that_it_looks_before_the_first_answer(site: str, admin: BrowserContext) -> None:
    live = admin.new_page()
    live.route("**/liveevent/latest/*", lambda _route: None)
    live.goto(f"{site}{ADMIN}/liveevent/")
    expect(live.get_by_role("status")).to_have_text("Looking every two seconds.")


def test_charts_are_drawn_and_drawn_again_in_the_dark(
    site: str, admin: BrowserContext, visits: None
) -> None:
    tab = admin.new_page()
    tab.goto(f"{site}{ADMIN}/dailyfigure/")
    drawn = "() => [...document.querySelectorAll('canvas')].map((each) => each.toDataURL())"
    light = tab.evaluate(drawn)
    assert len(light) == 9
    assert len(set(light)) > 5
    tab.get_by_role("button", name="Toggle theme").click()
    tab.wait_for_function(
        "before => document.querySelector('canvas').toDataURL() !== before", arg=light[0]
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_no_page_shuts_anyone_out_or_breaks_a_strict_policy(
    site: str, admin: BrowserContext, visits: None, width: int, scheme: Any
) -> None:
    tab = admin.new_page()
    tab.set_viewport_size({"width": width, "height": 844})
    tab.emulate_media(color_scheme=scheme)
    for address in addresses(site):
        tab.goto(address)
        assert findings(tab) == [], address
        assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth"), address


@pytest.mark.parametrize("name", ["contact", "interaction"])
@pytest.mark.parametrize("width", [390, 768, 1024])
def test_no_list_scrolls_sideways_on_a_phone_or_a_tablet(
    site: str, admin: BrowserContext, visits: None, name: str, width: int
) -> None:
    contact = Contact.objects.get(is_known=True)
    contact.identifiers.update(identifier="rosalind.vandenberg.1472@example.com")
    tab = admin.new_page()
    tab.set_viewport_size({"width": width, "height": 844})
    tab.goto(f"{site}{ADMIN}/{name}/")
    assert tab.get_by_text("rosalind.vandenberg").count() > 0
    assert tab.locator(".results").evaluate("(each) => each.scrollWidth - each.clientWidth") == 0


@pytest.mark.parametrize("width", [390, 641, 768, 966, 1000, 1400, 1440])
def test_no_table_of_a_story_scrolls_sideways(
    site: str, admin: BrowserContext, visits: None, width: int
) -> None:
    contact = Contact.objects.get(is_known=True)
    contact.identifiers.create(source="newsletter", identifier=f"{'ann' * 20}@example.com")
    message = "No goal is called that; make one in the admin, or use its GUID or alias."
    Refusal.objects.create(
        refused=timezone.now(), code="unknown_goal", reference="goal" * 30, message=message
    )
    tab = admin.new_page()
    tab.set_viewport_size({"width": width, "height": 844})
    hidden = "(each) => each.scrollWidth - each.clientWidth"
    for name in (f"contact/{contact.pk}/change", "liveevent"):
        tab.goto(f"{site}{ADMIN}/{name}/")
        tables = tab.locator(".jss-table")
        assert tables.count() > 1
        assert [each.evaluate(hidden) for each in tables.all()] == [0] * tables.count()


@pytest.fixture
def long_words(visits: None) -> Contact:
    """A contact of whom everything is long and has no place to break."""
    campaign = Definition.objects.get(alias="Sample Campaign")
    browser = Browser()
    browser.track(page(f"/{'address' * 21}"), {"campaignId": "Sample Campaign"})
    Definition.objects.filter(pk=campaign.pk).update(alias="campaign" * 6, show_in_profile=True)
    Interaction.objects.update(channel="channel" * 14, campaign=campaign)
    contact = Contact.objects.latest("created")
    contact.identifiers.create(source="shop", identifier=f"{'ann' * 9}@example.com", kind="known")
    return contact


@pytest.mark.parametrize("width", [1440, 390])
def test_long_words_are_broken(
    site: str, admin: BrowserContext, long_words: Contact, width: int
) -> None:
    visit = long_words.interactions.get()
    tab = admin.new_page()
    tab.set_viewport_size({"width": width, "height": 844})
    hidden = "(all) => all.map((each) => each.scrollWidth - each.clientWidth)"
    for name in (
        f"contact/{long_words.pk}/change/",
        "liveevent/",
        f"interaction/{visit.pk}/change/",
        "interaction/",
    ):
        tab.goto(f"{site}{ADMIN}/{name}")
        assert tab.evaluate("document.scrollingElement.scrollWidth - innerWidth") <= 0, name
        assert set(tab.locator(".jss-table, .results").evaluate_all(hidden)) <= {0}, name


@pytest.mark.parametrize("width", [1440, 390])
def test_no_long_name_shuts_anyone_out(
    site: str, admin: BrowserContext, long_words: Contact, width: int
) -> None:
    name = " ".join(["Ann", "of", "the", "long", "name"] * 8)
    long_words.identifiers.update(identifier=name)
    tab = admin.new_page()
    tab.set_viewport_size({"width": width, "height": 844})
    tab.goto(f"{site}{ADMIN}/contact/{long_words.pk}/change/")
    assert name in tab.locator(".breadcrumbs").inner_text()
    assert findings(tab) == []


def test_a_character_that_turns_text_around_turns_its_own_around_alone(
    site: str, admin: BrowserContext
) -> None:
    turning = "\u202e"
    browser = Browser()
    browser.track(page(f"/{turning}first"), {"eventId": "Search", turning: f"{turning}tide"})
    browser.track(page("/second"))
    tab = admin.new_page()
    tab.goto(f"{site}{ADMIN}/contact/{Contact.objects.get().pk}/change/")
    first = tab.locator(".jss-pages > li").first
    for before, after in (
        (first.locator(".jss-page .jss-url"), first.locator(".jss-page .help")),
        (first.locator("li .help bdi").first, first.locator("li .help bdi").last),
    ):
        left, right = before.bounding_box(), after.bounding_box()
        assert left
        assert right
        assert left["x"] + left["width"] <= right["x"]
    tab.goto(f"{site}{ADMIN}/liveevent/")
    cells = tab.locator(".jss-url, .jss-name, .jss-what, bdi")
    kinds = "(all) => all.map((each) => getComputedStyle(each).unicodeBidi)"
    assert set(cells.evaluate_all(kinds)) == {"isolate"}


def test_the_beginning_of_an_id_is_not_broken(
    site: str, admin: BrowserContext, long_words: Contact
) -> None:
    tab = admin.new_page()
    tab.set_viewport_size({"width": 1440, "height": 844})
    tab.goto(f"{site}{ADMIN}/liveevent/")
    links = tab.locator('[data-rows="events"] a').filter(has_text=re.compile("^[0-9a-f]{8}$"))
    lines = links.evaluate_all("(all) => all.map((each) => each.getClientRects().length)")
    assert set(lines) == {1}


@pytest.mark.parametrize("width", [1440, 390])
def test_no_label_of_a_chart_is_cut(
    site: str, admin: BrowserContext, long_words: Contact, width: int
) -> None:
    tab = admin.new_page()
    tab.set_viewport_size({"width": width, "height": 844})
    tab.goto(f"{site}{ADMIN}/dailyfigure/")
    missing = """(all) => all.map((canvas) => {
        const { ctx, scales: { y } } = Chart.getChart(canvas);
        ctx.font = `${Chart.defaults.font.size}px ${Chart.defaults.font.family}`;
        const widths = y.ticks.map((tick) => ctx.measureText(tick.label).width);
        return Math.max(...widths) + y.options.grid.tickLength + y.options.ticks.padding - y.width;
    })"""
    charts = tab.locator("[data-chart=ranking] canvas")
    assert max(charts.evaluate_all(missing)) <= 1
