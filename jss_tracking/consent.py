"""Whether a visitor may be tracked: what they chose, what their browser says, the site's gate.

A choice is kept in Sitecore's own cookie, ``SC_TRACKING_CONSENT``, so that Sitecore's consent
manager and this host know of each other's: JSON in ASP.NET's base64 for URLs, whose last
character says how much padding was cut off. One cookie holds the choices for all sites.
"""

import base64
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import cache
from typing import Any

import msgspec
from django.dispatch import receiver
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.module_loading import import_string

from jss_layout.headers import split_cookies
from jss_layout.signals import tracking_asked
from jss_layout.sites import SiteDefinition
from jss_tracking.conf import conf
from jss_tracking.cookies import DEVICE_COOKIE, LEGACY_SESSION_COOKIE, SESSION_COOKIE

CONSENT_COOKIE = "SC_TRACKING_CONSENT"
CONSENT_COOKIE_AGE = timedelta(days=3652)
VISIT_COOKIES = (DEVICE_COOKIE, SESSION_COOKIE, LEGACY_SESSION_COOKIE)

Gate = Callable[[HttpRequest], bool]


class _Choice(msgspec.Struct, rename="pascal"):
    site_name: str
    is_consent_given: bool


@receiver(tracking_asked, dispatch_uid="jss_tracking.may_be_tracked")
def may_be_tracked(request: HttpRequest, site: SiteDefinition, **_: Any) -> bool:
    """Whether this visitor may be tracked on the site.

    ``TRACKING_GATE`` may forbid it. Else what the visitor chose counts, then what the browser
    says for all sites (``Sec-GPC``, ``DNT``), at last ``TRACKING_EXPLICIT_CONSENT``.
    """
    gate = _gate(conf.TRACKING_GATE)
    if gate and not gate(request):
        return False
    chosen = choice(request, site)
    if chosen is None:
        return not (conf.TRACKING_EXPLICIT_CONSENT or _signals(request))
    return chosen


def choice(request: HttpRequest, site: SiteDefinition) -> bool | None:
    """What the visitor chose on this site; None if nothing yet."""
    found = (given for name, given in _choices(request).items() if _is_name(name, site))
    return next(found, None)


def refused_by_signal(request: HttpRequest, site: SiteDefinition) -> bool:
    """Whether nothing but what the browser says for all sites keeps the visitor untracked."""
    return choice(request, site) is None and _signals(request)


def decode(value: str) -> dict[str, bool]:
    """Site name and choice in the cookie's value; nothing of one that is malformed."""
    if value[-1:] not in ("0", "1", "2"):
        return {}
    try:
        json = base64.urlsafe_b64decode(value[:-1] + "=" * int(value[-1]))
        found = msgspec.json.decode(json, type=list[_Choice])
    except (ValueError, RecursionError):
        return {}
    return {choice.site_name: choice.is_consent_given for choice in found}


def encode(given: Mapping[str, bool]) -> str:
    """The cookie's value for these choices."""
    json = msgspec.json.encode([_Choice(name, chosen) for name, chosen in given.items()])
    text = base64.urlsafe_b64encode(json).decode()
    bare = text.rstrip("=")
    return f"{bare}{len(text) - len(bare)}"


def keep_choice(
    response: HttpResponseBase, request: HttpRequest, site: SiteDefinition, given: bool
) -> None:
    """Set the cookie of the choice; if it is a no, expire the cookies of the visit."""
    others = {
        name: chosen for name, chosen in _choices(request).items() if not _is_name(name, site)
    }
    response.set_cookie(
        CONSENT_COOKIE,
        encode({**others, site.name: given}),
        max_age=CONSENT_COOKIE_AGE,
        secure=request.is_secure(),
        samesite="None" if request.is_secure() else "Lax",
    )
    if not given:
        for name in VISIT_COOKIES:
            response.delete_cookie(name, samesite="Lax")


def _choices(request: HttpRequest) -> dict[str, bool]:
    cookies = split_cookies(request.META.get("HTTP_COOKIE", ""))
    return decode(next((value for name, value in cookies if name == CONSENT_COOKIE), ""))


def _is_name(name: str, site: SiteDefinition) -> bool:
    return name.casefold() == site.name.casefold()


def _signals(request: HttpRequest) -> bool:
    """Whether the browser says for all sites that it is not to be tracked."""
    meta = request.META
    return (conf.TRACKING_RESPECT_GPC and meta.get("HTTP_SEC_GPC") == "1") or (
        conf.TRACKING_RESPECT_DNT and meta.get("HTTP_DNT") == "1"
    )


@cache
def _gate(path: str) -> Gate | None:
    return import_string(path) if path else None
