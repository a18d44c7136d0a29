from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jss_tracking.events import Outcome, PageView, parse_payloads, to_payload
from jss_tracking.exceptions import RequestRefused, TrackingError


def refused(body: bytes) -> RequestRefused:
    with pytest.raises(RequestRefused) as caught:
        parse_payloads(body)
    return caught.value


def test_an_array_is_read_in_order() -> None:
    body = b'[{"eventId": "Download"}, {"goalId": "Register"}]'
    assert parse_payloads(body) == [{"eventId": "Download"}, {"goalId": "Register"}]


def test_an_object_alone_counts_as_an_array_of_one() -> None:
    assert parse_payloads(b'{"eventId": "Download"}') == [{"eventId": "Download"}]


def test_an_empty_array_holds_no_events() -> None:
    assert parse_payloads(b"[]") == []


def test_a_byte_order_mark_is_passed_over() -> None:
    assert parse_payloads(b'\xef\xbb\xbf[{"goalId": "a"}]') == [{"goalId": "a"}]


def test_free_keys_of_any_shape_are_kept() -> None:
    body = b'[{"goalId": "a", "deep": {"list": [1, 2.5, null, true]}}]'
    assert parse_payloads(body) == [{"goalId": "a", "deep": {"list": [1, 2.5, None, True]}}]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not json",
        b"<!DOCTYPE html>",
        b'[{"goalId": "a"}',
        b'{"goalId": NaN}',
        b"\xff\xfe[\x00]\x00",
        b"[" * 100_000,
        b'[{"goalId": "\\ud800"}, {"goalId": NaN}]',
        b'[{"goalId": "\\ud800"}, {"goalId": tru}]',
        b'[{"goalId": "\\ud800"}] []',
    ],
    ids=["empty", "text", "html", "cut", "nan", "utf-16", "deep", "late-nan", "late-typo", "two"],
)
def test_what_is_not_json_is_refused(body: Any) -> None:
    error = refused(body)
    assert (error.status, error.code, error.index) == (400, "invalid_json", None)


@pytest.mark.parametrize("body", [b"null", b"5", b'"goalId"', b"true"])
def test_what_is_neither_array_nor_object_is_refused(body: Any) -> None:
    error = refused(body)
    assert (error.status, error.code, error.index) == (400, "invalid_event", 0)


@pytest.mark.parametrize(
    ("item", "kind"),
    [
        (b"null", "null"),
        (b"[]", "an array"),
        (b"1", "a number"),
        (b"1.5", "a number"),
        (b"true", "a boolean"),
        (b'"goalId"', "a string"),
    ],
)
def test_an_item_that_is_no_object_is_an_error_in_its_place(item: bytes, kind: str) -> None:
    before, error, after = parse_payloads(b'[{"goalId": "a"}, ' + item + b', {"goalId": "b"}]')
    assert (before, after) == ({"goalId": "a"}, {"goalId": "b"})
    assert isinstance(error, TrackingError)
    assert error.code == "invalid_event"
    assert str(error) == f'An event is a JSON object such as {{"goalId": "Register"}}, not {kind}.'


UNKEEPABLE = {
    "half-pair": b'"\\ud800"',
    "second-half": b'"\\udc00"',
    "not-utf-8": b'"\xff"',
    "overflow": b"1e999",
    "digits": b"9" * 4301,
    "negative": b"-" + b"9" * 5000,
}


@pytest.mark.parametrize("value", UNKEEPABLE.values(), ids=UNKEEPABLE.keys())
def test_a_value_that_cannot_be_kept_costs_only_its_own_event(value: Any) -> None:
    body = b'[{"goalId": "a", "n": 1.5}, {"eventId": "b", "deep": [' + value + b"]}, {}]"
    before, error, after = parse_payloads(body)
    assert (before, after) == ({"goalId": "a", "n": 1.5}, {})
    assert isinstance(error, TrackingError)
    assert error.code == "invalid_event"
    assert "out of range, half of a surrogate pair or bytes that are not UTF-8" in str(error)


