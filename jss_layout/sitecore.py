"""The HTTP connection to a Sitecore: pooled, without cookie jar or redirects, under a deadline.

``send`` reads an answer whole, ``stream`` piece by piece.
"""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

import requests

from jss_layout.conf import conf
from jss_layout.deadline import deadline
from jss_layout.exceptions import LayoutServiceError
from jss_layout.exchange import Exchange
from jss_layout.failures import FAILURES, TooLarge, failure_of

CHUNK_BYTES = 256 * 1024
STREAMED_BYTES = 64 * 1024
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
    method: str, url: str, headers: Mapping[str, str], body: bytes | None = None
) -> SitecoreResponse:
    """Send one request and read the whole answer within ``LAYOUT_SERVICE_TIMEOUT``.

    Raises ``RequestNotPrepared`` if the request can't be built, ``CouldNotContact`` if
    nothing or half an answer came back, ``DeadlineExceeded`` if it took too long,
    ``InvalidResponse`` if the answer is too large or its encoding is broken, ``CircuitOpen``
    or ``TooManyCalls`` if the host is not asked. Once its headers are there, an error carries
    the status, the headers and the cookies.
    """
    exchange = Exchange(method, url, headers, body)
    try:
        with _in_time():
            found = exchange.answer()
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

    Iterate over it once, and ``close`` it whatever happens: until then it counts as a call
    that runs. ``headers`` and ``cookies`` are as in ``SitecoreResponse``. A piece that does
    not come within ``LAYOUT_SERVICE_TIMEOUT`` ends it; iterating then raises
    ``LayoutServiceError``.
    """

    def __init__(self, exchange: Exchange, response: requests.Response) -> None:
        self.status = response.status_code
        self.headers, self.cookies = _head(response)
        self._exchange = exchange
        self._response = response

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        """The next piece of the body."""
        try:
            with _in_time():
                if piece := self._response.raw.read(STREAMED_BYTES, decode_content=False):
                    return bytes(piece)
        except FAILURES as error:
            failure = failure_of(error, self._exchange.host)
        else:
            raise StopIteration
        self._exchange.done(self.status, failure)
        self.close()
        raise failure

    def close(self) -> None:
        """Give the connection back, to the pool if all of the body was read."""
        self._response.close()
        self._exchange.close()

    # For an answer that is thrown away on its way to the server, which would have closed it.
    __del__ = close


def stream(
    method: str, url: str, headers: Mapping[str, str], body: bytes | None = None
) -> SitecoreStream:
    """Send one request; its answer, of any size, once its headers are there.

    Raises what ``send`` raises up to there.
    """
    exchange = Exchange(method, url, headers, body)
    try:
        with _in_time():
            found = exchange.answer()
        if isinstance(found, LayoutServiceError):
            exchange.done(0, found)
            raise found
        exchange.done(found.status_code, None)
        return SitecoreStream(exchange, found)
    except BaseException:
        exchange.close()
        raise


def _in_time() -> AbstractContextManager[None]:
    return deadline(conf.LAYOUT_SERVICE_TIMEOUT, conf.LAYOUT_SERVICE_READ_TIMEOUT)


def _head(response: requests.Response) -> tuple[Mapping[str, str], tuple[str, ...]]:
    """Headers without cookies, and the cookies."""
    cookies = tuple(response.raw.headers.getlist("Set-Cookie"))
    response.headers.pop("Set-Cookie", None)
    return response.headers, cookies


def _whole(
    response: requests.Response, exchange: Exchange
) -> SitecoreResponse | LayoutServiceError:
    """Read the body; the connection goes back to the pool if all of it came, else it is closed."""
    headers, cookies = _head(response)
    try:
        body = _read_body(response)
    except FAILURES as error:
        failure = failure_of(error, exchange.host)
    else:
        return SitecoreResponse(response.status_code, headers, cookies, body)
    finally:
        response.close()
    failure.upstream_status = response.status_code
    failure.headers = headers
    failure.cookies = cookies
    return failure


def _read_body(response: requests.Response) -> bytes:
    limit = conf.LAYOUT_SERVICE_MAX_BYTES
    if response.status_code < 200:
        # The real answer is still to come on this connection. Unread, it is closed.
        return b""
    declared = response.headers.get("Content-Length", "")
    if declared.isdecimal() and (len(declared) > MAX_DIGITS or int(declared) > limit):
        raise TooLarge
    chunks: list[bytes] = []
    size = 0
    while chunk := response.raw.read(CHUNK_BYTES, decode_content=True):
        chunks.append(chunk)
        size += len(chunk)
        if size > limit:
            raise TooLarge
    return b"".join(chunks)
