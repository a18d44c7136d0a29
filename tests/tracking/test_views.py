import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import responses
from django.test import Client, RequestFactory
from pytest_django import Settings

from jss_layout.models import ApiKey
from jss_layout.models import Site as SiteRow
from jss_tracking import views
from jss_tracking.events import Event, Goal, Outcome, PageView
from jss_tracking.models import Interaction, TrackedEvent
from jss_tracking.pipeline import TrackEventArgs, TrackEventProcessor
from jss_tracking.trackers import Tracker
from jss_tracking.trackers.memory import Memory
from tests.sensitive import (
    ANALYTICS_COOKIE,
    API_KEY,
    DJANGO_SESSION_COOKIE,
    SESSION_COOKIE,
    SITE_API_KEY,
)

EVENT = "/sitecore/api/jss/track/event"
FLUSH = "/sitecore/api/jss/track/flush"
UPSTREAM_EVENT = f"https://cd.example.com{EVENT}"
PAGE = {"pageId": "{110D559F-DEA5-42EA-9C1C-8A5DF7E70EF9}", "url": "/a"}
GOAL = {"goalId": "Register"}
OTHER_SITE = {"origin": "https://app.example.org", "sec-fetch-site": "cross-site"}

pytestmark = pytest.mark.usefixtures("stock_processors")


class Fails(TrackEventProcessor[dict[str, Any]]):
    """Raises for everything with a key ``fail``."""

    def track_event(self, tracker: Tracker, args: TrackEventArgs, event: Any) -> None:
        if "fail" in event:
            raise ZeroDivisionError


class Unreadable(io.BytesIO):
    def read(self, *args: object) -> bytes:
        raise AssertionError


@pytest.fixture
def enabled(service: str, in_memory: Memory) -> Memory:
    return in_memory


@pytest.fixture
def upstream(service: str, at_sitecore: str) -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as fake:
        yield fake


@pytest.fixture
def listed_key(db: None) -> ApiKey:
    """A key of the admin that opens the tracker to pages of one other site."""
    return ApiKey.objects.create(
        key=API_KEY, name="app", opens_tracking=True, cors_origins="https://app.example.org"
    )


def post(
    client: Client,
    body: Any,
    key: str = SITE_API_KEY,
    content_type: str = "application/json",
    path: str = EVENT,
    **kwargs: Any,
) -> Any:
    if not isinstance(body, bytes):
        body = json.dumps(body).encode()
    url = f"{path}?sc_apikey={key}" if key else path
    return client.post(url, body, content_type=content_type, **kwargs)


def sent_body(fake: responses.RequestsMock) -> bytes:
    body = fake.calls[0].request.body
    assert isinstance(body, bytes)
    return body


def code_of(response: Any) -> Any:
    (error,) = response.json()["errors"]
    return error["code"]


# What is tracked


def test_an_array_is_tracked(client: Client, enabled: Memory) -> None:
    response = post(client, [GOAL, {"eventId": "Download"}])
    assert response.status_code == 200
    assert response.json() == {"tracked": 2, "errors": []}
    assert len(enabled.recorded) == 2


def test_an_object_alone_is_tracked(client: Client, enabled: Memory) -> None:
    assert post(client, GOAL).json() == {"tracked": 1, "errors": []}
    assert enabled.events == [Goal("Register")]


def test_nothing_to_track_is_fine(client: Client, enabled: Memory) -> None:
    response = post(client, [])
    assert (response.status_code, response.json()) == (200, {"tracked": 0, "errors": []})


def test_a_goal_after_a_page_view_belongs_to_that_page(client: Client, enabled: Memory) -> None:
    post(client, [PAGE, GOAL])
    assert enabled.recorded[1].page == PageView(PAGE["pageId"], "/a")


def test_an_outcome_with_page_and_text_money_is_an_outcome(client: Client, enabled: Memory) -> None:
    post(client, PAGE | {"outcomeId": "Opportunity", "monetaryValue": "12.5"})
    (event,) = enabled.events
    assert isinstance(event, Outcome)
    assert str(event.monetary_value) == "12.5"


def test_extra_keys_stay_with_the_event(client: Client, enabled: Memory) -> None:
    post(client, GOAL | {"form": {"id": 3}})
    assert enabled.recorded[0].payload == GOAL | {"form": {"id": 3}}


def test_the_address_may_end_with_a_slash(client: Client, enabled: Memory) -> None:
    assert post(client, GOAL, path=f"{EVENT}/").status_code == 200


