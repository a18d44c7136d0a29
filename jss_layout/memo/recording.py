"""What a component's HTML depends on beside its own JSON: the values that are read for it.

A read is a function and its arguments, by which the value is read again on another page; the
value is kept as bytes, in which 1, 1.0 and True differ.
"""

import marshal
import sys
from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Any, TypeVar

from jss_layout.layout import Layout
from jss_layout.mappings import Fields

T = TypeVar("T")

# A function of the layout and its further arguments.
Read = tuple[Any, ...]
# Stands for a value that is not there; no JSON holds it.
MISSING: Any = ...


def bytes_of(reads: Iterable[Read]) -> int:
    """What reads take but for their functions; what several entries share counts for each."""
    return sum(
        sys.getsizeof(read) + sum(sys.getsizeof(part) for part in read if not callable(part))
        for read in reads
    )


class Recording:
    """What was read and rendered for one entry of a placeholder, and all that it contains.

    ``components`` counts them, ``levels`` says how deep they stand within each other;
    ``additions`` is what they add to the page around them.
    ``complete`` is False once the HTML depends on something that can't be noted.
    """

    __slots__ = ("additions", "complete", "components", "levels", "reads")

    def __init__(self) -> None:
        self.reads: dict[Read, bytes] = {}
        self.additions: tuple[str, ...] = ()
        self.components = 0
        self.levels = 0
        self.complete = True

    def size(self) -> int:
        """Bytes that its reads, their values and its additions take."""
        values = sum(map(sys.getsizeof, (*self.reads.values(), *self.additions)))
        return bytes_of(self.reads) + values + (sys.getsizeof(self.reads) if self.reads else 0)

    def note(self, read: Read, value: object) -> None:
        """A value was read."""
        try:
            self._add(read, _frozen(value))
        except (TypeError, ValueError):
            # The value can't be kept, or an argument can't be looked up.
            self.complete = False

    def add(self, inner: "Recording") -> None:
        """An entry within this one was rendered, or known already."""
        # A function that runs late may still read of an entry that was given up.
        for read, frozen in tuple(inner.reads.items()):
            self._add(read, frozen)
        for html in inner.additions:
            self.add_to_page(html)
        self.components += inner.components
        self.levels = max(self.levels, inner.levels + 1)
        self.complete = self.complete and inner.complete

    def add_to_page(self, html: str) -> None:
        """The page shows this once, beside the entry's own HTML."""
        if html not in self.additions:
            self.additions += (html,)

    def _add(self, read: Read, frozen: bytes) -> None:
        if self.reads.setdefault(read, frozen) != frozen:
            # It has changed meanwhile, so that this HTML is of two moments.
            self.complete = False


class Recorder:
    """Notes what is read on one page, for the entry that is being rendered (``current``).

    ``hits`` and ``misses`` count what was looked up in the memo.
    """

    def __init__(self, layout: Layout, scope: object) -> None:
        self.layout = layout
        self.scope = scope
        self.current: Recording | None = None
        self.hits = self.misses = 0

    def note(self, read: Read, value: T) -> T:
        """The value, noted as one that was read."""
        if self.current is not None:
            self.current.note(read, value)
        return value

    def give_up(self) -> None:
        """What is being rendered depends on something that can't be noted, or has failed."""
        if self.current is not None:
            self.current.complete = False

    def add(self, inner: "Recording") -> None:
        """An entry is known, or was rendered, within the current one."""
        if self.current is not None:
            self.current.add(inner)

    def add_to_page(self, html: str) -> None:
        """The current entry has the page show this."""
        if self.current is not None:
            self.current.add_to_page(html)

    def count_component(self) -> None:
        """The current entry is a component that renders."""
        if self.current is not None:
            self.current.components += 1
            self.current.levels = max(self.current.levels, 1)

    def values(self, reads: Iterable[Read]) -> tuple[bytes, ...] | None:
        """What these reads give on this page; None where one of them fails."""
        try:
            return tuple([_frozen(function(self.layout, *rest)) for function, *rest in reads])
        except Exception:  # noqa: BLE001 — the template that reads it meets the failure again
            return None


def context_item(layout: Layout, key: Any) -> object:
    """Sitecore's context by its own names."""
    return layout.context.data.get(key, MISSING)


def context_attribute(layout: Layout, name: str) -> object:
    """``Context.page_state`` and its like."""
    return getattr(layout.context, name)


def route_attribute(layout: Layout, name: str) -> object:
    """``Route.display_name`` and its like, all fields among them."""
    return getattr(layout.route, name, MISSING)


def route_field(layout: Layout, name: Any) -> object:
    """The route's field of exactly this name."""
    return _route_fields(layout).get(name, MISSING)


def lacked_field(layout: Layout, name: Any) -> object:
    """The route's field that a component shows in place of its own, its name in any case."""
    return Fields(_route_fields(layout)).get(name, MISSING)


def called(
    layout: Layout,  # noqa: ARG001
    types: tuple[type, ...],  # noqa: ARG001
    function: Callable[..., object],
    *arguments: Hashable,
) -> object:
    """What a function gives that does not look at the layout, for arguments of these types."""
    return function(*arguments)


def _route_fields(layout: Layout) -> Mapping[str, Any]:
    return layout.route.fields if layout.route else {}


def _frozen(value: Any) -> bytes:
    """The value as bytes; raises ``ValueError`` unless it is of JSON's types.

    Optimization: ``marshal`` is a fifth of the work of comparing typed values in Python. Its
    first version writes equal values alike.
    """
    return marshal.dumps(value, 0)
