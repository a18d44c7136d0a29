"""A site's phrases in a language, kept in Django's cache."""

import hashlib
import logging
import time
from collections.abc import Mapping

from django.conf import settings
from django.core.cache import cache
from django.core.signals import setting_changed

from jss_layout.conf import conf
from jss_layout.exceptions import LayoutServiceError
from jss_layout.request import LayoutRequest
from jss_layout.sites import SiteDefinition
from jss_layout.sources import layout_source

logger = logging.getLogger(__name__)

FRESH_SECONDS = 60
RETRY_SECONDS = 10
KEPT_SECONDS = 7 * 24 * 60 * 60

Entry = tuple[float, dict[str, str]]


def phrases(site: SiteDefinition, language: str) -> Mapping[str, str]:
    """The dictionary, asked for at most once a minute; key → text.

    While the service fails, the last known one stays in use, or none if there never was
    one; the failure is logged and asked again after ten seconds. A phrase that is missing
    is the template tag's to replace by its key.
    """
    held = _held.get((site, language))
    if held and held[0] > time.time() and not _files_may_change():
        return held[1]
    _held[site, language] = found = _shared(site, language)
    return found[1]


# Optimization: what is fresh in the cache of all processes is read once by each.
_held: dict[tuple[SiteDefinition, str], Entry] = {}


def forget(**_: object) -> None:
    """Read what the cache holds anew."""
    _held.clear()


setting_changed.connect(forget)


def _shared(site: SiteDefinition, language: str) -> Entry:
    """What all processes know, fetched by one of them if it is not fresh."""
    key = _cache_key(site, language)
    known: Entry | None = None if _files_may_change() else cache.get(key)
    if known and (known[0] > time.time() or not cache.add(f"{key}:asking", 1, RETRY_SECONDS)):
        return known
    found = _fetch(site, language, known[1] if known else {})
    cache.set(key, found, KEPT_SECONDS)
    return found


def _fetch(site: SiteDefinition, language: str, last_known: dict[str, str]) -> Entry:
    """What to use, and until when."""
    request = LayoutRequest(item="/", site=site, language=language, tracking=False)
    try:
        texts = layout_source().fetch_dictionary(request)
    except LayoutServiceError as error:
        logger.warning("No dictionary for %s in %s: %s", site.name, language, error)
        return time.time() + RETRY_SECONDS, last_known
    return time.time() + FRESH_SECONDS, texts


def _files_may_change() -> bool:
    """Whether somebody is at work on the site's files and wants to see each change."""
    return settings.DEBUG and conf.JSS_MODE == "disconnected"


def _cache_key(site: SiteDefinition, language: str) -> str:
    """Of a cache's alphabet, and different wherever site, language or Sitecore differ."""
    parts = repr((conf.LAYOUT_SOURCE, site.sitecore_host, site.name, language))
    return "jss.dictionary." + hashlib.sha256(parts.encode(errors="replace")).hexdigest()
