"""Read sentences from columns: one token a line, an empty line after each sentence.

The first column is the token, the last its tag; tabs part the columns, or else spaces.
A line that begins with ``-DOCSTART-`` ends the sentence before it. Before a sentence, lines
that begin with ``#`` are comments, of which ``# id = …`` and ``# sent_id = …`` name it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from eventbench.errors import EventbenchError
from eventbench.io import short

_KEY = re.compile(r"# ?([^\s=]+) ?= ?(.*)")
_TAG = re.compile(r"O$|[BIESLU]-.")


@dataclass(slots=True)
class Block:
    """The lines of one sentence.

    Attributes:
        first: the number of its first line with a token; the others follow directly.
        id: as a comment names it; None if none does.
        rows: the columns of each token.
    """

    first: int = 0
    id: str | None = None
    rows: list[list[str]] = field(default_factory=list)


def read_blocks(
    path: Path, lines: Iterable[tuple[int, bytes]], columns: int = 2
) -> Iterator[Block]:
    """Yield the sentences of a file.

    Args:
        path: named in errors.
        lines: numbered, from 1.
        columns: how many a line must have at least.

    Raises:
        EventbenchError: naming file and line, if one is not UTF-8 or has fewer columns.
    """
    block = Block()
    for number, raw in lines:
        line = _decoded(path, number, raw)
        if not line.strip() or line.startswith("-DOCSTART-"):
            if block.rows:
                yield block
                block = Block()
            continue
        # Tabs, where there are any, part the columns: a token may hold a no-break space.
        cells = line.split("\t") if "\t" in line else line.split(" ")
        if line[0] == "#" and not block.rows and _is_comment(line, cells):
            key = _KEY.match(line)
            if key and key[1] in ("id", "sent_id"):
                block.id = key[2].strip()
            continue
        if len(cells) < columns:
            wanted = "TOKEN and TAG" if columns == 2 else "TOKEN, GOLD and PREDICTION"
            raise EventbenchError(f"{path}:{number}: found {short(line)}, expected {wanted}")
        block.first = block.first or number
        block.rows.append(cells)
    if block.rows:
        yield block


def _decoded(path: Path, number: int, raw: bytes) -> str:
    try:
        return raw.decode("utf-8").rstrip("\r\n\t ")
    except UnicodeDecodeError as error:
        raise EventbenchError(f"{path}:{number}: not UTF-8: {error.reason}") from None


def _is_comment(line: str, cells: list[str]) -> bool:
    """Tell a comment from a token that begins with "#"."""
    if "\t" not in line and _KEY.match(line):
        return True
    # "# O" and "#tag B-x" are tokens with their tags; so is what has tabs and no "key = value".
    return not _TAG.match(cells[-1]) and (
        "\t" not in line or _KEY.match(line) is not None or len(cells) < 2
    )
