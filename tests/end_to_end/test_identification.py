"""Visitor identification in a real browser, without a Sitecore."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.end_to_end.chromium import visitor
from tests.end_to_end.instances import Instance

pytestmark = [pytest.mark.browser]

SCRIPT = 'script[src$="/VisitorIdentification.js"]'


@pytest.fixture
def visit() -> Iterator[Any]:
    """A new browser's context: it keeps its own cookies."""
    with visitor() as context:
        yield context


def flag(visit: Any) -> str:
    """What the analytics cookie says."""
    cookies = {cookie["name"]: cookie["value"] for cookie in visit.cookies()}
    return str(cookies["SC_ANALYTICS_GLOBAL_COOKIE"].partition("|")[2])


def use_mouse(page: Any) -> None:
    page.mouse.move(100, 100)


def use_keyboard(page: Any) -> None:
    page.keyboard.press("Tab")


@pytest.mark.parametrize("use", [use_mouse, use_keyboard])
def test_who_moves_or_types_is_known_as_a_person_from_the_next_page_on(
    sitecore: Instance, visit: Any, use: Any
) -> None:
    page = visit.new_page()
    page.goto(f"{sitecore.url}/", wait_until="load")
    assert flag(visit) == "False"
    assert page.locator(SCRIPT).count() == 1
    with page.expect_response("**/VisitorIdentificationCSS.aspx?**") as answer:
        use(page)
    assert answer.value.ok
    assert flag(visit) == "True"
    page.goto(f"{sitecore.url}/tracking", wait_until="load")
    assert page.locator(SCRIPT).count() == 0
    assert flag(visit) == "True"


def test_a_page_that_nobody_touches_identifies_nobody(sitecore: Instance, visit: Any) -> None:
    page = visit.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{sitecore.url}/#main", wait_until="load")
    page.wait_for_timeout(800)
    assert not [url for url in asked if "VisitorIdentificationCSS" in url]
    assert flag(visit) == "False"


def test_the_form_of_consent_works_without_a_script(sitecore: Instance, visit: Any) -> None:
    page = visit.new_page()
    page.route("**/*.js", lambda route: route.abort())
    page.goto(f"{sitecore.url}/tracking", wait_until="load")
    page.get_by_role("button", name="Do not remember it").click()
    page.wait_for_url("**/tracking")
    assert {cookie["name"] for cookie in visit.cookies()} == {"SC_TRACKING_CONSENT"}
    assert page.locator("html").get_attribute("data-counted") == "false"
    page.get_by_role("button", name="You may remember it").click()
    page.wait_for_url("**/tracking")
    assert flag(visit) == "False"
    assert page.locator("html").get_attribute("data-counted") == "true"
