"""Shynet, an open-source collector of page views in Django, on the same database server.

``SHYNET`` is a folder with its source, ``SHYNET_PYTHON`` a Python that has its dependencies.
It runs as its documentation says: gunicorn, Celery's tasks within the request.
"""

import json
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

from benchmarks.tracker.load import Work
from benchmarks.tracker.posts import VISITORS, posting
from tests.end_to_end.instances import free_port

PYTHON = os.environ.get("SHYNET_PYTHON", "python")
MAKE_SERVICE = (
    "from core.models import Service, User; "
    "user = User.objects.create_user('user', 'user@example.com', 'password'); "
    "print(Service.objects.create(name='benchmark', owner=user, origins='*').uuid)"
)


@contextmanager
def shynet(source: Path, database: str, arguments: list[str]) -> Iterator[Callable[[], Work]]:
    """Makes connections that post a page view each, to a Shynet that runs meanwhile."""
    folder, environment, port = source / "shynet", _environment(database), free_port()

    def manage(*command: str) -> str:
        run = [PYTHON, "manage.py", *command]
        done = subprocess.run(
            run, cwd=folder, env=environment, check=True, capture_output=True, text=True
        )
        return done.stdout

    manage("migrate", "--verbosity=0")
    service = manage("shell", "-c", MAKE_SERVICE).split()[-1]
    gunicorn = [PYTHON, "-m", "gunicorn", "shynet.wsgi", *arguments]
    process = subprocess.Popen(
        [*gunicorn, "--bind", f"127.0.0.1:{port}"],
        cwd=folder,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    path = f"/ingress/{service}/script.js"
    try:
        _wait(port)
        yield lambda: posting(f"127.0.0.1:{port}", path, _page_view, b'{"status": "OK"}')
    finally:
        process.terminate()
        process.wait(timeout=10)


def _page_view(number: int) -> tuple[bytes, dict[str, str]]:
    """Of the next visitor, whom Shynet tells apart by address."""
    view = {"idempotency": uuid4().hex, "location": "http://localhost/", "loadTime": 100}
    return json.dumps(view).encode(), {"X-Forwarded-For": f"8.8.{number % VISITORS}.1"}


def _environment(database: str) -> dict[str, str]:
    url = urlsplit(database)
    return {
        "PATH": os.environ["PATH"],
        "DJANGO_SECRET_KEY": "benchmark",
        "ALLOWED_HOSTS": "127.0.0.1",
        "DB_NAME": url.path.strip("/"),
        "DB_USER": url.username or "",
        "DB_PASSWORD": url.password or "",
        "DB_HOST": url.hostname or "",
        "DB_PORT": str(url.port or 5432),
    }


def _wait(port: int) -> None:
    for _ in range(300):
        try:
            HTTPConnection("127.0.0.1", port, timeout=1).connect()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("Shynet did not start")
