"""A savepoint that costs nothing where no query is made."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import InternalError, connection, transaction

from jss_tracking.exceptions import TrackingError


@contextmanager
def savepoint_at_first_query() -> Iterator[None]:
    """Within a transaction: gives up what was saved within the block, if the block raises.

    The stock processors make no query, so the savepoint is set just before the first one: two
    round trips an event saved, which is most of what a batch would cost otherwise.

    Raises ``TrackingError`` if a query in the block failed and the block went on as if it had
    not, which leaves nothing of it stored.
    """
    sid: str | None = None
    callbacks = len(connection.run_on_commit)

    def set_savepoint(execute: Callable[..., Any], *query: Any) -> Any:
        nonlocal sid
        if sid is None:
            sid = ""  # setting it is a query as well
            sid = transaction.savepoint()
        return execute(*query)

    try:
        with connection.execute_wrapper(set_savepoint):
            yield
        if sid:
            _release(sid)
    except BaseException:
        if sid:
            transaction.set_rollback(False)
            transaction.savepoint_rollback(sid)
        del connection.run_on_commit[callbacks:]
        raise


def _release(sid: str) -> None:
    """Keep what was saved since; PostgreSQL refuses after a failed query, Django knows of some."""
    try:
        if transaction.get_rollback():
            raise InternalError
        transaction.savepoint_commit(sid)
    except InternalError as error:
        message = "A query of a processor failed, and the processor did not say so."
        raise TrackingError("processor_failed", message) from error
