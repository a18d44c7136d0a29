"""Robots: who is one, how long its session lasts, and what is left of it."""

from datetime import timedelta

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from jss_tracking import robot_visits
from jss_tracking.models import Contact, Device, Interaction, TrackedEvent
from jss_tracking.robots import MAX_LENGTH, is_robot
from tests.customers.models import Card, Guest, Proof
from tests.tracking.browser import DEVICE, Browser, page

GOOGLEBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120 Safari"

Settings = object


def let_pass(**time: int) -> None:
    """Time passes for all that is kept."""
    for interaction in Interaction.objects.all():
        for name in ("started", "last_activity"):
            setattr(interaction, name, getattr(interaction, name) - timedelta(**time))
        interaction.save()


@pytest.mark.parametrize(
    ("agent", "robot"),
    [
        (GOOGLEBOT, True),
        ("curl/8.5.0", True),
        ("python-requests/2.32", True),
        ("GPTBot/1.2", True),
        (CHROME, False),
        ("Mozilla/5.0 (Linux; Android 9; CUBOT NOTE 20) Chrome/99 Mobile Safari/537.36", False),
        ("site;core", False),
        ("", False),
    ],
)
def test_robots_are_known_by_what_they_call_themselves(agent: str, robot: bool) -> None:
    assert is_robot(agent) is robot


@given(st.text())
def test_any_user_agent_is_judged(agent: str) -> None:
    assert is_robot(agent) in (True, False)


def test_of_a_long_user_agent_only_the_beginning_is_looked_at() -> None:
    assert is_robot("x" * (MAX_LENGTH - 20) + " Googlebot/2.1 ")
    assert not is_robot("x" * MAX_LENGTH + " Googlebot/2.1 ")


