"""A YAML reader that understands files as JSS does, and makes nothing but JSON values.

YAML 1.2's core schema, and dates: ``no`` is text, so is ``0123``. Keys are always text, and
none may stand twice in one mapping.
"""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, ClassVar

import yaml

if TYPE_CHECKING:
    from yaml import SafeLoader as FastestLoader
else:
    FastestLoader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class ContentLoader(FastestLoader):
    """A safe loader for YAML 1.2's core schema; it makes nothing but JSON values."""

    yaml_implicit_resolvers: dict[Any, Any] = {}
    yaml_constructors: ClassVar[dict[Any, Any]] = {}

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """The mapping, its keys as they are written."""
        self._check_keys(node)
        self.flatten_mapping(node)
        return {key.value: self.construct_object(value, deep) for key, value in node.value}

    def _check_keys(self, node: yaml.MappingNode) -> None:
        seen: set[str] = set()
        for key in self._keys(node):
            if key.value in seen:
                problem = f"the key '{key.value}' stands twice"
                raise yaml.constructor.ConstructorError(None, None, problem, key.start_mark)
            seen.add(key.value)

    def _keys(self, node: yaml.MappingNode) -> Iterator[yaml.ScalarNode]:
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                problem = "a key must be text"
                raise yaml.constructor.ConstructorError(None, None, problem, key.start_mark)
            yield key

    def construct_integer(self, node: yaml.ScalarNode) -> int:
        """A decimal, hexadecimal or octal (``0o17``) number."""
        return int(node.value, 0)

    def construct_number(self, node: yaml.ScalarNode) -> float:
        """A number with a fraction or an exponent."""
        return float(node.value)

    def construct_date(self, node: yaml.ScalarNode) -> str:
        """A date as Sitecore writes it, in UTC; text that only looks like one stays text."""
        try:
            moment = self.construct_yaml_timestamp(node)
        except ValueError:
            return str(node.value)
        return in_utc(moment)


def in_utc(moment: date | datetime) -> str:
    """ISO 8601 with ``Z``; without a time zone it is UTC already."""
    if not isinstance(moment, datetime):
        moment = datetime(moment.year, moment.month, moment.day, tzinfo=UTC)
    moment = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    return moment.isoformat().replace("+00:00", "Z")


_TAG = "tag:yaml.org,2002:"
# Name, pattern, and the characters that such text starts with.
_RESOLVED = (
    ("merge", r"<<", "<"),
    ("null", r"~|null|Null|NULL|", ("~", "n", "N", "")),
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("int", r"[-+]?(?:0|[1-9][0-9]*)|0x[0-9a-fA-F]+|0o[0-7]+", "-+0123456789"),
    (
        "float",
        r"[-+]?(?:(?:[0-9]+\.[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?|[0-9]+[eE][-+]?[0-9]+)",
        "-+.0123456789",
    ),
    (
        "timestamp",
        r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:(?:[Tt]|[ \t]+)[0-9]{1,2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]*)?"
        r"(?:[ \t]*(?:Z|[-+][0-9]{1,2}(?::?[0-9]{2})?))?)?",
        "0123456789",
    ),
)
_CONSTRUCTED = {
    "null": FastestLoader.construct_yaml_null,
    "bool": FastestLoader.construct_yaml_bool,
    "int": ContentLoader.construct_integer,
    "float": ContentLoader.construct_number,
    "timestamp": ContentLoader.construct_date,
    "str": FastestLoader.construct_yaml_str,
    "seq": FastestLoader.construct_yaml_seq,
    "map": FastestLoader.construct_yaml_map,
}
for _name, _pattern, _first in _RESOLVED:
    _regex = re.compile(f"^(?:{_pattern})$")
    ContentLoader.add_implicit_resolver(_TAG + _name, _regex, list(_first))
for _name, _constructor in _CONSTRUCTED.items():
    ContentLoader.add_constructor(_TAG + _name, _constructor)
ContentLoader.add_constructor(None, FastestLoader.construct_undefined)  # type: ignore[type-var]


class TextLoader(ContentLoader):
    """Reads every scalar as text, for dictionaries."""

    yaml_implicit_resolvers = {"<": ContentLoader.yaml_implicit_resolvers["<"]}
