"""The toolbar on the sample site's pages, over HTTP."""

import html
import re
from pathlib import Path
from uuid import uuid4

import pytest
import requests
from django.conf import settings

from tests.end_to_end.gate.upstream import DEVICE, SESSION, upstream
from tests.end_to_end.instances import Instance, instance
from tests.sensitive import ANALYTICS_COOKIE, SECRETS, SESSION_COOKIE


def panel_of(site: Instance, path: str = "/", **headers: str) -> str:
    """What the panel says of the page at the path."""
    page = requests.get(site.url + path, headers=headers, timeout=30).text
    found = re.search(r'data-request-id="(\w+)"', page)
    assert found, "the page has no toolbar"
    query = {"request_id": found[1], "panel_id": "TrackingPanel"}
    panel = requests.get(f"{site.url}/__debug__/render_panel/", params=query, timeout=30)
    return html.unescape(panel.json()["content"])


@pytest.mark.load
def test_the_panel_of_a_page_is_shown_on_demand(tmp_path: Path) -> None:
    with instance(tmp_path, DEBUG_TOOLBAR="true") as site:
        content = panel_of(site)
    assert "<h4>Events of this page</h4>\n<ul><li>page_view /</li></ul>" in content
    assert re.search(r"Set-Cookie</th><td><code>SC_ANALYTICS_GLOBAL_COOKIE=\w{4}…\|False;", content)


@pytest.mark.load
def test_the_panel_of_a_connected_page_shows_the_call_and_headers_both_ways(tmp_path: Path) -> None:
    visit = f"{SESSION}={SESSION_COOKIE}; {DEVICE}={ANALYTICS_COOKIE}"
    with (
        upstream() as sitecore,
        instance(
            tmp_path,
            DEBUG_TOOLBAR="true",
            JSS_MODE="connected",
            SITECORE_API_HOST=sitecore.url,
            SITECORE_API_KEY=str(uuid4()),
        ) as site,
    ):
        content = panel_of(site, "/about", **{"Cookie": visit, "User-Agent": "Visitor/a"})
        host = sitecore.url.removeprefix("http://")
    assert re.search(rf"GET {host}/sitecore/api/layout/render/jss: 200 in \d+ ms", content)
    up = [f"{DEVICE}={ANALYTICS_COOKIE[:4]}…|True", f"{SESSION}={SESSION_COOKIE[:4]}…"]
    assert all(f"Cookie</th><td><code>{masked}</code>" in content for masked in up)
    assert "User-Agent</th><td><code>Visitor/a</code>" in content
    assert "X-Forwarded-For</th><td><code>127.0.0.1</code>" in content
    assert f"Set-Cookie</th><td><code>{DEVICE}={ANALYTICS_COOKIE[:4]}…|True; expires=" in content
    assert "session_not_ended" in content
    assert [secret for secret in SECRETS if secret in content] == []


def test_pages_are_clean_unless_somebody_asks() -> None:
    assert "debug_toolbar" not in settings.INSTALLED_APPS
