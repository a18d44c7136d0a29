from datetime import timedelta
from typing import Any
from uuid import uuid4

import msgspec
import pytest
import responses
from django.db import DatabaseError
from django.utils import timezone
from responses import RequestsMock

from jss_layout.sites import SiteDefinition
from jss_tracking.cookies import VisitorIds
from jss_tracking.delivery import sending
from jss_tracking.delivery.outcomes import Answer, DeliveryOutcome
from jss_tracking.event_uids import FORWARDING, UidsOfVisitor, forget_old_uids
from jss_tracking.events import Goal, Payload
from jss_tracking.exceptions import TrackerUnavailable
from jss_tracking.models import Interaction, TrackedEvent, TrackedUid
from jss_tracking.pipeline import BatchResult, TrackEventArgs, TrackEventProcessor, run
from jss_tracking.processors import processors
from jss_tracking.trackers import Tracker, Visitor
from jss_tracking.trackers.database import DatabaseTracker
from jss_tracking.trackers.sitecore import SitecoreTracker
from tests.tracking.browser import DEVICE, Browser, page

pytestmark = pytest.mark.django_db

UID = "8d3a2f3e-6c1d-4f0e-9a43-0c9a53e6b7d1"
SITECORE = "https://cd.example.com/sitecore/api/jss/track/event"
SITE = SiteDefinition("shop", sitecore_host="https://cd.example.com")


def goal(uid: Any = UID, **data: Any) -> dict[str, Any]:
    return {"goalId": "Register", "eventUid": uid, **data}


def let_pass(time: timedelta) -> None:
    for row in TrackedUid.objects.all():
        row.tracked -= time
        if row.forwarding_until:
            row.forwarding_until -= time
        row.save()


def forward(*payloads: Payload, cookies: dict[str, str] | None = None) -> BatchResult:
    visitor = Visitor(SITE, cookies=tuple((cookies or {}).items()), address="203.0.113.9")
    return run(payloads, SitecoreTracker(visitor), processors.chain())


def goals() -> int:
    return TrackedEvent.objects.filter(kind="goal").count()


class TestEmbedded:
    def test_an_event_sent_again_is_tracked_once_and_counts_as_tracked(self) -> None:
        browser = Browser()
        browser.track(page())
        assert browser.track(goal()) == BatchResult(1)
        assert browser.track(goal(), goal(str(uuid4()))) == BatchResult(2)
        assert goals() == 2
        assert Interaction.objects.get().engagement_value == 50

    def test_twice_in_one_batch_is_once(self) -> None:
        assert Browser().track(goal(), goal()) == BatchResult(2)
        assert goals() == 1

    def test_an_event_that_failed_may_be_sent_again(self) -> None:
        browser = Browser()
        browser.track(page())
        failed = browser.track({"goalId": "Nonsense", "eventUid": UID})
        assert failed.tracked == 0
        assert browser.track(goal()) == BatchResult(1)
        assert goals() == 1

    def test_after_a_day_the_id_is_free_again(self) -> None:
        browser = Browser()
        browser.track(goal())
        let_pass(timedelta(hours=23, minutes=59))
        browser.track(goal())
        assert goals() == 1
        let_pass(timedelta(minutes=1))
        browser.track(goal())
        assert goals() == 2

    def test_two_visitors_may_give_the_same_id(self) -> None:
        for _ in range(2):
            browser = Browser(address="203.0.113.9")
            browser.track(page())
            browser.track(goal())
        assert goals() == 2

    def test_a_first_event_whose_answer_was_lost_is_tracked_once(self) -> None:
        for _ in range(2):
            assert Browser(address="203.0.113.9").track(goal()) == BatchResult(1)
        assert goals() == 1

    def test_after_a_lost_first_answer_the_next_tab_has_cookies(self) -> None:
        Browser(address="203.0.113.9").track(goal())
        other = Browser(address="203.0.113.9")
        other.track(page())
        other.track(goal())
        assert goals() == 1

    def test_a_short_id_does_not_tell_strangers_apart(self) -> None:
        for _ in range(2):
            browser = Browser(address="203.0.113.9")
            browser.track(goal("1"))
            browser.track(goal("1"))
        assert goals() == 2

    def test_other_addresses_and_user_agents_are_other_visitors(self) -> None:
        Browser(address="203.0.113.9").track(goal())
        Browser(address="203.0.113.8").track(goal())
        Browser(address="203.0.113.9", user_agent="Firefox").track(goal())
        assert goals() == 3

    def test_the_id_counts_in_the_next_interaction_too(self) -> None:
        browser = Browser()
        browser.track(goal())
        browser.flush()
        browser.track(goal())
        assert goals() == 1

    def test_it_is_checked_before_the_pipeline(self) -> None:
        class Claims(TrackEventProcessor[dict[str, Any]]):
            seen = 0

            def track_event(self, tracker: Tracker, args: TrackEventArgs, event: Any) -> None:
                self.seen += 1
                args.has_been_tracked()

        browser, claims = Browser({DEVICE: "5d0f3a8c71b94e2fa6c8d1e07b3f9a24|True"}), Claims()
        for _ in range(2):
            assert run([goal()], browser.request(), [claims]) == BatchResult(1)
        assert claims.seen == 1

    @pytest.mark.parametrize("uid", [5, "x" * 65, "é", "\n", "a\0b", [], {}])
    def test_an_id_of_another_shape_fails_its_event_alone(self, uid: Any) -> None:
        result = Browser().track(goal(uid), goal())
        assert result.tracked == 1
        assert [(error.index, error.code) for error in result.errors] == [(0, "invalid_event")]

    @pytest.mark.parametrize("uid", [None, ""])
    def test_without_an_id_each_event_counts(self, uid: Any) -> None:
        assert Browser().track(goal(uid), goal(uid)).tracked == 2
        assert goals() == 2

    def test_nothing_of_the_visitor_is_kept_as_it_came(self) -> None:
        browser = Browser(address="203.0.113.9", user_agent="Firefox")
        browser.track(page())
        browser.track(goal())
        (row,) = TrackedUid.objects.all()
        assert browser.cookies[DEVICE].partition("|")[0] not in row.visitor
        assert len(row.visitor) == 43

    def test_another_request_that_was_first_makes_the_batch_come_again(self) -> None:
        browser = Browser()
        browser.track(page())
        tracker = browser.request()
        with pytest.raises(TrackerUnavailable), tracker.batch():  # noqa: PT012
            assert tracker.tracked_before([UID]) == set()
            tracker.register_goal(Goal("Register"), {})
            tracker.remember(UID)
            browser.track(goal())
        assert isinstance(tracker, DatabaseTracker)
        assert browser.track(goal()) == BatchResult(1)


