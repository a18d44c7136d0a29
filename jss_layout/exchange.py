"""One call to a Sitecore: from its host's circuit to the first line of the answer."""

import logging
import re
import time
from collections.abc import Mapping
from functools import lru_cache
from urllib.parse import urlsplit

from jss_layout.circuit import circuit_of
from jss_layout.exceptions import CouldNotContact, LayoutServiceError, RequestNotPrepared
from jss_layout.failures import failure_of
from jss_layout.headers.policy import is_clean
from jss_layout.metrics import count_call
from jss_layout.transports import Answer, Failure, UpstreamRequest, transport

logger = logging.getLogger("jss_layout.sitecore")

ENCODINGS = "gzip, deflate"
# Scheme and authority, path, and what follows it: RFC 3986 appendix B.
_ADDRESS = re.compile(r"([^/?#]*//[^/?#]*)([^?#]*)(.*)", re.DOTALL)
# A token: RFC 9110 §5.6.2.
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


class Exchange:
    """A request, and whether its host may be asked; ``close`` it whatever happens.

    ``media`` says that it is for a file, of which only so many are asked for at a time.
    Raises ``RequestNotPrepared`` if the request can't be built.
    """

    def __init__(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | None,
        *,
        media: bool = False,
    ) -> None:
        self.host, self._path, address = _target(url)
        self._request = _prepared(method, address, headers, body)
        self._circuit = circuit_of(self.host)
        self._media = media
        self._entered = False
        self._started = time.monotonic()

    def answer(self, *, decode: bool) -> Answer | LayoutServiceError:
        """The answer with its body unread, or the reason why there is none.

        Returned, not raised: whoever raises it does so where no other exception, with the
        key's address in its text, hangs on it.
        """
        try:
            self._circuit.enter(media=self._media)
        except LayoutServiceError as refusal:
            return refusal
        self._entered = True
        found = self._ask(decode=decode)
        if not isinstance(found, Failure):
            return found
        failure = failure_of(found, self.host)
        failure.sent = found.sent
        return failure

    def _ask(self, *, decode: bool) -> Answer | Failure:
        """Send it; once more if it is a GET that surely did not arrive.

        A connection of the pool may have been closed meanwhile.
        """
        way = transport()
        found = way.ask(self._request, decode=decode)
        if isinstance(found, Failure) and found.is_repeatable and self._request.method == "GET":
            return way.ask(self._request, decode=decode)
        return found

    def done(self, status: int, failure: LayoutServiceError | None) -> None:
        """Tell the circuit, and the log: one line a call, without query, cookies or key."""
        if self._entered and not isinstance(failure, RequestNotPrepared):
            self._circuit.note(answered=not isinstance(failure, CouldNotContact))
        method, path = self._request.method, self._path
        seconds = time.monotonic() - self._started
        ms = round(seconds * 1000)
        kind = type(failure).__name__ if failure else f"{status // 100}xx"
        count_call(self.host, kind, seconds)
        if failure:
            logger.warning("%s %s%s: %s in %d ms: %s", method, self.host, path, kind, ms, failure)
        else:
            logger.info("%s %s%s: %d in %d ms", method, self.host, path, status, ms)

    def close(self) -> None:
        """Let another call have this one's place."""
        if self._entered:
            self._entered = False
            self._circuit.leave(media=self._media)


def _target(url: str) -> tuple[str, str, str]:
    """Host, path and all of an address that can be called, without a user's name and password."""
    parts = _ADDRESS.fullmatch(url)
    origin = _origin(parts[1]) if parts else None
    if not parts or not origin or not url.isascii() or not url.isprintable() or " " in url:
        raise RequestNotPrepared(
            "The address of Sitecore is no http or https address; "
            "set SITECORE_API_HOST to one such as https://cd.example.com."
        )
    host, base = origin
    return host, parts[2], f"{base}{parts[2]}{parts[3]}"


@lru_cache(maxsize=64)
def _origin(text: str) -> tuple[str, str] | None:
    """The host, and what an address begins with; None for no http or https.

    Optimization: the hosts of Sitecore are few.
    """
    try:
        parts = urlsplit(text)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.port == 0:
            return None
    except ValueError:
        return None
    host = parts.netloc.rpartition("@")[2]
    return host, parts._replace(netloc=host).geturl()


def _prepared(
    method: str, url: str, headers: Mapping[str, str], body: bytes | None
) -> UpstreamRequest:
    names = tuple(headers)
    # Optimization: all at once, since nearly always all of them are clean.
    if _unclean_names(names) or not is_clean("".join(headers.values())):
        unclean = (name for name in headers if not is_clean(headers[name]))
        name = next(iter((*_unclean_names(names), *unclean)))
        raise RequestNotPrepared(f"The header {name!r} has characters that can't be sent.")
    if not _names_encodings(names):
        headers = {**headers, "Accept-Encoding": ENCODINGS}
    return UpstreamRequest(method, url, headers, body)


# Optimization: visitors' browsers send the same few headers, here and below.
@lru_cache(maxsize=256)
def _unclean_names(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name for name in names if not _HEADER_NAME.fullmatch(name))


@lru_cache(maxsize=256)
def _names_encodings(names: tuple[str, ...]) -> bool:
    return "accept-encoding" in map(str.lower, names)
