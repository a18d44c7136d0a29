"""A site whose pages know the tracker by other names."""

from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext

from tests.end_to_end.instances import instance
from tests.tracking_client.site import KEY

pytestmark = pytest.mark.browser


def test_no_stock_name_is_asked_for_and_every_event_arrives(
    tmp_path: Path, visitor: BrowserContext
) -> None:
    asked: list[str] = []
    visitor.on("request", lambda request: asked.append(request.url))
    with instance(
        tmp_path,
        SITECORE_API_KEY=KEY,
        TRACKER_SERVICE_PATH="site/visits",
        TRACKER_SCRIPT="site/visits.js",
    ) as site:
        tab = visitor.new_page()
        tab.goto(f"{site.url}/tracking")
        with tab.expect_response(lambda answer: "VisitorIdentificationCSS" in answer.url):
            tab.mouse.move(100, 100)
            tab.mouse.move(200, 200)
        with tab.expect_response(lambda answer: "/site/visits/event" in answer.url) as answered:
            tab.evaluate("trackingApi.trackEvent({eventId: 'Download'})")
        assert answered.value.json()["errors"] == []
        with tab.expect_response(lambda answer: "/site/visits/flush" in answer.url):
            tab.evaluate("trackingApi.trackEvent([], {action: 'flush'})")
        (interaction,) = site.interactions()["interactions"]
    assert "Download" in [
        event["alias"] for page in interaction["pages"] for event in page["events"]
    ]
    assert interaction["end_reason"] == "flushed"
    assert f"{site.url}/static/site/visits.js" in asked
    assert [url for url in asked if "track/" in url or "tracker" in url] == []
