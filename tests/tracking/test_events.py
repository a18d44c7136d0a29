from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jss_tracking.events import Outcome, PageView, parse_payloads, to_payload
from jss_tracking.exceptions import RequestRefused


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
        b'["\\ud800"]',
        b"[1e999]",
    ],
    ids=["empty", "text", "html", "cut", "nan", "utf-16", "deep", "half-pair", "overflow"],
)
def test_what_is_not_json_is_refused(body: Any) -> None:
    error = refused(body)
    assert (error.status, error.code, error.index) == (400, "invalid_json", None)


@pytest.mark.parametrize("body", [b"null", b"5", b'"goalId"', b"true"])
def test_what_is_neither_array_nor_object_is_refused(body: Any) -> None:
    error = refused(body)
    assert (error.status, error.code, error.index) == (400, "invalid_event", 0)


@pytest.mark.parametrize(("item", "kind"), [(b"null", "NoneType"), (b"[]", "list"), (b"1", "int")])
def test_an_item_that_is_no_object_is_named_by_its_place(item: bytes, kind: str) -> None:
    error = refused(b'[{"goalId": "a"}, ' + item + b"]")
    assert (error.status, error.code, error.index) == (400, "invalid_event", 1)
    assert str(error).endswith(f"not a {kind}.")


def test_the_options_of_fetch_are_told_from_an_event() -> None:
    error = refused(b'{"0": {}, "method": "POST", "headers": {}, "body": "[]"}')
    assert (error.status, error.code) == (400, "invalid_event")
    assert "fetch()" in str(error)


def test_an_event_may_have_keys_called_method_and_body() -> None:
    payload = {"eventId": "Mail", "method": "POST", "body": "x"}
    assert parse_payloads(msgspec.json.encode(payload)) == [payload]


@given(st.binary())
def test_any_body_gives_objects_or_is_refused_with_400(body: Any) -> None:
    try:
        kinds = {type(payload).__name__ for payload in parse_payloads(body)}
    except RequestRefused as error:
        kinds = {str(error.status)}
    assert kinds in ({"400"}, {"dict"}, set())


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
