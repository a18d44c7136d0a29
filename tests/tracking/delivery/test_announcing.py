"""Whoever delivers hears that something waits."""

from typing import Any

import pytest
from celery import Celery
from kombu.exceptions import OperationalError
from pytest_django import Settings
from responses import RequestsMock

from jss_tracking.delivery import process
from jss_tracking.delivery.deliverers import Deliverers
from jss_tracking.tasks import deliver_events
from tests.tracking.delivery.visits import answers, send

pytestmark = pytest.mark.django_db

app = Celery("tests")


@pytest.fixture
def published(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, float]]:
    """Names of tasks that Celery was given, each with its seconds."""
    settings.EVENT_DELIVERY, settings.CELERY_APP = "celery", f"{__name__}.app"
    found: list[tuple[str, float]] = []

    def publish(name: str, countdown: float, **_: Any) -> None:
        found.append((name, round(countdown)))

    monkeypatch.setattr(app, "send_task", publish)
    return found


def test_the_threads_of_the_process_wake_up(
    sitecore: RequestsMock, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = Deliverers(1)
    monkeypatch.setattr(process, "_here", process._Here(deliverers=found))
    answers(sitecore, 503)
    send("a")
    assert found._wake.is_set()


def test_celery_is_given_the_task_for_when_it_is_due(
    sitecore: RequestsMock, published: list[tuple[str, float]]
) -> None:
    answers(sitecore, 503, headers={"Retry-After": "30"})
    send("a")
    send("b")
    assert published == [(deliver_events.name, 30), (deliver_events.name, 0)]


@pytest.mark.parametrize("status", [200, 500])
def test_what_does_not_wait_is_not_announced(
    sitecore: RequestsMock, published: list[tuple[str, float]], status: int
) -> None:
    answers(sitecore, status)
    send("a")
    assert published == []


def test_a_broker_that_is_gone_costs_no_event(
    sitecore: RequestsMock,
    published: list[tuple[str, float]],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise OperationalError("amqp://user:secret@broker")

    monkeypatch.setattr(app, "send_task", fail)
    answers(sitecore, 503)
    assert send("a").queued == 1
    assert "took no task: OperationalError" in caplog.text
    assert "secret" not in caplog.text


def test_the_task_delivers_what_is_due(monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[int] = []
    monkeypatch.setattr(Deliverers, "run_once", lambda found: ran.append(len(found._threads)))
    deliver_events()
    assert ran == [4]