@pytest.mark.parametrize("header", ["sc-apikey", "sc_apikey"])
def test_the_key_may_come_as_a_header(client: Client, enabled: Memory, header: str) -> None:
    response = post(client, GOAL, key="", headers={header: SITE_API_KEY})
    assert response.status_code == 200


@pytest.mark.parametrize(
    "content_type", ["application/json", "application/json; charset=utf-8", "text/plain", ""]
)
def test_the_content_type_may_be_json_or_text(
    client: Client, enabled: Memory, content_type: str
) -> None:
    assert post(client, GOAL, content_type=content_type).status_code == 200


def test_csrf_tokens_are_not_asked_for(enabled: Memory) -> None:
    client = Client(enforce_csrf_checks=True)
    assert post(client, GOAL).status_code == 200


def test_the_answer_is_json_and_private(client: Client, enabled: Memory) -> None:
    response = post(client, GOAL)
    assert response["Content-Type"] == "application/json"
    assert "private" in response["Cache-Control"]


def test_the_request_itself_is_no_page_view(client: Client, enabled: Memory) -> None:
    post(client, GOAL)
    assert not any(isinstance(event, PageView) for event in enabled.events)


def test_a_site_with_tracking_off_drops_events_and_says_so(
    client: Client, enabled: Memory, settings: Settings
) -> None:
    settings.SITECORE_ENABLE_TRACKING = False
    response = post(client, [GOAL])
    assert response.status_code == 200
    assert response.json() == {"tracked": 0, "errors": [], "dropped": "tracking_off"}
    assert enabled.events == []


# What is not


def test_one_unknown_name_costs_only_itself(client: Client, enabled: Memory) -> None:
    response = post(client, [GOAL, {"goalId": "Nonsense"}, {"what": 1}, {"eventId": "Download"}])
    assert response.status_code == 200
    body = response.json()
    assert body["tracked"] == 2
    assert [(error["index"], error["code"], error.get("id")) for error in body["errors"]] == [
        (1, "unknown_goal", "Nonsense"),
        (2, "invalid_event", None),
    ]
    assert all(error["message"] for error in body["errors"])
    assert len(enabled.recorded) == 2


@pytest.mark.parametrize("status", [200, 207, 400])
def test_the_status_of_a_part_is_a_setting(
    client: Client, enabled: Memory, settings: Settings, status: int
) -> None:
    settings.TRACK_EVENT_PARTIAL_STATUS = status
    assert post(client, [GOAL, {"goalId": "Nonsense"}]).status_code == status


def test_a_batch_of_which_nothing_was_tracked_is_no_success(
    client: Client, enabled: Memory
) -> None:
    response = post(client, [{"goalId": "Nonsense"}])
    assert response.status_code == 400
    assert response.json()["tracked"] == 0


def test_what_only_this_host_got_wrong_is_its_own_error(
    client: Client, enabled: Memory, settings: Settings
) -> None:
    settings.TRACK_EVENT_PROCESSORS = [Fails.name()]
    assert post(client, [{"fail": 1}]).status_code == 500
    assert post(client, [{"fail": 1}, {"what": 1}]).status_code == 400


def test_a_null_wherever_a_value_may_stand_is_an_error_of_its_event(
    client: Client, enabled: Memory
) -> None:
    response = post(client, [{"goalId": None}, {"pageId": None, "url": None}, {"": None}, GOAL])
    assert response.json()["tracked"] == 1
    assert [error["index"] for error in response.json()["errors"]] == [0, 1, 2]


@pytest.mark.parametrize("body", [b"", b"{", b"<html></html>", b"a=b", b"\x00", b"\xff\xfe"])
def test_what_is_not_json_is_400_and_tracks_nothing(
    client: Client, enabled: Memory, body: Any
) -> None:
    response = post(client, body)
    assert response.status_code == 400
    assert code_of(response) == "invalid_json"


@pytest.mark.parametrize(
    "item", [b"5", b"null", b"[{}]", b'{"goalId": "\\ud800"}', b'{"eventId": "a", "n": 1e999}']
)
def test_an_item_that_is_no_event_costs_only_itself(
    client: Client, enabled: Memory, item: bytes
) -> None:
    response = post(client, b'[{"goalId": "Register"}, ' + item + b', {"eventId": "Download"}]')
    assert response.status_code == 200
    assert response.json()["tracked"] == 2
    (error,) = response.json()["errors"]
    assert (error["index"], error["code"]) == (1, "invalid_event")
    assert enabled.events == [Goal("Register"), Event("Download")]


