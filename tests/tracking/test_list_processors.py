from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

pytestmark = pytest.mark.usefixtures("stock_processors")

PAGE_VIEW = "jss_tracking.processors.PageViewProcessor"


def listed() -> list[str]:
    out = StringIO()
    call_command("list_processors", stdout=out)
    return out.getvalue().splitlines()


def test_the_order_is_printed_with_the_keys_that_each_looks_for() -> None:
    assert listed() == [
        " 1. jss_tracking.processors.EventProcessor (eventId)",
        " 2. jss_tracking.processors.GoalProcessor (goalId)",
        " 3. jss_tracking.processors.OutcomeProcessor (outcomeId)",
        " 4. jss_tracking.processors.CampaignProcessor (campaignId)",
        " 5. jss_tracking.processors.PageViewProcessor (pageId)",
    ]


def test_connected_it_says_what_sitecore_does(settings: Settings) -> None:
    settings.TRACKER = "jss_tracking.trackers.sitecore.SitecoreTracker"
    settings.TRACK_EVENT_PROCESSORS = [PAGE_VIEW]
    assert listed() == [f" 1. {PAGE_VIEW} (pageId, left out: Sitecore does it)"]


def test_a_pipeline_that_can_not_be_made_is_a_clear_error(settings: Settings) -> None:
    settings.TRACK_EVENT_PROCESSORS = ["nowhere.Nothing"]
    with pytest.raises(CommandError, match="TRACK_EVENT_PROCESSORS"):
        listed()
