"""Error analysis: what became of each entity, in numbers and in the sentences themselves.

Gold and predicted entities of a sentence are matched one to one. The outcome of a match:

exact     same class, same bounds: what the strict scores count as right
type      same bounds, another class
boundary  overlapping, same class
both      overlapping, another class
missed    a gold entity that was left without a prediction
spurious  a prediction that was left without a gold entity

So gold = exact + type + boundary + both + missed, and predicted = exact + type +
boundary + both + spurious. An entity is left over if it overlaps nothing, or if all
it overlaps was matched to others.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from eventbench.corpus.model import EventbenchError, Span
from eventbench.corpus.tokens import from_iob2
from eventbench.dataset.building import Row
from eventbench.html.article import HUES, template
from eventbench.scoring.counts import prf

OUTCOMES = ("exact", "type", "boundary", "both", "missed", "spurious")
ERRORS = OUTCOMES[1:]
NONE = "none"
"""Stands in the confusion matrix for the other side of what was missed or is spurious."""

CREDIT = {
    "strict": (("exact",), ()),
    "exact": (("exact", "type"), ()),
    "partial": (("exact", "type"), ("boundary", "both")),
    "ent_type": (("exact", "boundary"), ()),
}
"""What counts whole and what counts half in each row of the partial-credit table."""

_OUTCOME_HUES = dict(zip(OUTCOMES, (150, 235, 175, 100, 345, 300), strict=True))


class Entity(NamedTuple):
    """A class and the tokens that bear it, half-open, counted from the sentence's first."""

    label: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Match:
    """A gold and a predicted entity that belong together, or one of them alone.

    ``seen`` is about the gold: whether the lemma of the trigger (of the argument's
    event, for arguments) is that of a trigger in another article.
    """

    outcome: str
    gold: Entity | None
    predicted: Entity | None
    seen: bool | None = None


