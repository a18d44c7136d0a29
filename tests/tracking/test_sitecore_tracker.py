import logging
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import msgspec
import pytest
import responses
from pytest_django import Settings

from jss_layout.sites import SiteDefinition
from jss_tracking.events import Campaign, Event, Goal, Outcome, PageView, Payload
from jss_tracking.exceptions import TrackerUnavailable
from jss_tracking.pipeline import BatchResult, TrackEventArgs, TrackEventProcessor, run
from jss_tracking.processors import processors
from jss_tracking.trackers import EventError, Tracker, Visitor
from jss_tracking.trackers.sitecore import SitecoreTracker
from tests.sensitive import ANALYTICS_COOKIE, SESSION_COOKIE

EVENT = "https://cd.example.com/sitecore/api/jss/track/event"
FLUSH = "https://cd.example.com/sitecore/api/jss/track/flush"
BATCH: list[Payload] = [
    {"eventId": "Download"},
    {"orderNo": 7, "lines": [1.5, None]},
    {"goalId": "Register"},
]

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("stock_processors")]


class ClaimOrders(TrackEventProcessor[dict[str, Any]]):
    """Claims orders and makes a goal of each."""

    def track_event(self, tracker: Tracker, args: TrackEventArgs, event: Any) -> None:
        if "orderNo" in event:
            tracker.register_goal(Goal("Order"), args.payload)
            if event.get("void"):
                args.report_error("void", "The order is void.")
            else:
                args.has_been_tracked()


@pytest.fixture
def tracker(connected_visitor: Visitor) -> SitecoreTracker:
    return SitecoreTracker(connected_visitor)


@pytest.fixture
def sitecore() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as fake:
        yield fake


def sent(fake: responses.RequestsMock) -> list[Any]:
    return [msgspec.json.decode(call.request.body or "") for call in fake.calls]


def answers(fake: responses.RequestsMock, status: int = 200, **kwargs: Any) -> None:
    fake.post(EVENT, status=status, **kwargs)


def test_a_batch_goes_up_as_one_array_in_order_and_unchanged(
    tracker: SitecoreTracker, sitecore: responses.RequestsMock
) -> None:
    answers(sitecore)
    assert run(BATCH, tracker, processors.chain()) == BatchResult(3)
    assert sent(sitecore) == [BATCH]


def test_the_address_holds_the_sites_key_and_name(
    tracker: SitecoreTracker, sitecore: responses.RequestsMock
) -> None:
    answers(sitecore)
    run(BATCH, tracker, [])
    url = urlsplit(str(sitecore.calls[0].request.url))
    assert url._replace(query="").geturl() == EVENT
    assert parse_qsl(url.query) == [
        ("sc_apikey", tracker.visitor.site.api_key),
        ("sc_site", "shop"),
    ]


def test_only_listed_parameters_of_the_browser_go_up(sitecore: responses.RequestsMock) -> None:
    answers(sitecore)
    query = (("sc_camp", "c & d"), ("sc_apikey", "callers"), ("sc_site", "other"), ("x", "1"))
    site = SiteDefinition("shop", sitecore_host="https://cd.example.com", api_key="K")
    run(BATCH, SitecoreTracker(Visitor(site=site, query=(*query, ("sc_lang", "da")))), [])
    assert parse_qsl(urlsplit(str(sitecore.calls[0].request.url)).query) == [
        ("sc_apikey", "K"),
        ("sc_site", "shop"),
        ("sc_camp", "c & d"),
        ("sc_lang", "da"),
    ]


def test_the_visitors_headers_go_up_with_json(
    tracker: SitecoreTracker, sitecore: responses.RequestsMock
) -> None:
    answers(sitecore)
    run(BATCH, tracker, [])
    headers = sitecore.calls[0].request.headers
    assert headers["Cookie"] == f"ASP.NET_SessionId={SESSION_COOKIE}"
    assert headers["User-Agent"] == "Firefox"
    assert headers["Content-Type"] == "application/json"


