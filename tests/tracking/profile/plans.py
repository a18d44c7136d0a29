"""What the database means to do for a query, and whether it reads a whole table for it."""

import json
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from django.db import connection

LARGE = {
    "jss_tracking_contact",
    "jss_tracking_contactidentifier",
    "jss_tracking_device",
    "jss_tracking_interaction",
    "jss_tracking_trackedevent",
}
"""The tables that grow with the visitors."""

PASSING_ON = {"Incremental Sort", "Nested Loop", "Result", "Subquery Scan"}
"""Nodes of a PostgreSQL plan that read no more than what is asked of them."""


def whole_tables_read(sql: str) -> set[str]:
    """The large tables that the query reads from end to end, without an index that leads it.

    To walk along an index is fine where a limit ends the walk.
    """
    if not sql.startswith("SELECT"):
        return set()
    found = _postgresql(sql) if connection.vendor == "postgresql" else _sqlite(sql)
    return set(found) & LARGE


def _sqlite(sql: str) -> Iterator[str]:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {sql.replace('%', '%%')}", ())
        details = [row[3] for row in cursor.fetchall()]
    names = _aliases(sql)
    for detail in details:
        words = detail.split()
        if words[0] == "SCAN" and not ("INDEX" in words and "LIMIT" in sql):
            yield names.get(words[1], words[1])


def _aliases(sql: str) -> dict[str, str]:
    """The tables behind their short names, ``U0`` for one."""
    words = sql.replace("(", " ").replace(")", " ").replace('"', "").split()
    return {alias: table for table, alias in pairwise(words) if table in LARGE}


def _postgresql(sql: str) -> Iterator[str]:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) {sql.replace('%', '%%')}", ())
        plan = cursor.fetchone()[0]
    return _scanned((json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"])


def _scanned(node: dict[str, Any], limited: bool = False) -> Iterator[str]:
    kind = node["Node Type"]
    walked = kind in ("Index Scan", "Index Only Scan") and "Index Cond" not in node
    if kind == "Seq Scan" or (walked and not limited):
        yield node["Relation Name"]
    limited = kind == "Limit" or (limited and kind in PASSING_ON)
    for below in node.get("Plans", ()):
        yield from _scanned(below, limited)
