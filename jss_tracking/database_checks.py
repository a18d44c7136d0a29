"""What the database does not suit tracking for, for ``manage.py check``."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, register

from jss_tracking.conf import conf


@register
def check_sqlite(**_: Any) -> Sequence[CheckMessage]:
    """W001: on SQLite, a transaction takes its lock at the start, and so can wait for it."""
    database = settings.DATABASES["default"]
    mode = str(database.get("OPTIONS", {}).get("transaction_mode") or "DEFERRED")
    if not database["ENGINE"].endswith("sqlite3") or mode.upper() in ("IMMEDIATE", "EXCLUSIVE"):
        return []
    hint = 'Add "transaction_mode": "IMMEDIATE" to the OPTIONS of the database.'
    message = "SQLite refuses one of two visitors who are tracked at the same time."
    return [checks.Warning(message, hint, id="jss_tracking.W001")]


@register
def check_atomic_requests(**_: Any) -> Sequence[CheckMessage]:
    """W002: no transaction is held while Sitecore is asked."""
    is_atomic = settings.DATABASES["default"].get("ATOMIC_REQUESTS", False)
    if not is_atomic or not conf.TRACKER.endswith("SitecoreTracker"):
        return []
    hint = "Set ATOMIC_REQUESTS to False, and decorate the views that need a transaction."
    message = "ATOMIC_REQUESTS holds a transaction while Sitecore is asked."
    return [checks.Warning(message, hint, id="jss_tracking.W002")]
