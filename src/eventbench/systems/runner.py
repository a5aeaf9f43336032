"""Run a system fold by fold and store its predictions.

Each worker takes one fold and seed at a time.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from eventbench.corpus.joining import extra_articles
from eventbench.corpus.loading import Corpus, as_corpora, as_corpus, with_annotations
from eventbench.corpus.model import Document
from eventbench.errors import EventbenchError
from eventbench.evaluation.runs import RUN_FILE, data_record, versions
from eventbench.io import Json, atomic_output, json_lines, write_json, write_whole
from eventbench.systems.cells import (
    Group,
    Job,
    OnProgress,
    check_run,
    given,
    predictions_file,
    run_group,
    shifted,
)
from eventbench.systems.options import Options
from eventbench.systems.protocol import (
    SystemClass,
    check_class,
    check_learns,
    check_seed,
    find_system,
    learns,
    source_digest,
    tasks_of,
)
from eventbench.systems.tracking import check_trackers
from eventbench.systems.workers import run_side_by_side
from eventbench.tasks.base import Gold
from eventbench.tasks.registry import DEFAULT, find_task, in_order, prepared, tasks_for

logger = logging.getLogger(__name__)


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
    also_train: Sequence[Corpus | str | Path] = (),
    out: str | Path | None = None,
    task: str | Sequence[str] = DEFAULT,
    seeds: Sequence[int] = (0,),
    folds: Sequence[int] | None = None,
    workers: int | None = None,
    options: Options | None = None,
    fold_options: Mapping[int, Options] | None = None,
    track: Sequence[str] = (),
    progress: OnProgress = lambda label, fraction: None,
) -> Run:
    """Run a system under the corpus's protocol and store its predictions.

    Stored cells are not run again, so an interrupted run continues where it stopped. Under
    ``torchrun`` or ``accelerate`` every process runs it, but only the first one writes.

    Args:
        system: an installed system or "module:Class".
        corpus: the corpus, or an argument of `load_corpus`.
        also_train: more corpora, whose articles join the training articles of every fold.
        out: the directory of the run; ``runs/<system>`` if None.
        task: a task, several tasks, or "all" that the system does and the corpus has.
        seeds: each seed gives a full set of predictions; repeated ones count once.
        folds: the folds to run, repeated ones once; all if None.
        workers: number of processes that run folds and seeds side by side, with one thread
            each; any number gives the same bytes. None: in turn in this process, all threads.
        options: options of the system.
        fold_options: options that differ, by fold, as in nested selection.
        track: trackers that log what the system measures: "tensorboard", "wandb", "mlflow".
        progress: called with the label of the current cell and the fraction done.

    Raises:
        EventbenchError: if ``out`` contains another run, the class is not a `System` or does
            not do a task, an option, seed or fold is out of range, its predictions do not fit
            the rows, test or training articles are missing, or a tracker cannot be used.
    """
    data, others = as_corpus(corpus), as_corpora(also_train)
    extra = extra_articles(data, [prepared(other) for other in others])
    job = _job(system, data, others, extra, out, task, options, fold_options, track)
    seeds, chosen = _chosen_seeds(seeds), _chosen_folds(job, data, folds)
    check_run(job.out, job.record)
    check_learns(find_system(system), job.tasks, data, extra)
    groups = _left_to_run(job, seeds, chosen)
    cells = len(seeds) * len(chosen) * len(job.tasks)
    stored = cells - sum(len(group.tasks) for group in groups)
    logger.info("%s: %d of %d cells are stored already", system, stored, cells)

    def report(label: str, done: float) -> None:
        progress(label, (stored + done) / cells)

    if workers is None:
        _run_in_turn(job, groups, data, extra, report)
    elif groups:
        run_side_by_side(job, groups, data, extra, workers, report)
    progress(system, 1.0)
    return Run(job.out, cells, stored)


def _run_in_turn(
    job: Job,
    groups: Sequence[Group],
    corpus: Corpus,
    extra: Sequence[Document],
    report: OnProgress,
) -> None:
    """Run groups of cells one after another in this process."""
    done = 0
    for group in groups:
        run_group(job, group, given(corpus, group, extra), shifted(report, done))
        done += len(group.tasks)


def _job(
    system: str,
    corpus: Corpus,
    others: Sequence[Corpus],
    extra: Sequence[Document],
    out: str | Path | None,
    task: str | Sequence[str],
    options: Options | None,
    fold_options: Mapping[int, Options] | None,
    track: Sequence[str],
) -> Job:
    check_trackers(track)
    corpus.check_tested()
    options, fold_options = dict(options or {}), dict(fold_options or {})
    system_class = find_system(system)
    named = [task] if isinstance(task, str) else list(task)
    if "all" in named:
        tasks = [name for name in tasks_of(system_class) if name in tasks_for(corpus)]
        tasks = [name for name in tasks if learns(system_class, name, corpus, extra)] or tasks
    else:
        tasks = in_order([find_task(name).name for name in named])
    if not tasks:
        raise EventbenchError("no task to run: expected one or more")
    path = Path(out) if out is not None else Path("runs") / system.rpartition(":")[2]
    data = data_record(corpus, tasks, others)
    record = _record(system, system_class, options, fold_options, corpus.info.protocol.kind, data)
    return Job(system, tuple(tasks), options, fold_options, path, record, tuple(track))


def _chosen_seeds(seeds: Sequence[int]) -> list[int]:
    """Return the seeds to run, each once."""
    chosen = list(dict.fromkeys(seeds))
    if not chosen:
        raise EventbenchError("no seed to run: expected one or more")
    for seed in chosen:
        check_seed(seed)
    return chosen


def _chosen_folds(job: Job, corpus: Corpus, folds: Sequence[int] | None) -> list[int]:
    """Return the folds to run, each once; all if None.

    Raises:
        EventbenchError: if a fold is out of range, or the system cannot be created for one.
    """
    known = range(len(corpus.folds()))
    chosen = list(dict.fromkeys(known if folds is None else folds))
    if not chosen:
        raise EventbenchError("no fold to run: expected one or more")
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
        Group(s, k, tuple(t for t in job.tasks if not predictions_file(job.out, t, s, k).is_file()))
        for s in seeds
        for k in folds
    ]
    return [group for group in groups if group.tasks]


def _record(
    name: str,
    system_class: SystemClass,
    options: Json,
    fold_options: Mapping[int, Options],
    protocol: str,
    data: Json,
) -> Json:
    by_fold = {str(fold): dict(found) for fold, found in sorted(fold_options.items())}
    return {
        "system": name,
        "source": source_digest(system_class),
        "options": options,
        **({"fold_options": by_fold} if by_fold else {}),
        "protocol": protocol,
        "data": data,
        "versions": versions(),
    }


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
    gold = prepared(gold)
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
                write_whole(predictions_file(new, task.name, 0, number), json_lines(records))
