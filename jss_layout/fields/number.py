"""Numbers, in the visitor's notation."""

from contextlib import nullcontext
from copy import copy
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation, localcontext
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.numbers import NumberPattern, parse_pattern
from django.utils import translation
from django.utils.formats import number_format
from django.utils.safestring import SafeString

from jss_layout.attributes import escaped
from jss_layout.fields.field import (
    NO_HTML,
    editable_markup,
    scalar_text,
    value,
    with_metadata,
    wrapped,
)

# Beyond, every notation but the scientific one would fill the page.
MAX_DIGITS = 200


def number(
    field: object,
    *,
    decimals: int | None = None,
    grouping: bool = False,
    currency: str = "",
    format: str = "",  # noqa: A002 — as the date's
    language: str = "",
    tag: str = "",
    editable: bool = True,
    editing: bool = False,
    **attributes: object,
) -> SafeString:
    """A number with the separators of ``language``, by default of the active one.

    ``decimals`` fixes the places after the point, and rounds half up; ``grouping`` separates
    thousands. ``currency="EUR"`` writes an amount as the language has it, ``format="percent"``
    0.25 as 25 %, and another ``format`` by a pattern of Unicode's CLDR (``"#,##0.00 ¤¤"``).
    """
    if editing and editable and (markup := editable_markup(field)):
        return wrapped(tag or "span", attributes, markup)
    given = _number(value(field))
    shown = NO_HTML
    if given is not None:
        # Rounding fails where a number has more digits than the arithmetic keeps, 28 by default.
        with localcontext(prec=2 * MAX_DIGITS, rounding=ROUND_HALF_UP):
            if abs(given.adjusted()) > MAX_DIGITS:
                written = f"{given:e}"
            elif currency or format:
                written = _patterned(given, decimals, currency, format, language)
            else:
                written = _plain(given, decimals, grouping, language)
        shown = wrapped(tag, attributes, escaped(written))
    return with_metadata(field, shown) if editing and editable else shown


def _plain(given: Decimal, decimals: int | None, grouping: bool, language: str) -> str:
    # Django cuts the places off that it does not show.
    if decimals is not None:
        given = round(given, decimals)
    with translation.override(language) if language else nullcontext():
        return number_format(given, decimals, use_l10n=True, force_grouping=grouping)


def _patterned(
    given: Decimal, decimals: int | None, currency: str, format_name: str, language: str
) -> str:
    locale = _locale(language or translation.get_language() or "")
    pattern = _pattern(locale, format_name)
    if decimals is not None:
        pattern = copy(pattern)
        pattern.frac_prec = (decimals, decimals)
    # Without either, a currency has the places that it has: none for the yen.
    own_digits = decimals is None and not format_name
    written: str = pattern.apply(
        given, locale, currency=currency or None, currency_digits=own_digits
    )
    return written


def _pattern(locale: Locale, format_name: str) -> NumberPattern:
    if format_name == "percent":
        percent: NumberPattern = locale.percent_formats[None]
        return percent
    return parse_pattern(format_name or locale.currency_formats["standard"])


@lru_cache(maxsize=64)
def _locale(language: str) -> Locale:
    """The language's notation; that of the language without its region, or of English."""
    for name in (language, language.partition("-")[0]):
        try:
            return Locale.parse(name, sep="-")
        except (ValueError, UnknownLocaleError):
            continue
    return Locale("en")


def _number(given: object) -> Decimal | None:
    written = scalar_text(given)
    # Python's own notation, of no one else's.
    if "_" in written:
        return None
    try:
        parsed = Decimal(written)
    except (InvalidOperation, ValueError):
        return None
    return parsed if parsed.is_finite() else None
