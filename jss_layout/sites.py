"""Which site a host belongs to.

Sites are kept in the admin (``jss_layout.models.Site``). Where no row names the host, the
environment's site answers.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from jss_layout.conf import conf
from jss_layout.hosts import bare_host, listed
from jss_layout.models import Site
from jss_layout.reloaded import Reloaded


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
    comes before one with, a longer one before a shorter one.
    """
    return site_rows.get().find(bare_host(host)) or environment_site()


def environment_site() -> SiteDefinition:
    """The site that the settings describe."""
    return SiteDefinition(
        name=conf.SITECORE_SITE_NAME,
        sitecore_host=conf.SITECORE_API_HOST,
        api_key=conf.SITECORE_API_KEY,
        configuration=conf.LAYOUT_SERVICE_CONFIGURATION,
        languages=conf.JSS_LANGUAGES,
        default_language=conf.DEFAULT_LANGUAGE,
        enable_tracking=conf.SITECORE_ENABLE_TRACKING,
    )


class SitesByHost:
    """Sites, found by their host names; of two that name the same host, the first has it."""

    def __init__(self, sites: Iterable[SiteDefinition]) -> None:
        self._concrete: dict[str, SiteDefinition] = {}
        wildcards: dict[str, SiteDefinition] = {}
        for site in sites:
            for name in site.host_names:
                (wildcards if "*" in name else self._concrete).setdefault(name, site)
        self._wildcards = [
            (_pattern(name), wildcards[name])
            for name in sorted(wildcards, key=lambda name: (-len(name), name.count("*")))
        ]

    def find(self, host: str) -> SiteDefinition | None:
        """The site of the host, which comes without port and in lower case."""
        return self._concrete.get(host) or next(self._matches(host), None)

    def _matches(self, host: str) -> Iterator[SiteDefinition]:
        return (site for pattern, site in self._wildcards if pattern.fullmatch(host))


def _pattern(name: str) -> re.Pattern[str]:
    # Neighbouring stars mean the same as one, and would only make a mismatch slow to see.
    return re.compile(".*".join(map(re.escape, re.split(r"\*+", name))))


def _load() -> SitesByHost:
    return SitesByHost(map(_definition, Site.objects.order_by("pk")))


def _definition(row: Site) -> SiteDefinition:
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


def _api_key(row: Site, host: str) -> str:
    """The row's key; the environment's only where it goes to the environment's Sitecore."""
    if row.api_key:
        return str(row.api_key)
    return conf.SITECORE_API_KEY if host in ("", conf.SITECORE_API_HOST) else ""


site_rows = Reloaded(_load, SitesByHost(()))
