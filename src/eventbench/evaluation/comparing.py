"""Compare systems with a reference: do they differ, and by how much."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from eventbench.corpus.loading import Corpus, as_corpus
from eventbench.errors import EventbenchError
from eventbench.evaluation.runs import Predictions
from eventbench.evaluation.scoring import both_intervals, score_path
from eventbench.evaluation.several import also_learned, find_all, is_one, tasks_of_all
from eventbench.printing import Grid, Printable
from eventbench.scoring.comparison import ALPHA, Comparison, holm
from eventbench.scoring.comparison import compare as compare_statistics
from eventbench.scoring.figures import Bar, Panel, save_panels
from eventbench.scoring.intervals import (
    CONFIDENCE,
    NEW_DOCUMENTS,
    RESAMPLES,
    THESE_DOCUMENTS,
    Interval,
)
from eventbench.scoring.report import MeanSd, score_record
from eventbench.tables import Table
from eventbench.tasks.base import Gold
from eventbench.tasks.registry import DEFAULT, find_task
from eventbench.text import UNDEFINED, p_value, signed

DIFFERENCE_COLUMNS: dict[str, type] = {
    "reference": str, "system": str, "task": str, "article": str, "measure": str, "mean": float,
    "sd": float, "difference": float, "these_low": float, "these_high": float, "new_low": float,
    "new_high": float, "p_these": float, "p_new": float, "p_holm": float, "significant": bool,
}  # fmt: skip
"""Columns of a table with one difference a row, of all articles or of one: the system's mean and
deviation over seeds, the reference's mean minus the system's with the bounds of both intervals,
and p of both tests and of both together after Holm."""


@dataclass(frozen=True)
class ComparisonReport(Printable):
    """Comparisons of systems with a first one; prints as tables.

    Attributes:
        base: name of the first system.
        task: name of the task.
        measure: name of the score.
        scores: scores of all systems by name, the first one's first.
        comparisons: by name of the other system.
        adjusted: the larger p of both tests, adjusted for the number of comparisons (Holm).
        intervals: of each difference, the base's score minus the other's: on these documents
            and on new ones. They are not adjusted.
        articles: ids of the articles.
        signatures: signatures of the reports, that of the first system first.
    """

    base: str
    task: str
    measure: str
    scores: dict[str, MeanSd]
    comparisons: dict[str, Comparison]
    adjusted: dict[str, float]
    intervals: dict[str, dict[str, Interval]]
    articles: tuple[str, ...]
    signatures: tuple[dict[str, Any], ...]

    def __repr__(self) -> str:
        return f"ComparisonReport({self.base} against {', '.join(self.comparisons)})"

    def grids(self) -> list[Grid]:
        """Differences with intervals, the tests, and the difference on each article."""
        scores = [[self.base, str(self.scores[self.base]), "", "", "", "", ""]]
        scores += [
            [
                other,
                str(self.scores[other]),
                signed(found.difference),
                *(
                    _signed_bounds(self.intervals[other].get(name))
                    for name in (THESE_DOCUMENTS, NEW_DOCUMENTS)
                ),
                p_value(self.adjusted[other]),
                "yes" if self.differs(other) else "no",
            ]
            for other, found in self.comparisons.items()
        ]
        tests = [
            [other, *map(p_value, (found.p_these_documents, found.p_new_documents))]
            for other, found in self.comparisons.items()
        ]
        by_article = [
            [other, *map(signed, found.by_article)] for other, found in self.comparisons.items()
        ]
        columns = ["system", self.measure, "difference", "on these documents", "on new documents"]
        return [
            Grid([*columns, "p (Holm)", "differ"], scores, f"{self._title}: {self.measure}"),
            Grid(["p", "on these documents", "on new documents"], tests),
            Grid(["difference by article", *self.articles], by_article),
        ]

    @property
    def _title(self) -> str:
        return f"{find_task(self.task).title}, reference {self.base}"

    def remarks(self) -> list[str]:
        """What the columns mean, and what systems learned from."""
        note = next(iter(self.comparisons.values())).note
        return [_READING, note, *also_learned(zip(self.scores, self.signatures, strict=True))]

    def differs(self, other: str) -> bool:
        """True if the difference of the reference and another system is significant."""
        return self.adjusted[other] < ALPHA

    def to_table(self) -> Table:
        """The differences, one a row, with `DIFFERENCE_COLUMNS`."""
        return Table("differences", DIFFERENCE_COLUMNS, self.records())

    def records(self) -> list[dict[str, Any]]:
        """The rows of `to_table`: of all articles, then of each."""
        rows: list[dict[str, Any]] = []
        for other, found in self.comparisons.items():
            own = {"reference": self.base, "system": other, "task": self.task}
            tests = {
                "difference": found.difference,
                "p_these": found.p_these_documents,
                "p_new": found.p_new_documents,
                "p_holm": self.adjusted[other],
                "significant": self.differs(other),
            }
            score = score_record(self.measure, self.scores[other], self.intervals[other])
            rows.append({**own, **score, **tests})
            rows += [
                {**own, "measure": self.measure, "article": article, "difference": difference}
                for article, difference in zip(self.articles, found.by_article, strict=True)
            ]
        return rows

    def to_json(self) -> dict[str, Any]:
        """Return the comparisons as JSON values."""
        return {
            "base": self.base,
            "rounds": RESAMPLES,
            "comparisons": [
                {
                    "other": other,
                    **asdict(found),
                    "by_article": dict(zip(self.articles, found.by_article, strict=True)),
                    "holm": self.adjusted[other],
                    "intervals": {n: asdict(i) for n, i in self.intervals[other].items()},
                    "significant": self.differs(other),
                }
                for other, found in self.comparisons.items()
            ],
            "signatures": list(self.signatures),
        }


_READING = (
    "Scores are percentages: the mean over seeds ± standard deviation. A difference is the "
    f"reference's score minus the system's, with {100 * CONFIDENCE:g} % intervals. Systems differ "
    f"if p < {ALPHA:g}: the larger p of both tests, adjusted for the number of systems."
)


@dataclass(frozen=True)
class AblationTable(Printable):
    """Comparisons of systems with a reference in several tasks; prints as tables.

    Attributes:
        reference: name of the reference.
        reports: the comparisons by task; a task has those systems that have predictions of it.
        by_task: True if several tasks, or all, were asked for.
    """

    reference: str
    reports: Mapping[str, ComparisonReport]
    by_task: bool = False

    def __repr__(self) -> str:
        return f"AblationTable({self.reference}, {', '.join(self.reports)})"

    def grids(self) -> list[Grid]:
        """With several tasks, all differences together; then each task."""
        grids = [grid for report in self.reports.values() for grid in report.grids()]
        return [self._overview(), *grids] if len(self.reports) > 1 else grids

    def _overview(self) -> Grid:
        names = list(dict.fromkeys(n for r in self.reports.values() for n in r.comparisons))
        rows = [[self.reference, *(str(r.scores[self.reference]) for r in self.reports.values())]]
        stars: dict[int, list[str]] = {k: [""] for k in range(1, len(self.reports) + 1)}
        for name in names:
            cells = [name]
            for k, report in enumerate(self.reports.values(), 1):
                found = report.comparisons.get(name)
                cells.append(UNDEFINED if found is None else signed(found.difference))
                stars[k].append("*" if found is not None and report.differs(name) else "")
            rows.append(cells)
        title = (
            f"Reference {self.reference}: its scores, and by how much they exceed those of the "
            "others; * marks significant differences"
        )
        columns = ["system", *(find_task(task).title.lower() for task in self.reports)]
        return Grid(columns, rows, title, letters=stars)

    def remarks(self) -> list[str]:
        """Those of every comparison, once."""
        found = (remark for report in self.reports.values() for remark in report.remarks())
        return list(dict.fromkeys(found))

    def save_figure(self, path: str | Path) -> None:
        """Draw the differences with their intervals, a panel for each task.

        Args:
            path: the file to write: .pdf, .svg or .png. Equal differences give equal bytes.

        Raises:
            EventbenchError: if it has another ending, or cannot be written.
        """
        names = list(dict.fromkeys(n for r in self.reports.values() for n in r.comparisons))
        panels = [
            Panel(
                f"{find_task(task).title}: {self.reference} minus …",
                f"difference in {report.measure} (%)",
                [_bar(report, name) for name in names],
                differences=True,
            )
            for task, report in self.reports.items()
        ]
        save_panels(panels, names, Path(path))

    def to_table(self) -> Table:
        """The differences of all tasks, one a row, with `DIFFERENCE_COLUMNS`."""
        rows = [row for report in self.reports.values() for row in report.records()]
        return Table("differences", DIFFERENCE_COLUMNS, rows)

    def to_json(self) -> dict[str, Any]:
        """The comparison; if it is `by_task`, those of all tasks by name."""
        found = {task: report.to_json() for task, report in self.reports.items()}
        return found if self.by_task else next(iter(found.values()))


def _bar(report: ComparisonReport, name: str) -> Bar | None:
    found = report.comparisons.get(name)
    if found is None:
        return None
    mark = "*" if report.differs(name) else ""
    return Bar(name, found.difference, report.intervals[name], mark=mark)


def compare(
    base: str | Path,
    *others: str | Path,
    task: str = DEFAULT,
    corpus: Corpus | str | Path | None = None,
) -> ComparisonReport:
    """Test whether systems differ, each against the first.

    Args:
        base: predictions of the first system; see `score`.
        others: predictions of one or more other systems.
        task: the task that was predicted.
        corpus: the corpus, or an argument of `load_corpus`.

    Raises:
        EventbenchError: as for `score`; or if ``others`` is empty, or a system is given twice.
    """
    return ablation_table(base, *others, task=task, corpus=corpus).reports[task]


def ablation_table(
    reference: str | Path,
    *others: str | Path,
    task: Sequence[str] | str = DEFAULT,
    corpus: Corpus | str | Path | None = None,
) -> AblationTable:
    """Compare systems with a reference in one or more tasks.

    Args:
        reference: predictions of the reference; see `score_table`.
        others: predictions of one or more other systems.
        task: a task or several; "all": those that the reference and another system have.
        corpus: the corpus, or an argument of `load_corpus`.

    Raises:
        EventbenchError: as for `score_table`; or if ``others`` is empty.
    """
    if not others:
        raise EventbenchError("compare needs two systems or more")
    data = as_corpus(corpus)
    found = find_all([reference, *others], data)
    base, *rest = found
    reports = {}
    for name, having in tasks_of_all(found, task, data).items():
        some = [other for other in rest if other in having]
        if base in having and some:
            reports[name] = _compare(base, some, Gold.of(find_task(name), data))
    if not reports:
        raise EventbenchError(f"{base.name}: has no task that another system has too")
    return AblationTable(base.name, reports, not is_one(task))


def _compare(base: Predictions, others: Sequence[Predictions], gold: Gold) -> ComparisonReport:
    reports = {one.name: score_path(one.path, gold, intervals=False) for one in (base, *others)}
    first, *rest = (list(report.statistics.values()) for report in reports.values())
    measure = gold.task.measure
    found = [compare_statistics(first, other, measure) for other in rest]
    names = [other.name for other in others]
    adjusted = holm([comparison.p_value for comparison in found])
    return ComparisonReport(
        base.name,
        gold.task.name,
        measure.name,
        {name: report.score for name, report in reports.items()},
        dict(zip(names, found, strict=True)),
        dict(zip(names, adjusted, strict=True)),
        {
            name: both_intervals(first, measure, minus=other)
            for name, other in zip(names, rest, strict=True)
        },
        tuple(document.id for document in gold.documents),
        tuple(report.signature for report in reports.values()),
    )


def _signed_bounds(interval: Interval | None) -> str:
    if interval is None or not interval.varies:
        return UNDEFINED
    return f"{signed(interval.low)} to {signed(interval.high)}"
