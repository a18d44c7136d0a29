"""Visitor identification: how a browser shows that a person uses it.

The protocol is Sitecore's. While a visitor is not identified, the layout's context has
``visitorIdentificationTimestamp``, .NET ticks in UTC, and the page a script that asks for
``VisitorIdentificationCSS.aspx`` once somebody moves, types or touches. If that arrives in
the session of a page view, the visitor is a person: the flag of ``SC_ANALYTICS_GLOBAL_COOKIE``
turns from False to True.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from jss_layout.headers import split_cookies
from jss_tracking.cookies import DEVICE_COOKIE

TIMESTAMP = "visitorIdentificationTimestamp"
FOLDER = "layouts/system/"
SCRIPT = "VisitorIdentification.js"
FILES = (SCRIPT, "VisitorIdentificationCSS.aspx", "VIChecker.aspx")

_FIRST_TICK = datetime(1, 1, 1, tzinfo=UTC)


def ticks(moment: datetime) -> int:
    """Tenths of a microsecond since the year 1, as .NET counts."""
    return (moment - _FIRST_TICK) // timedelta(microseconds=1) * 10


def human_flag(cookie_header: str, set_cookies: Iterable[str]) -> bool | None:
    """Whether the visitor is known to be a person; None without any analytics cookie.

    One that goes down with the answer (``set_cookies``, raw values) counts before the one
    that came with the request. An empty one is never relayed and counts for nothing.
    """
    came = [value for name, value in split_cookies(cookie_header) if name == DEVICE_COOKIE]
    pairs = (line.partition(";")[0].partition("=") for line in set_cookies)
    given = [value.strip() for name, _, value in pairs if name.strip() == DEVICE_COOKIE]
    values = [value for value in (*came[:1], *given) if value]
    return values[-1].rpartition("|")[2].casefold() == "true" if values else None
