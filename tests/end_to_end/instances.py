"""Instances of this project as processes of their own, each with its own database."""

import atexit
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import requests

ROOT = Path(__file__).resolve().parent.parent.parent
START_SECONDS = 30


@dataclass(frozen=True)
class Instance:
    """A running site: its address, its environment, the file that it logs to, its process."""

    url: str
    environment: dict[str, str]
    log: Path
    process_id: int = 0

    def manage(self, *arguments: str) -> str:
        """What ``manage.py`` prints in this instance's environment."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout

    def interactions(self) -> Any:
        """What was tracked, as ``show_interactions --json`` tells."""
        return json.loads(self.manage("show_interactions", "--json"))


def free_port() -> int:
    """A TCP port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def instance(
    folder: Path, port: int = 0, command: Sequence[str] = (), **variables: str
) -> Iterator[Instance]:
    """A migrated, serving instance; ``variables`` are its environment variables.

    ``command`` starts another server on that port than Django's own.
    """
    port = port or free_port()
    runserver = (sys.executable, "manage.py", "runserver", "--noreload", f"127.0.0.1:{port}")
    folder.mkdir(parents=True, exist_ok=True)
    site = Instance(f"http://127.0.0.1:{port}", _environment(folder, variables), folder / "log")
    if "DATABASE_URL" in variables:
        site.manage("migrate", "--verbosity=0")
    else:
        shutil.copyfile(_migrated_database(), folder / "db.sqlite3")
    with site.log.open("w") as log:
        process = subprocess.Popen(
            command or runserver,
            cwd=ROOT,
            env=site.environment,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            _wait_until_healthy(site, process)
            yield replace(site, process_id=process.pid)
        finally:
            process.terminate()
            process.wait(timeout=30)


@contextmanager
def production(folder: Path, *options: str, **variables: str) -> Iterator[Instance]:
    """An instance that runs as in production, by gunicorn with these options."""
    port = free_port()
    address = ("--bind", f"127.0.0.1:{port}")
    command = [sys.executable, "-m", "gunicorn", "jss_site.wsgi", *options, *address]
    defaults = {
        "DJANGO_SETTINGS_MODULE": "tests.end_to_end.gate.settings",
        "DEBUG": "false",
        "ALLOWED_HOSTS": "127.0.0.1",
        "SECURE_SSL_REDIRECT": "false",
    }
    with instance(folder, port, command=command, **(defaults | variables)) as site:
        yield site


@cache
def _migrated_database() -> Path:
    """A database with all tables, made once: each instance serves from its own copy."""
    folder = Path(tempfile.mkdtemp(prefix="migrated-"))
    atexit.register(shutil.rmtree, folder)
    Instance("", _environment(folder, {}), folder / "log").manage("migrate", "--verbosity=0")
    return folder / "db.sqlite3"


def _environment(folder: Path, variables: dict[str, str]) -> dict[str, str]:
    base = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return base | {
        "JSS_READ_DOT_ENV": "false",
        "DEBUG": "true",
        "SECRET_KEY": "end-to-end",
        "DATABASE_URL": f"sqlite:///{folder / 'db.sqlite3'}",
        "TRACKER_SERVICE_ENABLED": "true",
        **variables,
    }


def _wait_until_healthy(site: Instance, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            if requests.get(f"{site.url}/healthz", timeout=5).status_code == 200:
                return
        except (requests.ConnectionError, requests.Timeout):
            time.sleep(0.1)
    raise AssertionError(f"{site.url} did not start:\n{site.log.read_text()}")
