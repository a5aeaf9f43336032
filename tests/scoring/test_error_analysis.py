"""Error analysis: every entity is accounted for, and every error can be read."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_errors import gold_rows, made_rows, row
from nervaluate import Evaluator

from eventbench.corpus.iob2 import from_iob2
from eventbench.corpus.loading import Corpus
from eventbench.errors import EventbenchError
from eventbench.scoring.counts import CORRECT, GOLD, PREDICTED, count_entities, labels_of, prf
from eventbench.scoring.error_analysis import (
    OUTCOMES,
    ComparedRow,
    Entity,
    ErrorReport,
    Part,
    analyse,
    match_entities,
)
from eventbench.scoring.span_figures import span_figures

NAMES = ["A", "B-C", "D_E"]
TAGS = ["O", *(f"{p}-{n}" for n in NAMES for p in "BI")]
LABELS = labels_of(TAGS)
SENTENCE = st.lists(st.tuples(st.sampled_from(TAGS), st.sampled_from(TAGS)), max_size=10)
SENTENCES = st.lists(SENTENCE, min_size=1, max_size=6)


def compare(pairs: list[list[tuple[str, str]]]) -> ErrorReport:
    made = [
        row(f"{n % 2}-{n}", " ".join(f"w{i}" for i in range(len(p))), " ".join(g for g, _ in p))
        for n, p in enumerate(pairs)
    ]
    tags = {r["id"]: [found for _, found in p] for r, p in zip(made, pairs, strict=True)}
    return analyse(made, tags, NAMES)


def outcomes(gold: str, predicted: str) -> list[tuple[str, Any, Any]]:
    """The matches of two strings of entities, each "class first-behind": "A0-2 B2-3"."""

    def read(text: str) -> list[Entity]:
        found = re.findall(r"(\w)(\d)-(\d)", text)
        return [Entity(label, int(start), int(end)) for label, start, end in found]

    def write(entity: Entity | None) -> str | None:
        return entity and f"{entity.label}{entity.start}-{entity.end}"

    matches = match_entities(read(gold), read(predicted))
    return [(m.outcome, write(m.gold), write(m.predicted)) for m in matches]


# Matching


@pytest.mark.parametrize(
    ("gold", "predicted", "expected"),
    [
        ("", "", []),
        ("A0-2", "A0-2", [("exact", "A0-2", "A0-2")]),
        ("A0-2", "B0-2", [("type", "A0-2", "B0-2")]),
        ("A0-2", "A1-3", [("boundary", "A0-2", "A1-3")]),
        ("A0-2", "B1-3", [("both", "A0-2", "B1-3")]),
        ("A0-2", "A2-3", [("missed", "A0-2", None), ("spurious", None, "A2-3")]),
        # The class goes before the place: what is on the left is left over.
        ("A0-3", "B0-1 A2-3", [("boundary", "A0-3", "A2-3"), ("spurious", None, "B0-1")]),
        # The larger overlap, then the one on the left.
        ("A0-5", "A0-2 A2-5", [("boundary", "A0-5", "A2-5"), ("spurious", None, "A0-2")]),
        ("A0-4", "A0-2 A2-4", [("boundary", "A0-4", "A0-2"), ("spurious", None, "A2-4")]),
        ("A0-2 A2-4", "A0-4", [("boundary", "A0-2", "A0-4"), ("missed", "A2-4", None)]),
        ("A0-4", "B0-1 C1-4", [("both", "A0-4", "C1-4"), ("spurious", None, "B0-1")]),
        # The best pair first, though two pairs of the worse kind could be had.
        (
            "B0-2 A2-4",
            "A1-3 B3-4",
            [("missed", "B0-2", None), ("boundary", "A2-4", "A1-3"), ("spurious", None, "B3-4")],
        ),
        (
            "A0-1 A3-4 B5-6",
            "A0-1 C3-4 B7-8",
            [
                *(("exact", "A0-1", "A0-1"), ("type", "A3-4", "C3-4")),
                *(("missed", "B5-6", None), ("spurious", None, "B7-8")),
            ],
        ),
    ],
)
def test_matching_by_hand(gold: str, predicted: str, expected: list[tuple[str, Any, Any]]) -> None:
    assert outcomes(gold, predicted) == expected


@settings(max_examples=1500)
@given(SENTENCE)
def test_matching_is_one_to_one_and_leaves_no_pair(pairs: list[tuple[str, str]]) -> None:
    gold, predicted = (
        [Entity(*found) for found in from_iob2([pair[side] for pair in pairs])] for side in (0, 1)
    )
    matches = match_entities(gold, predicted)
    assert matches == match_entities(reversed(gold), reversed(predicted))
    assert sorted(m.gold for m in matches if m.gold) == sorted(gold)
    assert sorted(m.predicted for m in matches if m.predicted) == sorted(predicted)

    def overlap(a: Entity, b: Entity) -> bool:
        return bool({*range(a.start, a.end)} & {*range(b.start, b.end)})

    for m in matches:
        if m.gold and m.predicted:
            assert overlap(m.gold, m.predicted)
            same_class = m.gold.label == m.predicted.label
            same_bounds = m.gold[1:] == m.predicted[1:]
            names = {(1, 1): "exact", (0, 1): "type", (1, 0): "boundary", (0, 0): "both"}
            assert m.outcome == names[same_class, same_bounds]
        else:
            assert m.outcome == ("missed" if m.gold else "spurious")
    missed = [m.gold for m in matches if m.outcome == "missed"]
    spurious = [m.predicted for m in matches if m.outcome == "spurious"]
    assert not any(overlap(g, p) for g in missed for p in spurious if g and p)


def check_part(part: Part, counts: Any) -> None:
    assert [part.right, part.predicted, part.gold] == counts.tolist()
    scores = prf(counts)
    assert (part.precision or 0.0) == scores.precision
    assert (part.recall or 0.0) == scores.recall
    assert (part.f1 or 0.0) == scores.f1
    assert (part.precision is None) == (part.predicted == 0)
    assert (part.recall is None) == (part.gold == 0)


@settings(max_examples=1000)
@given(SENTENCES)
def test_reconciled_with_the_counts(pairs: list[list[tuple[str, str]]]) -> None:
    gold, predicted = (
        np.array([LABELS.codes[pair[side]] for s in pairs for pair in s], dtype=np.int8)
        for side in (0, 1)
    )
    lengths = np.array([len(s) for s in pairs], dtype=np.int64)
    counts = count_entities(gold, predicted, lengths, len(NAMES))
    report = compare(pairs)
    for compared, expected in zip(report.compared, counts.sum(axis=1), strict=True):
        found = Counter(m.outcome for m in compared.matches)
        paired = found["exact"] + found["type"] + found["boundary"] + found["both"]
        assert found["exact"] == expected[CORRECT]
        assert paired + found["missed"] == expected[GOLD]
        assert paired + found["spurious"] == expected[PREDICTED]
    total = counts.sum(axis=0)
    parts = report.parts()
    check_part(parts["all"]["all"], total.sum(axis=0))
    for k, name in enumerate(NAMES):
        check_part(parts["class"][name], total[k])
    for article, part in parts["article"].items():
        check_part(part, counts[int(article) :: 2].sum(axis=(0, 1)))
    confusion = np.array(report.confusion())
    assert confusion[:-1].sum(axis=1).tolist() == total[:, GOLD].tolist()
    assert confusion[:, :-1].sum(axis=0).tolist() == total[:, PREDICTED].tolist()
    assert confusion[-1].sum() == parts["all"]["all"].outcomes["spurious"]
    assert confusion[:, -1].sum() == parts["all"]["all"].outcomes["missed"]
    for name in OUTCOMES:
        whole = parts["all"]["all"].outcomes[name]
        assert sum(part.outcomes[name] for part in parts["class"].values()) == whole


# Figures by hand


def test_outcomes_by_hand(report: ErrorReport) -> None:
    assert report.classes == ("Flight", "Hit", "Hold")
    found = {c.id: [(m.outcome, m.seen) for m in c.matches] for c in report.compared}
    assert found == {
        "a-1": [("boundary", True), ("exact", False)],
        "a-2": [("spurious", None)],
        "b-1": [("exact", False), ("type", False), ("missed", False)],
        "b-2": [("boundary", True), ("spurious", None)],
        "b-3": [],
    }
    assert [c.id for c in report.wrong] == ["a-1", "a-2", "b-1", "b-2"]


def test_confusion_by_hand(report: ErrorReport) -> None:
    assert report.confusion() == [
        [1, 0, 0, 1],  # Flight, of which one was missed
        [1, 2, 0, 0],  # Hit, one of them as Flight
        [0, 0, 1, 0],  # Hold, whose class is right though its bounds are not
        [1, 1, 0, 0],  # none
    ]


def test_parts_by_hand(report: ErrorReport) -> None:
    parts = report.parts()

    def figures(name: str) -> dict[str, tuple[Any, ...]]:
        return {key: (p.right, p.predicted, p.gold) for key, p in parts[name].items()}

    assert figures("all") == {"all": (2, 7, 6)}
    assert figures("class") == {"Flight": (1, 3, 2), "Hit": (1, 3, 3), "Hold": (0, 1, 1)}
    assert figures("article") == {"a": (1, 3, 2), "b": (1, 4, 4)}
    assert figures("near-duplicate") == {"with": (1, 2, 2), "without": (1, 5, 4)}
    assert figures("seen") == {"seen": (0, None, 2), "unseen": (2, None, 4)}
    seen, unseen = parts["seen"]["seen"], parts["seen"]["unseen"]
    assert (seen.precision, seen.recall, seen.f1) == (None, 0.0, None)
    assert (unseen.precision, unseen.recall, unseen.f1) == (None, 0.5, None)
    assert seen.outcomes == {**dict.fromkeys(OUTCOMES, 0), "boundary": 2}
    whole = parts["all"]["all"]
    assert (whole.precision, whole.recall) == (2 / 7, 2 / 6)
    assert whole.f1 == pytest.approx(4 / 13)


def test_partial_credit_by_hand(report: ErrorReport) -> None:
    credit = report.partial_credit()
    numbers = {
        name: (c.correct, c.incorrect, c.partial, c.missed, c.spurious)
        for name, c in credit.items()
    }
    assert numbers == {
        "strict": (2, 3, 0, 1, 2),
        "exact": (3, 2, 0, 1, 2),
        "partial": (3, 0, 2, 1, 2),
        "ent_type": (4, 1, 0, 1, 2),
    }
    assert credit["partial"].precision == 4 / 7
    assert credit["partial"].recall == 4 / 6


def test_figures_are_means_over_seeds(report: ErrorReport) -> None:
    perfect = analyse(made_rows(), {r["id"]: r["ner_tags"] for r in made_rows()}, report.classes)
    figures = span_figures([report, perfect])
    whole = figures.parts["all"]["all"]
    assert (whole.right, whole.predicted, whole.gold) == (4, 6.5, 6)
    assert whole.precision == pytest.approx((2 / 7 + 1) / 2)
    assert whole.outcomes == {
        **{"exact": 4, "type": 0.5, "boundary": 1, "both": 0, "missed": 0.5, "spurious": 1}
    }
    assert figures.parts["seen"]["seen"].predicted is None
    assert figures.confusion == [[1.5, 0, 0, 0.5], [0.5, 2.5, 0, 0], [0, 0, 1, 0], [0.5, 0.5, 0, 0]]
    assert figures.partial_credit["exact"].correct == 4.5
    assert (figures.rows, figures.of_events) == (5, False)
    # A score that one seed leaves undefined is that of the other.
    nothing = {r["id"]: ["O"] * len(r["tokens"]) for r in made_rows()}
    silent = analyse(made_rows(), nothing, report.classes)
    assert silent.parts()["all"]["all"].precision is None
    assert span_figures([silent, report]).parts["all"]["all"].precision == 2 / 7


def test_one_seed_has_the_figures_of_its_report(report: ErrorReport) -> None:
    figures = span_figures([report])
    assert figures.parts == report.parts()
    assert figures.confusion == report.confusion()
    assert figures.partial_credit == report.partial_credit()


def test_json(report: ErrorReport) -> None:
    found = json.loads(json.dumps(report.to_json()))
    assert (found["rows"], found["rows_with_errors"]) == (5, 4)
    assert found["confusion"]["classes"] == ["Flight", "Hit", "Hold", "none"]
    assert found["seen"]["unseen"]["recall"] == 0.5
    assert found["partial_credit"]["strict"]["incorrect"] == 3
    assert len(found["errors"]) == 6
    assert found["errors"][0] == {
        "id": "a-1",
        "doc_id": "a",
        "outcome": "boundary",
        "gold": {"label": "Hold", "start": 1, "end": 4, "text": "took control of"},
        "predicted": {"label": "Hold", "start": 1, "end": 3, "text": "took control"},
        "seen": True,
        "near_duplicate": True,
    }


def test_real_rows(real: dict[str, ErrorReport], corpus: Corpus) -> None:
    for task, report in real.items():
        found = {r["id"]: r for r in gold_rows(corpus, task)}
        parts = report.parts()
        if task == "arguments":
            assert all(parts["all"]["all"].outcomes.values())
        assert parts["seen"]["seen"].gold + parts["seen"]["unseen"].gold == parts["all"]["all"].gold
        for compared in report.compared:
            given = found[compared.id]
            assert [span.text_in(compared.text) for span in compared.tokens] == given["tokens"]
            assert compared.near_duplicate == bool(given["near_duplicates"])
            gold = [m.gold for m in compared.matches if m.gold]
            assert sorted(gold) == sorted(from_iob2(given["ner_tags"]))
            if task == "arguments":
                trigger = found[compared.id]["trigger_start"], found[compared.id]["trigger_end"]
                assert compared.event == Entity(given["event_type"], *trigger)
                assert {m.seen for m in compared.matches if m.gold} <= {given["trigger_seen"]}
            else:
                by_place = sorted((m for m in compared.matches if m.gold), key=lambda m: m.gold[1])
                assert [m.seen for m in by_place] == given["triggers_seen"]


def test_perfect_predictions_have_no_errors(corpus: Corpus) -> None:
    for task in ("triggers", "arguments"):
        found = gold_rows(corpus, task)
        report = analyse(found, {r["id"]: r["ner_tags"] for r in found})
        assert report.wrong == []
        assert all(part.f1 in (None, 1.0) for part in report.parts()["class"].values())


def test_mistakes_are_named() -> None:
    one = row("a-1", "x y", "B-A O")
    with pytest.raises(EventbenchError, match="no tags for a-1"):
        analyse([one], {})
    with pytest.raises(EventbenchError, match="a-1: 1 tags for 2 tokens"):
        analyse([one], {"a-1": ["O"]})
    with pytest.raises(EventbenchError, match="a-1 has no text"):
        analyse([{**one, "text": None}], {"a-1": ["O", "O"]})
    with pytest.raises(EventbenchError, match="unknown class 'A': expected one of B, C"):
        analyse([one], {"a-1": ["O", "O"]}, ["B", "C"])


def test_empty() -> None:
    for found in (analyse([], {}), analyse([row("a-1", "", "")], {"a-1": []})):
        assert found.partial_credit()["partial"].f1 == 0.0


# nervaluate is the oracle for what both define


def by_nervaluate(report: ErrorReport, compared: list[ComparedRow]) -> dict[str, Any]:
    """What nervaluate says of the same entities; an end is the last token there."""
    sides = []
    for name in ("gold", "predicted"):
        entities = [[getattr(m, name) for m in c.matches if getattr(m, name)] for c in compared]
        sides.append(
            [
                [
                    {"label": e.label, "start": e.start, "end": e.end - 1}
                    for e in sorted(found, key=lambda e: e.start)
                ]
                for found in entities
            ]
        )
    found: dict[str, Any] = Evaluator(*sides, tags=list(report.classes), loader="dict").evaluate()
    return found


def is_plain(compared: ComparedRow) -> bool:
    """Whether no entity overlaps several of the other side."""
    gold = [compared.span(m.gold) for m in compared.matches if m.gold]
    predicted = [compared.span(m.predicted) for m in compared.matches if m.predicted]
    return all(
        sum(one.overlaps(other) for other in others) <= 1
        for side, others in ((gold, predicted), (predicted, gold))
        for one in side
    )


COUNTED = ("correct", "incorrect", "partial", "missed", "spurious")
SCORED = ("precision", "recall", "f1")


@settings(max_examples=1000)
@given(SENTENCES)
def test_partial_credit_is_nervaluates(pairs: list[list[tuple[str, str]]]) -> None:
    report = compare(pairs)
    expected = by_nervaluate(report, list(report.compared))
    for name, credit in report.partial_credit().items():
        theirs = expected["overall"][name]
        ours = {key: getattr(credit, key) for key in (*COUNTED, *SCORED)}
        matched = credit.correct + credit.incorrect + credit.partial
        assert matched + credit.missed == theirs.possible
        assert matched + credit.spurious == theirs.actual
        if name in ("strict", "exact"):
            assert ours["correct"] == theirs.correct
            assert [ours[key] for key in SCORED] == [getattr(theirs, key) for key in SCORED]
    for label, theirs in expected["entities"].items():
        part = report.parts()["class"][label]
        strict = theirs["strict"]
        assert (part.right, part.predicted, part.gold) == (
            *(strict.correct, strict.actual, strict.possible),
        )

    plain = [c for c in report.compared if is_plain(c)]
    if plain:
        expected = by_nervaluate(report, plain)["overall"]
        for name, credit in replace(report, compared=tuple(plain)).partial_credit().items():
            for key in (*COUNTED, *SCORED):
                assert getattr(credit, key) == getattr(expected[name], key), (name, key)


def test_where_nervaluate_differs() -> None:
    """Two predictions overlap one gold entity: ours takes the right class, theirs the left one."""
    report = compare([[("B-A", "B-D_E"), ("I-A", "B-A")]])
    theirs = by_nervaluate(report, list(report.compared))["overall"]["ent_type"]
    ours = report.partial_credit()["ent_type"]
    assert (ours.correct, ours.incorrect, ours.spurious) == (1, 0, 1)
    assert (theirs.correct, theirs.incorrect, theirs.spurious) == (0, 1, 1)