def test_a_key_that_cannot_be_kept_costs_only_its_own_event() -> None:
    error, after = parse_payloads(b'[{"\\ud800": 1}, {"goalId": "a"}]')
    assert isinstance(error, TrackingError)
    assert after == {"goalId": "a"}


def test_an_event_alone_may_hold_what_cannot_be_kept() -> None:
    (error,) = parse_payloads(b'{"goalId": "\\ud800"}')
    assert isinstance(error, TrackingError)


def test_pairs_and_long_numbers_beside_what_cannot_be_kept_stay_exact() -> None:
    digits = b"9" * 4300
    body = b'[1e999, {"goalId": "\\ud83d\\ude00", "n": ' + digits + b', "f": 0.1}]'
    _, event = parse_payloads(body)
    assert event == {"goalId": "\U0001f600", "n": int(digits), "f": 0.1}


@pytest.mark.parametrize(("depth", "is_event"), [(99, True), (100, False), (900, False)])
def test_an_event_that_nests_without_measure_costs_only_itself(depth: int, is_event: bool) -> None:
    deep = b'{"eventId": "a", "deep": ' + b"[" * depth + b"1" + b"]" * depth + b"}"
    first, second = parse_payloads(b"[" + deep + b', {"goalId": "b"}]')
    assert isinstance(first, dict) is is_event
    assert second == {"goalId": "b"}


def test_the_options_of_fetch_are_told_from_an_event() -> None:
    (error,) = parse_payloads(b'{"0": {}, "method": "POST", "headers": {}, "body": "[]"}')
    assert isinstance(error, TrackingError)
    assert error.code == "invalid_event"
    assert "fetch()" in str(error)


def test_an_event_may_have_keys_called_method_and_body() -> None:
    payload = {"eventId": "Mail", "method": "POST", "body": "x"}
    assert parse_payloads(msgspec.json.encode(payload)) == [payload]


@given(st.binary())
def test_any_body_gives_objects_and_errors_or_is_refused_with_400(body: Any) -> None:
    try:
        found = parse_payloads(body)
    except RequestRefused as error:
        found = [TrackingError(str(error.status), "")]
    codes = {item.code for item in found if isinstance(item, TrackingError)}
    assert codes <= {"400", "invalid_event"}
    assert all(isinstance(item, dict | TrackingError) for item in found)


@given(st.lists(st.dictionaries(st.text(), st.none() | st.booleans() | st.text())))
def test_objects_come_out_as_they_went_in(payloads: Any) -> None:
    wrapped = [payload | {"goalId": "a"} for payload in payloads]
    assert parse_payloads(msgspec.json.encode(wrapped)) == wrapped


@pytest.mark.parametrize(
    ("sent", "amount"),
    [("12.5", Decimal("12.5")), (12.1, Decimal("12.1")), (7, Decimal(7)), (None, None)],
)
def test_money_comes_as_number_or_text_and_is_exact(sent: Any, amount: Any) -> None:
    payload = {"outcomeId": "a", "monetaryValue": sent}
    assert msgspec.convert(payload, Outcome, strict=False).monetary_value == amount


@pytest.mark.parametrize("sent", ["NaN", "Infinity", "-inf", "sNaN"])
def test_money_is_finite(sent: Any) -> None:
    with pytest.raises(msgspec.ValidationError, match="no amount of money"):
        msgspec.convert({"outcomeId": "a", "monetaryValue": sent}, Outcome, strict=False)


def test_a_payload_has_the_keys_of_the_protocol_and_no_absent_ones() -> None:
    assert to_payload(PageView("1", "/")) == {"pageId": "1", "url": "/"}
    assert to_payload(Outcome("a", "EUR")) == {"outcomeId": "a", "currencyCode": "EUR"}


@pytest.mark.parametrize("price", [12, 12.0, "12", Decimal(12)])
def test_python_gives_an_amount_in_any_type_of_a_number(price: Any) -> None:
    assert Outcome("a", "EUR", price).monetary_value == Decimal(12)
