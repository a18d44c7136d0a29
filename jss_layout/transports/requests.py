"""The transport that everyone has: the HTTP adapter of ``requests``, under a deadline.

``requests`` is used by its adapter alone. A ``Session`` would keep cookies, and so hand one
visitor's visit to the next; it would follow redirects, and so carry cookies to another host.
"""

import socket
import ssl
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import requests
from requests.adapters import HTTPAdapter
from requests.models import PreparedRequest, Response
from requests.structures import CaseInsensitiveDict
from requests.utils import DEFAULT_CA_BUNDLE_PATH
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager, ProxyManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import (
    ConnectTimeoutError,
    DecodeError,
    HTTPError,
    NameResolutionError,
    NewConnectionError,
)
from urllib3.util import SKIP_HEADER
from urllib3.util.ssl_ import create_urllib3_context

from jss_layout.conf import conf
from jss_layout.deadline import BoundedSocket, BoundedTLSSocket, call, connecting, time_left
from jss_layout.transports import (
    MAX_CONNECTION_SECONDS,
    Answer,
    Failure,
    Transport,
    UpstreamRequest,
)

# Whatever requests, urllib3, the TLS library and the operating system raise on bad input.
FAILURES = (OSError, HTTPError, ValueError)
PIECE_BYTES = 64 * 1024
# urllib3 keeps as many idle connections a host, and throws away what exceeds them; more than
# these where more calls may run at a time.
IDLE_CONNECTIONS = 128


class RequestsTransport(Transport):
    """Sends by ``requests``; so ``responses`` can fake the answers in tests."""

    def __init__(self, ca_bundle: str) -> None:
        self._adapter = SitecoreAdapter(ca_bundle)

    def ask(self, request: UpstreamRequest, *, decode: bool) -> Answer | Failure:
        """Send a request once."""
        call.sent = call.connecting = False
        proxy = conf.SITECORE_PROXY
        try:
            response = self._adapter.send(
                _prepared(request),
                stream=True,
                timeout=conf.LAYOUT_SERVICE_TIMEOUT,
                proxies={"http": proxy, "https": proxy} if proxy else None,
            )
        except FAILURES as error:
            return replace(_failure(error), sent=call.sent)
        return RequestsAnswer(response, decode=decode)


class RequestsAnswer(Answer):
    """An answer of ``requests``, its body unread."""

    def __init__(self, response: requests.Response, *, decode: bool) -> None:
        self._response = response
        self._decode = decode
        self.status = response.status_code
        self.headers = response.headers
        self.cookies = tuple(response.raw.headers.getlist("Set-Cookie"))
        response.headers.pop("Set-Cookie", None)

    def read(self) -> bytes | Failure:
        """The next piece of the body."""
        try:
            return bytes(self._response.raw.read(PIECE_BYTES, decode_content=self._decode))
        except FAILURES as error:
            return _failure(error)

    def close(self) -> None:
        """Give the connection back to the pool, or close it."""
        self._response.close()


def _prepared(request: UpstreamRequest) -> PreparedRequest:
    """A request ready to send. Optimization: without the second look at text that is ours."""
    prepared = PreparedRequest()
    prepared.method = request.method
    prepared.url = request.url
    prepared.headers = CaseInsensitiveDict(request.headers)
    prepared.body = request.body
    if request.body is not None:
        prepared.headers["Content-Length"] = str(len(request.body))
    return prepared


def _failure(error: Exception) -> Failure:
    if isinstance(error, DecodeError):
        return Failure("encoding")
    if isinstance(error, requests.exceptions.InvalidHeader):
        return Failure("head")
    if _failed_with(error, TimeoutError, requests.Timeout):
        return Failure("timeout", connecting=call.connecting)
    if isinstance(error, ValueError):
        return Failure("request")
    is_repeatable = _failed_with(error, ConnectionError) and not call.sent
    return Failure("connection", _reason(error), is_repeatable=is_repeatable)


def _failed_with(error: BaseException, *kinds: type[BaseException]) -> bool:
    """Whether the error, or one that led to it, is of these kinds."""
    return any(isinstance(cause, kinds) for cause in _causes(error))


