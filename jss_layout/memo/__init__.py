"""The HTML of components that were rendered before, remembered by what went into them.

What went in: the JSON of the entry, the scope (site, language, time zone, addresses of this
host), and the values of the route, of Sitecore's context and from elsewhere that were read
for it. An entry is remembered if all of its components are pure and none of them failed.
"""

from collections.abc import Hashable
from functools import lru_cache

from django.core.signals import setting_changed
from django.urls import get_script_prefix, get_urlconf
from django.utils import autoreload, timezone, translation

from jss_layout.memo.recording import Recorder, Recording, called
from jss_layout.memo.stand_ins import Seen
from jss_layout.memo.store import Key, Memo, Piece, Remembered, digest, memo
from jss_layout.metrics import MEMO_BYTES

# Two for each language of each site, so of thousands of sites; some 20 MB if ever full. What is
# forgotten is another object next time, for which nothing is remembered.
MAX_SCOPES = 2**16

__all__ = [
    "Key",
    "Memo",
    "Piece",
    "Recorder",
    "Recording",
    "Remembered",
    "Seen",
    "called",
    "digest",
    "forget",
    "memo",
    "page_scope",
    "scope",
]


def page_scope(site: Hashable, language: str) -> object:
    """An object that stands for all that components of a page share and may depend on."""
    return _interned(site, language, get_script_prefix(), get_urlconf())


def scope(page: object) -> object:
    """One that stands for the page's and what a template may set around a placeholder."""
    zone = timezone.get_current_timezone()
    # Of two that are equal, each may go by a name of its own.
    return _interned(page, translation.get_language(), zone, str(zone))


# Optimization: one object has one short hash.
@lru_cache(maxsize=MAX_SCOPES)
def _interned(*_shared: Hashable) -> object:
    return object()


def forget(**_: object) -> None:
    """Remember nothing of what was: templates, components or settings have changed."""
    memo.cache_clear()
    MEMO_BYTES.set(0)
    # Whoever renders at this moment keeps it under a scope that nobody asks for.
    _interned.cache_clear()


setting_changed.connect(forget)
autoreload.file_changed.connect(forget)
