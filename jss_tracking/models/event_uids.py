"""The ids that senders gave their events, so that one sent again is not tracked again."""

from typing import ClassVar

from django.db import models


class TrackedUid(models.Model):
    """An event of a visitor with this ``eventUid`` is tracked, or just being forwarded.

    ``visitor`` is a hash of what tells the visitor apart. ``forwarding_until`` is set while
    the event is on its way to Sitecore: if it stays, whoever forwarded it was stopped.
    """

    uid = models.CharField(max_length=64)
    visitor = models.CharField(max_length=43)
    tracked = models.DateTimeField(db_index=True)
    forwarding_until = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["uid", "visitor"], name="jss_tracking_uid_of_visitor")
        ]

    def __str__(self) -> str:
        return self.uid
