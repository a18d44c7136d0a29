"""Values of a payload on their way into the database: checked, bounded, exact.

What does not fit is an ``invalid_event``, so that no row of a batch is refused later, by the
database, which would cost the whole batch. PostgreSQL takes no NUL character; no database
takes half of a surrogate pair.
"""

import json
import re
from collections.abc import Collection
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Any
from uuid import UUID

import msgspec

from jss_tracking.events import Payload
from jss_tracking.exceptions import TrackingError

MAX_DATA_BYTES = 32 * 1024
"""Most that the free keys of one event may take, as JSON."""

MAX_AMOUNT = Decimal(10) ** 11
"""Amounts of money stay below; with four decimals that is exact in every database."""

EVENT_UID = "eventUid"

_GUID = re.compile(r"(?ai)(\{)?[0-9a-f]{8}(-?)(?:[0-9a-f]{4}\2){3}[0-9a-f]{12}(?(1)\})")
_CURRENCY = re.compile(r"[A-Za-z]{3}", re.ASCII)
_ESCAPED_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
_CENTS = Decimal("0.0001")


def invalid(message: str) -> TrackingError:
    """The error of an event whose value does not fit."""
    return TrackingError("invalid_event", message)


def parse_guid(text: str) -> UUID | None:
    """The GUID in any form Sitecore writes: dashed, plain, braced, in any case."""
    return UUID(text) if _GUID.fullmatch(text) else None


def item_guid(text: str) -> UUID:
    """The GUID of an item, known or not."""
    guid = parse_guid(text.strip())
    if guid is None:
        raise invalid(f"pageId: {text[:80]!r} is no GUID; give the id of an item.")
    return guid


def storable(name: str, text: str, limit: int) -> str:
    """The text, cut to ``limit`` characters."""
    if "\0" in text or not _encodes(text):
        raise invalid(f"{name}: holds a character that can't be stored (NUL or half a pair).")
    return text[:limit]


def cleaned(text: str, limit: int) -> str:
    """A header's text, cut to ``limit`` characters, without what can't be stored."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()[:limit]


def money(amount: Decimal | None) -> Decimal | None:
    """The amount, to four decimals: no currency has more, but sums of floats do."""
    if amount is None:
        return None
    try:
        rounded = amount.quantize(_CENTS)
    except InvalidOperation:
        rounded = MAX_AMOUNT
    if not rounded.is_finite() or abs(rounded) >= MAX_AMOUNT:
        raise invalid(f"monetaryValue: must be a number below {MAX_AMOUNT}, either way.")
    return rounded


def currency(code: str | None) -> str:
    """The currency's code in capitals; ``""`` if none is given."""
    if code and not _CURRENCY.fullmatch(code):
        raise invalid(f"currencyCode: {code[:20]!r} is not three letters, such as EUR.")
    return (code or "").upper()


def event_uid(payload: Payload) -> str:
    """The id that the sender gave the event; ``""`` if it gave none."""
    uid = payload.get(EVENT_UID)
    if uid is None:
        return ""
    if not is_event_uid(uid):
        raise invalid("eventUid: must be text of at most 64 plain characters.")
    return str(uid)


def is_event_uid(uid: Any) -> bool:
    """Whether an event may go by it: short and plain, so that it fits any database."""
    return isinstance(uid, str) and len(uid) <= 64 and uid.isascii() and uid.isprintable()


def free_data(payload: Payload, event_type: type[msgspec.Struct]) -> dict[str, Any]:
    """The payload without the keys that have a column of their own."""
    own = _own_keys(event_type)
    data = {key: value for key, value in payload.items() if key not in own}
    if data:
        _check_json(data)
    return data


@cache
def _own_keys(event_type: type[msgspec.Struct]) -> Collection[str]:
    fields = msgspec.structs.fields(event_type)
    return frozenset({EVENT_UID, *(item.encode_name for item in fields)})


def _check_json(data: dict[str, Any]) -> None:
    try:
        text = json.dumps(data, ensure_ascii=False, allow_nan=False).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise invalid("The event's free keys are no JSON that can be stored.") from error
    if len(text) > MAX_DATA_BYTES:
        raise invalid(f"The event's free keys take over {MAX_DATA_BYTES} bytes.")
    if _ESCAPED_NUL.search(text):
        raise invalid("The event's free keys hold a NUL character, which can't be stored.")


def _encodes(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
