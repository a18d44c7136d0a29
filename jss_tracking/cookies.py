"""The two cookies by which Sitecore knows a visitor, read and written.

``SC_ANALYTICS_GLOBAL_COOKIE`` names the device for ten years: 32 hexadecimal digits, then
``|True`` once the visitor is classified as human or robot, else ``|False``.
``ASP.NET_SessionId`` names the browser session: 24 lower-case letters and digits.
Anything of another shape counts as no cookie.
"""

import re
import secrets
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.http import http_date

DEVICE_COOKIE = "SC_ANALYTICS_GLOBAL_COOKIE"
SESSION_COOKIE = "ASP.NET_SessionId"
LEGACY_SESSION_COOKIE = "SC_ANALYTICS_SESSION_COOKIE"
DEVICE_COOKIE_AGE = timedelta(days=3652)

_DEVICE = re.compile(r"([0-9a-f]{32})\|(True|False)", re.ASCII)
_SESSION = re.compile(r"[0-9a-z]{24}", re.ASCII)
_SESSION_ALPHABET = "abcdefghijklmnopqrstuvwxyz012345"


@dataclass(frozen=True, slots=True, repr=False)
class VisitorIds:
    """What the cookies say: device and session, ``""`` where there is none.

    ``classified`` is the device cookie's flag. Not shown by ``repr``: the ids are secrets.
    """

    device: str = ""
    session: str = ""
    classified: bool = False


def read_ids(device_cookie: str, session_cookie: str) -> VisitorIds:
    """The ids in the values of the two cookies."""
    device = _DEVICE.fullmatch(device_cookie)
    session = _SESSION.fullmatch(session_cookie)
    return VisitorIds(
        device=device[1] if device else "",
        session=session[0] if session else "",
        classified=bool(device) and device_cookie.endswith("True"),
    )


def new_device_id() -> str:
    """An id for a browser that has none."""
    return uuid.uuid4().hex


def new_session_id() -> str:
    """An id as ASP.NET makes it: 120 random bits."""
    return "".join(secrets.choice(_SESSION_ALPHABET) for _ in range(24))


def device_cookie(ids: VisitorIds, now: datetime, *, secure: bool) -> str:
    """``Set-Cookie`` value that gives the device its id for ten years from now."""
    expires = http_date((now + DEVICE_COOKIE_AGE).timestamp())
    policy = "Secure; SameSite=None" if secure else "SameSite=Lax"
    value = f"{ids.device}|{ids.classified}"
    return f"{DEVICE_COOKIE}={value}; expires={expires}; path=/; HttpOnly; {policy}"


def session_cookie(ids: VisitorIds, *, secure: bool) -> str:
    """``Set-Cookie`` value that gives the browser its session until it is closed."""
    policy = "Secure; SameSite=Lax" if secure else "SameSite=Lax"
    return f"{SESSION_COOKIE}={ids.session}; path=/; HttpOnly; {policy}"
