"""What went wrong in a call to Sitecore, told without a key, a cookie or an address' query."""

from collections.abc import Iterator

import requests
from urllib3.exceptions import DecodeError, HTTPError

from jss_layout.conf import conf
from jss_layout.deadline import call
from jss_layout.exceptions import (
    CouldNotContact,
    DeadlineExceeded,
    InvalidResponse,
    LayoutServiceError,
    RequestNotPrepared,
)


class TooLarge(Exception):
    """The body goes beyond ``LAYOUT_SERVICE_MAX_BYTES``."""


# Whatever requests, urllib3, the TLS library and the operating system raise on bad input.
FAILURES = (OSError, HTTPError, ValueError, TooLarge)


def failure_of(error: Exception, host: str) -> LayoutServiceError:
    """The exception to raise for a failure of a call to ``host``."""
    if isinstance(error, TooLarge):
        limit = conf.LAYOUT_SERVICE_MAX_BYTES
        return InvalidResponse(
            f"{host} answered with more than {limit} bytes (LAYOUT_SERVICE_MAX_BYTES)."
        )
    if isinstance(error, DecodeError):
        return InvalidResponse(f"{host} answered with a body that can't be decompressed.")
    if isinstance(error, requests.exceptions.InvalidHeader):
        return InvalidResponse(f"{host} answered with several lengths for one body.")
    if failed_with(error, TimeoutError, requests.Timeout):
        return DeadlineExceeded(f"{host} {_what_took_too_long()}.")
    if isinstance(error, ValueError):
        return RequestNotPrepared(
            f"No request to {host} could be made; see SITECORE_API_HOST and SITECORE_PROXY."
        )
    return CouldNotContact(f"Could not get an answer from {host}: {_reason(error)}.")


def _what_took_too_long() -> str:
    whole, to_connect = conf.LAYOUT_SERVICE_TIMEOUT, conf.LAYOUT_SERVICE_CONNECT_TIMEOUT
    silence = conf.LAYOUT_SERVICE_READ_TIMEOUT
    if call.connecting and to_connect < whole:
        return f"took no connection within {to_connect:g} s (LAYOUT_SERVICE_CONNECT_TIMEOUT)"
    if silence < whole:
        return (
            f"gave no complete answer within {whole:g} s (LAYOUT_SERVICE_TIMEOUT), or not a word "
            f"for {silence:g} s (LAYOUT_SERVICE_READ_TIMEOUT)"
        )
    return f"gave no complete answer within {whole:g} s (LAYOUT_SERVICE_TIMEOUT)"


def failed_with(error: BaseException, *kinds: type[BaseException]) -> bool:
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
