"""What went wrong in a call to Sitecore, told without a key, a cookie or an address' query."""

from jss_layout.conf import conf
from jss_layout.exceptions import (
    CouldNotContact,
    DeadlineExceeded,
    InvalidResponse,
    LayoutServiceError,
    RequestNotPrepared,
)
from jss_layout.transports import Failure


def failure_of(failure: Failure, host: str) -> LayoutServiceError:
    """The exception to raise for a failure of a call to ``host``."""
    match failure.what:
        case "size":
            limit = conf.LAYOUT_SERVICE_MAX_BYTES
            return InvalidResponse(
                f"{host} answered with more than {limit} bytes (LAYOUT_SERVICE_MAX_BYTES)."
            )
        case "encoding":
            return InvalidResponse(f"{host} answered with a body that can't be decompressed.")
        case "head":
            return InvalidResponse(f"{host} answered with headers that contradict each other.")
        case "timeout":
            return DeadlineExceeded(f"{host} {_what_took_too_long(failure)}.")
        case "request":
            return RequestNotPrepared(
                f"No request to {host} could be made; see SITECORE_API_HOST and SITECORE_PROXY."
            )
        case "connection":
            return CouldNotContact(f"Could not get an answer from {host}: {failure.reason}.")


def _what_took_too_long(failure: Failure) -> str:
    whole, to_connect = conf.LAYOUT_SERVICE_TIMEOUT, conf.LAYOUT_SERVICE_CONNECT_TIMEOUT
    silence = conf.LAYOUT_SERVICE_READ_TIMEOUT
    if failure.connecting and to_connect < whole:
        return f"took no connection within {to_connect:g} s (LAYOUT_SERVICE_CONNECT_TIMEOUT)"
    if silence < whole:
        return (
            f"gave no complete answer within {whole:g} s (LAYOUT_SERVICE_TIMEOUT), or not a word "
            f"for {silence:g} s (LAYOUT_SERVICE_READ_TIMEOUT)"
        )
    return f"gave no complete answer within {whole:g} s (LAYOUT_SERVICE_TIMEOUT)"
