"""Read texts to tag from files, lazily."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from eventbench.errors import EventbenchError
from eventbench.io import decode, read_lines, read_text, reading

STDIN = Path("-")


@dataclass(frozen=True, slots=True)
class Article:
    """A text to tag, with a caller-chosen id."""

    id: str
    text: str


def read_articles(files: Sequence[Path], kind: str | None = None) -> Iterator[Article]:
    """Yield the articles of files.

    Args:
        files: ``.txt`` files with one article each, whose id is the file's name; ``.jsonl`` or
            ``.jsonl.gz`` files with one article per line (``id`` and ``text``); or `STDIN`, text.
        kind: "txt" or "jsonl", to override what the names of the files say.

    Raises:
        EventbenchError: naming file and line, if a file is of another kind, cannot be read, is
            not UTF-8, a line has no ``id`` or ``text``, or two articles have the same id.
    """
    kinds = [(path, kind or _kind(path)) for path in files]  # check all names before reading
    seen: set[str] = set()
    for path, its_kind in kinds:
        for place, article in _TEXTS[its_kind](path):
            if article.id in seen:
                raise EventbenchError(f"{place}: a second article {article.id!r}")
            seen.add(article.id)
            yield article


def _kind(path: Path) -> str:
    if path == STDIN:
        return "txt"
    name = path.name.removesuffix(".gz")
    for kind in ("txt", "jsonl"):
        if name.endswith(f".{kind}") and (kind == "jsonl" or path.suffix != ".gz"):
            return kind
    raise EventbenchError(f"{path}: expected .txt, .jsonl, .jsonl.gz, .parquet, or - for stdin")


def _read_txt(path: Path) -> Iterator[tuple[str, Article]]:
    if path != STDIN:
        yield str(path), Article(path.stem, read_text(path))
        return
    yield "stdin", Article("stdin", decode("stdin", sys.stdin.buffer.read()))


def _read_jsonl(path: Path) -> Iterator[tuple[str, Article]]:
    import orjson

    name = "stdin" if path == STDIN else str(path)
    lines = enumerate(sys.stdin.buffer, 1) if path == STDIN else read_lines(path)
    for number, line in lines:
        if not line.strip():
            continue
        place = f"{name}:{number}"
        with reading(place, "not valid JSON"):
            record = orjson.loads(decode(name, line, number))
        if not isinstance(record, dict):
            raise EventbenchError(f"{place}: expected an object with id and text")
        for key in ("id", "text"):
            if not isinstance(record.get(key), str):
                found = f"{key} is {record[key]!r:.40}" if key in record else f"has no {key!r}"
                raise EventbenchError(f"{place}: {found}, expected a string")
        yield place, Article(record["id"], record["text"])


_TEXTS: dict[str, Callable[[Path], Iterator[tuple[str, Article]]]] = {
    "txt": _read_txt,
    "jsonl": _read_jsonl,
}
