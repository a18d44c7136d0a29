"""Delivery begins with the application, in whatever process serves it."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest
from pytest_django import Settings

from jss_tracking.delivery import process
from jss_tracking.middleware import TrackerMiddleware

FORK = """
import os, time
import django
django.setup()
from jss_tracking.delivery import process
process.SETTLED = float(os.environ["SETTLED"])
master = os.getpid()
def run():
    process._here.deliverers = True
    print("master" if os.getpid() == master else "worker", flush=True)
process._run = run
process.start()
time.sleep(float(os.environ["FORK_AFTER"]))
if os.fork() == 0:
    time.sleep(0.3)
    os._exit(0)
os.wait()
"""


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A process in which nothing was started, and in which what is started waits."""
    monkeypatch.setattr(process, "_here", process._Here())
    monkeypatch.setattr(process, "SETTLED", 1000.0)
    yield
    if process._here.starting is not None:
        process._here.starting.cancel()


def load() -> threading.Timer | None:
    TrackerMiddleware(lambda _request: None)  # type: ignore[arg-type, return-value]
    return process._here.starting


def test_it_begins_where_the_application_is_loaded(settings: Settings, connected: None) -> None:
    settings.EVENT_DELIVERY = "thread"
    starting = load()
    assert starting is not None
    assert starting.daemon


def test_it_begins_once(settings: Settings, connected: None) -> None:
    settings.EVENT_DELIVERY = "thread"
    assert load() is load()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("EVENT_DELIVERY", "celery"),
        ("EVENT_DELIVERY", "command"),
        ("TRACKER_SERVICE_ENABLED", False),
        ("TRACKER", "jss_tracking.trackers.database.DatabaseTracker"),
    ],
)
def test_it_does_not_begin_where_others_deliver_or_nothing_is_to_be(
    settings: Settings, connected: None, name: str, value: object
) -> None:
    settings.EVENT_DELIVERY = "thread"
    setattr(settings, name, value)
    assert load() is None


@pytest.mark.parametrize(
    ("settled", "fork_after", "lines"),
    [
        pytest.param("0.1", "0", ["worker"], id="a master that forks at once leaves it to them"),
        pytest.param("0", "0.1", ["master", "worker"], id="a process that forks later goes on"),
    ],
)
def test_a_process_that_was_forked_delivers(
    settled: str, fork_after: str, lines: list[str]
) -> None:
    variables = {
        "PATH": os.environ["PATH"],
        "DJANGO_SETTINGS_MODULE": "jss_site.settings",
        "JSS_READ_DOT_ENV": "false",
        "DEBUG": "true",
        "DATABASE_URL": "sqlite://:memory:",
        "JSS_MODE": "connected",
        "TRACKER_SERVICE_ENABLED": "true",
        "SETTLED": settled,
        "FORK_AFTER": fork_after,
    }
    done = subprocess.run(
        [sys.executable, "-c", FORK], env=variables, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == lines
