"""Delivery in a web process: threads that begin with the application and end with it.

Whatever serves the site so works its queue off, and a worker that was killed comes back with
its threads. A server that loads the application before it forks its workers has none itself:
threads do not outlive a fork, and a lock that one holds in that moment is held for ever.
"""

import atexit
import os
import threading
from dataclasses import dataclass

from jss_layout.conf import conf as layout_conf
from jss_tracking.conf import conf
from jss_tracking.delivery.deliverers import Deliverers
from jss_tracking.trackers import tracker_class

SETTLED = 1.0
"""Seconds after which a process that has loaded the application forks no workers any more."""


@dataclass(slots=True)
class _Here:
    """What runs in this process: the start that is due, then the threads."""

    starting: threading.Timer | None = None
    deliverers: Deliverers | None = None


_here = _Here()


def start() -> None:
    """Begin to deliver in this process, or in those that it forks, unless others do it.

    For whoever loads the application; later calls in the same process do nothing.
    """
    if _here.starting is None and _is_wanted():
        _start_soon()


def wake() -> None:
    """Say to the threads of this process that something was queued."""
    if _here.deliverers is not None:
        _here.deliverers.wake()


def _is_wanted() -> bool:
    is_connected = conf.TRACKER_SERVICE_ENABLED and tracker_class().conduit
    return is_connected and conf.EVENT_DELIVERY == "thread"


def _start_soon() -> None:
    _here.starting = threading.Timer(SETTLED, _run)
    _here.starting.daemon = True
    _here.starting.start()


def _run() -> None:
    _here.deliverers = Deliverers(conf.EVENT_DELIVERY_THREADS)
    atexit.register(_stop, _here.deliverers)
    _here.deliverers.run()


def _stop(deliverers: Deliverers) -> None:
    """Let what is being sent come to its end, so that nobody takes it for interrupted."""
    deliverers.stop()
    deliverers.join(layout_conf.LAYOUT_SERVICE_TIMEOUT + 1)


def _after_fork_in_parent() -> None:
    """A process that forks as soon as it is started is a server's master: its workers deliver."""
    if _here.starting is not None and _here.deliverers is None:
        _here.starting.cancel()


def _after_fork_in_child() -> None:
    was_started = _here.starting is not None
    _here.starting = _here.deliverers = None  # its threads are the parent's
    if was_started:
        _start_soon()


os.register_at_fork(after_in_parent=_after_fork_in_parent, after_in_child=_after_fork_in_child)
