"""What visits add up to, by day."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from jss_tracking.models.interactions import URL_LENGTH


class DailyFigure(models.Model):
    """A number of one day: its visits, or those of a page, a channel, a goal.

    ``begins`` is when the day does, in the project's time zone; what a visit did belongs to
    the day on which it began. ``name`` is what is counted: a page's path, a channel's name, a
    definition's GUID, ``""`` for the whole day. ``value`` is engagement value, ``money`` what
    outcomes were worth. A number of the kinds ``TALLIED`` is counted as it happens, since
    nothing else is kept of it; the others can be made anew from the visits.
    """

    class Kind(models.TextChoices):
        """What is counted."""

        VISITS = "visits"
        PAGE = "page"
        ENTRY_PAGE = "entry_page"
        EXIT_PAGE = "exit_page"
        CHANNEL = "channel"
        CAMPAIGN = "campaign"
        GOAL = "goal"
        OUTCOME = "outcome"
        ROBOTS_DROPPED = "robots_dropped"
        CONSENT_GIVEN = "consent_given"
        CONSENT_REFUSED = "consent_refused"
        SIGNAL_REFUSED = "signal_refused"

    TALLIED = (
        Kind.ROBOTS_DROPPED,
        Kind.CONSENT_GIVEN,
        Kind.CONSENT_REFUSED,
        Kind.SIGNAL_REFUSED,
    )

    begins = models.DateTimeField()
    kind = models.CharField(max_length=16, choices=Kind.choices)
    name = models.CharField(max_length=URL_LENGTH, blank=True)
    currency_code = models.CharField(max_length=3, blank=True)
    count = models.PositiveBigIntegerField(default=0)
    value = models.BigIntegerField(default=0)
    money = models.DecimalField(max_digits=20, decimal_places=4, default=0)

    class Meta:
        verbose_name = _("daily figure")
        verbose_name_plural = _("overview")
        indexes: ClassVar = [
            models.Index(fields=["begins", "kind"], name="jss_tracking_figures_of_day"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["begins", "kind"],
                condition=Q(
                    kind__in=[
                        "visits",
                        "robots_dropped",
                        "consent_given",
                        "consent_refused",
                        "signal_refused",
                    ]
                ),
                name="jss_tracking_figure_of_whole_day",
            )
        ]

    def __str__(self) -> str:
        return f"{self.begins:%Y-%m-%d} {self.kind} {self.name}".rstrip()
