"""The five payloads of the JSS Tracker, told apart by key; knows no Django.

A payload comes as a JSON object. Its required keys say what it is, the others are free and
stay with it. Ids are a GUID (with or without braces) or an alias, the item's name.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import msgspec

from jss_tracking.exceptions import RequestRefused

Payload = Mapping[str, Any]

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
ID_KEYS = ("eventId", "goalId", "outcomeId", "campaignId", "pageId")

# JSS 22.12 hands a fetcher the options of `fetch`, which one written for the contract before
# it posts as they are.
FETCH_WRAPPER = (
    "This is what fetch() takes, not an event: the data fetcher posts its options object. "
    "Let it send `body` as the request's body, with `method` and `headers`."
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
        if self.monetary_value is not None and not self.monetary_value.is_finite():
            raise ValueError(f"monetaryValue is no amount of money: {self.monetary_value}")


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


def parse_payloads(body: bytes) -> list[Payload]:
    """The events of a request's body, in order: a JSON array, or one object alone.

    Raises ``RequestRefused`` with 400 ``invalid_json`` for what is not JSON (UTF-8, a byte
    order mark is passed over), and ``invalid_event`` for what holds anything but objects.
    """
    try:
        value = msgspec.json.decode(body.removeprefix(BYTE_ORDER_MARK))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise RequestRefused(400, "invalid_json", f"The body is not JSON: {error}") from error
    payloads = value if isinstance(value, list) else [value]
    for index, payload in enumerate(payloads):
        if not isinstance(payload, dict):
            raise RequestRefused(400, "invalid_event", _not_an_event(payload), index=index)
        if _is_fetch_wrapper(payload):
            raise RequestRefused(400, "invalid_event", FETCH_WRAPPER, index=index)
    return payloads


def _not_an_event(value: Any) -> str:
    kind = type(value).__name__
    return f'An event is a JSON object such as {{"goalId": "Register"}}, not a {kind}.'


def _is_fetch_wrapper(payload: Payload) -> bool:
    return "method" in payload and "body" in payload and not any(key in payload for key in ID_KEYS)
