import pytest
from celery import Celery
from django.core.checks import run_checks
from django.test import override_settings
from pytest_django import Settings

from jss_tracking.delivery_checks import check_delivery

PASSWORD = "amqp://user:secret@broker:5672"
with_broker = Celery("with broker", broker=PASSWORD)
no_app = "no app"


def found() -> list[str]:
    return [str(message.id) for message in check_delivery()]


@pytest.mark.parametrize("way", ["thread", "command"])
def test_what_delivers_is_known(settings: Settings, way: str) -> None:
    settings.EVENT_DELIVERY = way
    assert found() == []


def test_another_word_is_an_error(settings: Settings) -> None:
    settings.EVENT_DELIVERY = "cron"
    assert found() == ["jss_tracking.E020"]


@pytest.mark.parametrize("path", ["", "nowhere.app", "celery.nothing", f"{__name__}.no_app"])
def test_celery_needs_an_app(settings: Settings, path: str) -> None:
    settings.EVENT_DELIVERY, settings.CELERY_APP = "celery", path
    assert found() == ["jss_tracking.E021"]


def test_celery_needs_a_broker(settings: Settings) -> None:
    settings.EVENT_DELIVERY, settings.CELERY_APP = "celery", "jss_site.celery.app"
    assert found() == ["jss_tracking.W020"]


def test_celery_with_a_broker_is_fine(settings: Settings) -> None:
    settings.EVENT_DELIVERY, settings.CELERY_APP = "celery", f"{__name__}.with_broker"
    assert found() == []


@pytest.mark.parametrize(
    "name", ["EVENT_DELIVERY_THREADS", "EVENT_DELIVERY_TRIES", "EVENT_DELIVERY_WARN_AGE"]
)
def test_numbers_are_above_nothing(name: str) -> None:
    with override_settings(**{name: 0}):
        errors = [error for error in run_checks() if error.id == "jss_tracking.E003"]
    assert [error.msg for error in errors] == [f"{name} is 0"]
