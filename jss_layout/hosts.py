"""Host names, origins and lists of them, as people and browsers write them."""

import re
from ipaddress import ip_address
from urllib.parse import urlsplit

DEFAULT_PORTS = {"http": 80, "https": 443}
HOST = re.compile(r"[a-z0-9*]([a-z0-9*_.-]*[a-z0-9*])?")
PORT = re.compile(r":\d*\Z")
LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")


def listed(text: str) -> tuple[str, ...]:
    """The entries of a list with newlines, ``|``, ``,`` or ``;`` between them, blanks stripped."""
    return tuple(entry.strip() for entry in re.split(r"[\n|,;]", text) if entry.strip())


def bare_host(host: str) -> str:
    """The host in lower case without port, brackets and final dot.

    ``Example.com:8000`` → ``example.com``, ``[::1]:8000`` and ``0:0::1`` → ``::1``.
    """
    host = host.strip().lower()
    if host.startswith("["):
        host = host[1:].partition("]")[0]
    elif PORT.search(host) and host.count(":") == 1:
        host = host.partition(":")[0]
    return _shortest_address(host) if ":" in host else host.removesuffix(".")


def _shortest_address(host: str) -> str:
    try:
        return str(ip_address(host))
    except ValueError:
        return host


def is_host_name(host: str) -> bool:
    """Whether the text may be a host: a name with ``*`` wildcards, or an IP address."""
    try:
        ip_address(bare_host(host))
    except ValueError:
        return bool(HOST.fullmatch(bare_host(host))) and ".." not in host
    return True


def is_language(code: str) -> bool:
    """Whether the text is a language as Sitecore names them, such as ``en`` or ``da-DK``."""
    return bool(LANGUAGE.fullmatch(code))


def web_address(text: str) -> str:
    """``scheme://host[:port]`` in the form in which browsers send it as ``Origin``.

    Raises ``ValueError`` for any other scheme than http and https, for a path, a query, a
    user, a wildcard or a port that is none.
    """
    parts = urlsplit(text.strip().removesuffix("/").lower())
    host = parts.hostname or ""
    if parts.scheme not in DEFAULT_PORTS or "*" in host or not is_host_name(host):
        raise ValueError(text)
    if parts.path or parts.query or parts.fragment or "@" in parts.netloc:
        raise ValueError(text)
    name = f"[{host}]" if ":" in host else host
    port = "" if parts.port in (None, DEFAULT_PORTS[parts.scheme]) else f":{parts.port}"
    return f"{parts.scheme}://{name}{port}"


def is_web_address(text: str) -> bool:
    """Whether the text is ``http(s)://host[:port]``."""
    try:
        web_address(text)
    except ValueError:
        return False
    return True
