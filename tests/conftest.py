"""What holds for every test."""

import logging
from collections.abc import Iterator

import pytest

from jss_layout import api_keys
from jss_layout.sites import SitesByHost, site_rows
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


@pytest.fixture(autouse=True)
def no_secret_is_logged() -> Iterator[SecretsInLog]:
    """Fail the test in which a secret is logged, at any level, by anyone."""
    root, handler = logging.getLogger(), SecretsInLog()
    level = root.level
    # First, so that it sees the line before the console's filter masks anything.
    root.handlers.insert(0, handler)
    root.setLevel(logging.DEBUG)
    yield handler
    root.setLevel(level)
    root.removeHandler(handler)
    assert not handler.lines, "Secrets in the log:\n" + "\n".join(handler.lines)


@pytest.fixture(autouse=True)
def rows_are_read_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test sees the sites and keys of another one."""
    monkeypatch.setattr(site_rows, "_value", SitesByHost(()))
    monkeypatch.setattr(api_keys.key_rows, "_value", ())
    monkeypatch.setattr(api_keys, "_used", set())
    site_rows.forget()
    api_keys.key_rows.forget()