@pytest.mark.parametrize("body", [5, None, "goalId", [5, None]])
def test_a_body_without_any_event_is_400(client: Client, enabled: Memory, body: Any) -> None:
    response = post(client, body)
    assert response.status_code == 400
    assert response.json()["tracked"] == 0
    assert {error["code"] for error in response.json()["errors"]} == {"invalid_event"}


def test_what_is_no_event_does_not_go_up(client: Client, upstream: responses.RequestsMock) -> None:
    upstream.post(UPSTREAM_EVENT, json={})
    response = post(client, [GOAL, 5, {"method": "POST", "body": "[]"}, {"likeId": 1}])
    assert response.json()["tracked"] == 2
    assert json.loads(sent_body(upstream)) == [GOAL, {"likeId": 1}]


def test_the_options_of_fetch_get_a_hint(client: Client, enabled: Memory) -> None:
    response = post(client, {"0": GOAL, "method": "POST", "headers": {}, "body": "[]"})
    assert response.status_code == 400
    assert "fetch()" in response.json()["errors"][0]["message"]


def test_more_events_than_allowed_are_413(
    client: Client, enabled: Memory, settings: Settings
) -> None:
    settings.TRACK_EVENT_MAX_BATCH = 2
    assert post(client, [GOAL] * 2).status_code == 200
    response = post(client, [GOAL] * 3)
    assert response.status_code == 413
    assert code_of(response) == "too_many_events"
    assert len(enabled.events) == 2


def test_a_body_of_10_mb_is_413_and_is_not_read(rf: RequestFactory, enabled: Memory) -> None:
    request: Any = rf.post(f"{EVENT}?sc_apikey={SITE_API_KEY}", b"[]", "application/json")
    request.META["CONTENT_LENGTH"] = str(10 * 1024 * 1024)
    request._stream = Unreadable()
    response = views.track_event(request)
    assert response.status_code == 413
    assert json.loads(response.content)["errors"][0]["code"] == "too_large"


def test_a_body_that_turns_out_too_large_is_413(
    rf: RequestFactory, enabled: Memory, settings: Settings
) -> None:
    settings.TRACK_EVENT_MAX_BYTES = 10
    request: Any = rf.post(f"{EVENT}?sc_apikey={SITE_API_KEY}", b"[" * 11, "application/json")
    request.META["CONTENT_LENGTH"] = ""
    assert views.track_event(request).status_code == 413


def test_a_body_as_large_as_allowed_is_taken(
    client: Client, enabled: Memory, settings: Settings
) -> None:
    body = json.dumps([GOAL]).encode()
    settings.TRACK_EVENT_MAX_BYTES = len(body)
    assert post(client, body).status_code == 200
    assert post(client, body + b" ").status_code == 413


def test_djangos_own_limit_of_a_body_does_not_stand_in_the_way(
    client: Client, enabled: Memory, settings: Settings
) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 5
    assert post(client, [GOAL]).status_code == 200


@pytest.mark.parametrize("length", ["abc", "-5x"])
def test_a_length_that_is_no_number_is_400(client: Client, enabled: Memory, length: str) -> None:
    response = post(client, [GOAL], CONTENT_LENGTH=length)
    assert response.status_code == 400


def test_a_body_that_breaks_off_is_400(rf: RequestFactory, enabled: Memory) -> None:
    class Broken(io.BytesIO):
        def read(self, *args: object) -> bytes:
            raise OSError("reset")

    request: Any = rf.post(f"{EVENT}?sc_apikey={SITE_API_KEY}", b"[]", "application/json")
    request._stream = Broken()
    response = views.track_event(request)
    assert response.status_code == 400
    assert json.loads(response.content)["errors"][0]["code"] == "incomplete_body"


@pytest.mark.parametrize(
    "content_type", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]
)
def test_a_form_is_415(client: Client, enabled: Memory, content_type: str) -> None:
    response = post(client, [GOAL], content_type=content_type)
    assert response.status_code == 415
    assert enabled.events == []


@pytest.mark.parametrize("method", ["get", "put", "delete", "head", "patch"])
def test_another_verb_is_405_and_names_the_right_one(
    client: Client, enabled: Memory, method: str
) -> None:
    response = getattr(client, method)(EVENT)
    assert response.status_code == 405
    assert response["Allow"] == "POST"


