"""Addresses of media: Sitecore's parameters, and the handler that may be asked for them.

The rule is JSS's (``mediaApi.updateImageUrl``): with parameters, ``/-/media/`` becomes
``/-/jssmedia/``, the parameters replace the query but for ``rev, db, la, vs, ts``, and the
fragment goes. Without parameters the address stays as it is.
"""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from urllib.parse import parse_qsl, urlencode

from django.core.signals import setting_changed

from jss_layout.conf import conf

_WIDTH = re.compile(r"[1-9][0-9]*")
KEPT_PARAMETERS = ("rev", "db", "la", "vs", "ts")

MediaParams = Mapping[str, object]


def media_url(src: str, params: MediaParams) -> str:
    """The address of the media with these parameters (``mw``, ``mh``, ``w``, ``h`` …)."""
    given = {name: value for name, value in params.items() if value not in (None, "")}
    if not given:
        return src
    base, _, query = src.partition("#")[0].partition("?")
    kept = {name: value for name, value in parse_qsl(query) if name in KEPT_PARAMETERS}
    path = _prefix().sub(_jss_handler, base, count=1)
    return f"{path}?{urlencode({**given, **kept})}"


def source_set(src: str, entries: str | Iterable[MediaParams], params: MediaParams) -> str:
    """A ``srcset``: an address with a width for each entry; entries without a width are left out.

    Entries are mappings, or one text such as ``"mw=100, mw=300&mh=200"`` or ``"100, 300"``;
    what is neither is left out too. A width is a whole number of pixels above 0.
    """
    sources = []
    for entry in _entries(entries):
        merged = {**params, **entry}
        width = str(merged.get("w") or merged.get("mw"))
        if _WIDTH.fullmatch(width):
            sources.append(f"{media_url(src, merged).replace(' ', '%20')} {width}w")
    return ", ".join(sources)


def _entries(entries: str | Iterable[MediaParams]) -> Iterable[MediaParams]:
    if isinstance(entries, str):
        parts = filter(None, (part.strip() for part in entries.split(",")))
        return [{"mw": part} if part.isdecimal() else dict(parse_qsl(part)) for part in parts]
    if not isinstance(entries, Iterable):
        return ()
    return (entry for entry in entries if isinstance(entry, Mapping))


def _jss_handler(match: re.Match[str]) -> str:
    return f"/{match.group(1)}/jssmedia/"


# Optimization: a setting that is not set takes longest to look up.
@cache
def _prefix() -> re.Pattern[str]:
    return re.compile(conf.JSS_MEDIA_URL_PREFIX, re.IGNORECASE)


def _forget(**_: object) -> None:
    _prefix.cache_clear()


setting_changed.connect(_forget)
