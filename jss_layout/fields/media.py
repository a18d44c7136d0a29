"""Addresses of media: Sitecore's parameters, and the handler that may be asked for them.

The rule is JSS's (``mediaApi.updateImageUrl``): with parameters, ``/-/media/`` becomes
``/-/jssmedia/``, the parameters replace the query but for ``rev, db, la, vs, ts``, and the
fragment goes. Without parameters the address stays as it is.
"""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from urllib.parse import parse_qsl, urlencode

from jss_layout.conf import conf

KEPT_PARAMETERS = ("rev", "db", "la", "vs", "ts")

MediaParams = Mapping[str, object]


def media_url(src: str, params: MediaParams) -> str:
    """The address of the media with these parameters (``mw``, ``mh``, ``w``, ``h`` …)."""
    given = {name: value for name, value in params.items() if value not in (None, "")}
    if not given:
        return src
    base, _, query = src.partition("#")[0].partition("?")
    kept = {name: value for name, value in parse_qsl(query) if name in KEPT_PARAMETERS}
    path = _prefix(conf.JSS_MEDIA_URL_PREFIX).sub(_jss_handler, base, count=1)
    return f"{path}?{urlencode({**given, **kept})}"


def source_set(src: str, entries: str | Iterable[MediaParams], params: MediaParams) -> str:
    """A ``srcset``: an address with a width for each entry; entries without a width are left out.

    Entries are mappings, or one text such as ``"mw=100, mw=300&mh=200"`` or ``"100, 300"``.
    """
    sources = []
    for entry in _entries(entries):
        merged = {**params, **entry}
        width = merged.get("w") or merged.get("mw")
        if width:
            sources.append(f"{media_url(src, merged).replace(' ', '%20')} {width}w")
    return ", ".join(sources)


def _entries(entries: str | Iterable[MediaParams]) -> Iterable[MediaParams]:
    if not isinstance(entries, str):
        return entries
    parts = filter(None, (part.strip() for part in entries.split(",")))
    return [{"mw": part} if part.isdecimal() else dict(parse_qsl(part)) for part in parts]


def _jss_handler(match: re.Match[str]) -> str:
    return f"/{match.group(1)}/jssmedia/"


@lru_cache(maxsize=8)
def _prefix(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)
