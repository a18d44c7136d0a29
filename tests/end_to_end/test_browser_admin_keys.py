"""An API key's life in the admin, clicked in a browser, and what two workers make of it."""

import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
import requests
from playwright.sync_api import Page, expect, sync_playwright

from tests.end_to_end.instances import Instance, free_port, instance

pytestmark = pytest.mark.browser

MAKE_LOGIN = (
    "from django.contrib.auth.models import User; "
    "User.objects.create_superuser('keeper', password='of-the-keys')"
)
GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
KNOWN_EVERYWHERE = 15


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Instance]:
    """A site of two workers, which know each other's changes by the database alone."""
    port = free_port()
    gunicorn = [sys.executable, "-m", "gunicorn", "jss_site.wsgi", "--workers", "2"]
    command = [*gunicorn, "--bind", f"127.0.0.1:{port}"]
    with instance(tmp_path, port, command, SITECORE_API_KEY=str(uuid4())) as site:
        site.manage("shell", "-c", MAKE_LOGIN)
        yield site


@pytest.fixture
def keeper(site: Instance) -> Iterator[Page]:
    """A browser in whose admin somebody has logged in."""
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        chromium = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=arguments)
        page = chromium.new_page(viewport={"width": 1280, "height": 900})
        page.goto(f"{site.url}/admin")
        page.get_by_label("Username").fill("keeper")
        page.get_by_label("Password").fill("of-the-keys")
        page.get_by_role("button", name="Log in").click()
        page.get_by_role("link", name="API keys", exact=True).click()
        yield page
        chromium.close()


def make_key(page: Page) -> str:
    """Fill in the form for a new key, and give the key that the admin chose."""
    page.get_by_role("link", name="Add API key").click()
    page.get_by_label("Name").fill("The app")
    page.get_by_label("Opens the tracker").check()
    page.get_by_label("CORS origins").fill("https://app.example.com")
    key = page.get_by_label("Key:").input_value()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".messagelist")).to_contain_text("“The app” was added successfully")
    return key


def act(page: Page, action: str) -> str:
    """Do this to the only key of the list, and give what the admin says of it."""
    page.get_by_label("Select all objects on this page for an action").check()
    page.get_by_label("Action:").select_option(label=action)
    page.get_by_role("button", name="Go").click()
    return page.locator(".messagelist").inner_text()


def known_everywhere(site: Instance, key: str, status: int) -> bool:
    """Whether soon every call with the key, whichever worker has it, is answered so."""
    until = time.monotonic() + KNOWN_EVERYWHERE
    while time.monotonic() < until:
        if {post(site, key) for _ in range(12)} == {status}:
            return True
    return False


def post(site: Instance, key: str) -> int:
    address = f"{site.url}/sitecore/api/jss/track/event?sc_apikey={key}"
    headers = {"User-Agent": "Firefox/140.0", "Origin": "https://app.example.com"}
    return requests.post(address, json=[], headers=headers, timeout=10).status_code


def test_a_key_is_made_used_rotated_and_disabled_for_all_workers(
    site: Instance, keeper: Page
) -> None:
    key = make_key(keeper)
    row = keeper.locator("#result_list tbody tr")
    expect(row).to_contain_text(key)
    expect(row.locator(".field-last_used")).to_have_text("-")
    assert known_everywhere(site, key, 200)

    keeper.reload()
    expect(row.locator(".field-last_used")).not_to_have_text("-")

    rotated = GUID.findall(act(keeper, "Rotate: new keys, the old ones end"))
    assert len(rotated) == 1
    assert rotated != [key]
    expect(row).to_contain_text(rotated[0])
    assert known_everywhere(site, key, 403)
    assert known_everywhere(site, rotated[0], 200)

    assert "The app is disabled." in act(keeper, "Disable")
    assert known_everywhere(site, rotated[0], 403)
    assert "The app is enabled." in act(keeper, "Enable")
    assert known_everywhere(site, rotated[0], 200)


def test_a_key_that_exists_shows_in_its_form_and_cannot_be_typed_over(keeper: Page) -> None:
    key = make_key(keeper)
    keeper.get_by_role("link", name="The app", exact=True).first.click()
    expect(keeper.locator(".field-key .readonly")).to_have_text(key)
    expect(keeper.locator("input[name=key]")).to_have_count(0)
    keeper.get_by_label("CORS origins").fill("*")
    keeper.get_by_role("button", name="Save", exact=True).click()
    expect(keeper.locator(".errorlist").last).to_contain_text("“*” is no origin.")
