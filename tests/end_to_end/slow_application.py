"""A WSGI application that takes as many seconds as its query says, and may break off."""

import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

MEGABYTE = 1_000_000


def application(
    environ: dict[str, Any], start_response: Callable[[str, list[tuple[str, str]]], Any]
) -> Iterable[bytes]:
    """``/path?0.5`` is answered after half a second, with its path or an address forwarded for.

    ``/broken`` breaks off in its body, ``/exit`` raises ``SystemExit``, ``/large`` has 50 MB,
    and so has ``/file``, which is one.
    """
    path = environ["PATH_INFO"]
    if path == "/exit":
        raise SystemExit
    if path in ("/broken", "/large"):
        start_response("200 OK", [("Content-Length", str(50 * MEGABYTE))])
        return body_of(50 if path == "/large" else 1)
    if path == "/file":
        file = tempfile.TemporaryFile()  # noqa: SIM115 — the server closes it
        file.truncate(50 * MEGABYTE)
        start_response("200 OK", [("Content-Length", str(50 * MEGABYTE))])
        whole: Iterable[bytes] = environ["wsgi.file_wrapper"](file)
        return whole
    time.sleep(float(environ["QUERY_STRING"] or 0))
    body = environ.get("HTTP_X_FORWARDED_FOR", path).encode()
    start_response("200 OK", [("Content-Length", str(len(body)))])
    return [body]


def body_of(megabytes: int) -> Iterator[bytes]:
    """So many of the 50; raises where they are fewer."""
    for _ in range(megabytes):
        yield bytes(MEGABYTE)
    if megabytes < 50:
        raise RuntimeError("the body breaks off")
