"""What the embedded tracker keeps, in the terms of Sitecore's experience database.

A contact has devices and identifiers; an interaction is one visit of a contact by a device;
its events stand in order of their sequence, each under the page view on which it happened.
"""

from jss_tracking.models.contacts import Contact, ContactIdentifier, Device
from jss_tracking.models.definitions import Definition
from jss_tracking.models.delivery import QueuedBatch, SessionLease
from jss_tracking.models.event_uids import TrackedUid
from jss_tracking.models.figures import DailyFigure
from jss_tracking.models.interactions import Interaction, TrackedEvent
from jss_tracking.models.live import LiveEvent, Refusal

__all__ = [
    "Contact",
    "ContactIdentifier",
    "DailyFigure",
    "Definition",
    "Device",
    "Interaction",
    "LiveEvent",
    "QueuedBatch",
    "Refusal",
    "SessionLease",
    "TrackedEvent",
    "TrackedUid",
]
