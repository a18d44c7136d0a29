"""Whoever works the queue off is told that something waits."""

import logging

from django.utils.module_loading import import_string

from jss_tracking.conf import conf
from jss_tracking.delivery import process

logger = logging.getLogger(__name__)

TASK = "jss_tracking.deliver_events"
"""Name of the Celery task, as ``jss_tracking.tasks`` gives it."""


def announce(seconds: float = 0) -> None:
    """Say that something is due, after so many seconds. That nobody hears it loses nothing."""
    if conf.EVENT_DELIVERY == "celery":
        _publish(seconds)
    else:
        process.wake()


def _publish(seconds: float) -> None:
    """Give Celery the task. While its broker is gone, the queue stands in the database alone."""
    try:
        app = import_string(conf.CELERY_APP)
        app.send_task(TASK, countdown=seconds, retry=False, ignore_result=True)
    except Exception as error:  # noqa: BLE001 — whatever a broker's driver raises
        logger.error("Celery's broker took no task: %s", type(error).__name__)
