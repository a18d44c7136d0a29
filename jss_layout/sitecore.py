"""The HTTP connection to a Sitecore: pooled, without cookie jar or redirects, under a deadline.

``requests`` is used by its adapter alone. A ``Session`` would keep cookies, and so hand one
visitor's visit to the next; it would follow redirects, and so carry cookies to another host.
"""

import logging
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from urllib.parse import SplitResult, urlsplit

import requests
from requests.models import PreparedRequest
from requests.structures import CaseInsensitiveDict

from jss_layout.conf import conf
from jss_layout.deadline import call, deadline
from jss_layout.exceptions import LayoutServiceError, RequestNotPrepared
from jss_layout.failures import FAILURES, TooLarge, failed_with, failure_of
from jss_layout.headers.policy import is_clean
from jss_layout.transport import SitecoreAdapter

logger = logging.getLogger(__name__)

CHUNK_BYTES = 256 * 1024
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
    ``InvalidResponse`` if the answer is too large or its encoding is broken. Once its
    headers are there, an error carries the status, the headers and the cookies.
    """
    target = _target(url)
    request = _prepared(method, url, headers, body)
    started = time.monotonic()
    with deadline(conf.LAYOUT_SERVICE_TIMEOUT):
        outcome = _exchange(request, target)
    _log(method, target, outcome, time.monotonic() - started)
    if isinstance(outcome, LayoutServiceError):
        # Raised out here, so that no exception with the key's URL in its text hangs on it.
        raise outcome
    return outcome


def _target(url: str) -> SplitResult:
    """The parts of an address that can be called."""
    try:
        parts = urlsplit(url)
        callable_ = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        callable_ = False
    if not callable_ or not url.isascii() or not url.isprintable() or " " in url:
        raise RequestNotPrepared(
            "The address of Sitecore is no http or https address; "
            "set SITECORE_API_HOST to one such as https://cd.example.com."
        )
    return parts


def _prepared(
    method: str, url: str, headers: Mapping[str, str], body: bytes | None
) -> PreparedRequest:
    """A request ready to send. Optimization: without the second look at text that is ours."""
    for name, value in headers.items():
        if not is_clean(value):
            raise RequestNotPrepared(f"The header {name!r} has characters that can't be sent.")
    request = PreparedRequest()
    request.method = method
    request.url = url
    request.headers = CaseInsensitiveDict(headers)
    request.headers.setdefault("Accept-Encoding", "gzip, deflate")
    request.body = body
    if body is not None:
        request.headers["Content-Length"] = str(len(body))
    return request


def _exchange(
    request: PreparedRequest, target: SplitResult, *, may_repeat: bool = True
) -> SitecoreResponse | LayoutServiceError:
    """The answer, or the reason why there is none.

    A GET that surely did not arrive, since the connection failed before all of it was out,
    is sent once more: a connection of the pool may have been closed meanwhile.
    """
    call.sent = False
    proxy = conf.SITECORE_PROXY
    try:
        response = _adapter(os.getpid(), conf.SITECORE_CA_BUNDLE).send(
            request,
            stream=True,
            timeout=conf.LAYOUT_SERVICE_TIMEOUT,
            proxies={"http": proxy, "https": proxy} if proxy else None,
        )
    except FAILURES as error:
        connection_failed = failed_with(error, ConnectionError)
        if not (may_repeat and request.method == "GET" and connection_failed and not call.sent):
            return failure_of(error, _host(target))
    else:
        return _whole(response, target)
    return _exchange(request, target, may_repeat=False)


def _whole(
    response: requests.Response, target: SplitResult
) -> SitecoreResponse | LayoutServiceError:
    """Read the body; the connection goes back to the pool if all of it came, else it is closed."""
    cookies = tuple(response.raw.headers.getlist("Set-Cookie"))
    headers = response.headers
    headers.pop("Set-Cookie", None)
    try:
        body = _read_body(response)
    except FAILURES as error:
        failure = failure_of(error, _host(target))
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


def _log(
    method: str,
    target: SplitResult,
    outcome: SitecoreResponse | LayoutServiceError,
    seconds: float,
) -> None:
    """One line a call, without query, cookies or key."""
    host, path, ms = _host(target), target.path, round(seconds * 1000)
    if isinstance(outcome, LayoutServiceError):
        kind = type(outcome).__name__
        logger.warning("%s %s%s: %s in %d ms: %s", method, host, path, kind, ms, outcome)
    else:
        logger.info("%s %s%s: %d in %d ms", method, host, path, outcome.status, ms)


def _host(target: SplitResult) -> str:
    """Host and port as they may be shown: without a user's name and password."""
    return target.netloc.rpartition("@")[2]


@lru_cache(maxsize=1)
def _adapter(_process: int, ca_bundle: str) -> SitecoreAdapter:
    """The one adapter of this process.

    Its own, because a connection that a forked worker shares with another would give each
    the other's answers.
    """
    try:
        return SitecoreAdapter(ca_bundle)
    except OSError as error:
        raise RequestNotPrepared(
            f"SITECORE_CA_BUNDLE {ca_bundle!r} can't be read: {error.strerror or error}."
        ) from error
