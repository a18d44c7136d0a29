"""``/data/media/…``: the media files of a disconnected site, as JSS's own server has them.

Only files below ``media`` in ``JSS_DATA_DIR`` are ever opened, wherever a path or a link
may lead. They are the site's, not a visitor's: any cache may keep them, and asks again.
"""

import re
from collections.abc import Iterator
from os import stat_result
from pathlib import Path

from django.http import FileResponse, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase, HttpResponseNotFound
from django.utils.cache import get_conditional_response
from django.utils.http import http_date
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe
from whitenoise.media_types import MediaTypes  # type: ignore[import-untyped]  # has none

from jss_layout.conf import conf
from jss_layout.sources import layout_source
from jss_layout.sources.disconnected import DisconnectedSource

CHUNK = 64 * 1024
MEDIA_TYPES = MediaTypes()
# Such a file may hold scripts, which would run with this host's rights if it is opened.
MARKUP = ("image/svg+xml", "text/html", "application/xhtml+xml", "text/xml", "application/xml")
MARKUP_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox"

_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


@csrf_exempt  # so that a POST is told 405
@require_safe
def media(request: HttpRequest, path: str) -> HttpResponseBase:
    """One file, whole or the part that ``Range`` asks for; 404 for all else."""
    file = media_file(path) if isinstance(layout_source(), DisconnectedSource) else None
    if file is None:
        return HttpResponseNotFound("There is no such file.", content_type="text/plain")
    stat = file.stat()
    etag = f'"{stat.st_mtime_ns:x}-{stat.st_size:x}"'
    response: HttpResponseBase = get_conditional_response(
        request, etag=etag, last_modified=int(stat.st_mtime)
    ) or _response(request, file, stat.st_size, etag)
    _describe(response, stat, etag)
    return response


def media_file(path: str) -> Path | None:
    """The file of that path below the media folder; None for hidden ones and any outside."""
    root = (conf.JSS_DATA_DIR / "media").resolve()
    if "\\" in path or any(part.startswith(".") for part in path.split("/")):
        return None
    try:
        file = root.joinpath(path.lstrip("/")).resolve()
        return file if file.is_relative_to(root) and file.is_file() else None
    except (OSError, ValueError):  # a name that is too long, or has a null character
        return None


def _response(request: HttpRequest, file: Path, size: int, etag: str) -> HttpResponseBase:
    content_type = MEDIA_TYPES.get_type(file.name)
    part = _part(request, size, etag)
    response: HttpResponseBase
    if part is None:
        response = FileResponse(file.open("rb"), content_type=content_type)
    elif not part:
        response = HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    else:
        response = StreamingHttpResponse(_bytes(file, part), status=206, content_type=content_type)
        response["Content-Range"] = f"bytes {part.start}-{part.stop - 1}/{size}"
        response["Content-Length"] = str(len(part))
    if content_type in MARKUP:
        response["Content-Security-Policy"] = MARKUP_POLICY
    return response


def _part(request: HttpRequest, size: int, etag: str) -> range | None:
    """The bytes asked for; an empty range if there are none such, None for the whole file.

    Several ranges in one request are answered with the whole file, as RFC 9110 allows.
    """
    match = _RANGE.fullmatch(request.headers.get("Range", ""))
    if not match or request.headers.get("If-Range", etag) != etag or match[0] == "bytes=-":
        return None
    first, last = match.groups()
    if not first:
        return range(max(size - int(last), 0), size)
    return range(int(first), min(int(last) + 1 if last else size, size))


def _bytes(file: Path, part: range) -> Iterator[bytes]:
    with file.open("rb") as stream:
        stream.seek(part.start)
        left = len(part)
        while left and (chunk := stream.read(min(CHUNK, left))):
            left -= len(chunk)
            yield chunk


def _describe(response: HttpResponseBase, stat: stat_result, etag: str) -> None:
    response["ETag"] = etag
    response["Last-Modified"] = http_date(stat.st_mtime)
    response["Accept-Ranges"] = "bytes"
    response["Cache-Control"] = "public, no-cache"
    response["X-Content-Type-Options"] = "nosniff"
