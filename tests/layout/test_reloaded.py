import threading
from itertools import count

import pytest
from django.db import OperationalError, transaction
from pytest_django import DjangoCaptureOnCommitCallbacks

from jss_layout import reloaded
from jss_layout.reloaded import Reloaded


class Clock:
    now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(reloaded, "time", clock)
    return clock


@pytest.fixture
def numbers(clock: Clock) -> Reloaded[int]:
    return Reloaded(count(1).__next__, 0)


def test_a_value_is_loaded_once_within_the_refresh_time(
    numbers: Reloaded[int], clock: Clock
) -> None:
    clock.now += 4.9
    assert (numbers.get(), numbers.get()) == (1, 1)


def test_a_value_is_loaded_again_after_the_refresh_time(
    numbers: Reloaded[int], clock: Clock
) -> None:
    numbers.get()
    clock.now += 5
    assert numbers.get() == 2


def test_a_forgotten_value_is_loaded_at_once(numbers: Reloaded[int]) -> None:
    numbers.get()
    numbers.forget()
    assert numbers.get() == 2


@pytest.mark.django_db
def test_a_change_is_known_within_its_transaction_and_after(
    numbers: Reloaded[int],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    numbers.get()
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        numbers.rows_changed()
        assert numbers.get() == 2
    assert numbers.get() == 3


def test_a_change_during_a_load_leads_to_another_load(clock: Clock) -> None:
    loads = count(1)

    def load() -> int:
        number = next(loads)
        if number == 1:
            value.forget()
        return number

    value = Reloaded(load, 0)
    assert (value.get(), value.get(), value.get()) == (1, 2, 2)


class Database:
    """Gives the value, or fails while it is down."""

    value, down = 1, False

    def load(self) -> int:
        if self.down:
            raise OperationalError("unable to open database file")
        return self.value


@pytest.fixture
def database() -> Database:
    return Database()


def test_without_a_database_the_empty_value_holds_and_it_is_logged(
    clock: Clock, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    database.down = True
    assert Reloaded(database.load, 0).get() == 0
    assert caplog.messages == [
        "The database does not answer, the last known rows hold: unable to open database file"
    ]


def test_while_the_database_is_down_the_last_known_value_holds(
    clock: Clock, database: Database
) -> None:
    value = Reloaded(database.load, 0)
    value.get()
    database.down = True
    clock.now += 60
    assert value.get() == 1


def test_a_database_that_is_down_is_asked_no_more_often_than_one_that_is_up(
    clock: Clock, database: Database
) -> None:
    database.down = True
    value = Reloaded(database.load, 0)
    value.get()
    database.down = False
    assert value.get() == 0
    clock.now += 5
    assert value.get() == 1


@pytest.mark.django_db
def test_a_failed_load_does_not_spoil_the_transaction_around_it(database: Database) -> None:
    database.down = True
    Reloaded(database.load, 0).get()
    database.down = False
    with transaction.atomic():
        assert Reloaded(database.load, 0).get() == 1


def test_while_one_thread_loads_the_others_go_on_with_the_last_known_value(clock: Clock) -> None:
    loading, finish = threading.Event(), threading.Event()
    loads = count(1)

    def load() -> int:
        number = next(loads)
        if number == 2:
            loading.set()
            assert finish.wait(5)
        return number

    value = Reloaded(load, 0)
    value.get()
    clock.now += 5
    thread = threading.Thread(target=value.get)
    thread.start()
    assert loading.wait(5)
    assert value.get() == 1
    finish.set()
    thread.join()
    assert value.get() == 2


def test_the_first_load_is_waited_for_and_done_once(clock: Clock) -> None:
    loading, finish = threading.Event(), threading.Event()
    loads, found = count(1), []

    def load() -> int:
        loading.set()
        assert finish.wait(5)
        return next(loads)

    value = Reloaded(load, 0)
    threads = [threading.Thread(target=lambda: found.append(value.get())) for _ in range(4)]
    threads[0].start()
    assert loading.wait(5)
    for thread in threads[1:]:
        thread.start()
    threads[1].join(0.05)
    assert found == []
    finish.set()
    for thread in threads:
        thread.join()
    assert found == [1, 1, 1, 1]