# Who may


def test_while_the_service_is_off_it_looks_absent(
    client: Client, enabled: Memory, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.TRACKER_SERVICE_ENABLED = False
    views._say_disabled.cache_clear()
    with caplog.at_level(logging.WARNING, logger="jss_tracking"):
        assert [post(client, GOAL).status_code for _ in range(2)] == [404, 404]
        assert client.get(FLUSH).status_code == 404
    told = [r for r in caplog.records if r.name == "jss_tracking.views"]
    assert [record.getMessage().count("TRACKER_SERVICE_ENABLED") for record in told] == [1]
    assert enabled.events == []


def test_without_a_key_it_is_401(client: Client, enabled: Memory) -> None:
    response = post(client, GOAL, key="")
    assert response.status_code == 401
    assert code_of(response) == "api_key"
    assert enabled.events == []


@pytest.mark.parametrize("key", [API_KEY, "x", "%00", "é"])
def test_with_a_wrong_key_it_is_403(client: Client, enabled: Memory, key: str) -> None:
    assert post(client, GOAL, key=key).status_code == 403
    assert enabled.events == []


def test_a_disabled_key_is_403(client: Client, enabled: Memory, listed_key: ApiKey) -> None:
    listed_key.enabled = False
    listed_key.save()
    assert post(client, GOAL, key=API_KEY).status_code == 403


def test_the_key_is_checked_before_the_body_is_read(rf: RequestFactory, enabled: Memory) -> None:
    request: Any = rf.post(f"{EVENT}?sc_apikey={API_KEY}", b"{", "application/json")
    request._stream = Unreadable()
    assert views.track_event(request).status_code == 403


def test_a_page_of_another_site_needs_a_key_that_lists_it(
    client: Client, enabled: Memory, listed_key: ApiKey
) -> None:
    assert post(client, GOAL, headers=OTHER_SITE).status_code == 403
    assert enabled.events == []
    response = post(client, GOAL, key=API_KEY, headers=OTHER_SITE)
    assert response.status_code == 200
    assert response["Access-Control-Allow-Origin"] == "https://app.example.org"


def test_an_origin_that_no_key_lists_gets_no_cors_header(
    client: Client, enabled: Memory, listed_key: ApiKey
) -> None:
    headers = OTHER_SITE | {"origin": "https://evil.example.org"}
    response = post(client, GOAL, key=API_KEY, headers=headers)
    assert response.status_code == 403
    assert "Access-Control-Allow-Origin" not in response


def test_a_cross_site_call_that_hides_its_origin_is_refused(
    client: Client, enabled: Memory
) -> None:
    response = post(client, GOAL, headers={"sec-fetch-site": "cross-site"})
    assert (response.status_code, code_of(response)) == (403, "cross_site")
    assert enabled.events == []


@pytest.mark.parametrize("where", ["same-origin", "same-site", "none"])
def test_a_call_of_this_site_is_taken(client: Client, enabled: Memory, where: str) -> None:
    headers = {"sec-fetch-site": where, "origin": "http://testserver"}
    assert post(client, GOAL, headers=headers).status_code == 200


def test_an_unknown_host_is_400(client: Client, enabled: Memory, settings: Settings) -> None:
    settings.ALLOWED_HOSTS = ["www.example.com"]
    response = post(client, GOAL, headers={"host": "evil.example.com"})
    assert response.status_code == 400
    assert enabled.events == []


# The tracker fails


def test_an_unavailable_tracker_is_503_with_a_time_to_wait(
    client: Client, upstream: responses.RequestsMock
) -> None:
    upstream.post(UPSTREAM_EVENT, status=503)
    response = post(client, [GOAL])
    assert response.status_code == 503
    assert response["Retry-After"] == "10"
    assert code_of(response) == "tracker_unavailable"


@pytest.mark.parametrize("status", [500, 503])
def test_events_of_a_session_that_are_queued_or_set_aside_are_202(
    client: Client, upstream: responses.RequestsMock, status: int
) -> None:
    upstream.post(UPSTREAM_EVENT, status=status)
    client.cookies["ASP.NET_SessionId"] = SESSION_COOKIE
    response = post(client, [GOAL, GOAL])
    assert (response.status_code, response.json()) == (
        202,
        {"tracked": 0, "errors": [], "queued": 2},
    )


def test_what_sitecore_refuses_for_good_names_no_time_to_wait(
    client: Client, upstream: responses.RequestsMock
) -> None:
    upstream.post(UPSTREAM_EVENT, status=403)
    response = post(client, [GOAL])
    assert response.status_code == 403
    assert "Retry-After" not in response


# Connected


def test_connected_all_goes_up_with_the_visitors_headers(
    client: Client, upstream: responses.RequestsMock
) -> None:
    upstream.post(UPSTREAM_EVENT)
    cookie = (
        f"SC_ANALYTICS_GLOBAL_COOKIE={ANALYTICS_COOKIE}; ASP.NET_SessionId={SESSION_COOKIE}; "
        f"sessionid={DJANGO_SESSION_COOKIE}"
    )
    headers = {
        "cookie": cookie,
        "user-agent": "Firefox",
        "referer": "http://testserver/a",
        "origin": "http://testserver",
    }
    batch = [GOAL, {"what": 1}, PAGE]
    response = post(client, batch, headers=headers)
    assert response.json() == {"tracked": 3, "errors": []}
    (call,) = upstream.calls
    assert json.loads(sent_body(upstream)) == batch
    sent = call.request.headers
    assert sent["Cookie"] == cookie.rpartition(";")[0]
    assert (sent["User-Agent"], sent["Referer"]) == ("Firefox", "http://testserver/a")
    assert (sent["Origin"], sent["X-Forwarded-For"]) == ("http://testserver", "127.0.0.1")


def test_connected_the_callers_key_is_not_sent_on(
    client: Client, upstream: responses.RequestsMock, listed_key: ApiKey
) -> None:
    upstream.post(UPSTREAM_EVENT)
    post(client, GOAL, key=API_KEY)
    url = upstream.calls[0].request.url or ""
    assert API_KEY not in url
    assert SITE_API_KEY.strip("{}") in url


def test_connected_sitecores_cookies_go_down(
    client: Client, upstream: responses.RequestsMock
) -> None:
    line = f"SC_ANALYTICS_GLOBAL_COOKIE={ANALYTICS_COOKIE}; path=/; HttpOnly; Unknown=kept"
    upstream.post(UPSTREAM_EVENT, headers={"Set-Cookie": line})
    response = post(client, GOAL)
    assert [cookie.OutputString() for cookie in response.cookies.values()] == [line]


def test_connected_cookies_go_down_on_errors_too(
    client: Client, upstream: responses.RequestsMock
) -> None:
    upstream.post(UPSTREAM_EVENT, status=500, headers={"Set-Cookie": "x=1; path=/"})
    response = post(client, GOAL)
    assert [cookie.OutputString() for cookie in response.cookies.values()] == ["x=1; path=/"]


def test_connected_errors_of_single_events_have_the_browsers_indexes(
    client: Client, upstream: responses.RequestsMock
) -> None:
    failure = {"index": 0, "code": "unknown_goal", "id": "x", "message": "No."}
    upstream.post(UPSTREAM_EVENT, status=400, json={"tracked": 0, "errors": [failure]})
    response = post(client, [{"goalId": "x"}])
    assert response.status_code == 400
    assert response.json() == {"tracked": 0, "errors": [failure]}


def test_connected_bad_input_never_reaches_sitecore(
    client: Client, upstream: responses.RequestsMock
) -> None:
    for body in (b"{", b"5", b"[5]", b""):
        assert post(client, body).status_code == 400
    assert len(upstream.calls) == 0


def test_connected_a_page_instead_of_json_is_no_error_of_the_browser(
    client: Client, upstream: responses.RequestsMock
) -> None:
    upstream.post(UPSTREAM_EVENT, body="<!DOCTYPE html><p>ok")
    assert post(client, GOAL).json() == {"tracked": 1, "errors": []}


# Flush


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("path", [FLUSH, f"{FLUSH}/"])
def test_flush_ends_the_interaction_without_a_key(
    client: Client, enabled: Memory, method: str, path: str
) -> None:
    response = getattr(client, method)(path)
    assert (response.status_code, response.json()) == (200, {"flushed": True})
    assert "private" in response["Cache-Control"]
    assert enabled.flushed == 1


def test_flush_takes_the_empty_batch_of_the_samples(client: Client, enabled: Memory) -> None:
    assert post(client, [], path=FLUSH).json() == {"flushed": True}


def test_flush_needs_no_csrf_token(enabled: Memory) -> None:
    assert Client(enforce_csrf_checks=True).post(FLUSH).status_code == 200


@pytest.mark.parametrize("method", ["head", "put", "delete"])
def test_flush_takes_no_other_verb(client: Client, enabled: Memory, method: str) -> None:
    response = getattr(client, method)(FLUSH)
    assert response.status_code == 405
    assert response["Allow"] == "GET, POST"
    assert enabled.flushed == 0


def test_flush_with_a_wrong_key_is_refused(client: Client, enabled: Memory) -> None:
    assert client.get(f"{FLUSH}?sc_apikey={API_KEY}").status_code == 403
    assert client.get(FLUSH, headers={"sc-apikey": API_KEY}).status_code == 403
    assert enabled.flushed == 0


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        OTHER_SITE,
        {"origin": "https://app.example.org"},
        {"origin": "null"},
    ],
)
def test_flush_from_another_site_is_refused(
    client: Client, enabled: Memory, headers: dict[str, str]
) -> None:
    response = client.post(FLUSH, headers=headers)
    assert (response.status_code, code_of(response)) == (403, "cross_site")
    assert enabled.flushed == 0


