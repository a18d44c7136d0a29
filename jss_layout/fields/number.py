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
from jss_layout.fields.field import Printer, scalar_text, value

# Beyond, every notation but the scientific one would fill the page.
MAX_DIGITS = 200


class Number(Printer):
    """Prints numbers, with the options of ``number``."""

    def __init__(
        self,
        /,
        *,
        decimals: int | None = None,
        grouping: bool = False,
        currency: str = "",
        format: str = "",  # noqa: A002 — as the date's
        language: str = "",
        tag: str = "",
        editable: bool = True,
        **attributes: object,
    ) -> None:
        super().__init__(tag, attributes, editable=editable)
        self.decimals = decimals
        self.grouping = grouping
        self.currency = currency
        self.format = format
        self.language = language

    def html(self, field: object) -> str:
        """The number; nothing for what is none."""
        given = _number(value(field))
        if given is None:
            return ""
        # Rounding fails where a number has more digits than the arithmetic keeps, 28 by default.
        with localcontext(prec=2 * MAX_DIGITS, rounding=ROUND_HALF_UP):
            return f"{self.start}{escaped(self._written(given))}{self.end}"

    def _written(self, given: Decimal) -> str:
        if abs(given.adjusted()) > MAX_DIGITS:
            return f"{given:e}"
        if self.currency or self.format:
            return _patterned(given, self.decimals, self.currency, self.format, self.language)
        return _plain(given, self.decimals, self.grouping, self.language)


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
    printer = Number(
        decimals=decimals,
        grouping=grouping,
        currency=currency,
        format=format,
        language=language,
        tag=tag,
        editable=editable,
        **attributes,
    )
    return SafeString(printer.edited(field) if editing else printer.html(field))


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
