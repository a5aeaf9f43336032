"""Compute the ``result.json`` of an entry, and look for signs of leakage in its scores.

**Leakage.** Where the gold differs from both annotation passes, its decision was made
later, and nobody who only knows the guidelines and the articles can be expected to hit
all of them. The score of the better pass, taken as predictions, is the ceiling of each
task, unless passes answer it only in part (`Task.passes_are_partial`). A system that
reaches the ceiling with one of its seeds, or has an article of `FEW` or more decisions without
an error, has most likely seen the gold, and must give another reason in its ``explanation``.
So must a system that is far above the best of the others, overall or in one class, or whose
predictions are nearly those of another one. Where both passes have errors,
no explanation is accepted for predictions without any: they equal the gold even where no
annotator does.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from eventbench.corpus.joining import repeated_article
from eventbench.corpus.loading import Corpus, available_corpora, load_corpus, with_annotations
from eventbench.corpus.model import Document
from eventbench.evaluation.reading import Answers, read_predictions
from eventbench.evaluation.scoring import score_answers
from eventbench.leaderboard.entry import SEEN, Data, Entry, Result, TaskResult
from eventbench.leaderboard.files import PREDICTIONS
from eventbench.leaderboard.info import CEILING, INFO_FILE, NO_TRAINING, SYSTEM, Info
from eventbench.scoring.statistics import COUNTS, Statistics
from eventbench.tasks.base import Answer, Gold, Row, Task
from eventbench.tasks.registry import TASKS, find_task, tasks_for
from eventbench.text import percent

Said = Counter[Any]
"""The parts of predictions that scores read (`Task.said`), each with the id of its row."""

Lines = dict[int, dict[int, bytes]]
"""The stored lines of a task by seed and fold."""

PASSES = Path("annotations/passes")
FEW = 20
"""Least number of decisions of which it is suspicious to have none wrong."""
DECIMALS = 10
"""Decimals of stored numbers; other machines and libraries may give other last bits."""
ENOUGH = 3
FAR, FAR_IN_CLASS = 0.5, 0.75
"""See `far_above`."""
SAME = 0.98
"""Share of equal predictions from which two systems are too alike; of edition 1, the most alike
two share 95.5 %."""
EXPLAIN = f"if nothing leaked, give the reason in {INFO_FILE} (explanation = …)"


class Judge:
    """A corpus with its gold, passes and ceilings, each computed once for all entries."""

    def __init__(self, corpus: Corpus) -> None:
        self.corpus = corpus
        self._gold: dict[str, Gold] = {}
        self._passes: dict[str, Mapping[str, dict[str, Answer]]] = {}
        self._ceilings: dict[str, float] = {}
        self._digests: dict[tuple[Path, str], dict[int, str]] = {}
        self._repeated: dict[str, tuple[str, str] | None] = {}

    @cached_property
    def tasks(self) -> dict[str, Task]:
        """The tasks that apply to the corpus by name, in display order."""
        return tasks_for(self.corpus)

    def gold(self, task: str) -> Gold:
        """The gold of a task, with the columns about other articles."""
        if task not in self._gold:
            self._gold[task] = Gold.of(find_task(task), self.corpus, with_seen=True)
        return self._gold[task]

    def data(self, tasks: Iterable[str]) -> Data:
        """The record of the data that tasks of an entry are scored against."""
        fingerprints = {task: self.gold(task).fingerprint for task in tasks}
        return Data(self.corpus.id, self.corpus.version, fingerprints)

    def ceiling(self, task: str) -> float:
        """The score of the better annotation pass in a task; 1 where there are no passes."""
        if task not in self._ceilings:
            scores = [self._score(found, task) for found in self.passes(task).values()]
            self._ceilings[task] = max(scores, default=1.0)
        return self._ceilings[task]

    def passes(self, task: str) -> Mapping[str, dict[str, Answer]]:
        """The answers of each annotation pass of the corpus to the rows of a task, by its name."""
        if task not in self._passes:
            gold, found = self.gold(task), {}
            for name, documents in self._annotated.items():
                found[name] = {
                    row["id"]: _as_read(gold, row, documents[gold.article_of(row)])
                    for row in gold.rows
                }
            self._passes[task] = found
        return self._passes[task]

    @cached_property
    def _annotated(self) -> dict[str, dict[str, Document]]:
        """The articles with the annotations of each pass, by its name."""
        folder = self.corpus.root / PASSES
        return {
            path.name: {d.id: d for d in with_annotations(self.corpus, path).documents}
            for path in (sorted(folder.iterdir()) if folder.is_dir() else [])
        }

    def _score(self, answers: Mapping[str, Answer], task: str) -> float:
        gold = self.gold(task)
        totals = gold.task.statistics(gold, answers).totals()
        return float(gold.task.measure.compute(totals[gold.task.measure.table]))

    def read(self, predictions: Path, task: str) -> Answers:
        """Read the predictions of a task.

        Raises:
            EventbenchError: naming file and line, if they do not fit the gold.
        """
        return read_predictions(predictions, self.gold(task))

    def lines(self, answers: Answers, task: str) -> Lines:
        """Format predictions as they are stored; equal predictions have equal bytes.

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
        """Compute the part of ``result.json`` about a task."""
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

    def doubts(
        self, entry: Entry, answers: Mapping[str, Answers], others: Sequence[Entry]
    ) -> Iterator[str]:
        """Describe what makes an entry doubtful and is not, or cannot be, explained.

        Args:
            entry: the entry.
            answers: its predictions by task.
            others: the other entries of the corpus, assumed to be honest.
        """
        if entry.info.kind == CEILING:
            yield from self._unlike_passes(entry)
            return
        info = entry.info
        if not (self.corpus.training_articles or info.also_train or info.protocol == NO_TRAINING):
            problem = f"corpus {self.corpus.id!r} has no articles to learn from"
            yield f"{problem}: expected also_train in {INFO_FILE}, or protocol = {NO_TRAINING!r}"
        for name in info.also_train:
            if repeated := self._repeated_by(name):
                yield f"also_train in {INFO_FILE} has {name!r}, which {repeated}"
        said = {task: self._said(found, task) for task, found in answers.items()}
        yield from determinism(entry.info, said)
        rivals = [other for other in others if other.owner != entry.owner]
        if not entry.info.explanation:
            for task in answers:
                current = [r for r in rivals if r.is_of(self.gold(task))]
                limit = 1.0 if find_task(task).passes_are_partial else self.ceiling(task)
                yield from far_above(entry, task, current, limit)
                yield from self._repeats(task, said[task], entry, current)
        for task, found in entry.result.tasks.items():
            for seed in found.seeds:
                yield from self._doubts(entry, task, found, seed)

    def _repeated_by(self, name: str) -> str | None:
        """Say how a corpus has articles that are tested; None for one that is not bundled."""
        if name == self.corpus.id:
            return "is the tested corpus"
        if name not in self._repeated:
            known = available_corpora()
            self._repeated[name] = (
                repeated_article(self.corpus, load_corpus(known[name])) if name in known else None
            )
        pair = self._repeated[name]
        return pair and f"repeats article {pair[0]} of {self.corpus.id!r} as its {pair[1]}"

    def _said(self, answers: Answers, task: str) -> dict[int, Said]:
        """By seed, the parts of all answers to a task that scores read."""
        gold = self.gold(task)
        return {
            seed: Counter(
                (row["id"], item)
                for row in gold.rows
                for item in gold.task.said(row, found[row["id"]])
            )
            for seed, found in answers.items()
        }

    def copied(self, entry: Entry, other: Entry, task: str) -> list[int]:
        """The seeds of a task whose predictions are those of a seed of another entry.

        Only what scores read is compared. Predictions for earlier gold cannot be read, so
        their stored bytes are compared.
        """
        fingerprints = {e.result.data.fingerprints.get(task) for e in (entry, other)}
        if task not in other.cells or len(fingerprints) > 1:
            return []
        ours: Mapping[int, object] = entry.cells[task]
        theirs: Mapping[int, object] = other.cells[task]
        # Equal predictions have equal sums, which are already in memory.
        sums, other_sums = (e.result.tasks[task].statistics.values() for e in (entry, other))
        may_be_equal = any(found in other_sums for found in sums)
        if may_be_equal and task in TASKS and entry.is_of(self.gold(task)):
            ours, theirs = self._said_digests(entry, task), self._said_digests(other, task)
        return [seed for seed, found in ours.items() if found in theirs.values()]

    def _said_digests(self, entry: Entry, task: str) -> dict[int, str]:
        """By seed, a digest of the parts of an entry's answers that scores read."""
        key = (entry.path, task)
        if key not in self._digests:
            said = self._said(self.read(entry.path / PREDICTIONS, task), task)
            self._digests[key] = {
                seed: digest(repr(sorted(map(repr, found.items()))).encode())
                for seed, found in said.items()
            }
        return self._digests[key]

    def _repeats(
        self, task: str, said: Mapping[int, Said], entry: Entry, rivals: Sequence[Entry]
    ) -> Iterator[str]:
        """Describe what is nearly the same as the predictions of another system."""
        own = entry.result.tasks[task]
        for rival in rivals:
            sums = rival.result.tasks[task].statistics
            near = any(
                _may_be_near(own.statistics[seed], theirs, said[seed].total())
                for seed in said
                for theirs in sums.values()
            )
            if rival.info.explanation or not near:
                continue
            rivals_said = self._said(self.read(rival.path / PREDICTIONS, task), task)
            for seed, other in ((s, r) for s in said for r in rivals_said):
                share = alike(said[seed], rivals_said[other])
                if said[seed] == rivals_said[other]:
                    continue  # `submit.duplicates` reports copies
                if share >= SAME and said[seed].total() >= FEW:
                    yield (
                        f"{task} of seed {seed}: {percent(share)} % of its predictions are those "
                        f"of seed {other} of {rival.id}; {EXPLAIN}"
                    )
                    return

    def _unlike_passes(self, entry: Entry) -> Iterator[str]:
        """Describe why an entry is not the ceiling of an annotation pass.

        Ceilings are shown above the systems and are not checked for leakage, so they can be
        nothing but what anyone can make from the annotations that come with the corpus.
        """
        names = self.passes(next(iter(entry.result.tasks))) if entry.result.tasks else ()
        if not entry.result.tasks or any(self._is_pass(entry, name) for name in names):
            return
        yield (
            f"kind is {CEILING!r}, but its predictions are not those of one annotation pass "
            f"({', '.join(names) or 'the corpus has none'})"
        )

    def _is_pass(self, entry: Entry, name: str) -> bool:
        return all(
            folds == {number: digest(content) for number, content in lines.items()}
            for task in entry.result.tasks
            for lines in [self.lines({0: self.passes(task)[name]}, task)[0]]
            for folds in entry.cells[task].values()
        )

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
        if score >= ceiling - 1e-9 and not find_task(task).passes_are_partial:
            yield (
                f"{place}: scores {score:.4f}, as high as the better annotation pass "
                f"({ceiling:.4f}); {EXPLAIN}"
            )
        for article, at in found.by_article[seed].items():
            if at.f1 == 1.0 and at.support >= FEW and score < 1.0:
                yield (
                    f"{place}: all {at.support} decisions of article {article} are right; {EXPLAIN}"
                )


