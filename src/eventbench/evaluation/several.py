"""Score several systems in one table, with letters for those that do not differ."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from eventbench.corpus.loading import Corpus, as_corpus
from eventbench.errors import EventbenchError
from eventbench.evaluation.runs import (
    ALSO_TRAIN,
    ENTRY_PREDICTIONS,
    Predictions,
    find_predictions,
    is_entry,
    tasks_in,
)
from eventbench.evaluation.scoring import score_path
from eventbench.printing import Grid, Printable
from eventbench.scoring.comparison import ALPHA, told_apart
from eventbench.scoring.counts import Floats
from eventbench.scoring.figures import Bar, Panel, save_panels
from eventbench.scoring.intervals import CONFIDENCE, NEW_DOCUMENTS, THESE_DOCUMENTS, Interval
from eventbench.scoring.letters import letter_names, letters
from eventbench.scoring.report import (
    NOTHING,
    SCORE_COLUMNS,
    Report,
    mean_over_seeds,
    signature_line,
)
from eventbench.scoring.statistics import AVERAGES, Measure
from eventbench.tables import Table
from eventbench.tasks.base import Gold
from eventbench.tasks.registry import DEFAULT, find_task, in_order, tasks_for
from eventbench.text import UNDEFINED, percent

ALL = "all"
"""Stands for every task that one of the systems has."""


@dataclass(frozen=True)
class ScoreTable(Printable):
    """The scores of systems in tasks; prints as one table, of one system and task in full.

    Attributes:
        systems: names of the systems.
        reports: by task, then by name of the system; a system without predictions of a task is
            not there.
        letters: likewise. Systems that share a letter do not differ significantly in the task; a
            is the best. Empty for one system, or where there are not enough articles to tell.
        by_task: True if several tasks, or all, were asked for.
    """

    systems: tuple[str, ...]
    reports: Mapping[str, Mapping[str, Report]]
    letters: Mapping[str, Mapping[str, str]]
    by_task: bool = False

    def __repr__(self) -> str:
        return f"ScoreTable({', '.join(self.systems)}: {', '.join(self.reports)})"

    def __str__(self) -> str:
        only = self._only
        return super().__str__() if only is None else f"{only[0]}: {only[1]}"

    @property
    def _only(self) -> tuple[str, Report] | None:
        """The system and its report, if there is only one report."""
        found = [pair for reports in self.reports.values() for pair in reports.items()]
        return found[0] if len(found) == 1 else None

    def grids(self) -> list[Grid]:
        """Systems by tasks; with one task, the scores with intervals and F1 by name."""
        if self._only is not None:
            return self._only[1].grids()
        if len(self.reports) > 1:
            rows = [
                [system, *(_shown(reports.get(system)) for reports in self.reports.values())]
                for system in self.systems
            ]
            columns = ["system", *(find_task(task).title.lower() for task in self.reports)]
            marks = {k: self._letters(task) for k, task in enumerate(self.reports, 1)}
            return [Grid(columns, rows, letters={k: m for k, m in marks.items() if any(m)})]
        ((task, reports),) = self.reports.items()
        return [self._scores(task, reports), *_parts(task, reports)]

    def _scores(self, task: str, reports: Mapping[str, Report]) -> Grid:
        first = next(iter(reports.values()))
        names = [name for name in (THESE_DOCUMENTS, NEW_DOCUMENTS) if name in first.intervals]
        rows = [
            [name, str(report.score), *(_bounds(report.intervals[k]) for k in names)]
            for name, report in reports.items()
        ]
        heads = {THESE_DOCUMENTS: "on these documents", NEW_DOCUMENTS: "on new documents"}
        marks = self._letters(task)
        return Grid(
            ["system", first.measure, *(heads[name] for name in names)],
            rows,
            f"{first.title}. {first.right}",
            letters={1: marks} if any(marks) else {},
        )

    def _letters(self, task: str) -> list[str]:
        return [self.letters.get(task, {}).get(system, "") for system in self.systems]

    def remarks(self) -> list[str]:
        """What the numbers and letters mean, remarks on predictions, and the signature."""
        if self._only is not None:
            return self._only[1].remarks()
        every = [(s, r) for reports in self.reports.values() for s, r in reports.items()]
        found = [_READING]
        if any(self.letters.values()):
            found.append(_LETTERS)
        if len(self.reports) > 1:
            measures = {report.title.lower(): report.measure for _, report in every}
            found.append("; ".join(f"{task}: {measure}" for task, measure in measures.items()))
        elif every[0][1].intervals:
            found.append(f"Intervals are of {100 * CONFIDENCE:g} %.")
        found += also_learned([(system, report.signature) for system, report in every])
        found += [f"{s}, {r.title.lower()}: {note}" for s, r in every for note in r.notes]
        shared = every[0][1].signature
        shared = {
            key: value
            for key, value in shared.items()
            if all(report.signature.get(key) == value for _, report in every)
        }
        return [*dict.fromkeys(found), signature_line(shared)]

    def save_figure(self, path: str | Path) -> None:
        """Draw the scores with their intervals and letters, a panel for each task.

        Args:
            path: the file to write: .pdf, .svg or .png. Equal scores give equal bytes.

        Raises:
            EventbenchError: if it has another ending, or cannot be written.
        """
        panels = [
            Panel(
                find_task(task).title,
                f"{next(iter(reports.values())).measure} (%)",
                [self._bar(task, reports.get(system), system) for system in self.systems],
            )
            for task, reports in self.reports.items()
        ]
        save_panels(panels, self.systems, Path(path))

    def _bar(self, task: str, report: Report | None, system: str) -> Bar | None:
        if report is None:
            return None
        seeds = tuple(report.scores.values())
        mark = self.letters.get(task, {}).get(system, "")
        return Bar(system, report.score.mean, report.intervals, seeds, mark)

    def to_table(self) -> Table:
        """All scores, one a row, with `SCORE_COLUMNS`."""
        if self._only is not None:
            return self._only[1].to_table()
        rows = []
        for task, reports in self.reports.items():
            for system, report in reports.items():
                main, *parts = report.records()
                main["letters"] = self.letters.get(task, {}).get(system, "")
                rows += [{"system": system, **row} for row in (main, *parts)]
        return Table("scores", SCORE_COLUMNS, rows)

    def to_json(self) -> dict[str, Any]:
        """The reports by name of the system, and then, if it is `by_task`, by task."""
        found: dict[str, Any] = {}
        for system in self.systems:
            by_task = {
                task: {**reports[system].to_json(), **self._json_letters(task, system)}
                for task, reports in self.reports.items()
                if system in reports
            }
            found[system] = by_task if self.by_task else next(iter(by_task.values()))
        return found

    def _json_letters(self, task: str, system: str) -> dict[str, str]:
        own = self.letters.get(task, {})
        return {"letters": own[system]} if system in own else {}


def also_learned(signatures: Iterable[tuple[str, Mapping[str, Any]]]) -> list[str]:
    """Say which systems learned from which other corpora, by the signatures of their scores."""
    by_corpora: dict[str, dict[str, None]] = {}
    for system, signature in signatures:
        if ALSO_TRAIN in signature:
            by_corpora.setdefault(", ".join(signature[ALSO_TRAIN]), {})[system] = None
    return [f"Also learned from {others}: {', '.join(s)}." for others, s in by_corpora.items()]


_READING = "Scores are percentages: the mean over seeds ± standard deviation."
_LETTERS = (
    "Systems that share a letter do not differ significantly: all pairs of systems are tested on "
    f"new documents (Holm, p < {ALPHA:g}) and on these."
)


def _shown(report: Report | None) -> str:
    return UNDEFINED if report is None else str(report.score)


def _bounds(interval: Interval) -> str:
    if not interval.varies:
        return UNDEFINED
    return f"{percent(interval.low)} to {percent(interval.high)}"


def _parts(task: str, reports: Mapping[str, Report]) -> list[Grid]:
    """F1 by name of the task's section (types, roles, measures)."""
    section = find_task(task).section
    columns = {name: report.section(section) for name, report in reports.items()}
    names = sorted({key for found in columns.values() for key in found} - {*AVERAGES})
    if not names:
        return []
    body = [
        [
            name,
            *(str(mean_over_seeds([s.f1 for s in found.get(key, [NOTHING])])) for key in names),
        ]
        for name, found in columns.items()
    ]
    return [Grid([f"F1 by {section}", *names], body)]


