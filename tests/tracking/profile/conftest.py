"""Visits as they come in the course of days."""

from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

import pytest
from django.utils import timezone

NOW = datetime(2026, 3, 18, 15, 30, tzinfo=UTC)


class Clock:
    """The time that Django tells."""

    def __init__(self) -> None:
        self.now = NOW

    def set(self, day: int, hour: int = 12, minute: int = 0) -> None:
        """It is that hour of a day of March 2026."""
        self.now = datetime(2026, 3, day, hour, minute, tzinfo=UTC)

    def wait(self, **passed: Any) -> None:
        """Time goes by."""
        self.now += timedelta(**passed)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Wednesday, the 18th of March 2026, half past three."""
    told = Clock()

    class Told(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> "Told":
            return cls.fromtimestamp(told.now.timestamp(), tz)

    monkeypatch.setattr(timezone, "datetime", Told)
    return told