@pytest.mark.django_db
class TestSessions:
    def test_a_robots_session_lasts_a_minute_and_nothing_is_left_of_it(self) -> None:
        robot = Browser(user_agent=GOOGLEBOT)
        robot.track(page("/first"))
        let_pass(seconds=60)
        robot.track(page("/second"))
        assert [event.url for event in TrackedEvent.objects.all()] == ["/second"]
        assert Device.objects.count() == Contact.objects.count() == 1

    def test_within_the_minute_it_goes_on(self) -> None:
        robot = Browser(user_agent=GOOGLEBOT)
        robot.track(page("/first"))
        let_pass(seconds=55)
        robot.track(page("/second"))
        assert Interaction.objects.get().events.count() == 2

    def test_another_visitors_session_does_not_end_after_a_minute(self) -> None:
        browser = Browser(user_agent=CHROME)
        browser.track(page("/first"))
        let_pass(seconds=61)
        browser.track(page("/second"))
        assert Interaction.objects.get().events.count() == 2

    def test_the_timeout_is_a_setting(self, settings: Settings) -> None:
        settings.TRACKING_ROBOT_SESSION_TIMEOUT = 300  # type: ignore[attr-defined]  # a fixture
        robot = Browser(user_agent=GOOGLEBOT)
        robot.track(page())
        let_pass(seconds=299)
        robot.track(page())
        assert Interaction.objects.get().events.count() == 2

    def test_a_robot_that_is_flushed_is_forgotten(self) -> None:
        robot = Browser(user_agent=GOOGLEBOT)
        robot.track(page())
        robot.flush()
        assert not Interaction.objects.exists()

    def test_robots_are_kept_where_a_setting_says_so(self, settings: Settings) -> None:
        settings.TRACKING_KEEP_ROBOTS = True  # type: ignore[attr-defined]  # a fixture
        robot = Browser(user_agent=GOOGLEBOT)
        robot.track(page())
        let_pass(seconds=61)
        robot.track(page())
        Browser(user_agent=GOOGLEBOT).track(page())
        assert Interaction.objects.filter(is_robot=True).count() == 3
        assert Interaction.objects.get(ended__isnull=False).end_reason == "expired"

    def test_a_robot_that_never_comes_back_is_dropped_when_another_one_comes(self) -> None:
        Browser(user_agent=GOOGLEBOT).track(page("/gone"))
        let_pass(seconds=61)
        Browser(user_agent=GOOGLEBOT).track(page("/new"))
        assert [event.url for event in TrackedEvent.objects.all()] == ["/new"]
        assert Device.objects.count() == Contact.objects.count() == 1

    def test_one_that_another_app_needs_stays_and_keeps_no_other_from_being_dropped(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(robot_visits, "MAX_AT_ONCE", 1)
        Browser(user_agent=GOOGLEBOT).track(page("/needed"))
        Proof.objects.create(event=TrackedEvent.objects.get())
        let_pass(seconds=1)
        Browser(user_agent=GOOGLEBOT).track(page("/gone"))
        let_pass(seconds=61)
        Browser(user_agent=GOOGLEBOT).track(page("/new"))
        assert {event.url for event in TrackedEvent.objects.all()} == {"/needed", "/new"}

    def test_of_a_dropped_robot_stays_what_another_app_needs_by_a_table_between(self) -> None:
        Browser(user_agent=GOOGLEBOT).track(page())
        gone = Contact.objects.get()
        Card.objects.create(human=Guest.objects.create(contact=gone, name="Ann"))
        let_pass(seconds=61)
        assert Browser(user_agent=GOOGLEBOT).track(page()).tracked == 1
        assert Contact.objects.filter(pk=gone.pk).exists()
        assert Device.objects.count() == 1

    def test_a_robot_that_comes_with_one_more_session_outlives_its_older_one(self) -> None:
        robot = Browser(user_agent=GOOGLEBOT)
        robot.track(page("/older"))
        let_pass(seconds=61)
        del robot.cookies["ASP.NET_SessionId"]
        robot.track(page("/newer"))
        assert Device.objects.count() == 1
        assert "/newer" in {event.url for event in TrackedEvent.objects.all()}

    def test_robots_of_this_minute_and_people_stay(self) -> None:
        Browser(user_agent=CHROME).track(page("/person"))
        let_pass(seconds=120)
        Browser(user_agent=GOOGLEBOT).track(page("/robot"))
        Browser(user_agent=GOOGLEBOT).track(page("/another"))
        urls = {event.url for event in TrackedEvent.objects.all()}
        assert urls == {"/person", "/robot", "/another"}

    def test_of_a_dropped_robot_a_contact_with_an_identifier_stays(self) -> None:
        Browser(user_agent=GOOGLEBOT).track(page())
        Contact.objects.get().identifiers.create(source="shop", identifier="ann", kind="known")
        let_pass(seconds=61)
        Browser(user_agent=GOOGLEBOT).track(page())
        assert Contact.objects.filter(identifiers__identifier="ann").exists()

    def test_a_device_with_a_visit_of_a_person_stays(self) -> None:
        browser = Browser(user_agent=CHROME)
        browser.track(page("/person"))
        robot = Browser(dict(browser.cookies), user_agent=GOOGLEBOT)
        robot.cookies.pop("ASP.NET_SessionId")
        robot.track(page("/robot"))
        let_pass(seconds=61)
        Browser(user_agent=GOOGLEBOT).track(page("/new"))
        assert {event.url for event in TrackedEvent.objects.all()} == {"/person", "/new"}
        assert Device.objects.count() == 2


@pytest.mark.django_db
class TestTurningHuman:
    def identify(self, browser: Browser) -> None:
        tracker = browser.request()
        tracker.mark_human()
        browser.answer(tracker)

    def test_a_robot_that_turns_out_human_is_kept(self) -> None:
        browser = Browser(user_agent=GOOGLEBOT)
        browser.track(page("/first"))
        self.identify(browser)
        let_pass(minutes=10)
        browser.track(page("/second"))
        interaction = Interaction.objects.get()
        assert not interaction.is_robot
        assert interaction.events.count() == 2

    def test_its_next_visit_is_no_robots_either(self) -> None:
        browser = Browser(user_agent=GOOGLEBOT)
        browser.track(page())
        self.identify(browser)
        browser.flush()
        browser.track(page())
        assert [each.is_robot for each in Interaction.objects.all()] == [False, False]

    def test_the_flag_of_the_cookie_turns_and_stays(self) -> None:
        browser = Browser(user_agent=CHROME)
        browser.track(page())
        device = Device.objects.get()
        assert browser.cookies[DEVICE] == f"{device.id}|False"
        self.identify(browser)
        assert browser.cookies[DEVICE] == f"{device.id}|True"
        browser.cookies[DEVICE] = f"{device.id}|False"  # an answer that was under way
        browser.track(page())
        assert browser.cookies[DEVICE] == f"{device.id}|True"

    def test_without_a_running_session_nothing_is_proved(self) -> None:
        browser = Browser(user_agent=CHROME)
        self.identify(browser)
        assert browser.cookies == {}
        assert not Contact.objects.exists()
        browser.track(page())
        del browser.cookies["ASP.NET_SessionId"]
        self.identify(browser)
        assert not Device.objects.get().is_human

    def test_a_session_that_has_expired_proves_nothing(self) -> None:
        browser = Browser(user_agent=CHROME)
        browser.track(page())
        let_pass(minutes=30)
        self.identify(browser)
        assert not Device.objects.get().is_human

    def test_identification_is_activity_and_no_page_view(self) -> None:
        browser = Browser(user_agent=CHROME)
        browser.track(page())
        let_pass(minutes=15)
        self.identify(browser)
        interaction = Interaction.objects.get()
        assert timezone.now() - interaction.last_activity < timedelta(minutes=1)
        assert interaction.events.count() == 1

    def test_a_device_of_another_database_keeps_its_flag(self) -> None:
        browser = Browser({DEVICE: "5d0f3a8c71b94e2fa6c8d1e07b3f9a24|True"}, user_agent=GOOGLEBOT)
        browser.track(page())
        assert Device.objects.get().is_human
        assert not Interaction.objects.get().is_robot
