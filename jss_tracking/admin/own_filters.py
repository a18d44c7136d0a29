"""A list that is filtered by what it offers, and by nothing else."""

from contextlib import nullcontext
from typing import Any, ClassVar

from django.contrib.admin.exceptions import DisallowedModelAdminLookup
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.db import DataError, connection, transaction
from django.db.models.constants import LOOKUP_SEP
from django.http import HttpRequest

from jss_tracking.admin.by_key import ByKey


class OwnFiltersList(ChangeList):
    """A list that refuses what its filters leave of a query, which Django looks up by itself.

    By such a look-up the database may fail: by a pattern that is none, or a year that there is not.
    """

    def get_filters(self, request: HttpRequest) -> Any:
        """The filters; what none of them takes is refused."""
        found = super().get_filters(request)
        for lookup in found[2]:
            raise DisallowedModelAdminLookup(f"Filtering by {lookup} not allowed")
        return found


class OwnFilters(ByKey):
    """A list that takes its own filters alone: by others, what is masked can be guessed bit by bit.

    Django takes any look-up of the model's own fields, whether the list shows them or not.
    """

    list_filter: ClassVar[Any]

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest | None = None) -> bool:  # noqa: ARG002 — Django's signature
        """Whether the list filters by the field."""
        offered = {getattr(each, "parameter_name", each) for each in self.list_filter}
        return lookup.partition(LOOKUP_SEP)[0] in offered

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:  # noqa: ARG002 — Django's signature
        """A list that refuses other look-ups of those fields too."""
        return OwnFiltersList

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        """The list; a value that no database compares is answered as one that is no date is.

        In a transaction that is under way it fails alone, as with ``ATOMIC_REQUESTS``.
        """
        try:
            with transaction.atomic() if connection.in_atomic_block else nullcontext():
                return super().get_changelist_instance(request)
        except (DataError, OverflowError, ValueError) as error:
            if not request.GET:
                raise  # since nothing of the query is to blame
            raise IncorrectLookupParameters(error) from error
