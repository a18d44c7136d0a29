"""How contacts are found: by whom they are known as, or by their device."""

import re
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet, Value
from django.db.models.functions import Concat, Lower
from django.utils.formats import number_format
from django.utils.translation import gettext

from jss_tracking.models import ContactIdentifier, Device

NAMES = 200
"""Identifiers that a search looks at: who finds more types more."""

NUL = "\0"
"""A character that PostgreSQL takes in no text."""

_ID = re.compile(r"[0-9a-f]{32}", re.ASCII)
_LAST_CHARACTER = "\U0010ffff"


def found_by(text: str) -> Q:
    """The contacts by the whole id of a contact or device, or how an identifier begins.

    Optimization: by an id they are looked up first, so that the database has but keys to find.
    """
    guid = whole_id(text)
    if guid is None:
        return Q(pk__in=called(text))
    of_device = Device.objects.filter(pk=guid.hex).values_list("contact", flat=True)
    return Q(pk__in=[guid, *of_device, *called(text)])  # an identifier may look like an id


def whole_id(text: str) -> UUID | None:
    """The id in any form that people copy; None if the text is none."""
    plain = text.strip(" {}").replace("-", "").lower()
    return UUID(plain) if _ID.fullmatch(plain) else None


def called(text: str) -> QuerySet[ContactIdentifier, UUID]:
    """The ids of contacts with an identifier that begins so, in any case: the first by name."""
    return _names(text).values_list("contact", flat=True)[:NAMES]


def search_note(text: str) -> str:
    """What a reader must know of a search: that there are more names; ``""`` if not."""
    if not text or NUL in text or not is_longer(_names(text), NAMES):
        return ""
    note = gettext("More than %(most)s names begin so; the list looks at the first. Type more.")
    return note % {"most": number_format(NAMES)}


def is_longer(rows: QuerySet[Any], most: int) -> bool:
    """Whether there are more rows, looked for in their order, since that has an index."""
    return bool(rows.values_list("pk", flat=True)[most : most + 1])


def _names(text: str) -> QuerySet[ContactIdentifier]:
    """The identifiers that begin so, in any case, in their order.

    Optimization: ordered by the expression, not by the column, whose index PostgreSQL would
    else walk from its beginning.
    """
    return ContactIdentifier.objects.filter(_begins_with(text)).order_by(Lower("identifier"))


def _begins_with(text: str) -> Q:
    """By an index in every database."""
    if connection.vendor == "sqlite":
        after = Lower(Concat(Value(text), Value(_LAST_CHARACTER)))
        return Q(search_key__gte=Lower(Value(text)), search_key__lt=after)
    return Q(search_key__startswith=Lower(Value(text)))
