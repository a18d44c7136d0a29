import time
from collections.abc import Iterator
from threading import Barrier, Event, current_thread
from typing import Any

import pytest
from django.http import HttpRequest
from django.test import override_settings
from django.utils import timezone, translation

from jss_layout.components import ComponentRegistry
from jss_layout.layout import Rendering
from tests.layout.pages import BOX, component, show, templates

FILES = {
    "components/News.html": "[{{ news }}]",
    "components/Weather.html": "[{{ weather }}]",
    "components/Box.html": '({% placeholder "inner" %})',
    "components/Twisted.html": "{% nonsense %}",
}


@pytest.fixture(autouse=True)
def files() -> Iterator[None]:
    with templates(FILES):
        yield


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> ComponentRegistry:
    empty = ComponentRegistry()
    monkeypatch.setattr("jss_layout.rendering.registry", empty)
    monkeypatch.setattr("jss_layout.component_data.registry", empty)
    return empty


def news(title: str) -> dict[str, Any]:
    return component("News", {"title": title})


def test_functions_that_fetch_run_side_by_side(registry: ComponentRegistry) -> None:
    together = Barrier(3)

    @registry.register("News", fetches=True)
    def fetch(rendering: Rendering, request: HttpRequest) -> dict[str, Any]:
        together.wait(5)
        assert not isinstance(rendering.fields, list)
        return {"news": rendering.fields.title["value"]}

    boxed = component("Box", placeholders={"inner": [news("b"), {"odd": 1}, 3, news("c")]})
    with override_settings(JSS_FETCH_TIMEOUT=5):
        html = show([component("Twisted"), news("a"), boxed])
    assert html == f"{BOX}\n[a]([b]{BOX}\n[c])"


def test_a_function_that_takes_too_long_costs_its_own_component(
    registry: ComponentRegistry, caplog: pytest.LogCaptureFixture
) -> None:
    answered = Event()

    @registry.register("News", fetches=True)
    def slow(rendering: Rendering, request: HttpRequest) -> dict[str, Any]:
        answered.wait(10)
        return {}

    @registry.register("Weather", fetches=True)
    def quick(rendering: Rendering, request: HttpRequest) -> dict[str, Any]:
        return {"weather": "sun"}

    started = time.monotonic()
    with override_settings(JSS_FETCH_TIMEOUT=0.2):
        html = show([news("a"), component("Weather"), news("b")])
    assert time.monotonic() - started < 5
    answered.set()
    assert html == f"{BOX}\n[sun]{BOX}"
    cause = caplog.records[0].exc_info
    assert cause is not None
    assert "slow gave no data within 0.2 s (setting JSS_FETCH_TIMEOUT)" in str(cause[1])


@pytest.mark.parametrize("error", [ZeroDivisionError, TimeoutError])
def test_a_function_that_fails_in_its_thread_costs_its_own_component(
    registry: ComponentRegistry, caplog: pytest.LogCaptureFixture, error: type[Exception]
) -> None:
    @registry.register("News", fetches=True)
    def fetch(rendering: Rendering, request: HttpRequest) -> dict[str, Any]:
        raise error

    assert show([news("a"), component("Box")]) == f"{BOX}\n()"
    assert caplog.records[0].exc_info is not None
    assert caplog.records[0].exc_info[0] is error


def test_only_what_fetches_runs_in_a_thread(registry: ComponentRegistry) -> None:
    threads = []

    @registry.register("News")
    def here(rendering: Rendering, request: HttpRequest) -> dict[str, Any]:
        threads.append(current_thread())
        return {"news": "here"}

    @registry.register("Weather", fetches=True)
    def there(rendering: Rendering, request: HttpRequest) -> dict[str, Any]:
        threads.append(current_thread())
        return {"weather": "there"}

    assert show([news("a"), component("Weather")]) == "[here][there]"
    assert threads[0] is current_thread()
    assert threads[1].name.startswith("jss-fetch")


def test_the_same_rendering_is_fetched_once_a_page(registry: ComponentRegistry) -> None:
    asked = []

    @registry.register("News", fetches=True)
    def fetch(rendering: Rendering, request: HttpRequest) -> dict[str, Any]:
        asked.append(rendering.uid)
        return {"news": len(asked)}

    assert show([news("a"), news("a")]) == "[1][1]"
    assert show([news("a")]) == "[2]"


def test_language_and_time_zone_are_those_of_the_page(registry: ComponentRegistry) -> None:
    @registry.register("News", fetches=True)
    def fetch(rendering: Rendering, request: HttpRequest) -> dict[str, Any]:
        return {"news": f"{translation.get_language()} {timezone.get_current_timezone_name()}"}

    with translation.override("da"), timezone.override("Asia/Tokyo"):
        assert show([news("a")]) == "[da Asia/Tokyo]"
    with translation.override("en"):
        assert show([news("b")]) == "[en UTC]"


def test_what_stands_too_deep_is_not_fetched(registry: ComponentRegistry) -> None:
    asked = []

    @registry.register("News", fetches=True)
    def fetch(rendering: Rendering, request: HttpRequest) -> dict[str, Any]:
        asked.append(rendering.component_name)
        return {"news": "1"}

    inner = component("Box", placeholders={"inner": [news("deep")]})
    with override_settings(JSS_MAX_DEPTH=2):
        show([news("a"), component("Box", placeholders={"inner": [inner]})])
    assert asked == ["News"]
