"""A first visit whose answer was lost, and its cookies with it, found again.

A client that gets no answer sends again, under the same ``eventUid``. Of a visitor without
cookies the device's id is made of the first one, of address and user agent, so that the same
events lead to the same device. Only a GUID counts, which no two browsers make; and only while
nothing has happened in the visit since, for whoever did something had the cookies.
"""

from collections.abc import Collection, Iterable

from django.utils.crypto import salted_hmac

from jss_tracking.interactions import has_expired
from jss_tracking.models import Device, Interaction
from jss_tracking.trackers import Visitor
from jss_tracking.values import parse_guid


def device_of_first_events(visitor: Visitor, uids: Iterable[str]) -> str:
    """The id of the device that sends these as its first events; ``""`` if none is a GUID.

    Nobody can tell it without this host's ``SECRET_KEY``.
    """
    first = next((guid for uid in uids if (guid := parse_guid(uid))), None)
    if first is None:
        return ""
    sender = "\0".join((first.hex, visitor.address, visitor.user_agent))
    value = sender.encode("utf-8", "replace")
    return salted_hmac("jss_tracking.device", value, algorithm="sha256").hexdigest()[:32]


def unanswered_visit(device: Device, uids: Collection[str]) -> Interaction | None:
    """The device's running interaction, if these events are the last that happened in it."""
    running = device.interactions.select_related("current_page").filter(ended=None)
    visit = running.order_by("-started").first()
    if visit is None or has_expired(visit):
        return None
    last = visit.events.filter(event_uid__in=uids, timestamp=visit.last_activity)
    return visit if last.exists() else None
