"""What gunicorn reads when it is started beside this file; its command line goes before.

A page mostly waits for Sitecore, so a worker has many threads. Django is told how many, since half
of them are kept from any one Sitecore (``SITECORE_MAX_CALLS``).
"""

import gc
import os
import resource
import select
from pathlib import Path
from typing import Any

import environ
from django.conf import settings


class Environment(environ.Env):  # type: ignore[misc]  # django-environ has no types
    """A copy, so that workers of a reload read what ``.env`` says by then."""

    ENVIRON = dict(os.environ)


if Environment().bool("JSS_READ_DOT_ENV", default=True):
    Environment.read_env(Path(__file__).parent / ".env")
worker_class = "jss_layout.workers.ThreadWorker" if hasattr(select, "epoll") else "gthread"
http_parser = "python"  # that of C, used where it happens to be installed, is no faster
# Headers of a proxy beside it that tell which part of the address is the site's: a visitor may send
# them as well, and reach what a rule of the proxy guards. Django's FORCE_SCRIPT_NAME says so.
forwarder_headers = ""
secure_scheme_headers: dict[str, str] = {}  # SECURE_PROXY_SSL_HEADER does
control_socket_disable = True  # in the home folder, of all sites of one user the same
threads = int(Environment.ENVIRON.get("WORKER_THREADS") or 0) or 16
worker_connections = max(1000, 2 * threads)
# A page that waits takes a descriptor for its visitor and three for its call by libcurl; a shell
# gives a process 1024.
FILES = 8 * worker_connections
_soft, _hard = resource.getrlimit(resource.RLIMIT_NOFILE)
_wanted = FILES if _hard == resource.RLIM_INFINITY else min(FILES, _hard)
if _soft != resource.RLIM_INFINITY and _soft < _wanted:
    resource.setrlimit(resource.RLIMIT_NOFILE, (_wanted, _hard))


def post_worker_init(worker: Any) -> None:
    """Say how many threads there are, wherever their number came from; look for garbage less often.

    Templates are compiled before the first visitor comes.

    Pages that wait for Sitecore hold objects that survive a look, so that Python, left to itself,
    looks through all that it has several times a second, while every thread waits.
    """
    from jss_layout.warming import compile_templates  # which needs Django's apps

    settings.WORKER_THREADS = worker.cfg.threads
    compile_templates()
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
