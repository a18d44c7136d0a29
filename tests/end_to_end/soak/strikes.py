"""What strikes a server: its workers are killed, its connections to the database are cut."""

import os
import random
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

POLL_SECONDS = 0.01
CUT = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
    ORDER BY random() LIMIT 1
"""


class Strikes:
    """Strikes again and again, at random, while the block runs; ``count`` tells how often.

    It does so by what ``progress`` says is done, not by the clock: on a slow machine, work
    that is always struck before it is done would never be.
    """

    def __init__(self, strike: Callable[[], bool], progress: Callable[[], int], every: int) -> None:
        self.count = 0
        self._strike = strike
        self._progress = progress
        self._every = every
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> "Strikes":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        due = self._every
        while not self._over.wait(POLL_SECONDS):
            if self._progress() >= due and self._strike():
                self.count += 1
                due = self._progress() + round(random.uniform(0.5, 1.5) * self._every)


def kill_a_worker(master: int) -> bool:
    """Kill one of the server's workers as the kernel does that is out of memory."""
    children = Path(f"/proc/{master}/task/{master}/children").read_text().split()
    if not children:
        return False
    try:
        os.kill(int(random.choice(children)), signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


def cut_a_connection(database: str) -> bool:
    """Cut one connection to the database, busy or idle."""
    with psycopg.connect(database, autocommit=True) as connection:
        return connection.execute(CUT).fetchone() is not None


@contextmanager
def own_database(server: str) -> Iterator[str]:
    """The URL of a new, empty database of the server that ``server`` is a database of."""
    name = f"soak_{os.getpid()}_{time.monotonic_ns()}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield f"{server.rpartition('/')[0]}/{name}"
        finally:
            drop = sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name))
            connection.execute(drop)
