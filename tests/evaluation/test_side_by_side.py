"""Predictions beside the gold: every event once, by the rules of the scores, in plain words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from conftest import ROOT

from eventbench import TASKS, Argument, Corpus, Document, Event, Gold, Sentence, Span, load_corpus
from eventbench.corpus.model import Value
from eventbench.corpus.records import events_of
from eventbench.corpus.scheme import read_scheme
from eventbench.evaluation.side_by_side import (
    MISSED,
    PARTLY,
    RIGHT,
    WRONG,
    SideBySide,
    Tally,
    compare_article,
    never_predicted,
)
from eventbench.scoring.counts import CORRECT, GOLD

SCHEME = read_scheme(ROOT / "annotations" / "annotation.conf")
TEXT = "Rebels shelled the old market on Friday , killing 12 people , the army said ."
WORDS = {
    word: Span(TEXT.index(word), TEXT.index(word) + len(word))
    for word in (
        *("Rebels", "shelled", "old market", "market", "Friday", "killing", "12", "people"),
        *("the army", "army", "said"),
    )
}


def event(
    id: str,
    type: str,
    trigger: str,
    attributes: dict[str, str] | None = None,
    source: str | None = None,
    **roles: str,
) -> Event:
    arguments = tuple(Argument(role, WORDS[words]) for role, words in roles.items())
    spoken = None if source is None else WORDS[source]
    return Event(id, type, WORDS[trigger], arguments, attributes or {}, spoken)


def article(*events: Event, **others: Any) -> Document:
    whole = (Sentence("a-001", Span(0, len(TEXT)), ()),)
    return Document("a", "a", TEXT, whole, events, **others)


def compared(
    gold: Sequence[Event], predicted: Sequence[Event], ignored: Sequence[str] = ()
) -> SideBySide:
    return compare_article(article(*predicted), article(*gold), SCHEME, ignored)


SHELLED = event(
    "E1",
    "Attack",
    "shelled",
    {"subtype": "shelling", "status": "negated"},
    "the army",
    Attacker="Rebels",
    Target="old market",
    Time="Friday",
)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, []),
        (
            {"attributes": {"subtype": "shelling", "status": "actual"}},
            ["status: gold negated, predicted actual"],
        ),
        (
            {"attributes": {"status": "negated"}},
            ["subtype: gold shelling, predicted nothing"],
        ),
        (
            # What the gold leaves undecided is not compared.
            {"attributes": {**SHELLED.attributes, "certainty": "certain"}},
            [],
        ),
        (
            {"source": WORDS["army"]},
            ["source: gold “the army”, predicted “army”"],
        ),
        ({"source": None}, ["source: gold “the army”, predicted nothing"]),
        (
            {"arguments": SHELLED.arguments[1:]},
            ["Attacker: gold “Rebels”, predicted nothing"],
        ),
        (
            {"arguments": (*SHELLED.arguments, Argument("Place", WORDS["market"]))},
            ["Place: gold nothing, predicted “market”"],
        ),
        (
            {"arguments": (*SHELLED.arguments[::2], Argument("Target", WORDS["market"]))},
            ["Target: gold “old market”, predicted “market”"],
        ),
        (
            {"arguments": (*SHELLED.arguments[::2], Argument("Place", WORDS["market"]))},
            ["role: gold Target “old market”, predicted Place “market”"],
        ),
    ],
)
def test_differences_are_said_plainly(changes: dict[str, Any], said: list[str]) -> None:
    side = compared([SHELLED], [replace(SHELLED, id="e1", **changes)])
    verdict = side.verdicts["e1"]
    assert [str(difference) for difference in verdict.differences] == said
    assert verdict.outcome == (PARTLY if said else RIGHT)


@pytest.mark.parametrize(
    ("other", "said"),
    [
        (event("e1", "Attack", "market"), None),
        (event("e1", "Casualty", "shelled"), ["type: gold Attack, predicted Casualty"]),
        (
            replace(event("e1", "Attack", "shelled"), trigger=Span(0, 14)),
            ["trigger: gold “shelled”, predicted “Rebels shelled”"],
        ),
        (
            replace(event("e1", "Casualty", "shelled"), trigger=Span(0, 14)),
            [
                "type: gold Attack, predicted Casualty",
                "trigger: gold “shelled”, predicted “Rebels shelled”",
            ],
        ),
    ],
)
def test_of_a_wrong_trigger_nothing_else_is_compared(other: Event, said: list[str] | None) -> None:
    side = compared([SHELLED], [other])
    assert side.verdicts["e1"].outcome == WRONG
    assert [str(d) for d in side.verdicts["e1"].differences] == (said or [])
    assert (side.verdicts["e1"].gold is None) == (said is None)
    assert [e.id for e in side.document.events] == ["e1", *([] if said else ["gold-E1"])]
    assert side.tally == Tally(wrong=1, missed=int(said is None), extra=int(said is None))
    assert side.tally.gold == side.tally.predicted == 1


def test_missed_events_keep_their_gold_under_another_id() -> None:
    gold = [SHELLED, event("E2", "Casualty", "killing")]
    predicted = [event("gold-E2", "Attack", "said")]
    side = compared(gold, predicted)
    assert list(side.verdicts) == ["gold-E2", "gold-E1", "gold-gold-E2"]
    assert [v.outcome for v in side.verdicts.values()] == [WRONG, MISSED, MISSED]
    assert side.document.events[1] == replace(SHELLED, id="gold-E1")
    assert str(side.tally) == (
        "1 event predicted, 2 in the gold: 0 right, 0 partly right, 1 wrong (1 of them not in the "
        "gold), 2 missed"
    )


def test_the_order_of_events_at_one_place_does_not_matter() -> None:
    statuses = ("actual", "negated", "planned")
    gold = [replace(SHELLED, id=f"E{n}", attributes={"status": s}) for n, s in enumerate(statuses)]
    predicted = [replace(event, id=f"e{event.id}") for event in reversed(gold)]
    assert compared(gold, predicted).tally == Tally(right=3)


def test_values_are_compared_if_the_gold_says_them() -> None:
    days = [
        Value(WORDS["Friday"], "Time", f"2016-11-{day}/2016-11-{day}", "day", "text")
        for day in ("04", "11")
    ]
    gold = article(SHELLED, values=(days[0],))

    def said(predicted: Document) -> list[str]:
        side = compare_article(predicted, gold, SCHEME, never_predicted([predicted], SCHEME))
        return [str(d) for v in side.verdicts.values() for d in v.differences]

    about = "value of Time “Friday”: gold 2016-11-04, predicted"
    assert said(article(SHELLED, values=(days[0],))) == []
    assert said(article(SHELLED, values=(days[1],))) == [f"{about} 2016-11-11"]
    assert said(article(SHELLED)) == []  # no prediction has a time
    other = event("e2", "Attack", "said", Time="market")
    told = replace(other.arguments[0], value=days[0].value)
    assert said(article(SHELLED, replace(other, arguments=(told,)))) == [f"{about} nothing"]


def test_what_no_prediction_has_is_not_compared() -> None:
    bare = Event("e1", "Attack", WORDS["shelled"])
    ignored = never_predicted([article(bare)], SCHEME)
    assert {"arguments", "subtype", "status", "source", "values of Time"} <= {*ignored}
    assert compared([SHELLED], [bare], ignored).tally == Tally(right=1)
    assert compared([SHELLED], [bare]).tally == Tally(partly=1)
    assert "status" not in never_predicted([article(SHELLED)], SCHEME)


def test_the_gold_is_right(corpus: Corpus) -> None:
    for document in corpus.documents:
        side = compare_article(document, document, corpus.scheme)
        assert side.tally == Tally(right=len(document.events))


def test_numbers_are_those_of_the_scores(corpus: Corpus) -> None:
    found = load_corpus(annotations=ROOT / "annotations/passes/a")
    task = TASKS["events"]
    gold = Gold.of(task, corpus)
    answers = {document.id: events_of(document) for document in found.documents}
    totals = task.statistics(gold, answers).totals()
    sides = [
        compare_article(predicted, right, corpus.scheme)
        for predicted, right in zip(found.documents, corpus.documents, strict=True)
    ]
    tally = sum((side.tally for side in sides), Tally())
    correct, predicted, known = totals["TC"].sum(axis=0)
    assert (tally.right + tally.partly, tally.predicted, tally.gold) == (correct, predicted, known)
    differences = [
        difference.about
        for side in sides
        for verdict in side.verdicts.values()
        if verdict.outcome == PARTLY
        for difference in verdict.differences
    ]
    for attribute in corpus.scheme.attributes.values():
        counts = totals[f"attribute {attribute.name}"].sum(axis=0)
        assert differences.count(attribute.title.lower()) == counts[GOLD] - counts[CORRECT]
    assert len(differences) > 100
