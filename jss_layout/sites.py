"""Which site a host belongs to.

Sites are kept in the admin (``jss_layout.models.Site``). Where no row names the host, the
environment's site answers; and nobody does while the rows were never read, unless the settings
say that the host is the environment's.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import Any

from django.core.signals import setting_changed
from django.db import Error, connection
from django.http import HttpRequest

from jss_layout.conf import conf
from jss_layout.exceptions import SiteUnknown
from jss_layout.hosts import bare_host, listed
from jss_layout.models import Site
from jss_layout.reloaded import Reloaded, retry_after

SITE = "_site_of_its_host"
# Of a row, as ``_definition`` reads it.
COLUMNS = (
    "name",
    "sitecore_host",
    "api_key",
    "configuration",
    "default_language",
    "languages",
    "enable_tracking",
    "host_names",
)


@dataclass(frozen=True, slots=True)
class SiteDefinition:
    """A site, wherever it is kept. The first of ``languages`` is no more than the others."""

    name: str
    sitecore_host: str = ""
    api_key: str = field(default="", repr=False)
    configuration: str = "jss"
    languages: tuple[str, ...] = ("en",)
    default_language: str = "en"
    enable_tracking: bool = True
    host_names: tuple[str, ...] = ()


def site_for_host(host: str) -> SiteDefinition:
    """The site whose row in the admin names the host, else the environment's.

    ``host`` as in the ``Host`` header; case and port do not count. A name without ``*``
    comes before one with, a longer one before a shorter one. Those that the settings name are
    the environment's, whatever the rows say. Raises ``SiteUnknown`` if the database has never
    told of its rows: the host must not get another's site.
    """
    name = bare_host(host)
    if own := _environment_hosts().find(name):
        return own
    rows = site_rows.get()
    if rows is None:
        raise SiteUnknown(retry_after())
    return rows.find(name) or environment_site()


def site_of(request: HttpRequest) -> SiteDefinition:
    """The site of the host that a request names, the same one all the time that it is answered.

    Raises ``DisallowedHost`` as Django does, and what ``site_for_host`` raises.
    """
    site: SiteDefinition | None = getattr(request, SITE, None)
    if site is None:
        site = site_for_host(request.get_host())
        setattr(request, SITE, site)
    return site


@cache
def environment_site() -> SiteDefinition:
    """The site that the settings describe. Optimization: made once, and asked for often."""
    return SiteDefinition(
        name=conf.SITECORE_SITE_NAME,
        sitecore_host=conf.SITECORE_API_HOST,
        api_key=conf.SITECORE_API_KEY,
        configuration=conf.LAYOUT_SERVICE_CONFIGURATION,
        languages=conf.JSS_LANGUAGES,
        default_language=conf.DEFAULT_LANGUAGE,
        enable_tracking=conf.SITECORE_ENABLE_TRACKING,
        host_names=tuple(map(bare_host, conf.SITECORE_SITE_HOST_NAMES)),
    )


class SitesByHost:
    """Sites, found by their host names; of two that name the same host, the first has it."""

    def __init__(self, sites: Iterable[SiteDefinition]) -> None:
        self.find = lru_cache(maxsize=1024)(self._find)  # Optimization: hosts repeat.
        self._by_name: dict[str, SiteDefinition] = {}
        for site in sites:
            for name in site.host_names:
                self._by_name.setdefault(name, site)
        names = [name for name in self._by_name if "*" in name]
        names.sort(key=lambda name: (-len(name), name.count("*")))
        self._rank = {name: rank for rank, name in enumerate(names)}
        # Optimization: *.example.com, as nearly all are, is looked up by the host's end.
        ends = {name for name in names if name.rfind("*") == 0}
        self._lengths = sorted({len(name) - 1 for name in ends}, reverse=True)
        self._patterns = [(name, _pattern(name)) for name in names if name not in ends]

    def _find(self, host: str) -> SiteDefinition | None:
        """The site of the host, which comes without port and in lower case."""
        name = host if host in self._by_name else self._wildcard(host)
        return None if name is None else self._by_name[name]

    def _wildcard(self, host: str) -> str | None:
        """The first name with ``*`` that stands for the host."""
        lengths = (length for length in self._lengths if length <= len(host))
        ends = (f"*{host[len(host) - length :]}" for length in lengths)
        end = next((name for name in ends if name in self._by_name), None)
        other = next((name for name, pattern in self._patterns if pattern.fullmatch(host)), None)
        return min(filter(None, (end, other)), key=self._rank.__getitem__, default=None)


def _pattern(name: str) -> re.Pattern[str]:
    # Neighbouring stars mean the same as one, and would only make a mismatch slow to see.
    return re.compile(".*".join(map(re.escape, re.split(r"\*+", name))))


@cache
def _environment_hosts() -> SitesByHost:
    return SitesByHost([environment_site()])


def _load() -> SitesByHost:
    try:
        return _by_host(tuple(Site.objects.order_by("pk").values_list(*COLUMNS, named=True)))
    except Error:
        if _has_table():
            raise
        return SitesByHost(())


# Optimization: rows are read often and seldom change, and what is made of them costs most.
@lru_cache(maxsize=1)
def _by_host(rows: tuple[Any, ...]) -> SitesByHost:
    return SitesByHost(map(_definition, rows))


def _has_table() -> bool:
    """Whether ``migrate`` has made the table. Raises ``Error`` if the database does not answer."""
    return Site._meta.db_table in connection.introspection.table_names()


def _definition(row: Any) -> SiteDefinition:
    host = row.sitecore_host.rstrip("/")
    return SiteDefinition(
        name=row.name,
        sitecore_host=host or conf.SITECORE_API_HOST,
        api_key=_api_key(row, host),
        configuration=row.configuration,
        languages=tuple(dict.fromkeys((row.default_language, *listed(row.languages)))),
        default_language=row.default_language,
        enable_tracking=row.enable_tracking,
        host_names=tuple(map(bare_host, listed(row.host_names))),
    )


def _api_key(row: Any, host: str) -> str:
    """The row's key; the environment's only where it goes to the environment's Sitecore."""
    if row.api_key:
        return str(row.api_key)
    return conf.SITECORE_API_KEY if host in ("", conf.SITECORE_API_HOST) else ""


# None until the database has once told of its rows.
site_rows: Reloaded[SitesByHost | None] = Reloaded(_load, None)


def _forget_environment(**_: object) -> None:
    environment_site.cache_clear()
    _by_host.cache_clear()
    _environment_hosts.cache_clear()


setting_changed.connect(_forget_environment)
