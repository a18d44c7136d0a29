"""The five payloads of the JSS Tracker, told apart by key; knows no Django.

A payload comes as a JSON object. Its required keys say what it is, the others are free and
stay with it. Ids are a GUID (with or without braces) or an alias, the item's name.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import msgspec

Payload = Mapping[str, Any]

ID_KEYS = ("eventId", "goalId", "outcomeId", "campaignId", "pageId")

# More than any money there is; it keeps `1e999999` away from whoever stores or adds amounts.
AMOUNT_DIGITS = 15


class Event(msgspec.Struct, frozen=True, rename="camel"):
    """A page event, such as ``Download``."""

    event_id: str


class Goal(msgspec.Struct, frozen=True, rename="camel"):
    """A goal, which is worth its definition's points."""

    goal_id: str


class Outcome(msgspec.Struct, frozen=True, rename="camel"):
    """An outcome, worth money; ``monetaryValue`` may come as a number or as text.

    Raises ``ValueError`` for an amount of no finite worth or beyond 15 digits.
    """

    outcome_id: str
    currency_code: str | None = None
    monetary_value: Decimal | None = None

    def __post_init__(self) -> None:
        amount = self.monetary_value
        if amount is not None and not (amount.is_finite() and amount.adjusted() < AMOUNT_DIGITS):
            raise ValueError(f"monetaryValue is no amount of money: {amount}")


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
