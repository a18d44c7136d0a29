"""Reading cookies by hand: Python's ``SimpleCookie`` drops all that follow an odd one."""

from collections.abc import Iterator

_ANALYTICS = frozenset({"ASP.NET_SESSIONID", "SC_TRACKING_CONSENT"})
_ANALYTICS_PREFIX = "SC_ANALYTICS_"

# Not Python's idea of white space: that has \xa0 in it, the second half of "à" in UTF-8.
BLANKS = " \t"


def split_cookies(raw: str) -> list[tuple[str, str]]:
    """Name and value of each cookie of a ``Cookie`` header, in order, values as they stand.

    A cookie without ``=`` has the name ``""``, as in browsers.
    """
    return [name_and_value(part) for part in cookie_parts(raw)]


def cookie_parts(raw: str) -> Iterator[str]:
    """The text of each cookie of a ``Cookie`` header."""
    for part in raw.split(";"):
        if text := part.strip(BLANKS):
            yield text


def name_and_value(text: str) -> tuple[str, str]:
    """The two sides of ``name=value``; the name is ``""`` where there is no ``=``."""
    name, equals, value = text.partition("=")
    if not equals:
        return "", text.strip(BLANKS)
    return name.strip(BLANKS), value.strip(BLANKS)


def is_analytics(name: str) -> bool:
    """Whether a cookie of Sitecore's tells one visit from another."""
    upper = name.upper()
    return upper in _ANALYTICS or upper.startswith(_ANALYTICS_PREFIX)
