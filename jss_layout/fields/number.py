"""Numbers, in the visitor's notation."""

import math
from decimal import Decimal, InvalidOperation
from html import escape

from django.utils.formats import number_format
from django.utils.safestring import SafeString

from jss_layout.fields.field import NO_HTML, editable_markup, value, with_metadata, wrapped


def number(
    field: object,
    *,
    decimals: int | None = None,
    grouping: bool = False,
    tag: str = "",
    editable: bool = True,
    editing: bool = False,
    **attributes: object,
) -> SafeString:
    """A number with the decimal and thousands separators of the active language.

    ``decimals`` fixes the places after the point; ``grouping`` separates thousands.
    """
    if editing and editable and (markup := editable_markup(field)):
        return wrapped(tag or "span", attributes, markup)
    given = _number(value(field))
    shown = NO_HTML
    if given is not None:
        written = number_format(given, decimals, use_l10n=True, force_grouping=grouping)
        shown = wrapped(tag, attributes, escape(written))
    return with_metadata(field, shown) if editing and editable else shown


def _number(given: object) -> Decimal | int | float | None:
    if isinstance(given, bool):
        return None
    if isinstance(given, int | float):
        return given if math.isfinite(given) else None
    try:
        parsed = Decimal(given) if isinstance(given, str) else None
    except InvalidOperation:
        return None
    return parsed if parsed is not None and parsed.is_finite() else None
