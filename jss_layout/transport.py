"""An HTTP adapter of ``requests`` whose connections are under the deadline of the call."""

import socket
import ssl
from pathlib import Path
from typing import Any, ClassVar

from requests.adapters import HTTPAdapter
from requests.models import PreparedRequest, Response
from requests.structures import CaseInsensitiveDict
from requests.utils import DEFAULT_CA_BUNDLE_PATH
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager, ProxyManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError
from urllib3.util import SKIP_HEADER
from urllib3.util.ssl_ import create_urllib3_context

from jss_layout.conf import conf
from jss_layout.deadline import BoundedSocket, BoundedTLSSocket, connecting, time_left

# More than any sensible number of threads: urllib3 keeps as many idle connections a host,
# and throws away what exceeds them.
MAX_IDLE_CONNECTIONS = 128


class _Dialling(HTTPConnection):
    """Connects under the deadline, trying each address of the host for its share of it."""

    def connect(self) -> None:
        """Connect, through a proxy and over TLS where need be."""
        with connecting(conf.LAYOUT_SERVICE_CONNECT_TIMEOUT):
            super().connect()

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


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Dialling


class _TLSPool(HTTPSConnectionPool):
    ConnectionCls = _TLSDialling


class SitecoreAdapter(HTTPAdapter):
    """Pooled connections under the deadline that trust the given certificate authorities.

    ``ca_bundle`` is a file or folder, ``""`` for the authorities that ``requests`` brings.
    Raises ``OSError`` if it can't be read.
    """

    pools: ClassVar[dict[str, type[HTTPConnectionPool]]] = {"http": _Pool, "https": _TLSPool}

    def __init__(self, ca_bundle: str = "") -> None:
        self._context = _tls_context(ca_bundle or DEFAULT_CA_BUNDLE_PATH)
        super().__init__(pool_maxsize=MAX_IDLE_CONNECTIONS)

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
