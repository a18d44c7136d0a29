"""Explicit consent in a real browser, over TLS."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page

from jss_tracking.models import Contact, Interaction
from jss_tracking.models import TrackedEvent as Event
from tests.end_to_end.chromium import visitor
from tests.end_to_end.served import served
from tests.layout.fault_server import make_certificate, server_context
from tests.sensitive import SITE_API_KEY

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

CONSENT, DEVICE, SESSION = "SC_TRACKING_CONSENT", "SC_ANALYTICS_GLOBAL_COOKIE", "ASP.NET_SessionId"


@pytest.fixture
def site(settings: Any, tmp_path: Path) -> Iterator[str]:
    settings.TRACKING_EXPLICIT_CONSENT = True
    settings.TRACKER_SERVICE_ENABLED = True
    settings.SITECORE_API_KEY = SITE_API_KEY
    with served(context=server_context(make_certificate(tmp_path))) as url:
        yield url


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch) -> Iterator[BrowserContext]:
    # Playwright has an event loop of its own in this thread, where Django sees one.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    with visitor(ignore_https_errors=True) as context:
        yield context


@pytest.fixture
def page(browser: BrowserContext, site: str) -> Page:
    """The page on which the visitor is asked."""
    tab = browser.new_page()
    tab.goto(f"{site}/tracking", wait_until="load")
    return tab


def cookies(page: Page) -> dict[str, Any]:
    return {cookie["name"]: cookie for cookie in page.context.cookies()}


def page_views() -> list[str]:
    found = Event.objects.filter(kind=Event.Kind.PAGE_VIEW).order_by("timestamp", "sequence")
    return list(found.values_list("url", flat=True))


def test_before_the_visitor_agrees_nothing_is_set_sent_or_kept(page: Page) -> None:
    page.mouse.move(100, 100)
    page.wait_for_timeout(800)
    assert cookies(page) == {}
    assert page.evaluate("Object.keys(localStorage)") == []
    assert not Contact.objects.exists()


def test_the_page_on_which_the_visitor_agrees_by_script_is_counted_once(page: Page) -> None:
    with page.expect_response("**/track/event?**") as sent:
        page.evaluate("trackingApi.consent.give()")
    assert sent.value.json()["errors"] == []
    assert page_views() == ["/tracking"]
    assert {CONSENT, DEVICE, SESSION} <= cookies(page).keys()
    page.reload(wait_until="load")
    page.wait_for_timeout(800)
    assert page_views() == ["/tracking", "/tracking"]
    assert Interaction.objects.count() == 1


def test_the_page_on_which_the_visitor_agrees_by_the_form_is_counted_once(page: Page) -> None:
    page.locator('form[action$="/consent"] button[value="true"]').click()
    page.wait_for_selector('html[data-counted="true"]')
    page.wait_for_timeout(800)
    assert page_views() == ["/tracking"]


def test_over_tls_the_choice_is_a_secure_cookie_for_all_sites_that_embed_this_one(
    page: Page,
) -> None:
    page.evaluate("trackingApi.consent.give()")
    choice = cookies(page)[CONSENT]
    assert (choice["secure"], choice["sameSite"]) == (True, "None")


def test_who_takes_it_back_keeps_no_cookie_but_the_choice(page: Page) -> None:
    page.evaluate("trackingApi.consent.give()")
    page.reload(wait_until="load")
    assert DEVICE in cookies(page)
    page.evaluate("trackingApi.consent.revoke()")
    assert cookies(page).keys() == {CONSENT}
    page.reload(wait_until="load")
    assert cookies(page).keys() == {CONSENT}
    assert page.locator("html").get_attribute("data-counted") == "false"
