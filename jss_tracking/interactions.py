"""How an interaction begins, and how it and the view of its last page end."""

from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network

from django.db import models
from django.utils import timezone

from jss_tracking.conf import conf
from jss_tracking.deleting import delete_unneeded
from jss_tracking.models import DailyFigure, Device, Interaction, TrackedEvent
from jss_tracking.models.interactions import URL_LENGTH, USER_AGENT_LENGTH
from jss_tracking.robots import is_robot
from jss_tracking.tallies import tally
from jss_tracking.trackers import Visitor
from jss_tracking.values import cleaned

DIRECT, REFERRAL = "Direct", "Referral"
"""Channels of visits that no campaign gives one."""


def is_new(row: models.Model) -> bool:
    """Whether the row is not in the database yet."""
    return row._state.adding


def begin_interaction(visitor: Visitor, device: Device, session_id: str) -> Interaction:
    """A new interaction of the device's contact; it is not saved."""
    return Interaction(
        contact=device.contact,
        device=device,
        session_id=session_id,
        site=cleaned(visitor.site.name, 100),
        language=cleaned(visitor.language, 50),
        user_agent=cleaned(visitor.user_agent, USER_AGENT_LENGTH),
        referrer=cleaned(visitor.referrer, URL_LENGTH),
        channel=_channel(visitor),
        address=_address(visitor.address),
        is_robot=is_robot(visitor.user_agent) and not device.is_human,
    )


def has_expired(interaction: Interaction) -> bool:
    """Whether nothing has happened in it for the session's timeout, which a robot's is shorter."""
    robot, visitor = conf.TRACKING_ROBOT_SESSION_TIMEOUT, conf.TRACKING_SESSION_TIMEOUT
    timeout = timedelta(seconds=robot if interaction.is_robot else visitor)
    return timezone.now() - interaction.last_activity >= timeout


def end_interaction(interaction: Interaction, at: datetime, reason: str) -> None:
    """End the interaction at that time, and the view of its last page with it.

    That of a robot is deleted and only counted, unless ``TRACKING_KEEP_ROBOTS`` is on or
    another app needs it.
    """
    if interaction.is_robot and not conf.TRACKING_KEEP_ROBOTS and _is_dropped(interaction):
        tally(DailyFigure.Kind.ROBOTS_DROPPED)
        return
    interaction.ended = at
    interaction.end_reason = reason
    interaction.save(update_fields=["ended", "end_reason"])
    leave_page(interaction.current_page, at)


def _is_dropped(visit: Interaction) -> bool:
    return bool(delete_unneeded(Interaction.objects.filter(pk=visit.pk)))


def leave_page(page: TrackedEvent | None, at: datetime) -> None:
    """The view of that page, if there is one, ends then."""
    if page is not None:
        page.duration = max(at - page.timestamp, timedelta())  # the clock may be set back
        if not is_new(page):
            page.save(update_fields=["duration"])


def shorten_address(address: str) -> str | None:
    """The network of the address: 24 bits of IPv4, 48 of IPv6; ``None`` if it is no address."""
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return None
    parsed = getattr(parsed, "ipv4_mapped", None) or parsed
    bits = 24 if parsed.version == 4 else 48
    return str(ip_network(f"{parsed}/{bits}", strict=False).network_address)


def _address(text: str) -> str | None:
    """The visitor's address, as much of it as may be kept."""
    if conf.TRACKING_SHORTEN_ADDRESSES:
        return shorten_address(text)
    try:
        return str(ip_address(text.partition("%")[0]))
    except ValueError:
        return None


def _channel(visitor: Visitor) -> str:
    """By what way the visitor comes, as far as the first request's referrer tells."""
    host = visitor.referrer.partition("://")[2].partition("/")[0].lower()
    return REFERRAL if host and host != visitor.host.lower() else DIRECT
