"""Format an error report as text: the sentences with errors, and tables."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from eventbench.scoring.error_analysis import NONE, OUTCOMES, Compared, ErrorReport
from eventbench.text import percent, table

LEGEND = """\
[gold] {predicted} [{both}]   type: right bounds, wrong class;
boundary: right class, overlapping; both: neither, overlapping;
missed: gold alone; spurious: predicted alone"""

CREDIT = """\
strict: class and bounds; exact: bounds; partial: bounds, half for an overlap;
ent_type: class of what overlaps"""

PARTS = {"article": "article", "near-duplicate": "near-duplicate elsewhere:", "seen": "lemma"}
"""The parts of the data to show, with the label of their rows."""


def error_text(report: ErrorReport) -> str:
    """Format a report: the sentences, then outcomes, confusions, parts and partial credit."""
    return "\n\n".join([LEGEND, sentences(report).rstrip("\n"), *_tables(report), CREDIT])


def sentences(report: ErrorReport) -> str:
    """Format the sentences with an error as plain text.

    Gold entities are in [square brackets], predicted ones in {braces}, exact matches
    in ``[{both}]``; if roles are tagged, the trigger of the event is in <angle
    brackets>. The errors follow below each sentence, gold before prediction.
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
        # Two different spans may have the same words: show both.
        if match.outcome in ("boundary", "both") and len(words) == 1:
            words *= 2
        yield f"    {match.outcome:<9} {' → '.join(labels)}  {' → '.join(words)}"


def _bracketed(compared: Compared) -> str:
    marked = [(compared.span(m.gold), 1, "[", "]") for m in compared.matches if m.gold]
    marked += [(compared.span(m.predicted), 2, "{", "}") for m in compared.matches if m.predicted]
    if compared.event:
        marked.append((compared.span(compared.event), 0, "<", ">"))
    opened, closed = defaultdict(list), defaultdict(list)
    # At one position, longer spans enclose shorter ones.
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


def _tables(report: ErrorReport) -> Iterator[str]:
    parts = report.parts()
    labelled = {**parts["class"], "all": parts["all"]["all"]}
    body = [[label, *(part.outcomes[o] for o in OUTCOMES)] for label, part in labelled.items()]
    yield table(["outcome", *OUTCOMES], body)
    names = [*report.classes, NONE]
    confusion = report.confusion()
    kept = [k for k in range(len(names)) if any(confusion[k]) or any(row[k] for row in confusion)]
    body = [[names[k], *(confusion[k][j] for j in kept)] for k in kept]
    yield table(["gold / predicted", *(names[k] for k in kept)], body)
    rows = [
        [f"{title} {label}", percent(p.precision), percent(p.recall), percent(p.f1), p.gold]
        for kind, title in PARTS.items()
        for label, p in parts[kind].items()
    ]
    yield table(["part", "precision", "recall", "F1", "gold"], rows)
    credit = [
        [scheme, percent(c.precision), percent(c.recall), percent(c.f1), c.correct, c.partial]
        for scheme, c in report.partial_credit().items()
    ]
    yield table(["credit", "precision", "recall", "F1", "whole", "half"], credit)
