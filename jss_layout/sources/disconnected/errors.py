"""What is wrong with a content file, and where it stands."""

import re
from dataclasses import dataclass
from pathlib import Path

import yaml

MISSING_FOLDER = "E011"
UNREADABLE = "E101"
WRONG_SHAPE = "E102"
AMBIGUOUS = "E103"
DANGLING = "E104"
OUTSIDE = "E105"

HINTS = {
    MISSING_FOLDER: "Make the folder, with routes/ in it, or set JSS_DATA_DIR to another one.",
    UNREADABLE: "The file must be UTF-8 YAML or JSON; see docs/content-files.md.",
    WRONG_SHAPE: "The keys and their types are listed in docs/content-files.md.",
    AMBIGUOUS: "Rename or remove one of the two.",
    DANGLING: "Define the id in component-content/, content/ or routes/, or correct the reference.",
    OUTSIDE: "Copy the files into JSS_DATA_DIR instead of linking to them.",
}

Key = str | int

_SURROGATE = re.compile(r"\\u[dD][89a-fA-F][0-9a-fA-F]{2}")


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a content file: the file, and the keys that lead there."""

    file: Path
    keys: tuple[Key, ...] = ()

    def at(self, *keys: Key) -> "Place":
        """The place below this one."""
        return Place(self.file, self.keys + keys)

    def __str__(self) -> str:
        names = (f"[{key}]" if isinstance(key, int) else f".{key}" for key in self.keys)
        return "".join(names).removeprefix(".")


class ContentError(Exception):
    """One mistake in the content. Its text is ``file:line: place: what is wrong``.

    ``code`` is the number of the system check without its prefix, such as ``E102``; ``line``
    counts from 1 and is None where the whole file or folder is meant.
    """

    def __init__(self, code: str, place: Place, message: str, line: int | None = None) -> None:
        self.code = code
        self.file = place.file
        self.line = line or line_of(place)
        self.hint = HINTS[code]
        numbered = f"{self.file}:{self.line}" if self.line else str(self.file)
        super().__init__(": ".join(filter(None, (numbered, str(place), message))))


def line_of(place: Place) -> int | None:
    """The line of the place's last key, or of the nearest key above it that can be found."""
    if not place.keys:
        return None
    try:
        node = yaml.compose(_as_yaml(place.file), Loader=yaml.SafeLoader)
    except (OSError, ValueError, yaml.YAMLError):
        return None
    line = None
    for key in place.keys:
        found = _child(node, key)
        if found is None:
            break
        line, node = found
    return line


def _as_yaml(file: Path) -> str:
    """The text; JSON so far changed that YAML reads it, with every line where it was."""
    text = file.read_text("utf-8-sig")
    if file.suffix.lower() != ".json":
        return text
    return _SURROGATE.sub(r"\\u0020", text).replace("\t", " ")


def _child(node: yaml.Node | None, key: Key) -> tuple[int, yaml.Node] | None:
    if isinstance(node, yaml.MappingNode):
        for name, value in node.value:
            if name.value == key:
                return name.start_mark.line + 1, value
    if isinstance(node, yaml.SequenceNode) and isinstance(key, int) and key < len(node.value):
        item = node.value[key]
        return item.start_mark.line + 1, item
    return None
