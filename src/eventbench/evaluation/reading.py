"""Read predictions of any task from JSON Lines, and from the files of other tools."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any

from eventbench.errors import EventbenchError, located
from eventbench.evaluation import inspect_log
from eventbench.evaluation.runs import LOG, check_run_data, is_whole, prediction_files
from eventbench.formats.oneie_output import Placed, is_sentence, predicted_sentences
from eventbench.io import parse_json_object, read_lines, short
from eventbench.tasks.base import Answer, Gold, Row
from eventbench.tasks.registry import model_tasks
from eventbench.text import plural

Answers = dict[int, dict[str, Answer]]
"""Answers by seed and row id."""


def read_predictions(path: Path, gold: Gold) -> Answers:
    """Read the predictions of a run, of a directory of prediction files, or of one file.

    Args:
        path: as `prediction_files` takes it; or a log of Inspect, whose epochs are seeds.
        gold: the gold rows of the task.

    Returns:
        Answers by seed (0 if there are no seeds) and row id.

    Raises:
        EventbenchError: naming file and line, unless each seed has a valid answer for
            every gold row exactly once; or if a run was made on other data, or has all folds
            where the gold is of one.
    """
    if path.suffix == LOG:
        return inspect_log.read_log(path, gold)
    if gold.fold is not None and is_whole(path):
        raise EventbenchError(f"{path}: has the predictions of all folds, expected those of one")
    check_run_data(path, gold)
    return {
        seed: read_files(files, gold)
        for seed, files in prediction_files(path, gold.task.name).items()
    }


def read_files(files: list[Path], gold: Gold) -> dict[str, Answer]:
    """Read files that together have all gold rows; see `read_predictions`."""
    answers: dict[str, Answer] = {}
    where: dict[str, str] = {}
    order = iter(gold.by_id)
    for place, record in _records_of_rows(files, gold):
        with located(place):
            if "id" not in record:
                raise EventbenchError("has no 'id'")
            row_id = record["id"]
            if row_id is None and (row_id := next(order, None)) is None:
                raise EventbenchError(
                    f"one sentence too many: {gold.task.name} has {len(gold.rows)} rows"
                )
            row = _row(row_id, gold)
            if row_id in answers:
                raise EventbenchError(f"{short(row_id)} stands at {where[row_id]} too")
            answers[row_id] = gold.task.parse(_with_tokens(record, row), row, gold.scheme)
            where[row_id] = place
    missing = [row_id for row_id in gold.by_id if row_id not in answers]
    if missing:
        place = str(files[0] if len(files) == 1 else files[0].parent)
        raise EventbenchError(
            f"{place}: {len(missing)} of {len(gold.rows)} rows of {gold.task.name} are missing, "
            f"the first is {missing[0]}"
        )
    return {row_id: answers[row_id] for row_id in gold.by_id}


def _records_of_rows(files: list[Path], gold: Gold) -> Iterator[Placed]:
    """Yield the records of files; sentences of OneIE and TextEE as records of the task."""
    records = chain.from_iterable(map(read_records, files))
    first = next(records, None)
    if first is None:
        return
    together = chain([first], records)
    if is_sentence(first[1]):
        if not gold.task.gives_events:
            expected = " or ".join(model_tasks())
            raise EventbenchError(
                f"{files[0]}: sentences of OneIE or TextEE, which answer --task {expected}, not "
                f"{gold.task.name}"
            )
        sentences = predicted_sentences(together, gold.documents, gold.scheme)
        yield from gold.task.records_of(sentences)
    else:
        yield from together


def _with_tokens(record: Mapping[str, Any], row: Row) -> Mapping[str, Any]:
    """Add the gold's tokens to tags that came without, if their numbers fit."""
    if record["id"] is not None or record["tokens"] is not None or "tokens" not in row:
        return record
    tags, tokens = len(record["ner_tags"]), len(row["tokens"])
    if tags != tokens:
        raise EventbenchError(
            f"{tags} tags for the {plural(tokens, 'token')} of {row['id']}: expected every "
            "sentence of the gold, whole and in its order (those of one fold, with --fold)"
        )
    return {**record, "tokens": row["tokens"]}


def _row(row_id: Any, gold: Gold) -> dict[str, Any]:
    if not isinstance(row_id, str):
        raise EventbenchError(f"id is {short(row_id)}, expected a string")
    if row_id not in gold.by_id:
        example = next(iter(gold.by_id), "")
        raise EventbenchError(
            f"unknown id {short(row_id)}, expected one like {example!r} (is it of another --task?)"
        )
    return gold.by_id[row_id]


def read_records(path: Path) -> Iterator[Placed]:
    """Yield the records of a file with their places ("file:line").

    Records of tagged sentences have ``id`` (None if the file names no sentences), ``tokens``
    (None if it has none) and ``ner_tags``. Records without ``id`` are sentences of OneIE or TextEE.

    Raises:
        EventbenchError: naming file and line, if the file cannot be read, is empty, or
            contains something other than records.
    """
    from eventbench.tagged.reading import (
        format_of,
        holds_a_list,
        read_parquet_records,
        read_tagged,
    )

    kind = format_of(path)
    if kind in ("conll", "txt") or (kind == "json" and holds_a_list(path)):
        for sentence in read_tagged(path):
            yield (
                sentence.place,
                {"id": sentence.id, "tokens": sentence.tokens, "ner_tags": sentence.tags},
            )
        return
    reader = read_parquet_records if kind == "parquet" else _read_json_lines
    empty = True
    for place, record in reader(path):
        empty = False
        if record.get("id") is None and not is_sentence(record):
            raise EventbenchError(f"{place}: has no 'id'")
        yield place, record
    if empty:
        raise EventbenchError(f"{path}: is empty")


def _read_json_lines(path: Path) -> Iterator[Placed]:
    for number, line in read_lines(path):
        if line.strip():
            place = f"{path}:{number}"
            yield place, parse_json_object(place, line)