def test_sitecores_cookies_come_back(
    tracker: SitecoreTracker, sitecore: responses.RequestsMock
) -> None:
    line = f"SC_ANALYTICS_GLOBAL_COOKIE={ANALYTICS_COOKIE}; path=/; HttpOnly"
    answers(sitecore, headers={"Set-Cookie": line})
    run(BATCH, tracker, [])
    assert tracker.set_cookies == [line]


def test_an_empty_batch_calls_nobody(
    tracker: SitecoreTracker, sitecore: responses.RequestsMock
) -> None:
    assert run([], tracker, []) == BatchResult(0)
    assert len(sitecore.calls) == 0


def test_a_batch_that_is_all_claimed_here_calls_nobody(
    tracker: SitecoreTracker, sitecore: responses.RequestsMock
) -> None:
    class Claim(TrackEventProcessor[dict[str, Any]]):
        def track_event(self, tracker: Tracker, args: TrackEventArgs, event: Any) -> None:
            args.has_been_tracked()

    assert run(BATCH, tracker, [Claim()]) == BatchResult(3)
    assert len(sitecore.calls) == 0


def test_what_a_local_processor_registers_goes_up_in_its_place(
    tracker: SitecoreTracker, sitecore: responses.RequestsMock
) -> None:
    answers(sitecore)
    run(BATCH, tracker, [ClaimOrders()])
    goal = {"goalId": "Order", "orderNo": 7, "lines": [1.5, None]}
    assert sent(sitecore) == [[BATCH[0], goal, BATCH[2]]]


def test_nothing_of_a_failed_event_goes_up(
    tracker: SitecoreTracker, sitecore: responses.RequestsMock
) -> None:
    answers(sitecore)
    result = run([{"orderNo": 1, "void": True}, BATCH[0]], tracker, [ClaimOrders()])
    assert [(error.index, error.code) for error in result.errors] == [(0, "void")]
    assert sent(sitecore) == [[BATCH[0]]]


@pytest.mark.parametrize(
    ("method", "event", "payload"),
    [
        ("register_event", Event("a"), {"eventId": "a", "x": 1}),
        ("register_goal", Goal("a"), {"goalId": "a", "x": 1}),
        (
            "register_outcome",
            Outcome("a", "EUR"),
            {"outcomeId": "a", "currencyCode": "EUR", "x": 1},
        ),
        ("trigger_campaign", Campaign("a"), {"campaignId": "a", "x": 1}),
        ("register_page_view", PageView("a", "/"), {"pageId": "a", "url": "/", "x": 1}),
    ],
)
def test_each_kind_that_is_registered_has_the_protocols_keys_alone(
    tracker: SitecoreTracker,
    sitecore: responses.RequestsMock,
    method: str,
    event: Any,
    payload: dict[str, Any],
) -> None:
    answers(sitecore)
    with tracker.batch():
        getattr(tracker, method)(event, {"eventId": "other", "goalId": "other", "x": 1})
    assert sent(sitecore) == [[payload]]


def test_two_batches_of_one_request_are_apart(
    tracker: SitecoreTracker, sitecore: responses.RequestsMock
) -> None:
    answers(sitecore)
    run([BATCH[0]], tracker, [])
    run([BATCH[2]], tracker, [])
    assert sent(sitecore) == [[BATCH[0]], [BATCH[2]]]


def test_errors_of_an_upstream_of_this_kind_get_the_browsers_indexes(
    tracker: SitecoreTracker, sitecore: responses.RequestsMock
) -> None:
    failure = {"index": 1, "code": "unknown_goal", "id": "Register", "message": "No such goal."}
    answers(sitecore, json={"tracked": 1, "errors": [failure]})
    result = run([{"void": 1, "orderNo": 1}, BATCH[0], BATCH[2]], tracker, [ClaimOrders()])
    assert result.tracked == 1
    assert result.errors[1] == EventError(2, "unknown_goal", "No such goal.", "Register")


