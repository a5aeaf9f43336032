"""Format an error report as text: the sentences with errors, and tables."""

from __future__ import annotations

from collections.abc import Iterator

from eventbench.scoring.error_analysis import NONE, OUTCOMES, ErrorReport, sentences
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
