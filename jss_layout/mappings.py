"""What a component has by name: its fields, its parameters, its placeholders; knows no Django."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from msgspec import Raw

Placeholders = Mapping[str, tuple[Raw, ...]]
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

    def get(self, name: str, default: Any = None) -> Any:
        """The field of that name, else the default."""
        own = self._own
        if name in own:  # Optimization: nearly all are so.
            return own[name]
        try:
            return self[name]
        except KeyError:
            return default

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


def _same_name(mapping: Mapping[str, Any], name: str) -> str | None:
    """The key that differs from the name in case only."""
    folded = name.casefold()
    for key in mapping:  # Optimization: a generator takes longer to start than to run.
        if key.casefold() == folded:
            return key
    return None
