"""Which tables refer to a model's rows, directly or by rows that go with them."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from django.db.models import CASCADE, ManyToOneRel, Model


class Referring(NamedTuple):
    """A table that refers to another one.

    ``path`` is the look-up that leads from its row to the other's
    (``"interaction__contact"``), ``on_delete`` what the last foreign key on the way says.
    """

    model: type[Model]
    path: str
    on_delete: Any


def referring(model: type[Model]) -> Iterator[Referring]:
    """Every foreign key to the model, those without a name (``"+"``) too, and to what goes with it.

    Each is met once, so that of a table that refers to itself the first step counts.
    """
    reached: list[tuple[type[Model], str]] = [(model, "")]
    met = set()
    for target, path in reached:  # which grows meanwhile
        for relation in target._meta.get_fields(include_hidden=True):
            if not isinstance(relation, ManyToOneRel) or relation.field in met:
                continue
            met.add(relation.field)
            found = Referring(
                relation.related_model,
                f"{relation.field.name}__{path}".removesuffix("__"),
                relation.on_delete,
            )
            yield found
            if found.on_delete is CASCADE:
                reached.append((found.model, found.path))
