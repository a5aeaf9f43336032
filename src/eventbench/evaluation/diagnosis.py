"""Where predictions are wrong: all wrong decisions of a task, over all seeds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eventbench.claims.grouping import ACTUAL, NEGATED
from eventbench.corpus.loading import Corpus
from eventbench.corpus.model import Document
from eventbench.errors import EventbenchError
from eventbench.evaluation.reading import Answers, read_predictions
from eventbench.evaluation.runs import find_predictions
from eventbench.evaluation.scoring import both_intervals, gold_of
from eventbench.scoring.decisions import (
    Choice,
    Confusion,
    Decision,
    Passage,
    choices_of,
    confusions_of,
    passages_of,
)
from eventbench.scoring.intervals import Interval
from eventbench.scoring.report import MeanSd, mean_over_seeds
from eventbench.scoring.statistics import COUNTS, Statistics, f1_of
from eventbench.tasks.base import Gold, Task
from eventbench.tasks.registry import DEFAULT

if TYPE_CHECKING:
    from eventbench.scoring.error_analysis import ErrorReport


@dataclass(frozen=True)
class Diagnosis:
    """Where predictions are wrong, over their seeds; prints as text.

    Attributes:
        gold: the gold rows, with the columns about other articles.
        statistics: by seed, the counts that scores are computed from.
        decisions: by seed, the decisions of the task.
        spans: by seed, the matched entities; empty for a task without spans.
    """

    gold: Gold
    statistics: Mapping[int, Statistics]
    decisions: Mapping[int, Sequence[Decision]]
    spans: Mapping[int, ErrorReport]

    @property
    def seeds(self) -> list[int]:
        return list(self.statistics)

    @property
    def lists_errors(self) -> bool:
        """False if the task does not list its decisions, so that no error is known."""
        return type(self.gold.task).decisions is not Task.decisions

    @cached_property
    def documents(self) -> dict[str, Document]:
        """All articles of the corpus by id."""
        return {document.id: document for document in self.gold.corpus.documents}

    @cached_property
    def confusions(self) -> tuple[Confusion, ...]:
        """What is confused with what, the most frequent first."""
        return confusions_of(self.decisions)

    @cached_property
    def choices(self) -> tuple[Choice, ...]:
        """Counts and scores of the values of questions with a fixed choice of answers."""
        return choices_of(self.decisions)

    @property
    def denials(self) -> Choice | None:
        """The question that separates denials from facts; None if no question does."""
        found = (c for c in self.choices if {NEGATED, ACTUAL} <= c.scores.keys())
        return next(found, None)

    def denials_as_facts(self) -> tuple[list[Confusion], list[Confusion]]:
        """Denials taken for facts, and facts taken for denials."""
        choice = self.denials
        question = choice.question if choice else None
        found = [c for c in self.confusions if c.question == question]
        return (
            [c for c in found if (c.gold, c.predicted) == (NEGATED, ACTUAL)],
            [c for c in found if (c.gold, c.predicted) == (ACTUAL, NEGATED)],
        )

    @property
    def score(self) -> MeanSd:
        """Mean and standard deviation of the main score over seeds."""
        measure = self.gold.task.measure
        found = (s.totals()[measure.table] for s in self.statistics.values())
        return mean_over_seeds([float(measure.compute(totals)) for totals in found])

    def passages(self, decision: Decision) -> list[Passage]:
        """The sentences of a decision, with its spans marked."""
        return passages_of(decision, self.documents)

    def intervals(self) -> dict[str, dict[str, Interval]]:
        """Compute both intervals of the main score and, if available, of F1 by name."""
        task, statistics = self.gold.task, list(self.statistics.values())
        found = {task.headline[1]: both_intervals(statistics, task.measure)}
        table = statistics[0].tables.get(task.section)
        if table is not None and table.kinds == COUNTS:
            for name in table.names:
                found[name] = both_intervals(statistics, f1_of(table, name, task.section))
        return found

    def __repr__(self) -> str:
        return f"Diagnosis({self.gold.task.name}, seeds {', '.join(map(str, self.seeds))})"

    def __str__(self) -> str:
        from eventbench.evaluation.error_text import error_text

        return error_text(self)

    def to_json(self) -> dict[str, Any]:
        """Return the errors as JSON values."""
        return {
            "task": self.gold.task.name,
            "seeds": self.seeds,
            "spans": {seed: report.to_json() for seed, report in self.spans.items()},
            "choices": {
                choice.question: {
                    "values": {value: asdict(score) for value, score in choice.scores.items()},
                    "matrix": {"names": choice.names, "counts": choice.matrix},
                }
                for choice in self.choices
            },
            "confusions": [
                {
                    "decision": found.question,
                    "gold": found.gold,
                    "predicted": found.predicted,
                    "times": found.times,
                    "cases": [
                        {
                            "article": case.decision.article,
                            "item": case.decision.item,
                            "seeds": case.seeds,
                            "sentences": [_json_of(p) for p in self.passages(case.decision)],
                        }
                        for case in found.cases
                    ],
                }
                for found in self.confusions
            ],
        }


def _json_of(passage: Passage) -> dict[str, Any]:
    return {
        "id": passage.id,
        "text": passage.text,
        "marks": [
            {"side": m.side, "label": m.label, "start": m.span.start, "end": m.span.end}
            for m in passage.marks
        ],
    }


def diagnose(
    predictions: str | Path,
    task: str = DEFAULT,
    *,
    seed: int | None = None,
    corpus: Corpus | str | Path | None = None,
    fold: int | None = None,
) -> Diagnosis:
    """Find where predictions are wrong.

    Args:
        predictions: predictions; see `score`.
        task: the task that was predicted.
        seed: this seed alone; all together if None.
        corpus: the corpus, or an argument of `load_corpus`.
        fold: the predictions are of the test articles of this fold alone.

    Raises:
        EventbenchError: as for `score`; or if the seed was not run.
    """
    gold = gold_of(corpus, task, with_seen=True, fold=fold)
    found = find_predictions(predictions, gold.corpus.id)
    answers = read_predictions(found.path, gold)
    if seed is not None:
        if seed not in answers:
            seeds = ", ".join(map(str, answers))
            raise EventbenchError(f"{found.name}: has no seed {seed}, but {seeds}")
        answers = {seed: answers[seed]}
    return diagnose_answers(answers, gold)


def diagnose_answers(answers: Answers, gold: Gold) -> Diagnosis:
    """Find the errors of answers that were already read.

    Args:
        answers: answers by seed and row id.
        gold: the gold rows, with the columns about other articles.
    """
    task = gold.task
    reports = {seed: task.diagnose(gold, found) for seed, found in answers.items()}
    return Diagnosis(
        gold,
        {seed: task.statistics(gold, found) for seed, found in answers.items()},
        {seed: tuple(task.decisions(gold, found)) for seed, found in answers.items()},
        {seed: report for seed, report in reports.items() if report is not None},
    )
