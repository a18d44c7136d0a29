from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from pytest_django import Settings

from jss_layout.sites import SiteDefinition
from jss_tracking.lost_answers import device_of_first_events
from jss_tracking.models import Contact, Device, Interaction, TrackedEvent
from jss_tracking.pipeline import BatchResult
from jss_tracking.trackers import Visitor
from tests.tracking.browser import DEVICE, SESSION, Browser, page

pytestmark = pytest.mark.django_db

UID = "8d3a2f3e-6c1d-4f0e-9a43-0c9a53e6b7d1"


def goal(uid: str = UID) -> dict[str, Any]:
    return {"goalId": "Register", "eventUid": uid}


def strangers_browser(**visitor: str) -> Browser:
    """A browser without cookies, at one address like others of its make."""
    return Browser(None, **{"address": "203.0.113.9", "user_agent": "Firefox", **visitor})


def lose_an_answer(*payloads: dict[str, Any]) -> Browser:
    browser = strangers_browser()
    browser.track(*payloads)
    browser.cookies.clear()
    return browser


def test_the_first_events_sent_again_get_the_cookies_of_their_visit() -> None:
    browser = lose_an_answer(page(eventUid=str(uuid4())), goal())
    first = TrackedEvent.objects.get(url="/").event_uid
    assert browser.track(page(eventUid=first), goal()) == BatchResult(2)
    assert browser.cookies[DEVICE] == f"{Device.objects.get().id}|False"
    assert browser.cookies[SESSION] == Interaction.objects.get().session_id
    browser.track(page("/more"))
    assert Contact.objects.count() == Interaction.objects.count() == 1
    assert TrackedEvent.objects.count() == 3


def test_what_is_sent_with_them_joins_the_visit() -> None:
    browser = lose_an_answer(goal())
    assert browser.track(goal(), goal(str(uuid4()))) == BatchResult(2)
    assert Interaction.objects.get().events.count() == 2


def test_an_answer_that_is_lost_twice_is_no_obstacle() -> None:
    second = goal(str(uuid4()))
    browser = lose_an_answer(goal())
    browser.track(goal(), second)
    browser.cookies.clear()
    browser.track(goal(), second)
    assert SESSION in browser.cookies
    assert Contact.objects.count() == 1


@pytest.mark.parametrize("other", [{"address": "203.0.113.8"}, {"user_agent": "Chrome"}])
def test_another_address_or_browser_gets_no_cookies_of_the_visit(other: dict[str, str]) -> None:
    lose_an_answer(goal())
    stranger = strangers_browser(**other)
    stranger.track(goal())
    assert Device.objects.count() == 2
    assert SESSION in stranger.cookies
    assert Interaction.objects.get(session_id=stranger.cookies[SESSION]).events.count() == 1


def test_once_something_happened_in_the_visit_its_cookies_are_given_to_nobody() -> None:
    browser = strangers_browser()
    browser.track(goal())
    browser.track(page("/mine"))
    stranger = strangers_browser()
    stranger.track(goal(), page("/theirs"))
    assert stranger.cookies[DEVICE] != browser.cookies[DEVICE]
    assert stranger.cookies[SESSION] != browser.cookies[SESSION]
    assert Contact.objects.count() == 2


def test_a_visit_that_is_over_is_not_found_again() -> None:
    browser = lose_an_answer(goal())
    Interaction.objects.update(last_activity=Interaction.objects.get().started - timedelta(hours=1))
    browser.track(goal())
    assert browser.cookies == {}


def test_ids_that_are_no_guids_find_nothing_again() -> None:
    counted = "page-0000000000000001"
    browser = lose_an_answer(goal(counted))
    browser.track(goal(counted))
    assert browser.cookies == {}


def test_whoever_has_cookies_is_who_they_say() -> None:
    lose_an_answer(goal())
    known = strangers_browser()
    known.cookies[DEVICE] = "5d0f3a8c71b94e2fa6c8d1e07b3f9a24|False"
    known.track(page(), goal())
    assert known.cookies[DEVICE].startswith("5d0f3a8c71b94e2fa6c8d1e07b3f9a24|")


def test_the_device_can_not_be_told_without_the_secret_key(settings: Settings) -> None:
    visitor = Visitor(SiteDefinition("website"), address="203.0.113.9")
    made = device_of_first_events(visitor, ["x", UID])
    assert made == device_of_first_events(visitor, [UID.upper()])
    settings.SECRET_KEY = "another"
    assert device_of_first_events(visitor, [UID]) not in ("", made)


def test_any_user_agent_makes_a_device() -> None:
    assert Browser(user_agent="\ud800").track(goal()) == BatchResult(1)
