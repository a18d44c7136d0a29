"""What is wrong with the configuration (``manage.py check``); ``docs/checks.md`` lists the ids."""

import re
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.staticfiles.storage import ManifestFilesMixin, staticfiles_storage
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.checks import Warning as CheckWarning
from django.db import Error as DatabaseError
from django.utils.module_loading import import_string

from jss_layout.conf import SOURCES, TRANSPORTS, conf
from jss_layout.hosts import bare_host, is_host_name, is_language, is_web_address, listed
from jss_layout.models import ApiKey, Site
from jss_layout.setting_checks import refused_values

MODES = ("connected", "disconnected")
SHORTEST_TOKEN = 16
POSITIVE = (
    "LAYOUT_SERVICE_TIMEOUT",
    "LAYOUT_SERVICE_CONNECT_TIMEOUT",
    "LAYOUT_SERVICE_READ_TIMEOUT",
    "LAYOUT_SERVICE_MAX_BYTES",
    "SITECORE_MAX_CALLS",
    "SITECORE_MAX_MEDIA_CALLS",
    "SITECORE_CIRCUIT_SECONDS",
    "LAYOUT_SNAPSHOT_INTERVAL",
    "LAYOUT_SNAPSHOT_MAX_AGE",
    "RELAY_MAX_BODY_BYTES",
    "SITE_REFRESH_SECONDS",
    "JSS_MAX_DEPTH",
    "JSS_MAX_COMPONENTS",
    "JSS_FETCH_TIMEOUT",
    "JSS_FETCH_THREADS",
)
COUNTS = {
    "WORKER_THREADS": (
        "jss_layout.E051",
        "Set it to the number of threads of one process of your server; 0 if there is no such "
        "number.",
    ),
    "SITECORE_MAX_WAIT": (
        "jss_layout.E052",
        "Set it to the seconds that a call waits where too many run; 0 if it is not to wait.",
    ),
    "SITECORE_CIRCUIT_FAILURES": (
        "jss_layout.E050",
        "Set it to the number of calls in a row without an answer after which a host is left "
        "alone; 0 for never.",
    ),
    "PAGE_MAX_AGE": (
        "jss_layout.E020",
        "Set it to the seconds for which any cache may keep a page of a site that tracks nobody; "
        "0 if none may.",
    ),
    "TRUSTED_PROXY_COUNT": (
        "jss_layout.E013",
        "Set it to the number of your own proxies before this host; 0 if there is none.",
    ),
}


@register
def check_mode(**_: Any) -> Iterator[CheckMessage]:
    """``JSS_MODE`` and ``FETCH_WITH``, or ``LAYOUT_SOURCE``, lead to a source."""
    if conf.JSS_MODE not in MODES:
        yield Error(
            f"JSS_MODE is {conf.JSS_MODE!r}.",
            hint="Set it to “disconnected” (local files) or “connected” (a Sitecore).",
            id="jss_layout.E001",
        )
    elif getattr(settings, "LAYOUT_SOURCE", ""):
        yield from refused_values(
            "LAYOUT_SOURCE",
            [conf.LAYOUT_SOURCE],
            import_string,
            "Set it to the dotted path of a LayoutSource, or leave it unset.",
            "jss_layout.E003",
        )
    elif (conf.JSS_MODE, conf.FETCH_WITH) not in SOURCES:
        yield Error(
            f"FETCH_WITH is {conf.FETCH_WITH!r}; a {conf.JSS_MODE} site can't fetch so.",
            hint="Set it to “REST”. “GraphQL” is not there yet for a connected site.",
            id="jss_layout.E002",
        )


