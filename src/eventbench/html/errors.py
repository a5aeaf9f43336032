"""The error analysis as an HTML page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from eventbench.corpus.model import Span
from eventbench.html.article import HUES, template
from eventbench.scoring.error_analysis import (
    ERRORS,
    OUTCOMES,
    Compared,
    ErrorReport,
    Part,
)
from eventbench.scoring.intervals import NEW_DOCUMENTS, THESE_DOCUMENTS, Interval

_OUTCOME_HUES = dict(zip(OUTCOMES, (150, 235, 175, 100, 345, 300), strict=True))


@dataclass(frozen=True)
class _Kind:
    """A class or an outcome on the page; ``css`` is the CSS class that sets its colour."""

    name: str
    css: str
    hue: int


@dataclass(frozen=True)
class _Piece:
    """A piece of a sentence; ``css`` and ``tag`` are empty outside entities."""

    text: str
    css: str = ""
    tag: str = ""


@dataclass(frozen=True)
class _Bar:
    """A stacked bar; a segment has an outcome, a start and a width, both in percent."""

    name: str
    counts: list[tuple[_Kind, int]]
    segments: list[tuple[_Kind, float, float]]


@dataclass(frozen=True)
class _Estimate:
    """A score with its intervals on these and on new documents, None if unknown."""

    value: float
    here: Interval | None
    new: Interval | None


def render_errors(
    report: ErrorReport,
    name: str,
    intervals: Mapping[str, Mapping[str, Interval]] | None = None,
) -> str:
    """Render one self-contained HTML page of the errors; it runs no scripts.

    Args:
        report: the errors.
        name: name of the system or of its predictions, as plain text.
        intervals: F1 to draw as dots, by name in display order: the intervals of each, by
            what they speak of, as `eventbench.evaluation.scoring.Diagnosis` has them.

    Returns:
        The page; the same arguments always give the same bytes.
    """
    kinds = {
        label: _Kind(label, f"k{k}", HUES[k % len(HUES)]) for k, label in enumerate(report.classes)
    }
    outcomes = {name: _Kind(name, f"o-{name}", hue) for name, hue in _OUTCOME_HUES.items()}
    parts = report.parts()
    return template("errors.html.j2").render(
        report=report,
        name=name,
        f1={label: _estimate(found) for label, found in (intervals or {}).items() if found},
        # The style sheet of articles, which this page includes, expects both names.
        kinds=list(kinds.values()),
        cards=[],
        outcomes=outcomes,
        whole=parts["all"]["all"],
        parts=parts,
        roles=any(compared.event for compared in report.compared),
        bars=[_bar(title, part, outcomes) for title, part in _titled(parts)],
        confusion=_heat(report.confusion()),
        errors=[outcomes[name] for name in ERRORS],
        **_sentences(report, kinds, outcomes),
    )


def _sentences(
    report: ErrorReport, kinds: Mapping[str, _Kind], outcomes: Mapping[str, _Kind]
) -> dict[str, Any]:
    """Template values of the sentences with an error and of the filters above them."""
    articles = dict.fromkeys(row.doc_id for row in report.compared)
    documents = {doc_id: f"d{n}" for n, doc_id in enumerate(articles)}
    wrong = report.wrong
    occurring = [{match.outcome for match in row.errors} for row in wrong]
    return {
        "wrong": [
            {
                "row": row,
                "document": documents[row.doc_id],
                "errors": [outcomes[name] for name in ERRORS if name in found],
                "lines": _lines(row, kinds),
            }
            for row, found in zip(wrong, occurring, strict=True)
        ],
        "wrong_in": {
            doc_id: (css, sum(row.doc_id == doc_id for row in wrong))
            for doc_id, css in documents.items()
        },
        "wrong_with": {name: sum(name in found for found in occurring) for name in ERRORS},
    }


def _estimate(intervals: Mapping[str, Interval]) -> _Estimate:
    here, new = (intervals.get(name) for name in (THESE_DOCUMENTS, NEW_DOCUMENTS))
    return _Estimate(next(iter(intervals.values())).estimate, here, new)


def _titled(parts: Mapping[str, Mapping[str, Part]]) -> Iterator[tuple[str, Part]]:
    """The subsets that get a bar."""
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
    """Pair each count of the confusion matrix with its share of the row."""
    return [[(count, count / max(sum(row), 1)) for count in row] for row in counts]


def _lines(compared: Compared, kinds: Mapping[str, _Kind]) -> list[tuple[str, list[_Piece]]]:
    """The sentence once for each side, with the entities of that side marked."""
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
    """Cut a text into pieces at the bounds of its marks."""
    at = 0
    for span, css, tag in marks:
        if at < span.start:
            yield _Piece(text[at : span.start])
        yield _Piece(span.text_in(text), css, tag)
        at = span.end
    if at < len(text):
        yield _Piece(text[at:])
