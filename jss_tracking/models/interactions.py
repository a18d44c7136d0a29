"""What visitors do: interactions and the events in them."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone

from jss_tracking.models.contacts import Contact, Device
from jss_tracking.models.definitions import Definition

URL_LENGTH = 2048
"""Longest address that is kept, in characters; a longer one is cut."""

USER_AGENT_LENGTH = 512
"""Longest user agent that is kept, in characters; a longer one is cut."""


class Interaction(models.Model):
    """One visit: from its first event until it is flushed or expires.

    A session has at most one open interaction, which the database holds to.
    """

    class EndReason(models.TextChoices):
        """Why an interaction is over."""

        EXPIRED = "expired", "Expired: nothing happened for the session's timeout"
        FLUSHED = "flushed", "Flushed: the session was ended on demand"
        IDENTIFIED = "identified", "Identified: somebody else went on at the same device"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    contact = models.ForeignKey(
        Contact, models.CASCADE, related_name="interactions", db_index=False
    )
    device = models.ForeignKey(Device, models.CASCADE, related_name="interactions", db_index=False)
    site = models.CharField(max_length=100)
    session_id = models.CharField(max_length=24)
    channel = models.CharField(max_length=100, blank=True)
    started = models.DateTimeField(default=timezone.now)
    last_activity = models.DateTimeField(default=timezone.now)
    ended = models.DateTimeField(null=True, blank=True)
    end_reason = models.CharField(max_length=16, choices=EndReason.choices, blank=True)
    user_agent = models.CharField(max_length=USER_AGENT_LENGTH, blank=True)
    referrer = models.CharField(max_length=URL_LENGTH, blank=True)
    language = models.CharField(max_length=50, blank=True)
    campaign = models.ForeignKey(
        Definition,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        limit_choices_to={"kind": Definition.Kind.CAMPAIGN},
    )
    address = models.GenericIPAddressField(
        null=True, blank=True, help_text="Shortened to its network (IPv4 /24, IPv6 /48)."
    )
    is_robot = models.BooleanField("robot", default=False)
    engagement_value = models.IntegerField(default=0)
    next_sequence = models.PositiveIntegerField(default=0, editable=False)
    current_page = models.ForeignKey(
        "TrackedEvent",
        models.DO_NOTHING,
        null=True,
        editable=False,
        related_name="+",
        db_constraint=False,  # a bookmark into the interaction's own events, which it outlives
        db_index=False,
    )

    class Meta:
        ordering: ClassVar = ["-started"]
        indexes: ClassVar = [
            models.Index(fields=["-started"], name="jss_tracking_by_start"),
            models.Index(fields=["contact", "-started"], name="jss_tracking_of_contact"),
            models.Index(fields=["device", "-started"], name="jss_tracking_of_device"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["session_id"],
                condition=Q(ended__isnull=True),
                name="jss_tracking_one_open_interaction",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.site}, {self.started:%Y-%m-%d %H:%M:%S}"


class TrackedEvent(models.Model):
    """Something that happened in an interaction, the page views among it.

    ``page`` is the page view on which it happened, null if there was none yet; ``data`` the
    payload's keys beyond those of its kind; ``event_uid`` the id that the sender gave it.
    """

    class Kind(models.TextChoices):
        """What happened."""

        PAGE_VIEW = "page_view"
        EVENT = "event"
        GOAL = "goal"
        OUTCOME = "outcome"
        CAMPAIGN = "campaign"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    interaction = models.ForeignKey(
        Interaction, models.CASCADE, related_name="events", db_index=False
    )
    sequence = models.PositiveIntegerField()
    kind = models.CharField(max_length=16, choices=Kind.choices)
    definition = models.ForeignKey(
        Definition, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    page = models.ForeignKey(
        "self", models.CASCADE, null=True, blank=True, related_name="events_on_page"
    )
    item_id = models.UUIDField("item", null=True, blank=True)
    url = models.CharField("URL", max_length=URL_LENGTH, blank=True)
    timestamp = models.DateTimeField()
    duration = models.DurationField(null=True, blank=True)
    engagement_value = models.IntegerField(default=0)
    monetary_value = models.DecimalField(max_digits=15, decimal_places=4, null=True, blank=True)
    currency_code = models.CharField(max_length=3, blank=True)
    data = models.JSONField(default=dict, blank=True)
    event_uid = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering: ClassVar = ["interaction", "sequence"]
        indexes: ClassVar = [
            models.Index(fields=["definition", "timestamp"], name="jss_tracking_of_definition"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["interaction", "sequence"], name="jss_tracking_order_of_events"
            )
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """The definition's alias, or a page view's address; reads no more than is loaded."""
        return self.url if self.definition is None else self.definition.alias
