"""One placeholder of a page, as Sitecore's Layout Service answers for it."""

import re
from typing import Any

import msgspec

from jss_layout.sources.disconnected.ids import guid

# A nested placeholder: its name, the uid of the component that it stands in, a number.
_NESTED = re.compile(r"(?P<name>.+)-(?P<uid>\{[^{}]+\}|[0-9a-fA-F-]{36})-\d+")


def find_placeholder(body: bytes, path: str) -> dict[str, Any] | None:
    """``name``, ``path`` and ``elements``; None if the page, or the placeholder, is not there.

    ``path`` is a placeholder of the page, or leads to a nested one: ``main/tabs-{UID}-0``,
    or ``main/tabs`` for the first component that has it.
    """
    route = msgspec.json.decode(body)["sitecore"]["route"]
    elements: list[dict[str, Any]] | None = [route] if route else None
    name = ""
    for segment in path.split("/"):
        nested = _NESTED.fullmatch(segment)
        name, uid = nested.group("name", "uid") if nested else (segment, "")
        found = (
            holder["placeholders"][name]
            for holder in elements or ()
            if name in holder.get("placeholders", {}) and _is(holder, uid)
        )
        elements = next(found, None)
    return None if elements is None else {"name": name, "path": f"/{path}", "elements": elements}


def _is(holder: dict[str, Any], uid: str) -> bool:
    return not uid or guid(uid) == guid(holder.get("uid", "")) is not None
