"""Format a diagnosis as text: tables, the most frequent confusions, and some sentences."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING

from eventbench.claims.grouping import NEGATED
from eventbench.scoring.decisions import EVENT, GOLD, PREDICTED, Confusion, Passage
from eventbench.text import number, percent, plural, table

if TYPE_CHECKING:
    from eventbench.evaluation.diagnosis import Diagnosis
    from eventbench.scoring.span_figures import SpanFigures

LEGEND = "<what is asked about> [gold] {predicted} [{both}]"

NO_ERROR = "Every prediction is right, and nothing was missed."
UNLISTED = "The task does not list its errors."

OUTCOMES_LEGEND = """\
type: right bounds, wrong class; boundary: right class, overlapping; both: neither, overlapping;
missed: gold alone; spurious: predicted alone"""

CREDIT = """\
strict: class and bounds; exact: bounds; partial: bounds, half for an overlap;
ent_type: class of what overlaps"""

PARTS = {"article": "article", "near-duplicate": "near-duplicate elsewhere:", "seen": "lemma"}
"""The parts of the data to show, with the label of their rows."""

BRACKETS = {EVENT: ("<", ">"), GOLD: ("[", "]"), PREDICTED: ("{", "}")}

MOST_CONFUSIONS, MOST_WITH_SENTENCES, MOST_SENTENCES = 15, 5, 2
"""Confusions in the table, those with sentences, and sentences of each."""


def error_text(found: Diagnosis) -> str:
    """Format a diagnosis; it shows few sentences, which JSON and the page have all."""
    task = found.gold.task
    name = "seed" if len(found.seeds) == 1 else "seeds"
    seeds = ", ".join(map(str, found.seeds))
    blocks = [f"{task.title}, {name} {seeds}: {task.measure.name} {found.score}"]
    if found.spans:
        from eventbench.scoring.span_figures import span_figures

        blocks += _span_tables(span_figures(list(found.spans.values())))
    if not found.confusions:
        return "\n\n".join([*blocks, NO_ERROR if found.lists_errors else UNLISTED])
    blocks.append(_confusions(found))
    if found.denials:
        blocks.append(denials_sentence(found))
    shown = found.confusions[:MOST_WITH_SENTENCES]
    blocks += [LEGEND, *(_with_sentences(found, confusion) for confusion in shown)]
    return "\n\n".join([*blocks, "All errors with their sentences: --html or --json."])


def denials_sentence(found: Diagnosis) -> str:
    """Say how many denials were taken for facts, and how many facts for denials."""
    choice = found.denials
    if choice is None:
        return ""
    wrong, reverse = (sum(c.times for c in side) for side in found.denials_as_facts())
    of_seeds = "" if len(found.seeds) == 1 else ", mean over seeds"
    denied = number(choice.scores[NEGATED].gold)
    return (
        f"Denials taken for facts: {number(wrong)} of {denied}; "
        f"facts taken for denials: {number(reverse)}{of_seeds}."
    )


def _confusions(found: Diagnosis) -> str:
    shown = found.confusions[:MOST_CONFUSIONS]
    body = [[c.question, c.gold, c.predicted, number(c.times)] for c in shown]
    times = "times" if len(found.seeds) == 1 else "times a seed"
    text = table(["decision", "gold", "predicted", times], body, left=3)
    rest = found.confusions[MOST_CONFUSIONS:]
    if rest:
        text += f"\nand {plural(len(rest), 'other')}, {number(sum(c.times for c in rest))} {times}"
    return text


def _with_sentences(found: Diagnosis, confusion: Confusion) -> str:
    lines = [f"{confusion}, {confusion.often}"]
    if len(found.seeds) > 1:
        lines[0] += f" a seed, {plural(len(confusion.cases), 'case')}"
    for case in confusion.cases[:MOST_SENTENCES]:
        of_seeds = (
            f", {len(case.seeds)} of {len(found.seeds)} seeds" if len(found.seeds) > 1 else ""
        )
        lines.append(f"  {case.decision.item}{of_seeds}")
        lines += (
            f"    {' '.join(bracketed(passage).split())}"
            for passage in found.passages(case.decision)
        )
    return "\n".join(lines)


def bracketed(passage: Passage) -> str:
    """The text of a passage with its marks in brackets; see `LEGEND`."""
    opened, closed = defaultdict(list), defaultdict(list)
    # At one position, longer spans enclose shorter ones.
    for mark in passage.marks:
        span, rank = mark.span, [*BRACKETS].index(mark.side)
        left, right = BRACKETS[mark.side]
        opened[span.start].append((-span.end, rank, left))
        closed[span.end].append((-span.start, -rank, right))
    result, at = "", 0
    for place in sorted({*opened, *closed}):
        result += passage.text[at:place]
        result += "".join(mark for *_, mark in sorted(closed[place]))
        result += "".join(mark for *_, mark in sorted(opened[place]))
        at = place
    return result + passage.text[at:]


def _span_tables(figures: SpanFigures) -> Iterator[str]:
    from eventbench.scoring.error_analysis import OUTCOMES

    parts = figures.parts
    labelled = {**parts["class"], "all": parts["all"]["all"]}
    body = [[label, *(number(p.outcomes[o]) for o in OUTCOMES)] for label, p in labelled.items()]
    yield f"{table(['outcome', *OUTCOMES], body)}\n{OUTCOMES_LEGEND}"
    rows = [
        [f"{title} {label}", percent(p.precision), percent(p.recall), percent(p.f1), number(p.gold)]
        for kind, title in PARTS.items()
        for label, p in parts[kind].items()
    ]
    yield table(["part", "precision", "recall", "F1", "gold"], rows)
    credit = [
        [
            *(scheme, percent(c.precision), percent(c.recall), percent(c.f1)),
            *(number(c.correct), number(c.partial)),
        ]
        for scheme, c in figures.partial_credit.items()
    ]
    heads = ["credit", "precision", "recall", "F1", "whole", "half"]
    yield f"{table(heads, credit)}\n{CREDIT}"
