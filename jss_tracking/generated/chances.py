"""Chances: what is likely, and how likely."""

from collections.abc import Sequence
from itertools import accumulate
from random import Random
from typing import Generic, TypeVar
from uuid import UUID

T = TypeVar("T")


class Weighted(Generic[T]):
    """Values, each of which is drawn as often as its weight says."""

    def __init__(self, *chances: tuple[T, float]) -> None:
        self._values = [value for value, _ in chances]
        self._sums = list(accumulate(weight for _, weight in chances))

    @classmethod
    def long_tail(cls, values: Sequence[T], steepness: float = 1.0) -> "Weighted[T]":
        """The first value most often, the second half as often, and so on (Zipf's law)."""
        return cls(*((value, 1 / rank**steepness) for rank, value in enumerate(values, 1)))

    def draw(self, chance: Random) -> T:
        """One of the values."""
        return chance.choices(self._values, cum_weights=self._sums)[0]


def draw_guid(chance: Random) -> UUID:
    """A random GUID that the same seed draws again."""
    return UUID(int=chance.getrandbits(128), version=4)