@dataclass(frozen=True, slots=True)
class Compared:
    """A row of the data with its matches.

    Attributes:
        id: the row's id: a sentence's, or an event's where roles are tagged.
        doc_id: the article's id.
        text: the sentence.
        tokens: where each token stands in ``text``, in code points.
        matches: every entity of gold and prediction, each once, in the order in which
            they begin; what has a gold entity goes first.
        near_duplicate: whether another article has nearly the same sentence.
        event: where roles are tagged, the event's type and trigger.
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
        """Where an entity stands in ``text``, in code points."""
        return Span(self.tokens[entity.start].start, self.tokens[entity.end - 1].end)

    def words(self, entity: Entity) -> str:
        return self.span(entity).text_in(self.text)


@dataclass(frozen=True)
class Part:
    """The strict figures of a part of the entities; shares are between 0 and 1.

    A share is None where there is nothing to divide by, and precision and F1 are
    None with ``predicted`` where no prediction can be said to belong to the part.
    """

    outcomes: dict[str, int]
    right: int
    gold: int
    predicted: int | None
    precision: float | None
    recall: float | None
    f1: float | None


@dataclass(frozen=True)
class Credit:
    """A row of the partial-credit table; shares are between 0 and 1, and 0 if undefined."""

    correct: int
    incorrect: int
    partial: int
    missed: int
    spurious: int
    precision: float
    recall: float
    f1: float


@dataclass(frozen=True)
class ErrorReport:
    """The errors of one set of predictions.

    Attributes:
        classes: the classes, in the order in which they are shown.
        compared: every row that was given, in its order.
    """

    classes: tuple[str, ...]
    compared: tuple[Compared, ...]

    @property
    def matches(self) -> list[Match]:
        return [match for compared in self.compared for match in compared.matches]

    @property
    def wrong(self) -> list[Compared]:
        """The rows with an error."""
        return [compared for compared in self.compared if compared.errors]

    def parts(self) -> dict[str, dict[str, Part]]:
        """Figures of all entities and of parts of them.

        "class" has the gold and the predictions of a class; the outcomes there are
        those of its gold entities and its spurious predictions. "article" and
        "near-duplicate" (with, without) split the rows. "seen" (seen, unseen) splits
        the gold entities by `Match.seen`; a prediction belongs to neither, so of
        these there is recall only.
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
        """How often each class of the gold (row) was predicted as each class (column).

        The last row and column are `NONE`: spurious predictions and missed gold.
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
        """Scores by four definitions of what is right, those of SemEval-2013 task 9.

        "strict" wants class and bounds; "exact" the bounds; "ent_type" the class of
        what overlaps; "partial" is "exact" with half a point for what overlaps.

        The names and definitions are those of the package ``nervaluate``, but all
        four rows come from the one matching of this module, whereas nervaluate 1.2.1
        matches anew for each, prediction by prediction from the left, and takes the
        first gold entity that overlaps. Both agree in every number wherever no entity
        overlaps several of the other side. Elsewhere they still agree in gold,
        predictions, correct and scores of "strict" and "exact"; how the rest divides
        into incorrect, partial, missed and spurious, and so "partial" and "ent_type",
        may differ: there a prediction of another class can take the gold entity that
        a later prediction has right.

        Other ways of nervaluate that are not followed: read as tags, an I- that
        follows nothing of its class begins an entity (seqeval's strict mode has none
        there); an overlap of less than 1 % of the gold entity is none; and
        its figures of a class leave all other classes out before matching, so a
        wrong class is one missed and one spurious there.
        """
        outcomes = _outcomes(self.matches)
        return {name: _credit(outcomes, whole, half) for name, (whole, half) in CREDIT.items()}

    def to_json(self) -> dict[str, Any]:
        """All of the above, and the rows with an error, as values that JSON has."""
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


def _entity_json(compared: Compared, entity: Entity | None) -> dict[str, Any] | None:
    return None if entity is None else {**entity._asdict(), "text": compared.words(entity)}


def _outcomes(matches: Iterable[Match]) -> dict[str, int]:
    counts = dict.fromkeys(OUTCOMES, 0)
    for match in matches:
        counts[match.outcome] += 1
    return counts


def _part(matches: Sequence[Match], label: str | None = None) -> Part:
    """The figures of matches, or of those that have to do with one class."""

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


def _credit(outcomes: Mapping[str, int], whole: Sequence[str], half: Sequence[str]) -> Credit:
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
    """Match the entities of a sentence one to one; neither side may overlap itself.

    Pairs are taken while both are free: exact, then type, then boundary, then both;
    among boundary and both, those that share most tokens first, then from the left.
    That is the best pair each time, not the largest number of pairs.

    Returns:
        Every entity of both sides once, in the order in which the matches begin.
    """
    gold, predicted = list(gold), list(predicted)
    pairs = [(_outcome(g, p), g, p) for g in gold for p in predicted if _shared(g, p) > 0]
    pairs.sort(key=lambda x: (OUTCOMES.index(x[0]), -_shared(*x[1:]), x[1].start, x[2].start))
    matches = []
    free_gold, free_predicted = set(gold), set(predicted)
    for outcome, g, p in pairs:
        if g in free_gold and p in free_predicted:
            matches.append(Match(outcome, g, p))
            free_gold.remove(g)
            free_predicted.remove(p)
    matches += [Match("missed", g, None) for g in free_gold]
    matches += [Match("spurious", None, p) for p in free_predicted]
    return sorted(matches, key=_place)


def _shared(a: Entity, b: Entity) -> int:
    """How many tokens two entities share; not above 0 if none."""
    return min(a.end, b.end) - max(a.start, b.start)


def _outcome(gold: Entity, predicted: Entity) -> str:
    if gold.label == predicted.label:
        return "exact" if gold == predicted else "boundary"
    return "type" if gold[1:] == predicted[1:] else "both"


def _place(match: Match) -> tuple[int, int, bool]:
    sides = [entity for entity in (match.gold, match.predicted) if entity]
    # Matches may begin at one token: then the gold decides, and what has none comes last.
    return min(entity.start for entity in sides), sides[0].start, match.gold is None


def analyse(
    rows: Sequence[Row], tags: Mapping[str, Sequence[str]], classes: Sequence[str] | None = None
) -> ErrorReport:
    """Compare predictions with the gold.

    Args:
        rows: what `rows` gives for "triggers" or "arguments", with text.
        tags: the predicted IOB2 tags by the id of the row; what other ids have is not
            looked at. Decoding is strict, as in the scores.
        classes: all classes, in the order in which to show them; without it those
            that occur, sorted.

    Raises:
        EventbenchError: if a row has no text, no tags or not one tag a token, or a
            class is not among ``classes``.
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


