"""The memo of this process: HTML by what went into it, in ``LAYOUT_MEMO_BYTES`` at most.

As with HTTP's ``Vary``, a look-up may take two steps: what is known of an entry's JSON is its
HTML, or which values are to be read first, and then its HTML by these values.
"""

import secrets
import sys
from collections.abc import Hashable
from functools import cache, partial
from operator import attrgetter
from threading import Lock
from typing import NamedTuple

import msgspec
from cachetools import LRUCache
from msgspec import Raw
from xxhash import xxh3_64_intdigest

from jss_layout.conf import conf
from jss_layout.memo.recording import Read, Recorder, Recording, bytes_of
from jss_layout.metrics import MEMO_BYTES, MEMO_EVICTIONS

# Which values a template reads may hang on those that it has read, so there are several sets.
MAX_SETS_OF_READS = 8
# What the objects around an entry's texts take, as measured.
ENTRY_BYTES = 700
# One hash is kept for so many bytes of the memo, and takes about a tenth of them.
BYTES_PER_MEETING = 1000

Key = tuple[Hashable, ...]


# Optimization: a struct is made in less time than a tuple with names.
class Piece(msgspec.Struct, frozen=True):
    """The HTML of one entry of a placeholder; a raw element is no component."""

    html: str
    is_component: bool


class Remembered(NamedTuple):
    """An entry that was rendered, in ``size`` bytes; no piece for one that does not show.

    ``raw`` is its JSON, unless that stands with the values which are read for it.
    """

    piece: Piece | None
    recording: Recording
    size: int
    raw: Raw | None = None


class SetsOfReads:
    """What is to be read before an entry's HTML is known: one of a few sets."""

    def __init__(self, raw: Raw, size: int) -> None:
        self.raw = raw
        self.size = size
        self.sets: list[tuple[Read, ...]] = []

    def number(self, reads: tuple[Read, ...]) -> int | None:
        """The place of a set, which is added if there is room for it; else None."""
        if reads not in self.sets:
            if len(self.sets) == MAX_SETS_OF_READS:
                return None
            self.sets.append(reads)
            self.size += bytes_of(reads)
        return self.sets.index(reads)


class Memo:
    """What was remembered; of all entries, the one that was not used for longest makes room."""

    def __init__(self, max_bytes: int) -> None:
        self._entries = _Entries(max_bytes, getsizeof=attrgetter("size"))
        self._lock = Lock()
        self._met: set[int] = set()
        self._met_earlier: set[int] = set()
        self._max_met = max_bytes // BYTES_PER_MEETING // 2

    def meets_again(self, digest: int) -> bool:
        """Whether an entry of this digest was asked for before, in any scope.

        Not for all of the past.

        Optimization: what comes but once, as all that is around a personalized component does,
        is not worth the memory that it would take from what comes again, nor a look for it.
        """
        if digest in self._met:
            return True
        if len(self._met) >= self._max_met:
            self._met, self._met_earlier = set(), self._met
        self._met.add(digest)
        return digest in self._met_earlier

    @property
    def size(self) -> int:
        """Bytes that its entries take."""
        return int(self._entries.currsize)

    def find(self, key: Key, raw: Raw, recorder: Recorder) -> Remembered | None:
        """The entry of this JSON, as it is with the values that are read on this page."""
        with self._lock:
            found = self._entries.get(key)
        if found is None or found.raw != raw:
            return None
        if isinstance(found, Remembered):
            return found
        for number, reads in enumerate(tuple(found.sets)):
            values = recorder.values(reads)
            with self._lock:
                known = self._entries.get((found, number, values))
            if isinstance(known, Remembered):
                return known
        return None

    def keep(self, key: Key, raw: Raw, recording: Recording, piece: Piece | None) -> None:
        """Remember an entry that was rendered."""
        place: Key | None = key
        own = None if recording.reads else raw.copy()  # of the layout that it is a part of
        size = ENTRY_BYTES + (sys.getsizeof(piece.html) if piece else 0) + recording.size()
        with self._lock:
            if own is None:
                place = self._key_by_values(key, raw, recording.reads)
            else:
                size += len(memoryview(own))
            if place is not None and size <= self._entries.maxsize:
                self._entries[place] = Remembered(piece, recording, size, own)
                MEMO_BYTES.set(self._entries.currsize)

    def _key_by_values(self, key: Key, raw: Raw, reads: dict[Read, bytes]) -> Key | None:
        """The key of the second step; None where there is no room for one more set."""
        sets = self._entries.get(key)
        if not isinstance(sets, SetsOfReads) or sets.raw != raw:
            sets = SetsOfReads(raw.copy(), ENTRY_BYTES + len(memoryview(raw)))
        number = sets.number(tuple(reads))
        if sets.size > self._entries.maxsize:
            self._entries.pop(key, None)
            return None
        self._entries[key] = sets  # anew, since its size may be another one
        return None if number is None else (sets, number, tuple(reads.values()))


# What an entry of this JSON is known by, in its scope: another one may have the same. The seed is
# there so that nobody can write texts which keep each other out. Optimization: Python's own hash of
# bytes takes thirteen times as long.
digest = partial(xxh3_64_intdigest, seed=secrets.randbits(64))


class _Entries(LRUCache[Key, Remembered | SetsOfReads]):
    def popitem(self) -> tuple[Key, Remembered | SetsOfReads]:
        """Make room, and count it."""
        MEMO_EVICTIONS.inc()
        return super().popitem()


@cache
def memo() -> Memo:
    """The memo of this process."""
    return Memo(conf.LAYOUT_MEMO_BYTES)
