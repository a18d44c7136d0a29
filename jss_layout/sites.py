"""Which site a host belongs to.

Sites are kept in the admin (``jss_layout.models.Site``). Where no row names the host, the
environment's site answers.
"""

from dataclasses import dataclass, field


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
