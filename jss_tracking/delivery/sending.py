"""A stored batch is sent, and what became of it is noted."""

import logging
from collections.abc import Callable
from contextlib import nullcontext

from django.db import Error, transaction

from jss_layout.sites import SiteDefinition
from jss_tracking.delivery import batches
from jss_tracking.delivery.calls import EVENT_PATH, post
from jss_tracking.delivery.outcomes import Answer, DeliveryOutcome
from jss_tracking.metrics import count_delivery
from jss_tracking.models import QueuedBatch

logger = logging.getLogger(__name__)

Conclude = Callable[[QueuedBatch, Answer], None]


def send(batch: QueuedBatch, site: SiteDefinition, conclude: Conclude | None) -> Answer | None:
    """Send it and note what became of it; None if somebody has dropped it meanwhile.

    A browser waits for the answer if there is something to ``conclude``.
    """
    if not batches.begin(batch):
        return None
    answer = post(site, EVENT_PATH, batch.query, batch.headers, batch.body)
    count_delivery(answer.outcome.value)
    try:
        with transaction.atomic() if conclude else nullcontext():
            if conclude:
                conclude(batch, answer)
            _settle(batch, answer, browser_waits=conclude is not None)
    except Error as error:  # whoever finds it will take it for interrupted, which is safe
        logger.error("What became of events was not noted: %s", type(error).__name__)
    return answer


def _settle(batch: QueuedBatch, answer: Answer, *, browser_waits: bool) -> None:
    """Note it. A browser that waits is told of a refusal, and keeps what can't be queued."""
    outcome = answer.outcome
    if outcome is DeliveryOutcome.DELIVERED or (browser_waits and _is_told(batch, outcome)):
        batches.remove(batch)
    elif outcome is DeliveryOutcome.QUEUED:
        batches.postpone(batch, answer)
    else:
        batches.set_aside(batch, answer.reason)


def _is_told(batch: QueuedBatch, outcome: DeliveryOutcome) -> bool:
    """Whether a browser that waits is told to think again, since nothing is kept for it."""
    if outcome is DeliveryOutcome.QUEUED:
        return not batch.session
    return outcome is DeliveryOutcome.REFUSED