def test_flush_from_another_site_needs_a_key_that_lists_it(
    client: Client, enabled: Memory, listed_key: ApiKey
) -> None:
    url = f"{FLUSH}?sc_apikey={API_KEY}"
    assert client.post(url, headers=OTHER_SITE).status_code == 200
    assert client.get(url, headers={"sec-fetch-site": "cross-site"}).status_code == 403
    assert enabled.flushed == 1


@pytest.mark.parametrize("origin", ["http://testserver", "https://TestServer"])
def test_flush_from_a_page_of_this_site_is_taken(
    client: Client, enabled: Memory, origin: str
) -> None:
    assert client.post(FLUSH, headers={"origin": origin}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [{"purpose": "prefetch"}, {"sec-purpose": "prefetch;prerender"}, {"sec-purpose": "prefetch"}],
)
def test_a_prefetched_flush_is_refused(
    client: Client, enabled: Memory, headers: dict[str, str]
) -> None:
    assert client.get(FLUSH, headers=headers).status_code == 403
    assert enabled.flushed == 0


def test_flush_on_a_site_with_tracking_off_does_nothing(
    client: Client, enabled: Memory, settings: Settings
) -> None:
    settings.SITECORE_ENABLE_TRACKING = False
    assert client.get(FLUSH).json() == {"flushed": False, "dropped": "tracking_off"}
    assert enabled.flushed == 0


