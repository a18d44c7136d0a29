"""What gunicorn reads when it is started beside this file; its command line goes before.

A page mostly waits for Sitecore, so a worker has many threads. Django is told how many, since half
of them are kept from any one Sitecore (``SITECORE_MAX_CALLS``).
"""

import os
from typing import Any

from django.conf import settings

worker_class = "gthread"
http_parser = "python"  # that of C, used where it happens to be installed, is no faster
threads = int(os.environ.get("WORKER_THREADS") or 16)


def post_worker_init(worker: Any) -> None:
    """Say how many threads there are, wherever their number came from."""
    settings.WORKER_THREADS = worker.cfg.threads