class TestConnected:
    @pytest.fixture(autouse=True)
    def sitecore(self) -> Any:
        with RequestsMock(assert_all_requests_are_fired=False) as fake:
            fake.add(responses.POST, SITECORE, json={})
            yield fake

    @pytest.fixture
    def uids(self) -> UidsOfVisitor:
        return UidsOfVisitor(Visitor(SITE, address="203.0.113.9"), VisitorIds())

    def test_an_event_sent_again_is_forwarded_once(self, sitecore: RequestsMock) -> None:
        for _ in range(2):
            assert forward(goal()) == BatchResult(1)
        assert len(sitecore.calls) == 1
        assert TrackedUid.objects.get().forwarding_until is None

    def test_the_rest_of_the_batch_goes_up(self, sitecore: RequestsMock) -> None:
        forward(goal())
        other = goal(str(uuid4()))
        assert forward(goal(), other) == BatchResult(2)
        assert msgspec.json.decode(sitecore.calls[1].request.body or b"") == [other]

    def test_visitors_are_told_apart_by_their_cookies(self, sitecore: RequestsMock) -> None:
        forward(goal(), cookies={"ASP.NET_SessionId": "qx5zkd3w1hvbn0rtlsmy2pcj"})
        forward(goal(), cookies={"ASP.NET_SessionId": "qx5zkd3w1hvbn0rtlsmy2pck"})
        assert len(sitecore.calls) == 2

    def test_what_sitecore_did_not_take_may_be_sent_again(self, sitecore: RequestsMock) -> None:
        sitecore.replace(responses.POST, SITECORE, status=503)
        with pytest.raises(TrackerUnavailable):
            forward(goal())
        sitecore.replace(responses.POST, SITECORE, json={})
        assert forward(goal()) == BatchResult(1)
        assert len(sitecore.calls) == 2

    def test_a_single_event_that_was_refused_may_be_sent_again(
        self, sitecore: RequestsMock
    ) -> None:
        refusal = {"errors": [{"code": "unknown_goal", "index": 0, "message": "No."}]}
        sitecore.replace(responses.POST, SITECORE, json=refusal)
        other = str(uuid4())
        assert forward(goal(), goal(other)).tracked == 1
        assert [row.uid for row in TrackedUid.objects.all()] == [other]

    def test_while_it_is_being_forwarded_a_second_request_comes_again(
        self, sitecore: RequestsMock, uids: UidsOfVisitor
    ) -> None:
        uids.claim([UID])
        with pytest.raises(TrackerUnavailable) as caught:
            forward(goal())
        assert caught.value.status == 503
        assert len(sitecore.calls) == 0

    def test_two_claims_of_one_id_end_with_one(self, uids: UidsOfVisitor) -> None:
        uids.claim([UID])
        with pytest.raises(TrackerUnavailable):
            uids.claim([UID])
        assert TrackedUid.objects.count() == 1

    def test_a_claim_that_nobody_settles_runs_out(self, uids: UidsOfVisitor) -> None:
        uids.claim([UID])
        let_pass(FORWARDING)
        assert forward(goal()) == BatchResult(1)

    def test_it_is_claimed_before_sitecore_is_asked_and_settled_after(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        steps: list[str] = []

        def post(*_: Any) -> Answer:
            steps.append("post")
            return Answer(DeliveryOutcome.DELIVERED)

        monkeypatch.setattr(UidsOfVisitor, "claim", lambda *_, **__: steps.append("claim"))
        monkeypatch.setattr(UidsOfVisitor, "settle", lambda *_: steps.append("settle"))
        monkeypatch.setattr(sending, "post", post)
        forward(goal())
        assert steps == ["claim", "post", "settle"]

    @pytest.mark.parametrize("name", ["tracked", "claim"])
    def test_a_database_that_is_down_is_503_and_nothing_goes_up(
        self, name: str, monkeypatch: pytest.MonkeyPatch, sitecore: RequestsMock
    ) -> None:
        def fail(*_args: Any, **_kwargs: Any) -> None:
            raise DatabaseError

        monkeypatch.setattr(UidsOfVisitor, name, fail)
        with pytest.raises(TrackerUnavailable):
            forward(goal())
        assert len(sitecore.calls) == 0

    def test_what_went_up_is_tracked_though_it_could_not_be_noted(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*_args: Any) -> None:
            raise DatabaseError

        monkeypatch.setattr(UidsOfVisitor, "settle", fail)
        assert forward(goal()) == BatchResult(1)


def test_old_ids_are_forgotten() -> None:
    now = timezone.now()
    for age in (23, 25):
        TrackedUid.objects.create(uid=str(age), visitor="x", tracked=now - timedelta(hours=age))
    assert forget_old_uids() == 1
    assert str(TrackedUid.objects.get()) == "23"
