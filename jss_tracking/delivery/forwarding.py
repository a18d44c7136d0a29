"""The request that brought a batch sends it, if its turn comes soon."""

import logging

from django.db import Error

from jss_layout.sites import SiteDefinition
from jss_tracking.delivery.attribution import visitor_keys
from jss_tracking.delivery.batches import hand_over
from jss_tracking.delivery.calls import FLUSH_PATH, passing_query, post
from jss_tracking.delivery.leases import Lease
from jss_tracking.delivery.outcomes import Answer, DeliveryOutcome
from jss_tracking.delivery.queue import earlier, first_of
from jss_tracking.delivery.sending import Conclude, send
from jss_tracking.delivery.turns import is_our_turn
from jss_tracking.models import QueuedBatch
from jss_tracking.trackers import Visitor

logger = logging.getLogger(__name__)

LEFT = Answer(DeliveryOutcome.QUEUED, "Earlier events of the visit go before it.", asked=False)


def forward(batch: QueuedBatch, site: SiteDefinition, conclude: Conclude) -> Answer:
    """Send a batch that was just stored, if its turn comes soon; else leave it to the queue.

    ``conclude`` is called within the transaction that notes what became of it. A database that
    fails meanwhile is no error: the batch is stored, and so it is queued.
    """
    try:
        if not batch.session:
            return send(batch, site, conclude) or LEFT
        return _forward_in_turn(batch, site, conclude)
    except Error as error:
        logger.error("Events were left to the queue: %s", type(error).__name__)
        return LEFT


def flush(visitor: Visitor) -> Answer:
    """Let Sitecore end the session; not while events of it wait, which would begin another."""
    session, _ = visitor_keys(visitor)
    lease = Lease(session)
    if session and not is_our_turn(lease, lambda: first_of(session)):
        return LEFT
    try:
        query, headers = passing_query(visitor.query), dict(visitor.headers)
        return post(visitor.site, FLUSH_PATH, query, headers, b"[]")
    finally:
        lease.release()


def _forward_in_turn(batch: QueuedBatch, site: SiteDefinition, conclude: Conclude) -> Answer:
    lease = Lease(batch.session)
    if not is_our_turn(lease, lambda: earlier(batch)):
        hand_over(batch)
        return LEFT
    try:
        return send(batch, site, conclude) or LEFT
    finally:
        lease.release()
