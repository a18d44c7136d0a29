"""A site under a Content-Security-Policy that names a nonce and no host."""

from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext

from tests.end_to_end.instances import instance
from tests.tracking_client.site import KEY

pytestmark = pytest.mark.browser

SETTINGS = "tests.tracking_client.nonce_settings"


def test_the_scripts_of_a_page_run_by_their_nonce_and_nothing_is_reported(
    tmp_path: Path, visitor: BrowserContext
) -> None:
    messages: list[str] = []
    with instance(tmp_path, SITECORE_API_KEY=KEY, DJANGO_SETTINGS_MODULE=SETTINGS) as site:
        tab = visitor.new_page()
        tab.on("console", lambda message: messages.append(message.text))
        tab.goto(f"{site.url}/about")
        with tab.expect_response(lambda answer: "VisitorIdentificationCSS" in answer.url):
            tab.mouse.move(100, 100)
            tab.mouse.move(200, 200)
        answer = tab.evaluate("trackingApi.trackEvent({ eventId: 'Download' })")
        (interaction,) = site.interactions()["interactions"]
    assert messages == []
    assert answer == {"tracked": 1, "errors": []}
    assert [event["alias"] for page in interaction["pages"] for event in page["events"]] == [
        "Download"
    ]
