"""What holds for every test."""

import importlib
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import AppConfig
from django.core.cache import cache
from django.db.models.signals import post_migrate
from django.dispatch import receiver
from hypothesis import settings as hypothesis_settings

from jss_layout import circuit, dictionary, key_rows, memo
from jss_layout.sites import site_rows
from jss_layout.transports import transport
from jss_tracking.definitions import definition_rows
from jss_tracking.models import Definition
from tests import sensitive


class SecretsInLog(logging.Handler):
    """Collects the log lines that hold what no log may hold."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(logging.Formatter("%(levelname)s %(name)s %(message)s"))
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the line, its traceback included, if it holds a secret."""
        line = self.format(record)
        if sensitive.found_in(line):
            self.lines.append(line)


# How long one example takes depends on what else the machine does, and on coverage.
hypothesis_settings.register_profile("tests", deadline=None, max_examples=10, derandomize=True)
hypothesis_settings.register_profile("thorough", deadline=None, max_examples=300)
hypothesis_settings.load_profile("tests")


@pytest.fixture(autouse=True)
def no_secret_is_logged() -> Iterator[SecretsInLog]:
    """Fail the test in which a secret is logged, at any level, by anyone."""
    root, handler = logging.getLogger(), SecretsInLog()
    # First, so that it sees the line before the console's filter masks anything.
    root.handlers.insert(0, handler)
    yield handler
    root.removeHandler(handler)
    assert not handler.lines, "Secrets in the log:\n" + "\n".join(handler.lines)


@pytest.fixture(autouse=True)
def rows_are_read_anew(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No test sees the sites, keys and definitions of another one, nor a fixture of a module."""
    monkeypatch.setattr(site_rows, "_value", None)
    monkeypatch.setattr(key_rows.key_rows, "_value", None)
    monkeypatch.setattr(key_rows, "_used", set())
    _forget_rows()
    yield
    _forget_rows()


def _forget_rows() -> None:
    for rows in (site_rows, key_rows.key_rows, definition_rows):
        rows.forget()


@pytest.fixture(autouse=True)
def nothing_is_cached() -> None:
    """No test sees the phrases of another one's dictionary."""
    cache.clear()
    dictionary.forget()


@pytest.fixture(autouse=True)
def nothing_is_remembered() -> None:
    """No test sees the components that another one rendered."""
    memo.forget()


@pytest.fixture(autouse=True)
def every_host_is_well(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test sees the failures of another one."""
    monkeypatch.setattr(circuit, "_circuits", {})


@pytest.fixture(params=["requests", "curl"])
def way(request: pytest.FixtureRequest, settings: Any) -> str:
    """Either transport to a Sitecore, its authorities read."""
    settings.LAYOUT_TRANSPORT = request.param
    transport()
    return str(request.param)


@receiver(post_migrate)
def keep_stock_definitions(sender: AppConfig, **_: Any) -> None:
    """A test with transactions of its own empties all tables after it, theirs too."""
    if sender.name == "jss_tracking":
        stock = importlib.import_module("jss_tracking.migrations.0002_stock_definitions")
        rows = [
            Definition(kind=kind, alias=alias, guid=guid, points=points)
            for kind, alias, guid, points in stock.STOCK_DEFINITIONS
        ]
        Definition.objects.bulk_create(rows, ignore_conflicts=True)
