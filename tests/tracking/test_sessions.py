import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from jss_tracking.cookies import (
    LEGACY_SESSION_COOKIE,
    VisitorIds,
    device_cookie,
    read_ids,
    session_cookie,
)
from jss_tracking.definitions import definition_rows, find_definition
from jss_tracking.events import PageView
from jss_tracking.interactions import leave_page, shorten_address
from jss_tracking.models import Contact, Definition, Device, Interaction, TrackedEvent
from jss_tracking.trackers.database import DatabaseTracker
from tests.tracking.browser import DEVICE, HOME, SESSION, Browser, page

DEVICE_ID = "5d0f3a8c71b94e2fa6c8d1e07b3f9a24"
SESSION_ID = "qx5zkd3w1hvbn0rtlsmy2pcj"


def let_pass(**time: int) -> None:
    """Time passes for all that is kept."""
    for interaction in Interaction.objects.all():
        for name in ("started", "last_activity", "ended"):
            if moment := getattr(interaction, name):
                setattr(interaction, name, moment - timedelta(**time))
        interaction.save()


def track_page(tracker: DatabaseTracker, url: str) -> None:
    tracker.register_page_view(PageView(HOME, url), {})


class TestCookies:
    def test_the_device_cookie_lives_ten_years_and_is_hidden_from_scripts(self) -> None:
        ids = VisitorIds(device=DEVICE_ID)
        now = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
        assert device_cookie(ids, now, secure=False) == (
            f"{DEVICE}={DEVICE_ID}|False; expires=Fri, 21 Nov 2036 10:00:00 GMT; "
            "path=/; HttpOnly; SameSite=Lax"
        )

    def test_the_device_cookie_is_sent_cross_site_where_the_site_is_secure(self) -> None:
        ids = VisitorIds(device=DEVICE_ID, classified=True)
        line = device_cookie(ids, timezone.now(), secure=True)
        assert line.startswith(f"{DEVICE}={DEVICE_ID}|True; ")
        assert line.endswith("; path=/; HttpOnly; Secure; SameSite=None")

    def test_the_session_cookie_ends_with_the_browser(self) -> None:
        ids = VisitorIds(session=SESSION_ID)
        line = f"{SESSION}={SESSION_ID}; path=/; HttpOnly"
        assert session_cookie(ids, secure=False) == f"{line}; SameSite=Lax"
        assert session_cookie(ids, secure=True) == f"{line}; Secure; SameSite=Lax"

    def test_well_formed_cookies_are_read(self) -> None:
        ids = read_ids(f"{DEVICE_ID}|True", SESSION_ID)
        assert (ids.device, ids.session, ids.classified) == (DEVICE_ID, SESSION_ID, True)
        assert not read_ids(f"{DEVICE_ID}|False", "").classified

    @pytest.mark.parametrize(
        "value",
        [
            "",
            "|True",
            DEVICE_ID,
            f"{DEVICE_ID}|true",
            f"{DEVICE_ID}|True ",
            f"{DEVICE_ID.upper()}|True",
            f"{DEVICE_ID}0|True",
            f"{DEVICE_ID[1:]}|True",
            f"{DEVICE_ID}|True\n",
            "é" * 32 + "|True",
        ],
    )
    def test_a_device_cookie_of_another_shape_counts_as_none(self, value: str) -> None:
        ids = read_ids(value, SESSION_ID)
        assert (ids.device, ids.classified) == ("", False)

    @pytest.mark.parametrize(
        "value", ["", SESSION_ID[1:], SESSION_ID + "0", SESSION_ID.upper(), "٣" * 24]
    )
    def test_a_session_cookie_of_another_shape_counts_as_none(self, value: str) -> None:
        assert read_ids("", value).session == ""

    @given(st.text(), st.text())
    def test_reading_never_fails(self, device: str, session: str) -> None:
        ids = read_ids(device, session)
        assert ids.device == "" or re.fullmatch("[0-9a-f]{32}", ids.device)
        assert ids.session == "" or re.fullmatch("[0-9a-z]{24}", ids.session)

    def test_ids_do_not_show_in_a_repr(self) -> None:
        assert DEVICE_ID not in repr(VisitorIds(device=DEVICE_ID, session=SESSION_ID))


