"""One Layout Service call with the visitor's cookies per page: ASP.NET locks a session.

Counted at a stand-in over real sockets, whatever the page is made of.
"""

import time
from typing import Any

import pytest
from django.test import Client

from tests.end_to_end.gate.upstream import DEVICE, SESSION, Upstream

COOKIES = f"{SESSION}=a; {DEVICE}=a|True"
VISITOR = {"User-Agent": "Visitor/a", "Cookie": COOKIES}

pytestmark = pytest.mark.django_db


@pytest.fixture
def sitecore(stand_in: Upstream, settings: Any) -> Upstream:
    settings.TRACKER_SERVICE_ENABLED = True
    return stand_in


def with_cookies(server: Upstream) -> list[tuple[str, str]]:
    return [(call["kind"], call["what"]) for call in server.calls if call["cookies"]]


def test_a_page_of_nested_components_and_phrases_is_one_call(sitecore: Upstream) -> None:
    response = Client(headers=VISITOR).get("/about")
    assert response.status_code == 200
    assert "[a]" in response.text
    assert with_cookies(sitecore) == [("page", "/about")]


@pytest.mark.parametrize(
    ("method", "headers"),
    [("GET", {"Sec-Purpose": "prefetch"}), ("HEAD", {}), ("GET", {"Sec-GPC": "1"})],
)
def test_a_page_that_does_not_count_is_no_more_than_one_call(
    sitecore: Upstream, method: str, headers: dict[str, str]
) -> None:
    Client(headers=VISITOR | headers).generic(method, "/about")
    pages = [call for call in sitecore.calls if call["kind"] == "page"]
    assert [(call["what"], call["tracking"]) for call in pages] == [("/about", "false")]
    assert len(with_cookies(sitecore)) <= 1


def test_pages_one_after_another_are_a_call_each(sitecore: Upstream) -> None:
    browser = Client(headers=VISITOR)
    for path in ("/one", "/two", "/one"):
        browser.get(path)
    assert with_cookies(sitecore) == [("page", "/one"), ("page", "/two"), ("page", "/one")]


def test_an_event_is_one_call_and_none_of_the_layout(sitecore: Upstream, settings: Any) -> None:
    settings.SITECORE_API_KEY = key = "0f1b6a52-9f0b-4c44-8d3a-52f3a6a3a1c1"
    response = Client(headers=VISITOR).post(
        f"/sitecore/api/jss/track/event?sc_apikey={key}",
        [{"eventId": "Download", "label": "a"}],
        content_type="application/json",
    )
    assert response.json() == {"tracked": 1, "errors": []}
    assert with_cookies(sitecore) == [("event", "a")]


def test_a_copy_for_bad_times_is_fetched_without_cookies(sitecore: Upstream, settings: Any) -> None:
    settings.LAYOUT_SNAPSHOT = True
    Client(headers=VISITOR).get("/about")
    for _ in range(500):
        pages = [call for call in sitecore.calls if call["kind"] == "page"]
        if len(pages) == 2:
            break
        time.sleep(0.01)
    assert [call["tracking"] for call in pages] == ["true", "false"]
    assert with_cookies(sitecore) == [("page", "/about")]
