"""The floor: an ``INSERT`` and a commit an event through psycopg, and nothing else."""

import uuid
from datetime import UTC, datetime

import psycopg

from benchmarks.tracker.load import Work

CREATE = """
    CREATE TABLE plain_event (
        id uuid PRIMARY KEY, visitor text NOT NULL, kind text NOT NULL, url text NOT NULL,
        timestamp timestamptz NOT NULL, data jsonb NOT NULL
    )
"""
INSERT = "INSERT INTO plain_event VALUES (%s, %s, %s, %s, %s, %s)"


def create(database: str) -> str:
    """Make the table; tell whether commits wait for the disk (``synchronous_commit``)."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(CREATE)
        return str(connection.execute("SHOW synchronous_commit").fetchone()[0])  # type: ignore[index]  # SHOW has one row


def inserting(database: str) -> Work:
    """A connection that inserts one event at a time."""
    connection = psycopg.connect(database, autocommit=True)

    def insert(number: int) -> None:
        row = (uuid.uuid4(), f"{number % 200:032x}", "page_view", "/", datetime.now(UTC), "{}")
        connection.execute(INSERT, row)

    return insert
