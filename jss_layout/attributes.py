"""HTML attributes: names that are names, values that are escaped."""

import re
from collections.abc import Mapping
from functools import lru_cache

Attributes = Mapping[str, object]
SCALARS = (str, int, float)

_NAME = re.compile(r"[^\s\"'<>/=\x00-\x1f\x7f]+")
_TAG = re.compile(r"[a-zA-Z][a-zA-Z0-9-]*")


def html_attributes(attributes: Attributes) -> str:
    """Attributes as text with a space before each.

    None and False leave an attribute out, True prints its name alone. What is no name of
    an attribute is left out.
    """
    html = ""
    for name, value in attributes.items():
        if type(value) is str:  # Optimization: nearly all are.
            if _is_name(name):
                html += f' {name}="{escaped(value)}"'
        elif value is not None and value is not False and _is_name(name):
            html += f" {name}" if value is True else f' {name}="{escaped(str(value))}"'
    return html


def escaped(text: str) -> str:
    """The text as HTML shows it, in an element and in an attribute; HTML has no NUL."""
    # Optimization: as ``html.escape``; most texts hold few of these, and to look takes less.
    if "&" in text:
        text = text.replace("&", "&amp;")
    if "<" in text:
        text = text.replace("<", "&lt;")
    if ">" in text:
        text = text.replace(">", "&gt;")
    if '"' in text:
        text = text.replace('"', "&quot;")
    if "'" in text:
        text = text.replace("'", "&#x27;")
    return text.replace("\0", "") if "\0" in text else text


def given_attributes(attributes: Attributes) -> dict[str, object]:
    """A template's or Python's keyword arguments as HTML has them: ``data_id``, ``class_``."""
    return {_html_name(name): value for name, value in attributes.items()}


def merged_attributes(field: Attributes, given: Attributes) -> dict[str, object]:
    """A field's attributes and those that are given for HTML: those win, classes join."""
    merged = {**field, **given}
    if "class" in given and (own := field.get("class")):
        merged["class"] = " ".join(str(part) for part in (own, given["class"]) if part)
    return merged


def safe_attributes(attributes: Attributes) -> dict[str, object]:
    """Attributes that came from Sitecore: names in lower case, and none that holds script."""
    return {
        safe_name: value
        for name, value in attributes.items()
        if (type(value) is str or isinstance(value, SCALARS)) and (safe_name := _safe_name(name))
    }


# Optimization: the same few names come again and again, here and below.
@lru_cache(maxsize=1024)
def _safe_name(name: str) -> str:
    """The name in lower case; ``""`` for that of an attribute that holds script."""
    return "" if is_handler(name) else name.lower()


@lru_cache(maxsize=1024)
def is_handler(name: str) -> bool:
    """Whether an attribute holds script or a document, as ``onclick`` and ``srcdoc`` do."""
    folded = name.strip().lower()
    return folded.startswith("on") or folded == "srcdoc"


def element(tag: str, attributes: Attributes, contents: str) -> str:
    """An element around HTML; a tag that is no name of an element counts as ``span``."""
    start, end = element_tags(tag, attributes)
    return f"{start}{contents}{end}"


def element_tags(tag: str, attributes: Attributes) -> tuple[str, str]:
    """What opens an element, and what closes it."""
    name = tag if _is_tag(tag) else "span"
    return f"<{name}{html_attributes(attributes)}>", f"</{name}>"


@lru_cache(maxsize=1024)
def _is_name(name: str) -> bool:
    return _NAME.fullmatch(name) is not None


@lru_cache(maxsize=1024)
def _is_tag(name: str) -> bool:
    return _TAG.fullmatch(name) is not None


@lru_cache(maxsize=1024)
def _html_name(name: str) -> str:
    return name.rstrip("_").replace("_", "-")
