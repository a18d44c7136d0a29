"""Rows that must not go, as the rows say that refer to them."""

from typing import Any

from django.db.models import PROTECT, RESTRICT, Exists, ManyToOneRel, Model, OuterRef, QuerySet


def without_needed(rows: QuerySet[Any], *parts: tuple[type[Model], str]) -> QuerySet[Any]:
    """Those to which no row refers that protects them, or restricts what becomes of them.

    Nor one that needs a row of their ``parts``: a model, and the look-up that leads from it to
    them. What protects by way of other apps' tables is not looked at; ``delete_unneeded`` meets it.
    """
    for model, way in ((rows.model, ""), *parts):
        for relation in model._meta.get_fields(include_hidden=True):
            if isinstance(relation, ManyToOneRel) and relation.on_delete in (PROTECT, RESTRICT):
                path = f"{relation.field.name}__{way}".removesuffix("__")
                # Not the default manager, which may hide rows: the database has them still.
                needing = relation.related_model._base_manager.filter(**{path: OuterRef("pk")})
                rows = rows.exclude(Exists(needing))
    return rows
