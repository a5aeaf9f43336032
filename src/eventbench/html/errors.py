"""The errors of predictions as an HTML page, for every task."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

from eventbench.corpus.model import Span
from eventbench.evaluation.diagnosis import Diagnosis
from eventbench.evaluation.error_text import NO_ERROR, UNLISTED, denials_sentence
from eventbench.html.article import template
from eventbench.html.cards import HUES
from eventbench.scoring.decisions import EVENT, GOLD, NOTHING, PREDICTED, Confusion, Passage
from eventbench.scoring.error_analysis import OUTCOMES, Part
from eventbench.scoring.intervals import NEW_DOCUMENTS, THESE_DOCUMENTS, Interval
from eventbench.scoring.span_figures import SpanFigures, span_figures

_OUTCOME_HUES = dict(zip(OUTCOMES, (150, 235, 175, 100, 345, 300), strict=True))

_SIDES = {EVENT: "About", GOLD: "Gold", PREDICTED: "Predicted"}
"""The lines of a sentence, one for each side that marks something in it."""

_OPEN = 30
"""Groups of errors are unfolded as long as they have no more cases together."""


@dataclass(frozen=True)
class _Kind:
    """A class or an outcome on the page; ``css`` is the CSS class that sets its colour."""

    name: str
    css: str
    hue: int


@dataclass(frozen=True)
class _Piece:
    """A piece of a sentence; ``css`` and ``tag`` are empty outside marks."""

    text: str
    css: str = ""
    tag: str = ""


@dataclass(frozen=True)
class _Bar:
    """A stacked bar; a segment has an outcome, a start and a width, both in percent."""

    name: str
    counts: list[tuple[_Kind, float]]
    segments: list[tuple[_Kind, float, float]]


@dataclass(frozen=True)
class _Estimate:
    """A score with its intervals on these and on new documents, None if unknown."""

    value: float
    here: Interval | None
    new: Interval | None


@dataclass(frozen=True)
class _Matrix:
    """A confusion matrix: column heads, and rows of counts with their share of the row.

    ``void`` is the row and column of what neither side has; None if there is none.
    """

    columns: list[str]
    rows: list[tuple[str, list[tuple[float, float]]]]
    void: int | None

    @property
    def is_wide(self) -> bool:
        """True beyond ten classes: it is wider than a column of the page, and goes below them."""
        return len(self.columns) > 11


def render_errors(
    found: Diagnosis,
    name: str,
    intervals: Mapping[str, Mapping[str, Interval]] | None = None,
) -> str:
    """Render one self-contained HTML page of the errors; it runs no scripts.

    Args:
        found: the errors.
        name: name of the system or of its predictions, as plain text.
        intervals: scores to draw as dots, by name in display order: the intervals of each, by
            what they speak of; by default those of `Diagnosis.intervals`.

    Returns:
        The page; the same arguments always give the same bytes.
    """
    intervals = found.intervals() if intervals is None else intervals
    kinds = {label: _Kind(label, f"k{k}", HUES[k % len(HUES)]) for k, label in _labels(found)}
    questions = dict.fromkeys(confusion.question for confusion in found.confusions)
    filters = {
        question: _Kind(question, f"q{k}", _OUTCOME_HUES.get(question.split()[-1], 0))
        for k, question in enumerate(questions)
    }
    documents = {document.id: f"d{k}" for k, document in enumerate(found.gold.documents)}
    return template("errors.html.j2").render(
        name=name,
        task=found.gold.task,
        seeds=len(found.seeds),
        rows=len(found.gold.rows),
        articles=len(found.gold.documents),
        score=str(found.score),
        estimates={label: _estimate(one) for label, one in intervals.items() if one},
        # The style sheet of articles, which this page includes, expects both names.
        kinds=list(kinds.values()),
        cards=[],
        outcomes={name: _Kind(name, f"o-{name}", hue) for name, hue in _OUTCOME_HUES.items()},
        spans=_spans(found),
        choices=[(choice, _matrix(choice.names, choice.matrix)) for choice in found.choices],
        filters=[(kind, _cases(found, question)) for question, kind in filters.items()],
        documents=[(d, css, _cases(found, article=d)) for d, css in documents.items()],
        denials=denials_sentence(found),
        no_error=NO_ERROR if found.lists_errors else UNLISTED,
        sections=_sections(found, kinds, filters, documents),
    )


def _labels(found: Diagnosis) -> Iterator[tuple[int, str]]:
    """Number the labels of marks; classes that are scored come first."""
    classes = [label for report in found.spans.values() for label in report.classes]
    marks = (
        mark.label
        for confusion in found.confusions
        for case in confusion.cases
        for mark in case.decision.marks
    )
    return enumerate(dict.fromkeys([*classes, *found.gold.scheme.event_types, *marks]))


def _cases(found: Diagnosis, question: str = "", article: str = "") -> int:
    """The number of cases of a question or in an article."""
    return sum(
        question in ("", confusion.question) and article in ("", case.decision.article)
        for confusion in found.confusions
        for case in confusion.cases
    )


# Figures


def _spans(found: Diagnosis) -> dict[str, Any] | None:
    """Template values of what only tasks with spans have."""
    if not found.spans:
        return None
    outcomes = {name: _Kind(name, f"o-{name}", hue) for name, hue in _OUTCOME_HUES.items()}
    figures = span_figures(list(found.spans.values()))
    names = [*figures.classes, NOTHING]
    return {
        "figures": figures,
        "whole": figures.parts["all"]["all"],
        "bars": [_bar(title, part, outcomes) for title, part in _titled(figures)],
        "matrix": _matrix(names, figures.confusion),
    }


def _titled(figures: SpanFigures) -> Iterator[tuple[str, Part]]:
    """The subsets that get a bar."""
    yield "all", figures.parts["all"]["all"]
    yield from figures.parts["class"].items()


def _bar(name: str, part: Part, outcomes: Mapping[str, _Kind]) -> _Bar:
    total = sum(part.outcomes.values())
    segments, at = [], 0.0
    for outcome, number in part.outcomes.items():
        if number:
            segments.append((outcomes[outcome], 100 * at / total, 100 * number / total))
        at += number
    return _Bar(name, [(outcomes[o], number) for o, number in part.outcomes.items()], segments)


def _matrix(names: Sequence[str], counts: Sequence[Sequence[float]]) -> _Matrix:
    """A matrix whose last name may be `NOTHING`, with the share of each count in its row."""
    void = len(names) - 1 if names[-1] == NOTHING else None
    rows = [
        (
            f"{NOTHING} (spurious)" if k == void else name,
            [(number, number / (sum(row) or 1)) for number in row],
        )
        for k, (name, row) in enumerate(zip(names, counts, strict=True))
    ]
    heads = [f"{NOTHING} (missed)" if k == void else name for k, name in enumerate(names)]
    return _Matrix(heads, rows, void)


def _estimate(intervals: Mapping[str, Interval]) -> _Estimate:
    here, new = (intervals.get(name) for name in (THESE_DOCUMENTS, NEW_DOCUMENTS))
    return _Estimate(next(iter(intervals.values())).estimate, here, new)


# Sentences


def _sections(
    found: Diagnosis,
    kinds: Mapping[str, _Kind],
    filters: Mapping[str, _Kind],
    documents: Mapping[str, str],
) -> list[dict[str, Any]]:
    """Template values of the errors with their sentences, denials taken for facts first."""
    denials = [confusion for side in found.denials_as_facts() for confusion in side]
    rest = [confusion for confusion in found.confusions if confusion not in denials]
    numbers = count(1)
    sections = []
    for name, confusions in (("denials", denials), ("errors", rest)):
        groups: list[dict[str, Any]] = []
        cases = 0
        for confusion in confusions:
            cases += len(confusion.cases)
            rows = [
                {
                    "id": f"e{next(numbers)}",
                    "case": case,
                    "css": documents[case.decision.article],
                    "passages": [
                        (passage.id, _lines(passage, kinds))
                        for passage in found.passages(case.decision)
                    ],
                }
                for case in confusion.cases
            ]
            groups.append(
                {
                    "confusion": confusion,
                    "css": [filters[confusion.question].css, *_articles(confusion, documents)],
                    "open": not groups or cases <= _OPEN,
                    "rows": rows,
                }
            )
        sections.append({"name": name, "groups": groups})
    return sections


def _articles(confusion: Confusion, documents: Mapping[str, str]) -> Iterable[str]:
    return dict.fromkeys(documents[case.decision.article] for case in confusion.cases)


def _lines(passage: Passage, kinds: Mapping[str, _Kind]) -> list[tuple[str, list[_Piece]]]:
    """The sentence once for each side that marks something in it."""
    lines = []
    for side, title in _SIDES.items():
        marks: dict[Span, list[str]] = {}
        for mark in passage.on(side):
            marks.setdefault(mark.span, []).append(mark.label)
        css = "event" if side == EVENT else "wrong"
        drawn = [
            (span, f"{kinds[labels[0]].css} {css}", " and ".join(labels))
            for span, labels in marks.items()
        ]
        if drawn:
            lines.append((title, list(_pieces(passage.text, drawn))))
    return lines


def _pieces(text: str, marks: Iterable[tuple[Span, str, str]]) -> Iterator[_Piece]:
    """Cut a text into pieces at the bounds of its marks; one that overlaps another is cut."""
    at = 0
    for span, css, tag in marks:
        if span.end <= at:
            continue
        if at < span.start:
            yield _Piece(text[at : span.start])
        yield _Piece(text[max(at, span.start) : span.end], css, tag)
        at = span.end
    if at < len(text):
        yield _Piece(text[at:])
