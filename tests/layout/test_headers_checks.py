from typing import Any

import pytest
from django.core.checks import run_checks

from jss_layout.headers import checks  # noqa: F401


def ids() -> set[str]:
    return {message.id or "" for message in run_checks()}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "value", "identifier"),
    [
        ("JSS_COOKIES_UP_ALLOW", ["("], "jss_layout.E040"),
        ("JSS_COOKIES_UP_DENY", ["*"], "jss_layout.E040"),
        ("JSS_UNCOUNTED_USER_AGENTS", ["["], "jss_layout.E040"),
        ("TRUSTED_PROXIES", ["10.0.0.0/99"], "jss_layout.E041"),
        ("LAYOUT_SERVICE_HEADER_FILTER", "no.such.thing", "jss_layout.E042"),
        ("JSS_CACHE_CONTROL", "public, max-age=60", "jss_layout.E043"),
        ("JSS_CACHE_CONTROL", "private\r\nX: y", "jss_layout.E043"),
        ("JSS_RELAX_COOKIES_IN_DEBUG", True, "jss_layout.W040"),
        ("LAYOUT_SERVICE_HEADERS", ["Connection"], "jss_layout.W041"),
        ("LAYOUT_SERVICE_HEADERS", ["X-Forwarded-For"], "jss_layout.W041"),
        ("LAYOUT_SERVICE_HEADERS", ["X Bad"], "jss_layout.W041"),
    ],
)
def test_a_mistake_is_found(name: str, value: Any, identifier: str, settings: Any) -> None:
    assert identifier not in ids()
    setattr(settings, name, value)
    assert identifier in ids()


PUBLIC_PAGES = "jss_layout.middleware.PublicPageMiddleware"
SESSIONS = "django.contrib.sessions.middleware.SessionMiddleware"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("seconds", "middleware", "found"),
    [
        (60, [], True),
        (60, [SESSIONS, PUBLIC_PAGES], True),
        (60, [PUBLIC_PAGES, SESSIONS], False),
        (0, [], False),
    ],
)
def test_a_lifetime_needs_its_middleware_before_all_that_sets_cookies(
    seconds: int, middleware: list[str], found: bool, settings: Any
) -> None:
    settings.PAGE_MAX_AGE, settings.MIDDLEWARE = seconds, middleware
    assert ("jss_layout.W042" in ids()) is found


@pytest.mark.django_db
def test_good_settings_pass(settings: Any) -> None:
    settings.JSS_COOKIES_UP_ALLOW = [r"SC_.*", r"ASP\.NET_SessionId"]
    settings.TRUSTED_PROXIES = ["10.0.0.0/8", "2001:db8::1"]
    settings.LAYOUT_SERVICE_HEADERS = ["Accept-Language"]
    settings.LAYOUT_SERVICE_HEADER_FILTER = "tests.layout.test_headers_up.change_headers"
    settings.JSS_CACHE_CONTROL = "private, no-store"
    settings.PAGE_MAX_AGE = 60
    found = {one for one in ids() if one.startswith("jss_layout.") and one[11:14] in ("E04", "W04")}
    assert not found
