"""Read two JSON Lines files of tagged sentences without creating a string per token.

This is the fast path of `eventbench.tagged.files.score_files`, for valid files in the
usual form, with id, tokens and ner_tags alone. Otherwise it gives up, and the
sentence-by-sentence reader reports what is wrong and where.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eventbench.scoring.counts import Ints

BLOCK = 1 << 20
"""Bytes of a file that are read at a time; what is computed from them stays in the cache."""

AROUND = (len('{"id":"","tokens":,"ner_tags":}'), len('{"id": "", "tokens": , "ner_tags": }'))
"""Bytes of a line beside its values, without and with the usual spaces."""


class GivesUp(Exception):
    """The files are invalid, or need a full parser."""


@dataclass(frozen=True)
class Strings:
    """Positions of the strings in JSON lists of strings.

    Attributes:
        joined: the lists, as `join` has them.
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
        try:
            return self.joined[start : start + int(self.lengths[index])].decode("utf-8")
        except UnicodeDecodeError:
            raise GivesUp from None


def join(lists: Sequence[Any]) -> bytes:
    """The JSON of lists, each with a newline behind it, and 8 zero bytes."""
    return b"\n".join([*lists, bytes(8)])


def find_strings(joined: bytes, lists: int) -> Strings:
    """Find the strings of JSON lists that hold nothing else.

    Args:
        joined: the lists, as `join` has them; each is valid JSON.
        lists: how many.

    Raises:
        GivesUp: if something else may stand between the strings, or it is not UTF-8.
    """
    if not joined.isascii():
        _check_utf8(joined)
    # Blanked, an escaped quote ends no string. From left to right, since "\\\\" is a backslash.
    plain = joined
    if b"\\" in joined:
        plain = joined.replace(b"\\\\", b"  ").replace(b'\\"', b"  ")
    content = np.frombuffer(plain, dtype=np.uint8)
    quotes = np.flatnonzero(content == ord('"'))
    stops = np.flatnonzero(content == ord("\n"))
    if len(stops) != lists:
        raise GivesUp
    edges = np.searchsorted(quotes, stops)
    counts = np.diff(edges, prepend=0) >> 1
    opening, closing = quotes[0::2], quotes[1::2]
    if (edges & 1).any() or not _holds_strings_alone(content, opening, closing, stops, counts):
        raise GivesUp
    return Strings(joined, opening + 1, closing - opening - 1, counts)


def _holds_strings_alone(
    content: NDArray[np.uint8], opening: Ints, closing: Ints, stops: Ints, counts: Ints
) -> bool:
    """Check that each value is a list and the gaps between its strings hold only commas.

    A number, literal or empty list makes a gap of more than three bytes. What is left is
    a list or an object around a string: its bracket is the last byte before that string.
    """
    starts = np.append(0, stops[:-1] + 1)
    full = counts > 0
    if (content[starts] != ord("[")).any() or (stops - starts)[~full].max(initial=2) > 2:
        return False
    last = np.cumsum(counts)[full] - 1
    first = last - counts[full] + 1
    lead = opening[first] - starts[full]
    gaps = opening[1:] - closing[:-1]
    gaps[last[:-1]] = 0
    before = content[opening - 1]
    before[first[lead == 1]] = ord(",")  # the bracket of the list itself
    return bool(
        lead.max(initial=0) <= 2
        and (stops[full] - closing[last]).max(initial=0) <= 3
        and gaps.max(initial=0) <= 3
        and ((before == ord(",")) | (before <= ord(" "))).all()
    )


def _check_utf8(content: bytes) -> None:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        raise GivesUp from None


@dataclass(frozen=True, slots=True)
class Rows:
    """Lines of a file: the id and the JSON of the two lists of each."""

    ids: list[str]
    tokens: list[Any]
    tags: list[Any]

    def cut(self, start: int, stop: int | None = None) -> Rows:
        return Rows(self.ids[start:stop], self.tokens[start:stop], self.tags[start:stop])


def aligned_rows(first: Path, second: Path) -> Iterator[tuple[Rows, Rows]]:
    """Yield two files block by block, as pairs with the same number of rows.

    Raises:
        GivesUp: if the files differ in length, a line is longer than a block or not an
            object of the three fields, or a file cannot be read.
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


def _lengths(values: Sequence[Any]) -> Ints:
    return np.fromiter(map(len, values), np.int64, len(values))


def _rows(path: Path) -> Iterator[Rows]:
    import zlib

    import msgspec

    fields = [("id", str), ("tokens", msgspec.Raw), ("ner_tags", msgspec.Raw)]
    decoder = msgspec.json.Decoder(msgspec.defstruct("Row", fields, gc=False))

    def parsed(content: bytes) -> Rows:
        rows: list[Any] = decoder.decode_lines(content)
        lines = content.removesuffix(b"\n").split(b"\n")
        if len(rows) != len(lines):
            raise GivesUp  # an object over several lines, or a line without one
        found = Rows(
            [row.id for row in rows], [row.tokens for row in rows], [row.ner_tags for row in rows]
        )
        around = _lengths(lines) - sum(map(_lengths, (found.ids, found.tokens, found.tags)))
        if not np.isin(around, AROUND).all():
            raise GivesUp  # other fields, or a key that occurs twice: msgspec takes the last
        return found

    try:
        with gzip.GzipFile(path) if path.suffix == ".gz" else path.open("rb") as file:
            while block := file.read(BLOCK) + file.readline(BLOCK):
                if not block.isspace():
                    yield parsed(block)
    except (OSError, EOFError, zlib.error, ValueError, RecursionError, msgspec.MsgspecError):
        raise GivesUp from None  # ValueError: not JSON, or not UTF-8; of msgspec 0.19, its own