def score_table(
    *predictions: str | Path,
    task: Sequence[str] | str = DEFAULT,
    corpus: Corpus | str | Path | None = None,
    fold: int | None = None,
    intervals: bool = True,
    verify: bool = True,
) -> ScoreTable:
    """Score systems side by side, with letters for those that do not differ significantly.

    Args:
        predictions: what `score` takes, one of each system; with "NAME=" before it, results call
            the system so.
        task: a task or several; "all": every task that one of the systems has.
        corpus: the corpus, or an argument of `load_corpus`.
        fold: the predictions are of the test articles of this fold alone.
        intervals: compute both intervals.
        verify: check the figures with another program, if there is one for the task.

    Returns:
        The scores; ``print`` shows them as a table, ``to_latex()`` makes one for a paper.

    Raises:
        EventbenchError: as for `score`; or if none or two systems of one name are given.
    """
    data = as_corpus(corpus)
    found = find_all(predictions, data)
    reports, marks = {}, {}
    for name, having in tasks_of_all(found, task, data).items():
        gold = Gold.of(find_task(name), data, fold=fold)
        reports[name] = {
            one.name: score_path(one.path, gold, intervals=intervals, verify=verify)
            for one in found
            if one in having
        }
        marks[name] = letters_of(reports[name], gold)
    return ScoreTable(tuple(one.name for one in found), reports, marks, not is_one(task))


