"""One content file in memory: where it belongs, and the pieces of content that it defines."""

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jss_layout.sources.disconnected.errors import Place
from jss_layout.sources.disconnected.ids import guid
from jss_layout.sources.disconnected.shapes import scalar_text, text

# A field with one of these keys is a value; everything else with an id is an item.
VALUE_KEYS = ("src", "href", "value")
CONTENT_KEYS = ("componentName", "template", "fields")


@dataclass(frozen=True, slots=True)
class Document:
    """One file that could be read. ``parts`` are the folders below ``section``."""

    path: Path
    section: str
    parts: tuple[str, ...]
    language: str
    data: Mapping[str, Any]

    @property
    def place(self) -> Place:
        """The top of the file."""
        return Place(self.path)

    @property
    def name(self) -> str:
        """The item's name: the last folder, ``home`` for the home page."""
        return self.parts[-1] if self.parts else "home"

    @property
    def address(self) -> str:
        """The path of a page; empty for all else."""
        return "/" + "/".join(self.parts) if self.section == "routes" else ""

    def phrases(self) -> dict[str, str]:
        """The phrases of a dictionary. Raises ``ContentError`` for one that is no text."""
        return {key: scalar_text(value, self.place.at(key)) for key, value in self.data.items()}

    def definitions(self) -> Iterator["Definition"]:
        """The file itself, if it has an id, and what in it has one. Raises ``ContentError``."""
        if declared := text(self.data.get("id"), self.place.at("id")):
            yield Definition(declared, self.data, self.place, self.name, self.address)
        yield from _definitions_below(self.data, self.place)


@dataclass(frozen=True, slots=True)
class Definition:
    """A piece of content that goes by an id. ``address`` is its path if it is a page."""

    id: str
    data: Mapping[str, Any]
    place: Place
    name: str
    address: str = ""


def page_key(path: str) -> str:
    """How a path is compared: without regard to case, slashes at its ends or double ones."""
    segments = unicodedata.normalize("NFC", path).casefold().split("/")
    return "/".join(filter(None, segments))


def content_key(declared: str) -> str:
    """How an id is compared: without regard to case or the form of a GUID."""
    return guid(declared) or declared.casefold()


def is_reference(value: Mapping[str, Any]) -> bool:
    """Whether a field is ``{id: …}`` or ``{id: …, copy: true}``."""
    return "id" in value and value.keys() <= {"id", "copy"}


def _definitions_in(value: Any, place: Place) -> Iterator[Definition]:
    if isinstance(value, list):
        for index, entry in enumerate(value):
            yield from _definitions_in(entry, place.at(index))
    elif isinstance(value, dict):
        if _is_definition(value) and (declared := text(value["id"], place.at("id"))):
            name = text(value.get("name"), place.at("name")) or declared
            yield Definition(declared, value, place, name)
        yield from _definitions_below(value, place)


def _definitions_below(value: Mapping[str, Any], place: Place) -> Iterator[Definition]:
    """Parameters define nothing, whatever they are called."""
    for key, entry in value.items():
        if key != "params":
            yield from _definitions_in(entry, place.at(key))


def _is_definition(value: Mapping[str, Any]) -> bool:
    return (
        "id" in value
        and any(key in value for key in CONTENT_KEYS)
        and not any(key in value for key in VALUE_KEYS)
    )