def _reason(error: BaseException) -> str:
    """The first cause in the system's own words, which hold no address."""
    *_, root = _causes(error)
    return getattr(root, "strerror", None) or type(root).__name__


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and what led to it: the libraries pass it on as cause or as argument."""
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        inner = (cause.__cause__, getattr(cause, "reason", None), *cause.args)
        cause = next((one for one in inner if isinstance(one, BaseException)), None)


class _Dialling(HTTPConnection):
    """Connects under the deadline, trying each address of the host for its share of it."""

    connected_at = 0.0

    def connect(self) -> None:
        """Connect, through a proxy and over TLS where need be."""
        with connecting(conf.LAYOUT_SERVICE_CONNECT_TIMEOUT):
            super().connect()
        self.connected_at = time.monotonic()

    def _new_conn(self) -> socket.socket:
        try:
            return self._dial()
        except socket.gaierror as error:
            raise NameResolutionError(self.host, self, error) from error
        except TimeoutError as error:
            raise ConnectTimeoutError(self, f"Connecting to {self.host} timed out") from error
        except OSError as error:
            raise NewConnectionError(self, f"Connecting to {self.host}: {error}") from error

    def _dial(self) -> socket.socket:
        name = self._dns_host.strip("[]")
        addresses = socket.getaddrinfo(name, self.port, type=socket.SOCK_STREAM)
        for tries_left in range(len(addresses), 0, -1):
            family, kind, protocol, _, address = addresses[-tries_left]
            sock = BoundedSocket(family, kind, protocol)
            try:
                for option in self.socket_options or ():
                    sock.setsockopt(*option)
                left = time_left()
                sock.settimeout(left and left / tries_left)
                sock.connect(address)
            except OSError:
                sock.close()
                if tries_left == 1:
                    raise
            else:
                return sock
        raise OSError(f"{name} has no address")


class _TLSDialling(_Dialling, HTTPSConnection):
    """The same, to be wrapped in TLS."""


class _Renewing(HTTPConnectionPool):
    """Connects anew where the connection of the pool is too old."""

    def _get_conn(self, timeout: float | None = None) -> Any:
        connection: Any = super()._get_conn(timeout)
        if connection.sock and time.monotonic() - connection.connected_at > MAX_CONNECTION_SECONDS:
            connection.close()
        return connection


class _Pool(_Renewing):
    ConnectionCls = _Dialling


class _TLSPool(_Renewing, HTTPSConnectionPool):
    ConnectionCls = _TLSDialling


class SitecoreAdapter(HTTPAdapter):
    """Pooled connections under the deadline that trust the given certificate authorities.

    ``ca_bundle`` is a file or folder, ``""`` for the authorities that ``requests`` brings.
    Raises ``OSError`` if it can't be read.
    """

    pools: ClassVar[dict[str, type[HTTPConnectionPool]]] = {"http": _Pool, "https": _TLSPool}

    def __init__(self, ca_bundle: str = "") -> None:
        self._context = _tls_context(ca_bundle or DEFAULT_CA_BUNDLE_PATH)
        super().__init__(pool_maxsize=max(IDLE_CONNECTIONS, conf.SITECORE_MAX_CALLS))

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Pools of our own connections, with one TLS context for all of them."""
        super().init_poolmanager(*args, ssl_context=self._context, **kwargs)
        self._use_own_pools(self.poolmanager)

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> ProxyManager:
        """The same behind a proxy."""
        manager: ProxyManager = super().proxy_manager_for(
            proxy, ssl_context=self._context, **kwargs
        )
        self._use_own_pools(manager)
        return manager

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        """Nothing: the context has the authorities, read once and not for each connection."""

    def add_headers(self, request: PreparedRequest, **_kwargs: Any) -> None:
        """Keep urllib3 from naming itself where the visitor names no user agent."""
        request.headers.setdefault("User-Agent", SKIP_HEADER)

    def build_response(self, req: PreparedRequest, resp: Any) -> Response:
        """The answer. Optimization: without a cookie jar, which nobody here reads."""
        response = Response()
        response.status_code = resp.status
        response.headers = CaseInsensitiveDict(resp.headers)
        response.raw = resp
        response.request = req
        response.url = req.url or ""
        return response

    def _use_own_pools(self, manager: PoolManager) -> None:
        manager.pool_classes_by_scheme = self.pools


def _tls_context(ca_bundle: str) -> ssl.SSLContext:
    context = create_urllib3_context()
    context.sslsocket_class = BoundedTLSSocket
    if Path(ca_bundle).is_dir():
        context.load_verify_locations(capath=ca_bundle)
    else:
        context.load_verify_locations(cafile=ca_bundle)
    return context
