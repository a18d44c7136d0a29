"""How a request travels to a Sitecore; ``LAYOUT_TRANSPORT`` chooses among two.

``requests`` is there with every installation, ``curl`` (libcurl) with the extra ``fast``. Both
go by the deadline of the call (``jss_layout.deadline``), keep no cookie, follow no redirect,
and ask no proxy but the one of ``SITECORE_PROXY``.
"""

import os
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from threading import Lock
from typing import Literal

from django.utils.module_loading import import_string

from jss_layout.conf import TRANSPORTS, conf
from jss_layout.exceptions import RequestNotPrepared

# After so many seconds a connection is not used for a further request, so that a host that
# has moved to another address is found there.
MAX_CONNECTION_SECONDS = 60

What = Literal["connection", "timeout", "size", "head", "encoding", "request"]


@dataclass(frozen=True, slots=True)
class UpstreamRequest:
    """A request that was found fit to be sent: header values are Latin-1 without controls."""

    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    body: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Failure:
    """Why there is no answer, or no more of it.

    ``reason`` is in the words of the system or of a library, without any address;
    ``connecting`` says that there was no connection yet; ``is_repeatable`` that the
    connection failed before all of the request was out; ``sent`` that the request may have
    arrived, whatever became of the connection then.
    """

    what: What
    reason: str = ""
    connecting: bool = False
    is_repeatable: bool = False
    sent: bool = False


class Answer(ABC):
    """An answer whose headers are there, and whose body comes piece by piece.

    ``headers`` compare their names without case and hold no cookies; ``cookies`` are the raw
    ``Set-Cookie`` values, one for each line.
    """

    status: int
    headers: Mapping[str, str]
    cookies: tuple[str, ...]

    @abstractmethod
    def read(self) -> bytes | Failure:
        """The next piece of the body, ``b""`` at its end."""

    @abstractmethod
    def close(self) -> None:
        """Keep the connection if all of the body was read, else close it."""


class Transport(ABC):
    """Sends requests; one object a process, shared by its threads.

    Its ``__init__`` takes the certificate authorities, a file or folder, ``""`` for those
    that ``requests`` brings, and raises ``OSError`` if they can't be read.
    """

    @abstractmethod
    def __init__(self, ca_bundle: str) -> None: ...

    @abstractmethod
    def ask(self, request: UpstreamRequest, *, decode: bool) -> Answer | Failure:
        """Send a request once; the body is decompressed where ``decode`` says so.

        What fails is returned, not raised: an exception of a library has the address with
        the key in its text.
        """


# A cache makes one for each thread of those that come first.
_making = Lock()


def transport() -> Transport:
    """The transport of ``LAYOUT_TRANSPORT``. Raises ``RequestNotPrepared`` if there is none."""
    with _making:
        return _transport(os.getpid(), conf.LAYOUT_TRANSPORT, conf.SITECORE_CA_BUNDLE)


@cache
def _transport(_process: int, name: str, ca_bundle: str) -> Transport:
    """One of this process' own.

    A connection that a forked worker shares with another would give each the other's answers.
    That of the process before the fork stays here, untouched: to close it would end it there.
    """
    try:
        kind: type[Transport] = import_string(TRANSPORTS[name])
        return kind(ca_bundle)
    except (KeyError, ImportError) as error:
        raise RequestNotPrepared(
            f"LAYOUT_TRANSPORT {name!r} can't be used; see `manage.py check`."
        ) from error
    except OSError as error:
        raise RequestNotPrepared(
            f"SITECORE_CA_BUNDLE {ca_bundle!r} can't be read: {error.strerror or error}."
        ) from error