def test_connected_flush_goes_up(client: Client, upstream: responses.RequestsMock) -> None:
    upstream.post(f"https://cd.example.com{FLUSH}")
    assert client.get(FLUSH).json() == {"flushed": True}
    assert json.loads(sent_body(upstream)) == []


def test_connected_a_flush_that_fails_says_when_to_try_again(
    client: Client, upstream: responses.RequestsMock
) -> None:
    upstream.post(f"https://cd.example.com{FLUSH}", status=502)
    response = client.get(FLUSH)
    assert response.status_code == 503
    assert response["Retry-After"] == "10"


def test_each_host_is_tracked_as_its_own_site(client: Client, enabled: Memory) -> None:
    SiteRow.objects.create(name="quiet", host_names="quiet.example.com", enable_tracking=False)
    response = post(client, GOAL, headers={"host": "quiet.example.com"})
    assert response.json()["dropped"] == "tracking_off"


# Disconnected


def test_disconnected_a_batch_is_kept_with_its_page_and_cookies_go_down(
    client: Client, service: str
) -> None:
    response = post(client, [PAGE, {"goalId": "Register"}, {"goalId": "Nonsense"}])
    assert response.json()["tracked"] == 2
    names = [cookie.OutputString().partition("=")[0] for cookie in response.cookies.values()]
    assert sorted(names) == ["ASP.NET_SessionId", "SC_ANALYTICS_GLOBAL_COOKIE"]
    kept = TrackedEvent.objects.order_by("sequence")
    assert [(event.label, event.page and event.page.url) for event in kept] == [
        ("/a", None),
        ("Register", "/a"),
    ]
    assert client.get(FLUSH).json() == {"flushed": True}
    assert Interaction.objects.get().ended is not None


def test_a_refusal_is_private_too(client: Client, enabled: Memory) -> None:
    assert "private" in post(client, GOAL, key="")["Cache-Control"]
