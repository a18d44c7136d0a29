import time

import pytest
from django.db import DatabaseError
from pytest_django import Settings

from jss_tracking.delivery import leases
from jss_tracking.delivery.leases import Lease, call_ends, forget_expired
from jss_tracking.models import SessionLease
from tests.tracking.delivery.visits import let_pass

pytestmark = pytest.mark.django_db


def pass_time(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """The clock of this process goes on, that of the database does not."""
    now = time.monotonic()
    monkeypatch.setattr("time.monotonic", lambda: now + seconds)


def test_one_has_a_session_at_a_time() -> None:
    assert Lease("a").acquire()
    assert not Lease("a").acquire()


def test_sessions_are_apart() -> None:
    assert Lease("a").acquire()
    assert Lease("b").acquire()


def test_a_lease_that_is_given_back_is_free() -> None:
    lease = Lease("a")
    lease.acquire()
    lease.release()
    assert Lease("a").acquire()


def test_nobody_gives_back_the_lease_of_another() -> None:
    Lease("a").acquire()
    other = Lease("a")
    other.acquire()
    other.release()
    assert not Lease("a").acquire()


def test_the_lease_of_whoever_was_killed_runs_out() -> None:
    Lease("a").acquire()
    let_pass(call_ends().total_seconds() + 1)
    assert Lease("a").acquire()


def test_it_outlasts_a_call_that_begins_late(settings: Settings) -> None:
    settings.LAYOUT_SERVICE_TIMEOUT = 60
    Lease("a").acquire()
    let_pass(60 + leases.SKEW.total_seconds())
    assert not Lease("a").acquire()


def test_it_lasts_without_a_query_at_first(django_assert_num_queries: object) -> None:
    lease = Lease("a")
    lease.acquire()
    with django_assert_num_queries(0):  # type: ignore[operator]
        assert lease.lasts()


def test_it_is_renewed_before_it_runs_out(monkeypatch: pytest.MonkeyPatch) -> None:
    lease = Lease("a")
    lease.acquire()
    let_pass(20)
    before = SessionLease.objects.get().expires
    pass_time(monkeypatch, 20)
    assert lease.lasts()
    assert SessionLease.objects.get().expires > before


def test_one_that_ran_out_is_lost_though_nobody_took_it(monkeypatch: pytest.MonkeyPatch) -> None:
    lease = Lease("a")
    lease.acquire()
    let_pass(1000)
    pass_time(monkeypatch, 1000)
    assert not lease.lasts()


def test_a_database_that_is_down_keeps_it_until_it_runs_out(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise DatabaseError

    lease = Lease("a")
    lease.acquire()
    monkeypatch.setattr(SessionLease.objects, "filter", fail)
    lease.release()
    assert "was not given back" in caplog.text


def test_only_what_ran_out_is_forgotten() -> None:
    Lease("a").acquire()
    let_pass(1000)
    Lease("b").acquire()
    forget_expired()
    assert [str(lease) for lease in SessionLease.objects.all()] == ["b"]
