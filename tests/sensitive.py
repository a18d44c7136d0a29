"""Values that no log line may hold. Tests send these where a visitor or Sitecore has secrets.

``tests/conftest.py`` fails the test in which one of them is logged, at any level.
"""

import re

API_KEY = "7b2f4d0e-91c3-4a58-b6d1-0e5f8a9c3d27"
SITE_API_KEY = "{A1D7E3F0-5B24-4C96-8E1A-6F3B9D0C2E48}"
ANALYTICS_COOKIE = "5d0f3a8c71b94e2fa6c8d1e07b3f9a24|True"
SESSION_COOKIE = "qx5zkd3w1hvbn0rtlsmy2pcj"
DJANGO_SESSION_COOKIE = "j4m8r2t6x0v1z3b5n7k9p8h6g4f2d0s1"

SECRETS = (API_KEY, SITE_API_KEY, ANALYTICS_COOKIE, SESSION_COOKIE, DJANGO_SESSION_COOKIE)
_SPELLINGS = tuple(
    {
        spelling.lower()
        for secret in SECRETS
        for spelling in (secret, secret.strip("{}"), secret.strip("{}").replace("-", ""))
    }
)
# What stands here is secret whatever its value is.
_PLACES = re.compile(
    r"sc_apikey=[^*&\s]"
    r"|\b(?:SC_ANALYTICS_GLOBAL_COOKIE|ASP\.NET_SessionId|sessionid|csrftoken)=[^*;\s]",
    re.IGNORECASE,
)


def found_in(text: str) -> list[str]:
    """What of the text must not stand in a log."""
    spellings = [spelling for spelling in _SPELLINGS if spelling in text.lower()]
    return spellings + [match.group() for match in _PLACES.finditer(text)]