class TestShortenedAddress:
    @pytest.mark.parametrize(
        ("address", "network"),
        [
            ("203.0.113.77", "203.0.113.0"),
            ("2001:db8:1234:5678::9", "2001:db8:1234::"),
            ("::ffff:203.0.113.77", "203.0.113.0"),
            ("fe80::1%eth0", "fe80::"),
            ("", None),
            ("unknown", None),
        ],
    )
    def test_only_the_network_is_kept(self, address: str, network: str | None) -> None:
        assert shorten_address(address) == network


@pytest.mark.django_db
class TestSession:
    def test_a_first_visit_makes_contact_device_and_interaction(self) -> None:
        browser = Browser(
            language="da",
            address="203.0.113.77",
            user_agent="Mozilla/5.0",
            referrer="https://example.com/",
        )
        browser.track(page())
        interaction = Interaction.objects.get()
        assert interaction.contact == Contact.objects.get()
        assert interaction.device == Device.objects.get()
        assert interaction.device.contact == interaction.contact
        assert (interaction.site, interaction.language) == ("website", "da")
        assert interaction.address == "203.0.113.0"
        assert interaction.user_agent == "Mozilla/5.0"
        assert interaction.referrer == "https://example.com/"
        assert interaction.ended is None
        assert interaction.contact.last_seen == interaction.started
        assert not interaction.is_robot
        assert not interaction.contact.is_known

    def test_a_first_visit_gets_both_cookies(self) -> None:
        browser = Browser()
        browser.track(page())
        assert browser.cookies[DEVICE] == f"{Device.objects.get().id}|False"
        assert browser.cookies[SESSION] == Interaction.objects.get().session_id
        assert re.fullmatch("[0-9a-f]{32}", Device.objects.get().id)
        assert re.fullmatch("[0-9a-z]{24}", Interaction.objects.get().session_id)

    def test_a_later_request_goes_on_and_renews_the_device_cookie_alone(self) -> None:
        browser = Browser()
        browser.track(page())
        tracker = browser.request()
        with tracker.batch():
            track_page(tracker, "/more")
        assert Interaction.objects.get().events.count() == 2
        (line,) = tracker.set_cookies
        assert line.startswith(f"{DEVICE}={browser.cookies[DEVICE]}; expires=")

    def test_the_device_cookie_keeps_its_flag(self) -> None:
        browser = Browser({DEVICE: f"{DEVICE_ID}|True"})
        browser.track(page())
        assert browser.cookies[DEVICE] == f"{DEVICE_ID}|True"

    def test_a_well_formed_device_that_is_unknown_is_adopted(self) -> None:
        browser = Browser({DEVICE: f"{DEVICE_ID}|False"})
        browser.track(page())
        assert Device.objects.get().id == DEVICE_ID

    def test_the_contact_goes_by_another_id_than_the_device(self) -> None:
        Browser({DEVICE: f"{DEVICE_ID}|False"}).track(page())
        assert Contact.objects.get().id.hex != DEVICE_ID

    @pytest.mark.parametrize("value", ["", "mine|True", f"{DEVICE_ID}|maybe"])
    def test_a_malformed_device_cookie_is_replaced(self, value: str) -> None:
        browser = Browser({DEVICE: value})
        browser.track(page())
        assert browser.cookies[DEVICE] == f"{Device.objects.get().id}|False"
        assert Device.objects.get().id not in value + " "

    def test_the_cookie_of_older_sitecores_names_no_session(self) -> None:
        browser = Browser()
        browser.track(page())
        session = browser.cookies.pop(SESSION)
        browser.cookies[LEGACY_SESSION_COOKIE] = f"0D{'0' * 30}|3|{session}"
        browser.track(page())
        assert Interaction.objects.count() == 2
        assert set(browser.cookies) == {DEVICE, SESSION, LEGACY_SESSION_COOKIE}

    def test_an_unknown_session_is_not_adopted(self) -> None:
        browser = Browser({SESSION: SESSION_ID})
        browser.track(page())
        assert Interaction.objects.get().session_id == browser.cookies[SESSION] != SESSION_ID

    def test_a_session_of_another_device_is_not_adopted(self) -> None:
        attacker = Browser()
        attacker.track(page())
        victim = Browser()
        victim.track(page())
        victim.cookies[SESSION] = attacker.cookies[SESSION]
        victim.track(page("/secret"))
        assert victim.cookies[SESSION] != attacker.cookies[SESSION]
        of_attacker = Interaction.objects.get(session_id=attacker.cookies[SESSION])
        assert [event.url for event in of_attacker.events.all()] == ["/"]

    def test_a_running_session_without_its_device_cookie_gets_it_again(self) -> None:
        browser = Browser()
        browser.track(page())
        device = browser.cookies.pop(DEVICE)
        browser.track(page("/more"))
        assert browser.cookies[DEVICE] == device
        assert Interaction.objects.count() == 1

    def test_a_new_browser_session_of_a_device_is_a_new_interaction(self) -> None:
        browser = Browser()
        browser.track(page())
        first = browser.cookies.pop(SESSION)
        browser.track(page())
        assert browser.cookies[SESSION] != first
        assert Interaction.objects.filter(ended=None).count() == 2
        assert Contact.objects.count() == Device.objects.count() == 1

    def test_within_the_timeout_an_interaction_goes_on(self) -> None:
        browser = Browser()
        browser.track(page())
        let_pass(minutes=19)
        browser.track(page())
        let_pass(minutes=19)
        browser.track(page())
        assert Interaction.objects.get().events.count() == 3

    def test_an_expired_interaction_ended_at_its_last_activity(self) -> None:
        browser = Browser()
        browser.track(page())
        browser.track(page("/last"))
        let_pass(minutes=20)
        browser.track(page("/again"))
        new, old = Interaction.objects.all()
        assert old.ended == old.last_activity < new.started
        assert old.end_reason == "expired"
        assert new.ended is None
        assert new.device == old.device
        assert new.session_id == old.session_id
        assert new.contact.last_seen == new.started

    def test_the_timeout_is_a_setting(self, settings: object) -> None:
        settings.TRACKING_SESSION_TIMEOUT = 60  # type: ignore[attr-defined]  # a fixture
        browser = Browser()
        browser.track(page())
        let_pass(seconds=61)
        browser.track(page())
        assert Interaction.objects.count() == 2

    def test_a_robots_interaction_is_kept_and_marked(self) -> None:
        Browser(user_agent="Mozilla/5.0 (compatible; Googlebot/2.1)").track(page())
        assert Interaction.objects.get().is_robot

    @pytest.mark.parametrize(
        ("referrer", "channel"),
        [
            ("", "Direct"),
            ("https://www.example.com/about", "Direct"),
            ("https://search.example/?q=x", "Referral"),
            ("nonsense", "Direct"),
        ],
    )
    def test_the_channel_is_what_the_referrer_tells(self, referrer: str, channel: str) -> None:
        Browser(host="www.example.com", referrer=referrer).track(page())
        assert Interaction.objects.get().channel == channel

    def test_the_campaigns_channel_counts_before_the_referrers(self) -> None:
        definition = find_definition("campaign", "Sample Campaign")
        Definition.objects.filter(pk=definition.pk).update(channel="Email")
        definition_rows.forget()
        browser = Browser()
        browser.track(page(), {"campaignId": "Sample Campaign"})
        assert Interaction.objects.get().channel == "Email"

    def test_a_campaign_without_channel_leaves_it(self) -> None:
        Browser().track(page(), {"campaignId": "Sample Campaign"})
        assert Interaction.objects.get().channel == "Direct"

    @pytest.mark.parametrize(
        ("address", "kept"),
        [("203.0.113.77", "203.0.113.77"), ("fe80::1%eth0", "fe80::1"), ("x", None)],
    )
    def test_whole_addresses_are_kept_by_setting(
        self, settings: Any, address: str, kept: str | None
    ) -> None:
        settings.TRACKING_SHORTEN_ADDRESSES = False
        Browser(address=address).track(page())
        assert Interaction.objects.get().address == kept

    def test_long_and_odd_headers_are_cut_and_cleaned(self) -> None:
        Browser(user_agent="x\0" * 1000, referrer="é\ud800" * 3000).track(page())
        interaction = Interaction.objects.get()
        assert interaction.user_agent == "x" * 512
        assert interaction.referrer == ("é?" * 3000)[:2048]


