"""Score predictions of any task."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from eventbench import __version__
from eventbench.corpus.loading import Corpus, as_corpus
from eventbench.evaluation.reading import Answers, read_predictions
from eventbench.evaluation.runs import ALSO_TRAIN, also_trained, find_predictions
from eventbench.scoring.intervals import (
    NEW_DOCUMENTS,
    RESAMPLES,
    THESE_DOCUMENTS,
    Interval,
    bootstrap,
    jackknife,
)
from eventbench.scoring.report import Report
from eventbench.scoring.statistics import Measure, Statistics
from eventbench.tasks.base import Gold, Task
from eventbench.tasks.registry import DEFAULT, find_task


def gold_of(
    corpus: Corpus | str | Path | None,
    task: str | Task,
    *,
    with_seen: bool = False,
    fold: int | None = None,
) -> Gold:
    """Make the gold rows of a task.

    Args:
        corpus: a corpus, or an argument of `load_corpus`.
        task: the task or its name.
        with_seen: add the columns about other articles.
        fold: take the test articles of this fold alone.
    """
    found = as_corpus(corpus)
    return Gold.of(find_task(task), found, with_seen=with_seen, fold=fold)


def score(
    predictions: str | Path,
    task: str = DEFAULT,
    *,
    corpus: Corpus | str | Path | None = None,
    fold: int | None = None,
    intervals: bool = True,
    verify: bool = True,
) -> Report:
    """Read the predictions of a task and score them.

    Args:
        predictions: a run, an entry of the leaderboard (a path, or "SYSTEM/REVISION"), a
            directory of prediction files, or a file.
        task: the task that was predicted.
        corpus: the corpus, or an argument of `load_corpus`.
        fold: the predictions are of the test articles of this fold alone.
        intervals: compute both intervals.
        verify: check the figures with another program, if there is one for the task.

    Returns:
        The scores; ``print`` shows them as tables.

    Raises:
        EventbenchError: naming file and line, if the predictions do not fit the gold, or
            are a run made on other data, or of all folds where one is given.
    """
    gold = gold_of(corpus, task, fold=fold)
    path = find_predictions(predictions, gold.corpus.id).path
    return score_path(path, gold, intervals=intervals, verify=verify)


def score_path(
    predictions: Path, gold: Gold, *, intervals: bool = True, verify: bool = True
) -> Report:
    """Score the predictions of a path; see `score`.

    The signature says which other corpora a run or an entry learned from.
    """
    answers = read_predictions(predictions, gold)
    report = score_answers(answers, gold, intervals=intervals, verify=verify)
    others = also_trained(predictions)
    if not others:
        return report
    named = [f"{other['corpus']} {other['version']}" for other in others]
    return replace(report, signature={**report.signature, ALSO_TRAIN: named})


def score_answers(
    answers: Answers, gold: Gold, *, intervals: bool = True, verify: bool = True
) -> Report:
    """Score answers that were already read; see `score`.

    For each seed, counts are summed over all articles before scores are computed.
    """
    task = gold.task
    statistics = {seed: task.statistics(gold, found) for seed, found in answers.items()}
    sections = {seed: task.breakdown(s, s.totals()) for seed, s in statistics.items()}
    measure = task.measure
    checked = {task.verify(gold, answers[s], sections[s]) for s in answers} if verify else set()
    verified = checked.pop() if len(checked) == 1 else None
    found = list(statistics.values())
    return Report(
        title=task.title,
        right=task.right,
        measure=measure.name,
        scores={
            seed: float(measure.compute(s.totals()[measure.table]))
            for seed, s in statistics.items()
        },
        sections=sections,
        by_article={seed: _by_article(task, s, gold) for seed, s in statistics.items()},
        intervals=both_intervals(found, measure) if intervals else {},
        verified=verified,
        notes=tuple(_notes(gold, answers)),
        signature=_signature(gold, sorted(answers), intervals, verified),
        statistics=statistics,
    )


def _by_article(task: Task, statistics: Statistics, gold: Gold) -> dict[str, Any]:
    section, name = task.headline
    parts = (task.breakdown(statistics, totals) for totals in statistics.totals_by_article())
    return {
        document.id: part[section][name]
        for document, part in zip(gold.documents, parts, strict=True)
    }


def _notes(gold: Gold, answers: Answers) -> list[str]:
    remarks = {seed: gold.task.remarks(gold, found) for seed, found in answers.items()}
    several = len(remarks) > 1
    if several and len({tuple(found) for found in remarks.values()}) == 1:
        return next(iter(remarks.values()))
    return [
        f"seed {seed}: {remark}" if several else remark
        for seed, found in remarks.items()
        for remark in found
    ]


def _signature(
    gold: Gold, seeds: Sequence[int], intervals: bool, verified: str | None
) -> dict[str, Any]:
    package, _, version = (verified or "").partition(" ")
    signature = {
        "corpus": gold.corpus.id,
        "data": gold.corpus.version,
        "fingerprint": gold.fingerprint,
        "task": gold.task.name,
        "protocol": gold.corpus.info.protocol.kind,
        "fold": gold.fold,
        **gold.task.matching,
        "average": "pooled over articles, mean over seeds",
        "seeds": list(seeds),
        "resamples": RESAMPLES if intervals else None,
        "versions": {"eventbench": __version__, **({package: version} if verified else {})},
    }
    return {key: value for key, value in signature.items() if value is not None}


def both_intervals(
    statistics: Sequence[Statistics], measure: Measure, minus: Sequence[Statistics] = ()
) -> dict[str, Interval]:
    """The interval on these documents, and on new ones if there are two documents or more.

    With the statistics of another system (``minus``), of the difference of both.
    """
    found = {THESE_DOCUMENTS: bootstrap(statistics, measure, minus=minus)}
    if statistics[0].articles.max(initial=0) > 0:
        found[NEW_DOCUMENTS] = jackknife(statistics, measure, minus=minus)
    return found
