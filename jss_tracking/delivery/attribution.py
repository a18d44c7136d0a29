"""Whose a batch is: by hashes of the visitor's cookies, since no cookie is a key as it came."""

from base64 import urlsafe_b64encode
from collections.abc import Sequence
from hashlib import sha256

from jss_layout.headers import split_cookies
from jss_tracking.cookies import DEVICE_COOKIE, LEGACY_SESSION_COOKIE, SESSION_COOKIE
from jss_tracking.trackers import Visitor


def visitor_keys(visitor: Visitor) -> tuple[str, str]:
    """Hashes by which the visitor's session and device are told apart; ``""`` if by nothing.

    What counts is what Sitecore gets to see. Without a session its device stands in.
    """
    cookies = split_cookies(dict(visitor.headers).get("Cookie", ""))
    return _keys(visitor.site.name, cookies)


def browser_keys(visitor: Visitor) -> tuple[str, str]:
    """The same by the browser's own cookies, which don't pass up of whom is not tracked."""
    return _keys(visitor.site.name, visitor.cookies)


def _keys(site: str, pairs: Sequence[tuple[str, str]]) -> tuple[str, str]:
    """The first cookie of a name counts."""
    cookies = dict(reversed(pairs))
    session = cookies.get(SESSION_COOKIE) or cookies.get(LEGACY_SESSION_COOKIE, "")
    device = cookies.get(DEVICE_COOKIE, "").partition("|")[0]
    device_key = _key("device", site, device)
    return _key("session", site, session) or device_key, device_key


def _key(kind: str, site: str, cookie: str) -> str:
    """No cookie is a key as it came."""
    if not cookie:
        return ""
    digest = sha256("\0".join((kind, site, cookie)).encode("utf-8", "replace")).digest()
    return urlsafe_b64encode(digest).decode().rstrip("=")
