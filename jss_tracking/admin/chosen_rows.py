"""Rows of a list that are chosen for an action."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse


class ChosenRows(admin.ModelAdmin):  # type: ignore[type-arg]  # no subscript at run time
    """An admin of rows of which what is chosen and is no key is as good as not chosen.

    Django's own fails on it.
    """

    def response_action(
        self, request: HttpRequest, queryset: QuerySet[Any], *args: Any, **kwargs: Any
    ) -> HttpResponse | None:
        """What the action answers; None, after a message, if nothing is chosen."""
        data = request.POST.copy()
        chosen = map(str, data.getlist(ACTION_CHECKBOX_NAME))
        data.setlist(ACTION_CHECKBOX_NAME, [each for each in chosen if self._is_key(each)])
        request.POST = data  # type: ignore[assignment]  # which Django copies again
        return super().response_action(request, queryset, *args, **kwargs)

    def _is_key(self, text: str) -> bool:
        try:
            self.opts.pk.clean(text, None)
        except ValidationError:
            return False
        return True