def determinism(info: Info, said: Mapping[str, Mapping[int, Said]]) -> Iterator[str]:
    """Describe where the seeds of an entry contradict its claim of ``deterministic``."""
    differ = {
        task: [seed for seed, found in seeds.items() if found != next(iter(seeds.values()))]
        for task, seeds in said.items()
        if len(seeds) > 1
    }
    different = [f"seeds {min(said[t])} and {s[0]} of {t}" for t, s in differ.items() if s]
    if info.deterministic and different:
        yield f"deterministic is true, but {different[0]} differ"
    if not info.deterministic and differ and not different:
        yield (
            f"deterministic is false, but all seeds of {' and '.join(differ)} are equal: "
            "submit the predictions of other seeds, or set deterministic = true"
        )


def alike(one: Said, other: Said) -> float:
    """The share of two predictions that is equal (Dice)."""
    total = one.total() + other.total()
    return 2 * (one & other).total() / total if total else 1.0


def _may_be_near(
    own: Mapping[str, Mapping[str, tuple[float, ...]]],
    theirs: Mapping[str, Mapping[str, tuple[float, ...]]],
    number: int,
) -> bool:
    """Return False if stored sums show that two predictions are not nearly the same.

    One thing that only one of them says moves a count by at most 1.
    """
    most = 2 * number * (1 - SAME) / SAME
    apart = [0.0] * len(COUNTS)
    for article in {*own, *theirs}:
        ours, other = own.get(article, {}), theirs.get(article, {})
        for name in {*ours, *other}:
            empty = (0.0,) * len(COUNTS)
            pair = ours.get(name, empty), other.get(name, empty)
            if any(len(row) != len(COUNTS) for row in pair):
                return True  # not counts
            apart = [d + abs(a - b) for d, a, b in zip(apart, *pair, strict=True)]
    return max(apart) <= most


