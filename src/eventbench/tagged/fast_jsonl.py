"""Read two JSON Lines files of tagged sentences without creating a string per token.

This is the fast path of `eventbench.tagged.files.score_files`, for valid files in the
usual form. Otherwise it gives up, and the sentence-by-sentence reader reports what is
wrong and where.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eventbench.scoring.counts import Ints

BLOCK = 1 << 23
"""Bytes read at a time."""

LONGEST_TAG = 16
"""Bytes of the longest tag, which is compared as two 64-bit words."""


class GivesUp(Exception):
    """The files are invalid, or need a full parser."""


@dataclass(frozen=True)
class Strings:
    """Positions of the strings in JSON lists of strings.

    Attributes:
        joined: the lists, concatenated, and 16 zero bytes.
        starts: shape (strings,): first byte of each string in ``joined``.
        lengths: shape (strings,): bytes of each string.
        counts: shape (lists,): number of strings in each list.
    """

    joined: bytes
    starts: Ints
    lengths: Ints
    counts: Ints

    def text(self, index: int) -> str:
        start = int(self.starts[index])
        return self.joined[start : start + int(self.lengths[index])].decode("utf-8")


def find_strings(lists: list[bytes]) -> Strings:
    """Find the strings in JSON lists of strings.

    Raises:
        GivesUp: if a list may contain anything but strings without escapes and spaces.
    """
    joined = b"".join(lists)
    if b"\\" in joined:
        raise GivesUp
    quotes = np.flatnonzero(np.frombuffer(joined, dtype=np.uint8) == ord('"'))
    edges = np.searchsorted(quotes, np.cumsum([len(found) for found in lists]))
    if (edges & 1).any():
        raise GivesUp
    counts = np.diff(edges, prepend=0) >> 1
    starts = quotes[0::2] + 1
    lengths = quotes[1::2] - starts
    # If there are only strings, only brackets, commas and spaces remain.
    spaces = sum(joined.count(space) for space in (b" ", b"\t", b"\r"))
    punctuation = 2 * len(quotes) // 2 + 2 * len(lists) + int(np.maximum(counts - 1, 0).sum())
    if len(joined) - spaces != int(lengths.sum()) + punctuation:
        raise GivesUp
    return Strings(joined + bytes(LONGEST_TAG), starts, lengths, counts)


def encode(strings: Strings, codes: dict[str, int]) -> NDArray[np.int16]:
    """Look up the code of each string (-1 if it has none), comparing whole strings.

    Raises:
        GivesUp: if a string is longer than `LONGEST_TAG` bytes.
    """
    if len(strings.lengths) and int(strings.lengths.max()) > LONGEST_TAG:
        raise GivesUp
    # JSON has no zero bytes, so padding strings with them keeps them distinct.
    words = np.ndarray(len(strings.joined) - 7, dtype="<u8", buffer=strings.joined, strides=(1,))
    masks = np.array([(1 << 8 * n) - 1 for n in range(9)], dtype="<u8")
    low = words[strings.starts] & masks[np.minimum(strings.lengths, 8)]
    is_long = bool((strings.lengths > 8).any())
    high = words[strings.starts + 8] & masks[np.maximum(strings.lengths - 8, 0)] if is_long else 0
    result = np.full(len(strings.starts), -1, dtype=np.int16)
    for tag, code in codes.items():
        padded = tag.encode("utf-8").ljust(LONGEST_TAG, b"\0")
        if len(padded) > LONGEST_TAG:
            continue
        first, second = (int.from_bytes(padded[i : i + 8], "little") for i in (0, 8))
        matches = low == np.uint64(first)
        if is_long:
            matches &= high == np.uint64(second)
        elif second:
            continue
        result[matches] = code
    return result


@dataclass(frozen=True, slots=True)
class Rows:
    """Lines of a file: the raw JSON of each field."""

    ids: list[bytes]
    tokens: list[bytes]
    tags: list[bytes]

    def cut(self, start: int, stop: int | None = None) -> Rows:
        return Rows(self.ids[start:stop], self.tokens[start:stop], self.tags[start:stop])


def aligned_rows(first: Path, second: Path) -> Iterator[tuple[Rows, Rows]]:
    """Yield two files block by block, as pairs with the same number of rows.

    Raises:
        GivesUp: if the files differ in length, a line is longer than a block or not an
            object with the three fields, or a file cannot be read.
    """
    streams = [_rows(first), _rows(second)]
    found: list[Rows | None] = [next(stream, None) for stream in streams]
    while found[0] is not None and found[1] is not None:
        number = min(len(found[0].ids), len(found[1].ids))
        yield found[0].cut(0, number), found[1].cut(0, number)
        found = [
            rows.cut(number) if rows and len(rows.ids) > number else next(stream, None)
            for rows, stream in zip(found, streams, strict=True)
        ]
    if found != [None, None]:
        raise GivesUp


def _rows(path: Path) -> Iterator[Rows]:
    import zlib

    import msgspec

    fields = [(name, msgspec.Raw) for name in ("id", "tokens", "ner_tags")]
    decoder = msgspec.json.Decoder(msgspec.defstruct("Row", fields))

    def parsed(content: bytes) -> Rows:
        rows: list[Any] = decoder.decode_lines(content)
        return Rows(
            [bytes(row.id) for row in rows],
            [bytes(row.tokens) for row in rows],
            [bytes(row.ner_tags) for row in rows],
        )

    try:
        rest = b""
        with gzip.GzipFile(path) if path.suffix == ".gz" else path.open("rb") as file:
            while block := file.read(BLOCK):
                whole, newline, tail = block.rpartition(b"\n")
                if not newline:
                    raise GivesUp
                if (rest + whole).strip():
                    yield parsed(rest + whole)
                rest = tail
        if rest.strip():
            yield parsed(rest)
    except (OSError, EOFError, zlib.error, msgspec.DecodeError, UnicodeDecodeError):
        raise GivesUp from None
