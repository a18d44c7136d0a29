"""Every setting of ``jss_layout``: name, type, default. Read when used, never stored."""

from pathlib import Path
from typing import Any

from django.conf import settings


def _setting(name: str, default: Any) -> Any:
    return getattr(settings, name, default)


class Conf:
    """Django's settings with this app's defaults; a property a setting."""

    @property
    def JSS_MODE(self) -> str:
        """``disconnected`` (local files) or ``connected`` (a Sitecore)."""
        return str(_setting("JSS_MODE", "disconnected"))

    @property
    def FETCH_WITH(self) -> str:
        """How a connected site asks Sitecore: ``REST``."""
        return str(_setting("FETCH_WITH", "REST"))

    @property
    def LAYOUT_SOURCE(self) -> str:
        """Dotted path of a ``LayoutSource``; follows ``JSS_MODE`` unless set."""
        return _setting("LAYOUT_SOURCE", "") or SOURCES[self.JSS_MODE, self.FETCH_WITH]

    @property
    def SITECORE_API_HOST(self) -> str:
        """Scheme and host of the environment's Sitecore, such as ``https://cd.example.com``."""
        return str(_setting("SITECORE_API_HOST", "")).rstrip("/")

    @property
    def SITECORE_API_KEY(self) -> str:
        """API key (GUID) of the environment's site."""
        return str(_setting("SITECORE_API_KEY", ""))

    @property
    def SITECORE_SITE_NAME(self) -> str:
        """Name of the environment's site in Sitecore."""
        return str(_setting("SITECORE_SITE_NAME", "website"))

    @property
    def SITECORE_ENABLE_TRACKING(self) -> bool:
        """``False`` turns tracking off altogether for the environment's site."""
        return bool(_setting("SITECORE_ENABLE_TRACKING", True))

    @property
    def SITECORE_CA_BUNDLE(self) -> str:
        """Path of a file with the certificate authorities to trust; ``""``: the usual ones."""
        return str(_setting("SITECORE_CA_BUNDLE", ""))

    @property
    def SITECORE_PROXY(self) -> str:
        """URL of an HTTP proxy for calls to Sitecore; ``""``: none."""
        return str(_setting("SITECORE_PROXY", ""))

    @property
    def LAYOUT_SERVICE_CONFIGURATION(self) -> str:
        """Name of the Layout Service configuration of the environment's site."""
        return str(_setting("LAYOUT_SERVICE_CONFIGURATION", "jss"))

    @property
    def LAYOUT_SERVICE_TRACKING(self) -> bool:
        """Whether a Layout Service call counts as a page view (``tracking=``)."""
        return bool(_setting("LAYOUT_SERVICE_TRACKING", True))

    @property
    def LAYOUT_SERVICE_TIMEOUT(self) -> float:
        """Seconds for one call: connecting, headers and body together."""
        return float(_setting("LAYOUT_SERVICE_TIMEOUT", 10))

    @property
    def LAYOUT_SERVICE_MAX_BYTES(self) -> int:
        """Largest answer that is read, counted after decompression."""
        return int(_setting("LAYOUT_SERVICE_MAX_BYTES", 10 * 1024 * 1024))

    @property
    def LAYOUT_SERVICE_QUERY_PARAMETERS(self) -> tuple[str, ...]:
        """Parameters of the visitor's query that pass up to Sitecore."""
        return tuple(_setting("LAYOUT_SERVICE_QUERY_PARAMETERS", ("sc_camp", "sc_trk")))

    @property
    def DEFAULT_LANGUAGE(self) -> str:
        """Language of addresses without a language prefix."""
        return str(_setting("DEFAULT_LANGUAGE", "en"))

    @property
    def JSS_LANGUAGES(self) -> tuple[str, ...]:
        """Languages of the environment's site; the default one is always among them."""
        languages = tuple(_setting("JSS_LANGUAGES", ()))
        default = self.DEFAULT_LANGUAGE
        return languages if default in languages else (default, *languages)

    @property
    def JSS_LANGUAGE_FALLBACK(self) -> bool:
        """Whether a route that lacks a language is shown in the default one (disconnected)."""
        return bool(_setting("JSS_LANGUAGE_FALLBACK", True))

    @property
    def JSS_DATA_DIR(self) -> Path:
        """Folder of the disconnected site's files."""
        return Path(_setting("JSS_DATA_DIR", "data"))

    @property
    def JSS_NON_ITEM_PATHS(self) -> tuple[str, ...]:
        """Regular expressions of paths that are no items; they never reach Sitecore."""
        return tuple(_setting("JSS_NON_ITEM_PATHS", NON_ITEM_PATHS))

    @property
    def TRUSTED_PROXY_COUNT(self) -> int:
        """How many proxies of one's own stand before this host."""
        return int(_setting("TRUSTED_PROXY_COUNT", 0))


SOURCES = {
    ("disconnected", "REST"): "jss_layout.sources.disconnected.DisconnectedSource",
    ("disconnected", "GraphQL"): "jss_layout.sources.disconnected.DisconnectedSource",
    ("connected", "REST"): "jss_layout.sources.rest.RestSource",
}

NON_ITEM_PATHS = (
    r"^/favicon\.ico$",
    r"^/apple-touch-icon[^/]*\.png$",
    r"^/\.well-known/",
    r"\.(php\d?|aspx?|cgi|jsp|env|git|bak|sql)(/|$)",
    r"^/(wp-admin|wp-content|wp-includes|cgi-bin|phpmyadmin)(/|$)",
    r"/\.(git|svn|env|aws|ssh|hg)",
)

conf = Conf()