def far_above(entry: Entry, task: str, rivals: Sequence[Entry], limit: float) -> Iterator[str]:
    """Describe where an entry is far above the best other system that needed no explanation.

    Far is more than `FAR` of the way from the best to the limit, which is the better annotation
    pass, or 1 if passes answer the task only in part; in a class of `FEW` or more, more than
    `FAR_IN_CLASS` of the way to 1. A board with less than `ENOUGH` other systems says too little.
    """
    own = entry.result.tasks[task]
    honest = [
        r.result.tasks[task]
        for r in rivals
        if task in r.result.tasks and r.info.kind == SYSTEM and not r.info.explanation
    ]
    systems = {r.owner for r in rivals if task in r.result.tasks and r.info.kind == SYSTEM}
    if len(systems) < ENOUGH or not honest:
        return

    def say(what: str, found: float, best: float, most: float) -> str:
        return (
            f"{task}{what}: {percent(found)} is far above the best other system, {percent(best)} "
            f"(more than {percent(most)}); {EXPLAIN}"
        )

    best = max(found.score.mean for found in honest)
    most = best + FAR * (limit - best)
    top = max(own.scores.values())
    if top > most > best:
        yield say("", top, best, most)
        return
    section = TASKS[task].section
    for name in own.names(section):
        found = [s for scores in own.sections.values() if (s := scores.get(section, {}).get(name))]
        others = [score.mean for r in honest if (score := r.of(section, name))]
        top, best = max(s.f1 for s in found), max(others, default=1.0)
        most = best + FAR_IN_CLASS * (1 - best)
        if top > most and max(s.support for s in found) >= FEW:
            yield say(f", {name}", top, best, most)


def _as_read(gold: Gold, row: Row, document: Document) -> Answer:
    """An annotator's answer in the form in which it is read from a file."""
    task, scheme = gold.task, gold.scheme
    return task.parse(task.dump(row, task.annotators_answer(row, document, scheme)), row, scheme)


def digest(content: bytes) -> str:
    """The SHA-256 of a text, such as the unpacked predictions of a fold in `Entry.cells`."""
    return hashlib.sha256(content).hexdigest()


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
    if report is None or not gold.corpus.training_articles:
        return {}
    parts = report.parts()
    found = (*parts["seen"].values(), *parts["near-duplicate"].values())
    return {name: (int(part.right), int(part.gold)) for name, part in zip(SEEN, found, strict=True)}


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
    """Convert a result to what is read back from its file, with rounded numbers."""
    import msgspec

    values = _rounded(result.to_json())
    return msgspec.json.decode(json.dumps(values), type=Result)
