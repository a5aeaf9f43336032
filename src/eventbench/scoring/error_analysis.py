"""Error analysis: classify every gold and predicted entity, and show errors in their sentences.

Gold and predicted entities of a sentence are matched one to one. The outcomes of a match:

exact     same class, same bounds: correct in the strict scores
type      same bounds, different class
boundary  overlapping, same class
both      overlapping, different class
missed    gold entity without a match
spurious  predicted entity without a match

So gold = exact + type + boundary + both + missed, and predicted = exact + type +
boundary + both + spurious. An entity stays unmatched if it overlaps nothing, or if
everything it overlaps is matched to other entities.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from eventbench.corpus.iob2 import from_iob2
from eventbench.corpus.model import Span
from eventbench.errors import EventbenchError
from eventbench.scoring.counts import prf
from eventbench.scoring.decisions import GOLD, NOTHING, PREDICTED, Decision, Mark

OUTCOMES = ("exact", "type", "boundary", "both", "missed", "spurious")
ERRORS = OUTCOMES[1:]
NONE = "none"
"""Row and column of the confusion matrix for entities without a match."""

CREDIT = {
    "strict": (("exact",), ()),
    "exact": (("exact", "type"), ()),
    "partial": (("exact", "type"), ("boundary", "both")),
    "ent_type": (("exact", "boundary"), ()),
}
"""Outcomes that earn a full point and half a point, by row of the partial-credit table."""


class Entity(NamedTuple):
    """A class and its tokens, as a half-open range counted from the start of the sentence.

    For `match_entities`, bounds may as well be code points of the article.
    """

    label: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Match:
    """A matched pair of a gold and a predicted entity, or one of them unmatched.

    Attributes:
        outcome: one of `OUTCOMES`.
        gold: None if spurious.
        predicted: None if missed.
        seen: True if the lemma of the gold trigger (for arguments: of the event's
            trigger) is also a trigger in another article; None without gold.
    """

    outcome: str
    gold: Entity | None
    predicted: Entity | None
    seen: bool | None = None


@dataclass(frozen=True, slots=True)
class ComparedRow:
    """A row of the dataset with its matches.

    Attributes:
        id: id of the row: of a sentence, or of an event if roles are tagged.
        doc_id: id of the article.
        text: the sentence.
        tokens: span of each token in ``text``, in code points.
        matches: every gold and predicted entity exactly once, ordered by start; at the
            same start, matches with a gold entity come first.
        near_duplicate: True if another article has a near-duplicate of the sentence.
        event: type and trigger of the event if roles are tagged.
    """

    id: str
    doc_id: str
    text: str
    tokens: tuple[Span, ...]
    matches: tuple[Match, ...]
    near_duplicate: bool
    event: Entity | None = None

    @property
    def errors(self) -> list[Match]:
        return [match for match in self.matches if match.outcome != "exact"]

    def span(self, entity: Entity) -> Span:
        """Span of an entity in ``text``, in code points."""
        return Span(self.tokens[entity.start].start, self.tokens[entity.end - 1].end)

    def words(self, entity: Entity) -> str:
        return self.span(entity).text_in(self.text)


@dataclass(frozen=True)
class Part:
    """Counts and strict scores of a subset of the entities; scores are between 0 and 1.

    A score is None if its denominator is zero. ``predicted``, ``precision`` and ``f1``
    are None if predictions cannot be assigned to the subset.
    """

    outcomes: dict[str, float]
    right: float
    gold: float
    predicted: float | None
    precision: float | None
    recall: float | None
    f1: float | None


@dataclass(frozen=True)
class Credit:
    """A row of the partial-credit table: counts, and scores between 0 and 1, 0 if undefined."""

    correct: float
    incorrect: float
    partial: float
    missed: float
    spurious: float
    precision: float
    recall: float
    f1: float


@dataclass(frozen=True)
class ErrorReport:
    """The errors of one set of predictions.

    Attributes:
        classes: all classes, in display order.
        compared: all rows, in the order given to `analyse`.
    """

    classes: tuple[str, ...]
    compared: tuple[ComparedRow, ...]

    @property
    def matches(self) -> list[Match]:
        return [match for compared in self.compared for match in compared.matches]

    @property
    def wrong(self) -> list[ComparedRow]:
        """Rows with at least one error."""
        return [compared for compared in self.compared if compared.errors]

    def parts(self) -> dict[str, dict[str, Part]]:
        """Scores of all entities and of subsets, by kind of subset and name.

        "class" counts the gold and predicted entities of a class; its outcomes are
        those of its gold entities and its spurious predictions. "article" and
        "near-duplicate" (with, without) split the rows. "seen" (seen, unseen) splits
        the gold entities by `Match.seen`; predictions belong to neither, so only
        recall is defined.
        """
        articles: dict[str, list[Match]] = {c.doc_id: [] for c in self.compared}
        twins: dict[str, list[Match]] = {"with": [], "without": []}
        for compared in self.compared:
            articles[compared.doc_id] += compared.matches
            twins["with" if compared.near_duplicate else "without"] += compared.matches
        gold = [match for match in self.matches if match.gold]
        seen = {
            "seen": [match for match in gold if match.seen],
            "unseen": [match for match in gold if match.seen is False],
        }
        return {
            "all": {"all": _part(self.matches)},
            "class": {label: _part(self.matches, label) for label in self.classes},
            "article": {doc_id: _part(matches) for doc_id, matches in articles.items()},
            "near-duplicate": {name: _part(matches) for name, matches in twins.items()},
            "seen": {
                name: replace(_part(matches), predicted=None, precision=None, f1=None)
                for name, matches in seen.items()
            },
        }

    def confusion(self) -> list[list[int]]:
        """Confusion matrix of matched entities, gold classes in rows, predicted in columns.

        The last row and column are `NONE`: spurious predictions and missed gold.

        Returns:
            Counts, shape (classes + 1, classes + 1).
        """
        place = {label: k for k, label in enumerate(self.classes)}
        none = len(place)
        counts = [[0] * (none + 1) for _ in range(none + 1)]
        for match in self.matches:
            row = place[match.gold.label] if match.gold else none
            column = place[match.predicted.label] if match.predicted else none
            counts[row][column] += 1
        return counts

    def partial_credit(self) -> dict[str, Credit]:
        """Score by the four definitions of correctness of SemEval-2013 task 9.

        "strict" requires class and bounds; "exact" requires bounds; "ent_type" requires
        the class of an overlapping entity; "partial" is "exact" plus half a point for
        an overlap.

        Names and definitions are those of the package ``nervaluate``, but all four rows
        use the single matching of this module. nervaluate 1.2.1 matches again for each
        row, prediction by prediction from the left, and takes the first gold entity that
        overlaps. All numbers agree if no entity overlaps several entities of the other
        side. Otherwise gold, predicted, correct and the scores of "strict" and "exact"
        still agree; the split of the rest into incorrect, partial, missed and spurious,
        and hence "partial" and "ent_type", may differ, because in nervaluate a prediction
        of the wrong class can take the gold entity of a later correct prediction.

        Three more differences to nervaluate: in tags, an I- without a preceding tag of its
        class starts no entity here (as in seqeval's strict mode); any overlap counts, not
        only 1 % of the gold entity and more; and nervaluate's scores by class drop all
        other classes before matching, so that a wrong class becomes one missed and one
        spurious entity.
        """
        outcomes = _outcomes(self.matches)
        return {name: _credit(outcomes, whole, half) for name, (whole, half) in CREDIT.items()}

    def to_json(self) -> dict[str, Any]:
        """Convert scores, confusion matrix and errors to JSON-compatible values."""
        parts = {
            name: {key: asdict(part) for key, part in found.items()}
            for name, found in self.parts().items()
        }
        return {
            "rows": len(self.compared),
            "rows_with_errors": len(self.wrong),
            **parts,
            "confusion": {"classes": [*self.classes, NONE], "counts": self.confusion()},
            "partial_credit": {k: asdict(credit) for k, credit in self.partial_credit().items()},
            "errors": [
                {
                    "id": compared.id,
                    "doc_id": compared.doc_id,
                    "outcome": match.outcome,
                    "gold": _entity_json(compared, match.gold),
                    "predicted": _entity_json(compared, match.predicted),
                    "seen": match.seen,
                    "near_duplicate": compared.near_duplicate,
                }
                for compared in self.compared
                for match in compared.errors
            ],
        }


def _entity_json(compared: ComparedRow, entity: Entity | None) -> dict[str, Any] | None:
    return None if entity is None else {**entity._asdict(), "text": compared.words(entity)}


def _outcomes(matches: Iterable[Match]) -> dict[str, float]:
    counts: dict[str, float] = dict.fromkeys(OUTCOMES, 0)
    for match in matches:
        counts[match.outcome] += 1
    return counts


def _part(matches: Sequence[Match], label: str | None = None) -> Part:
    """Scores of matches, optionally of one class only."""

    def counted(entity: Entity | None) -> bool:
        return entity is not None and label in (None, entity.label)

    outcomes = _outcomes(match for match in matches if counted(match.gold or match.predicted))
    gold = sum(counted(match.gold) for match in matches)
    predicted = sum(counted(match.predicted) for match in matches)
    right = outcomes["exact"]
    scores = prf(np.array([right, predicted, gold], dtype=np.int64))
    return Part(
        outcomes,
        right,
        gold,
        predicted,
        float(scores.precision) if predicted else None,
        float(scores.recall) if gold else None,
        float(scores.f1) if gold or predicted else None,
    )


def _credit(outcomes: Mapping[str, float], whole: Sequence[str], half: Sequence[str]) -> Credit:
    matched = sum(outcomes[name] for name in ("exact", "type", "boundary", "both"))
    correct = sum(outcomes[name] for name in whole)
    partial = sum(outcomes[name] for name in half)
    missed, spurious = outcomes["missed"], outcomes["spurious"]
    points = correct + partial / 2
    precision = points / (matched + spurious) if points else 0.0
    recall = points / (matched + missed) if points else 0.0
    f1 = 2 * precision * recall / (precision + recall) if points else 0.0
    incorrect = matched - correct - partial
    return Credit(correct, incorrect, partial, missed, spurious, precision, recall, f1)


def match_entities(gold: Iterable[Entity], predicted: Iterable[Entity]) -> list[Match]:
    """Match the entities of a sentence one to one, greedily by quality of the pair.

    Exact pairs come first, then type, boundary and both; within boundary and both,
    pairs that share more tokens come first, then pairs further left. This takes the
    best pair each time and does not maximise the number of pairs.

    Args:
        gold: gold entities; they may overlap, and equal ones count one by one.
        predicted: predicted entities, likewise.

    Returns:
        Matches that contain every entity exactly once, ordered by start.
    """
    gold, predicted = list(gold), list(predicted)
    pairs = [(_outcome(g, p), g, p) for g in gold for p in predicted if _shared(g, p) > 0]
    pairs.sort(key=lambda x: (OUTCOMES.index(x[0]), -_shared(*x[1:]), x[1].start, x[2].start))
    matches = []
    free_gold, free_predicted = Counter(gold), Counter(predicted)
    for outcome, g, p in pairs:
        if free_gold[g] and free_predicted[p]:
            matches.append(Match(outcome, g, p))
            free_gold[g] -= 1
            free_predicted[p] -= 1
    matches += [Match("missed", g, None) for g in free_gold.elements()]
    matches += [Match("spurious", None, p) for p in free_predicted.elements()]
    return sorted(matches, key=_place)


def wrong_spans(
    matches: Iterable[Match],
    article: str,
    item: str,
    about: tuple[Mark, ...] = (),
    question: str = "",
) -> Iterator[Decision]:
    """Yield the decision of each match that is not exact.

    Args:
        matches: matches of entities whose bounds are code points of the article.
        article: id of the article.
        item: id of the row.
        about: the marks of what the entities belong to.
        question: goes before the outcome, if outcomes alone do not say what is matched.
    """
    for match in matches:
        if match.outcome != "exact":
            marks = [
                Mark(side, article, Span(entity.start, entity.end), entity.label)
                for side, entity in ((GOLD, match.gold), (PREDICTED, match.predicted))
                if entity
            ]
            yield Decision(
                f"{question} {match.outcome}".lstrip(),
                match.gold.label if match.gold else NOTHING,
                match.predicted.label if match.predicted else NOTHING,
                item,
                (*about, *marks),
            )


def _shared(a: Entity, b: Entity) -> int:
    """Number of tokens that two entities share; zero or negative if they do not overlap."""
    return min(a.end, b.end) - max(a.start, b.start)


def _outcome(gold: Entity, predicted: Entity) -> str:
    if gold.label == predicted.label:
        return "exact" if gold == predicted else "boundary"
    return "type" if gold[1:] == predicted[1:] else "both"


def _place(match: Match) -> tuple[int, int, bool]:
    sides = [entity for entity in (match.gold, match.predicted) if entity]
    # Two matches may start at the same token: then the gold start decides, spurious ones last.
    return min(entity.start for entity in sides), sides[0].start, match.gold is None


def analyse(
    rows: Sequence[Mapping[str, Any]],
    tags: Mapping[str, Sequence[str]],
    classes: Sequence[str] | None = None,
) -> ErrorReport:
    """Compare predicted tags with the gold.

    Args:
        rows: rows of a tagging task, with text and the columns about other articles.
        tags: predicted IOB2 tags by row id, decoded strictly as in the scores; ids
            that are not in ``rows`` are ignored.
        classes: all classes in display order; defaults to those that occur, sorted.

    Raises:
        EventbenchError: if a row has no text or no tags, if the number of tags differs
            from the number of tokens, or if a class is not in ``classes``.
    """
    compared = tuple(_compare(row, tags) for row in rows)
    found = {
        entity.label
        for row in compared
        for match in row.matches
        for entity in (match.gold, match.predicted)
        if entity
    }
    shown = tuple(sorted(found) if classes is None else classes)
    unknown = sorted(found.difference(shown))
    if unknown:
        expected = ", ".join(shown)
        raise EventbenchError(f"unknown class {unknown[0]!r}: expected one of {expected}")
    return ErrorReport(shown, compared)


def _compare(row: Mapping[str, Any], tags: Mapping[str, Sequence[str]]) -> ComparedRow:
    if row["id"] not in tags:
        raise EventbenchError(f"no tags for {row['id']}")
    if row["text"] is None:
        raise EventbenchError(f"{row['id']} has no text")
    predicted = tags[row["id"]]
    if len(predicted) != len(row["ner_tags"]):
        count = f"{len(predicted)} tags for {len(row['ner_tags'])} tokens"
        raise EventbenchError(f"{row['id']}: {count}")
    gold = [Entity(*found) for found in from_iob2(row["ner_tags"])]
    event = None
    if "event_type" in row:
        event = Entity(row["event_type"], row["trigger_start"], row["trigger_end"])
        seen = dict.fromkeys(gold, row["trigger_seen"])
    else:
        seen = dict(zip(gold, row["triggers_seen"], strict=True))
    matches = match_entities(gold, (Entity(*found) for found in from_iob2(predicted)))
    first = row["token_starts"][0] if row["token_starts"] else 0
    places = zip(row["token_starts"], row["token_ends"], strict=True)
    return ComparedRow(
        row["id"],
        row["doc_id"],
        row["text"],
        tuple(Span(start - first, end - first) for start, end in places),
        tuple(replace(m, seen=seen[m.gold]) if m.gold else m for m in matches),
        bool(row["near_duplicates"]),
        event,
    )
