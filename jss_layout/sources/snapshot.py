"""A copy of each page, shown while Sitecore fails.

The copy is what Sitecore shows to somebody it knows nothing of: a call of its own, in the
background, without any header of a visitor and with ``tracking=false``. So it is never a
page that was made for one visitor. It is kept in Django's cache, for all processes.
"""

import hashlib
import logging
import threading
import time
import zlib
from dataclasses import dataclass, field, replace

from django.core.cache import cache
from django.db import connections

from jss_layout.conf import conf
from jss_layout.exceptions import InvalidRequest, LayoutServiceError, RequestNotPrepared
from jss_layout.layout import parse_layout
from jss_layout.request import LayoutRequest, LayoutResponse
from jss_layout.sources import LayoutSource

logger = logging.getLogger(__name__)

MAX_NOTED = 10_000
# A wrong key or host must be seen, and a page that Sitecore refuses is not shown after all.
NOT_COVERED = (InvalidRequest, RequestNotPrepared)


@dataclass(frozen=True)
class _Copy:
    taken: float
    packed: bytes = field(repr=False)


class SnapshotSource(LayoutSource):
    """Another source, and copies of the pages that it gave."""

    def __init__(self, live: LayoutSource) -> None:
        self._live = live
        # Optimization: page → when the cache is asked next; the cache may be far away.
        self._asked_again_at: dict[str, float] = {}
        self._taking = threading.Lock()

    def fetch(self, request: LayoutRequest) -> LayoutResponse:
        """What the live source answers; where it fails, the page's copy if there is one.

        Raises the live source's ``LayoutServiceError`` if there is none, and always where
        the request itself is at fault.
        """
        try:
            answer = self._live.fetch(request)
        except NOT_COVERED:
            raise
        except LayoutServiceError as error:
            copy = self._copy(request, error)
            if copy is None:
                raise
            logger.warning("A copy of %s stands in for Sitecore's answer", request.item[:200])
            return copy
        try:
            self._follow(request, answer)
        except Exception:
            # The page stands, whatever the cache or the operating system has.
            logger.exception("No copy of %s is kept", request.item[:200])
        return answer

    def fetch_dictionary(self, request: LayoutRequest) -> dict[str, str]:
        """The live source's; whoever asks keeps the last known one."""
        return self._live.fetch_dictionary(request)

    def _copy(self, request: LayoutRequest, error: LayoutServiceError) -> LayoutResponse | None:
        """The copy; the failed call's cookies go down with it all the same."""
        try:
            kept: _Copy | None = cache.get(_key(request))
        except Exception:
            logger.exception("Whether there is a copy of %s is not known", request.item[:200])
            return None
        if kept is None or kept.taken + conf.LAYOUT_SNAPSHOT_MAX_AGE < time.time():
            return None
        body = zlib.decompress(kept.packed)
        return LayoutResponse(
            parse_layout(body), cookies=error.cookies, body=body, kept_since=kept.taken
        )

    def _follow(self, request: LayoutRequest, answer: LayoutResponse) -> None:
        """Keep the copy of a page that is there; of one that is gone, nothing stays."""
        if answer.is_page:
            self._take_when_due(request)
        elif _says_gone(answer):
            cache.delete(_key(request))

    def _take_when_due(self, request: LayoutRequest) -> None:
        """Start taking a copy, if this page's turn has come and no other is being taken."""
        key, now = _key(request), time.monotonic()
        if self._asked_again_at.get(key, 0) > now or not self._taking.acquire(blocking=False):
            return
        try:
            if len(self._asked_again_at) >= MAX_NOTED:
                self._asked_again_at.clear()
            self._asked_again_at[key] = now + conf.LAYOUT_SNAPSHOT_INTERVAL
            # Whoever adds the mark takes the copy, in whichever process.
            due = cache.add(f"{key}.taken", 1, conf.LAYOUT_SNAPSHOT_INTERVAL)
            if due:
                thread = threading.Thread(target=self._take, args=(request, key), daemon=True)
                thread.start()
        except BaseException:
            self._taking.release()
            raise
        if not due:
            self._taking.release()

    def _take(self, request: LayoutRequest, key: str) -> None:
        anonymous = replace(request, tracking=False, headers={}, query={})
        try:
            answer = self._live.fetch(anonymous)
            if answer.is_page and answer.body:
                copy = _Copy(time.time(), zlib.compress(answer.body, 1))
                cache.set(key, copy, conf.LAYOUT_SNAPSHOT_MAX_AGE)
            elif _says_gone(answer):
                cache.delete(key)
        except LayoutServiceError:
            # The call itself has been logged; the last copy stays.
            pass
        except Exception:
            logger.exception("No copy of %s is kept", request.item[:200])
        finally:
            self._taking.release()
            connections.close_all()


def _says_gone(answer: LayoutResponse) -> bool:
    """Whether a layout says that the page is gone; a 404 of some proxy's says nothing of it."""
    return not answer.is_page and answer.error is None


def _key(request: LayoutRequest) -> str:
    """Of a cache's alphabet, and different wherever the page may differ."""
    site = request.site
    parts = (site.sitecore_host, site.name, site.configuration, request.language, request.item)
    text = repr((conf.LAYOUT_SOURCE, *parts))
    return "jss.snapshot." + hashlib.sha256(text.encode(errors="replace")).hexdigest()
