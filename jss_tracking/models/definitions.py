"""Definitions of events, goals, outcomes and campaigns."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

ALIAS_LENGTH = 200
"""Longest alias, in characters."""


class Definition(models.Model):
    """What an event, a goal, an outcome or a campaign is called and worth.

    Sitecore keeps these as items: the GUID is the item's id, the alias its name. Both lead
    to it, and the alias in any case.
    """

    class Kind(models.TextChoices):
        """What is defined; a definition is found only as what it is."""

        EVENT = "event", _("Event")
        GOAL = "goal", _("Goal")
        OUTCOME = "outcome", _("Outcome")
        CAMPAIGN = "campaign", _("Campaign")

    guid = models.UUIDField(
        "GUID", primary_key=True, default=uuid.uuid4, help_text=_("Id of the item in Sitecore.")
    )
    kind = models.CharField(_("kind"), max_length=16, choices=Kind.choices)
    alias = models.CharField(
        _("alias"), max_length=ALIAS_LENGTH, help_text=_("Name of the item, such as Register.")
    )
    points = models.IntegerField(
        _("points"), default=0, help_text=_("Engagement value that an interaction gains by it.")
    )
    channel = models.CharField(
        _("channel"),
        max_length=100,
        blank=True,
        help_text=_("Of a campaign: the channel through which its visits come, such as Email."),
    )
    show_in_profile = models.BooleanField(
        _("show in profile"),
        default=True,
        help_text=_("Whether the latest events of a contact list it."),
    )

    class Meta:
        verbose_name = _("definition")
        verbose_name_plural = _("definitions")
        ordering: ClassVar = ["kind", "alias"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                "kind",
                Lower("alias"),
                name="jss_tracking_definition_alias",
                violation_error_message=_("A definition of this kind has this alias already."),
            )
        ]

    def __str__(self) -> str:
        return self.alias
