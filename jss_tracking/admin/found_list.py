"""A list of which some filters find their rows by themselves, in tables of their own."""

from functools import reduce
from typing import Any

from django.db.models import F, QuerySet
from django.db.models.lookups import In
from django.http import HttpRequest

from jss_tracking.admin.own_filters import OwnFiltersList


class FoundList(OwnFiltersList):
    """A list of the rows that each such filter has found: ``found``, or None if it was not asked.

    Optimization: what several have found is intersected before the database looks at the rows.
    """

    def get_queryset(self, request: HttpRequest, *args: Any) -> QuerySet[Any]:
        """The rows that all filters leave."""
        rows = super().get_queryset(request, *args)
        filters = (getattr(each, "found", None) for each in self.filter_specs)
        found = [each for each in filters if each is not None]
        return rows.filter(InFew(F("pk"), reduce(set.intersection, found))) if found else rows


class InFew(In):
    """``IN`` a list of keys that are taken by the index, however many there are.

    PostgreSQL would read the whole table once the keys are some hundredths of it, SQLite walk all
    rows in their order once there are hundreds. What they do not know before they run the query
    they take for a few.
    """

    def get_rhs_op(self, connection: Any, rhs: Any) -> str:
        """The operator with its list."""
        keys = str(rhs)[1:-1]
        if connection.vendor == "postgresql":
            return f"= ANY(ARRAY(SELECT UNNEST(ARRAY[{keys}])))"
        if connection.vendor == "sqlite":
            return f"IN (VALUES {keys.replace('%s', '(%s)')})"
        return str(super().get_rhs_op(connection, rhs))
