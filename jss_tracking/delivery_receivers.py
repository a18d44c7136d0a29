"""The queue where an operator looks: in ``/metrics`` and in ``/readyz``."""

import logging
from collections.abc import Iterable
from typing import Any

from django.db import Error
from django.dispatch import receiver
from prometheus_client.metrics_core import GaugeMetricFamily
from prometheus_client.registry import Collector

from jss_layout.metrics import SCRAPED
from jss_layout.signals import readiness_asked
from jss_tracking.conf import conf
from jss_tracking.delivery.status import depths, seconds_waiting

logger = logging.getLogger(__name__)


class QueueCollector(Collector):
    """Reads depth and age at each scrape. A database that is down costs these alone."""

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """Three gauges by site and state."""
        labels = ["site", "state"]
        batches = GaugeMetricFamily("jss_queue_batches", "Batches in the queue.", labels=labels)
        events = GaugeMetricFamily("jss_queue_events", "Events in the queue.", labels=labels)
        oldest = GaugeMetricFamily("jss_queue_oldest_seconds", "Age of the oldest.", labels=labels)
        try:
            found = depths()
        except Error as error:
            logger.error("The queue can't be counted: %s", type(error).__name__)
            return []
        for depth in found:
            at = [depth.site, depth.state]
            batches.add_metric(at, depth.batches)
            events.add_metric(at, depth.events)
            oldest.add_metric(at, depth.seconds)
        return [batches, events, oldest]


SCRAPED.register(QueueCollector())


@receiver(readiness_asked, dispatch_uid="jss_tracking.warn_of_age")
def warn_of_age(**_: Any) -> dict[str, str]:
    """Warn if events wait longer than ``EVENT_DELIVERY_WARN_AGE``."""
    seconds = seconds_waiting()
    if seconds <= conf.EVENT_DELIVERY_WARN_AGE:
        return {}
    return {"event_delivery": f"Events wait for Sitecore for {seconds} s."}
