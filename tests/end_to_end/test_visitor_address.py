"""The one address that Sitecore is told, from a real peer through real headers."""

from typing import Any

import pytest
import requests

from tests.end_to_end.gate.upstream import Upstream
from tests.end_to_end.served import served

pytestmark = pytest.mark.django_db(transaction=True)

VISITOR = "203.0.113.9"
CLAIMED = f"198.51.100.1, {VISITOR}, 10.1.2.3"
OWN = {"TRUSTED_PROXIES": ["127.0.0.0/8", "::1/128", "10.0.0.0/8"]}
CDN = {"CLIENT_ADDRESS_HEADER": "CF-Connecting-IP"}


@pytest.mark.parametrize(
    ("values", "headers", "peer", "arrives"),
    [
        ({}, {"X-Forwarded-For": CLAIMED}, "127.0.0.1", "127.0.0.1"),
        ({}, {"X-Forwarded-For": CLAIMED}, "::1", "::1"),
        (OWN, {"X-Forwarded-For": CLAIMED}, "127.0.0.1", VISITOR),
        (OWN, {"X-Forwarded-For": CLAIMED}, "::1", VISITOR),
        ({"TRUSTED_PROXIES": ["10.0.0.0/8"]}, {"X-Forwarded-For": CLAIMED}, "::1", "::1"),
        (OWN, {"X-Forwarded-For": f"{VISITOR}:4711"}, "127.0.0.1", VISITOR),
        (OWN, {"X-Forwarded-For": f"::ffff:{VISITOR}"}, "::1", VISITOR),
        (OWN, {"X-Forwarded-For": "[2001:db8::7]:4711"}, "::1", "2001:db8::7"),
        (OWN, {"X-Forwarded-For": "2001:DB8:0::7, 10.1.2.3"}, "127.0.0.1", "2001:db8::7"),
        (OWN, {}, "::1", "::1"),
        (OWN | CDN, {"CF-Connecting-IP": VISITOR}, "127.0.0.1", VISITOR),
        (OWN | CDN, {"CF-Connecting-IP": "2001:db8::7"}, "::1", "2001:db8::7"),
        (OWN | CDN, {"CF-Connecting-IP": "nobody"}, "127.0.0.1", "127.0.0.1"),
        (CDN | {"TRUSTED_PROXIES": ["10.0.0.0/8"]}, {"CF-Connecting-IP": VISITOR}, "::1", "::1"),
        (OWN, {"CF-Connecting-IP": VISITOR, "True-Client-IP": VISITOR}, "::1", "::1"),
    ],
)
def test_sitecore_is_told_one_bare_address(
    stand_in: Upstream,
    settings: Any,
    values: dict[str, Any],
    headers: dict[str, str],
    peer: str,
    arrives: str,
) -> None:
    for name, value in values.items():
        setattr(settings, name, value)
    with served(peer) as site:
        page = requests.get(site, headers=headers, timeout=10)
    assert page.status_code == 200
    assert [call["address"] for call in stand_in.calls if call["kind"] == "page"] == [[arrives]]
