"""Rows that are evidence: shown, and never added, changed or deleted by hand."""

from typing import Any

from jss_tracking.admin.by_key import ByKey


class ReadOnly(ByKey):
    """Rows that are shown, and never added, changed or deleted by hand."""

    def has_add_permission(self, *_: Any) -> bool:
        """Nobody may."""
        return False

    def has_change_permission(self, *_: Any) -> bool:
        """Nobody may; who may view, views."""
        return False

    def has_delete_permission(self, *_: Any) -> bool:
        """Nobody may."""
        return False
