from typing import Any

import pytest
from pytest_django import Settings

from jss_tracking.database_checks import check_atomic_requests, check_sqlite

SQLITE = "django.db.backends.sqlite3"
SITECORE = "jss_tracking.trackers.sitecore.SitecoreTracker"


@pytest.fixture
def database(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Any:
    def use(**values: Any) -> None:
        monkeypatch.setitem(settings.DATABASES, "default", {"ENGINE": SQLITE, **values})

    return use


@pytest.mark.parametrize("mode", ["IMMEDIATE", "exclusive"])
def test_sqlite_that_locks_at_the_start_is_well(database: Any, mode: str) -> None:
    database(OPTIONS={"transaction_mode": mode})
    assert check_sqlite() == []


@pytest.mark.parametrize("options", [{}, {"OPTIONS": {"transaction_mode": "DEFERRED"}}])
def test_sqlite_that_locks_late_is_warned_of(database: Any, options: dict[str, Any]) -> None:
    database(**options)
    (warning,) = check_sqlite()
    assert warning.id == "jss_tracking.W001"
    assert "IMMEDIATE" in (warning.hint or "")


def test_another_database_needs_no_mode(database: Any) -> None:
    database(ENGINE="django.db.backends.postgresql")
    assert check_sqlite() == []


def test_a_transaction_over_a_call_to_sitecore_is_warned_of(
    database: Any, settings: Settings
) -> None:
    settings.TRACKER = SITECORE
    database(ATOMIC_REQUESTS=True)
    assert [warning.id for warning in check_atomic_requests()] == ["jss_tracking.W002"]
    database()
    assert check_atomic_requests() == []


def test_the_embedded_tracker_may_work_in_a_requests_transaction(database: Any) -> None:
    database(ATOMIC_REQUESTS=True)
    assert check_atomic_requests() == []
