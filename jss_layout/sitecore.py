"""The HTTP connection to a Sitecore: pooled, without cookie jar or redirects, under a deadline.

``send`` reads an answer whole, ``stream`` piece by piece.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from jss_layout.conf import conf
from jss_layout.deadline import Deadline
from jss_layout.exceptions import LayoutServiceError
from jss_layout.exchange import Exchange
from jss_layout.failures import failure_of
from jss_layout.transports import Answer, Failure

MAX_DIGITS = 18


@dataclass(frozen=True, slots=True)
class SitecoreResponse:
    """What Sitecore answered; any status is an answer.

    ``headers`` compare their names without case and hold no cookies; ``cookies`` are the raw
    ``Set-Cookie`` values, one for each line; ``body`` is decompressed.
    """

    status: int
    headers: Mapping[str, str] = field(repr=False)
    cookies: tuple[str, ...] = field(default=(), repr=False)
    body: bytes = field(default=b"", repr=False)


def send(
    method: str,
    url: str,
    headers: Mapping[str, str],
    body: bytes | None = None,
    *,
    seconds: float = math.inf,
) -> SitecoreResponse:
    """Send one request and read the whole answer within ``LAYOUT_SERVICE_TIMEOUT``.

    ``seconds`` is how long the caller waits, if that is shorter.

    Raises ``RequestNotPrepared`` if the request can't be built, ``CouldNotContact`` if
    nothing or half an answer came back, ``DeadlineExceeded`` if it took too long,
    ``InvalidResponse`` if the answer is too large or its encoding is broken, ``CircuitOpen``
    or ``TooManyCalls`` if the host is not asked. Once its headers are there, an error carries
    the status, the headers and the cookies.
    """
    exchange = Exchange(method, url, headers, body)
    try:
        with _in_time(seconds):
            found = exchange.answer(decode=True)
            outcome = found if isinstance(found, LayoutServiceError) else _whole(found, exchange)
        if isinstance(outcome, LayoutServiceError):
            exchange.done(0, outcome)
            raise outcome
        exchange.done(outcome.status, None)
        return outcome
    finally:
        exchange.close()


class SitecoreStream:
    """An answer whose body is yet to come, as it comes: not decompressed, not kept.

    ``first`` is the piece of the body that is there already, ``b""`` if there is no body.
    Iterate over it once, and ``close`` it whatever happens: until then it counts as a call
    that runs. ``headers`` and ``cookies`` are as in ``SitecoreResponse``. A piece that does
    not come within ``LAYOUT_SERVICE_TIMEOUT`` ends it; iterating then raises
    ``LayoutServiceError``.
    """

    def __init__(self, exchange: Exchange, answer: Answer, first: bytes) -> None:
        self.status = answer.status
        self.headers, self.cookies = answer.headers, answer.cookies
        self._exchange = exchange
        self._answer = answer
        self._first = first

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        """The next piece of the body."""
        if piece := self._first:
            self._first = b""
            return piece
        with _in_time():
            found = self._answer.read()
        if not isinstance(found, Failure):
            if found:
                return found
            raise StopIteration
        failure = failure_of(found, self._exchange.host)
        self._exchange.done(self.status, failure)
        self.close()
        raise failure

    def close(self) -> None:
        """Give the connection back, to the pool if all of the body was read."""
        self._answer.close()
        self._exchange.close()

    # For an answer that is thrown away on its way to the server, which would have closed it.
    __del__ = close


def stream(
    method: str,
    url: str,
    headers: Mapping[str, str],
    body: bytes | None = None,
    *,
    media: bool = False,
) -> SitecoreStream:
    """Send one request; its answer, of any size, once the first piece of its body is there.

    A body that fails sooner has the whole answer fail, while its visitor has none yet.
    ``media``: it counts among ``SITECORE_MAX_MEDIA_CALLS`` too. Raises what ``send`` raises
    up to there.
    """
    exchange = Exchange(method, url, headers, body, media=media)
    try:
        with _in_time():
            found = exchange.answer(decode=False)
            begun = found if isinstance(found, LayoutServiceError) else _begun(found, exchange)
        if isinstance(begun, LayoutServiceError):
            exchange.done(0, begun)
            raise begun
        exchange.done(begun.status, None)
        return begun
    except BaseException:
        exchange.close()
        raise


def _in_time(seconds: float = math.inf) -> Deadline:
    whole = min(seconds, conf.LAYOUT_SERVICE_TIMEOUT)
    return Deadline(whole, conf.LAYOUT_SERVICE_READ_TIMEOUT)


def _whole(answer: Answer, exchange: Exchange) -> SitecoreResponse | LayoutServiceError:
    """Read the body; the connection is kept if all of it came, else it is closed."""
    try:
        body = _read_body(answer)
    finally:
        answer.close()
    if not isinstance(body, Failure):
        return SitecoreResponse(answer.status, answer.headers, answer.cookies, body)
    return _broken(body, answer, exchange)


def _begun(answer: Answer, exchange: Exchange) -> SitecoreStream | LayoutServiceError:
    """The answer and the first piece of its body; closed if that does not come."""
    first = answer.read()
    if not isinstance(first, Failure):
        return SitecoreStream(exchange, answer, first)
    answer.close()
    return _broken(first, answer, exchange)


def _broken(failure: Failure, answer: Answer, exchange: Exchange) -> LayoutServiceError:
    """Why a body did not come, with what its headers said."""
    error = failure_of(failure, exchange.host)
    error.upstream_status = answer.status
    error.headers = answer.headers
    error.cookies = answer.cookies
    return error


def _read_body(answer: Answer) -> bytes | Failure:
    limit = conf.LAYOUT_SERVICE_MAX_BYTES
    if answer.status < 200:
        # The real answer is still to come on this connection. Unread, it is closed.
        return b""
    declared = answer.headers.get("Content-Length", "")
    if declared.isdecimal() and (len(declared) > MAX_DIGITS or int(declared) > limit):
        return Failure("size")
    pieces: list[bytes] = []
    size = 0
    while piece := answer.read():
        if isinstance(piece, Failure):
            return piece
        pieces.append(piece)
        size += len(piece)
        if size > limit:
            return Failure("size")
    return b"".join(pieces)
