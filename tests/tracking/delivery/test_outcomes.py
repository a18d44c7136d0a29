from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from requests.structures import CaseInsensitiveDict

from jss_layout.exceptions import (
    CircuitOpen,
    CouldNotContact,
    DeadlineExceeded,
    InvalidResponse,
    LayoutServiceError,
    RequestNotPrepared,
    TooManyCalls,
)
from jss_layout.sitecore import SitecoreResponse
from jss_tracking.delivery.outcomes import LONGEST_WAIT, DeliveryOutcome, of_failure, of_response

DELIVERED, QUEUED, REFUSED, SET_ASIDE = DeliveryOutcome


def response(status: int, body: bytes = b"", **headers: str) -> SitecoreResponse:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return SitecoreResponse(status, CaseInsensitiveDict(named), ("a=1",), body)


@pytest.mark.parametrize(
    ("statuses", "outcome"),
    [
        ((200, 201, 202, 204, 299), DELIVERED),
        ((429, 503), QUEUED),
        ((400, 401, 403, 404, 405, 408, 409, 410, 413, 415, 422, 499), REFUSED),
        ((100, 199, 300, 301, 302, 307, 399, 500, 501, 502, 504, 511, 599, 600, 999), SET_ASIDE),
    ],
)
def test_what_a_status_means(statuses: tuple[int, ...], outcome: DeliveryOutcome) -> None:
    assert {of_response(response(status)).outcome for status in statuses} == {outcome}


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (RequestNotPrepared("x"), QUEUED),
        (CouldNotContact("x"), QUEUED),
        (DeadlineExceeded("x"), QUEUED),
        (CircuitOpen("x"), QUEUED),
        (TooManyCalls("x"), QUEUED),
    ],
)
def test_what_surely_did_not_arrive_is_queued(
    error: LayoutServiceError, outcome: DeliveryOutcome
) -> None:
    assert of_failure(error).outcome is outcome


@pytest.mark.parametrize("kind", [CouldNotContact, DeadlineExceeded, InvalidResponse])
def test_what_may_have_arrived_is_set_aside(kind: type[LayoutServiceError]) -> None:
    error = kind("The connection was reset.")
    error.sent = True
    answer = of_failure(error)
    assert answer.outcome is SET_ASIDE
    assert answer.reason == "The connection was reset. It may have arrived all the same."


@pytest.mark.parametrize(("status", "outcome"), [(200, DELIVERED), (503, QUEUED), (500, SET_ASIDE)])
def test_the_status_counts_though_the_body_broke_off(status: int, outcome: DeliveryOutcome) -> None:
    error = InvalidResponse("x", upstream_status=status, cookies=("a=1",))
    error.sent = True
    assert (of_failure(error).outcome, of_failure(error).cookies) == (outcome, ("a=1",))


@pytest.mark.parametrize("kind", [CircuitOpen, TooManyCalls])
def test_a_host_that_was_not_asked_is_no_try(kind: type[LayoutServiceError]) -> None:
    answer = of_failure(kind("x", retry_after=7))
    assert (answer.asked, answer.retry_after) == (False, 7)


def test_a_host_that_was_asked_is_one() -> None:
    assert of_failure(CouldNotContact("x")).asked
    assert of_failure(CouldNotContact("x")).retry_after is None


def test_a_page_in_the_trackers_place_has_taken_nothing() -> None:
    page = response(200, b"\n <html>Log in</html>", Content_Type="text/html; charset=utf-8")
    assert of_response(page).outcome is QUEUED


@pytest.mark.parametrize("body", [b"", b"{}", b"ok"])
def test_an_answer_that_is_merely_called_html_is_the_trackers(body: bytes) -> None:
    assert of_response(response(200, body, Content_Type="text/html")).outcome is DELIVERED


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("", None),
        ("7", 7),
        ("0", 0),
        ("-1", None),
        ("soon", None),
        ("²", None),
        ("9" * 5000, LONGEST_WAIT),
        ("Fri, 31 Dec 1999 23:59:59 GMT", 0),
        ("Fri, 31 Dec 1999 23:59:59 -0000", 0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", LONGEST_WAIT),
        ("Fri, 99 Dec 1999 23:59:59 GMT", None),
    ],
)
def test_how_long_to_wait_is_read(text: str, seconds: int | None) -> None:
    assert of_response(response(503, Retry_After=text)).retry_after == seconds


def test_how_long_to_wait_may_be_a_date() -> None:
    moment = datetime.now(UTC) + timedelta(seconds=90)
    answer = of_response(response(503, Retry_After=format_datetime(moment, usegmt=True)))
    assert answer.retry_after in (88, 89, 90)


def test_a_reason_names_the_status() -> None:
    reason = of_response(response(502)).reason
    assert reason == "Sitecore answered 502; it may have taken the events."
