"""What is wrong with the configuration of tracking, for ``manage.py check``."""

import re
from collections.abc import Sequence
from typing import Any

import msgspec
from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.checks import CheckMessage, Error, register
from django.core.exceptions import ImproperlyConfigured
from django.urls import NoReverseMatch, reverse
from django.utils.module_loading import import_string

from jss_tracking.conf import conf
from jss_tracking.processors import processors
from jss_tracking.trackers import Tracker, tracker_class

PATH = re.compile(r"[\w.~-]+(/[\w.~-]+)*", re.ASCII)
MIDDLEWARE = "jss_tracking.middleware.TrackerMiddleware"
PARTIAL_STATUSES = (200, 207, 400)
LIMITS = (
    "TRACK_EVENT_MAX_BYTES",
    "TRACK_EVENT_MAX_BATCH",
    "TRACKING_SESSION_TIMEOUT",
    "TRACKING_ROBOT_SESSION_TIMEOUT",
    "EVENT_DELIVERY_THREADS",
    "EVENT_DELIVERY_TRIES",
    "EVENT_DELIVERY_WARN_AGE",
)
SWITCHES = (
    "TRACKER_SERVICE_ENABLED",
    "TRACKING_KEEP_ROBOTS",
    "TRACKING_EXPLICIT_CONSENT",
    "TRACKING_RESPECT_GPC",
    "TRACKING_RESPECT_DNT",
    "TRACKING_SHORTEN_ADDRESSES",
    "TRACKING_SHOW_ANONYMOUS_CONTACTS",
    "TRACKING_CREATE_DEFINITIONS",
)


@register
def check_tracker(**_: Any) -> Sequence[CheckMessage]:
    """E001: ``TRACKER`` names a tracker."""
    hint = "Set it to the dotted path of a Tracker, or leave it out to follow JSS_MODE."
    try:
        found = tracker_class()
    except (ImportError, KeyError) as error:
        return [Error(f"TRACKER can't be loaded: {error}", hint, id="jss_tracking.E001")]
    if not (isinstance(found, type) and issubclass(found, Tracker)):
        return [Error(f"TRACKER is no Tracker: {conf.TRACKER}", hint, id="jss_tracking.E001")]
    return []


@register
def check_processors(**_: Any) -> Sequence[CheckMessage]:
    """E002: the pipeline's processors can be made, and their types be read from JSON."""
    try:
        for processor in processors.chain():
            msgspec.json.Decoder(processor.event_type)
    except (ImproperlyConfigured, TypeError) as error:
        hint = "See TRACK_EVENT_PROCESSORS and each app's jss_tracking_processors.py."
        return [Error(f"The trackEvent pipeline: {error}", hint, id="jss_tracking.E002")]
    return []


@register
def check_limits(**_: Any) -> Sequence[CheckMessage]:
    """E003 and E004: limits and timeouts, and the status for a batch tracked in part."""
    found: list[CheckMessage] = []
    for name in LIMITS:
        value = getattr(settings, name, 1)
        if not isinstance(value, int) or value < 1:
            hint = "Set it to a whole number above 0."
            found.append(Error(f"{name} is {value!r}", hint, id="jss_tracking.E003"))
    rate = getattr(settings, "TRACK_EVENT_MAX_RATE", 0)
    if not isinstance(rate, int) or rate < 0:
        hint = "Set it to a number of requests a minute, or to 0 for any number."
        found.append(Error(f"TRACK_EVENT_MAX_RATE is {rate!r}", hint, id="jss_tracking.E003"))
    status = getattr(settings, "TRACK_EVENT_PARTIAL_STATUS", 200)
    if status not in PARTIAL_STATUSES:
        hint = f"Set it to one of {', '.join(map(str, PARTIAL_STATUSES))}."
        message = f"TRACK_EVENT_PARTIAL_STATUS is {status!r}"
        found.append(Error(message, hint, id="jss_tracking.E004"))
    return found


@register
def check_middleware(**_: Any) -> Sequence[CheckMessage]:
    """E005: requests get their tracker."""
    if MIDDLEWARE in settings.MIDDLEWARE:
        return []
    hint = f"Add {MIDDLEWARE!r} to MIDDLEWARE; without it no page view is recorded."
    return [Error("TrackerMiddleware is missing.", hint, id="jss_tracking.E005")]


@register
def check_service(**_: Any) -> Sequence[CheckMessage]:
    """E006 and E007: switches are switches, and the addresses that one opens are there."""
    hint = "Set it to True or False; any text, 'false' too, would count as True."
    found: list[CheckMessage] = [
        Error(f"{name} is {getattr(settings, name)!r}", hint, id="jss_tracking.E006")
        for name in SWITCHES
        if not isinstance(getattr(settings, name, False), bool)
    ]
    if found:
        return found
    try:
        reverse("jss_tracking:track_event")
    except NoReverseMatch:
        if conf.TRACKER_SERVICE_ENABLED:
            hint = (
                'Add path("", include("jss_tracking.urls")) to the URLconf, before jss_layout\'s.'
            )
            message = "TRACKER_SERVICE_ENABLED is on, but the tracker has no address."
            return [Error(message, hint, id="jss_tracking.E007")]
    return []


@register
def check_gate(**_: Any) -> Sequence[CheckMessage]:
    """E008: ``TRACKING_GATE`` names a function."""
    hint = "Set it to the dotted path of a function (request) -> bool, or leave it out."
    try:
        gate = import_string(conf.TRACKING_GATE) if conf.TRACKING_GATE else None
    except ImportError as error:
        return [Error(f"TRACKING_GATE can't be loaded: {error}", hint, id="jss_tracking.E008")]
    if gate is not None and not callable(gate):
        message = f"TRACKING_GATE is no function: {conf.TRACKING_GATE}"
        return [Error(message, hint, id="jss_tracking.E008")]
    return []


@register
def check_names(**_: Any) -> Sequence[CheckMessage]:
    """E009 and E010: the tracker's path is one, and the client's name finds the client."""
    found: list[CheckMessage] = []
    if not PATH.fullmatch(conf.TRACKER_SERVICE_PATH):
        hint = "Set it to a path without a slash at either end, such as 'site/visits'."
        message = f"TRACKER_SERVICE_PATH is {conf.TRACKER_SERVICE_PATH!r}"
        found.append(Error(message, hint, id="jss_tracking.E009"))
    script = conf.TRACKER_SCRIPT
    if not (PATH.fullmatch(script) and script.endswith(".js") and finders.find(script)):
        hint = (
            "Set it to a name such as 'site/visits.js', and add "
            "'jss_tracking.finders.TrackerScriptFinder' to STATICFILES_FINDERS."
        )
        message = f"TRACKER_SCRIPT {script!r} is no static file."
        found.append(Error(message, hint, id="jss_tracking.E010"))
    return found