def _compare(row: Row, tags: Mapping[str, Sequence[str]]) -> Compared:
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
    return Compared(
        row["id"],
        row["doc_id"],
        row["text"],
        tuple(Span(start - first, end - first) for start, end in places),
        tuple(replace(m, seen=seen[m.gold]) if m.gold else m for m in matches),
        bool(row["near_duplicates"]),
        event,
    )


# As plain text.


def sentences(report: ErrorReport) -> str:
    """The sentences with an error, as plain text.

    Gold entities stand in [square brackets], predicted ones in {braces}, and where
    roles are tagged the event's trigger in <angle brackets>; what is right is
    ``[{thus}]``. Below each sentence stand its errors, gold before prediction.
    """
    return "\n".join(
        "\n".join([compared.id, f"  {_bracketed(compared)}", *_error_lines(compared), ""])
        for compared in report.wrong
    )


def _error_lines(compared: Compared) -> Iterator[str]:
    for match in compared.errors:
        gold, predicted = match.gold, match.predicted
        sides = [entity for entity in (gold, predicted) if entity]
        labels = list(dict.fromkeys(entity.label for entity in sides))
        words = list(dict.fromkeys(f"“{compared.words(entity)}”" for entity in sides))
        # The same words may stand at two places of a sentence, and two spans are never one.
        if match.outcome in ("boundary", "both") and len(words) == 1:
            words *= 2
        yield f"    {match.outcome:<9} {' → '.join(labels)}  {' → '.join(words)}"


def _bracketed(compared: Compared) -> str:
    marked = [(compared.span(m.gold), 1, "[", "]") for m in compared.matches if m.gold]
    marked += [(compared.span(m.predicted), 2, "{", "}") for m in compared.matches if m.predicted]
    if compared.event:
        marked.append((compared.span(compared.event), 0, "<", ">"))
    opened, closed = defaultdict(list), defaultdict(list)
    # Where several open or close at one place, the longer ones lie around the shorter ones.
    for span, rank, left, right in marked:
        opened[span.start].append((-span.end, rank, left))
        closed[span.end].append((-span.start, -rank, right))
    result, at = "", 0
    for place in sorted({*opened, *closed}):
        result += compared.text[at:place]
        result += "".join(mark for *_, mark in sorted(closed[place]))
        result += "".join(mark for *_, mark in sorted(opened[place]))
        at = place
    return result + compared.text[at:]


# As a page.


@dataclass(frozen=True)
class F1:
    """An F1 as the page draws it; all numbers are shares between 0 and 1.

    Attributes:
        value: F1.
        here: its interval on these documents, from and to; None if unknown.
        new: its interval on new documents.
    """

    value: float
    here: tuple[float, float] | None = None
    new: tuple[float, float] | None = None


@dataclass(frozen=True)
class _Kind:
    """A class or an outcome as the page shows it; ``css`` is the class of its colour."""

    name: str
    css: str
    hue: int


@dataclass(frozen=True)
class _Piece:
    """A stretch of a sentence; ``css`` and ``tag`` are empty outside entities."""

    text: str
    css: str = ""
    tag: str = ""


@dataclass(frozen=True)
class _Bar:
    """A stacked bar; each segment has its outcome, where it begins and how wide it is (%)."""

    name: str
    counts: list[tuple[_Kind, int]]
    segments: list[tuple[_Kind, float, float]]


