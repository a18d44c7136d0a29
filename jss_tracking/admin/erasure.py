"""What goes with contacts that are erased, and what does not let them go."""

from collections.abc import Sequence
from typing import Any

from django.db.models import CASCADE, PROTECT, RESTRICT, QuerySet

from jss_tracking.models import Contact, ContactIdentifier, Device, Interaction, TrackedEvent
from jss_tracking.profile.facets import facet_relations


def erased_with(contacts: Sequence[Any]) -> dict[str, int]:
    """How many rows of each kind go with the contacts, those of other apps too."""
    return _counted(
        Contact.objects.filter(pk__in=contacts),
        ContactIdentifier.objects.filter(contact__in=contacts),
        Device.objects.filter(contact__in=contacts),
        Interaction.objects.filter(contact__in=contacts),
        TrackedEvent.objects.filter(interaction__contact__in=contacts),
        *_referring(contacts, CASCADE),
    )


def protected_by(contacts: Sequence[Any]) -> dict[str, int]:
    """How many rows of other apps need the contacts."""
    counts = _counted(*_referring(contacts, PROTECT, RESTRICT))
    return {name: count for name, count in counts.items() if count}


def _referring(contacts: Sequence[Any], *on_delete: Any) -> list[QuerySet[Any]]:
    return [
        relation.related_model._default_manager.filter(**{f"{relation.field.name}__in": contacts})
        for relation in facet_relations()
        if relation.on_delete in on_delete
    ]


def _counted(*rows: QuerySet[Any]) -> dict[str, int]:
    return {_called(each.model, count := each.count()): count for each in rows}


def _called(model: Any, count: int) -> str:
    return str(model._meta.verbose_name if count == 1 else model._meta.verbose_name_plural)
