"""A page that a real browser fetches in advance is counted once, when it is shown."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.signals import request_started
from playwright.sync_api import Page

from jss_tracking.models import TrackedEvent
from tests.end_to_end.chromium import visitor
from tests.end_to_end.served import served
from tests.sensitive import SITE_API_KEY

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

NEXT = "/about"
RULES = """
const rules = document.createElement("script");
rules.type = "speculationrules";
rules.text = '{"prefetch": [{"urls": ["/about"], "eagerness": "immediate"}]}';
document.head.append(rules);
"""


class Asked:
    """What the site was asked for: paths, each with its purpose."""

    def __init__(self) -> None:
        self.paths: list[tuple[str, str]] = []

    def note(self, environ: dict[str, Any], **_: Any) -> None:
        path = environ["PATH_INFO"]
        if re.fullmatch(r"/\w*", path):
            self.paths.append((path, environ.get("HTTP_SEC_PURPOSE", "")))


@pytest.fixture
def asked() -> Iterator[Asked]:
    asked = Asked()
    request_started.connect(asked.note)
    yield asked
    request_started.disconnect(asked.note)


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch, settings: Any, asked: Asked) -> Iterator[Page]:
    """The first page, which has the second one fetched."""
    # Playwright has an event loop of its own in this thread, where Django sees one.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    settings.TRACKER_SERVICE_ENABLED = True
    settings.SITECORE_API_KEY = SITE_API_KEY
    with served() as site, visitor() as context:
        tab = context.new_page()
        tab.goto(f"{site}/", wait_until="load")
        tab.evaluate(RULES)
        for _ in range(100):
            if (NEXT, "prefetch") in asked.paths:
                break
            tab.wait_for_timeout(50)
        # The tracker's client waits a while for more before it sends.
        tab.wait_for_timeout(800)
        yield tab


def page_views() -> list[str]:
    found = TrackedEvent.objects.filter(kind=TrackedEvent.Kind.PAGE_VIEW)
    return list(found.order_by("timestamp", "sequence").values_list("url", flat=True))


def test_a_page_that_was_only_fetched_is_not_counted(home: Page, asked: Asked) -> None:
    assert asked.paths == [("/", ""), (NEXT, "prefetch")]
    assert page_views() == ["/"]


def test_it_is_counted_once_when_it_is_shown(home: Page, asked: Asked) -> None:
    with home.expect_response("**/track/event?**") as sent:
        home.evaluate(f"location.assign('{NEXT}')")
    assert sent.value.json() == {"tracked": 1, "errors": []}
    home.wait_for_timeout(800)
    assert asked.paths == [("/", ""), (NEXT, "prefetch")], "the page was fetched anew"
    assert home.locator("html").get_attribute("data-counted") == "false"
    assert page_views() == ["/", NEXT]
