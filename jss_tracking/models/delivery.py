"""What waits to be handed on to Sitecore, and who is handing it on."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

REASON_LENGTH = 300
"""Longest reason that is kept."""


class QueuedBatch(models.Model):
    """Events of one visitor that Sitecore does not have, or of which nobody knows.

    ``session`` and ``device`` are hashes of the visitor's cookies: batches of one session go
    up one after another, in order of ``id``. ``headers`` are the visitor's own, cookies and
    address among them; ``{}`` once they are too old to be sent. ``due`` is when it is tried
    next, and of one that is being sent, when its sender must be done.
    """

    class State(models.TextChoices):
        """What is to be done with it."""

        WAITING = "waiting", _("waiting")
        SENDING = "sending", _("being sent")
        SET_ASIDE = "set_aside", _("set aside")

    site = models.CharField(_("site"), max_length=100)
    host = models.CharField(_("host"), max_length=300)
    session = models.CharField(max_length=43, blank=True)
    device = models.CharField(max_length=43, blank=True)
    query = models.TextField(blank=True)
    headers: "models.JSONField[dict[str, str], dict[str, str]]" = models.JSONField(default=dict)
    payload = models.BinaryField()
    events = models.PositiveIntegerField(_("events"))
    created = models.DateTimeField(_("arrived"))
    state = models.CharField(_("state"), max_length=16, choices=State.choices)
    tries = models.PositiveIntegerField(_("tries"), default=0)
    due = models.DateTimeField(_("due"))
    reason = models.CharField(_("reason"), max_length=REASON_LENGTH, blank=True)

    class Meta:
        verbose_name = _("queued batch")
        verbose_name_plural = _("queued batches")
        ordering: ClassVar = ["id"]
        indexes: ClassVar = [
            models.Index(fields=["state", "due"], name="jss_tracking_batch_due"),
            models.Index(fields=["session", "id"], name="jss_tracking_batch_session"),
            models.Index(fields=["device"], name="jss_tracking_batch_device"),
        ]

    def __str__(self) -> str:
        return f"{self.pk} ({self.get_state_display()})"

    @property
    def body(self) -> bytes:
        """The JSON array; PostgreSQL's driver gives a memoryview."""
        return bytes(self.payload)


class SessionLease(models.Model):
    """Who alone may send the session's batches until it expires."""

    session = models.CharField(max_length=43, primary_key=True)
    owner = models.UUIDField()
    expires = models.DateTimeField()

    def __str__(self) -> str:
        return self.session
