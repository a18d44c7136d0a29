"""What goes with contacts that are erased, and what keeps them from going, as numbers."""

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

from django.db.models import DO_NOTHING, ManyToOneRel, Model, ProtectedError, QuerySet
from django.db.models.deletion import Collector

from jss_tracking.models import Contact, ContactIdentifier, Device, Interaction, TrackedEvent
from jss_tracking.refusals import refusals_of

Counts = Mapping[type[Model], int]


class Going(Collector):
    """What Django finds that goes with contacts, and what protects it, in tables of other apps.

    The tracker's own rows, of which there may be many, are counted and not read. Nor are those
    of other contacts, though a device be both's: they stay.
    """

    def __init__(self, contacts: Sequence[Any]) -> None:
        super().__init__(using=Contact.objects.db)
        self._own = _own_rows(contacts)
        self._needing: set[Model] = set()
        for rows in self._own:
            self._collect_from(rows)
        for model, instances in self.data.items():
            self.clear_restricted_objects_from_set(model, set(instances))
        for leaves in self.fast_deletes:
            self.clear_restricted_objects_from_queryset(leaves.model, leaves)

    def counts(self) -> Counts:
        """How many rows of each model go."""
        keys = {model: {each.pk for each in rows} for model, rows in self.data.items()}
        for leaves in self.fast_deletes:
            keys.setdefault(leaves.model, set()).update(leaves.values_list("pk", flat=True))
        others = {model: len(found) for model, found in keys.items() if not _is_own(model)}
        return {rows.model: rows.count() for rows in self._own} | others

    def needing(self) -> Counts:
        """How many rows of each model need what would go."""
        by_field = chain.from_iterable(each.values() for each in self.restricted_objects.values())
        return Counter(type(row) for row in self._needing.union(*by_field))

    def collect(self, *args: Any, **kwargs: Any) -> None:
        """Django's; what is protected does not end it."""
        try:
            super().collect(*args, **kwargs)
        except ProtectedError as error:
            self._needing.update(error.protected_objects)

    def related_objects(self, related_model: Any, related_fields: Any, objs: Any) -> Any:
        """Django's; rows of the tracker are not read by way of other apps' either."""
        found = super().related_objects(related_model, related_fields, objs)
        return found.none() if _is_own(related_model) else found

    def _collect_from(self, rows: QuerySet[Any]) -> None:
        for relation in rows.model._meta.get_fields(include_hidden=True):
            if isinstance(relation, ManyToOneRel) and not _is_own(relation.related_model):
                self._follow(relation.field, relation.on_delete, rows)

    def _follow(self, field: Any, on_delete: Any, rows: QuerySet[Any]) -> None:
        """As Django goes on from rows that it has read, from a query for them."""
        if on_delete is DO_NOTHING or getattr(on_delete, "lazy_sub_objs", False):
            return  # what refers to them stays, and loses them
        found = self.related_objects(field.model, [field], rows)
        if self.can_fast_delete(found, from_field=field):
            self.fast_deletes.append(found)
            return
        try:
            if found:
                on_delete(self, field, found, self.using)
        except ProtectedError as error:
            self._needing.update(error.protected_objects)


def named(counts: Counts) -> list[tuple[int, str]]:
    """How many there are of each name, which models may share, where there are any."""
    totals: Counter[tuple[str, str]] = Counter()
    for model, count in counts.items():
        names = (str(model._meta.verbose_name), str(model._meta.verbose_name_plural))
        totals[names] += count
    return [(count, one if count == 1 else many) for (one, many), count in totals.items() if count]


def devices_of(contacts: Sequence[Any]) -> list[str]:
    """The ids of the contacts' devices."""
    return list(Device.objects.filter(contact__in=contacts).values_list("pk", flat=True))


def _own_rows(contacts: Sequence[Any]) -> list[QuerySet[Any]]:
    return [
        Contact.objects.filter(pk__in=contacts),
        ContactIdentifier.objects.filter(contact__in=contacts),
        Device.objects.filter(contact__in=contacts),
        Interaction.objects.filter(contact__in=contacts),
        TrackedEvent.objects.filter(interaction__contact__in=contacts),
        refusals_of(devices_of(contacts)),
    ]


def _is_own(model: type[Model]) -> bool:
    return model._meta.app_label == Contact._meta.app_label
