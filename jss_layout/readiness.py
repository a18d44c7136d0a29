"""Whether this process can answer visitors: what it asks, and what is said of the answers.

Whoever asks may be anybody, so a text here names no host, no user and no reason; those stand
in the log.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from django.core.cache import cache
from django.db import connection
from django.http import HttpRequest

from jss_layout.conf import conf
from jss_layout.exceptions import LayoutServiceError, SiteUnknown, TooManyCalls
from jss_layout.signals import readiness_asked
from jss_layout.sitecore import send
from jss_layout.sites import SiteDefinition, site_for_host
from jss_layout.sources.rest import service_address

logger = logging.getLogger(__name__)

# Sitecore's own health page; one too old to have it answers 404, which is an answer.
SITECORE_HEALTH = ("healthz", "ready")
SITECORE_SECONDS = 2
CACHE_KEY = "jss_layout.readyz"


@dataclass(frozen=True, slots=True)
class Readiness:
    """What keeps this process from answering, and what only worries; a text for each name."""

    errors: dict[str, str] = field(default_factory=dict)
    warnings: dict[str, str] = field(default_factory=dict)


def readiness(request: HttpRequest) -> Readiness:
    """Ask Sitecore or the data folder, the database, the cache, and ``readiness_asked``."""
    found = Readiness()
    if conf.JSS_MODE == "connected":
        _ask_sitecore_of(request, found)
    elif not conf.JSS_DATA_DIR.is_dir():
        found.errors["data"] = "The folder of JSS_DATA_DIR does not exist."
    _ask("database", _query_database, found)
    _ask("cache", _use_cache, found)
    _ask_receivers(request, found)
    return found


def _ask_sitecore_of(request: HttpRequest, found: Readiness) -> None:
    try:
        site = site_for_host(request.get_host())
    except SiteUnknown as error:
        found.errors["sites"] = str(error)
    else:
        _ask_sitecore(site, found)


def _ask_sitecore(site: SiteDefinition, found: Readiness) -> None:
    """One short call; with copies of pages at hand, a Sitecore that fails is no error."""
    failures = found.warnings if conf.LAYOUT_SNAPSHOT else found.errors
    try:
        url = service_address(site, SITECORE_HEALTH, ())
        answer = send("GET", url, {}, seconds=SITECORE_SECONDS)
    except TooManyCalls:
        found.warnings["sitecore"] = "As many calls to Sitecore run as may."
    except LayoutServiceError:
        failures["sitecore"] = "Sitecore gives no answer."
    else:
        if answer.status >= 500:
            failures["sitecore"] = f"Sitecore answers with status {answer.status}."


def _ask(name: str, question: Callable[[], None], found: Readiness) -> None:
    try:
        question()
    except Exception:  # whatever a driver raises
        logger.exception("The %s does not work", name)
        found.errors[name] = f"The {name} does not work."


def _ask_receivers(request: HttpRequest, found: Readiness) -> None:
    for receiver, answer in readiness_asked.send_robust(sender=HttpRequest, request=request):
        if isinstance(answer, Exception):
            name = getattr(receiver, "__name__", type(receiver).__name__)
            found.warnings[name] = "It could not be asked."
        elif isinstance(answer, Mapping):
            found.warnings.update({str(name): str(text) for name, text in answer.items()})


def _query_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _use_cache() -> None:
    cache.set(CACHE_KEY, "kept", timeout=60)
    if cache.get(CACHE_KEY) != "kept":
        raise LookupError("what was put into the cache is not there")
