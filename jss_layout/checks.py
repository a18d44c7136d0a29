"""What is wrong with the configuration (``manage.py check``); ``docs/checks.md`` lists the ids."""

import re
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.checks import Warning as CheckWarning
from django.db import Error as DatabaseError
from django.utils.module_loading import import_string

from jss_layout.conf import SOURCES, conf
from jss_layout.hosts import is_language, is_web_address, listed
from jss_layout.models import ApiKey

MODES = ("connected", "disconnected")
POSITIVE = (
    "LAYOUT_SERVICE_TIMEOUT",
    "LAYOUT_SERVICE_CONNECT_TIMEOUT",
    "LAYOUT_SERVICE_READ_TIMEOUT",
    "LAYOUT_SERVICE_MAX_BYTES",
    "SITECORE_MAX_CALLS",
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
        yield from _check_source(conf.LAYOUT_SOURCE)
    elif (conf.JSS_MODE, conf.FETCH_WITH) not in SOURCES:
        yield Error(
            f"FETCH_WITH is {conf.FETCH_WITH!r}; a {conf.JSS_MODE} site can't fetch so.",
            hint="Set it to “REST”. “GraphQL” is not there yet for a connected site.",
            id="jss_layout.E002",
        )


def _check_source(path: str) -> Iterator[CheckMessage]:
    try:
        import_string(path)
    except ImportError as error:
        yield Error(
            f"LAYOUT_SOURCE is {path!r}, which can't be imported: {error}",
            hint="Set it to the dotted path of a LayoutSource, or leave it unset.",
            id="jss_layout.E003",
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
    if host and not is_web_address(host):
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
def check_numbers(**_: Any) -> Iterator[CheckMessage]:
    """Limits are above nothing, counts not below."""
    for name in POSITIVE:
        if not _is_number(name, above=0):
            yield Error(
                f"{name} is {getattr(settings, name)!r}.",
                hint="Set it to a number above 0.",
                id="jss_layout.E012",
            )
    if not _is_number("SITECORE_CIRCUIT_FAILURES", above=-1):
        yield Error(
            f"SITECORE_CIRCUIT_FAILURES is {settings.SITECORE_CIRCUIT_FAILURES!r}.",
            hint="Set it to the number of calls in a row without an answer after which a host "
            "is left alone; 0 for never.",
            id="jss_layout.E050",
        )
    if not _is_number("TRUSTED_PROXY_COUNT", above=-1):
        yield Error(
            f"TRUSTED_PROXY_COUNT is {settings.TRUSTED_PROXY_COUNT!r}.",
            hint="Set it to the number of your own proxies before this host; 0 if there is none.",
            id="jss_layout.E013",
        )


def _is_number(name: str, above: int) -> bool:
    try:
        return bool(getattr(conf, name) > above)
    except (TypeError, ValueError):
        return False


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
def check_non_item_paths(**_: Any) -> Iterator[CheckMessage]:
    """``JSS_NON_ITEM_PATHS`` holds regular expressions."""
    for pattern in conf.JSS_NON_ITEM_PATHS:
        try:
            re.compile(pattern)
        except re.error as error:
            yield Error(
                f"JSS_NON_ITEM_PATHS has {pattern!r}, which is no regular expression: {error}",
                hint="Mend or remove it.",
                id="jss_layout.E015",
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
