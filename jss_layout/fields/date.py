"""Dates and times, in Django's formats."""

import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from django.core.signals import setting_changed
from django.utils import timezone as django_timezone
from django.utils import translation
from django.utils.dateparse import parse_date
from django.utils.formats import date_format
from django.utils.safestring import SafeString

from jss_layout.attributes import element, escaped
from jss_layout.fields.field import Printer, parsed_datetime, value

# Of a date of ISO 8601, with room to spare.
MAX_LENGTH = 40


class Date(Printer):
    """Prints dates, with the options of ``date``."""

    def __init__(
        self,
        /,
        *,
        format: str = "DATE_FORMAT",  # noqa: A002 — as below
        time_zone: str = "",
        language: str = "",
        tag: str = "",
        editable: bool = True,
        **attributes: object,
    ) -> None:
        super().__init__(tag, attributes, editable=editable)
        self.format = format
        self.zone = ZoneInfo(time_zone) if time_zone else None
        self.language = language

    def html(self, field: object) -> str:
        """The date; nothing for an empty one."""
        given = value(field)
        if not isinstance(given, str) or not given or given.startswith("0001-01-01"):
            return ""
        zone = self.zone or django_timezone.get_current_timezone()
        language = self.language or translation.get_language()
        written = escaped(_formatted(given, self.format, zone, language))
        if self.tag == "time":
            return element("time", {"datetime": given, **self.attributes}, written)
        return f"{self.start}{written}{self.end}"


def date(
    field: object,
    *,
    format: str = "DATE_FORMAT",  # noqa: A002 — as Django's own date filter names it
    time_zone: str = "",
    language: str = "",
    tag: str = "",
    editable: bool = True,
    editing: bool = False,
    **attributes: object,
) -> SafeString:
    """A date, in a format of Django's ``date`` filter and ``language``, by default the active one.

    A time with a zone is shown in ``time_zone`` (``"UTC"``, ``"Europe/Copenhagen"``), by
    default in the current one. ``tag="time"`` gets its ``datetime``. A text that is no
    date is shown as it is; ``0001-01-01`` is Sitecore's empty date and shows nothing.
    """
    printer = Date(
        format=format,
        time_zone=time_zone,
        language=language,
        tag=tag,
        editable=editable,
        **attributes,
    )
    return SafeString(printer.edited(field) if editing else printer.html(field))


def _formatted(text: str, format_name: str, zone: datetime.tzinfo, language: str | None) -> str:
    # What is longer is no date, and not worth remembering.
    is_short = len(text) <= MAX_LENGTH
    return _formatted_date(text, format_name, zone, language) if is_short else text


# Optimization: formatting a date takes longer than all else that a component does.
@lru_cache(maxsize=2048)
def _formatted_date(
    text: str, format_name: str, zone: datetime.tzinfo, language: str | None
) -> str:
    moment = parsed_datetime(text) or _parsed_date(text)
    if moment is None:
        return text
    if isinstance(moment, datetime.datetime) and moment.tzinfo is not None:
        moment = _in_zone(moment, zone)
    with translation.override(language):
        return date_format(moment, format_name)


def _parsed_date(text: str) -> datetime.date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None


def _in_zone(moment: datetime.datetime, zone: datetime.tzinfo) -> datetime.datetime:
    """The moment in a zone; at the ends of the calendar, where there is none, as it came."""
    try:
        return moment.astimezone(zone)
    except OverflowError:
        return moment


def _forget(**_: object) -> None:
    _formatted_date.cache_clear()


setting_changed.connect(_forget)
