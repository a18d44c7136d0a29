"""From an event as it was sent to the row that is kept of it, not yet in any interaction."""

from typing import Any

from jss_tracking.definitions import find_definition
from jss_tracking.events import Outcome, PageView, Payload, TrackEvent
from jss_tracking.models import TrackedEvent
from jss_tracking.models.interactions import URL_LENGTH
from jss_tracking.values import currency, event_uid, free_data, item_guid, money, storable

Kind = TrackedEvent.Kind


def defined_row(
    kind: str, reference: str, event: TrackEvent, payload: Payload, **values: Any
) -> TrackedEvent:
    """The row of an event that has a definition, whose points it is worth.

    Raises ``UnknownDefinition``, and ``TrackingError`` for free keys that can't be kept.
    """
    definition = find_definition(kind, reference)
    return TrackedEvent(
        kind=kind,
        definition=definition,
        engagement_value=definition.points,
        data=free_data(payload, type(event)),
        event_uid=event_uid(payload),
        **values,
    )


def outcome_row(outcome: Outcome, payload: Payload) -> TrackedEvent:
    """The row of an outcome. Raises ``TrackingError`` also for money that can't be kept."""
    return defined_row(
        Kind.OUTCOME,
        outcome.outcome_id,
        outcome,
        payload,
        monetary_value=money(outcome.monetary_value),
        currency_code=currency(outcome.currency_code),
    )


def page_view_row(page_view: PageView, payload: Payload) -> TrackedEvent:
    """The row of a page view. Raises ``TrackingError`` for what can't be kept."""
    return TrackedEvent(
        kind=Kind.PAGE_VIEW,
        item_id=item_guid(page_view.page_id),
        url=storable("url", page_view.url, URL_LENGTH),
        data=free_data(payload, PageView),
        event_uid=event_uid(payload),
    )
