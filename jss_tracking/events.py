"""The five payloads of the JSS Tracker, told apart by key; knows no Django.

A payload comes as a JSON object. Its required keys say what it is, the others are free and
stay with it. Ids are a GUID (with or without braces) or an alias, the item's name.
"""

import json
import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import msgspec

from jss_tracking.exceptions import RequestRefused, TrackingError

Payload = Mapping[str, Any]

JSON_TYPES = {
    list: "an array",
    str: "a string",
    int: "a number",
    float: "a number",
    bool: "a boolean",
    type(None): "null",
}
# Python refuses to read longer ones (sys.set_int_max_str_digits), to save its time.
MAX_DIGITS = 4300
# What is read at one depth of Python's stack is written down at a greater one.
MAX_DEPTH = 100
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
ID_KEYS = ("eventId", "goalId", "outcomeId", "campaignId", "pageId")

# JSS 22.12 hands a fetcher the options of `fetch`, which one written for the contract before
# it posts as they are.
FETCH_WRAPPER = (
    "This is what fetch() takes, not an event: the data fetcher posts its options object. "
    "Let it send `body` as the request's body, with `method` and `headers`."
)
UNKEEPABLE = (
    "The event holds what can't be kept: a number out of range, half of a surrogate pair or "
    "bytes that are not UTF-8."
)


class Event(msgspec.Struct, frozen=True, rename="camel"):
    """A page event, such as ``Download``."""

    event_id: str


class Goal(msgspec.Struct, frozen=True, rename="camel"):
    """A goal, which is worth its definition's points."""

    goal_id: str


class Outcome(msgspec.Struct, frozen=True, rename="camel"):
    """An outcome, worth money; ``monetaryValue`` may come as a number or as text.

    Raises ``ValueError`` for an amount that is no finite number.
    """

    outcome_id: str
    currency_code: str | None = None
    monetary_value: Decimal | None = None

    def __post_init__(self) -> None:
        if self.monetary_value is None:
            return
        amount = Decimal(str(self.monetary_value))  # views have a price as an int or float as well
        if not amount.is_finite():
            raise ValueError(f"monetaryValue is no amount of money: {amount}")
        msgspec.structs.force_setattr(self, "monetary_value", amount)


class Campaign(msgspec.Struct, frozen=True, rename="camel"):
    """A campaign that the visit is attributed to."""

    campaign_id: str


class PageView(msgspec.Struct, frozen=True, rename="camel"):
    """A page that was seen: ``page_id`` is an item GUID, the URL arbitrary."""

    page_id: str
    url: str


TrackEvent = Event | Goal | Outcome | Campaign | PageView


def to_payload(event: msgspec.Struct) -> dict[str, Any]:
    """The event as the mapping that a browser would have sent; absent values left out."""
    builtins: dict[str, Any] = msgspec.to_builtins(event)
    return {key: value for key, value in builtins.items() if value is not None}


def parse_payloads(body: bytes) -> list[Payload | TrackingError]:
    """The events of a request's body, in order: a JSON array, or one object alone.

    In the place of an item that is no event stands its error, ``invalid_event``. Raises
    ``RequestRefused`` with 400 ``invalid_json`` for what is not JSON (UTF-8, a byte order
    mark is passed over), and ``invalid_event`` for what is neither array nor object.
    """
    value = _decode(body.removeprefix(BYTE_ORDER_MARK))
    if isinstance(value, list):
        return [_payload(item) for item in value]
    if isinstance(value, dict | TrackingError):
        return [_payload(value)]
    raise RequestRefused(400, "invalid_event", _not_an_event(value), index=0)


def _decode(body: bytes) -> Any:
    try:
        return msgspec.json.decode(body)
    except RecursionError as error:
        message = "The body is nested more deeply than this host reads."
        raise RequestRefused(400, "invalid_json", message) from error
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return _decode_in_part(body)


def _decode_in_part(body: bytes) -> Any:
    """The same, with an error in the place of each item that holds what can't be kept.

    JSON allows it (RFC 8259, sections 6 and 8.2), so it costs its own event, not the batch. A
    number out of range is read as infinity, half of a pair and bytes that are not UTF-8
    as surrogates.
    """
    try:
        value = json.loads(
            body.decode(errors="surrogateescape"), parse_int=_integer, parse_constant=_no_constant
        )
        return [_kept(item) for item in value] if isinstance(value, list) else _kept(value)
    except (ValueError, RecursionError) as error:
        raise RequestRefused(400, "invalid_json", f"The body is not JSON: {error}") from error


def _integer(digits: str) -> int | float:
    return int(digits) if len(digits) <= MAX_DIGITS else math.inf


def _no_constant(name: str) -> None:
    raise ValueError(f"there is no {name}.")


def _kept(item: Any) -> Any:
    try:
        json.dumps(item, ensure_ascii=False, allow_nan=False).encode()
    except ValueError:
        return TrackingError("invalid_event", UNKEEPABLE)
    return item


def _payload(item: Any) -> Payload | TrackingError:
    if isinstance(item, TrackingError):
        return item
    if not isinstance(item, dict):
        return TrackingError("invalid_event", _not_an_event(item))
    if _is_fetch_wrapper(item):
        return TrackingError("invalid_event", FETCH_WRAPPER)
    if _is_deep(item):
        message = f"The event nests arrays and objects more than {MAX_DEPTH} deep."
        return TrackingError("invalid_event", message)
    return item


def _not_an_event(item: Any) -> str:
    kind = JSON_TYPES[type(item)]
    return f'An event is a JSON object such as {{"goalId": "Register"}}, not {kind}.'


def _is_deep(item: dict[str, Any]) -> bool:
    level: list[Any] = [item]
    for _ in range(MAX_DEPTH):
        level = [
            child
            for value in level
            for child in (value.values() if isinstance(value, dict) else value)
            if isinstance(child, dict | list)
        ]
        if not level:
            return False
    return True


def _is_fetch_wrapper(payload: Payload) -> bool:
    return "method" in payload and "body" in payload and not any(key in payload for key in ID_KEYS)
