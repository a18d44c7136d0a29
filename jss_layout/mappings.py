"""What a component has by name: its fields, its parameters, its placeholders; knows no Django."""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, TypeVar

import msgspec
from msgspec import Raw

from jss_layout import wire

T = TypeVar("T")
NOTHING: Mapping[str, Any] = MappingProxyType({})


class Fields(Mapping[str, Any]):
    """A component's fields; a name that is not among them is looked up in the route's.

    Names are compared exactly first, then without regard to case. ``fields["heading"]``
    raises ``KeyError`` for an unknown name, ``fields.heading`` gives None. Iteration and
    length are those of the component's own fields.
    """

    __slots__ = ("_fallback", "_own")

    def __init__(
        self, own: Mapping[str, Any] = NOTHING, fallback: Mapping[str, Any] = NOTHING
    ) -> None:
        self._own = own
        self._fallback = fallback

    def __getitem__(self, name: str) -> Any:
        """The field of that name."""
        for fields in (self._own, self._fallback):
            if name in fields:
                return fields[name]
            if (key := _same_name(fields, name)) is not None:
                return fields[key]
        raise KeyError(name)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return self.get(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._own)

    def __len__(self) -> int:
        return len(self._own)

    def __repr__(self) -> str:
        return f"Fields({self._own!r})"


class Params(dict[str, str]):
    """A component's parameters, all of them text; names compare as those of ``Fields`` do."""

    def __missing__(self, name: str) -> str:
        key = _same_name(self, name)
        if key is None:
            raise KeyError(name)
        return self[key]

    def get(self, name: str, default: Any = None) -> Any:
        """The parameter of that name, else the default."""
        if name in self or (self and _same_name(self, name) is not None):
            return self[name]
        return default


class Placeholders(Mapping[str, tuple[Raw, ...]]):
    """Placeholder name → its elements as raw JSON, decoded when they are asked for."""

    __slots__ = ("_decoded", "_raw")

    def __init__(self, raw: Raw = wire.EMPTY_OBJECT) -> None:
        self._raw = raw
        self._decoded: dict[str, Raw] | None = None

    @property
    def _lists(self) -> dict[str, Raw]:
        if self._decoded is None:
            self._decoded = _decoded(wire.decode_object, self._raw) or {}
        return self._decoded

    def __getitem__(self, name: str) -> tuple[Raw, ...]:
        """The elements of one placeholder; none where Sitecore sent no list.

        Raises ``InvalidLayout`` if they nest deeper than can be read.
        """
        return tuple(_decoded(wire.decode_list, self._lists[name]) or ())

    def __iter__(self) -> Iterator[str]:
        return iter(self._lists)

    def __len__(self) -> int:
        return len(self._lists)


def _decoded(decode: Callable[[Raw], T], raw: Raw) -> T | None:
    try:
        try:
            return decode(raw)
        except RecursionError:
            return decode(Raw(wire.cut(bytes(raw))))
    except msgspec.DecodeError:
        return None
    except RecursionError as error:
        raise wire.InvalidLayout(
            "components nest deeper than Python's stack can read (sys.setrecursionlimit): lower "
            "JSS_MAX_DEPTH"
        ) from error


def _same_name(mapping: Mapping[str, Any], name: str) -> str | None:
    """The key that differs from the name in case only."""
    folded = name.casefold()
    for key in mapping:  # Optimization: a generator takes longer to start than to run.
        if key.casefold() == folded:
            return key
    return None
