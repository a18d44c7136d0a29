from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal
from typing import Any
from unittest.mock import patch
from uuid import UUID

import msgspec
import pytest
from django.db import IntegrityError, OperationalError, connection, transaction
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from jss_tracking.events import Campaign, Event, Goal, Outcome, PageView
from jss_tracking.exceptions import TrackerUnavailable, TrackingError
from jss_tracking.models import Contact, ContactIdentifier, Definition, Interaction, TrackedEvent
from jss_tracking.pipeline import TrackEventArgs, TrackEventProcessor, run
from jss_tracking.processors import processors
from jss_tracking.trackers import Tracker
from jss_tracking.trackers.database import DatabaseTracker
from tests.tracking.browser import HOME, Browser, page

pytestmark = pytest.mark.django_db


def events() -> list[TrackedEvent]:
    return list(TrackedEvent.objects.select_related("definition", "page").order_by("sequence"))


def codes(*payloads: dict[str, Any]) -> list[str]:
    return [error.code for error in Browser().track(*payloads).errors]


class TestBatch:
    def test_a_batch_is_kept_in_order_each_event_on_the_page_before_it(self) -> None:
        result = Browser().track(
            {"eventId": "Download"},
            {"goalId": "Instant Demo"},
            {"outcomeId": "Opportunity"},
            page("/arbitrary/url/you/own"),
            {"goalId": "Register"},
        )
        assert (result.tracked, result.errors) == (5, ())
        kept = [(event.sequence, event.kind, event.label, event.page) for event in events()]
        view = events()[3]
        assert kept == [
            (0, "event", "Download", None),
            (1, "goal", "Instant Demo", None),
            (2, "outcome", "Opportunity", None),
            (3, "page_view", "/arbitrary/url/you/own", None),
            (4, "goal", "Register", view),
        ]
        assert view.item_id == UUID(HOME)

    def test_the_current_page_holds_for_later_requests(self) -> None:
        browser = Browser()
        browser.track(page("/first"))
        browser.track({"goalId": "Login"})
        browser.track(page("/second"), {"goalId": "Register"})
        browser.track({"eventId": "Download"})
        on_page = [(event.label, event.page.url) for event in events() if event.page]
        assert on_page == [("Login", "/first"), ("Register", "/second"), ("Download", "/second")]
        assert [event.sequence for event in events()] == [0, 1, 2, 3, 4]

    def test_an_empty_batch_makes_nothing(self) -> None:
        browser = Browser()
        browser.track()
        assert browser.cookies == {}
        assert not Contact.objects.exists()

    def test_a_batch_of_errors_alone_makes_nothing(self) -> None:
        browser = Browser()
        assert browser.track({"goalId": "No such goal"}).tracked == 0
        assert browser.cookies == {}
        assert not Contact.objects.exists()

    def test_an_event_that_fails_costs_only_itself(self) -> None:
        result = Browser().track({"goalId": "Nope"}, {"goalId": "Login"}, {"eventId": "Nope"})
        assert [(error.index, error.code) for error in result.errors] == [
            (0, "unknown_goal"),
            (2, "unknown_event"),
        ]
        assert [(event.sequence, event.label) for event in events()] == [(0, "Login")]

    def test_ten_events_cost_few_queries(
        self, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        browser = Browser()
        browser.track(page(), {"goalId": "Login"})
        with django_assert_num_queries(7):  # two are the savepoint that a test's transaction needs
            browser.track(page("/next"), *[{"goalId": "Login", "n": n} for n in range(9)])

    def test_ids_of_events_cost_two_queries(
        self, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        browser = Browser()
        browser.track(page(), {"goalId": "Login"})
        with django_assert_num_queries(8):
            browser.track(*[{"goalId": "Login", "eventUid": f"{n}"} for n in range(10)])

    def test_two_batches_of_one_request_share_a_session(self) -> None:
        tracker = Browser().request()
        for url in ("/first", "/second"):
            with tracker.batch():
                tracker.register_page_view(PageView(HOME, url), {})
        assert Interaction.objects.get().events.count() == 2
        assert len(tracker.set_cookies) == 2

    def test_a_page_view_lasts_until_the_next_one(self) -> None:
        browser = Browser()
        browser.track(page("/first"), page("/second"))
        browser.track(page("/third"))
        first, second, third = events()
        assert first.duration == timedelta(0)
        assert second.duration == third.timestamp - second.timestamp
        assert third.duration is None

    def test_the_last_page_view_lasts_until_the_interaction_ends(self) -> None:
        browser = Browser()
        browser.track(page())
        browser.flush()
        (view,) = events()
        ended = Interaction.objects.get().ended
        assert ended is not None
        assert view.duration == ended - view.timestamp


class TestValues:
    def test_goals_and_events_add_their_points(self) -> None:
        Definition.objects.create(kind="event", alias="Video", points=7)
        browser = Browser()
        browser.track({"goalId": "Register"}, {"eventId": "Video"})
        browser.track({"goalId": "Register"})
        assert [event.engagement_value for event in events()] == [25, 7, 25]
        assert Interaction.objects.get().engagement_value == 57

    @pytest.mark.parametrize(
        ("value", "kept"),
        [
            ("12.5", "12.5000"),
            ("1234567.8901", "1234567.8901"),
            (99999999999.99, "99999999999.9900"),
            (12, "12.0000"),
            (-3.5, "-3.5000"),
            (0.1 + 0.2, "0.3000"),
            (None, "None"),
        ],
    )
    def test_money_is_exact_to_four_decimals(self, value: Any, kept: str) -> None:
        outcome = {"outcomeId": "Opportunity", "monetaryValue": value, "currencyCode": "eur"}
        assert codes(outcome) == []
        (event,) = events()
        assert str(event.monetary_value) == kept
        assert event.currency_code == "EUR"

    @pytest.mark.parametrize("amount", ["NaN", "sNaN", "Infinity", "1e11", "-1e11", "1e999999"])
    def test_money_without_bounds_is_refused(self, amount: str) -> None:
        tracker = Browser().request()
        outcome = Outcome("Opportunity")
        msgspec.structs.force_setattr(outcome, "monetary_value", Decimal(amount))
        with pytest.raises(TrackingError, match="monetaryValue") as caught:
            tracker.register_outcome(outcome, {})
        assert caught.value.code == "invalid_event"

    @pytest.mark.parametrize("code", ["EURO", "E", "12€", "١٢٣"])
    def test_a_currency_is_three_letters(self, code: str) -> None:
        assert codes({"outcomeId": "Opportunity", "currencyCode": code}) == ["invalid_event"]

    def test_an_outcome_needs_no_money(self) -> None:
        assert codes({"outcomeId": "Opportunity", "pageId": HOME, "url": "/"}) == []
        (event,) = events()
        assert (event.kind, event.monetary_value, event.currency_code) == ("outcome", None, "")
        assert event.data == {"pageId": HOME, "url": "/"}

    def test_a_campaign_is_an_event_and_marks_the_interaction(self) -> None:
        campaign = Definition.objects.create(kind="campaign", alias="Spring")
        Browser().track({"campaignId": "Sample Campaign"}, {"campaignId": "spring"})
        assert [event.label for event in events()] == ["Sample Campaign", "Spring"]
        assert Interaction.objects.get().campaign == campaign

    @pytest.mark.parametrize(
        "page_id", [HOME, HOME.strip("{}").lower(), HOME.strip("{}").replace("-", "")]
    )
    def test_a_page_is_any_guid(self, page_id: str) -> None:
        assert codes({"pageId": page_id, "url": "/"}) == []
        assert events()[0].item_id == UUID(HOME)

    @pytest.mark.parametrize("page_id", ["home", "", "{110D559F-DEA5-42EA-9C1C-8A5DF7E70EF9", "-"])
    def test_a_page_that_is_no_guid_is_refused(self, page_id: str) -> None:
        with pytest.raises(TrackingError, match="pageId") as caught:
            Browser().request().register_page_view(PageView(page_id, "/"), {})
        assert caught.value.code == "invalid_event"

    def test_a_long_url_is_cut(self) -> None:
        Browser().track(page("/" + "é" * 5000))
        assert events()[0].url == "/" + "é" * 2047

    @pytest.mark.parametrize("url", ["/\0", "/\ud800"])
    def test_a_url_that_cannot_be_stored_is_refused(self, url: str) -> None:
        assert codes(page(url)) == ["invalid_event"]

    def test_free_keys_are_kept(self) -> None:
        data = {"file": "a.pdf", "deep": {"list": [1, 2.5, None, True, "\\u0000 written out"]}}
        Browser().track({"eventId": "Download", **data}, page("/", **data))
        assert [event.data for event in events()] == [data, data]

    @pytest.mark.parametrize(
        "value",
        [
            "x" * 40_000,
            "a\0b",
            {"a\0b": 1},
            "\\\0",
            "\ud800",
            float("nan"),
            float("inf"),
            Decimal(1),
            object(),
        ],
        ids=lambda value: repr(value)[:20],
    )
    def test_free_keys_that_cannot_be_stored_are_refused(self, value: Any) -> None:
        assert codes({"goalId": "Login", "extra": value}) == ["invalid_event"]

    def test_free_keys_that_are_too_deep_are_refused(self) -> None:
        deep: list[Any] = []
        for _ in range(3000):
            deep = [deep]
        assert codes({"goalId": "Login", "extra": deep}) == ["invalid_event"]

    def test_the_senders_id_of_an_event_is_kept(self) -> None:
        Browser().track({"goalId": "Login", "eventUid": "0e5f-1"}, page("/", eventUid="0e5f-2"))
        assert [(event.event_uid, event.data) for event in events()] == [
            ("0e5f-1", {}),
            ("0e5f-2", {}),
        ]

    @pytest.mark.parametrize("uid", [7, "", "x" * 65, "é", "a\0b", {}])
    def test_the_senders_id_is_short_plain_text(self, uid: Any) -> None:
        expected = [] if uid == "" else ["invalid_event"]
        assert codes({"goalId": "Login", "eventUid": uid}) == expected

    @hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        st.dictionaries(
            st.sampled_from(["eventId", "goalId", "outcomeId", "campaignId", "pageId", "url"])
            | st.sampled_from(["monetaryValue", "currencyCode", "eventUid"])
            | st.text(max_size=5),
            st.sampled_from(["Download", "Login", "Opportunity", HOME, "EUR", "12.5"])
            | st.recursive(
                st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
                lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
                max_leaves=5,
            ),
        )
    )
    def test_no_payload_spoils_its_batch(self, payload: dict[str, Any]) -> None:
        with transaction.atomic():
            before = TrackedEvent.objects.count()
            result = Browser().track(payload, {"goalId": "Login"})
            assert {error.index for error in result.errors} <= {0}
            assert TrackedEvent.objects.count() == before + result.tracked
            transaction.set_rollback(True)


class Remember(TrackEventProcessor[Goal]):
    """A processor that keeps rows of its own."""

    def track_event(self, tracker: Tracker, args: TrackEventArgs, event: Goal) -> None:
        assert isinstance(tracker, DatabaseTracker)
        tracker.register_goal(event, args.payload)
        transaction.on_commit(lambda: None)
        if args.payload.get("swallows"):
            self._swallow(args.payload["swallows"])
        ContactIdentifier.objects.create(
            contact=tracker.contact, source="shop", identifier=args.payload["name"], kind="known"
        )
        if args.payload.get("fails"):
            args.report_error("refused", "The shop does not know this name.")
        else:
            args.has_been_tracked()

    def _swallow(self, how: str) -> None:
        try:
            if how == "save":
                Definition(kind="goal", alias="login").save()
            else:
                Definition.objects.filter(alias="Login").update(alias="register")
        except IntegrityError:
            pass


class OnlyIdentify(TrackEventProcessor[dict[str, Any]]):
    """A processor that registers nothing with the tracker."""

    def track_event(self, tracker: Tracker, args: TrackEventArgs, event: dict[str, Any]) -> None:
        assert isinstance(tracker, DatabaseTracker)
        tracker.contact.identifiers.create(source="shop", identifier=event["name"], kind="known")
        if event.get("fails"):
            args.report_error("refused", "The shop does not know this name.")
        else:
            args.has_been_tracked()


class TestProcessorsOfOnesOwn:
    @pytest.fixture(autouse=True)
    def a_known_contact(self) -> Iterator[Browser]:
        """There has been a visit."""
        self.browser = Browser()
        self.browser.track(page())
        return iter(())

    def track(self, *payloads: dict[str, Any]) -> list[str]:
        result = run(payloads, self.browser.request(), [Remember(), *processors.chain()])
        return [error.code for error in result.errors]

    def test_rows_of_its_own_are_kept_with_the_event(self) -> None:
        assert self.track({"goalId": "Login", "name": "ann"}) == []
        assert ContactIdentifier.objects.get().identifier == "ann"
        assert [event.label for event in events()] == ["/", "Login"]
        assert Contact.objects.get().is_known

    def test_what_a_failed_event_stored_is_given_up_and_no_more(self) -> None:
        errors = self.track(
            {"goalId": "Login", "name": "ann"},
            {"goalId": "Login", "name": "bob", "fails": True},
            {"goalId": "Register", "name": "cat"},
        )
        assert errors == ["refused"]
        names = ContactIdentifier.objects.order_by("identifier").values_list(
            "identifier", flat=True
        )
        assert list(names) == ["ann", "cat"]
        assert [event.label for event in events()] == ["/", "Login", "Register"]

    def test_a_failed_query_fails_its_event_alone(self) -> None:
        errors = self.track(
            {"goalId": "Login", "name": "ann"},
            {"goalId": "Login", "name": "ann"},
            {"goalId": "Register", "name": "bob"},
        )
        assert errors == ["processor_failed"]
        assert [event.label for event in events()] == ["/", "Login", "Register"]

    @pytest.mark.parametrize("how", ["save", "update"])
    def test_a_failed_query_that_is_swallowed_never_half_stores(self, how: str) -> None:
        errors = self.track(
            {"goalId": "Login", "name": "ann", "swallows": how},
            {"goalId": "Register", "name": "bob"},
        )
        kept = ContactIdentifier.objects.filter(identifier="ann").exists()
        labels = [event.label for event in events()]
        assert kept == ("Login" in labels) == (errors == [])
        assert labels[-1] == "Register"

    def test_a_failed_query_that_is_the_last_is_found_out(self) -> None:
        tracker = self.browser.request()
        with tracker.batch():
            with pytest.raises(TrackingError) as caught, tracker.savepoint():  # noqa: PT012
                tracker.register_goal(Goal("Login"), {})
                with suppress(IntegrityError):
                    Definition(kind="goal", alias="login").save()
            tracker.register_goal(Goal("Register"), {})
        assert caught.value.code == "processor_failed"
        assert [event.label for event in events()] == ["/", "Register"]

    def test_the_current_page_contact_and_interaction_can_be_read(self) -> None:
        tracker = self.browser.request()
        with tracker.batch():
            assert tracker.current_page is not None
            assert tracker.current_page.url == "/"
            tracker.register_page_view(PageView(HOME, "/next"), {})
            tracker.register_goal(Goal("Login"), {})
            assert tracker.current_page.url == "/next"
            assert tracker.interaction == Interaction.objects.get()
            assert tracker.contact == Contact.objects.get()

    def test_a_failed_event_that_read_the_session_gives_its_lock_up(self) -> None:
        tracker, other = self.browser.request(), self.browser.request()
        with tracker.batch():
            with pytest.raises(TrackingError), tracker.savepoint():  # noqa: PT012
                assert tracker.interaction
                raise TrackingError("failed", "It failed.")
            with other.batch():
                other.register_goal(Goal("Login"), {})
            tracker.register_goal(Goal("Register"), {})
        assert [event.label for event in events()] == ["/", "Login", "Register"]

    def test_a_failed_event_wants_no_session_that_an_earlier_one_opened(self) -> None:
        tracker = Browser().request()
        with tracker.batch():
            assert tracker.current_page is None
            with pytest.raises(TrackingError), tracker.savepoint():  # noqa: PT012
                assert tracker.contact
                raise TrackingError("failed", "It failed.")
        assert Contact.objects.count() == 1

    def test_asking_for_the_current_page_begins_no_interaction(self) -> None:
        tracker = Browser().request()
        with tracker.batch():
            assert tracker.current_page is None
        assert Interaction.objects.count() == 1
        assert tracker.set_cookies == []

    def test_asking_for_the_contact_of_a_first_visit_makes_one(self) -> None:
        browser = Browser()
        assert run([{"name": "ann"}], browser.request(), [OnlyIdentify()]).tracked == 1
        contact = ContactIdentifier.objects.get().contact
        assert contact.interactions.get().events.count() == 0
        connection.check_constraints()

    def test_a_failed_event_that_asked_for_the_contact_makes_none(self) -> None:
        result = run([{"name": "ann", "fails": True}], Browser().request(), [OnlyIdentify()])
        assert [error.code for error in result.errors] == ["refused"]
        assert Contact.objects.count() == 1

    def test_a_callback_of_a_failed_event_is_not_called(self) -> None:
        called: list[str] = []
        tracker = self.browser.request()
        with patch.object(connection, "run_on_commit", []), tracker.batch():
            with pytest.raises(TrackingError), tracker.savepoint():  # noqa: PT012
                transaction.on_commit(lambda: called.append("failed"))
                raise TrackingError("failed", "It failed.")
            with tracker.savepoint():
                transaction.on_commit(lambda: called.append("kept"))
            for entry in connection.run_on_commit:
                entry[1]()
        assert called == ["kept"]


class TestUnavailable:
    def test_a_database_that_does_not_answer_is_503_and_nothing_is_kept(self) -> None:
        browser = Browser()
        broken = patch("jss_tracking.trackers.database.open_session", side_effect=OperationalError)
        with broken, pytest.raises(TrackerUnavailable) as caught:
            browser.track(page(), {"goalId": "Login"})
        assert (caught.value.status, caught.value.retry_after) == (503, 10)
        assert browser.cookies == {}
        assert not TrackedEvent.objects.exists()

    def test_nothing_of_a_batch_is_kept_if_its_end_fails(self) -> None:
        browser = Browser()
        broken = patch.object(TrackedEvent.objects, "bulk_create", side_effect=OperationalError)
        with broken, pytest.raises(TrackerUnavailable):
            browser.track(page())
        assert not Interaction.objects.exists()
        assert not Contact.objects.exists()
        assert browser.track(page()).tracked == 1

    def test_a_transaction_that_broke_on_the_way_keeps_nothing(self) -> None:
        tracker = Browser().request()
        with pytest.raises(TrackerUnavailable), tracker.batch():
            transaction.set_rollback(True)
        assert tracker.set_cookies == []

    def test_a_processor_that_asks_for_the_contact_meanwhile_gets_503(self) -> None:
        broken = patch("jss_tracking.trackers.database.open_session", side_effect=OperationalError)
        tracker = Browser().request()
        with broken, pytest.raises(TrackerUnavailable):
            run([{"goalId": "Login", "name": "ann"}], tracker, [Remember()])

    def test_an_error_quotes_no_row(self, caplog: pytest.LogCaptureFixture) -> None:
        error = IntegrityError("Key (session_id)=(qx5zkd3w1hvbn0rtlsmy2pcj) already exists")
        broken = patch("jss_tracking.trackers.database.save_session", side_effect=error)
        with broken, pytest.raises(TrackerUnavailable) as caught:
            Browser().track(page())
        assert "qx5z" not in str(caught.value) + caplog.text
        assert caught.value.__suppress_context__
        assert "IntegrityError" in caplog.text

    def test_a_lost_race_for_a_new_device_is_run_again(self) -> None:
        first, second = (Browser({"SC_ANALYTICS_GLOBAL_COOKIE": "a" * 32 + "|False"}) for _ in "12")
        early, late = first.request(), second.request()
        with early.batch():
            early.register_page_view(PageView(HOME, "/early"), {})
            assert early.contact  # sees no device yet
            with late.batch():
                late.register_page_view(PageView(HOME, "/late"), {})
            early.register_event(Event("Download"), {})
        assert [(event.label, event.page_id is None) for event in events()] == [
            ("/late", True),
            ("/early", True),
            ("Download", False),
        ]
        assert Contact.objects.count() == Interaction.objects.count() == 1
        assert early.set_cookies[0] == late.set_cookies[0]

    def test_an_unknown_definition_is_refused_by_its_kind(self) -> None:
        tracker = Browser().request()
        calls: dict[str, Callable[[], None]] = {
            "unknown_event": lambda: tracker.register_event(Event("x"), {}),
            "unknown_goal": lambda: tracker.register_goal(Goal("x"), {}),
            "unknown_outcome": lambda: tracker.register_outcome(Outcome("x"), {}),
            "unknown_campaign": lambda: tracker.trigger_campaign(Campaign("x"), {}),
        }
        for code, call in calls.items():
            with pytest.raises(TrackingError) as caught:
                call()
            assert caught.value.code == code
