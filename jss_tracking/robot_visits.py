"""Visits of robots: most of a public site's traffic, and of no interest once they are over."""

from collections.abc import Collection
from datetime import timedelta

from django.utils import timezone

from jss_tracking.conf import conf
from jss_tracking.deleting import delete_unneeded
from jss_tracking.models import Contact, DailyFigure, Device, Interaction, TrackedEvent
from jss_tracking.models.needed import without_needed
from jss_tracking.tallies import tally

MAX_AT_ONCE = 100


def drop_robots_gone(newcomer: Device) -> None:
    """Delete what robots did whose sessions have run out, and those robots themselves.

    Runs as another robot comes, the ``newcomer``, within its transaction and a hundred at a
    time: so their number stays in proportion to the robots of the last minute, without a job
    of its own. Does nothing while ``TRACKING_KEEP_ROBOTS`` is on.
    """
    if conf.TRACKING_KEEP_ROBOTS:
        return
    since = timezone.now() - timedelta(seconds=conf.TRACKING_ROBOT_SESSION_TIMEOUT)
    over = Interaction.objects.filter(is_robot=True, last_activity__lt=since)
    # Those that another app needs would be looked at each time, and the others never.
    gone = without_needed(over, (TrackedEvent, "interaction")).exclude(device=newcomer.pk)
    named = gone.order_by("last_activity").values_list("device", flat=True)[:MAX_AT_ONCE]
    # A device whose own request is under way is left to that request.
    locked = Device.objects.select_for_update(skip_locked=True).filter(pk__in=list(named))
    devices = [device.pk for device in locked]
    if devices:
        dropped = delete_unneeded(gone.filter(device__in=devices))
        tally(DailyFigure.Kind.ROBOTS_DROPPED, dropped)
        drop_unused(devices)


def drop_unused(devices: Collection[str]) -> None:
    """Delete the devices without any visit left, and contacts of whom nothing else is known.

    What another app needs stays.
    """
    unused = Device.objects.filter(pk__in=devices, interactions__isnull=True)
    contacts = list(unused.values_list("contact", flat=True))
    delete_unneeded(unused)
    delete_unneeded(Contact.objects.filter(pk__in=contacts).unused())
