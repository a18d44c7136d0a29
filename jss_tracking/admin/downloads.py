"""Files with all that is kept of contacts; who took one is in the admin's log."""

import csv
from collections.abc import Iterable
from decimal import Decimal
from io import StringIO
from typing import Any

from django.contrib.admin.models import CHANGE, LogEntry
from django.core.serializers import serialize
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext_noop

from jss_tracking.export import COLUMNS, exported, exported_rows
from jss_tracking.models import Contact
from jss_tracking.profile.facets import facet_rows

LOGGED = {"json": gettext_noop("Exported as JSON."), "csv": gettext_noop("Exported as CSV.")}
"""What the log says of each type of file; a history translates it."""

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet would compute instead of showing it."""


def download(request: HttpRequest, contacts: QuerySet[Contact], file_type: str) -> HttpResponse:
    """The contacts as a file, ``json`` or ``csv``."""
    found = list(contacts)
    response = _csv(found) if file_type == "csv" else _json(found, request.user)
    response["Content-Disposition"] = f'attachment; filename="contacts.{file_type}"'
    response["Cache-Control"] = "private, no-store"
    LogEntry.objects.log_actions(
        request.user.pk or "",
        contacts,
        CHANGE,
        change_message=LOGGED[file_type],
    )
    return response


def _json(contacts: Iterable[Contact], viewer: Any) -> HttpResponse:
    described = [
        {**exported(contact), "facets": serialize("python", facet_rows(contact, viewer))}
        for contact in contacts
    ]
    layout = {"indent": 2, "ensure_ascii": False}
    return JsonResponse({"contacts": described}, json_dumps_params=layout)


def _csv(contacts: Iterable[Contact]) -> HttpResponse:
    text = StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for contact in contacts:
        writer.writerows(map(_inert, row) for row in exported_rows(contact))
    # The mark at its beginning tells Excel that it is UTF-8.
    return HttpResponse("\ufeff" + text.getvalue(), content_type="text/csv; charset=utf-8")


def _inert(value: object) -> str:
    """The value as text that no spreadsheet takes for a formula; a number is none."""
    text = "" if value is None else str(value)
    is_number = isinstance(value, int | float | Decimal)
    return f"'{text}" if text.startswith(FORMULA_STARTS) and not is_number else text
