"""What an address triggers: ``sc_camp`` a campaign, ``sc_trk`` an event or else a goal.

The parameters are Sitecore's, whose tracker starts with them on a page and on a service alike.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from jss_tracking.definitions import is_defined
from jss_tracking.events import Campaign, Event, Goal, Payload, to_payload
from jss_tracking.exceptions import TrackingError
from jss_tracking.models import Definition
from jss_tracking.values import EVENT_UID, parse_guid

CAMPAIGN_PARAMETER = "sc_camp"
EVENT_PARAMETER = "sc_trk"

Kind = Definition.Kind


def events_of_query(query: Mapping[str, str]) -> dict[str, Campaign | Event | Goal]:
    """What the parameters of an address name, by parameter; an empty one names nothing."""
    found: dict[str, Campaign | Event | Goal] = {}
    if campaign := query.get(CAMPAIGN_PARAMETER, "").strip():
        found[CAMPAIGN_PARAMETER] = Campaign(campaign)
    if name := query.get(EVENT_PARAMETER, "").strip():
        only_goal = is_defined(Kind.GOAL, name) and not is_defined(Kind.EVENT, name)
        found[EVENT_PARAMETER] = Goal(name) if only_goal else Event(name)
    return found


def payloads_of_query(
    query: Mapping[str, str], batch: Sequence[Payload | TrackingError]
) -> list[Payload]:
    """The same as payloads, to be tracked with a batch that is posted to the address.

    If the batch comes again, so do they: their ``eventUid`` is made of that of its first event.
    """
    uid = _first_guid(batch)
    return [
        {**to_payload(event), **({EVENT_UID: f"{uid}-{name}"} if uid else {})}
        for name, event in events_of_query(query).items()
    ]


def _first_guid(batch: Sequence[Payload | TrackingError]) -> str:
    """The id of the first event; ``""`` if it is none that is unique."""
    first: Any = batch[0].get(EVENT_UID) if batch and isinstance(batch[0], Mapping) else None
    return first if isinstance(first, str) and parse_guid(first) else ""
