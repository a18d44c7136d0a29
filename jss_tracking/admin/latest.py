"""Pages of a list that ends before it takes long."""

from functools import cached_property
from typing import Any

from django.core.paginator import Page, Paginator

MOST = 2000
"""Rows that a list has at most, the latest: nobody reads on, and to count them costs time."""


class LatestPaginator(Paginator):  # type: ignore[type-arg]  # no subscript at run time
    """Pages of the first rows of a queryset; a list that is longer ends after ``MOST``.

    Optimization: the rows are found once, by their keys, and only those of the page are read.
    """

    @cached_property
    def count(self) -> int:
        """How many there are, counted no further than that."""
        return len(self._keys)

    def page(self, number: Any) -> Page[Any]:
        """One page of them."""
        number = self.validate_number(number)
        first = (number - 1) * self.per_page
        keys = self._keys[first : first + self.per_page]
        return Page(self._rows.filter(pk__in=keys), number, self)

    @property
    def _rows(self) -> Any:
        return self.object_list

    @cached_property
    def _keys(self) -> list[Any]:
        return list(self._rows.values_list("pk", flat=True)[:MOST])