def find_all(given: Sequence[str | Path], corpus: Corpus) -> list[Predictions]:
    """Find the predictions of several systems; see `find_predictions`.

    Raises:
        EventbenchError: if one is missing, or two have one name.
    """
    found: dict[str, Predictions] = {}
    for one in given:
        predictions = find_predictions(one, corpus.id)
        if predictions.name in found:
            raise EventbenchError(f"{predictions.name}: is given twice")
        found[predictions.name] = predictions
    if not found:
        raise EventbenchError("no predictions are given, expected those of one system or more")
    return list(found.values())


def tasks_of_all(
    found: Sequence[Predictions], tasks: Sequence[str] | str, corpus: Corpus
) -> dict[str, Collection[Predictions]]:
    """The tasks to score, in display order, each with the systems that have it.

    Args:
        found: the systems.
        tasks: names of tasks, which all systems must have; or "all".
        corpus: the corpus.

    Raises:
        EventbenchError: if "all" is asked of a file, which does not say what it predicts, or of
            a system without tasks of the corpus; or if no task is given.
    """
    if is_one(tasks):
        return {str(tasks): found}
    if not tasks:
        raise EventbenchError("no task is given, expected one or more")
    if ALL not in tasks:
        return dict.fromkeys(in_order(tasks), found)
    known = tasks_for(corpus)
    having: dict[str, list[Predictions]] = {}
    for one in found:
        root = one.path / ENTRY_PREDICTIONS if is_entry(one.path) else one.path
        own = tasks_in(root) if root.is_dir() else []
        if not own:
            raise EventbenchError(f"{one.path}: has no folders of tasks: name its --task")
        if not set(own) & set(known):
            expected = f"{corpus.id} has {', '.join(known)}"
            raise EventbenchError(f"{one.path}: has only {', '.join(own)}, {expected}")
        for task in own:
            having.setdefault(task, []).append(one)
    return {task: having[task] for task in known if task in having}


def is_one(task: Sequence[str] | str) -> bool:
    """True for the name of a task; False for a list of tasks, and for "all"."""
    return isinstance(task, str) and task != ALL


def letters_of(reports: Mapping[str, Report], gold: Gold) -> dict[str, str]:
    """The letters of systems, which they share unless they differ significantly.

    The tests are those of the leaderboard (`told_apart`).

    Args:
        reports: reports on one task, by name of the system.
        gold: its gold.

    Returns:
        Letters by name; empty for one system, or with fewer than two articles.
    """
    if len(reports) < 2 or len(gold.documents) < 2:
        return {}
    measure = gold.task.measure
    best_first = sorted(reports, key=lambda name: -reports[name].score.mean)
    statistics = [list(reports[name].statistics.values()) for name in best_first]
    apart = told_apart(statistics, measure, lambda k: _by_unit(reports[best_first[k]], measure))
    found = dict(zip(best_first, letters(len(best_first), apart), strict=True))
    return {name: letter_names(found[name]) for name in reports}


def _by_unit(report: Report, measure: Measure) -> Floats:
    """The measure's table, averaged over seeds; shape (units, names, kinds)."""
    tables = [found.tables[measure.table].values for found in report.statistics.values()]
    mean: Floats = np.stack(tables).mean(axis=0)
    return mean