def test_a_page_is_never_left_before_it_was_entered() -> None:
    now = timezone.now()
    view = TrackedEvent(timestamp=now)
    leave_page(view, now - timedelta(seconds=1))  # the clock was set back
    assert view.duration == timedelta(0)


@pytest.mark.django_db
class TestFlush:
    def test_a_flush_ends_the_interaction_now(self) -> None:
        browser = Browser()
        browser.track(page())
        let_pass(minutes=5)
        before = timezone.now()
        browser.flush()
        interaction = Interaction.objects.get()
        assert interaction.ended is not None
        assert before <= interaction.ended <= timezone.now()
        assert interaction.end_reason == "flushed"

    def test_after_a_flush_the_device_gets_a_new_session_and_interaction(self) -> None:
        browser = Browser()
        browser.track(page())
        device, session = browser.cookies[DEVICE], browser.cookies[SESSION]
        browser.flush()
        browser.track(page())
        assert browser.cookies[DEVICE] == device
        assert browser.cookies[SESSION] != session
        new, old = Interaction.objects.all()
        assert new.device == old.device
        assert new.session_id == browser.cookies[SESSION]

    def test_a_flush_ends_no_interaction_of_others(self) -> None:
        other, browser = Browser(), Browser()
        other.track(page())
        browser.track(page())
        browser.flush()
        assert Interaction.objects.get(ended=None).session_id == other.cookies[SESSION]

    def test_a_flush_without_an_interaction_makes_none_and_sets_no_cookie(self) -> None:
        browser = Browser()
        browser.flush()
        assert browser.cookies == {}
        assert not Contact.objects.exists()

    def test_a_second_flush_changes_nothing(self) -> None:
        browser = Browser()
        browser.track(page())
        browser.flush()
        ended = Interaction.objects.get().ended
        browser.flush()
        assert Interaction.objects.get().ended == ended

    def test_a_flush_after_the_timeout_finds_the_interaction_expired(self) -> None:
        browser = Browser()
        browser.track(page())
        let_pass(minutes=30)
        browser.flush()
        interaction = Interaction.objects.get()
        assert interaction.end_reason == "expired"
        assert interaction.ended == interaction.last_activity


