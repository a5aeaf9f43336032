"""Look up the codes of many tags at once, from their bytes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from eventbench.scoring.counts import Ints
from eventbench.tagged.codes import Codes
from eventbench.tagged.fast_jsonl import GivesUp, Strings

Words = NDArray[np.uint64]

NEW_TAGS = 1 << 8
"""Strings without a code that are looked at first; then four times as many, and so on."""

_MASKS = np.array([(1 << 8 * n) - 1 for n in range(9)], dtype=np.uint64)
"""Masks of the first 0 to 8 bytes of a word."""


class TagTable:
    """The codes of tags in their bytes, as a trie over 64-bit words.

    Looking a string up takes the same time however many tags there are, and is exact.
    """

    def __init__(self, codes: Codes) -> None:
        self._codes = codes
        self._nodes = _Pairs()
        self._node_codes = np.zeros(0, dtype=np.int32)
        self._known = 0
        self._add_new()

    def encode(self, strings: Strings) -> NDArray[np.int32]:
        """The code of each string; new classes get one.

        Raises:
            GivesUp: if a string has an escape.
            EventbenchError: if one is not a tag.
        """
        if b"\\" in strings.joined:
            raise GivesUp
        result = self._look_up(strings.joined, strings.starts, strings.lengths)
        looked_at = NEW_TAGS
        while len(unknown := np.flatnonzero(result < 0)):
            for tag in {strings.text(int(i)) for i in unknown[:looked_at]}:
                self._codes[tag]
            self._add_new()
            looked_at *= 4
            starts, lengths = strings.starts[unknown], strings.lengths[unknown]
            result[unknown] = self._look_up(strings.joined, starts, lengths)
        return result

    def _add_new(self) -> None:
        """Enter the tags that got a code since the last time."""
        tags = list(self._codes)[self._known :]
        found = {self._enter(tag.encode("utf-8")): self._codes[tag] for tag in tags}
        self._known += len(tags)
        self._nodes.build()
        # One more, -1, for a node that is -1.
        codes = np.full(len(self._nodes) + 1, -1, dtype=np.int32)
        codes[: max(0, len(self._node_codes) - 1)] = self._node_codes[:-1]
        codes[[*found.keys()]] = [*found.values()]
        self._node_codes = codes

    def _enter(self, tag: bytes) -> int:
        node = -1
        for start in range(0, len(tag), 8):
            node = self._nodes.number(node + 1, int.from_bytes(tag[start : start + 8], "little"))
        return node

    def _look_up(self, joined: bytes, starts: Ints, lengths: Ints) -> NDArray[np.int32]:
        """The code of each string, -1 for one that has none."""
        # JSON has no zero bytes, so a string filled up with them is like no other.
        words: Words = np.ndarray(len(joined) - 7, dtype="<u8", buffer=joined, strides=(1,))
        first = words[starts] & _MASKS.take(lengths, mode="clip")
        nodes = self._nodes.find(np.uint64(0), first)
        done = 8
        rest = np.flatnonzero(lengths > done)
        while len(rest := rest[nodes[rest] >= 0]):
            left = lengths[rest] - done
            word = words[starts[rest] + done] & _MASKS.take(left, mode="clip")
            nodes[rest] = self._nodes.find((nodes[rest] + 1).astype(np.uint64), word)
            done += 8
            rest = rest[left > 8]
        return self._node_codes[nodes]


class _Pairs:
    """Numbers pairs of 64-bit words from 0 on, and finds the numbers of many at once."""

    _MIX = np.uint64(0x9E3779B97F4A7C15)
    _MIX_FIRST = np.uint64(0xC2B2AE3D27D4EB4F)

    _ROOM = 16
    """Slots of the hash table for each pair, so that few share one."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[int, int], int] = {}

    def __len__(self) -> int:
        return len(self._numbers)

    def number(self, first: int, second: int) -> int:
        """The number of a pair; a new one if it has none. Call `build` before `find`."""
        return self._numbers.setdefault((first, second), len(self._numbers))

    def build(self) -> None:
        """Build the hash table: open addressing, a pair's slot or the next free one."""
        pairs = np.array(list(self._numbers), dtype=np.uint64)
        self._first, self._second = pairs[:, 0].copy(), pairs[:, 1].copy()
        bits = max(8, (len(pairs) * self._ROOM).bit_length())
        self._shift = np.uint64(64 - bits)
        self._table = np.full(1 << bits, -1, dtype=np.int32)
        slots = self._slots(self._first, self._second)
        waiting = np.arange(len(pairs), dtype=np.int32)
        while len(waiting):
            free = waiting[self._table[slots[waiting]] < 0]
            self._table[slots[free]] = free  # of several for one slot, the last gets it
            waiting = waiting[self._table[slots[waiting]] != waiting]
            slots[waiting] = self._next(slots[waiting])

    def find(self, first: Any, second: Words) -> NDArray[np.int32]:
        """The number of each pair, -1 for one that has none.

        Args:
            first: shape (pairs,), or one word for all.
            second: shape (pairs,).
        """
        slots = self._slots(first, second)
        result: NDArray[np.int32] = self._table[slots]
        equal = (self._second[result] == second) & (self._first[result] == first)
        if equal.all():
            return result
        firsts = np.broadcast_to(first, second.shape)
        wrong = np.flatnonzero(~equal & (result >= 0))
        result[~equal] = -1
        while len(wrong):
            slots[wrong] = self._next(slots[wrong])
            found = self._table[slots[wrong]]
            same = self._second[found] == second[wrong]
            same &= (self._first[found] == firsts[wrong]) & (found >= 0)
            result[wrong[same]] = found[same]
            wrong = wrong[~same & (found >= 0)]
        return result

    def _slots(self, first: Any, second: Words) -> NDArray[np.int64]:
        mixed: Words = (second ^ (first * self._MIX_FIRST)) * self._MIX
        return (mixed >> self._shift).astype(np.int64)

    def _next(self, slots: NDArray[np.int64]) -> NDArray[np.int64]:
        return (slots + 1) & (len(self._table) - 1)
