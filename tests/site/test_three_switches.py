"""The table “Three switches of tracking” in docs/settings.md, a test a cell."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import responses
from django.test import Client
from pytest_django import Settings

from jss_layout.models import Site
from jss_tracking.models import TrackedEvent
from tests.sensitive import ANALYTICS_COOKIE, SITE_API_KEY

DOCS = Path(__file__).resolve().parent.parent.parent / "docs" / "settings.md"
SITECORE = "https://cd.example.com"
LAYOUT = {
    "sitecore": {
        "context": {"language": "en", "site": {"name": "website"}},
        "route": {"name": "home", "itemId": "110d559f-dea5-42ea-9c1c-8a5df7e70ef9"},
    }
}

SWITCHES: dict[str, dict[str, bool]] = {
    "all on": {},
    "`LAYOUT_SERVICE_TRACKING=false`": {"LAYOUT_SERVICE_TRACKING": False},
    "`TRACKER_SERVICE_ENABLED=false`": {"TRACKER_SERVICE_ENABLED": False},
    "site tracking off": {"SITECORE_ENABLE_TRACKING": False},
    "site of the admin": {},
}

pytestmark = pytest.mark.django_db


def cells(*values: object) -> pytest.MarkDecorator:
    """One value for each switch; a site of the admin is as one of the environment."""
    columns = zip(SWITCHES, (*values, values[-1]), strict=True)
    return pytest.mark.parametrize(
        ("switched", "expected"), list(columns), ids=list(SWITCHES), indirect=["switched"]
    )


@pytest.fixture
def switched(request: pytest.FixtureRequest, settings: Settings) -> None:
    """The sample site with one switch off."""
    settings.TRACKER_SERVICE_ENABLED = True
    settings.SITECORE_API_KEY = SITE_API_KEY
    for name, value in SWITCHES[request.param].items():
        setattr(settings, name, value)
    if request.param == "site of the admin":
        Site.objects.create(name="website", host_names="testserver", enable_tracking=False)


@pytest.fixture
def sitecore(settings: Settings) -> Iterator[responses.RequestsMock]:
    """The Sitecore that the site is connected to; it sets a cookie of each kind."""
    settings.JSS_MODE, settings.SITECORE_API_HOST = "connected", SITECORE
    with responses.RequestsMock(assert_all_requests_are_fired=False) as fake:
        fake.get(
            re.compile(f"{SITECORE}/sitecore/api/layout/render/jss"),
            json=LAYOUT,
            headers={
                "Set-Cookie": f"SC_ANALYTICS_GLOBAL_COOKIE={ANALYTICS_COOKIE}; path=/, lang=en"
            },
        )
        fake.get(re.compile(f"{SITECORE}/sitecore/api/jss/dictionary/"), json={"phrases": {}})
        yield fake


@pytest.fixture
def visitor() -> Client:
    client = Client()
    client.cookies["SC_ANALYTICS_GLOBAL_COOKIE"] = ANALYTICS_COOKIE
    return client


def layout_call(fake: responses.RequestsMock) -> Any:
    (call,) = (call.request for call in fake.calls if "/layout/" in str(call.request.url))
    return call


@cells("true", "false", "true", "false")
def test_tracking_in_the_layout_call(
    switched: None, expected: str, sitecore: responses.RequestsMock, visitor: Client
) -> None:
    visitor.get("/")
    assert parse_qs(urlsplit(layout_call(sitecore).url).query)["tracking"] == [expected]


@cells(1, 0, 1, 0)
def test_the_page_view_of_a_rendered_page(switched: None, expected: int, visitor: Client) -> None:
    assert visitor.get("/about").status_code == 200
    assert TrackedEvent.objects.filter(kind="page_view").count() == expected


@cells(True, True, True, False)
def test_analytics_cookies_up(
    switched: None, expected: bool, sitecore: responses.RequestsMock, visitor: Client
) -> None:
    visitor.get("/")
    cookies = layout_call(sitecore).headers.get("Cookie", "")
    assert ("SC_ANALYTICS_GLOBAL_COOKIE" in cookies) is expected


@cells(True, True, True, False)
def test_analytics_cookies_down(
    switched: None, expected: bool, sitecore: responses.RequestsMock, visitor: Client
) -> None:
    response = visitor.get("/")
    lines = [cookie.OutputString() for cookie in response.cookies.values()]
    assert any("SC_ANALYTICS_GLOBAL_COOKIE" in line for line in lines) is expected


TRACKED = (200, {"tracked": 1, "errors": []})


@cells(
    TRACKED, TRACKED, (404, None), (200, {"tracked": 0, "errors": [], "dropped": "tracking_off"})
)
def test_the_trackers_endpoint(switched: None, expected: Any, visitor: Client) -> None:
    address = f"/sitecore/api/jss/track/event?sc_apikey={SITE_API_KEY}"
    response = visitor.post(address, {"eventId": "Download"}, content_type="application/json")
    status, body = expected
    assert response.status_code == status
    assert body is None or response.json() == body
    assert TrackedEvent.objects.filter(kind="event").count() == (1 if expected == TRACKED else 0)


@cells(True, True, False, False)
def test_the_tags_of_the_tracker(switched: None, expected: bool, visitor: Client) -> None:
    html = visitor.get("/tracking").content.decode()
    assert ("jss_tracking/tracker.js" in html) is expected
    assert ("data-jss-track" in html) is expected


def test_the_table_has_no_other_switch_and_no_other_row() -> None:
    section = DOCS.read_text().partition("## Three switches of tracking")[2].partition("\n## ")[0]
    head, _, *rows = [line for line in section.splitlines() if line.startswith("|")]
    assert [cell.strip() for cell in head.strip("|").split("|")][1:] == list(SWITCHES)[:4]
    assert len(rows) == 5
