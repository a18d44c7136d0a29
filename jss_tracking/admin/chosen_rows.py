"""Rows of a list that are chosen for an action."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.forms import BooleanField
from django.http import HttpRequest, HttpResponse


class ChosenRows(admin.ModelAdmin):  # type: ignore[type-arg]  # no subscript at run time
    """An admin of rows of which what is chosen and is no key is as good as not chosen.

    Django's own fails on it. A field may hold several keys with commas between: of fields
    Django takes no more than a thousand.
    """

    def response_action(
        self, request: HttpRequest, queryset: QuerySet[Any], *args: Any, **kwargs: Any
    ) -> HttpResponse | None:
        """What the action answers; None, after a message, if nothing is chosen."""
        data = request.POST.copy()
        chosen = ",".join(map(str, data.getlist(ACTION_CHECKBOX_NAME))).split(",")
        data.setlist(ACTION_CHECKBOX_NAME, [each for each in chosen if self._is_key(each)])
        request.POST = data  # type: ignore[assignment]  # which Django copies again
        if not is_whole_list_chosen(request):
            # Whatever the list's filters find by now: it was they that were confirmed.
            queryset = self.get_queryset(request)
        return super().response_action(request, queryset, *args, **kwargs)

    def _is_key(self, text: str) -> bool:
        try:
            self.opts.pk.clean(text, None)
        except ValidationError:
            return False
        return True


def is_whole_list_chosen(request: HttpRequest) -> bool:
    """Whether the action is for all rows of the list, and not for those that are named."""
    return bool(BooleanField().to_python(request.POST.get("select_across")))
