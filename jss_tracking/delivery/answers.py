"""What Sitecore says of single events of a batch.

Sitecore's own answer has no such list; an upstream of this project's own kind has one.
"""

import logging
from collections.abc import Sequence

import msgspec

from jss_layout.headers import split_cookies
from jss_layout.sites import SiteDefinition
from jss_tracking.delivery.outcomes import Answer, DeliveryOutcome
from jss_tracking.metrics import count_refused
from jss_tracking.models import QueuedBatch
from jss_tracking.models.live import CODE_LENGTH
from jss_tracking.refusals import keep_refused_events
from jss_tracking.trackers import EventError, Visitor
from jss_tracking.values import cleaned

logger = logging.getLogger(__name__)


class _Failure(msgspec.Struct):
    code: str
    index: int | None = None
    message: str = ""
    id: str | None = None


class _Answer(msgspec.Struct):
    errors: tuple[_Failure, ...] = ()


def errors_of(answer: Answer, indexes: Sequence[int]) -> tuple[EventError, ...]:
    """Which events were refused, by our ``indexes``, and why."""
    is_told = answer.outcome is DeliveryOutcome.DELIVERED or answer.status == 400
    if not is_told:
        return ()
    try:
        failures = msgspec.json.decode(answer.body, type=_Answer).errors
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ()
    return tuple(
        EventError(indexes[failure.index], failure.code, failure.message, failure.id)
        for failure in failures
        if failure.index is not None and 0 <= failure.index < len(indexes)
    )


def note_refused(batch: QueuedBatch, site: SiteDefinition, answer: Answer) -> None:
    """Log, count and keep which events were refused of a batch for which no browser waits."""
    errors = errors_of(answer, range(batch.events))
    if not errors:
        return
    codes = [cleaned(error.code, CODE_LENGTH) for error in errors]
    different = sorted(set(codes))
    message = "Sitecore refused %d of %d events from the queue: %s"
    logger.warning(message, len(errors), batch.events, different)
    for code in codes:
        count_refused(code)
    cookies = tuple(split_cookies(batch.headers.get("Cookie", "")))
    keep_refused_events(Visitor(site, cookies=cookies), errors)
