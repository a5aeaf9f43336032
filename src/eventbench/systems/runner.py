"""Run a system fold by fold and store its predictions.

A cell is one task of one fold with one seed. Cells of one fold and seed share a `Fold`,
so that a system need not train the same part twice. Each worker takes one fold and seed at
a time.
"""

from __future__ import annotations

import csv
import hashlib
import inspect
import io
import logging
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eventbench.corpus.loading import Corpus, as_corpus, with_annotations
from eventbench.errors import EventbenchError
from eventbench.evaluation.runs import RUN_FILE, data_record, versions
from eventbench.io import (
    Json,
    atomic_output,
    is_empty_directory,
    json_lines,
    read_json_object,
    write_json,
    write_whole,
)
from eventbench.systems.machine import describe_machine, is_first_process
from eventbench.systems.protocol import (
    Fold,
    Options,
    SystemClass,
    check_class,
    checked_answers,
    find_system,
    make_fold,
    make_system,
    tasks_of,
)
from eventbench.tasks.base import Gold
from eventbench.tasks.registry import DEFAULT, find_task, in_order, tasks_for

if TYPE_CHECKING:
    from datasets import Dataset

logger = logging.getLogger(__name__)

Told = Callable[[str, float], None]
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
    """

    name: str
    tasks: tuple[str, ...]
    options: Options
    fold_options: Mapping[int, Options]
    out: Path
    record: Json

    def options_of(self, fold: int) -> dict[str, Any]:
        return {**self.options, **self.fold_options.get(fold, {})}


@dataclass(frozen=True)
class Group:
    """The tasks of one fold and seed that are still to be run."""

    seed: int
    fold: int
    tasks: tuple[str, ...]


@dataclass(frozen=True)
class Run:
    """The outcome of `run`.

    Attributes:
        path: the directory of the run.
        cells: number of cells.
        stored: number of cells that were already stored.
    """

    path: Path
    cells: int
    stored: int

    def __str__(self) -> str:
        before = f" ({self.stored} of {self.cells} cells were stored before)" if self.stored else ""
        return f"predictions are in {self.path}{before}"


def run(
    system: str,
    *,
    corpus: Corpus | str | Path | None = None,
    out: str | Path | None = None,
    task: str | Sequence[str] = DEFAULT,
    seeds: Sequence[int] = (0,),
    folds: Sequence[int] | None = None,
    workers: int | None = None,
    options: Options | None = None,
    fold_options: Mapping[int, Options] | None = None,
    progress: Told = lambda label, fraction: None,
) -> Run:
    """Run a system under the corpus's protocol and store its predictions.

    Stored cells are not run again, so an interrupted run continues where it stopped. Under
    ``torchrun`` or ``accelerate`` every process runs the system, but only the first one
    writes.

    Args:
        system: an installed system or "module:Class".
        corpus: the corpus, or an argument of `load_corpus`.
        out: the directory of the run; ``runs/<system>`` if None.
        task: a task, several tasks, or "all" that the system does and the corpus has.
        seeds: each seed gives a full set of predictions.
        folds: the folds to run; all if None.
        workers: number of processes that run folds and seeds side by side, with one thread
            each; any number gives the same bytes. None: one after another in this process,
            with all threads.
        options: options of the system.
        fold_options: options that differ, by fold, as in nested selection.
        progress: called with the label of the current cell and the fraction done.

    Raises:
        EventbenchError: if ``out`` contains another run, the class is not a `System` or does
            not do a task, or its predictions do not fit the rows.
    """
    data = as_corpus(corpus)
    job = _job(system, data, out, task, dict(options or {}), dict(fold_options or {}))
    chosen = _chosen_folds(job, data, folds)
    _check_run(job.out, job.record)
    groups = _left_to_run(job, seeds, chosen)
    cells = len(seeds) * len(chosen) * len(job.tasks)
    stored = cells - sum(len(group.tasks) for group in groups)
    logger.info("%s: %d of %d cells are stored already", system, stored, cells)

    def report(label: str, done: float) -> None:
        progress(label, (stored + done) / cells)

    if workers is None:
        done = 0
        for group in groups:
            run_group(job, group, given(data, group), _shifted(report, done))
            done += len(group.tasks)
    elif groups:
        from eventbench.systems.workers import run_side_by_side

        run_side_by_side(job, groups, data, workers, report)
    progress(system, 1.0)
    return Run(job.out, cells, stored)


def _job(
    system: str,
    corpus: Corpus,
    out: str | Path | None,
    task: str | Sequence[str],
    options: Json,
    fold_options: Mapping[int, Options],
) -> Job:
    system_class = find_system(system)
    named = [task] if isinstance(task, str) else list(task)
    if "all" in named:
        tasks = [name for name in tasks_of(system_class) if name in tasks_for(corpus)]
    else:
        tasks = in_order([find_task(name).name for name in named])
    path = Path(out) if out is not None else Path("runs") / system.rpartition(":")[2]
    record = _record(system, system_class, options, fold_options, corpus, tasks)
    return Job(system, tuple(tasks), options, fold_options, path, record)


def _chosen_folds(job: Job, corpus: Corpus, folds: Sequence[int] | None) -> list[int]:
    """The folds to run; all if None.

    Raises:
        EventbenchError: if a fold is out of range, or the system cannot be created for one.
    """
    known = range(len(corpus.folds()))
    chosen = list(known) if folds is None else list(folds)
    for fold in [*chosen, *job.fold_options]:
        if fold not in known:
            raise EventbenchError(f"no fold {fold}: expected 0 to {len(known) - 1}")
    for fold in chosen:
        check_class(job.name, find_system(job.name), job.options_of(fold), job.tasks)
    return chosen


def _left_to_run(job: Job, seeds: Sequence[int], folds: Sequence[int]) -> list[Group]:
    """List the cells that are not stored yet.

    This must be done before anything is written, so that all processes of a distributed run
    do the same cells.
    """
    groups = [
        Group(s, k, tuple(t for t in job.tasks if not _file(job.out, t, s, k).is_file()))
        for s in seeds
        for k in folds
    ]
    return [group for group in groups if group.tasks]


@dataclass(frozen=True)
class Given:
    """All that a system may learn from and be asked in one cell: no gold of the test article."""

    fold: Fold
    test: Dataset


def given(corpus: Corpus, group: Group) -> dict[str, Given]:
    """What the cells of one fold and seed are given, by task."""
    tested = [corpus.document(article) for article in corpus.folds()[group.fold]["test"]]
    return {
        task: Given(
            make_fold(corpus, task, group.fold), find_task(task).inputs_for(tested, corpus.scheme)
        )
        for task in group.tasks
    }


def run_group(job: Job, group: Group, cells: Mapping[str, Given], report: Told) -> None:
    """Run the cells of one fold and seed, one after another.

    Args:
        job: what is run.
        group: which cells.
        cells: what they are given.
        report: called with what runs, and how many cells are done.
    """
    system_class = find_system(job.name)
    kept: dict[str, Any] = {}
    for number, task in enumerate(group.tasks):
        label = f"{job.name} seed {group.seed} fold {group.fold} {task}"
        told = _Told(partial(_shifted(report, number), label))
        told(0.0)
        fold = replace(cells[task].fold, kept=kept)
        _run_cell(job, group.seed, group.fold, fold, cells[task].test, told, system_class)


def _shifted(report: Told, done: int) -> Told:
    """Make a callback that adds ``done`` cells to the progress."""
    return lambda label, part: report(label, done + part)


def _run_cell(
    job: Job,
    seed: int,
    number: int,
    fold: Fold,
    test: Dataset,
    told: _Told,
    system_class: SystemClass,
) -> None:
    """Fit and predict one cell and store the results, the predictions last."""
    task = find_task(fold.task)
    started = time.perf_counter()
    system = make_system(system_class, job.options_of(number), seed, fold.task)
    system.fit(fold, told)
    answers = checked_answers(job.name, fold.task, test, system.predict(test), fold.scheme)
    seconds = time.perf_counter() - started
    told(1.0)
    if not is_first_process():
        return
    # Written only now, so that a system that fails to start leaves nothing behind.
    if (job.out / RUN_FILE).is_file():
        _check_run(job.out, job.record)  # another run may have started in the meantime
    else:
        write_json(job.out / RUN_FILE, job.record)
    predictions = _file(job.out, fold.task, seed, number)
    measured = {
        "seconds": round(seconds, 2),
        **describe_machine(),
        "processes": int(os.environ.get("WORLD_SIZE", "1")),
        **getattr(system, "record", {}),
    }
    write_json(predictions.with_suffix(".json"), measured)
    if told.curve:
        write_whole(predictions.with_suffix(".csv"), _csv(told.curve))
    records = (task.dump(row, answer) for row, answer in zip(test, answers, strict=True))
    write_whole(predictions, json_lines(records))


def _file(out: Path, task: str, seed: int, fold: int) -> Path:
    """The predictions of a cell; if the file exists, the cell is done."""
    return out / task / f"seed{seed}" / f"fold{fold}.jsonl"


def _record(
    name: str,
    system_class: SystemClass,
    options: Json,
    fold_options: Mapping[int, Options],
    corpus: Corpus,
    tasks: Sequence[str],
) -> Json:
    by_fold = {str(fold): dict(found) for fold, found in sorted(fold_options.items())}
    return {
        "system": name,
        "source": _source_digest(system_class),
        "options": options,
        **({"fold_options": by_fold} if by_fold else {}),
        "protocol": corpus.info.protocol.kind,
        "data": data_record(corpus, tasks),
        "versions": versions(),
    }


class _Told:
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


def _source_digest(system_class: SystemClass) -> str | None:
    """Compute a digest of a system's code, so that two versions never share a run.

    It covers all modules of the system's package, since the system may use any of them, or
    the file of a module outside a package.
    """
    try:
        path = inspect.getsourcefile(system_class)
    except TypeError:
        return None
    if not path:
        return None
    package = sys.modules.get(system_class.__module__.partition(".")[0])
    folders = [Path(folder) for folder in getattr(package, "__path__", ())]
    files = sorted(file for folder in folders for file in folder.rglob("*.py")) or [Path(path)]
    digest = hashlib.sha256()
    for file in files:
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()[:16]


def _check_run(out: Path, record: Json) -> None:
    """Check that ``out`` is empty or contains the same run."""
    path = out / RUN_FILE
    if not path.is_file():
        if out.is_dir() and not is_empty_directory(out):
            raise EventbenchError(f"{out}: is not empty and holds no run; choose another --out")
        return
    try:
        earlier = read_json_object(path)
        there = dict(earlier["data"]["fingerprints"])
    except (EventbenchError, KeyError, TypeError):
        raise EventbenchError(f"{path}: is not the record of a run; choose another --out") from None
    now = dict(record)
    # Tasks may be added to a run; those that it has must be from the same data.
    ours = record["data"]["fingerprints"]
    now["data"] = {**record["data"], "fingerprints": {**there, **ours}}
    then = {**earlier, "data": {**earlier["data"], "fingerprints": {**ours, **there}}}
    differing = [key for key in now if key != "versions" and then.get(key) != now[key]]
    if differing:
        key = differing[0]
        raise EventbenchError(
            f"{path}: holds another run: {key} is {earlier.get(key)!r}, now {record[key]!r}; "
            "choose another --out or delete it"
        )


def write_annotations_as_run(
    gold: Corpus, annotations: str | Path | None, name: str, out: Path
) -> None:
    """Write annotations of the same articles as a run, to be scored like a system.

    Annotators read the articles and learned nothing from the gold, so the score shows how
    well one reader reproduces the gold: a ceiling for systems.

    Args:
        gold: the corpus with the gold.
        annotations: a directory of ``.ann`` files of the same articles; the gold if None.
        name: name of the run.
        out: the directory to write.

    Raises:
        EventbenchError: if ``out`` exists or cannot be written.
    """
    if out.exists():
        raise EventbenchError(f"{out}: exists; choose another")
    tasks = tasks_for(gold)
    read = gold if annotations is None else with_annotations(gold, annotations)
    annotated = {d.id: d for d in read.documents}
    record = {
        "system": name,
        "protocol": "read by an annotator",
        "data": data_record(gold, tasks),
        "versions": versions(("eventbench",)),
    }
    with atomic_output(out) as new:
        write_json(new / RUN_FILE, record)
        for task in tasks.values():
            rows = Gold.of(task, gold).rows
            for number, fold in enumerate(gold.folds()):
                here = [row for row in rows if row[task.article_column] in fold["test"]]
                answers = (
                    task.annotators_answer(row, annotated[row[task.article_column]], gold.scheme)
                    for row in here
                )
                records = (task.dump(row, a) for row, a in zip(here, answers, strict=True))
                write_whole(_file(new, task.name, 0, number), json_lines(records))
