"""The cells of a run: what each is given, how it is run, and where its results are stored.

A cell is one task of one fold with one seed. Cells of one fold and seed share a `Fold`,
so that a system need not train the same part twice.
"""

from __future__ import annotations

import csv
import io
import os
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eventbench.corpus.joining import corpus_of
from eventbench.corpus.loading import Corpus
from eventbench.corpus.model import Document
from eventbench.errors import EventbenchError
from eventbench.evaluation.runs import LOGS, PREDICT_SECONDS, RUN_FILE, SENTENCES
from eventbench.io import (
    Json,
    is_empty_directory,
    json_lines,
    read_json_object,
    write_json,
    write_whole,
)
from eventbench.systems.machine import describe_machine, is_first_process
from eventbench.systems.options import Options
from eventbench.systems.protocol import (
    Fold,
    SystemClass,
    checked_answers,
    find_system,
    make_fold,
    make_system,
)
from eventbench.systems.tracking import tracked
from eventbench.tasks.registry import find_task

if TYPE_CHECKING:
    from datasets import Dataset

OnProgress = Callable[[str, float], None]
"""Progress callback: label and amount done."""


@dataclass(frozen=True)
class Job:
    """Everything that a worker needs to run the cells of any fold and seed.

    Attributes:
        name: name of the system.
        tasks: the tasks to run, in the order of the registry.
        options: options of the system.
        fold_options: options that differ, by fold.
        out: directory of the run.
        record: contents of ``run.json``.
        track: the trackers that log what is measured.
    """

    name: str
    tasks: tuple[str, ...]
    options: Options
    fold_options: Mapping[int, Options]
    out: Path
    record: Json
    track: tuple[str, ...] = ()

    def options_of(self, fold: int) -> dict[str, Any]:
        return {**self.options, **self.fold_options.get(fold, {})}


@dataclass(frozen=True)
class Group:
    """The tasks of one fold and seed that are still to be run."""

    seed: int
    fold: int
    tasks: tuple[str, ...]


@dataclass(frozen=True)
class Given:
    """What a system receives in one cell; no gold of the test article is in it.

    Attributes:
        fold: the articles to learn from.
        test: the rows to predict.
        sentences: how many sentences the articles to predict have.
    """

    fold: Fold
    test: Dataset
    sentences: int


def given(corpus: Corpus, group: Group, extra: Sequence[Document] = ()) -> dict[str, Given]:
    """Make what the cells of one fold and seed are given, by task.

    Args:
        corpus: the corpus.
        group: the cells.
        extra: articles of other corpora to learn from.
    """
    tested = [corpus.document(article) for article in corpus.folds()[group.fold]["test"]]
    sentences = sum(len(document.sentences) for document in tested)
    return {
        task: Given(
            make_fold(corpus, task, group.fold, extra),
            find_task(task).inputs_for(tested, corpus.scheme),
            sentences,
        )
        for task in group.tasks
    }


def run_group(job: Job, group: Group, cells: Mapping[str, Given], report: OnProgress) -> None:
    """Run the cells of one fold and seed, one after another.

    Args:
        job: the job.
        group: the cells.
        cells: what each is given, by task.
        report: called with the label of the current cell and the number of cells done.
    """
    system_class = find_system(job.name)
    kept: dict[str, Any] = {}
    for number, task in enumerate(group.tasks):
        label = f"{job.name} seed {group.seed} fold {group.fold} {task}"
        progress = _CellProgress(partial(shifted(report, number), label))
        progress(0.0)
        cell = replace(cells[task], fold=replace(cells[task].fold, kept=kept))
        _run_cell(job, group.seed, group.fold, cell, progress, system_class)


def shifted(report: OnProgress, done: int) -> OnProgress:
    """Make a callback that adds ``done`` cells to the progress."""
    return lambda label, part: report(label, done + part)


