"""What SXA says in rendering parameters: classes, splitters, placeholders, backgrounds.

Parameters are text, and any of them may be missing.
"""

import re
from collections.abc import Mapping
from html import unescape
from typing import NamedTuple

Params = Mapping[str, str]

_MEDIA_URL = re.compile(r"""mediaurl\s*=\s*(?:"([^"]*)"|'([^']*)')""", re.IGNORECASE)
# A splitter of SXA has eight parts; a hostile layout could ask for any number.
_PART = re.compile(r"[1-9][0-9]?")


class Part(NamedTuple):
    """One column or row of a splitter: its placeholder and the class names around it."""

    placeholder: str
    classes: str


def param(params: object, name: str) -> str:
    """A parameter as text; ``""`` where there is none."""
    try:
        return str(params[name]) if isinstance(params, Mapping) else ""
    except KeyError:
        return ""


def joined(*classes: str) -> str:
    """Class names with one space between them."""
    return " ".join(name for group in classes for name in group.split())


def component_attributes(params: Params, classes: str) -> dict[str, str | None]:
    """``class`` and ``id`` of a component's outer element.

    The classes are the component's own, then ``GridParameters`` and ``Styles``; the id is
    ``RenderingIdentifier``, with hyphens for the spaces that an id cannot have.
    """
    identifier = "-".join(param(params, "RenderingIdentifier").split())
    styles = (param(params, "GridParameters"), param(params, "Styles"))
    return {"class": joined(classes, *styles), "id": identifier or None}


def dynamic_placeholder(params: Params, prefix: str) -> str:
    """The name of a dynamic placeholder: ``container`` → ``container-2``.

    It finds ``container-2`` as well as ``container-{*}``.
    """
    return f"{prefix}-{param(params, 'DynamicPlaceholderId').strip() or '1'}"


def columns(params: Params) -> tuple[Part, ...]:
    """The parts of a ``ColumnSplitter``, in the order of ``EnabledPlaceholders``."""
    return _parts(params, "column", "ColumnWidth", "Styles")


def rows(params: Params) -> tuple[Part, ...]:
    """The parts of a ``RowSplitter``, in the order of ``EnabledPlaceholders``."""
    return _parts(params, "row", "Styles")


def background_image(params: Params) -> str:
    """The address in ``BackgroundImage``, which is ``<image mediaurl="…" />``; else ``""``."""
    found = _MEDIA_URL.search(param(params, "BackgroundImage"))
    return unescape(found[1] or found[2] or "").strip() if found else ""


def has_style(params: Params, name: str) -> bool:
    """Whether ``Styles`` holds this class name."""
    return name in param(params, "Styles").split()


def _parts(params: Params, prefix: str, *styles: str) -> tuple[Part, ...]:
    enabled = (part.strip() for part in param(params, "EnabledPlaceholders").split(","))
    return tuple(
        Part(
            dynamic_placeholder(params, f"{prefix}-{number}"),
            joined(*(param(params, f"{style}{number}") for style in styles)),
        )
        for number in dict.fromkeys(enabled)
        if _PART.fullmatch(number)
    )
