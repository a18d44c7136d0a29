import logging
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from jss_tracking import rates
from jss_tracking.trackers.memory import Memory

pytestmark = pytest.mark.usefixtures("stock_processors", "in_memory")

GOAL = {"goalId": "Register"}


@pytest.fixture(autouse=True)
def twenty_seconds_past(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is twenty seconds past a minute, and stays so."""
    monkeypatch.setattr("jss_tracking.rates.time", lambda: 60_020.5)


def post(client: Client, key: str, **kwargs: Any) -> Any:
    address = f"/sitecore/api/jss/track/event?sc_apikey={key}"
    return client.post(address, [GOAL], content_type="application/json", **kwargs)


def test_one_request_too_many_is_429_until_the_minute_is_over(
    client: Client,
    service: str,
    memory: Memory,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings.TRACK_EVENT_MAX_RATE = 2
    assert [post(client, service).status_code for _ in range(2)] == [200, 200]
    refused = post(client, service)
    assert (refused.status_code, refused["Retry-After"]) == (429, "40")
    assert refused.json()["errors"][0]["code"] == "too_many_requests"
    assert len(memory.events) == 2
    monkeypatch.setattr("jss_tracking.rates.time", lambda: 60_060)
    assert post(client, service).status_code == 200


def test_each_address_has_a_count_of_its_own(
    client: Client, service: str, settings: Settings
) -> None:
    settings.TRACK_EVENT_MAX_RATE = 1
    for address in ("203.0.113.8", "203.0.113.9"):
        assert post(client, service, REMOTE_ADDR=address).status_code == 200
    assert post(client, service, REMOTE_ADDR="203.0.113.9").status_code == 429


def test_without_a_limit_nothing_is_counted(
    client: Client, service: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rates, "_count", None)
    assert post(client, service).status_code == 200


def test_no_address_is_kept_as_it_came(
    client: Client, service: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.TRACK_EVENT_MAX_RATE = 1
    keys: list[str] = []

    class Noting:
        def add(self, key: str, *_args: Any, **_kwargs: Any) -> None:
            keys.append(key)

        def incr(self, _key: str) -> int:
            return 1

    monkeypatch.setattr(rates, "cache", Noting())
    post(client, service, REMOTE_ADDR="203.0.113.9")
    (key,) = keys
    assert "203.0.113.9" not in key


def test_a_cache_that_is_down_stops_nobody(
    client: Client,
    service: str,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    settings.TRACK_EVENT_MAX_RATE = 1

    def fail(*_args: Any) -> int:
        raise ConnectionError

    monkeypatch.setattr(rates, "_count", fail)
    with caplog.at_level(logging.WARNING, logger="jss_tracking"):
        assert post(client, service).status_code == 200
    assert "the cache does not answer: ConnectionError" in caplog.text
