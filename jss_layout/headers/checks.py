"""What is wrong with the settings of header passing (``manage.py check``)."""

import re
from collections.abc import Iterator
from functools import partial
from ipaddress import ip_network
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.core.checks import Warning as CheckWarning
from django.utils.module_loading import import_string

from jss_layout.conf import conf
from jss_layout.headers.policy import DERIVED, NEVER_PASSED, is_clean
from jss_layout.setting_checks import refused_values

PATTERN_SETTINGS = ("JSS_COOKIES_UP_ALLOW", "JSS_COOKIES_UP_DENY", "JSS_UNCOUNTED_USER_AGENTS")
PUBLIC_PAGES = "jss_layout.middleware.PublicPageMiddleware"
SET_COOKIES = frozenset(
    {
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "jss_tracking.middleware.TrackerMiddleware",
    }
)
TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


@register
def check_patterns(**_: Any) -> Iterator[CheckMessage]:
    """Every pattern of cookie names and user agents is a regular expression."""
    for name in PATTERN_SETTINGS:
        yield from refused_values(
            name,
            getattr(conf, name),
            re.compile,
            "Write Python regular expressions; a dot of a name is “\\.”.",
            "jss_layout.E040",
        )


@register
def check_proxies(**_: Any) -> Iterator[CheckMessage]:
    """Trusted proxies are networks."""
    yield from refused_values(
        "TRUSTED_PROXIES",
        conf.TRUSTED_PROXIES,
        partial(ip_network, strict=False),
        "Write addresses or networks, such as “10.0.0.0/8” or “2001:db8::1”.",
        "jss_layout.E041",
    )


@register
def check_header_names(**_: Any) -> Iterator[CheckMessage]:
    """Listed headers are ones that can pass."""
    for name in conf.LAYOUT_SERVICE_HEADERS:
        if not TOKEN.fullmatch(name) or name.lower() in NEVER_PASSED | DERIVED:
            yield CheckWarning(
                f"LAYOUT_SERVICE_HEADERS has {name!r}, which is never passed on from the visitor.",
                hint="Remove it: this host sends its own, or it belongs to one connection only.",
                id="jss_layout.W041",
            )
    yield from refused_values(
        "LAYOUT_SERVICE_HEADER_FILTER",
        filter(None, [conf.LAYOUT_SERVICE_HEADER_FILTER]),
        import_string,
        "Set it to the dotted path of a function (headers, request) -> headers.",
        "jss_layout.E042",
    )


@register
def check_cache_control(**_: Any) -> Iterator[CheckMessage]:
    """No shared cache may keep one visitor's page."""
    value = conf.JSS_CACHE_CONTROL
    directives = {part.strip().lower() for part in value.split(",")}
    if not is_clean(value) or not directives & {"private", "no-store"}:
        yield Error(
            f"JSS_CACHE_CONTROL is {value!r}: a shared cache may hand one visitor's page on.",
            hint="Set it to “private, no-cache” or “private, no-store”.",
            id="jss_layout.E043",
        )


@register
def check_public_pages(**_: Any) -> Iterator[CheckMessage]:
    """What gives pages a public lifetime sees whether their answers set cookies."""
    # The number itself is checked elsewhere.
    if not getattr(settings, "PAGE_MAX_AGE", 0):
        return
    names = list(settings.MIDDLEWARE)
    before = names[: names.index(PUBLIC_PAGES)] if PUBLIC_PAGES in names else names
    if PUBLIC_PAGES not in names or not SET_COOKIES.isdisjoint(before):
        yield CheckWarning(
            f"PAGE_MAX_AGE is set, and {PUBLIC_PAGES} is not in MIDDLEWARE before all that sets "
            "cookies.",
            hint="Put it directly behind KnownHostMiddleware; without it, pages stay private.",
            id="jss_layout.W042",
        )


@register
def check_relaxed_cookies(**_: Any) -> Iterator[CheckMessage]:
    """Relaxed cookies are for one's own machine."""
    if conf.JSS_RELAX_COOKIES_IN_DEBUG:
        effect = "in use" if settings.DEBUG else "without effect while DEBUG is off"
        yield CheckWarning(
            f"JSS_RELAX_COOKIES_IN_DEBUG is on ({effect}): on plain http Sitecore's cookies "
            "go down without Secure and SameSite=None.",
            hint="Keep it to your own machine; serve over https to do without.",
            id="jss_layout.W040",
        )
