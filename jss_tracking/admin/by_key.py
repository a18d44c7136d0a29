"""Rows that go by their keys, whatever field an address names."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest


class ByKey(admin.ModelAdmin):  # type: ignore[type-arg]  # no subscript at run time
    """An admin whose rows are looked up by their keys alone.

    Django takes another field from an address (``_to_field``), and fails on one that there is
    not or that is a relation.
    """

    def to_field_allowed(self, request: HttpRequest, to_field: str) -> bool:  # noqa: ARG002 — Django's signature
        """Whether it is the key."""
        return to_field == self.opts.pk.name

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Any:
        """The row of the key; None if there is none."""
        return super().get_object(request, object_id, from_field or None)