def _run_cell(
    job: Job,
    seed: int,
    number: int,
    cell: Given,
    progress: _CellProgress,
    system_class: SystemClass,
) -> None:
    """Fit and predict one cell and store the results, the predictions last."""
    fold, test = cell.fold, cell.test
    task = find_task(fold.task)
    started = time.perf_counter()
    system = make_system(system_class, job.options_of(number), seed, fold.task)
    about = {"system": job.name, "task": fold.task, "seed": seed, "fold": number}
    name = f"{fold.task}/seed{seed}/fold{number}"
    about |= job.options_of(number)
    with tracked(progress, job.track, job.out / LOGS, name, about) as reported:
        system.fit(fold, reported)
    fitted = time.perf_counter()
    predicted = list(system.predict(test))
    done = time.perf_counter()
    answers = checked_answers(job.name, fold.task, test, predicted, fold.scheme)
    progress(1.0)
    if not is_first_process():
        return
    # Written only now, so that a system that fails to start leaves nothing behind.
    if (job.out / RUN_FILE).is_file():
        check_run(job.out, job.record)  # another run may have started in the meantime
    else:
        write_json(job.out / RUN_FILE, job.record)
    predictions = predictions_file(job.out, fold.task, seed, number)
    measured = {
        "seconds": round(done - started, 2),
        PREDICT_SECONDS: round(done - fitted, 6),
        SENTENCES: cell.sentences,
        **describe_machine(),
        "processes": int(os.environ.get("WORLD_SIZE", "1")),
        "learned_from": _learned_from(fold, job.record["data"]["corpus"]),
        **getattr(system, "record", {}),
    }
    write_json(predictions.with_suffix(".json"), measured)
    if progress.curve:
        write_whole(predictions.with_suffix(".csv"), _csv(progress.curve))
    records = (task.dump(row, answer) for row, answer in zip(test, answers, strict=True))
    write_whole(predictions, json_lines(records))


def _learned_from(fold: Fold, corpus: str) -> dict[str, int]:
    """How many articles of each corpus a system was given to learn from."""
    documents = (*fold.train_documents, *fold.validation_documents)
    return dict(Counter(corpus_of(document.id, corpus) for document in documents))


def predictions_file(out: Path, task: str, seed: int, fold: int) -> Path:
    """The predictions of a cell; if the file exists, the cell is done."""
    return out / task / f"seed{seed}" / f"fold{fold}.jsonl"


def check_run(out: Path, record: Json) -> None:
    """Check that ``out`` is empty, besides logs, or contains the same run."""
    path = out / RUN_FILE
    if not path.is_file():
        if out.is_dir() and not is_empty_directory(out, LOGS):
            raise EventbenchError(f"{out}: is not empty and holds no run; choose another --out")
        return
    try:
        earlier = read_json_object(path)
        there = dict(earlier["data"]["fingerprints"])
    except (EventbenchError, KeyError, TypeError, ValueError):
        raise EventbenchError(f"{path}: is not the record of a run; choose another --out") from None
    now = dict(record)
    # Tasks may be added to a run; those that it has must be from the same data.
    ours = record["data"]["fingerprints"]
    now["data"] = {**record["data"], "fingerprints": {**there, **ours}}
    then = {**earlier, "data": {**earlier["data"], "fingerprints": {**ours, **there}}}
    keys = dict.fromkeys((*now, *then))
    differing = [key for key in keys if key != "versions" and then.get(key) != now.get(key)]
    if differing:
        key = differing[0]
        raise EventbenchError(
            f"{path}: holds another run: {key} is {earlier.get(key)!r}, now {record.get(key)!r}; "
            "choose another --out or delete it"
        )


class _CellProgress:
    """The `Progress` of a cell: keeps the training curve and the fraction done."""

    def __init__(self, report: Callable[[float], None]) -> None:
        self._report = report
        self._reached = 0.0
        self.curve: list[dict[str, float]] = []

    def __call__(self, part: float, **measured: float) -> None:
        self._reached = max(self._reached, min(part, 1.0))  # progress never decreases
        self._report(self._reached)
        if measured:
            self.curve.append({"part": round(part, 6), **measured})


def _csv(curve: Sequence[Mapping[str, float]]) -> str:
    columns = list(dict.fromkeys(name for row in curve for name in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(curve)
    return text.getvalue()
