"""Every setting of ``jss_layout``: name, type, default. Read when used, never stored."""

import os
from collections.abc import Mapping
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.signals import setting_changed


# Optimization: one that is not set takes longest to look up, and a page asks for many.
@cache
def setting(name: str, default: Any) -> Any:
    """A setting of Django's, or the default; looked up again once a setting has changed."""
    return getattr(settings, name, default)


class Settings:
    """Settings, each a property whose value is kept until one of Django's has changed."""

    def __init__(self) -> None:
        setting_changed.connect(self._forget)

    def _forget(self, **_: object) -> None:
        setting.cache_clear()
        vars(self).clear()


class Conf(Settings):
    """Django's settings with this app's defaults; a property a setting."""

    @cached_property
    def JSS_MODE(self) -> str:
        """``disconnected`` (local files) or ``connected`` (a Sitecore)."""
        return str(setting("JSS_MODE", "disconnected"))

    @cached_property
    def FETCH_WITH(self) -> str:
        """How a connected site asks Sitecore: ``REST``."""
        return str(setting("FETCH_WITH", "REST"))

    @cached_property
    def LAYOUT_SOURCE(self) -> str:
        """Dotted path of a ``LayoutSource``; follows ``JSS_MODE`` unless set."""
        return setting("LAYOUT_SOURCE", "") or SOURCES[self.JSS_MODE, self.FETCH_WITH]

    @cached_property
    def SITECORE_API_HOST(self) -> str:
        """Scheme and host of the environment's Sitecore, such as ``https://cd.example.com``."""
        return str(setting("SITECORE_API_HOST", "")).rstrip("/")

    @cached_property
    def SITECORE_API_KEY(self) -> str:
        """API key (GUID) of the environment's site."""
        return str(setting("SITECORE_API_KEY", ""))

    @cached_property
    def SITECORE_SITE_NAME(self) -> str:
        """Name of the environment's site in Sitecore."""
        return str(setting("SITECORE_SITE_NAME", "website"))

    @cached_property
    def SITECORE_SITE_HOST_NAMES(self) -> tuple[str, ...]:
        """Hosts that are the environment's site's; it answers for them without a database."""
        return tuple(setting("SITECORE_SITE_HOST_NAMES", ()))

    @cached_property
    def SITECORE_ENABLE_TRACKING(self) -> bool:
        """``False`` turns tracking off altogether for the environment's site."""
        return bool(setting("SITECORE_ENABLE_TRACKING", True))

    @cached_property
    def SITECORE_CA_BUNDLE(self) -> str:
        """Certificate authorities, file or folder; else ``REQUESTS_CA_BUNDLE``, else usual ones."""
        bundle = setting("SITECORE_CA_BUNDLE", "") or os.environ.get("REQUESTS_CA_BUNDLE", "")
        return str(bundle)

    @cached_property
    def SITECORE_PROXY(self) -> str:
        """URL of an HTTP proxy for calls to Sitecore; ``""``: none."""
        return str(setting("SITECORE_PROXY", ""))

    @cached_property
    def LAYOUT_TRANSPORT(self) -> str:
        """What sends a call to Sitecore: ``requests``, or ``curl`` (extra ``fast``)."""
        return str(setting("LAYOUT_TRANSPORT", "requests"))

    @cached_property
    def LAYOUT_SERVICE_CONFIGURATION(self) -> str:
        """Name of the Layout Service configuration of the environment's site."""
        return str(setting("LAYOUT_SERVICE_CONFIGURATION", "jss"))

    @cached_property
    def LAYOUT_SERVICE_TRACKING(self) -> bool:
        """Whether a Layout Service call counts as a page view (``tracking=``)."""
        return bool(setting("LAYOUT_SERVICE_TRACKING", True))

    @cached_property
    def LAYOUT_SERVICE_TIMEOUT(self) -> float:
        """Seconds for one call: connecting, headers and body together."""
        return float(setting("LAYOUT_SERVICE_TIMEOUT", 10))

    @cached_property
    def LAYOUT_SERVICE_CONNECT_TIMEOUT(self) -> float:
        """Seconds of them for connecting, TLS included; a host that is gone is known so soon."""
        return float(setting("LAYOUT_SERVICE_CONNECT_TIMEOUT", 3))

    @cached_property
    def LAYOUT_SERVICE_READ_TIMEOUT(self) -> float:
        """Seconds of them for which Sitecore may say nothing; all of them unless set."""
        own = setting("LAYOUT_SERVICE_READ_TIMEOUT", None)
        return self.LAYOUT_SERVICE_TIMEOUT if own is None else float(own)

    @cached_property
    def WORKER_THREADS(self) -> int:
        """Threads in which one process of the server answers requests; 0: not known."""
        return int(setting("WORKER_THREADS", 0))

    @cached_property
    def SITECORE_MAX_CALLS(self) -> int:
        """Calls that one process has with one Sitecore host at a time; half of its threads."""
        own = setting("SITECORE_MAX_CALLS", None)
        if own is not None:
            return int(own)
        return max(self.WORKER_THREADS // 2, 1) if self.WORKER_THREADS else MAX_CALLS

    @cached_property
    def SITECORE_MAX_MEDIA_CALLS(self) -> int:
        """How many of them may be for media; a quarter is left to pages."""
        own = setting("SITECORE_MAX_MEDIA_CALLS", None)
        return max(self.SITECORE_MAX_CALLS * 3 // 4, 1) if own is None else int(own)

    @cached_property
    def SITECORE_MAX_WAIT(self) -> float:
        """Seconds that a call beyond these waits for one of them to end; 0: it does not."""
        return float(setting("SITECORE_MAX_WAIT", 0.5))

    @cached_property
    def SITECORE_CIRCUIT_FAILURES(self) -> int:
        """Calls in a row without an answer after which a host is left alone; 0: never."""
        return int(setting("SITECORE_CIRCUIT_FAILURES", 5))

    @cached_property
    def SITECORE_CIRCUIT_SECONDS(self) -> float:
        """Seconds for which a host is left alone before a call tries it again."""
        return float(setting("SITECORE_CIRCUIT_SECONDS", 5))

    @cached_property
    def LAYOUT_SNAPSHOT(self) -> bool:
        """Whether a copy of each page is kept, to be shown while Sitecore fails."""
        return bool(setting("LAYOUT_SNAPSHOT", False))

    @cached_property
    def LAYOUT_SNAPSHOT_INTERVAL(self) -> float:
        """Seconds within which the copy of a page is not made anew."""
        return float(setting("LAYOUT_SNAPSHOT_INTERVAL", 600))

    @cached_property
    def LAYOUT_SNAPSHOT_MAX_AGE(self) -> float:
        """Seconds after which a copy is too old to be shown."""
        return float(setting("LAYOUT_SNAPSHOT_MAX_AGE", 24 * 60 * 60))

    @cached_property
    def RELAY_MAX_BODY_BYTES(self) -> int:
        """Largest form that a visitor may send to Sitecore through this host."""
        return int(setting("RELAY_MAX_BODY_BYTES", 10 * 1024 * 1024))

    @cached_property
    def LAYOUT_SERVICE_MAX_BYTES(self) -> int:
        """Largest answer that is read, counted after decompression."""
        return int(setting("LAYOUT_SERVICE_MAX_BYTES", 10 * 1024 * 1024))

    @cached_property
    def LAYOUT_SERVICE_QUERY_PARAMETERS(self) -> tuple[str, ...]:
        """Parameters of the visitor's query that pass up to Sitecore."""
        return tuple(setting("LAYOUT_SERVICE_QUERY_PARAMETERS", ("sc_camp", "sc_trk")))

    @cached_property
    def DEFAULT_LANGUAGE(self) -> str:
        """Language of addresses without a language prefix."""
        return str(setting("DEFAULT_LANGUAGE", "en"))

    @cached_property
    def JSS_LANGUAGES(self) -> tuple[str, ...]:
        """Languages of the environment's site; the default one is always among them."""
        languages = tuple(setting("JSS_LANGUAGES", ()))
        default = self.DEFAULT_LANGUAGE
        return languages if default in languages else (default, *languages)

    @cached_property
    def JSS_LANGUAGE_FALLBACK(self) -> bool:
        """Whether a route that lacks a language is shown in the default one (disconnected)."""
        return bool(setting("JSS_LANGUAGE_FALLBACK", True))

    @cached_property
    def JSS_DATA_DIR(self) -> Path:
        """Folder of the disconnected site's files."""
        return Path(setting("JSS_DATA_DIR", "data"))

    @cached_property
    def SITE_REFRESH_SECONDS(self) -> float:
        """Seconds after which a change of a site or key in the admin is known to every process."""
        return float(setting("SITE_REFRESH_SECONDS", 5))

    @cached_property
    def JSS_NON_ITEM_PATHS(self) -> tuple[str, ...]:
        """Regular expressions of paths that are no items; they never reach Sitecore."""
        return tuple(setting("JSS_NON_ITEM_PATHS", NON_ITEM_PATHS))

    @cached_property
    def JSS_MAX_DEPTH(self) -> int:
        """How deep components may stand within components."""
        return int(setting("JSS_MAX_DEPTH", 30))

    @cached_property
    def JSS_MAX_COMPONENTS(self) -> int:
        """How many components a page may have."""
        return int(setting("JSS_MAX_COMPONENTS", 20_000))

    @cached_property
    def LAYOUT_MEMO_BYTES(self) -> int:
        """How much of its components' HTML a process remembers; 0: nothing."""
        return int(setting("LAYOUT_MEMO_BYTES", 64 * 1024 * 1024))

    @cached_property
    def JSS_FETCH_TIMEOUT(self) -> float:
        """Seconds that a page waits for components' functions that fetch from elsewhere."""
        return float(setting("JSS_FETCH_TIMEOUT", 2))

    @cached_property
    def JSS_FETCH_THREADS(self) -> int:
        """How many such functions run at once in a process; read when the first one runs."""
        return int(setting("JSS_FETCH_THREADS", 16))

    @cached_property
    def JSS_RICH_TEXT_POLICY(self) -> Mapping[str, Any] | None:
        """Options of ``nh3.Cleaner`` by which rich text is cleaned; None: it stays as it is."""
        policy: Mapping[str, Any] | None = setting("JSS_RICH_TEXT_POLICY", None)
        return policy

    @cached_property
    def JSS_RAW_ELEMENTS(self) -> tuple[str, ...]:
        """Names of HTML elements that Sitecore may place between components as they are."""
        return tuple(setting("JSS_RAW_ELEMENTS", ()))

    @cached_property
    def JSS_REFUSED_LINK_SCHEMES(self) -> tuple[str, ...]:
        """Schemes of addresses that a link from Sitecore never leads to."""
        return tuple(setting("JSS_REFUSED_LINK_SCHEMES", ("javascript", "data", "vbscript")))

    @cached_property
    def JSS_MEDIA_URL_PREFIX(self) -> str:
        """Regular expression of media paths; its first group is the sign of the handler."""
        return str(setting("JSS_MEDIA_URL_PREFIX", r"/([-~])/media/"))

    @cached_property
    def METRICS_TOKEN(self) -> str:
        """Bearer token that opens ``/metrics``; ``""``: nobody sees it."""
        return str(setting("METRICS_TOKEN", ""))

    @cached_property
    def TRUSTED_PROXY_COUNT(self) -> int:
        """How many proxies of one's own stand before this host."""
        return int(setting("TRUSTED_PROXY_COUNT", 0))

    @cached_property
    def TRUSTED_PROXIES(self) -> tuple[str, ...]:
        """Addresses or networks of one's own proxies; goes before ``TRUSTED_PROXY_COUNT``."""
        return tuple(setting("TRUSTED_PROXIES", ()))

    @cached_property
    def CLIENT_ADDRESS_HEADER(self) -> str:
        """Header in which the CDN names the visitor, such as ``CF-Connecting-IP``; ``""``: none."""
        return str(setting("CLIENT_ADDRESS_HEADER", ""))

    @cached_property
    def FORWARD_HOST(self) -> bool:
        """Whether Sitecore is told this host's name in ``X-Forwarded-Host``."""
        return bool(setting("FORWARD_HOST", False))

    @cached_property
    def LAYOUT_SERVICE_HEADERS(self) -> tuple[str, ...]:
        """Further headers of the visitor that pass up, such as ``Accept-Language``."""
        return tuple(setting("LAYOUT_SERVICE_HEADERS", ()))

    @cached_property
    def LAYOUT_SERVICE_HEADER_FILTER(self) -> str:
        """Dotted path of ``(headers, request) -> headers``: the site's last word; ``""``: none."""
        return str(setting("LAYOUT_SERVICE_HEADER_FILTER", ""))

    @cached_property
    def JSS_COOKIES_UP_ALLOW(self) -> tuple[str, ...]:
        """Regular expressions of whole cookie names that may pass up."""
        return tuple(setting("JSS_COOKIES_UP_ALLOW", (".*",)))

    @cached_property
    def JSS_COOKIES_UP_DENY(self) -> tuple[str, ...]:
        """Regular expressions of whole cookie names that never pass up."""
        return tuple(setting("JSS_COOKIES_UP_DENY", ()))

    @cached_property
    def JSS_UNCOUNTED_USER_AGENTS(self) -> tuple[str, ...]:
        """Regular expressions of user agents whose visits are none, such as health checks."""
        return tuple(setting("JSS_UNCOUNTED_USER_AGENTS", UNCOUNTED_USER_AGENTS))

    @cached_property
    def JSS_RELAX_COOKIES_IN_DEBUG(self) -> bool:
        """Whether ``DEBUG`` on plain http drops ``Secure`` and ``SameSite=None`` from cookies."""
        return bool(setting("JSS_RELAX_COOKIES_IN_DEBUG", False))

    @cached_property
    def JSS_CACHE_CONTROL(self) -> str:
        """``Cache-Control`` of an answer that belongs to one visitor."""
        return str(setting("JSS_CACHE_CONTROL", "private, no-cache"))

    @cached_property
    def PAGE_MAX_AGE(self) -> int:
        """Seconds for which any cache may keep a page of a site that tracks nobody; 0: none."""
        return int(setting("PAGE_MAX_AGE", 0))


SOURCES = {
    ("disconnected", "REST"): "jss_layout.sources.disconnected.DisconnectedSource",
    ("disconnected", "GraphQL"): "jss_layout.sources.disconnected.DisconnectedSource",
    ("connected", "REST"): "jss_layout.sources.rest.RestSource",
}

# Where nobody knows the number of threads, as in Django's own server, which has no limit of them.
MAX_CALLS = 32

TRANSPORTS = {
    "requests": "jss_layout.transports.requests.RequestsTransport",
    "curl": "jss_layout.transports.curl.CurlTransport",
}

NON_ITEM_PATHS = (
    r"^/favicon\.ico$",
    r"^/apple-touch-icon[^/]*\.png$",
    r"^/\.well-known/",
    r"\.(php\d?|aspx?|cgi|jsp|env|git|bak|sql)(/|$)",
    r"^/(wp-admin|wp-content|wp-includes|cgi-bin|phpmyadmin)(/|$)",
    r"/\.(git|svn|env|aws|ssh|hg)",
)

UNCOUNTED_USER_AGENTS = (
    r"kube-probe/",
    r"ELB-HealthChecker/",
    r"GoogleHC/",
    r"GoogleStackdriverMonitoring",
    r"Consul Health Check",
    r"Edge Health Probe",
    r"AlwaysOn",
    r"HealthCheck/",
    r"Pingdom",
    r"UptimeRobot/",
    r"StatusCake",
    r"check_http/",
)

conf = Conf()
