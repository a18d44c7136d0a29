"""Definitions of events, goals, outcomes and campaigns."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models.functions import Lower

ALIAS_LENGTH = 200
"""Longest alias, in characters."""


class Definition(models.Model):
    """What an event, a goal, an outcome or a campaign is called and worth.

    Sitecore keeps these as items: the GUID is the item's id, the alias its name. Both lead
    to it, and the alias in any case.
    """

    class Kind(models.TextChoices):
        """What is defined; a definition is found only as what it is."""

        EVENT = "event"
        GOAL = "goal"
        OUTCOME = "outcome"
        CAMPAIGN = "campaign"

    guid = models.UUIDField(
        "GUID", primary_key=True, default=uuid.uuid4, help_text="Id of the item in Sitecore."
    )
    kind = models.CharField(max_length=16, choices=Kind.choices)
    alias = models.CharField(
        max_length=ALIAS_LENGTH, help_text="Name of the item, such as Register."
    )
    points = models.IntegerField(
        default=0, help_text="Engagement value that an interaction gains by it."
    )
    channel = models.CharField(
        max_length=100,
        blank=True,
        help_text="Of a campaign: the channel through which its visits come, such as Email.",
    )
    show_in_profile = models.BooleanField(
        default=True, help_text="Whether the latest events of a contact list it."
    )

    class Meta:
        ordering: ClassVar = ["kind", "alias"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                "kind",
                Lower("alias"),
                name="jss_tracking_definition_alias",
                violation_error_message="A definition of this kind has this alias already.",
            )
        ]

    def __str__(self) -> str:
        return self.alias
