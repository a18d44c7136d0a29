"""A WSGI application that takes as many seconds as its query says."""

import time
from collections.abc import Callable, Iterable
from typing import Any


def application(
    environ: dict[str, Any], start_response: Callable[[str, list[tuple[str, str]]], Any]
) -> Iterable[bytes]:
    """``/path?0.5`` is answered after half a second, with its path or an address forwarded for."""
    time.sleep(float(environ["QUERY_STRING"] or 0))
    body = environ.get("HTTP_X_FORWARDED_FOR", environ["PATH_INFO"]).encode()
    start_response("200 OK", [("Content-Length", str(len(body)))])
    return [body]
