from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from pytest_django import Settings

from jss_tracking.conf import PROCESSORS
from jss_tracking.pipeline import TrackEventArgs, TrackEventProcessor
from jss_tracking.processors import ProcessorRegistry, processors
from jss_tracking.trackers import Tracker

STOCK = list(PROCESSORS)
GOAL = "jss_tracking.processors.GoalProcessor"


class Mine(TrackEventProcessor[dict[str, Any]]):
    def track_event(self, tracker: Tracker, args: TrackEventArgs, event: Any) -> None:
        args.has_been_tracked()


class Other(Mine):
    pass


MINE = Mine.name()


@pytest.fixture
def registry() -> ProcessorRegistry:
    return ProcessorRegistry()


def names(registry: ProcessorRegistry) -> list[str]:
    return [processor.name() for processor in registry.chain()]


def test_the_stock_processors_come_in_the_documented_order(registry: ProcessorRegistry) -> None:
    kinds = ("Event", "Goal", "Outcome", "Campaign", "PageView")
    assert names(registry) == [f"jss_tracking.processors.{kind}Processor" for kind in kinds]


def test_settings_name_the_processors_in_order(
    registry: ProcessorRegistry, settings: Settings
) -> None:
    settings.TRACK_EVENT_PROCESSORS = [MINE, GOAL]
    assert names(registry) == [MINE, GOAL]


def test_an_app_inserts_before(registry: ProcessorRegistry) -> None:
    registry.insert_before(GOAL, Mine)
    assert names(registry) == [STOCK[0], MINE, *STOCK[1:]]


def test_an_app_inserts_after(registry: ProcessorRegistry) -> None:
    registry.insert_after(GOAL, Mine)
    assert names(registry) == [*STOCK[:2], MINE, *STOCK[2:]]


def test_an_app_appends(registry: ProcessorRegistry) -> None:
    registry.append(Mine)
    assert names(registry) == [*STOCK, MINE]


def test_an_app_replaces(registry: ProcessorRegistry) -> None:
    registry.replace(GOAL, Mine)
    assert names(registry) == [STOCK[0], MINE, *STOCK[2:]]


def test_an_app_removes(registry: ProcessorRegistry) -> None:
    registry.remove(GOAL)
    assert names(registry) == [STOCK[0], *STOCK[2:]]


def test_changes_build_on_each_other(registry: ProcessorRegistry) -> None:
    registry.append(Mine)
    registry.insert_before(MINE, Other)
    registry.remove(GOAL)
    assert names(registry) == [STOCK[0], *STOCK[2:], Other.name(), MINE]


def test_each_processor_is_made_once(registry: ProcessorRegistry) -> None:
    assert registry.chain() is registry.chain()


def test_the_chain_follows_a_change_of_the_settings(
    registry: ProcessorRegistry, settings: Settings
) -> None:
    registry.chain()
    settings.TRACK_EVENT_PROCESSORS = [GOAL]
    assert names(registry) == [GOAL]


def test_a_name_that_nobody_has_is_named_with_those_there_are(registry: ProcessorRegistry) -> None:
    registry.insert_before("shop.Missing", Mine)
    with pytest.raises(ImproperlyConfigured, match=r"'shop\.Missing'.*GoalProcessor"):
        registry.chain()


def test_a_processor_stands_only_once(registry: ProcessorRegistry) -> None:
    registry.append(Mine)
    registry.append(Mine)
    with pytest.raises(ImproperlyConfigured, match="twice"):
        registry.chain()


@pytest.mark.parametrize("path", ["nowhere.Nothing", "nodots", "uuid.Missing", "uuid.UUID"])
def test_a_setting_that_names_no_processor_is_an_error(
    registry: ProcessorRegistry, settings: Settings, path: str
) -> None:
    settings.TRACK_EVENT_PROCESSORS = [path]
    with pytest.raises(ImproperlyConfigured, match="TRACK_EVENT_PROCESSORS"):
        registry.chain()


def test_a_change_may_come_after_the_first_use(registry: ProcessorRegistry) -> None:
    registry.chain()
    registry.append(Mine)
    assert names(registry)[-1] == MINE


def test_the_registry_of_the_apps_can_be_resolved() -> None:
    assert set(STOCK) <= set(names(processors))