def test_a_goal_of_a_local_processor_that_is_refused_is_an_error_of_its_event(
    tracker: SitecoreTracker, sitecore: responses.RequestsMock
) -> None:
    answers(sitecore, json={"errors": [{"index": 1, "code": "unknown_goal"}]})
    result = run(BATCH, tracker, [ClaimOrders()])
    assert result == BatchResult(2, (EventError(1, "unknown_goal", ""),))


def test_a_batch_of_which_nothing_was_tracked_up_there_is_told_event_by_event(
    tracker: SitecoreTracker, sitecore: responses.RequestsMock
) -> None:
    answers(sitecore, status=400, json={"errors": [{"index": 0, "code": "unknown_goal"}]})
    assert run([BATCH[2]], tracker, []).errors == (EventError(0, "unknown_goal", ""),)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"null",
        b"[]",
        b'{"errors": null}',
        b'{"errors": [{"index": 9, "code": "x"}, {"index": -1, "code": "x"}, {"code": "x"}]}',
        b'{"errors": [{"index": "0"}]}',
        b"[" * 100_000,
        b"\xff",
    ],
)
def test_any_other_answer_of_2xx_means_tracked(
    tracker: SitecoreTracker, sitecore: responses.RequestsMock, body: bytes
) -> None:
    answers(sitecore, body=body)
    assert run(BATCH, tracker, []) == BatchResult(3)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 413])
def test_what_sitecore_refuses_is_refused_with_its_status(
    tracker: SitecoreTracker,
    sitecore: responses.RequestsMock,
    status: int,
    caplog: pytest.LogCaptureFixture,
) -> None:
    answers(sitecore, status=status, body="<html>no</html>")
    with caplog.at_level(logging.ERROR), pytest.raises(TrackerUnavailable) as caught:
        run(BATCH, tracker, [])
    assert (caught.value.status, caught.value.retry_after) == (status, None)
    assert f"answered {status}" in caplog.text
    assert tracker.visitor.site.api_key not in caplog.text


def test_a_refusal_still_brings_cookies(
    tracker: SitecoreTracker, sitecore: responses.RequestsMock
) -> None:
    answers(sitecore, status=403, headers={"Set-Cookie": "a=1; path=/"})
    with pytest.raises(TrackerUnavailable):
        run(BATCH, tracker, [])
    assert tracker.set_cookies == ["a=1; path=/"]


def test_a_site_without_sitecore_host_means_try_again_later() -> None:
    with pytest.raises(TrackerUnavailable):
        run(BATCH, SitecoreTracker(Visitor(SiteDefinition("shop"))), [])


def test_flush_posts_an_empty_array(
    tracker: SitecoreTracker, sitecore: responses.RequestsMock
) -> None:
    sitecore.post(FLUSH, headers={"Set-Cookie": "ASP.NET_SessionId=; path=/"})
    tracker.flush()
    assert sent(sitecore) == [[]]
    assert tracker.set_cookies == ["ASP.NET_SessionId=; path=/"]


def test_a_flush_that_sitecore_refuses_is_refused(
    tracker: SitecoreTracker, sitecore: responses.RequestsMock
) -> None:
    sitecore.post(FLUSH, status=404)
    with pytest.raises(TrackerUnavailable, match="TrackerServiceEnabled") as caught:
        tracker.flush()
    assert caught.value.status == 404


def test_a_batch_that_raises_delivers_nothing(
    tracker: SitecoreTracker, sitecore: responses.RequestsMock
) -> None:
    def fail() -> None:
        with tracker.batch():
            tracker.hand_on({"goalId": "a"})
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert len(sitecore.calls) == 0


def test_an_answer_that_cannot_be_read_is_taken_by_its_status_and_brings_cookies(
    tracker: SitecoreTracker, sitecore: responses.RequestsMock, settings: Settings
) -> None:
    settings.LAYOUT_SERVICE_MAX_BYTES = 5
    answers(sitecore, body=b"too large", headers={"Set-Cookie": "a=1; path=/"})
    assert run(BATCH, tracker, []) == BatchResult(3)
    assert tracker.set_cookies == ["a=1; path=/"]
