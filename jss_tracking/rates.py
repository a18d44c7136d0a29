"""How often one address may call the tracker's endpoint: a count by the minute, in the cache."""

import logging
from hashlib import sha256
from time import time

from django.core.cache import cache

from jss_tracking.conf import conf
from jss_tracking.exceptions import RequestRefused

logger = logging.getLogger(__name__)

SECONDS = 60


def check_rate(address: str) -> None:
    """Count a request of the address.

    Raises ``RequestRefused`` (429) if that is one more than ``TRACK_EVENT_MAX_RATE`` in this
    minute. While the cache does not answer, everybody may call.
    """
    limit = conf.TRACK_EVENT_MAX_RATE
    if not limit:
        return
    minute, second = divmod(int(time()), SECONDS)
    try:
        calls = _count(address, minute)
    except Exception as error:  # noqa: BLE001  # each cache has errors of its own
        logger.warning("Calls are not counted, the cache does not answer: %s", type(error).__name__)
        return
    if calls > limit:
        message = f"More than {limit} requests of one address in a minute; send larger batches."
        headers = {"Retry-After": str(SECONDS - second)}
        raise RequestRefused(429, "too_many_requests", message, headers=headers)


def _count(address: str, minute: int) -> int:
    digest = sha256(address.encode("utf-8", "replace")).hexdigest()
    key = f"jss_tracking.rate.{minute}.{digest}"
    cache.add(key, 0, timeout=2 * SECONDS)
    return int(cache.incr(key))
