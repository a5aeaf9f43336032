"""Reads predictions: tagged sentences in JSON Lines, CoNLL or Parquet, and attributes of events.

Tagged sentences, plain or gzip:

- JSON Lines (``.jsonl``): one object a line with ``id``, ``tokens`` and
  ``ner_tags`` (strings); read line by line.
- CoNLL (``.conll``): token first and tag last on a line, an empty line between
  sentences; ``# id = …`` before a sentence names it, otherwise it has the place
  in the gold that it has in the file.
- Parquet (``.parquet``): the same three columns, ``ner_tags`` as strings or as a
  ClassLabel that `datasets` wrote.

Attributes are JSON Lines: ``id`` of the event, and a value (or null: nothing said) for
each attribute. Predictions of whole events are read by `eventbench.evaluation.event_scoring`.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from eventbench.corpus.model import EventbenchError
from eventbench.corpus.scheme import NO_EVENT

LONGEST_LINE = 1 << 24
"""Bytes that a line of a file may have; a sentence has a few thousand."""

SUFFIXES = (".jsonl", ".conll", ".parquet")


@dataclass(frozen=True, slots=True)
class Tagged:
    """A sentence with its tags, and where it was read ("file:line").

    ``id`` is None if the file does not name its sentences.
    """

    place: str
    id: str | None
    tokens: list[str]
    tags: list[str]


def read_tagged(path: Path) -> Iterator[Tagged]:
    """Each sentence of a file, in its order, read as it is asked for.

    Raises:
        EventbenchError: naming file and line, if the file cannot be read, is
            empty, or a sentence is not of the form described above.
    """
    name = path.name.removesuffix(".gz")
    if name.endswith(".parquet"):
        yield from _read_parquet(path)
        return
    parse = _read_conll if name.endswith(".conll") else _read_jsonl
    empty = True
    for sentence in parse(path, read_lines(path)):
        empty = False
        yield sentence
    if empty:
        raise EventbenchError(f"{path}: is empty")


def read_lines(path: Path, longest: int = LONGEST_LINE) -> Iterator[tuple[int, bytes]]:
    """Each line of a file, plain or ``.gz``, with its number.

    Raises:
        EventbenchError: naming file and line, if it cannot be read, its gzip is
            broken or a line is longer than ``longest`` bytes.
    """
    number = 0
    try:
        with _open(path) as file:
            while line := file.readline(longest + 1):
                number += 1
                if len(line) > longest:
                    raise EventbenchError(f"{path}:{number}: is longer than {longest} bytes")
                yield number, line
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise EventbenchError(f"{path}:{number + 1}: broken gzip: {error}") from None
    except OSError as error:
        raise EventbenchError(f"{path}: {error.strerror or error}") from None


def _open(path: Path) -> IO[bytes] | gzip.GzipFile:
    return gzip.GzipFile(path) if path.suffix == ".gz" else path.open("rb")


def _read_jsonl(path: Path, lines: Iterable[tuple[int, bytes]]) -> Iterator[Tagged]:
    for place, record in _json_records(path, lines):
        yield _checked(place, record)


def _json_records(path: Path, lines: Iterable[tuple[int, bytes]]) -> Iterator[tuple[str, Any]]:
    """What each line holds that is not empty, with its place ("file:line")."""
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
        raise EventbenchError(f"{place}: id is {_short(sentence_id)}, expected a string")
    for key, value in (("tokens", tokens), ("ner_tags", tags)):
        if not isinstance(value, list) or not all(type(v) is str for v in value):
            message = f"{key} of {sentence_id} is {_short(value)}, expected a list of strings"
            raise EventbenchError(f"{place}: {message}")
    return Tagged(place, sentence_id, tokens, tags)


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:59]}…"


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
            # Tabs, where there are any, part the columns: a token may hold a no-break space.
            columns = line.split("\t") if "\t" in line else line.split(" ")
            if len(columns) < 2:
                raise EventbenchError(f"{path}:{number}: found {line!r}, expected TOKEN and TAG")
            first = first if tokens else number
            tokens.append(columns[0])
            tags.append(columns[-1])
    if tokens:
        yield Tagged(f"{path}:{first}", sentence_id, tokens, tags)


def _read_parquet(path: Path) -> Iterator[Tagged]:
    import pyarrow
    import pyarrow.parquet

    columns = ["id", "tokens", "ner_tags"]
    try:
        with pyarrow.parquet.ParquetFile(path) as file:
            missing = [c for c in columns if c not in file.schema_arrow.names]
            if missing:
                raise EventbenchError(f"{path}: has no column {missing[0]!r}")
            names = _class_names(file.schema_arrow)
            row = 0
            for batch in file.iter_batches(batch_size=10_000, columns=columns):
                for record in batch.to_pylist():
                    row += 1
                    if names is not None and isinstance(record["ner_tags"], list):
                        record["ner_tags"] = [
                            names[tag] if isinstance(tag, int) and 0 <= tag < len(names) else tag
                            for tag in record["ner_tags"]
                        ]
                    yield _checked(f"{path}: row {row}", record)
    except (pyarrow.ArrowException, OSError) as error:
        raise EventbenchError(f"{path}: not readable as Parquet: {_first_line(error)}") from None
    if row == 0:
        raise EventbenchError(f"{path}: is empty")


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n")[0]


def _class_names(schema: Any) -> list[str] | None:
    """The label names of ``ner_tags``, if `datasets` wrote it as a ClassLabel."""
    import datasets

    if b"huggingface" not in (schema.metadata or {}):
        return None
    feature = getattr(datasets.Features.from_arrow_schema(schema)["ner_tags"], "feature", None)
    return list(feature.names) if isinstance(feature, datasets.ClassLabel) else None


def read_predictions(
    path: Path, gold: Sequence[dict[str, Any]], labels: Sequence[str], task: str = "triggers"
) -> dict[int, dict[str, list[str]]]:
    """Read the tags of a run, of a directory of prediction files, or of one such file.

    Args:
        path: as `prediction_files` takes it.
        gold: the rows that are predicted, with ``id`` and ``tokens``, in order.
        labels: the tags that may be predicted.
        task: which predictions of a run are meant.

    Returns:
        For each seed (0 where there are none) the tags of every row by its id.

    Raises:
        EventbenchError: naming file and line, unless each seed has every row of
            the gold exactly once, with its tokens and one known label a token.
    """
    tokens = {row["id"]: row["tokens"] for row in gold}
    known = set(labels)
    result = {}
    for seed, files in prediction_files(path, task).items():
        tags: dict[str, list[str]] = {}
        where: dict[str, str] = {}
        order = iter(tokens)
        for file in files:
            for found in read_tagged(file):
                row_id = next(order, "") if found.id is None else found.id
                _check_fit(found, row_id, tokens, known)
                if row_id in tags:
                    message = f"{found.place}: {row_id} stands at {where[row_id]} too"
                    raise EventbenchError(message)
                tags[row_id] = found.tags
                where[row_id] = found.place
        missing = [row_id for row_id in tokens if row_id not in tags]
        if missing:
            place = files[0] if len(files) == 1 else files[0].parent
            raise EventbenchError(
                f"{place}: {len(missing)} of {len(tokens)} sentences are missing, "
                f"the first is {missing[0]}"
            )
        result[seed] = tags
    return result


Attributes = dict[str, str | None]
"""What is said of one event: a value, or None, for each attribute."""


def read_attributes(
    path: Path, gold: Sequence[dict[str, Any]], values: Mapping[str, Sequence[str]]
) -> dict[int, dict[str, Attributes]]:
    """Read predicted attributes of the gold events, of a run or of JSON Lines files.

    Args:
        path: as `prediction_files` takes it.
        gold: the rows that are predicted, with ``id``.
        values: the attributes, and what each may be.

    Returns:
        For each seed (0 where there are none) what is said of each event, by its id.

    Raises:
        EventbenchError: naming file and line, unless each seed has every row of the
            gold exactly once, with a known value or null for each attribute.
    """
    known = dict.fromkeys(row["id"] for row in gold)
    result = {}
    for seed, files in prediction_files(path, "attributes").items():
        found: dict[str, Attributes] = {}
        for file in files:
            for place, record in _json_records(file, read_lines(file)):
                row_id, said = check_attributes(place, record, values)
                if row_id not in known or row_id in found:
                    what = "stands twice" if row_id in found else "is not the id of an event"
                    raise EventbenchError(f"{place}: {_short(row_id)} {what}")
                found[row_id] = said
        missing = [row_id for row_id in known if row_id not in found]
        if missing:
            place = str(files[0] if len(files) == 1 else files[0].parent)
            raise EventbenchError(
                f"{place}: {len(missing)} of {len(known)} events are missing, "
                f"the first is {missing[0]}"
            )
        result[seed] = found
    return result


def check_attributes(
    place: str, record: Any, values: Mapping[str, Sequence[str]]
) -> tuple[str, Attributes]:
    """The event's id and its attributes, if a record says of each what it may say.

    Raises:
        EventbenchError: beginning with ``place``.
    """
    if not isinstance(record, dict) or not isinstance(record.get("id"), str):
        raise EventbenchError(f"{place}: found {_short(record)}, expected an object with an id")
    said: Attributes = {}
    for name, allowed in values.items():
        if name not in record:
            raise EventbenchError(f"{place}: has no {name!r}, expected {', '.join(values)}")
        value = record[name]
        if value is not None and value not in allowed:
            expected = ", ".join(allowed)
            message = f"{name} is {_short(value)}, expected null or one of {expected}"
            raise EventbenchError(f"{place}: {message}")
        said[name] = value
    return record["id"], said


RUN_FILE = "run.json"


def prediction_files(path: Path, task: str) -> dict[int, list[Path]]:
    """The files with the predictions of a task, by seed (0 where there are none).

    Args:
        path: a run, whose folder of the task is taken; a directory with ``seed<S>``
            folders of files; a directory of files; or a file.
        task: which predictions of a run are meant.

    Raises:
        EventbenchError: if there is nothing of the kind.
    """
    if path.is_file():
        return {0: [path]}
    if not path.is_dir():
        raise EventbenchError(f"{path}: no such file or directory")
    if (path / task).is_dir():
        path /= task
    elif (path / RUN_FILE).is_file():
        tasks = ", ".join(sorted({p.parent.name for p in path.glob("*/seed*")})) or "nothing"
        raise EventbenchError(f"{path}: has no predictions of {task}, but of {tasks}")

    def files(directory: Path) -> list[Path]:
        found = (p for p in directory.iterdir() if p.name.removesuffix(".gz").endswith(SUFFIXES))
        return sorted(p for p in found if not p.name.startswith("."))

    seeds = {
        int(child.name.removeprefix("seed")): files(child)
        for child in path.iterdir()
        if child.is_dir() and child.name.removeprefix("seed").isdecimal()
    }
    found = {seed: seeds[seed] for seed in sorted(seeds)} or {0: files(path)}
    for seed, paths in found.items():
        if not paths:
            raise EventbenchError(f"{path}: no {' or '.join(SUFFIXES)} file for seed {seed}")
    return found


def _check_fit(found: Tagged, row_id: str, gold: dict[str, list[str]], labels: set[str]) -> None:
    """Whether a tagged sentence fits the gold row that it is of."""
    place = found.place
    if row_id not in gold:
        expected_id = next(iter(gold), "")
        raise EventbenchError(
            f"{place}: unknown id {_short(found.id)}, expected one like {expected_id!r} "
            "(is it of another --task?)"
        )
    expected = gold[row_id]
    if found.tokens != expected:
        raise EventbenchError(f"{place}: {token_difference(row_id, found.tokens, expected)}")
    if len(found.tags) != len(expected):
        raise EventbenchError(
            f"{place}: {row_id} has {len(found.tags)} tags, expected {len(expected)}, one a token"
        )
    if not labels.issuperset(found.tags):
        index, tag = next((i, t) for i, t in enumerate(found.tags) if t not in labels)
        known = ", ".join(sorted(labels - {NO_EVENT}))
        raise EventbenchError(
            f"{place}: {row_id} has unknown label {_short(tag)} at token {index}, "
            f"expected {NO_EVENT}, {known}"
        )


def token_difference(row_id: str, tokens: list[str], expected: list[str]) -> str:
    """In words, how a sentence's tokens differ from the gold's."""
    if len(tokens) != len(expected):
        return f"{row_id} has {len(tokens)} tokens, the gold has {len(expected)}"
    pairs = enumerate(zip(tokens, expected, strict=True))
    index, (found, right) = next((i, pair) for i, pair in pairs if pair[0] != pair[1])
    return f"token {index} of {row_id} is {_short(found)}, the gold has {right!r}"