@register
def check_sitecore(**_: Any) -> Iterator[CheckMessage]:
    """A connected site knows its Sitecore."""
    host, connected = conf.SITECORE_API_HOST, conf.JSS_MODE == "connected"
    if connected and not host:
        yield Error(
            "JSS_MODE is “connected”, and SITECORE_API_HOST is not set.",
            hint="Set it to scheme and host of your Sitecore, such as https://cd.example.com.",
            id="jss_layout.E004",
        )
    if "@" in host:
        yield Error(  # which does not show it
            "SITECORE_API_HOST holds a user or a password, and these are never sent.",
            hint="Remove what stands before the @; Sitecore knows this host by SITECORE_API_KEY.",
            id="jss_layout.E018",
        )
    elif host and not is_web_address(host):
        yield Error(
            f"SITECORE_API_HOST is {host!r}.",
            hint="Write scheme and host, such as https://cd.example.com, without path or query.",
            id="jss_layout.E005",
        )
    if connected and not conf.SITECORE_SITE_NAME:
        yield Error(
            "JSS_MODE is “connected”, and SITECORE_SITE_NAME is empty.",
            hint="Set it to the name that the site has in Sitecore.",
            id="jss_layout.E006",
        )
    yield from _check_key(conf.SITECORE_API_KEY, connected)


def _check_key(key: str, connected: bool) -> Iterator[CheckMessage]:
    """The message never shows the key."""
    if connected and not key:
        yield Error(
            "JSS_MODE is “connected”, and SITECORE_API_KEY is not set.",
            hint="Set it to the GUID of an API key item of your Sitecore.",
            id="jss_layout.E007",
        )
    if key and not _is_guid(key):
        yield Error(
            "SITECORE_API_KEY is no GUID.",
            hint="Copy the id of the API key item, such as {B9A8…}; every form of a GUID does.",
            id="jss_layout.E008",
        )


def _is_guid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


@register
def check_connection(**_: Any) -> Iterator[CheckMessage]:
    """What a call to Sitecore needs besides the host."""
    bundle, proxy = conf.SITECORE_CA_BUNDLE, conf.SITECORE_PROXY
    if bundle and not Path(bundle).exists():
        yield Error(
            f"SITECORE_CA_BUNDLE names {bundle!r}, which does not exist.",
            hint="Give the path of a PEM file with the certificate authorities to trust.",
            id="jss_layout.E009",
        )
    if proxy and not re.match(r"https?://[^/\s]+", proxy):
        yield Error(
            "SITECORE_PROXY is no address of an HTTP proxy.",
            hint="Write it as http://proxy.example.com:3128.",
            id="jss_layout.E010",
        )


@register
def check_transport(**_: Any) -> Iterator[CheckMessage]:
    """``LAYOUT_TRANSPORT`` is one that is there, and installed."""
    name = conf.LAYOUT_TRANSPORT
    if name not in TRANSPORTS:
        yield Error(
            f"LAYOUT_TRANSPORT is {name!r}.",
            hint="Set it to “requests”, or to “curl” with the extra “fast”.",
            id="jss_layout.E055",
        )
        return
    try:
        import_string(TRANSPORTS[name])
    except ImportError as error:
        yield Error(
            f"LAYOUT_TRANSPORT is {name!r}, which can't be imported: {error}",
            hint="pip install 'django-jss[fast]'",
            id="jss_layout.E056",
        )


@register
def check_data_dir(**_: Any) -> Iterator[CheckMessage]:
    """A disconnected site has a folder to read."""
    if conf.JSS_MODE == "disconnected" and not conf.JSS_DATA_DIR.is_dir():
        yield Error(
            f"JSS_MODE is “disconnected”, and the folder {str(conf.JSS_DATA_DIR)!r} of "
            "JSS_DATA_DIR does not exist.",
            hint="Make the folder, with routes/ in it, or set JSS_DATA_DIR to another one.",
            id="jss_layout.E011",
        )


@register
def check_metrics(**_: Any) -> Iterator[CheckMessage]:
    """The token of ``/metrics`` can't be guessed. The message does not show it."""
    if conf.METRICS_TOKEN and len(conf.METRICS_TOKEN) < SHORTEST_TOKEN:
        yield CheckWarning(
            f"METRICS_TOKEN is shorter than {SHORTEST_TOKEN} characters.",
            hint="Set it to a long random text, such as `openssl rand -hex 32` prints.",
            id="jss_layout.W054",
        )


