from collections.abc import Iterator

import pytest
import responses
from pytest_django import Settings

from tests.sensitive import SITE_API_KEY


@pytest.fixture(autouse=True)
def no_jitter(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pause is as long as it is on average."""
    monkeypatch.setattr("random.uniform", lambda low, high: (low + high) / 2)


@pytest.fixture
def connected(settings: Settings) -> None:
    """The environment's site has a Sitecore, and its tracker is on."""
    settings.TRACKER = "jss_tracking.trackers.sitecore.SitecoreTracker"
    settings.TRACKER_SERVICE_ENABLED = True
    settings.SITECORE_API_HOST = "https://cd.example.com"
    settings.SITECORE_SITE_NAME = "shop"
    settings.SITECORE_API_KEY = SITE_API_KEY


@pytest.fixture
def sitecore(connected: None) -> Iterator[responses.RequestsMock]:
    """What the Sitecore answers, and what it was asked."""
    with responses.RequestsMock(assert_all_requests_are_fired=False) as fake:
        yield fake
