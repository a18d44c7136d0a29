"""What the settings say about header passing, read and compiled once.

Optimization: a page asks these questions many times; the answers change only with a setting.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any

from django.conf import settings
from django.core.signals import setting_changed
from django.http import HttpRequest
from django.utils.module_loading import import_string

from jss_layout.conf import conf

Patterns = tuple[re.Pattern[str], ...]
HeaderFilter = Callable[[dict[str, str], HttpRequest], Mapping[str, str]]

# RFC 9110 §7.6.1, and what belongs to the connection that this host makes itself.
NEVER_PASSED = frozenset(
    {
        "accept-encoding",
        "connection",
        "content-length",
        "content-type",
        "cookie",
        "expect",
        "host",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "set-cookie",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
# What this host says of the visitor itself; the visitor's own word for it never passes.
DERIVED = frozenset({"x-forwarded-for", "x-forwarded-host", "x-forwarded-proto"})

# The client encodes header text as Latin-1, the inverse of how WSGI decodes it; a C1 code
# is half of a UTF-8 character there, no control character.
_FORBIDDEN = re.compile(r"[^\x20-\x7e\x80-\xff]")


def is_clean(text: str) -> bool:
    """Whether text may stand in a header: no control character, and Latin-1 at most."""
    return not _FORBIDDEN.search(text)


@dataclass(frozen=True, slots=True)
class HeaderPolicy:
    """The settings of header passing, ready to use."""

    django_cookies: frozenset[str]
    joined_django_cookie: re.Pattern[str]
    allowed_cookies: Patterns
    denied_cookies: Patterns
    uncounted_agents: Patterns
    extra_headers: tuple[str, ...]
    header_filter: HeaderFilter | None
    forward_host: bool
    client_address_header: str
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...]
    trusted_proxy_count: int
    relax_cookies: bool

    def passes_up(self, cookie_name: str) -> bool:
        """Whether a cookie of the visitor may reach Sitecore, by its name."""
        return (
            cookie_name not in self.django_cookies
            and any(pattern.fullmatch(cookie_name) for pattern in self.allowed_cookies)
            and not any(pattern.fullmatch(cookie_name) for pattern in self.denied_cookies)
        )


@cache
def policy() -> HeaderPolicy:
    """The policy of the current settings.

    Raises ``ValueError``, ``re.error`` or ``ImportError`` where ``manage.py check`` reports
    a mistake.
    """
    django_cookies = frozenset(_django_cookies())
    return HeaderPolicy(
        django_cookies=django_cookies,
        joined_django_cookie=_joined(django_cookies),
        allowed_cookies=_compiled(conf.JSS_COOKIES_UP_ALLOW),
        denied_cookies=_compiled(conf.JSS_COOKIES_UP_DENY),
        uncounted_agents=_compiled(conf.JSS_UNCOUNTED_USER_AGENTS),
        extra_headers=tuple(
            name
            for name in conf.LAYOUT_SERVICE_HEADERS
            if name.lower() not in NEVER_PASSED | DERIVED
        ),
        header_filter=_imported(conf.LAYOUT_SERVICE_HEADER_FILTER),
        forward_host=conf.FORWARD_HOST,
        client_address_header=meta_key(conf.CLIENT_ADDRESS_HEADER),
        trusted_proxies=tuple(ip_network(net, strict=False) for net in conf.TRUSTED_PROXIES),
        trusted_proxy_count=conf.TRUSTED_PROXY_COUNT,
        relax_cookies=settings.DEBUG and conf.JSS_RELAX_COOKIES_IN_DEBUG,
    )


@lru_cache(maxsize=1024)
def is_uncounted(agent: str) -> bool:
    """Whether requests of this user agent are no visits. Optimization: agents repeat."""
    return any(pattern.search(agent) for pattern in policy().uncounted_agents)


def meta_key(header: str) -> str:
    """A header's key in ``request.META``; ``""`` for no header."""
    return "HTTP_" + header.upper().replace("-", "_") if header else ""


def _django_cookies() -> Iterator[str]:
    yield settings.SESSION_COOKIE_NAME
    yield settings.CSRF_COOKIE_NAME
    yield settings.LANGUAGE_COOKIE_NAME
    storage = import_string(settings.MESSAGE_STORAGE)
    for part in (storage, *getattr(storage, "storage_classes", ())):
        if name := getattr(part, "cookie_name", ""):
            yield name


def _joined(names: Iterable[str]) -> re.Pattern[str]:
    """A cookie after a comma: what a server or proxy makes of two ``Cookie`` header lines."""
    return re.compile(rf",\s*(?:{'|'.join(map(re.escape, names))})\s*=")


def _compiled(patterns: Iterable[str]) -> Patterns:
    return tuple(re.compile(pattern) for pattern in patterns)


def _imported(path: str) -> HeaderFilter | None:
    return import_string(path) if path else None


def _forget_policy(**_kwargs: Any) -> None:
    policy.cache_clear()
    is_uncounted.cache_clear()


setting_changed.connect(_forget_policy)
