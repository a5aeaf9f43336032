"""Decisions of a system beside those of the gold: the form of an error that all tasks share.

A task lists its decisions (`eventbench.tasks.base.Task.decisions`). Wrong ones that are confused
in the same way make up a `Confusion`, over all seeds; from these the text, the JSON and the page
of errors are made. A question whose right decisions are listed too has a `Choice`: a matrix and
the scores of each of its values.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import mean
from typing import NamedTuple

from eventbench.corpus.model import Document, Span
from eventbench.text import number

NOTHING = "nothing"
"""The answer of a side that has none."""

EVENT, GOLD, PREDICTED = "event", "gold", "predicted"
"""The sides of marks: what the question is about, and what only one side has."""


class Mark(NamedTuple):
    """A span that a decision is about.

    Attributes:
        side: `EVENT`, `GOLD` or `PREDICTED`.
        article: id of the article.
        span: its position there, in code points.
        label: what it is, to be shown beside its words; may be empty.
    """

    side: str
    article: str
    span: Span
    label: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """What the gold and a system say about one question.

    Attributes:
        question: what is asked ("status"); for spans, how they disagree ("missed").
        gold: the answer of the gold; `NOTHING` if it has none.
        predicted: the answer of the system; `NOTHING` if it has none.
        item: id of what is asked about, which tells equal questions of an article apart.
        marks: the spans to show; the first says in which article the decision belongs.
        is_right: True if both agree; a task need not list these.
    """

    question: str
    gold: str
    predicted: str
    item: str
    marks: tuple[Mark, ...]
    is_right: bool = False

    @property
    def article(self) -> str:
        return self.marks[0].article


@dataclass(frozen=True, slots=True)
class Case:
    """A wrong decision, and the seeds that made it."""

    decision: Decision
    seeds: tuple[int, ...]


@dataclass(frozen=True)
class Confusion:
    """All cases in which one answer was given for another.

    Attributes:
        question: the question.
        gold: the answer of the gold.
        predicted: the answer of the system.
        cases: those that most seeds made first, otherwise in reading order.
        times: number of these errors, mean over seeds.
    """

    question: str
    gold: str
    predicted: str
    cases: tuple[Case, ...]
    times: float

    def __str__(self) -> str:
        return f"{self.question}: {self.words}"

    @property
    def often(self) -> str:
        """`times` in words ("1 time", "2.5 times")."""
        return f"{number(self.times)} {'time' if self.times == 1 else 'times'}"

    @property
    def words(self) -> str:
        """Both answers in words ("negated taken for actual")."""
        if self.gold == self.predicted:
            return self.gold
        if self.predicted == NOTHING:
            return f"{self.gold}, nothing predicted"
        if self.gold == NOTHING:
            return f"{self.predicted} predicted, nothing in the gold"
        return f"{self.gold} taken for {self.predicted}"


def confusions_of(decisions: Mapping[int, Iterable[Decision]]) -> tuple[Confusion, ...]:
    """Group the wrong decisions of all seeds, the most frequent confusion first.

    Args:
        decisions: by seed. Equal decisions of several seeds are one case; equal ones of the
            same seed are several.
    """
    seeds: dict[tuple[Decision, int], list[int]] = {}
    for seed, found in decisions.items():
        equal: Counter[Decision] = Counter()
        for decision in found:
            if not decision.is_right:
                equal[decision] += 1
                seeds.setdefault((decision, equal[decision]), []).append(seed)
    grouped: dict[tuple[str, str, str], list[Case]] = defaultdict(list)
    for (decision, _), made in seeds.items():
        kind = (decision.question, decision.gold, decision.predicted)
        grouped[kind].append(Case(decision, tuple(made)))
    confusions = [
        Confusion(
            *kind,
            tuple(sorted(cases, key=lambda case: -len(case.seeds))),
            sum(len(case.seeds) for case in cases) / len(decisions),
        )
        for kind, cases in grouped.items()
    ]
    return tuple(sorted(confusions, key=lambda found: -found.times))


# Questions with a fixed choice of answers


@dataclass(frozen=True)
class ValueScore:
    """Counts and scores of a value; means over the seeds in which it occurs, between 0 and 1."""

    gold: float
    predicted: float
    right: float
    precision: float
    recall: float
    f1: float


@dataclass(frozen=True)
class Choice:
    """A question with a fixed choice of answers.

    Attributes:
        question: the question.
        counts: the number of decisions by gold and predicted answer, mean over seeds.
        scores: by value, the most frequent in the gold first; without `NOTHING`.
    """

    question: str
    counts: Mapping[tuple[str, str], float]
    scores: Mapping[str, ValueScore]

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The rows and columns of the matrix; `NOTHING` last if either side has it."""
        open_ones = any(NOTHING in pair for pair in self.counts)
        return (*self.scores, *([NOTHING] if open_ones else []))

    @property
    def matrix(self) -> list[list[float]]:
        """Numbers of decisions, gold answers in rows and predicted ones in columns."""
        return [
            [self.counts.get((row, column), 0.0) for column in self.names] for row in self.names
        ]


