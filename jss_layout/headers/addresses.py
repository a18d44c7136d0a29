"""The visitor's own address, found behind one's proxies.

Sitecore takes the address from ``X-Forwarded-For`` and fails on a list or a port, so what
this module answers is one bare address.
"""

from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address

from django.http import HttpRequest

from jss_layout.headers.policy import HeaderPolicy, policy

Address = IPv4Address | IPv6Address
MAX_LENGTH = 100  # of an address with brackets, zone and port


def client_address(request: HttpRequest) -> str:
    """The visitor's address without port, brackets or zone; ``""`` if none is known.

    ``CLIENT_ADDRESS_HEADER`` goes first where it is set and the peer may be believed; then
    ``X-Forwarded-For`` as far as ``TRUSTED_PROXIES`` or ``TRUSTED_PROXY_COUNT`` reach;
    without any of them the peer itself, whatever headers it sends.
    """
    rules = policy()
    peer = parse_address(request.META.get("REMOTE_ADDR", ""))
    named = request.META.get(rules.client_address_header, "")
    if named and _is_trusted(peer, rules) and (address := parse_address(named)):
        return str(address)
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "")
    address = _behind_proxies(peer, forwarded, rules)
    return str(address) if address else ""


def parse_address(text: str) -> Address | None:
    """One address, as ``1.2.3.4``, ``1.2.3.4:80``, ``::1``, ``[::1]`` or ``[::1]:80``.

    An IPv4 address in IPv6 clothes (``::ffff:1.2.3.4``) becomes what it is; None for
    anything else.
    """
    return _parsed(text) if len(text) <= MAX_LENGTH else None


# Optimization: one's proxies and a visitor's clicks repeat their addresses.
@lru_cache(maxsize=1024)
def _parsed(text: str) -> Address | None:
    text = text.strip().strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _is_trusted(peer: Address | None, rules: HeaderPolicy) -> bool:
    """A peer without an address is a Unix socket: a process of this machine."""
    if peer is None or not rules.trusted_proxies:
        return True
    return any(peer in network for network in rules.trusted_proxies)


def _behind_proxies(peer: Address | None, forwarded: str, rules: HeaderPolicy) -> Address | None:
    hops = forwarded.split(",") if forwarded else []
    if rules.trusted_proxies:
        return _nearest_stranger(peer, hops, rules)
    if not rules.trusted_proxy_count or not hops:
        return peer
    return parse_address(hops[-min(rules.trusted_proxy_count, len(hops))]) or peer


def _nearest_stranger(peer: Address | None, hops: list[str], rules: HeaderPolicy) -> Address | None:
    """Walk from the peer towards the visitor: the first address that is no trusted proxy.

    An entry that is no address ends the walk, for nobody vouches for what stands before it.
    """
    found = peer
    while hops and _is_trusted(found, rules):
        address = parse_address(hops.pop())
        if address is None:
            break
        found = address
    return found
