"""When ``make regression`` says that a page costs more."""

from collections.abc import Iterator

import pytest

from benchmarks.pages import regression


def pages(a: float, b: float) -> regression.Costs:
    """Of two pages, one of which is rendered for all of its time."""
    return {"a": {"fetch": 1, "render": a, "whole": a}, "b": {"whole": b}}


@pytest.fixture(autouse=True)
def before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(regression, "accepted", lambda: pages(1, 2))


def measured(*costs: tuple[float, float]) -> tuple[regression.Costs, int]:
    """The least of what is measured, and how often that is."""
    left: Iterator[tuple[float, float]] = iter(costs)
    times = []

    def measure() -> regression.Costs:
        a, b = next(left)
        times.append(a)
        return pages(a, b)

    return regression.least_costs(measure), len(times)


def test_a_page_that_costs_what_it_did_is_measured_once() -> None:
    assert measured((1.2, 2.4), (1, 2)) == (pages(1.2, 2.4), 1)


def test_a_page_that_costs_more_for_a_while_is_measured_again() -> None:
    assert measured((1.3, 2.4), (1.1, 2.6), (1, 2)) == (pages(1.1, 2.4), 2)


def test_a_page_that_costs_more_each_time_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    found, times = measured((1.3, 2), (1.4, 2), (1.29, 2))
    assert (found, times) == (pages(1.29, 2), 3)
    assert not regression.compare(found)
    told = "a          1.29 of what it was (fetch 1.00, render 1.29), more than 1.25\n"
    assert told in capsys.readouterr().err