def render_errors(report: ErrorReport, name: str, f1: Mapping[str, F1] | None = None) -> str:
    """One self-contained HTML page of the errors; it runs no scripts.

    Args:
        report: the errors.
        name: of the system or its predictions, as plain text.
        f1: what to draw as dots with their intervals, by name, in this order.

    Returns:
        The page, of which the same arguments always give the same bytes.
    """
    kinds = {
        label: _Kind(label, f"k{k}", HUES[k % len(HUES)]) for k, label in enumerate(report.classes)
    }
    outcomes = {name: _Kind(name, f"o-{name}", hue) for name, hue in _OUTCOME_HUES.items()}
    parts = report.parts()
    whole = parts["all"]["all"]
    documents = {doc_id: f"d{n}" for n, doc_id in enumerate(parts["article"])}
    return template("errors.html.j2").render(
        percent=_percent,
        report=report,
        name=name,
        f1=f1 or {},
        # The style sheet of articles takes these two: here are no cards of events.
        kinds=list(kinds.values()),
        cards=[],
        outcomes=outcomes,
        whole=whole,
        parts=parts,
        roles=any(compared.event for compared in report.compared),
        bars=[_bar(title, part, outcomes) for title, part in _titled(parts)],
        confusion=_heat(report.confusion()),
        errors=[outcomes[name] for name in ERRORS],
        wrong=[
            {
                "row": compared,
                "document": documents[compared.doc_id],
                "errors": [outcomes[n] for n in ERRORS if _outcomes(compared.matches)[n]],
                "lines": _lines(compared, kinds),
            }
            for compared in report.wrong
        ],
        wrong_in={
            doc_id: (css, sum(compared.doc_id == doc_id for compared in report.wrong))
            for doc_id, css in documents.items()
        },
        wrong_with={
            name: sum(any(m.outcome == name for m in c.matches) for c in report.wrong)
            for name in ERRORS
        },
    )


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.1f}"


def _titled(parts: Mapping[str, Mapping[str, Part]]) -> Iterator[tuple[str, Part]]:
    """The parts that have a bar."""
    yield "all", parts["all"]["all"]
    yield from parts["class"].items()


def _bar(name: str, part: Part, outcomes: Mapping[str, _Kind]) -> _Bar:
    total = sum(part.outcomes.values())
    segments, at = [], 0
    for outcome, count in part.outcomes.items():
        if count:
            segments.append((outcomes[outcome], 100 * at / total, 100 * count / total))
        at += count
    return _Bar(name, [(outcomes[o], count) for o, count in part.outcomes.items()], segments)


def _heat(counts: Sequence[Sequence[int]]) -> list[list[tuple[int, float]]]:
    """Each count of the confusion matrix with its share of the row."""
    return [[(count, count / max(sum(row), 1)) for count in row] for row in counts]


def _lines(compared: Compared, kinds: Mapping[str, _Kind]) -> list[tuple[str, list[_Piece]]]:
    """The sentence with each side's entities, under the name of the side."""
    gold: list[tuple[Span, str, str]] = []
    predicted: list[tuple[Span, str, str]] = []
    for match in compared.matches:
        wrong = "" if match.outcome == "exact" else match.outcome
        for entity, side in ((match.gold, gold), (match.predicted, predicted)):
            if entity:
                css = f"{kinds[entity.label].css}{' wrong' if wrong else ''}"
                tag = f"{entity.label} · {wrong}" if wrong else entity.label
                side.append((compared.span(entity), css, tag))
    lines = [("Gold", gold), ("Predicted", predicted)]
    if compared.event:
        event = compared.event
        lines.insert(0, ("Event", [(compared.span(event), "event", event.label)]))
    return [(name, list(_pieces(compared.text, sorted(marks)))) for name, marks in lines]


def _pieces(text: str, marks: Iterable[tuple[Span, str, str]]) -> Iterator[_Piece]:
    at = 0
    for span, css, tag in marks:
        if at < span.start:
            yield _Piece(text[at : span.start])
        yield _Piece(span.text_in(text), css, tag)
        at = span.end
    if at < len(text):
        yield _Piece(text[at:])