@register
def check_numbers(**_: Any) -> Iterator[CheckMessage]:
    """Limits are above nothing, counts not below."""
    for name, (check_id, hint) in COUNTS.items():
        yield from _number(name, -1, hint, check_id)
    if not _is_number("WORKER_THREADS", above=-1):
        return  # Limits of calls follow from it.
    for name in POSITIVE:
        yield from _number(name, 0, "Set it to a number above 0.", "jss_layout.E012")


def _number(name: str, above: int, hint: str, check_id: str) -> Iterator[CheckMessage]:
    """An error if the setting is no such number; one that is not set follows another."""
    if hasattr(settings, name) and not _is_number(name, above):
        yield Error(f"{name} is {getattr(settings, name)!r}.", hint=hint, id=check_id)


def _is_number(name: str, above: int) -> bool:
    try:
        return bool(getattr(conf, name) > above)
    except (TypeError, ValueError):
        return False


@register
def check_calls(**_: Any) -> Iterator[CheckMessage]:
    """A Sitecore that hangs leaves threads to all else."""
    if not (_is_number("WORKER_THREADS", above=0) and _is_number("SITECORE_MAX_CALLS", above=0)):
        return
    calls, threads = conf.SITECORE_MAX_CALLS, conf.WORKER_THREADS
    if calls > max(threads // 2, 1):
        yield CheckWarning(
            f"SITECORE_MAX_CALLS is {calls}, more than half of the {threads} threads of a worker "
            "(WORKER_THREADS): a Sitecore that hangs may take what other sites need.",
            hint="Leave SITECORE_MAX_CALLS out, so that it is half of them.",
            id="jss_layout.W052",
        )


@register(deploy=True)
def check_threads(**_: Any) -> Iterator[CheckMessage]:
    """The number of threads is known, or somebody has thought of it."""
    is_known = conf.WORKER_THREADS or getattr(settings, "SITECORE_MAX_CALLS", None) is not None
    if conf.JSS_MODE == "connected" and not is_known:
        yield CheckWarning(
            "How many threads a worker has is not known: a Sitecore that hangs may take "
            f"{conf.SITECORE_MAX_CALLS} of them (SITECORE_MAX_CALLS).",
            hint="Set WORKER_THREADS, from which the sample site's gunicorn takes its threads; "
            "with another server, set it to that server's number.",
            id="jss_layout.W053",
        )


@register
def check_snapshot(**_: Any) -> Iterator[CheckMessage]:
    """Copies of pages are kept where they last, and long enough to be of use."""
    if not conf.LAYOUT_SNAPSHOT:
        return
    backend = settings.CACHES["default"]["BACKEND"].rpartition(".")[2]
    if backend in ("DummyCache", "LocMemCache"):
        yield CheckWarning(
            f"LAYOUT_SNAPSHOT is on, and the cache is {backend}: copies of pages are lost.",
            hint="Set CACHES (CACHE_URL) to a cache that all processes share, such as Redis.",
            id="jss_layout.W050",
        )
    times = ("LAYOUT_SNAPSHOT_INTERVAL", "LAYOUT_SNAPSHOT_MAX_AGE")
    are_numbers = all(_is_number(name, above=0) for name in times)
    if are_numbers and conf.LAYOUT_SNAPSHOT_MAX_AGE <= conf.LAYOUT_SNAPSHOT_INTERVAL:
        yield CheckWarning(
            "LAYOUT_SNAPSHOT_MAX_AGE is no longer than LAYOUT_SNAPSHOT_INTERVAL: a copy is too "
            "old before the next one is taken.",
            hint="Set it to some hours.",
            id="jss_layout.W051",
        )


@register
def check_languages(**_: Any) -> Iterator[CheckMessage]:
    """Languages are codes such as ``en`` or ``da-DK``."""
    odd = [code for code in conf.JSS_LANGUAGES if not is_language(code)]
    if odd:
        yield Error(
            f"JSS_LANGUAGES or DEFAULT_LANGUAGE has {', '.join(map(repr, odd))}.",
            hint="Write language codes as Sitecore does, such as en or da-DK.",
            id="jss_layout.E014",
        )


@register
def check_host_names(**_: Any) -> Iterator[CheckMessage]:
    """``SITECORE_SITE_HOST_NAMES`` holds host names and addresses."""
    odd = [name for name in conf.SITECORE_SITE_HOST_NAMES if not is_host_name(name)]
    if odd:
        yield Error(
            f"SITECORE_SITE_HOST_NAMES has {', '.join(map(repr, odd))}.",
            hint="Write names such as www.example.com or *.example.com, without https:// and "
            "without a path.",
            id="jss_layout.E019",
        )


@register
def check_non_item_paths(**_: Any) -> Iterator[CheckMessage]:
    """``JSS_NON_ITEM_PATHS`` holds regular expressions."""
    yield from refused_values(
        "JSS_NON_ITEM_PATHS",
        conf.JSS_NON_ITEM_PATHS,
        re.compile,
        "Write Python regular expressions.",
        "jss_layout.E015",
    )


@register
def check_cors(**_: Any) -> Iterator[CheckMessage]:
    """The CORS origins of API keys have an effect."""
    installed = "corsheaders.middleware.CorsMiddleware" in settings.MIDDLEWARE
    if not installed or not getattr(settings, "CORS_ALLOW_CREDENTIALS", False):
        yield CheckWarning(
            "The CORS origins of API keys have no effect.",
            hint="Put corsheaders.middleware.CorsMiddleware near the top of MIDDLEWARE, and set "
            "CORS_ALLOW_CREDENTIALS = True and CORS_URLS_REGEX = r'^/sitecore/api/'.",
            id="jss_layout.W001",
        )


@register(deploy=True)
def check_encryption(**_: Any) -> Iterator[CheckMessage]:
    """What visitors send does not go to Sitecore in the open."""
    if conf.JSS_MODE == "connected" and conf.SITECORE_API_HOST.lower().startswith("http://"):
        yield CheckWarning(
            "SITECORE_API_HOST is http://; cookies of visitors and the API key go unencrypted.",
            hint="Use https://; SITECORE_CA_BUNDLE names a certificate authority of your own.",
            id="jss_layout.W002",
        )


@register(Tags.staticfiles, deploy=True)
def check_collected_files(**_: Any) -> Iterator[CheckMessage]:
    """Static files that go by the hash of their content were collected."""
    if isinstance(staticfiles_storage, ManifestFilesMixin) and not staticfiles_storage.hashed_files:
        yield CheckWarning(
            f"No static files were collected in {str(settings.STATIC_ROOT)!r}: pages have no "
            "styles and no scripts.",
            hint="Run `manage.py collectstatic` with the settings of the deployment.",
            id="jss_layout.W005",
        )


@register(Tags.database)
def check_origins(databases: Collection[str] | None = None, **_: Any) -> Iterator[CheckMessage]:
    """No API key lists a wildcard, which opens nothing (``check --database default``)."""
    if not databases:
        return
    try:
        keys = [key for key in ApiKey.objects.all() if "*" in key.cors_origins]
    except DatabaseError:
        return
    for key in keys:
        entries = ", ".join(entry for entry in listed(key.cors_origins) if "*" in entry)
        yield CheckWarning(
            f"The API key “{key}” lists {entries}, which opens nothing.",
            hint="List each origin, such as https://app.example.com: where cookies are sent, "
            "browsers accept no wildcard.",
            id="jss_layout.W003",
        )


@register(Tags.database)
def check_hosts(databases: Collection[str] | None = None, **_: Any) -> Iterator[CheckMessage]:
    """No site of the admin names a host of the environment's (``check --database default``)."""
    own = set(map(bare_host, conf.SITECORE_SITE_HOST_NAMES))
    if not databases or not own:
        return
    try:
        sites = list(Site.objects.all())
    except DatabaseError:
        return
    for site in sites:
        if taken := own.intersection(map(bare_host, listed(site.host_names))):
            yield CheckWarning(
                f"The site “{site}” never answers for {', '.join(sorted(taken))}, which "
                "SITECORE_SITE_HOST_NAMES names.",
                hint="Name each host in one of the two places.",
                id="jss_layout.W006",
            )