@pytest.mark.django_db
class TestTabs:
    """Requests of one browser that overtake each other's cookies."""

    def test_two_first_requests_of_a_known_device_share_an_interaction(self) -> None:
        one = Browser({DEVICE: f"{DEVICE_ID}|False"})
        early, late = one.request(), one.request()
        for tracker, url in ((early, "/early"), (late, "/late")):
            with tracker.batch():
                track_page(tracker, url)
        assert [event.url for event in Interaction.objects.get().events.all()] == [
            "/early",
            "/late",
        ]
        assert early.set_cookies[0] == late.set_cookies[0]

    def test_a_request_that_was_sent_while_its_session_was_flushed_joins_the_next(self) -> None:
        browser = Browser()
        browser.track(page())
        stale = Browser(browser.cookies)
        browser.flush()
        browser.track(page("/new"))
        stale.track(page("/stale"))
        assert stale.cookies == browser.cookies
        new, _ = Interaction.objects.all()
        assert [event.url for event in new.events.all()] == ["/new", "/stale"]

    def test_it_does_not_join_one_that_has_expired(self) -> None:
        browser = Browser()
        browser.track(page())
        stale = Browser(browser.cookies)
        browser.flush()
        browser.track(page("/new"))
        let_pass(minutes=30)
        stale.track(page("/stale"))
        assert Interaction.objects.count() == 3
        assert Interaction.objects.filter(ended=None).count() == 1
