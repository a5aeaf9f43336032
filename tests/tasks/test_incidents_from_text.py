"""The task "incidents-from-text", on the made-up war in tests/karsland, scored by hand."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from making import all_tested, wrong_decisions
from test_incident_clusters import one, war

from eventbench import TASKS, Corpus, EventbenchError, load
from eventbench.claims.told import name_of
from eventbench.corpus.loading import with_annotations
from eventbench.corpus.records import ArticleEvents
from eventbench.evaluation.scoring import score_answers
from eventbench.tasks.base import Gold
from eventbench.tasks.incident_scores import HEADLINE

__all__ = ["war"]  # a fixture

TASK = TASKS["incidents-from-text"]
Json = dict[str, Any]
TAKEN, SHELLED = name_of("tolna-taken"), name_of("tolna-shelled")


def event(name: str, kind: str, text: str, words: str) -> Json:
    """An event without details at the first place of some words."""
    start = text.index(words)
    trigger = {"start": start, "end": start + len(words)}
    return {"id": name, "type": kind, "trigger": trigger, "arguments": []}


def kept(gold: Gold, article: str, *without: str) -> list[Json]:
    """The events of the gold, but some."""
    return [e for e in gold.by_id[article]["events"] if e["id"] not in without]


def scored(gold: Gold, answers: dict[str, Json]) -> dict[str, dict[str, Any]]:
    checked = {row["id"]: TASK.check(row, answers[row["id"]], gold.scheme) for row in gold.rows}
    return score_answers({0: checked}, gold, intervals=False).sections[0]


def given_all(gold: Gold, incidents: dict[str, list[Json]]) -> dict[str, Json]:
    """All events of the gold, filed under these incidents."""
    return {
        row["id"]: {"events": row["events"], "incidents": incidents.get(row["id"], [])}
        for row in gold.rows
    }


def found_by_hand(gold: Gold) -> dict[str, Json]:
    """Answers with missed events, spurious ones, and one of a wrong type."""
    words = {row["id"]: row["text"] for row in gold.rows}
    spurious = [event(f"s{k}", "Attack", words["m"], w) for k, w in ((1, "Shells"), (2, "Watch"))]
    wrong = event("s", "Attack", words["o"], "hold")
    m = [
        one(TAKEN, "E1"),
        one("x", "E3", "s1", when="2031-05-05/2031-05-05", killed="12-12"),
        one("z", "s2", killed="5-5"),
    ]
    return {
        "m": {"events": [*kept(gold, "m", "E2"), *spurious], "incidents": m},
        "n": {"events": kept(gold, "n"), "incidents": [one(SHELLED, "E1", "E2")]},
        "o": {
            "events": [wrong, *kept(gold, "o", "E1")],
            "incidents": [one(TAKEN, "s"), one("y", "E2", "E3")],
        },
    }


# Rows


def test_a_row_tells_a_system_the_day_of_publication_and_no_event(war: Corpus) -> None:
    rows = {row["id"]: row for row in TASK.inputs_for(war.documents, war.scheme)}
    assert set(rows["m"]) == {"id", "title", "text", "published", "sentences"}
    assert [rows[i]["published"] for i in "mno"] == ["2031-05-06", "2031-05-08", None]
    assert len(rows["m"]["sentences"][0]["token_starts"]) > 5
    (learned,) = load(TASK.name, fold=0, corpus=war)["train"]
    assert [one["events"] for one in learned["incidents"]] == [["E1"], ["E2", "E3"]]


def test_it_applies_where_incidents_are_listed(war: Corpus, edition1: Corpus) -> None:
    assert TASK.applies(war)
    assert not TASK.applies(edition1)


# Answers


def test_an_answer_has_one_form(war: Corpus) -> None:
    gold = Gold.of(TASK, war)
    row = gold.by_id["m"]
    events = [
        event("b", "Casualty", row["text"], "killed"),
        event("a", "TerritorialControl", row["text"], "took"),
    ]
    at = row["text"].index("Monday")
    day = {"role": "Time", "start": at, "end": at + 6, "value": "2031-05-05/2031-05-05"}
    events[1]["arguments"] = [day]
    found = TASK.check(row, {"events": events, "incidents": [one("x", "b", "a")]}, gold.scheme)
    assert [e.id for e in found.events] == ["e1", "e2"]
    assert found.events[0].arguments[0].value == "2031-05-05/2031-05-05"
    assert found.incidents[0]["events"] == ["e1", "e2"]
    record = json.loads(json.dumps(TASK.dump(row, found)))
    assert record["events"][0]["arguments"] == [day]
    assert TASK.parse(record, row, gold.scheme) == found
    as_objects = {"events": ArticleEvents(found.events), "incidents": found.incidents}
    assert TASK.check(row, as_objects, gold.scheme) == found


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ([], "expected an answer of incidents-from-text"),
        ({"incidents": []}, "expected an answer of incidents-from-text: 'events'"),
        ({"events": []}, "expected an answer of incidents-from-text: 'incidents'$"),
        ({"events": [], "incidents": [one("x", "E1")]}, "'E1', which is not among the events$"),
        ({"events": [{"id": "a"}], "incidents": []}, r"^events\[0\]: has no 'type'$"),
    ],
)
def test_wrong_answers_are_refused(war: Corpus, answer: Any, said: str) -> None:
    row = Gold.of(TASK, war).by_id["m"]
    with pytest.raises(EventbenchError, match=said):
        TASK.check(row, answer, war.scheme)


# Scores


def test_with_all_events_of_the_gold_scores_are_those_of_incidents(war: Corpus) -> None:
    incidents = {
        "m": [one(TAKEN, "E1"), one("x", "E2", "E3", "E5", killed="12-12")],
        "n": [one(SHELLED, "E1", "E2", when="2031-05-05/2031-05-05")],
        "o": [one(TAKEN, "E1"), one("y", "E2", "E3", where=["port-ambal"])],
    }
    gold, other = (Gold.of(TASKS[name], war) for name in (TASK.name, "incidents"))
    found = scored(gold, given_all(gold, incidents))
    checked = {r["id"]: other.task.check(r, incidents[r["id"]], war.scheme) for r in other.rows}
    expected = score_answers({0: checked}, other, intervals=False).sections[0]
    assert found.pop("events")["events"].f1 == 1
    for level in ("of incidents", "of phases"):
        del expected["clusters"][level]
    assert found == expected


def test_spurious_events_cost_precision_and_missed_ones_recall(war: Corpus) -> None:
    gold = Gold.of(TASK, war)
    found = scored(gold, found_by_hand(gold))

    def shown(section: str, name: str) -> tuple[float, float, int]:
        score = found[section][name]
        return score.precision, score.recall, score.support

    assert shown("clusters", HEADLINE) == (
        # m E1, E3, s1; n E1, E2; o s, E2, E3: those that are not alone in the answers
        (1 + 0 + 0 + 0 + 1 / 2 + 0 + 1 + 1) / 8,
        # m E1, E2, E3; n E1, E2; o E2, E3: those that are not alone in the gold
        (1 / 2 + 0 + 0 + 0 + 1 + 1 + 1) / 7,
        7,
    )
    assert shown("average", HEADLINE) == shown("clusters", HEADLINE)
    # All count in plain B³: 2 of 11 are missed, and 3 of 12 are spurious.
    precision = 1 + 1 / 2 + 0 + 1 + 0 + 1 / 3 + 2 / 3 + 2 + 0 + 2
    recall = 2 / 3 + 0 + 1 / 2 + 1 + 1 / 3 + 1 + 2 + 0 + 2
    assert found["clusters"]["B³"].precision == pytest.approx(precision / 12)
    assert found["clusters"]["B³"].recall == pytest.approx(recall / 11)
    assert shown("events", "events") == (10 / 13, 10 / 12, 12)
    assert shown("answer", "when") == (1, 1 / 5, 5)
    assert shown("answer", "killed") == (1 / 2, 1 / 3, 3)
    assert shown("answer", "where")[:2] == (0, 0)


def test_no_event_scores_0(war: Corpus) -> None:
    gold = Gold.of(TASK, war)
    found = scored(gold, {article: {"events": [], "incidents": []} for article in gold.by_id})
    assert {score.f1 for section in found.values() for score in section.values()} == {0}


def test_test_articles_are_joined_by_name(war: Corpus) -> None:
    gold = Gold.of(TASK, all_tested(war))
    joined = {"m": [one("x", "E1", "E2")], "n": [one("x", "E1")]}
    found = scored(gold, given_all(gold, joined))
    assert found["clusters"]["across articles"].precision == 1


@given(st.permutations(range(6)), st.permutations(["x", "z", "q"]))
def test_neither_order_nor_ids_nor_new_names_matter(
    war: Corpus, order: list[int], names: list[str]
) -> None:
    gold = Gold.of(TASK, war)
    answers = found_by_hand(gold)
    expected = scored(gold, answers)
    m = answers["m"]
    ids = {e["id"]: f"n{k}" for k, e in zip(order, m["events"], strict=True)}
    called = {TAKEN: TAKEN, **dict(zip(("x", "z"), names, strict=False))}
    m["events"] = [{**m["events"][k], "id": ids[m["events"][k]["id"]]} for k in order]
    m["incidents"] = [
        {**i, "name": called[i["name"]], "events": [ids[e] for e in reversed(i["events"])]}
        for i in reversed(m["incidents"])
    ]
    assert scored(gold, dict(reversed(answers.items()))) == expected


def test_wrong_decisions_are_listed(war: Corpus) -> None:
    gold = Gold.of(TASK, war)
    checked = {i: TASK.check(gold.by_id[i], a, gold.scheme) for i, a in found_by_hand(gold).items()}
    wrong = wrong_decisions(gold, checked)
    assert wrong[:6] == [
        ("trigger missed", "TerritorialControl", "nothing"),
        ("trigger spurious", "nothing", "Attack"),
        ("trigger spurious", "nothing", "Attack"),
        ("trigger type", "TerritorialControl", "Attack"),
        ("incident", SHELLED, "a new one"),  # m E3
        ("incident", TAKEN, SHELLED),  # n E1
    ]
    assert ("killed", "nothing", "5-5") in wrong  # of a spurious event
    assert ("killed", "12-12", "12-12") not in wrong


def test_a_pass_finds_events_and_joins_those_of_an_article_only(corpus: Corpus) -> None:
    gold = Gold.of(TASK, corpus)
    read = with_annotations(corpus, corpus.root / "annotations" / "passes" / "a").documents
    answers = {d.id: TASK.annotators_answer(gold.by_id[d.id], d, gold.scheme) for d in read}
    found = score_answers({0: answers}, gold, intervals=False).sections[0]
    assert 0.5 < found["events"]["events"].f1 < 1
    assert 0 < found["average"][HEADLINE].f1 < found["clusters"]["within the article"].f1
    assert found["clusters"]["across articles"].f1 == 0