def choices_of(decisions: Mapping[int, Iterable[Decision]]) -> tuple[Choice, ...]:
    """Count the answers of each question whose right decisions are listed, in their order."""
    pairs: dict[str, dict[int, Counter[tuple[str, str]]]] = {}
    has_right = set()
    for seed, found in decisions.items():
        for decision in found:
            by_seed = pairs.setdefault(decision.question, {s: Counter() for s in decisions})
            by_seed[seed][decision.gold, decision.predicted] += 1
            if decision.is_right:
                has_right.add(decision.question)
    return tuple(
        _choice(name, [*by_seed.values()]) for name, by_seed in pairs.items() if name in has_right
    )


def _choice(question: str, by_seed: Sequence[Counter[tuple[str, str]]]) -> Choice:
    total: Counter[tuple[str, str]] = sum(by_seed, Counter())
    in_gold: Counter[str] = Counter()
    for (right, said), times in total.items():
        in_gold[right] += times
        in_gold[said] += 0
    values = [name for name, _ in in_gold.most_common() if name != NOTHING]
    return Choice(
        question,
        {pair: times / len(by_seed) for pair, times in total.items()},
        {value: _mean_score([_score(found, value) for found in by_seed]) for value in values},
    )


def _score(counts: Mapping[tuple[str, str], int], value: str) -> ValueScore:
    right = counts.get((value, value), 0)
    gold = sum(times for (one, _), times in counts.items() if one == value)
    predicted = sum(times for (_, other), times in counts.items() if other == value)
    precision, recall = (right / n if n else 0.0 for n in (predicted, gold))
    f1 = 2 * right / (gold + predicted) if gold or predicted else 0.0
    return ValueScore(gold, predicted, right, precision, recall, f1)


def _mean_score(scores: Sequence[ValueScore]) -> ValueScore:
    """The mean over seeds; as on the leaderboard, shares only of those that have the value."""
    occurs = [score for score in scores if score.gold or score.predicted]
    return ValueScore(
        *(
            mean(getattr(score, name) for score in scores)
            for name in ("gold", "predicted", "right")
        ),
        *(mean(getattr(score, name) for score in occurs) for name in ("precision", "recall", "f1")),
    )


# Sentences


@dataclass(frozen=True)
class Passage:
    """A sentence with the marks of a decision.

    Attributes:
        id: id of the sentence; of the article if the marks are in no sentence.
        text: its text.
        marks: spans in ``text``, in code points, in reading order.
    """

    id: str
    text: str
    marks: tuple[Mark, ...]

    def on(self, side: str) -> list[Mark]:
        """The marks of a side."""
        return [mark for mark in self.marks if mark.side == side]


def passages_of(decision: Decision, documents: Mapping[str, Document]) -> list[Passage]:
    """Cut the sentences of a decision's marks out of their articles.

    Args:
        decision: the decision.
        documents: articles by id.

    Returns:
        The passages in reading order, those of the decision's own article first.
    """
    grouped: dict[tuple[str, int, int, str], list[Mark]] = defaultdict(list)
    for mark in dict.fromkeys(decision.marks):
        grouped[mark.article, *_around(mark.span, documents[mark.article])].append(mark)
    order = sorted(grouped, key=lambda place: (place[0] != decision.article, place))
    return [
        Passage(
            name,
            documents[article].text[start:end],
            tuple(
                mark._replace(span=Span(mark.span.start - start, mark.span.end - start))
                for mark in sorted(grouped[article, start, end, name], key=lambda m: m.span)
            ),
        )
        for article, start, end, name in order
    ]


def _around(span: Span, document: Document) -> tuple[int, int, str]:
    """Bounds and id of the sentences that a span touches; of its line outside all of them."""
    touched = [sentence for sentence in document.sentences if sentence.span.overlaps(span)]
    if touched:
        start = min(span.start, touched[0].span.start)
        return start, max(span.end, touched[-1].span.end), touched[0].id
    start = document.text.rfind("\n", 0, span.start) + 1
    end = document.text.find("\n", span.end)
    return start, end if end >= 0 else len(document.text), document.id
