"""What can go wrong between this host and the Layout Service.

::

    LayoutServiceError                 what every caller may catch; page status 503
    ├── RequestNotPrepared             the request could not be built (bad host, bad key)
    ├── CouldNotContact                DNS, connection refused, reset, TLS failure
    │   ├── DeadlineExceeded           no complete answer within the deadline
    │   └── CircuitOpen                not asked: the last calls had no answer
    ├── TooManyCalls                   not asked: too many calls to the host run already
    ├── InvalidRequest                 the service answered 4xx other than 404
    ├── InvalidResponse                not JSON, not a layout, or too large
    │   └── ServerError                the service answered 5xx
    └── UnexpectedStatus               1xx or 3xx; redirects are never followed

    SiteUnknown                        nobody can tell whose the host is; status 503

An item that does not exist is no error: its layout has no route.
"""

from collections.abc import Mapping
from types import MappingProxyType


class LayoutServiceError(Exception):
    """The Layout Service gave no layout.

    ``upstream_status`` is the HTTP status that it answered, or None; ``headers`` its
    answer's headers without cookies; ``cookies`` its raw ``Set-Cookie`` values, which go
    down to the visitor on errors too; ``sent`` says that the request went out, so that it may
    have arrived; ``http_status`` is what the page answers, and
    ``retry_after`` the seconds that it names.
    """

    http_status = 503
    retry_after = 10
    sent = False

    def __init__(
        self,
        message: str,
        *,
        upstream_status: int | None = None,
        headers: Mapping[str, str] = MappingProxyType({}),
        cookies: tuple[str, ...] = (),
        retry_after: int | None = None,
    ) -> None:
        super().__init__(message)
        if retry_after is not None:
            self.retry_after = retry_after
        self.upstream_status = upstream_status
        self.headers = headers
        self.cookies = cookies


class RequestNotPrepared(LayoutServiceError):
    """The request could not be built; the configuration is at fault."""


class CouldNotContact(LayoutServiceError):
    """Nothing came back: name resolution, connection or TLS failed."""


class DeadlineExceeded(CouldNotContact):
    """Connect, headers and body together took longer than the deadline."""


class CircuitOpen(CouldNotContact):
    """The host gave no answer to the last calls, and is not asked for a while."""


class TooManyCalls(LayoutServiceError):
    """As many calls to the host as may run at a time run already."""

    retry_after = 1


class InvalidRequest(LayoutServiceError):
    """The service refused the request with a 4xx other than 404."""


class InvalidResponse(LayoutServiceError):
    """The answer is not a layout: no JSON, another shape, or beyond the size limit."""


class ServerError(InvalidResponse):
    """The service answered 5xx."""


class UnexpectedStatus(LayoutServiceError):
    """The service answered 1xx or 3xx."""


class SiteUnknown(Exception):
    """The database has never told which sites there are, so a host may be any site's.

    ``retry_after`` are the seconds after which it is asked again.
    """

    http_status = 503

    def __init__(self, retry_after: int) -> None:
        super().__init__("The sites of this server can't be read at the moment. Try again later.")
        self.retry_after = retry_after
