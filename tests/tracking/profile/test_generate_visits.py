"""Generated visits look like real ones, and never mix with them unasked."""

from collections import Counter
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Count, F, Sum

from jss_tracking.days import ONE_DAY, day_begins, today
from jss_tracking.models import (
    Contact,
    ContactIdentifier,
    DailyFigure,
    Device,
    Interaction,
    TrackedEvent,
)
from tests.tracking.browser import Browser, page
from tests.tracking.profile.conftest import Clock

pytestmark = pytest.mark.django_db

Kind = TrackedEvent.Kind


def generate(**options: Any) -> None:
    call_command("generate_visits", **{"contacts": 60, "events": 600, "days": 14, **options})


@pytest.fixture
def generated(clock: Clock) -> None:
    generate()


def test_there_are_as_many_as_were_asked_for(generated: None) -> None:
    assert (Contact.objects.count(), TrackedEvent.objects.count()) == (60, 600)
    assert not Contact.objects.filter(interactions=None).exists()


def test_it_says_how_fast_it_was(capsys: pytest.CaptureFixture[str], clock: Clock) -> None:
    generate()
    assert capsys.readouterr().out.startswith("600 events of 60 contacts in ")


def test_the_same_seed_makes_the_same_visits(generated: None) -> None:
    first = list(TrackedEvent.objects.values_list("id", "timestamp", "kind", "url"))
    Contact.objects.all().delete()
    generate(force=True)
    assert list(TrackedEvent.objects.values_list("id", "timestamp", "kind", "url")) == first
    Contact.objects.all().delete()
    generate(force=True, seed=1)
    assert list(TrackedEvent.objects.values_list("id", "timestamp", "kind", "url")) != first


def test_real_visits_are_left_alone(clock: Clock) -> None:
    Browser().track(page())
    with pytest.raises(CommandError, match=r"The database has visits.*--force"):
        generate()
    generate(force=True)
    assert TrackedEvent.objects.count() == 601


def test_who_said_a_name_is_known(generated: None) -> None:
    known = Contact.objects.filter(is_known=True)
    assert known
    assert {*known} == {name.contact for name in ContactIdentifier.objects.all()}


@pytest.mark.parametrize("asked", [{"contacts": 0}, {"events": 59}, {"days": 0}])
def test_what_makes_no_sense_is_refused(asked: dict[str, int]) -> None:
    with pytest.raises(CommandError, match="at least one contact"):
        generate(**asked)


def test_more_days_than_can_be_filled_are_refused(clock: Clock) -> None:
    message = (
        "--days 99999999 is more than generated visits can be spread over. Ask for 3650 days, "
        "which are ten years, or fewer."
    )
    with pytest.raises(CommandError, match=f"^{message}$"):
        generate(days=99_999_999)
    with pytest.raises(CommandError, match="--days 3651 is more"):
        generate(days=3651)
    assert not Contact.objects.exists()


def test_ten_years_can_be_filled(clock: Clock) -> None:
    generate(days=3650)
    assert Interaction.objects.earliest("started").started.year < 2020


def test_visits_fall_on_the_asked_days_and_none_lies_ahead(generated: None, clock: Clock) -> None:
    started = Interaction.objects.values_list("started", flat=True)
    assert min(started) >= day_begins(today() - 13 * ONE_DAY)
    assert max(TrackedEvent.objects.values_list("timestamp", flat=True)) <= clock.now


def test_each_visit_is_as_a_real_one(generated: None) -> None:
    for visit in Interaction.objects.prefetch_related("events"):
        events = sorted(visit.events.all(), key=lambda event: event.sequence)
        assert [event.sequence for event in events] == list(range(visit.next_sequence))
        assert events[0].kind == Kind.PAGE_VIEW
        assert visit.engagement_value == sum(event.engagement_value for event in events)
        pages = [event for event in events if event.kind == Kind.PAGE_VIEW]
        assert visit.current_page_id == pages[-1].pk
        assert all(event.page_id for event in events if event.kind != Kind.PAGE_VIEW)
        assert visit.last_activity == events[-1].timestamp
        assert visit.ended in (None, visit.last_activity)


def test_few_pages_have_most_of_the_views(generated: None) -> None:
    views = Counter(TrackedEvent.objects.filter(kind=Kind.PAGE_VIEW).values_list("url", flat=True))
    most = sum(count for _, count in views.most_common(len(views) // 5))
    assert most > views.total() / 2
    assert views.most_common(1)[0][0] == "/"


def test_some_come_again_and_some_are_known(generated: None) -> None:
    visits = Contact.objects.annotate(visits=Count("interactions")).filter(visits__gt=1)
    assert 10 < visits.count() < 50
    assert 3 < ContactIdentifier.objects.count() < 50
    assert Device.objects.count() > 60


def test_visits_come_by_all_ways_and_outcomes_are_worth_money(generated: None) -> None:
    channels = Counter(Interaction.objects.values_list("channel", flat=True))
    assert channels["Direct"] > channels["Email"] > 0
    assert channels["Referral"] > channels["Email"]
    worth = TrackedEvent.objects.filter(kind=Kind.OUTCOME).aggregate(sum=Sum("monetary_value"))
    assert worth["sum"] > 0


def test_a_campaign_is_triggered_in_the_visit_that_it_brought(generated: None) -> None:
    triggered = TrackedEvent.objects.filter(kind=Kind.CAMPAIGN)
    assert triggered.exists()
    assert not triggered.exclude(definition=F("interaction__campaign")).exists()


def test_robots_and_choices_are_counted_and_days_summed_up(generated: None) -> None:
    for kind in DailyFigure.TALLIED:
        assert DailyFigure.objects.filter(kind=kind, count__gt=0).exists()
    assert DailyFigure.objects.filter(kind=DailyFigure.Kind.VISITS).count() == 13
