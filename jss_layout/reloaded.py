"""Values that are kept in the database and read on every request, without a query each."""

import logging
import math
import time
from collections.abc import Callable
from contextlib import nullcontext
from threading import Lock
from typing import Generic, TypeVar

from django.db import Error, connection, transaction
from django.db.models import Model
from django.db.models.signals import m2m_changed, post_delete, post_save

from jss_layout.conf import conf

logger = logging.getLogger(__name__)

T = TypeVar("T")

NEVER_LOADED = float("-inf")


def retry_after() -> int:
    """Whole seconds after which rows that could not be read are read again."""
    return math.ceil(conf.SITE_REFRESH_SECONDS)


class Reloaded(Generic[T]):
    """A value that ``load`` makes from the database: once, then every ``SITE_REFRESH_SECONDS``.

    One thread loads; the others go on with the last known value meanwhile, and wait only
    where there is none. While the database does not answer, the last known value stays, or
    ``empty`` if there never was one, and it is logged.
    """

    def __init__(self, load: Callable[[], T], empty: T) -> None:
        self._load = load
        self._value = empty
        self._due = NEVER_LOADED
        self._changes = 0
        self._lock = Lock()

    def get(self) -> T:
        """The value, at most ``SITE_REFRESH_SECONDS`` old."""
        if time.monotonic() >= self._due:
            self._refresh()
        return self._value

    def forget(self) -> None:
        """The rows have changed: whoever asks next gets what they say now."""
        self._changes += 1
        self._due = NEVER_LOADED

    def watch(self, *models: type[Model]) -> None:
        """Forget the value whenever this process changes a row of these models."""
        for model in models:
            for signal in (post_save, post_delete, m2m_changed):
                signal.connect(self.rows_changed, sender=model)

    def rows_changed(self, **_: object) -> None:
        """Receiver of a model's signals: changed for this transaction now, for all at its end."""
        self.forget()
        transaction.on_commit(self.forget)

    def _refresh(self) -> None:
        if self._lock.acquire(blocking=self._due == NEVER_LOADED):
            try:
                if time.monotonic() >= self._due:
                    self._reload()
            finally:
                self._lock.release()

    def _reload(self) -> None:
        changes = self._changes
        try:
            # Within a transaction, a failed query would spoil it; outside, a transaction
            # would take SQLite's write lock.
            with transaction.atomic() if connection.in_atomic_block else nullcontext():
                self._value = self._load()
        except Error as error:
            logger.warning("The database does not answer, the last known rows hold: %s", error)
        if changes == self._changes:
            self._due = time.monotonic() + conf.SITE_REFRESH_SECONDS
