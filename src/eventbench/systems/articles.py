"""Read texts to tag from files, lazily."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from eventbench.errors import EventbenchError
from eventbench.io import (
    BYTE_ORDER_MARK,
    decode,
    parse_json_object,
    read_lines,
    read_text,
    short,
)

STDIN = Path("-")
KINDS = ("txt", "jsonl")
"""The kinds of files with articles."""


@dataclass(frozen=True, slots=True)
class Article:
    """A text to tag, with a caller-chosen id."""

    id: str
    text: str


def read_articles(files: Sequence[Path], kind: str | None = None) -> Iterator[Article]:
    """Return an iterator over the articles of files; the names of all files are checked first.

    Args:
        files: ``.txt`` files with one article each, whose id is the file's name; ``.jsonl`` or
            ``.jsonl.gz`` files with one article per line (``id`` and ``text``); or `STDIN`, text.
        kind: one of `KINDS`, to override what the names of the files say.

    Raises:
        EventbenchError: naming file and line, if a file is of another kind, cannot be read, is
            not UTF-8, a line has no ``id`` or ``text``, or two articles have the same id.
    """
    if kind is not None and kind not in KINDS:
        raise EventbenchError(f"no kind of file {kind!r}: expected {' or '.join(KINDS)}")
    return _articles([(path, kind or _kind(path)) for path in files])


def _articles(files: Sequence[tuple[Path, str]]) -> Iterator[Article]:
    seen: set[str] = set()
    for path, kind in files:
        for place, article in _READERS[kind](path):
            if article.id in seen:
                raise EventbenchError(f"{place}: a second article {article.id!r}")
            seen.add(article.id)
            yield article


def _kind(path: Path) -> str:
    if path == STDIN:
        return "txt"
    name = path.name.removesuffix(".gz")
    for kind in KINDS:
        if name.endswith(f".{kind}") and (kind == "jsonl" or path.suffix != ".gz"):
            return kind
    raise EventbenchError(f"{path}: expected .txt, .jsonl, .jsonl.gz, .parquet, or - for stdin")


def _read_txt(path: Path) -> Iterator[tuple[str, Article]]:
    if path != STDIN:
        yield str(path), Article(path.stem, read_text(path))
        return
    yield "stdin", Article("stdin", decode("stdin", sys.stdin.buffer.read()))


def _read_jsonl(path: Path) -> Iterator[tuple[str, Article]]:
    name = "stdin" if path == STDIN else str(path)
    for number, line in _stdin_lines() if path == STDIN else read_lines(path):
        if not line.strip():
            continue
        place = f"{name}:{number}"
        record = parse_json_object(place, line)
        for key in ("id", "text"):
            if not isinstance(record.get(key), str):
                found = f"{key} is {short(record[key])}" if key in record else f"has no {key!r}"
                raise EventbenchError(f"{place}: {found}, expected a string")
        yield place, Article(record["id"], record["text"])


def _stdin_lines() -> Iterator[tuple[int, bytes]]:
    for number, line in enumerate(sys.stdin.buffer, 1):
        yield number, line.removeprefix(BYTE_ORDER_MARK) if number == 1 else line


_READERS: dict[str, Callable[[Path], Iterator[tuple[str, Article]]]] = {
    "txt": _read_txt,
    "jsonl": _read_jsonl,
}
