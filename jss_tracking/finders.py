"""The browser client under the name that ``TRACKER_SCRIPT`` gives it.

Lists of content blockers hold names such as ``tracker.js``. A finder is asked by Django's
development server, WhiteNoise and ``collectstatic`` alike, so that the other name has a
content hash and a compressed copy too; the stock name goes on working.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage, Storage

from jss_tracking.conf import SCRIPT, conf

FILES = Path(__file__).parent / "static"


def classic_build(script: str) -> str:
    """The name of the build that is no ES module, beside that of the one that is."""
    return script.removesuffix(".js") + ".classic.js"


class TrackerScriptFinder(BaseFinder):
    """Finds the client's two builds by the names that pages use."""

    def check(self, **_: Any) -> list[Any]:
        """Nothing; ``jss_tracking.checks`` looks at the setting."""
        return []

    def find(self, path: str, find_all: bool = False, **_: Any) -> Any:
        """The file by that name, or ``[]``."""
        stock = _builds().get(path)
        if stock is None:
            return []
        found = str(FILES / stock)
        return [found] if find_all else found

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, Storage]]:  # noqa: ARG002
        """The names, each with a storage that opens the file."""
        storage = _Renamed(FILES)
        for name in _builds():
            yield name, storage


class _Renamed(FileSystemStorage):
    """The app's static files, of which the client's have other names."""

    def path(self, name: str) -> str:
        return super().path(_builds().get(name, name))


def _builds() -> dict[str, str]:
    """The names that pages use, and the shipped files; empty if those are the same."""
    script = conf.TRACKER_SCRIPT
    if script == SCRIPT:
        return {}
    return {script: SCRIPT, classic_build(script): classic_build(SCRIPT)}
