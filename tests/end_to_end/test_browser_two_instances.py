"""A person's visit, from a browser through a connected site to the one that keeps it."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.end_to_end.conftest import MAKE_KEY
from tests.end_to_end.instances import ROOT, Instance, free_port, instance

pytestmark = pytest.mark.browser

SETTINGS = "tests.end_to_end.visit.settings"
DEVICE = "SC_ANALYTICS_GLOBAL_COOKIE"
VISIT_PAGE = """
id: visit-page
template: App Route
fields:
  pageTitle: Your visit
placeholders:
  jss-main:
    - componentName: VisitSoFar
"""


@pytest.fixture
def sitecore(tmp_path: Path) -> Iterator[Instance]:
    """The site that keeps visits, with a page that tells of them."""
    data = tmp_path / "data"
    shutil.copytree(ROOT / "data", data)
    (data / "routes" / "visit").mkdir()
    (data / "routes" / "visit" / "en.yml").write_text(VISIT_PAGE)
    with instance(
        tmp_path / "sitecore",
        DJANGO_SETTINGS_MODULE=SETTINGS,
        JSS_DATA_DIR=str(data),
        SITECORE_API_KEY=str(uuid4()),
    ) as site:
        yield site


@pytest.fixture
def connected(tmp_path: Path, sitecore: Instance) -> Iterator[Instance]:
    """The site that the browser sees."""
    port, key = free_port(), str(uuid4())
    origin = f"http://127.0.0.1:{port}"
    sitecore.manage("shell", "-c", MAKE_KEY.format(key=key, origin=origin))
    with instance(
        tmp_path / "connected",
        port=port,
        DJANGO_SETTINGS_MODULE=SETTINGS,
        JSS_MODE="connected",
        SITECORE_API_HOST=sitecore.url,
        SITECORE_API_KEY=key,
    ) as site:
        yield site


@pytest.fixture
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        arguments += ["--disable-sync", "--no-first-run"]
        chromium = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=arguments)
        yield chromium
        chromium.close()


def flag(page: Page) -> str:
    """Whether the browser's analytics cookie says that a person visits."""
    (cookie,) = [cookie for cookie in page.context.cookies() if cookie["name"] == DEVICE]
    return cookie["value"].partition("|")[2]


def test_a_visit_is_one_contact_with_one_interaction_of_two_pages(
    browser: Browser, connected: Instance, sitecore: Instance
) -> None:
    page = browser.new_page()
    page.goto(connected.url)
    assert page.locator('meta[name="VIcurrentDateTime"]').count() == 1
    assert flag(page) == "False"
    report = json.loads(sitecore.manage("show_interactions", "--json"))
    assert (report["interactions"], report["hidden"]["robots"]) == ([], 1)

    with page.expect_response(lambda answer: "VisitorIdentificationCSS" in answer.url) as answer:
        page.mouse.move(100, 100)
        page.mouse.move(200, 200)
    assert answer.value.status == 200
    assert answer.value.url.startswith(connected.url)
    assert flag(page) == "True"

    page.goto(f"{connected.url}/visit")
    assert page.locator(".visit-so-far li").all_inner_texts() == ["/", "/visit"]
    assert page.locator('meta[name="VIcurrentDateTime"]').count() == 0

    page.goto(f"{connected.url}/sitecore/api/jss/track/flush")
    (visit,) = sitecore.interactions()["interactions"]
    assert [view["url"] for view in visit["pages"]] == ["/", "/visit"]
    assert visit["ended"]
    count = "from jss_tracking.models import Contact; print(Contact.objects.count())"
    assert sitecore.manage("shell", "-c", count).split()[-1] == "1"
    assert connected.interactions()["interactions"] == []
