"""Every page of the sample site before the Nu HTML checker and axe-core.

Both come from ``tests/browser/package.json``: ``npm ci --prefix tests/browser``.
"""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from django.template.loader import render_to_string
from playwright.sync_api import Browser, Page, sync_playwright

from tests.end_to_end.instances import ROOT, Instance, instance
from tests.sensitive import SITE_API_KEY

PACKAGES = ROOT / "tests" / "browser" / "node_modules"
NU = PACKAGES / "vnu-jar" / "build" / "dist" / "vnu.jar"
AXE = PACKAGES / "axe-core" / "axe.min.js"
ROUTES = ROOT / "data" / "routes"
PATHS = sorted(
    "/" + path.parent.relative_to(ROUTES).as_posix().strip(".") for path in ROUTES.rglob("en.yml")
)
ADDRESSES = [*PATHS, *(f"/da{path}".rstrip("/") for path in PATHS), "/no-such-page"]
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
# axe's own scale is minor, moderate, serious, critical.
GRAVE = ("serious", "critical")

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("html_validity")]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    """The sample site from files, with a key for its own pages, so that they track."""
    folder = tmp_path_factory.mktemp("site")
    with instance(folder, SITECORE_API_KEY=SITE_API_KEY) as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, bypass_csp=True)
    yield context.new_page()
    context.close()


def complaints(folder: Path) -> list[str]:
    """What the Nu HTML checker says of the HTML files in a folder, warnings included."""
    done = subprocess.run(
        ["java", "-jar", NU, "--format", "json", "--stdout", "--exit-zero-always", folder],
        capture_output=True,
        text=True,
        check=True,
    )
    return [
        f"{Path(found['url']).name}:{found.get('lastLine')}: {found['message']}: "
        f"{found.get('extract', '').strip()}"
        for found in json.loads(done.stdout)["messages"]
    ]


def findings(page: Page) -> list[str]:
    """What axe-core finds on the page as it stands, if it is grave."""
    page.add_script_tag(path=AXE)
    found: list[dict[str, Any]] = page.evaluate("async () => (await axe.run()).violations")
    return [
        f"{rule['id']} ({rule['impact']}): {node['html']}"
        for rule in found
        if rule["impact"] in GRAVE
        for node in rule["nodes"]
    ]


def opened(page: Page, url: str, *, color_scheme: Any = "light") -> None:
    """Go to a page, and unfold what is folded, since axe sees only what shows."""
    page.emulate_media(color_scheme=color_scheme, reduced_motion="reduce")
    page.goto(url)
    page.evaluate("document.querySelectorAll('details').forEach(e => e.removeAttribute('name'))")
    page.evaluate("document.querySelectorAll('details').forEach(e => { e.open = true })")


def test_html_of_every_page_is_valid(site: Instance, tmp_path: Path) -> None:
    for number, address in enumerate(ADDRESSES):
        answer = requests.get(site.url + address, timeout=10)
        assert answer.status_code in (200, 404)
        name = address.strip("/").replace("/", "-") or "home"
        (tmp_path / f"{number}-{name}.html").write_bytes(answer.content)
    for name in ("500.html", "503.html"):
        (tmp_path / name).write_text(render_to_string(name, {"language": "en"}))
    assert complaints(tmp_path) == []


def test_the_checker_of_html_finds_what_is_wrong(tmp_path: Path) -> None:
    page = "<!doctype html><html lang=en><title>x</title><img src=x.png id=a><p id=a>x"
    (tmp_path / "wrong.html").write_text(page)
    assert [complaint.split(":")[2].strip()[:12] for complaint in complaints(tmp_path)] == [
        "An “img” ele",
        "Duplicate ID",
        "The first oc",
    ]


@pytest.mark.parametrize("address", ADDRESSES)
def test_no_page_shuts_anyone_out(site: Instance, page: Page, address: str) -> None:
    opened(page, site.url + address)
    assert findings(page) == []


@pytest.mark.parametrize("address", PATHS)
def test_no_page_shuts_anyone_out_in_the_dark(site: Instance, page: Page, address: str) -> None:
    opened(page, site.url + address, color_scheme="dark")
    assert findings(page) == []


@pytest.mark.parametrize(
    "address", ["/", "/styleguide", "/styleguide/placeholders", "/styleguide/sxa"]
)
def test_no_page_shuts_anyone_out_on_a_narrow_screen(
    site: Instance, page: Page, address: str
) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    opened(page, site.url + address)
    assert findings(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_check_of_accessibility_finds_what_is_wrong(page: Page) -> None:
    page.set_content("<html lang=en><title>x</title><main><h1>x</h1><img src=x.png></main>")
    assert [found.split()[0] for found in findings(page)] == ["image-alt"]
