import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from jss_layout.sites import SiteDefinition
from jss_tracking import refusals
from jss_tracking.processors import processors
from jss_tracking.trackers import Visitor
from jss_tracking.trackers.memory import Memory, MemoryTracker
from tests.sensitive import SESSION_COOKIE, SITE_API_KEY


@pytest.fixture(autouse=True)
def _own_pace(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process notes so many refusals a second; those of other tests do not count."""
    monkeypatch.setattr(refusals, "_pace", refusals._Pace())


@pytest.fixture
def sqlite_file(transactional_db: None, tmp_path: Path) -> Iterator[None]:
    """On SQLite: the tests' database, which is in memory, copied into a file."""
    if connection.vendor != "sqlite":
        yield
        return
    path = tmp_path / "db.sqlite3"
    connection.ensure_connection()
    memory, name = connection.connection, connection.settings_dict["NAME"]
    with closing(sqlite3.connect(path)) as file:
        memory.backup(file)
    connection.connection, connection.settings_dict["NAME"] = None, path
    yield
    connection.close()
    connection.connection, connection.settings_dict["NAME"] = memory, name


@pytest.fixture
def memory() -> Iterator[Memory]:
    """What the memory tracker keeps, empty before and after."""
    MemoryTracker.memory.clear()
    yield MemoryTracker.memory
    MemoryTracker.memory.clear()


@pytest.fixture
def service(settings: Any, db: None) -> str:
    """The tracker service switched on; the value is its API key."""
    settings.TRACKER_SERVICE_ENABLED = True
    settings.SITECORE_API_KEY = SITE_API_KEY
    return SITE_API_KEY


@pytest.fixture
def stock_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pipeline is what the settings say; no installed app has changed it."""
    monkeypatch.setattr(processors, "_changes", ())


@pytest.fixture
def in_memory(settings: Any, memory: Memory) -> Memory:
    """Events go to the memory tracker."""
    settings.TRACKER = "jss_tracking.trackers.memory.MemoryTracker"
    return memory


@pytest.fixture
def at_sitecore(settings: Any) -> str:
    """Events go to a Sitecore; the value is its address."""
    settings.TRACKER = "jss_tracking.trackers.sitecore.SitecoreTracker"
    settings.SITECORE_API_HOST = "https://cd.example.com"
    settings.SITECORE_SITE_NAME = "shop"
    return "https://cd.example.com"


@pytest.fixture
def connected_visitor() -> Visitor:
    """A visitor of a site that has a Sitecore."""
    site = SiteDefinition("shop", sitecore_host="https://cd.example.com", api_key=SITE_API_KEY)
    headers = (("Cookie", f"ASP.NET_SessionId={SESSION_COOKIE}"), ("User-Agent", "Firefox"))
    return Visitor(site=site, headers=headers)
