"""What an app says in Danish, and whether it says all of it."""

import gettext
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

KEYWORDS: Any = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
}


def catalog(app: str) -> dict[Any, Any]:
    """The app's messages by their ids: a text, or its singular and its plural."""
    with _path(app).open("rb") as file:
        return {message.id: message for message in read_po(file) if message.id}


def untranslated(app: str) -> list[Any]:
    """Messages of the catalog that say nothing, or of which nobody is sure."""
    return [
        id_
        for id_, message in catalog(app).items()
        if message.fuzzy or not all([message.string] if isinstance(id_, str) else message.string)
    ]


def compiled_otherwise(app: str) -> Iterator[Any]:
    """Messages that are compiled otherwise than they are written."""
    with _path(app).with_suffix(".mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    for id_, message in catalog(app).items():
        singular, plural = (id_, id_) if isinstance(id_, str) else id_
        expected = message.string if isinstance(id_, str) else message.string[1]
        found = compiled.gettext(id_) if plural == id_ else compiled.ngettext(singular, plural, 2)
        if found != expected:
            yield id_


def missing(app: str) -> set[Any]:
    """Texts of the app's code that are to be translated and not in its catalog."""
    found = extract_from_dir(_folder(app), [("**.py", "python")], keywords=KEYWORDS)
    return {message for _file, _line, message, _comments, _context in found} - set(catalog(app))


def _folder(app: str) -> Path:
    spec = find_spec(app)
    assert spec
    assert spec.origin
    return Path(spec.origin).parent


def _path(app: str) -> Path:
    return _folder(app) / "locale" / "da" / "LC_MESSAGES" / "django.po"
