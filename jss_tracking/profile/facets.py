"""Facets of a contact: what other apps keep of it, in tables of theirs that refer to it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib.auth import get_permission_codename
from django.db.models import ManyToOneRel, Model, QuerySet
from django.utils.text import capfirst

from jss_tracking.models import Contact

ROWS = 5
"""Rows of a facet that are shown, the latest."""


@dataclass(frozen=True, slots=True)
class Facet:
    """A table of another app; each row as pairs of a field's name and its value."""

    name: str
    rows: tuple[tuple[tuple[str, Any], ...], ...]


def facets(contact: Contact, viewer: Any) -> list[Facet]:
    """The contact's facets that the viewer has the permission to view."""
    return [found for found in _facets(contact, viewer) if found.rows]


def facet_relations() -> Iterator[Any]:
    """The foreign keys of other apps to ``Contact``, those without a name (``"+"``) too."""
    for relation in Contact._meta.get_fields(include_hidden=True):
        if isinstance(relation, ManyToOneRel) and _is_of_other_app(relation):
            yield relation


def facet_rows(contact: Contact, viewer: Any) -> Iterator[Model]:
    """All rows of the contact's facets, as far as the viewer may view them."""
    for relation in _viewed(viewer):
        yield from _rows(contact, relation)


def _is_of_other_app(relation: ManyToOneRel) -> bool:
    return bool(relation.related_model._meta.app_label != Contact._meta.app_label)


def _facets(contact: Contact, viewer: Any) -> Iterator[Facet]:
    for relation in _viewed(viewer):
        rows = _rows(contact, relation).order_by("-pk")[:ROWS]
        name = str(relation.related_model._meta.verbose_name)
        yield Facet(capfirst(name), tuple(_described(row, relation.field.name) for row in rows))


def _viewed(viewer: Any) -> Iterator[Any]:
    return (each for each in facet_relations() if _may_view(viewer, each.related_model))


def _rows(contact: Contact, relation: Any) -> QuerySet[Model]:
    rows: QuerySet[Model] = relation.related_model._default_manager.filter(
        **{relation.field.name: contact}
    )
    return rows


def _may_view(viewer: Any, model: type[Model]) -> bool:
    permission = get_permission_codename("view", model._meta)
    return bool(viewer.has_perm(f"{model._meta.app_label}.{permission}"))


def _described(row: Model, to_contact: str) -> tuple[tuple[str, Any], ...]:
    """The row's own columns: neither its key nor that it is the contact's."""
    fields = (
        field
        for field in row._meta.concrete_fields
        if not field.primary_key and field.name != to_contact
    )
    return tuple((capfirst(str(field.verbose_name)), _value(row, field)) for field in fields)


def _value(row: Model, field: Any) -> Any:
    display = getattr(row, f"get_{field.name}_display", None)
    return display() if display else getattr(row, field.name)
