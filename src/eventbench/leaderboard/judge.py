"""Compute what ``result.json`` says of an entry, and what speaks of leakage in it.

**Leakage.** Where the gold differs from both annotation passes, its decision was made
later, and nobody who only knows the guidelines and the articles can be expected to hit
all of them. The score of the better pass, taken as predictions, is the ceiling of each
task. A system that reaches it with one of its seeds, or has an article of `FEW` or more
decisions without an error, has most likely seen the gold, and must say in its
``explanation`` how else that comes about. Where both passes have errors, no explanation
is accepted for predictions without any: they equal the gold in what no annotator chose.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from eventbench.corpus.loading import Corpus, with_annotations
from eventbench.evaluation.reading import Answers, read_predictions
from eventbench.evaluation.scoring import score_answers
from eventbench.leaderboard.entry import SEEN, Data, Entry, Result, TaskResult
from eventbench.leaderboard.info import CEILING, INFO_FILE
from eventbench.scoring.statistics import Statistics
from eventbench.tasks.base import Answer, Gold
from eventbench.tasks.registry import find_task

Lines = dict[int, dict[int, bytes]]
"""The files of a task: by seed and fold, the lines that are stored."""

PASSES = Path("annotations/passes")
FEW = 20
"""In fewer decisions than this, having none wrong says nothing."""
DECIMALS = 10
"""Of stored numbers: other machines and libraries may give other last bits."""
EXPLAIN = f"if nothing leaked, say in {INFO_FILE} how that comes about (explanation = …)"


class Judge:
    """A corpus, and what is computed of it only once, however many entries are scored."""

    def __init__(self, corpus: Corpus) -> None:
        self.corpus = corpus
        self._gold: dict[str, Gold] = {}
        self._ceilings: dict[str, float] = {}

    def gold(self, task: str) -> Gold:
        """The gold of a task, with what of it occurs in other articles."""
        if task not in self._gold:
            self._gold[task] = Gold.of(find_task(task), self.corpus, with_seen=True)
        return self._gold[task]

    def data(self, tasks: Iterator[str] | list[str]) -> Data:
        """What an entry records of the data that it was scored against."""
        fingerprints = {task: self.gold(task).fingerprint for task in tasks}
        return Data(self.corpus.id, self.corpus.version, fingerprints)

    def ceiling(self, task: str) -> float:
        """The score of the better annotation pass in a task; 1 where there are no passes."""
        if task not in self._ceilings:
            folder = self.corpus.root / PASSES
            passes = sorted(folder.iterdir()) if folder.is_dir() else []
            scores = [self._pass_score(path, self.gold(task)) for path in passes]
            self._ceilings[task] = max(scores, default=1.0)
        return self._ceilings[task]

    def _pass_score(self, annotations: Path, gold: Gold) -> float:
        documents = {d.id: d for d in with_annotations(self.corpus, annotations).documents}
        task = gold.task
        answers: dict[str, Answer] = {
            row["id"]: task.annotators_answer(row, documents[gold.article_of(row)], gold.scheme)
            for row in gold.rows
        }
        totals = task.statistics(gold, answers).totals()
        return float(task.measure.compute(totals[task.measure.table]))

    def read(self, predictions: Path, task: str) -> Answers:
        """The predictions of a task.

        Raises:
            EventbenchError: naming file and line, if they do not fit the gold.
        """
        return read_predictions(predictions, self.gold(task))

    def lines(self, answers: Answers, task: str) -> Lines:
        """Predictions in the one form in which they are stored: equal ones have equal bytes.

        The rows of the test articles of a fold, in the order of the gold.
        """
        gold = self.gold(task)
        folds = [set(fold["test"]) for fold in self.corpus.folds()]
        return {
            seed: {
                number: b"".join(
                    _line(gold.task.dump(row, found[row["id"]]))
                    for row in gold.rows
                    if gold.article_of(row) in articles
                )
                for number, articles in enumerate(folds)
            }
            for seed, found in answers.items()
        }

    def score(self, answers: Answers, task: str, *, verify: bool = False) -> TaskResult:
        """What ``result.json`` says of a task."""
        gold = self.gold(task)
        report = score_answers(answers, gold, verify=verify)
        table = gold.task.measure.table
        return TaskResult(
            # Not the version of the data: a task ages when what it reads changes.
            signature={k: v for k, v in report.signature.items() if k not in ("data", "versions")},
            score=report.score,
            intervals=report.intervals,
            scores=report.scores,
            sections=report.sections,
            by_article=report.by_article,
            statistics={
                seed: _sums(statistics, table, gold)
                for seed, statistics in report.statistics.items()
            },
            seen={seed: s for seed, found in answers.items() if (s := _seen(gold, found))},
        )

    def doubts(self, entry: Entry) -> Iterator[str]:
        """What in an entry's scores speaks of leakage and is not, or cannot be, explained."""
        if entry.info.kind == CEILING:
            return
        for task, found in entry.result.tasks.items():
            for seed in found.seeds:
                yield from self._doubts(entry, task, found, seed)

    def _doubts(self, entry: Entry, task: str, found: TaskResult, seed: int) -> Iterator[str]:
        place, score, ceiling = f"{task} of seed {seed}", found.scores[seed], self.ceiling(task)
        if score == 1.0 > ceiling:
            yield (
                f"{place}: equals the gold in everything, also where no annotation "
                "pass does: only leakage explains that"
            )
            return
        if entry.info.explanation:
            return
        # Both are computed from the same counts, but not by the same sums.
        if score >= ceiling - 1e-9:
            yield (
                f"{place}: scores {score:.4f}, as high as the better annotation pass "
                f"({ceiling:.4f}); {EXPLAIN}"
            )
        for article, at in found.by_article[seed].items():
            if at.f1 == 1.0 and at.support >= FEW and score < 1.0:
                yield (
                    f"{place}: all {at.support} decisions of article {article} are right; {EXPLAIN}"
                )


def _sums(
    statistics: Statistics, table: str, gold: Gold
) -> dict[str, dict[str, tuple[float, ...]]]:
    """The sums of a table by article and name; rows of zeros are left out."""
    names = statistics.tables[table].names
    return {
        document.id: {
            name: tuple(row.tolist()) for name, row in zip(names, sums, strict=True) if row.any()
        }
        for document, sums in zip(gold.documents, statistics.by_article(table), strict=True)
    }


def _seen(gold: Gold, answers: Mapping[str, Answer]) -> dict[str, tuple[int, int]]:
    report = gold.task.diagnose(gold, answers)
    if report is None:
        return {}
    parts = report.parts()
    found = (*parts["seen"].values(), *parts["near-duplicate"].values())
    return {name: (part.right, part.gold) for name, part in zip(SEEN, found, strict=True)}


def _line(record: Mapping[str, Any]) -> bytes:
    text = json.dumps(record, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8") + b"\n"


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, DECIMALS)
    if isinstance(value, dict):
        return {key: _rounded(found) for key, found in value.items()}
    if isinstance(value, list):
        return [_rounded(found) for found in value]
    return value


def stored(result: Result) -> Result:
    """A result as it is read back from its file."""
    import msgspec

    values = _rounded(msgspec.to_builtins(result, str_keys=True))
    return msgspec.json.decode(json.dumps(values), type=Result)
