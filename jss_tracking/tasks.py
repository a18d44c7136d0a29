"""The Celery task that works the queue of events off; Celery finds it by this module's name.

It does what the threads of a web process do. Leases keep two workers from one session, so any
number may run at a time, and one that comes too late finds nothing and ends.
"""

from celery import shared_task

from jss_tracking.conf import conf
from jss_tracking.delivery.announcing import TASK
from jss_tracking.delivery.deliverers import Deliverers


@shared_task(name=TASK, ignore_result=True)  # type: ignore[untyped-decorator]  # Celery has no types
def deliver_events() -> None:
    """Deliver all that is due."""
    Deliverers(conf.EVENT_DELIVERY_THREADS).run_once()
