"""Builds content folders for the tests of the disconnected source."""

import json
from pathlib import Path
from textwrap import dedent
from typing import Any

from jss_layout.request import LayoutRequest
from jss_layout.sites import SiteDefinition
from jss_layout.sources.disconnected import DisconnectedSource

SITE = SiteDefinition("harbour", languages=("en", "da"))


def write(folder: Path, files: dict[str, str]) -> Path:
    """Write each file, its text dedented; returns the folder."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text).lstrip("\n"), "utf-8")
    return folder


def asked(item: str, language: str = "en", site: SiteDefinition = SITE) -> LayoutRequest:
    return LayoutRequest(item, site, language)


def route(item: str = "/", language: str = "en", site: SiteDefinition = SITE) -> dict[str, Any]:
    """The route that a fresh source serves from ``JSS_DATA_DIR``."""
    body = DisconnectedSource().fetch(asked(item, language, site)).body
    found: dict[str, Any] = json.loads(body)["sitecore"]["route"]
    return found


def main(item: str = "/", language: str = "en") -> list[dict[str, Any]]:
    """The components of ``main`` on that route."""
    components: list[dict[str, Any]] = route(item, language)["placeholders"]["main"]
    return components
