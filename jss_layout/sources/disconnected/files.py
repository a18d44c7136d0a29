"""Content files on disk: which there are, and what one says, as plain JSON values."""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from jss_layout.sources.disconnected.errors import OUTSIDE, UNREADABLE, ContentError, Place
from jss_layout.sources.disconnected.yaml_core import ContentLoader, TextLoader

FOLDERS = ("routes", "component-content", "content", "dictionary")
ENDINGS = (".yml", ".yaml", ".json")
MAX_DEPTH = 100


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A content file; two are equal as long as nobody has touched it."""

    path: Path
    stamp: tuple[int, int, int, int]


def scan(folder: Path) -> tuple[list[FoundFile], list[ContentError]]:
    """All content files below the folder, in order of their names, and what is wrong with them."""
    files: list[FoundFile] = []
    errors: list[ContentError] = []
    root = folder.resolve()
    for section in (folder / name for name in FOLDERS):
        if section.is_symlink() and (fault := _fault_of_link(root, section)):
            errors.append(fault)
        elif section.is_dir():
            _scan_folder(root, section, files, errors)
    return files, errors


def _scan_folder(
    root: Path, folder: Path, files: list[FoundFile], errors: list[ContentError]
) -> None:
    try:
        with os.scandir(folder) as entries:
            ordered = sorted(entries, key=lambda entry: entry.name)
    except OSError as error:
        errors.append(ContentError(UNREADABLE, Place(folder), str(error.strerror)))
        return
    for entry in ordered:
        path = Path(entry.path)
        if entry.name.startswith("."):
            continue
        if entry.is_symlink() and (fault := _fault_of_link(root, path)):
            errors.append(fault)
        elif entry.is_dir():
            _scan_folder(root, path, files, errors)
        elif entry.is_file() and path.suffix.lower() in ENDINGS:
            stat = entry.stat()
            stamp = (stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns)
            files.append(FoundFile(path, stamp))


def _fault_of_link(root: Path, link: Path) -> ContentError | None:
    target = link.resolve()
    if not target.is_relative_to(root):
        return ContentError(OUTSIDE, Place(link), "is a link that leads out of the data folder")
    if target.is_dir():
        return ContentError(OUTSIDE, Place(link), "is a link to a folder; such are not followed")
    if not target.exists():
        return ContentError(UNREADABLE, Place(link), "is a link to a file that does not exist")
    return None


def read(path: Path, *, as_text: bool = False) -> dict[str, Any]:
    """What a content file says: a mapping of JSON values; an empty file is an empty mapping.

    ``as_text`` leaves every scalar of a YAML file text. Raises ``ContentError``.
    """
    place = Place(path)
    try:
        text = path.read_bytes().decode("utf-8-sig")
        is_json = path.suffix.lower() == ".json"
        data = _read_json(place, text) if is_json else _read_yaml(place, text, as_text)
        # A circle of aliases, infinity or half a surrogate pair could never be served.
        json.dumps(data, ensure_ascii=False, allow_nan=False).encode()
        _check_depth(data, MAX_DEPTH)
    except OSError as error:
        raise ContentError(UNREADABLE, place, str(error.strerror)) from error
    except (ValueError, RecursionError) as error:
        raise ContentError(UNREADABLE, place, f"is no text to serve: {error}") from error
    if data is None:
        return {}
    if not isinstance(data, dict):
        raise ContentError(UNREADABLE, place, "must hold a mapping of keys to values", line=1)
    return data


def _read_json(place: Place, text: str) -> Any:
    try:
        return json.loads(text, object_pairs_hook=_unique) if text.strip() else None
    except json.JSONDecodeError as error:
        raise ContentError(UNREADABLE, place, f"is no JSON: {error.msg}", error.lineno) from error
    except _DuplicateKey as error:
        line = text.count("\n", 0, text.rfind(f'"{error}"')) + 1
        raise ContentError(UNREADABLE, place, f"the key '{error}' stands twice", line) from error


class _DuplicateKey(Exception):
    """A JSON object has the same key twice."""


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    mapping: dict[str, Any] = {}
    for key, value in pairs:
        if key in mapping:
            raise _DuplicateKey(key)
        mapping[key] = value
    return mapping


def _read_yaml(place: Place, text: str, as_text: bool) -> Any:
    try:
        return yaml.load(text, Loader=TextLoader if as_text else ContentLoader)  # noqa: S506
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else None
        raise ContentError(UNREADABLE, place, f"is no YAML: {error.problem}", line) from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        message = f"has a character that YAML does not allow: #{error.character:04x}"
        raise ContentError(UNREADABLE, place, message, line) from error


def _check_depth(value: Any, left: int) -> None:
    """Raises ``ValueError`` for content nested so deeply that to expand it would fail."""
    if not left:
        raise ValueError(f"it is nested more than {MAX_DEPTH} levels deep")
    entries = value.values() if isinstance(value, dict) else value
    if isinstance(value, dict | list):
        for entry in entries:
            _check_depth(entry, left - 1)
