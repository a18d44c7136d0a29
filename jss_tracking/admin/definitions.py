"""Definitions of events, goals, outcomes and campaigns, to edit."""
# ruff: noqa: ARG002  # the signatures are Django's

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext

from jss_tracking.admin.chosen_rows import ChosenRows
from jss_tracking.admin.own_filters import OwnFilters
from jss_tracking.models import Definition, Interaction, TrackedEvent


@admin.register(Definition)
class DefinitionAdmin(OwnFilters, ChosenRows):
    """What may be tracked. A definition that events refer to can't be deleted."""

    list_display = ("alias", "kind", "guid", "points", "show_in_profile")
    list_filter = ("kind", "show_in_profile")
    search_fields = ("alias", "=guid")

    def get_readonly_fields(
        self, request: HttpRequest, obj: Definition | None = None
    ) -> tuple[str, ...]:
        """Once made, the GUID and the kind stay: events refer to them."""
        return () if obj is None else ("guid", "kind")

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        """The definitions; those that are in use are protected, which one look per row tells."""
        names = [str(definition) for definition in objs]
        why = gettext("%(name)s: what was tracked refers to it")
        used = [why % {"name": each} for each in objs if _is_used(each)]
        return names, {str(self.opts.verbose_name_plural): len(names)}, set(), used


def _is_used(definition: Definition) -> bool:
    return (
        TrackedEvent.objects.filter(definition=definition).exists()
        or Interaction.objects.filter(campaign=definition).exists()
    )
