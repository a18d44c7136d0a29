"""Who did what with a row, in the reader's language."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext


class History(admin.ModelAdmin):  # type: ignore[type-arg]  # no subscript at run time
    """An admin whose log is kept in English and read in the reader's language."""

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The history of a row; Django translates what it has logged itself."""
        response = super().history_view(request, object_id, extra_context)
        # Where there is no such row, it leads elsewhere and has no context.
        for entry in (getattr(response, "context_data", None) or {}).get("action_list", ()):
            entry.change_message = gettext(entry.change_message)
        return response
