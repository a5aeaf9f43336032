"""Reads two JSON Lines files of tagged sentences without making a string a token.

This is the fast path of `eventbench.evaluation.report.score_files`, for files that are as
they should be. Whenever something is not, or takes a real parser to tell, it
gives up, and the sentence-by-sentence reader finds out what is wrong and where.
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
"""Bytes of a file that are read at a time."""

LONGEST_TAG = 16
"""Bytes of the longest tag that is compared as two 64-bit words."""


class NotInBulk(Exception):
    """Something is wrong with the files, or cannot be told here."""


@dataclass(frozen=True)
class Strings:
    """The strings of some JSON lists of strings, where they stand.

    Attributes:
        joined: the lists, one after another, and 16 zero bytes.
        starts: shape (strings,): the first byte of each string in ``joined``.
        lengths: shape (strings,): its bytes.
        counts: shape (lists,): how many strings each list has.
    """

    joined: bytes
    starts: Ints
    lengths: Ints
    counts: Ints

    def text(self, index: int) -> str:
        start = int(self.starts[index])
        return self.joined[start : start + int(self.lengths[index])].decode("utf-8")


def find_strings(lists: list[bytes]) -> Strings:
    """Find the strings of JSON lists that hold nothing else.

    Raises:
        NotInBulk: if there may be anything but strings without escapes or spaces.
    """
    joined = b"".join(lists)
    if b"\\" in joined:
        raise NotInBulk
    quotes = np.flatnonzero(np.frombuffer(joined, dtype=np.uint8) == ord('"'))
    edges = np.searchsorted(quotes, np.cumsum([len(found) for found in lists]))
    if (edges & 1).any():
        raise NotInBulk
    counts = np.diff(edges, prepend=0) >> 1
    starts = quotes[0::2] + 1
    lengths = quotes[1::2] - starts
    # In JSON that holds strings alone, all that is left are brackets, commas and spaces.
    spaces = sum(joined.count(space) for space in (b" ", b"\t", b"\r"))
    punctuation = 2 * len(quotes) // 2 + 2 * len(lists) + int(np.maximum(counts - 1, 0).sum())
    if len(joined) - spaces != int(lengths.sum()) + punctuation:
        raise NotInBulk
    return Strings(joined + bytes(LONGEST_TAG), starts, lengths, counts)


def encode(strings: Strings, codes: dict[str, int]) -> NDArray[np.int16]:
    """The code of each string, or -1 if it has none; strings are compared whole.

    Raises:
        NotInBulk: if a string is longer than `LONGEST_TAG` bytes.
    """
    if len(strings.lengths) and int(strings.lengths.max()) > LONGEST_TAG:
        raise NotInBulk
    # JSON has no zero bytes, so a string filled up with them is like no other.
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
    """Lines of a file: the JSON of each field as it stands there."""

    ids: list[bytes]
    tokens: list[bytes]
    tags: list[bytes]

    def cut(self, start: int, stop: int | None = None) -> Rows:
        return Rows(self.ids[start:stop], self.tokens[start:stop], self.tags[start:stop])


def aligned_rows(first: Path, second: Path) -> Iterator[tuple[Rows, Rows]]:
    """Two files, in blocks, as pairs of equally many rows.

    Raises:
        NotInBulk: if one has more lines than the other, a line is longer than a
            block or no object with the three fields, or a file cannot be read.
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
        raise NotInBulk


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
                    raise NotInBulk
                if (rest + whole).strip():
                    yield parsed(rest + whole)
                rest = tail
        if rest.strip():
            yield parsed(rest)
    except (OSError, EOFError, zlib.error, msgspec.DecodeError, UnicodeDecodeError):
        raise NotInBulk from None
