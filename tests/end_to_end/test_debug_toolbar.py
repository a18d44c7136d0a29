"""The toolbar on the sample site's pages, over HTTP."""

import html
import re
from pathlib import Path

import pytest
import requests
from django.conf import settings

from tests.end_to_end.instances import instance


@pytest.mark.load
def test_the_panel_of_a_page_is_shown_on_demand(tmp_path: Path) -> None:
    with instance(tmp_path, DEBUG_TOOLBAR="true") as site:
        page = requests.get(site.url, timeout=30).text
        found = re.search(r'data-request-id="(\w+)"', page)
        assert found, "the page has no toolbar"
        query = {"request_id": found[1], "panel_id": "TrackingPanel"}
        panel = requests.get(f"{site.url}/__debug__/render_panel/", params=query, timeout=30)
    content = html.unescape(panel.json()["content"])
    assert "<h4>Events of this page</h4>\n<ul><li>page_view /</li></ul>" in content
    assert re.search(r"Set-Cookie</th><td><code>SC_ANALYTICS_GLOBAL_COOKIE=\w{4}…\|False;", content)


def test_pages_are_clean_unless_somebody_asks() -> None:
    assert "debug_toolbar" not in settings.INSTALLED_APPS
