import pytest

from jss_layout.deadline import deadline, time_left


def test_outside_of_a_call_time_is_unlimited() -> None:
    assert time_left() is None


def test_within_a_call_the_time_that_is_left_is_known() -> None:
    with deadline(5):
        left = time_left()
    assert left is not None
    assert 4 < left <= 5
    assert time_left() is None


def test_when_no_time_is_left_nothing_more_may_be_done() -> None:
    with deadline(0), pytest.raises(TimeoutError):
        time_left()


def test_a_call_that_fails_ends_too() -> None:
    with pytest.raises(ZeroDivisionError), deadline(5):
        _ = 1 / 0
    assert time_left() is None
