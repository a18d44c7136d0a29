"""Deletes rows of which other apps may need some."""

import logging
from functools import cache
from typing import Any

from django.apps import apps
from django.db import IntegrityError, connection, transaction
from django.db.models import DO_NOTHING, ForeignKey, Model, QuerySet

logger = logging.getLogger(__name__)

AT_ONCE = 200
"""Rows of one transaction."""


def check_references() -> None:
    """Raise ``IntegrityError`` now, and not as the transaction ends, if a row refers to none.

    Looked at are the tables alone for which Django does nothing as what they refer to goes.
    """
    if tables := _left_alone():
        connection.check_constraints(table_names=tables)


def delete_unneeded(rows: QuerySet[Any]) -> int:
    """Delete the rows, but for those that rows of other apps keep from it; how many went.

    Whether one is kept, by whatever way, Django alone tells, and of all together. So those that
    can not go together are halved until it is clear which those are.
    """
    keys = list(rows.order_by("pk").values_list("pk", flat=True))
    chunks = [keys[first : first + AT_ONCE] for first in range(0, len(keys), AT_ONCE)]
    gone = sum(_delete(rows, chunk) for chunk in chunks)
    if gone < len(keys):
        kept, label = len(keys) - gone, rows.model._meta.label
        logger.info("Rows of other apps need %d of %s, which stay", kept, label)
    return gone


def _delete(rows: QuerySet[Any], keys: list[Any]) -> int:
    try:
        with transaction.atomic():
            _, deleted = rows.filter(pk__in=keys).delete()
            check_references()
    except IntegrityError:  # ProtectedError and RestrictedError are such errors
        middle = len(keys) // 2
        return _delete(rows, keys[:middle]) + _delete(rows, keys[middle:]) if middle else 0
    return deleted.get(rows.model._meta.label, 0)


@cache
def _left_alone() -> list[str]:
    return sorted({each._meta.db_table for each in apps.get_models() if _is_left_alone(each)})


def _is_left_alone(model: type[Model]) -> bool:
    keys: list[Any] = [each for each in model._meta.local_fields if isinstance(each, ForeignKey)]
    return any(key.db_constraint and key.remote_field.on_delete is DO_NOTHING for key in keys)
