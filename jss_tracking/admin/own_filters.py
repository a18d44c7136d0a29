"""A list that is filtered by what it offers, and by nothing else."""

from typing import Any, ClassVar

from django.db.models.constants import LOOKUP_SEP
from django.http import HttpRequest


class OwnFilters:
    """A list that takes its own filters alone: by others, what is masked can be guessed bit by bit.

    Django takes any look-up of the model's own fields, whether the list shows them or not.
    """

    list_filter: ClassVar[Any]

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest | None = None) -> bool:  # noqa: ARG002 — Django's signature
        """Whether the list offers it."""
        offered = {getattr(each, "parameter_name", each) for each in self.list_filter}
        return lookup.partition(LOOKUP_SEP)[0] in offered
