"""Fields that are no HTML: checkboxes, linked items, lists of items."""

from collections.abc import Mapping
from typing import Any

from jss_layout.fields.field import value


def is_checked(field: object) -> bool:
    """Whether a checkbox is on: ``true`` in a layout, ``"1"`` in the answer of a query."""
    checked = value(field)
    # 1 and 1.0 are True as well.
    return checked == True or str(checked).lower() in ("1", "true")  # noqa: E712


def linked_items(field: object) -> list[Mapping[str, Any]]:
    """The items that a field links to, each with its ``fields``; a single one is a list of one."""
    linked = value(field) if isinstance(field, Mapping) and "value" in field else field
    items = linked if isinstance(linked, list) else [linked]
    return [item for item in items if isinstance(item, Mapping) and item]
