"""What comes in: events as they are kept, and what was refused."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from jss_tracking.models.interactions import TrackedEvent

CODE_LENGTH = 64
REFERENCE_LENGTH = 200
MESSAGE_LENGTH = 500


class LiveEvent(TrackedEvent):
    """A tracked event as it is looked at while it comes in, with a permission of its own."""

    class Meta:
        proxy = True
        verbose_name = _("live event")
        verbose_name_plural = _("live events")


class Refusal(models.Model):
    """Something that was sent and not tracked, and why; only the latest are kept.

    ``reference`` is the id that the event named; ``device`` the visitor's browser, masked, or
    ``""`` where nothing may be kept of who it was.
    """

    refused = models.DateTimeField(db_index=True)
    code = models.CharField(max_length=CODE_LENGTH)
    reference = models.CharField(max_length=REFERENCE_LENGTH, blank=True)
    message = models.CharField(max_length=MESSAGE_LENGTH, blank=True)
    site = models.CharField(max_length=100, blank=True)
    device = models.CharField(max_length=16, blank=True)

    class Meta:
        verbose_name = _("refusal")
        verbose_name_plural = _("refusals")
        ordering: ClassVar = ["-refused"]

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"
