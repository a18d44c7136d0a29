from argparse import ArgumentTypeError
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from pytest_django import Settings

from jss_tracking import expiry
from jss_tracking.management.commands import prune_tracking
from jss_tracking.models import Contact, Device, Interaction, TrackedEvent, TrackedUid
from tests.customers.models import (
    Card,
    Customer,
    Guest,
    Invoice,
    Order,
    Pledge,
    Proof,
    Receipt,
)
from tests.tracking.browser import Browser, page

pytestmark = pytest.mark.django_db


def run(*command: str) -> str:
    out = StringIO()
    call_command(*command, stdout=out)
    return out.getvalue()


def let_pass(interaction: Interaction, time: timedelta) -> None:
    interaction.started -= time
    interaction.last_activity -= time
    interaction.save()
    TrackedEvent.objects.filter(interaction=interaction).update(timestamp=interaction.started)
    Contact.objects.filter(pk=interaction.contact_id).update(last_seen=interaction.started)
    Device.objects.filter(pk=interaction.device_id).update(created=interaction.started)


def visit(ago: timedelta, **visitor: Any) -> Interaction:
    browser = Browser(**visitor)
    browser.track(page())
    interaction = Interaction.objects.latest("started")
    let_pass(interaction, ago)
    return interaction


class TestClosing:
    def test_what_timed_out_ends_at_its_last_activity(self) -> None:
        old, running = visit(timedelta(minutes=21)), visit(timedelta(minutes=19))
        assert run("close_interactions") == "1 interactions ended.\n"
        old.refresh_from_db()
        running.refresh_from_db()
        assert old.ended == old.last_activity
        assert old.end_reason == "expired"
        assert running.ended is None

    def test_its_last_page_was_left_then(self) -> None:
        old = visit(timedelta(minutes=30))
        old.last_activity += timedelta(seconds=40)
        old.save()
        run("close_interactions")
        assert old.events.get().duration == old.last_activity - old.started

    def test_the_timeout_is_the_setting(self, settings: Settings) -> None:
        visit(timedelta(minutes=2))
        assert expiry.close_expired() == 0
        settings.TRACKING_SESSION_TIMEOUT = 60
        assert expiry.close_expired() == 1
        assert expiry.close_expired() == 0

    def test_of_robots_nothing_is_left_after_a_minute(self) -> None:
        visit(timedelta(seconds=61), user_agent="Googlebot/2.1")
        assert expiry.close_expired() == 1
        for model in (Interaction, Device, Contact):
            assert not model._default_manager.exists()

    def test_a_robot_that_has_another_visit_stays_itself(self) -> None:
        robot = visit(timedelta(seconds=61), user_agent="Googlebot/2.1")
        Interaction.objects.create(contact=robot.contact, device=robot.device, is_robot=True)
        expiry.close_expired()
        assert Device.objects.get() == robot.device

    def test_a_robots_visit_that_another_app_needs_is_ended_and_stays(self) -> None:
        robot = visit(timedelta(seconds=61), user_agent="Googlebot/2.1")
        Proof.objects.create(event=robot.events.get())
        assert expiry.close_expired() == 1
        assert Interaction.objects.get().end_reason == "expired"
        assert expiry.close_expired() == 0

    def test_robots_are_kept_by_setting(self, settings: Settings) -> None:
        settings.TRACKING_KEEP_ROBOTS = True
        robot = visit(timedelta(seconds=61), user_agent="Googlebot/2.1")
        expiry.close_expired()
        assert Interaction.objects.get() == robot

    def test_any_number_is_ended_a_few_at_a_time(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(expiry, "AT_ONCE", 2)
        for _ in range(5):
            visit(timedelta(hours=1))
        assert expiry.close_expired() == 5
        assert not Interaction.objects.filter(ended=None).exists()

    @pytest.mark.parametrize(
        "command", [["close_interactions"], ["prune_tracking", "--older-than", "1d"]]
    )
    def test_ids_of_events_are_forgotten_after_a_day(self, command: list[str]) -> None:
        TrackedUid.objects.create(
            uid="a", visitor="x", tracked=timezone.now() - timedelta(hours=25)
        )
        run(*command)
        assert not TrackedUid.objects.exists()


class TestPruning:
    def test_old_visits_go_with_all_that_only_they_needed(self) -> None:
        visit(timedelta(days=400))
        recent = visit(timedelta(days=300))
        assert run("prune_tracking", "--older-than", "12m") == "1 interactions deleted.\n"
        assert Interaction.objects.get() == recent
        assert Contact.objects.get() == recent.contact
        assert Device.objects.get() == recent.device
        assert TrackedEvent.objects.count() == 1

    def test_who_came_back_keeps_what_is_recent(self) -> None:
        browser = Browser()
        browser.track(page("/old"))
        let_pass(Interaction.objects.get(), timedelta(days=40))
        browser.track(page("/new"))
        expiry.prune(timezone.now() - timedelta(days=30))
        assert [event.url for event in TrackedEvent.objects.all()] == ["/new"]
        browser.track(page("/newer"))
        assert Contact.objects.count() == Interaction.objects.count() == 1

    def test_a_known_contact_stays(self) -> None:
        old = visit(timedelta(days=40))
        old.contact.identifiers.create(source="shop", identifier="anna", kind="known")
        expiry.prune(timezone.now() - timedelta(days=30))
        assert Contact.objects.get() == old.contact
        assert not Device.objects.exists()

    def test_so_does_one_that_a_row_of_another_app_protects(self) -> None:
        old, older = visit(timedelta(days=40)), visit(timedelta(days=50))
        Order.objects.create(contact=old.contact, number=1)
        Customer.objects.create(contact=older.contact, name="Ann")
        expiry.prune(timezone.now() - timedelta(days=30))
        assert Contact.objects.get() == old.contact
        assert not Customer.objects.exists()

    def test_so_does_one_with_which_would_go_what_another_app_needs(self) -> None:
        old = visit(timedelta(days=40))
        Invoice.objects.create(customer=Customer.objects.create(contact=old.contact, name="Ann"))
        expiry.prune(timezone.now() - timedelta(days=30))
        assert Contact.objects.get() == old.contact
        assert Customer.objects.count() == 1

    def test_so_does_one_whose_row_is_one_of_another_table_too_that_is_needed(self) -> None:
        needed, old = visit(timedelta(days=40)), visit(timedelta(days=40))
        guest = Guest.objects.create(contact=needed.contact, name="Ann")
        Card.objects.create(human=guest)
        Guest.objects.create(contact=old.contact, name="Bert")
        expiry.prune(timezone.now() - timedelta(days=30))
        assert Contact.objects.get() == needed.contact
        assert Guest.objects.get() == guest

    def test_so_does_a_visit_that_another_app_needs_with_its_device(self) -> None:
        old, needed = visit(timedelta(days=40)), visit(timedelta(days=40))
        Proof.objects.create(event=needed.events.get())
        assert expiry.prune(timezone.now() - timedelta(days=30)) == 1
        assert Interaction.objects.get() == needed
        assert Device.objects.get() == needed.device
        assert not Contact.objects.filter(pk=old.contact_id).exists()

    def test_so_does_a_device_that_another_app_needs(self) -> None:
        visit(timedelta(days=40))
        needed = visit(timedelta(days=40))
        Pledge.objects.create(browser=needed.device)
        assert expiry.prune(timezone.now() - timedelta(days=30)) == 2
        assert Device.objects.get() == needed.device
        assert Contact.objects.get() == needed.contact

    def test_so_does_one_that_the_database_alone_protects(self) -> None:
        old = visit(timedelta(days=40))
        Receipt.objects.create(customer=Customer.objects.create(contact=old.contact, name="Ann"))
        visit(timedelta(days=40))
        expiry.prune(timezone.now() - timedelta(days=30))
        assert Contact.objects.get() == old.contact

    def test_how_many_stay_is_in_the_log(self, caplog: pytest.LogCaptureFixture) -> None:
        customers = [
            Customer.objects.create(contact=visit(timedelta(days=40)).contact, name=f"{number}")
            for number in range(5)
        ]
        for customer in customers[1:4:2]:
            Invoice.objects.create(customer=customer)
        caplog.set_level("INFO")
        expiry.prune(timezone.now() - timedelta(days=30))
        assert set(Customer.objects.all()) == {customers[1], customers[3]}
        line = "Rows of other apps need 2 of jss_tracking.Contact, which stay"
        assert line in caplog.messages

    def test_any_number_goes_a_few_at_a_time(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(expiry, "AT_ONCE", 2)
        for _ in range(5):
            visit(timedelta(days=40))
        assert expiry.prune(timezone.now() - timedelta(days=30)) == 5

    def test_the_age_must_be_given(self) -> None:
        with pytest.raises(CommandError, match="older-than"):
            call_command("prune_tracking")

    @pytest.mark.parametrize("age", ["", "13", "m", "0d", "-1d", "1.5m", "13 m", "٣m", "9999y"])
    def test_an_age_of_another_form_is_refused(self, age: str) -> None:
        with pytest.raises(ArgumentTypeError):
            prune_tracking.time_ago(age)

    @pytest.mark.parametrize(
        ("age", "moment"),
        [
            ("30d", datetime(2026, 3, 1, 12, tzinfo=UTC)),
            ("2w", datetime(2026, 3, 17, 12, tzinfo=UTC)),
            ("1m", datetime(2026, 2, 28, 12, tzinfo=UTC)),
            ("13m", datetime(2025, 2, 28, 12, tzinfo=UTC)),
            ("2y", datetime(2024, 3, 31, 12, tzinfo=UTC)),
        ],
    )
    def test_ages_go_by_the_calendar(
        self, age: str, moment: datetime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        now = datetime(2026, 3, 31, 12, tzinfo=UTC)
        monkeypatch.setattr(timezone, "now", lambda: now)
        assert prune_tracking.time_ago(age) == moment
