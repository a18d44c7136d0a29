from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache

from jss_layout import dictionary
from jss_layout.dictionary import phrases
from jss_layout.exceptions import CouldNotContact
from jss_layout.request import LayoutRequest
from jss_layout.sites import SiteDefinition

SITE = SiteDefinition(name="app", sitecore_host="https://cd.example.com")


class Source:
    """Counts what it is asked, and fails on demand."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        self.fails = False

    def fetch_dictionary(self, request: LayoutRequest) -> dict[str, str]:
        self.asked.append((request.site.name, request.language))
        assert not request.tracking
        assert not request.headers
        if self.fails:
            raise CouldNotContact("Could not get an answer.")
        return {"hello": f"{request.site.name} {request.language} {len(self.asked)}"}


class Clock:
    now = 1000.0

    def time(self) -> float:
        return self.now


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clock]:
    clock = Clock()
    monkeypatch.setattr(dictionary, "time", clock)
    cache.clear()
    yield clock
    cache.clear()


@pytest.fixture
def source(monkeypatch: pytest.MonkeyPatch) -> Source:
    source = Source()
    monkeypatch.setattr(dictionary, "layout_source", lambda: source)
    return source


def pass_time(clock: Clock, seconds: float) -> None:
    """Let time pass for us; the guard against many askers at once runs on the real clock."""
    clock.now += seconds
    for key in list(cache._cache):  # type: ignore[attr-defined]
        if key.endswith(":asking"):
            cache.delete(key.split(":", 2)[2])


def test_a_dictionary_is_asked_for_once_a_minute(source: Source, clock: Clock) -> None:
    assert phrases(SITE, "en") == {"hello": "app en 1"}
    pass_time(clock, 59)
    assert phrases(SITE, "en") == {"hello": "app en 1"}
    pass_time(clock, 2)
    assert phrases(SITE, "en") == {"hello": "app en 2"}


def test_a_dictionary_that_is_fresh_is_read_once_of_the_cache(
    source: Source, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache_reads: list[str] = []
    monkeypatch.setattr("jss_layout.dictionary.cache.get", cache_reads.append)
    for _ in range(5):
        phrases(SITE, "en")
    assert len(cache_reads) == 1
    clock.now += 61
    phrases(SITE, "en")
    assert len(cache_reads) == 2


def test_sites_and_languages_are_kept_apart(source: Source) -> None:
    first = phrases(SiteDefinition(name="ab"), "c")
    second = phrases(SiteDefinition(name="a"), "bc")
    third = phrases(SiteDefinition(name="ab", sitecore_host="https://other.example.com"), "c")
    assert [first, second, third] == [
        {"hello": "ab c 1"},
        {"hello": "a bc 2"},
        {"hello": "ab c 3"},
    ]


def test_any_name_makes_a_key_that_a_cache_takes(source: Source) -> None:
    assert phrases(SiteDefinition(name="a b\n\udcff" * 200), "d æ") is not None


def test_on_a_failure_the_last_known_phrases_stay(
    source: Source, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    known = phrases(SITE, "en")
    source.fails = True
    pass_time(clock, 61)
    assert phrases(SITE, "en") == known
    assert "No dictionary for app in en: Could not get an answer." in caplog.text
    pass_time(clock, 5)
    assert phrases(SITE, "en") == known
    assert len(source.asked) == 2
    source.fails = False
    pass_time(clock, 6)
    assert phrases(SITE, "en") == {"hello": "app en 3"}


def test_without_any_known_phrases_a_failure_gives_none_and_pauses(
    source: Source, clock: Clock
) -> None:
    source.fails = True
    assert phrases(SITE, "en") == {}
    assert phrases(SITE, "en") == {}
    assert len(source.asked) == 1
    source.fails = False
    pass_time(clock, 11)
    assert phrases(SITE, "en") == {"hello": "app en 2"}


def test_only_one_asks_while_the_others_go_on_with_what_is_known(
    source: Source, clock: Clock
) -> None:
    known = phrases(SITE, "en")
    clock.now += 61
    assert phrases(SITE, "en") != known
    clock.now += 61
    kept = phrases(SITE, "en")
    assert kept == {"hello": "app en 2"}
    assert len(source.asked) == 2


def test_who_works_on_the_files_sees_each_change(source: Source, settings: Any) -> None:
    settings.DEBUG = True
    settings.JSS_MODE = "disconnected"
    assert phrases(SITE, "en") == {"hello": "app en 1"}
    assert phrases(SITE, "en") == {"hello": "app en 2"}
