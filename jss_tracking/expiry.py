"""What ends and what goes with time: interactions that are over, and those that are old."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from jss_tracking.conf import conf
from jss_tracking.deleting import delete_unneeded
from jss_tracking.interactions import end_interaction
from jss_tracking.models import Contact, Device, Interaction
from jss_tracking.robot_visits import drop_unused

Interactions = QuerySet[Interaction]
EXPIRED = Interaction.EndReason.EXPIRED

AT_ONCE = 200
"""Interactions of one transaction: visitors wait no longer than for these."""


def close_expired() -> int:
    """End the interactions that timed out, at their last activity; how many those were.

    That of a robot is deleted, and the robot with it, unless ``TRACKING_KEEP_ROBOTS`` is on.
    """
    expired = Interaction.objects.filter(_has_expired())
    return sum(_close(expired, ids) for ids in _in_chunks(expired))


def prune(before: datetime) -> int:
    """Delete interactions that were last active before, with their events; how many.

    So do devices, and anonymous contacts, of which nothing is left. Known contacts
    stay, and whatever a row of another app protects.
    """
    old = Interaction.objects.filter(last_activity__lt=before)
    pruned = sum(_delete(old, ids) for ids in _in_chunks(old))
    delete_unneeded(Device.objects.filter(created__lt=before, interactions__isnull=True))
    delete_unneeded(Contact.objects.filter(last_seen__lt=before).unused())
    return pruned


def _has_expired() -> Q:
    now = timezone.now()
    visitors = now - timedelta(seconds=conf.TRACKING_SESSION_TIMEOUT)
    robots = now - timedelta(seconds=conf.TRACKING_ROBOT_SESSION_TIMEOUT)
    of_visitor = Q(is_robot=False, last_activity__lte=visitors)
    return Q(ended=None) & (of_visitor | Q(is_robot=True, last_activity__lte=robots))


def _in_chunks(interactions: Interactions) -> Iterator[list[UUID]]:
    """Their ids, a transaction's worth at a time."""
    ordered = interactions.order_by("pk").values_list("pk", flat=True)
    ids = list(ordered[:AT_ONCE])
    while ids:
        yield ids
        ids = list(ordered.filter(pk__gt=ids[-1])[:AT_ONCE])


def _close(expired: Interactions, ids: list[UUID]) -> int:
    with transaction.atomic():
        rows = list(_locked(expired, ids).select_related("current_page"))
        for interaction in rows:
            end_interaction(interaction, interaction.last_activity, EXPIRED)
        drop_unused([interaction.device_id for interaction in rows if interaction.is_robot])
    return len(rows)


def _delete(old: Interactions, ids: list[UUID]) -> int:
    with transaction.atomic():
        return delete_unneeded(_locked(old, ids))


def _locked(interactions: Interactions, ids: list[UUID]) -> Interactions:
    """Those of the ids that are still what was looked for; their visitors wait meanwhile."""
    devices = Interaction.objects.filter(pk__in=ids).values("device")
    locked = Device.objects.select_for_update(no_key=True).filter(pk__in=devices).order_by("pk")
    list(locked)
    return interactions.filter(pk__in=ids)
