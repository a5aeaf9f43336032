"""Read tagged sentences from files of several formats, one sentence at a time.

``.jsonl``, ``.parquet``
    The fields ``id``, ``tokens`` and ``ner_tags``.
``.conll``
    Columns, as `eventbench.tagged.conll` describes them.
``.txt``
    The tags of a sentence on each line, with spaces between them, as the script ``run_ner.py``
    of transformers writes its ``predictions.txt``.
``.json``
    A list with a list of tags for each sentence, as seqeval takes it; or what ``.jsonl`` has.

All but ``.parquet`` may end in ``.gz``. The last two may have no tokens; then only the numbers
of sentences and tags can be checked.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eventbench.errors import EventbenchError
from eventbench.io import Json, decode, parse_json_object, read_lines, reading, short
from eventbench.tagged.conll import read_blocks

FORMATS = ("jsonl", "conll", "parquet", "txt", "json")

LONGEST_SENTENCE = 1 << 24
"""Maximum length of a line in bytes; a sentence has a few thousand."""

LONGEST_LIST = 1 << 30
"""Maximum length of a line in bytes where it may hold the tags of all sentences."""


@dataclass(frozen=True, slots=True)
class Tagged:
    """A sentence with its tags.

    Attributes:
        place: where it was read from ("file:line").
        id: None if the file does not name its sentences.
        tokens: its tokens; None if the file has none.
        tags: one a token, as they stand there.
        line_each: True if each token has a line of its own.
    """

    place: str
    id: str | None
    tokens: list[str] | None
    tags: list[str]
    line_each: bool = False

    def place_of(self, token: int) -> str:
        """Where a token was read from: its line, or the line of the sentence."""
        if not self.line_each:
            return self.place
        file, _, line = self.place.rpartition(":")
        return f"{file}:{int(line) + token}"


_ENDINGS = ", ".join(f".{format}" for format in FORMATS[:-1]) + f" or .{FORMATS[-1]}"


def format_of(path: Path, given: str | None = None) -> str:
    """The format of a file: the given one, or what the ending of its name says.

    Raises:
        EventbenchError: naming the file, if the ending is of no format.
    """
    if given is not None:
        if given not in FORMATS:
            raise EventbenchError(f"format is {short(given)}, expected {', '.join(FORMATS)}")
        return given
    ending = path.name.removesuffix(".gz").rpartition(".")[2]
    if ending not in FORMATS:
        raise EventbenchError(
            f"{path}: the ending of a file tells its format: expected {_ENDINGS} "
            "(rename it, or use --input conll with --gold)"
        )
    return ending


def read_tagged(path: Path, format: str | None = None) -> Iterator[Tagged]:
    """Yield each sentence of a file, in its order.

    Args:
        path: the file.
        format: one of `FORMATS`; None for what the ending says.

    Raises:
        EventbenchError: naming file and line, if the file cannot be read, is
            empty, or a sentence does not have the form described above.
    """
    parse = {
        "jsonl": _read_jsonl,
        "conll": _read_conll,
        "parquet": _read_parquet,
        "txt": _read_tag_lines,
        "json": _read_json,
    }
    empty = True
    for sentence in parse[format_of(path, format)](path):
        empty = False
        yield sentence
    if empty:
        raise EventbenchError(f"{path}: is empty")


def read_conlleval(path: Path) -> Iterator[tuple[Tagged, Tagged]]:
    """Yield each sentence of a file for conlleval twice: with the gold tags, then the predicted.

    These are its last two columns.

    Raises:
        EventbenchError: naming file and line, as `read_tagged` does.
    """
    empty = True
    for block in read_blocks(path, read_lines(path, LONGEST_SENTENCE), columns=3):
        empty = False
        place, tokens = f"{path}:{block.first}", [row[0] for row in block.rows]
        gold, found = ([row[column] for row in block.rows] for column in (-2, -1))
        yield (
            Tagged(place, block.id, tokens, gold, line_each=True),
            Tagged(place, block.id, tokens, found, line_each=True),
        )
    if empty:
        raise EventbenchError(f"{path}: is empty")


def _read_conll(path: Path) -> Iterator[Tagged]:
    for block in read_blocks(path, read_lines(path, LONGEST_SENTENCE)):
        tokens, tags = [row[0] for row in block.rows], [row[-1] for row in block.rows]
        yield Tagged(f"{path}:{block.first}", block.id, tokens, tags, line_each=True)


def _read_tag_lines(path: Path) -> Iterator[Tagged]:
    for number, raw in read_lines(path, LONGEST_SENTENCE):
        line = decode(path, raw, number)
        if "\t" in line:
            raise EventbenchError(
                f"{path}:{number}: found {short(line.rstrip())}, expected the tags of a sentence "
                "with spaces between them (for columns, use --input conll with --gold)"
            )
        yield Tagged(f"{path}:{number}", None, None, line.split())


def holds_a_list(path: Path) -> bool:
    """Return True if a JSON file begins with a list rather than with the record of a line."""
    lines = (line.strip() for _, line in read_lines(path, LONGEST_LIST))
    return next(filter(None, lines), b"").startswith(b"[")


def _read_json(path: Path) -> Iterator[Tagged]:
    if not holds_a_list(path):
        yield from _read_jsonl(path)
        return
    import msgspec

    content = b"".join(line for _, line in read_lines(path, LONGEST_LIST))
    try:
        sentences = msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise EventbenchError(f"{path}: not readable as a JSON list: {error}") from None
    for number, tags in enumerate(sentences, 1):
        place = f"{path}: sentence {number}"
        if not isinstance(tags, list) or not all(type(tag) is str for tag in tags):
            raise EventbenchError(f"{place}: found {short(tags)}, expected a list of tags")
        yield Tagged(place, None, None, tags)


def _read_jsonl(path: Path) -> Iterator[Tagged]:
    for number, line in read_lines(path, LONGEST_SENTENCE):
        if line.strip():
            place = f"{path}:{number}"
            yield _checked(place, parse_json_object(place, line))


def _checked(place: str, record: Json) -> Tagged:
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


def _read_parquet(path: Path) -> Iterator[Tagged]:
    for place, record in read_parquet_records(path, ("id", "tokens", "ner_tags")):
        yield _checked(place, record)


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
    import pyarrow.parquet

    with reading(path, "not readable as Parquet"), pyarrow.parquet.ParquetFile(path) as file:
        schema = file.schema_arrow
        missing = [c for c in columns or () if c not in schema.names]
        if missing:
            raise EventbenchError(f"{path}: has no column {missing[0]!r}")
        names = _class_names(schema, columns or schema.names)
        row = 0
        for batch in file.iter_batches(batch_size=10_000, columns=columns and list(columns)):
            for record in batch.to_pylist():
                row += 1
                named = {c: _named(v, names[c]) for c, v in record.items() if c in names}
                yield f"{path}: row {row}", {**record, **named}


def _named(value: Any, names: Sequence[str]) -> Any:
    """Convert class numbers, or lists of them, to names; other values are unchanged."""
    if isinstance(value, list):
        return [_named(v, names) for v in value]
    return names[value] if type(value) is int and 0 <= value < len(names) else value


def _class_names(schema: Any, columns: Iterable[str]) -> dict[str, list[str]]:
    """The class names of each column that `datasets` wrote as ClassLabels.

    Not by the types of `datasets`, which refuses those of other versions of it.
    """
    content = (schema.metadata or {}).get(b"huggingface")
    if content is None:
        return {}
    features = json.loads(content)["info"]["features"]
    found = {}
    for column in columns:
        feature = features.get(column)
        feature = feature[0] if isinstance(feature, list) and feature else feature
        label = feature.get("feature", feature) if isinstance(feature, dict) else {}
        if isinstance(label, dict) and label.get("_type") == "ClassLabel":
            found[column] = [str(name) for name in label.get("names") or ()]
    return found
