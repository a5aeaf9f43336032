"""Read tagged sentences from JSON Lines, CoNLL columns or Parquet, one sentence at a time.

``.jsonl`` and ``.parquet`` have the fields ``id``, ``tokens`` and ``ner_tags``. ``.conll`` has
a token a line, the first column the token, the last its tag, an empty line after each
sentence; ``# id = …`` before a sentence names it. ``.jsonl`` and ``.conll`` may end in ``.gz``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eventbench.errors import EventbenchError
from eventbench.io import read_lines, short

LONGEST_SENTENCE = 1 << 24
"""Maximum length of a line in bytes; a sentence has a few thousand."""


@dataclass(frozen=True, slots=True)
class Tagged:
    """A sentence with its tags and the place that it was read from ("file:line").

    ``id`` is None if the file does not name its sentences.
    """

    place: str
    id: str | None
    tokens: list[str]
    tags: list[str]


def read_tagged(path: Path) -> Iterator[Tagged]:
    """Yield each sentence of a file, in its order.

    Raises:
        EventbenchError: naming file and line, if the file cannot be read, is
            empty, or a sentence does not have the form described above.
    """
    name = path.name.removesuffix(".gz")
    if name.endswith(".parquet"):
        yield from _read_parquet(path)
        return
    parse = _read_conll if name.endswith(".conll") else _read_jsonl
    empty = True
    for sentence in parse(path, read_lines(path, LONGEST_SENTENCE)):
        empty = False
        yield sentence
    if empty:
        raise EventbenchError(f"{path}: is empty")


def _read_jsonl(path: Path, lines: Iterable[tuple[int, bytes]]) -> Iterator[Tagged]:
    for place, record in _json_records(path, lines):
        yield _checked(place, record)


def _json_records(path: Path, lines: Iterable[tuple[int, bytes]]) -> Iterator[tuple[str, Any]]:
    """Yield the JSON of each line that is not empty, with its place ("file:line")."""
    import orjson

    for number, line in lines:
        if not line.strip():
            continue
        place = f"{path}:{number}"
        try:
            record = orjson.loads(line)
        except orjson.JSONDecodeError as error:
            raise EventbenchError(f"{place}: {_json_complaint(line, error)}") from None
        yield place, record


def _json_complaint(line: bytes, error: Exception) -> str:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError as found:
        return f"not UTF-8: {found.reason}"
    return f"not valid JSON: {error}"


def _checked(place: str, record: Any) -> Tagged:
    if not isinstance(record, dict):
        found = type(record).__name__
        raise EventbenchError(f"{place}: found a JSON {found}, expected an object")
    for key in ("id", "tokens", "ner_tags"):
        if key not in record:
            raise EventbenchError(f"{place}: has no {key!r}, expected id, tokens and ner_tags")
    sentence_id, tokens, tags = record["id"], record["tokens"], record["ner_tags"]
    if not isinstance(sentence_id, str):
        raise EventbenchError(f"{place}: id is {short(sentence_id)}, expected a string")
    for key, value in (("tokens", tokens), ("ner_tags", tags)):
        if not isinstance(value, list) or not all(type(v) is str for v in value):
            message = f"{key} of {sentence_id} is {short(value)}, expected a list of strings"
            raise EventbenchError(f"{place}: {message}")
    return Tagged(place, sentence_id, tokens, tags)


def _read_conll(path: Path, lines: Iterable[tuple[int, bytes]]) -> Iterator[Tagged]:
    tokens: list[str] = []
    tags: list[str] = []
    sentence_id: str | None = None
    first = 0
    number = 0
    for number, raw in lines:
        try:
            line = raw.decode("utf-8").rstrip("\r\n")
        except UnicodeDecodeError as error:
            raise EventbenchError(f"{path}:{number}: not UTF-8: {error.reason}") from None
        if not line.strip():
            if tokens:
                yield Tagged(f"{path}:{first}", sentence_id, tokens, tags)
                tokens, tags, sentence_id = [], [], None
        elif line.startswith("-DOCSTART-"):
            continue
        elif line.startswith("# id = ") and not tokens:
            sentence_id = line.removeprefix("# id = ").strip()
        else:
            # Prefer tabs as separators: a token may contain a no-break space.
            columns = line.split("\t") if "\t" in line else line.split(" ")
            if len(columns) < 2:
                raise EventbenchError(f"{path}:{number}: found {line!r}, expected TOKEN and TAG")
            first = first if tokens else number
            tokens.append(columns[0])
            tags.append(columns[-1])
    if tokens:
        yield Tagged(f"{path}:{first}", sentence_id, tokens, tags)


def _read_parquet(path: Path) -> Iterator[Tagged]:
    columns = ("id", "tokens", "ner_tags")
    empty = True
    for place, record in read_parquet_records(path, columns):
        empty = False
        yield _checked(place, record)
    if empty:
        raise EventbenchError(f"{path}: is empty")


def read_parquet_records(
    path: Path, columns: Sequence[str] | None = None
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the rows of a Parquet file with their places; ClassLabels become their names.

    Args:
        path: the file.
        columns: the columns to read, which must exist; all if None.

    Raises:
        EventbenchError: naming the file, if it is not Parquet or lacks a column.
    """
    import pyarrow
    import pyarrow.parquet

    try:
        with pyarrow.parquet.ParquetFile(path) as file:
            schema = file.schema_arrow
            missing = [c for c in columns or () if c not in schema.names]
            if missing:
                raise EventbenchError(f"{path}: has no column {missing[0]!r}")
            names = _class_names(schema)
            row = 0
            for batch in file.iter_batches(batch_size=10_000, columns=columns and list(columns)):
                for record in batch.to_pylist():
                    row += 1
                    named = {c: _named(v, names[c]) for c, v in record.items() if c in names}
                    yield f"{path}: row {row}", {**record, **named}
    except (pyarrow.ArrowException, OSError) as error:
        raise EventbenchError(f"{path}: not readable as Parquet: {_first_line(error)}") from None


def _named(value: Any, names: Sequence[str]) -> Any:
    """Convert class numbers, or lists of them, to names; other values are unchanged."""
    if isinstance(value, list):
        return [_named(v, names) for v in value]
    return names[value] if type(value) is int and 0 <= value < len(names) else value


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n")[0]


def _class_names(schema: Any) -> dict[str, list[str]]:
    """The class names of each column that `datasets` wrote as ClassLabels."""
    import datasets

    if b"huggingface" not in (schema.metadata or {}):
        return {}
    found = {}
    for column, feature in datasets.Features.from_arrow_schema(schema).items():
        label = getattr(feature, "feature", feature)
        if isinstance(label, datasets.ClassLabel):
            found[column] = list(label.names)
    return found


def token_difference(row_id: str, tokens: list[str], expected: list[str]) -> str:
    """Describe how the tokens of a sentence differ from the gold."""
    if len(tokens) != len(expected):
        return f"{row_id} has {len(tokens)} tokens, the gold has {len(expected)}"
    pairs = enumerate(zip(tokens, expected, strict=True))
    index, (found, right) = next((i, pair) for i, pair in pairs if pair[0] != pair[1])
    return f"token {index} of {row_id} is {short(found)}, the gold has {right!r}"
