"""One call to a Sitecore: from its host's circuit to the first line of the answer.

``requests`` is used by its adapter alone. A ``Session`` would keep cookies, and so hand one
visitor's visit to the next; it would follow redirects, and so carry cookies to another host.
"""

import logging
import os
import time
from collections.abc import Mapping
from functools import lru_cache
from urllib.parse import SplitResult, urlsplit

import requests
from requests.models import PreparedRequest
from requests.structures import CaseInsensitiveDict

from jss_layout.circuit import circuit_of
from jss_layout.conf import conf
from jss_layout.deadline import call
from jss_layout.exceptions import CouldNotContact, LayoutServiceError, RequestNotPrepared
from jss_layout.failures import FAILURES, failed_with, failure_of
from jss_layout.headers.policy import is_clean
from jss_layout.transport import SitecoreAdapter

logger = logging.getLogger("jss_layout.sitecore")


class Exchange:
    """A request, and whether its host may be asked; ``close`` it whatever happens.

    Raises ``RequestNotPrepared`` if the request can't be built.
    """

    def __init__(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None
    ) -> None:
        self._target = _target(url)
        self._request = _prepared(method, url, headers, body)
        self.host = _host(self._target)
        self._circuit = circuit_of(self.host)
        self._entered = False
        self._started = time.monotonic()

    def answer(self) -> requests.Response | LayoutServiceError:
        """The answer with its body unread, or the reason why there is none.

        Returned, not raised: whoever raises it does so where no other exception, with the
        key's address in its text, hangs on it.
        """
        try:
            self._circuit.enter()
        except LayoutServiceError as refusal:
            return refusal
        self._entered = True
        return self._attempt()

    def _attempt(self, *, may_repeat: bool = True) -> requests.Response | LayoutServiceError:
        """Send it; once more if it is a GET that surely did not arrive.

        Such is one whose connection failed before all of it was out: a connection of the
        pool may have been closed meanwhile.
        """
        call.sent = call.connecting = False
        proxy = conf.SITECORE_PROXY
        try:
            return _adapter(os.getpid(), conf.SITECORE_CA_BUNDLE).send(
                self._request,
                stream=True,
                timeout=conf.LAYOUT_SERVICE_TIMEOUT,
                proxies={"http": proxy, "https": proxy} if proxy else None,
            )
        except FAILURES as error:
            connection_failed = failed_with(error, ConnectionError)
            is_get = self._request.method == "GET"
            if not (may_repeat and is_get and connection_failed and not call.sent):
                return failure_of(error, self.host)
        return self._attempt(may_repeat=False)

    def done(self, status: int, failure: LayoutServiceError | None) -> None:
        """Tell the circuit, and the log: one line a call, without query, cookies or key."""
        if self._entered and not isinstance(failure, RequestNotPrepared):
            self._circuit.note(answered=not isinstance(failure, CouldNotContact))
        method, path = self._request.method, self._target.path
        ms = round((time.monotonic() - self._started) * 1000)
        if failure:
            kind = type(failure).__name__
            logger.warning("%s %s%s: %s in %d ms: %s", method, self.host, path, kind, ms, failure)
        else:
            logger.info("%s %s%s: %d in %d ms", method, self.host, path, status, ms)

    def close(self) -> None:
        """Let another call have this one's place."""
        if self._entered:
            self._entered = False
            self._circuit.leave()


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
