"""Lists that end before they take long."""

from functools import cached_property
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.contrib.admin.views.main import SEARCH_VAR
from django.core.paginator import Page, Paginator
from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext

from jss_tracking.admin.chosen_rows import is_whole_list_chosen
from jss_tracking.admin.contact_search import search_note
from jss_tracking.admin.found_list import InFew
from jss_tracking.admin.own_filters import OwnFilters

MOST = 1000
"""Rows that a list has at most, the latest: nobody reads on, and to count them costs time."""


def may_know_names(request: HttpRequest) -> bool:
    """Whether the reader may learn who a contact is, by what is shown or what a search finds."""
    return request.user.has_perm("jss_tracking.view_contact")


def called_in_lists(name: str | None, contact: UUID) -> str:
    """By what name a contact is known, or the beginning of its id."""
    return name or gettext("Anonymous %(id)s") % {"id": str(contact)[:8]}


class LatestPaginator(Paginator):  # type: ignore[type-arg]  # no subscript at run time
    """Pages of the first rows of a queryset; a list that is longer ends after ``MOST``.

    Optimization: the rows are found once, by their keys, and only those of the page are read,
    among ``rows``, which nothing narrows.
    """

    def __init__(self, found: QuerySet[Any], per_page: int, rows: QuerySet[Any]) -> None:
        super().__init__(found, per_page)
        self._found, self._rows = found, rows

    @cached_property
    def count(self) -> int:
        """How many there are, counted no further than that."""
        return len(self._keys)

    def page(self, number: Any) -> Page[Any]:
        """One page of them."""
        number = self.validate_number(number)
        first = (number - 1) * self.per_page
        keys = self._keys[first : first + self.per_page]
        rows = self._rows.in_bulk(keys)
        return Page([rows[key] for key in keys if key in rows], number, self)

    @cached_property
    def _keys(self) -> list[Any]:
        return list(self._found.values_list("pk", flat=True)[:MOST])


class LatestAdmin(OwnFilters, admin.ModelAdmin):  # type: ignore[type-arg]  # no subscript at run time
    """An admin whose list ends before it takes long, and says so."""

    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER  # which counts all rows for each line of a filter
    change_list_template = "admin/jss_tracking/long_list.html"

    def get_paginator(
        self, request: HttpRequest, queryset: QuerySet[Any], per_page: int, *_: Any, **__: Any
    ) -> "Paginator[Any]":
        """The pages of what was found; those of a history are log entries."""
        if queryset.model is not self.model:
            return Paginator(queryset, per_page)
        rows = self.get_queryset(request)
        rows.query.select_related = queryset.query.select_related
        return LatestPaginator(queryset, per_page, rows)

    def response_action(
        self, request: HttpRequest, queryset: QuerySet[Any], *args: Any, **kwargs: Any
    ) -> HttpResponse | None:
        """What the action answers; the whole list is what its pages have, and no more."""
        if is_whole_list_chosen(request):
            keys = list(queryset.values_list("pk", flat=True)[:MOST])
            queryset = queryset.filter(InFew(F("pk"), keys))
        return super().response_action(request, queryset, *args, **kwargs)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The list, which says where it ends."""
        text = request.GET.get(SEARCH_VAR, "").strip()
        note = search_note(text) if may_know_names(request) else ""
        context = {**(extra_context or {}), "most": MOST, "search_note": note}
        return super().changelist_view(request, context)
