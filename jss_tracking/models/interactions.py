"""What visitors do: interactions and the events in them."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

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

        EXPIRED = "expired", _("Expired: nothing happened for the session's timeout")
        FLUSHED = "flushed", _("Flushed: the session was ended on demand")
        IDENTIFIED = "identified", _("Identified: somebody else went on at the same device")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    contact = models.ForeignKey(
        Contact,
        models.CASCADE,
        related_name="interactions",
        db_index=False,
        verbose_name=_("contact"),
    )
    device = models.ForeignKey(
        Device,
        models.CASCADE,
        related_name="interactions",
        db_index=False,
        verbose_name=_("device"),
    )
    site = models.CharField(_("site"), max_length=100)
    session_id = models.CharField(max_length=24)
    channel = models.CharField(_("channel"), max_length=100, blank=True)
    started = models.DateTimeField(_("began"), default=timezone.now)
    last_activity = models.DateTimeField(_("last activity"), default=timezone.now)
    ended = models.DateTimeField(_("ended"), null=True, blank=True)
    end_reason = models.CharField(_("end"), max_length=16, choices=EndReason.choices, blank=True)
    user_agent = models.CharField(_("user agent"), max_length=USER_AGENT_LENGTH, blank=True)
    referrer = models.CharField(_("referrer"), max_length=URL_LENGTH, blank=True)
    language = models.CharField(_("language"), max_length=50, blank=True)
    campaign = models.ForeignKey(
        Definition,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        limit_choices_to={"kind": Definition.Kind.CAMPAIGN},
        db_index=False,
        verbose_name=_("campaign"),
    )
    address = models.GenericIPAddressField(
        _("address"),
        null=True,
        blank=True,
        help_text=_("Shortened to its network (IPv4 /24, IPv6 /48)."),
    )
    is_robot = models.BooleanField(_("robot"), default=False)
    engagement_value = models.IntegerField(_("engagement value"), default=0)
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
        verbose_name = _("interaction")
        verbose_name_plural = _("interactions")
        ordering: ClassVar = ["-started"]
        indexes: ClassVar = [
            models.Index(fields=["-started"], name="jss_tracking_by_start"),
            models.Index(fields=["contact", "-started"], name="jss_tracking_of_contact"),
            models.Index(fields=["device", "-started"], name="jss_tracking_of_device"),
            models.Index(fields=["campaign", "-started"], name="jss_tracking_of_campaign"),
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

        PAGE_VIEW = "page_view", _("Page view")
        EVENT = "event", _("Event")
        GOAL = "goal", _("Goal")
        OUTCOME = "outcome", _("Outcome")
        CAMPAIGN = "campaign", _("Campaign")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    interaction = models.ForeignKey(
        Interaction, models.CASCADE, related_name="events", db_index=False
    )
    sequence = models.PositiveIntegerField(_("sequence"))
    kind = models.CharField(_("kind"), max_length=16, choices=Kind.choices)
    definition = models.ForeignKey(
        Definition, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    page = models.ForeignKey(
        "self", models.CASCADE, null=True, blank=True, related_name="events_on_page"
    )
    item_id = models.UUIDField(_("item"), null=True, blank=True)
    url = models.CharField("URL", max_length=URL_LENGTH, blank=True)
    timestamp = models.DateTimeField(_("time"))
    duration = models.DurationField(_("duration"), null=True, blank=True)
    engagement_value = models.IntegerField(_("engagement value"), default=0)
    monetary_value = models.DecimalField(
        _("monetary value"), max_digits=15, decimal_places=4, null=True, blank=True
    )
    currency_code = models.CharField(_("currency"), max_length=3, blank=True)
    data = models.JSONField(_("data"), default=dict, blank=True)
    event_uid = models.CharField(max_length=64, blank=True)

    class Meta:
        verbose_name = _("tracked event")
        verbose_name_plural = _("tracked events")
        ordering: ClassVar = ["interaction", "sequence"]
        indexes: ClassVar = [
            models.Index(fields=["definition", "timestamp"], name="jss_tracking_of_definition"),
            models.Index(fields=["timestamp"], name="jss_tracking_by_time"),
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
