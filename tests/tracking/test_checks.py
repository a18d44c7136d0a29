from typing import Any

import pytest
from django.core.checks import CheckMessage, run_checks
from pytest_django import Settings

from jss_tracking import checks
from jss_tracking.pipeline import TrackEventArgs, TrackEventProcessor
from jss_tracking.trackers import Tracker

pytestmark = pytest.mark.usefixtures("stock_processors")


class Unreadable(TrackEventProcessor[int | bool | list[str] | list[int]]):
    def track_event(self, tracker: Tracker, args: TrackEventArgs, event: Any) -> None:
        raise AssertionError


def found(settings: Settings, **values: object) -> list[CheckMessage]:
    for name, value in values.items():
        setattr(settings, name, value)
    return [message for message in run_checks() if (message.id or "").startswith("jss_tracking.E0")]


def ids(settings: Settings, **values: object) -> list[str | None]:
    return [message.id for message in found(settings, **values)]


def test_the_sample_sites_settings_are_right(settings: Settings) -> None:
    assert ids(settings) == []


@pytest.mark.parametrize("path", ["nowhere.Tracker", "nodots", "uuid.UUID", "uuid.uuid4"])
def test_a_tracker_that_is_none_is_found(settings: Settings, path: str) -> None:
    assert ids(settings, TRACKER=path) == ["jss_tracking.E001"]


def test_a_mode_without_a_tracker_is_found(settings: Settings) -> None:
    settings.JSS_MODE = "sometimes"
    assert [message.id for message in checks.check_tracker()] == ["jss_tracking.E001"]


@pytest.mark.parametrize("path", ["nowhere.Processor", "uuid.UUID", Unreadable.name()])
def test_a_processor_that_is_none_is_found(settings: Settings, path: str) -> None:
    assert ids(settings, TRACK_EVENT_PROCESSORS=[path]) == ["jss_tracking.E002"]


@pytest.mark.parametrize(
    "name", ["TRACK_EVENT_MAX_BYTES", "TRACK_EVENT_MAX_BATCH", "TRACKING_ROBOT_SESSION_TIMEOUT"]
)
@pytest.mark.parametrize("value", [0, -1, "many", None])
def test_a_limit_that_is_none_is_found(settings: Settings, name: str, value: Any) -> None:
    (message,) = found(settings, **{name: value})
    assert message.id == "jss_tracking.E003"
    assert name in message.msg


@pytest.mark.parametrize("value", [-1, "many", None, 1.5])
def test_a_rate_that_is_none_is_found(settings: Settings, value: Any) -> None:
    (message,) = found(settings, TRACK_EVENT_MAX_RATE=value)
    assert (message.id, "TRACK_EVENT_MAX_RATE" in message.msg) == ("jss_tracking.E003", True)
    assert ids(settings, TRACK_EVENT_MAX_RATE=0) == []


@pytest.mark.parametrize("status", [201, 500, "200", None])
def test_a_status_of_a_part_that_no_client_knows_is_found(settings: Settings, status: int) -> None:
    assert ids(settings, TRACK_EVENT_PARTIAL_STATUS=status) == ["jss_tracking.E004"]


def test_missing_middleware_is_found(settings: Settings) -> None:
    rest = [path for path in settings.MIDDLEWARE if path != checks.MIDDLEWARE]
    assert ids(settings, MIDDLEWARE=rest) == ["jss_tracking.E005"]


@pytest.mark.parametrize("value", ["false", "", 1, None])
@pytest.mark.parametrize("name", ["TRACKER_SERVICE_ENABLED", "TRACKING_EXPLICIT_CONSENT"])
def test_a_switch_that_is_none_is_found(settings: Settings, name: str, value: Any) -> None:
    assert ids(settings, **{name: value}) == ["jss_tracking.E006"]


def test_a_service_without_address_is_found(settings: Settings) -> None:
    settings.ROOT_URLCONF = "jss_layout.urls"
    settings.TRACKER_SERVICE_ENABLED = True
    assert [message.id for message in checks.check_service()] == ["jss_tracking.E007"]


def test_a_service_that_is_off_needs_no_address(settings: Settings) -> None:
    settings.ROOT_URLCONF = "jss_layout.urls"
    assert checks.check_service() == []


def test_each_message_has_a_hint(settings: Settings) -> None:
    messages = found(settings, TRACKER="x", TRACK_EVENT_PROCESSORS=["x"], TRACK_EVENT_MAX_BATCH=0)
    assert len(messages) == 3
    assert all(message.hint for message in messages)


@pytest.mark.parametrize("path", ["", "/visits", "visits/", "a//b", "a b", "visits?x", "<x>"])
def test_a_path_of_the_tracker_that_is_none_is_found(settings: Settings, path: str) -> None:
    (message,) = found(settings, TRACKER_SERVICE_PATH=path)
    assert (message.id, repr(path) in message.msg) == ("jss_tracking.E009", True)


@pytest.mark.parametrize("script", ["", "visits", "/visits.js", "site/visits.js?x"])
def test_a_name_of_the_client_that_is_no_static_file_is_found(
    settings: Settings, script: str
) -> None:
    assert ids(settings, TRACKER_SCRIPT=script) == ["jss_tracking.E010"]


def test_another_name_of_the_client_wants_its_finder(settings: Settings) -> None:
    assert ids(settings, TRACKER_SCRIPT="site/visits.js") == []
    finders = [path for path in settings.STATICFILES_FINDERS if "jss_tracking" not in path]
    assert ids(settings, STATICFILES_FINDERS=finders) == ["jss_tracking.E010"]
