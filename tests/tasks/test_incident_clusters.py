"""The task "incidents", on the made-up war in tests/karsland, scored by hand."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from conftest import KARSLAND, ROOT
from hypothesis import given
from hypothesis import strategies as st
from making import all_tested, wrong_decisions

from eventbench import TASKS, Corpus, EventbenchError, load, load_corpus
from eventbench.claims.told import name_of
from eventbench.corpus.loading import with_annotations
from eventbench.corpus.model import Span
from eventbench.evaluation.scoring import score_answers
from eventbench.scoring.decisions import Mark
from eventbench.systems.protocol import make_fold
from eventbench.systems.runner import write_annotations_as_run
from eventbench.tasks.base import Gold
from eventbench.tasks.incident_errors import wrong_incidents
from eventbench.tasks.incidents import HEADLINE

TASK = TASKS["incidents"]
Json = dict[str, Any]


@pytest.fixture(scope="module")
def war(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    data = tmp_path_factory.mktemp("corpus") / "karsland"
    shutil.copytree(KARSLAND, data)
    for name in ("annotation.conf", "incidents.toml"):
        shutil.copy(ROOT / "annotations" / name, data / "annotations")
    return load_corpus(data)


def one(name: str, *events: str, **values: Any) -> Json:
    return {"name": name, "events": [*events], **values}


def scored(corpus: Corpus, **answers: list[Json]) -> dict[str, dict[str, Any]]:
    """The scores of answers by article; an article without one has no incidents."""
    gold = Gold.of(TASK, corpus)
    checked = {r["id"]: TASK.check(r, answers.get(r["id"], []), gold.scheme) for r in gold.rows}
    return score_answers({0: checked}, gold, intervals=False).sections[0]


# Rows


def test_a_row_has_what_its_article_tells_alone(war: Corpus) -> None:
    rows = {row["id"]: row for row in Gold.of(TASK, war).rows}
    told = {i["name"]: i for i in rows["n"]["incidents"]}
    assert told[name_of("tolna-shelled")] == {
        "name": name_of("tolna-shelled"),
        "level": "incident",
        "events": ["E2"],
        "when": None,  # only m says that it was on Monday
        "where": ["tolna"],
        "killed": None,  # two groups are counted apart and never added
    }
    assert told[name_of("n-166")]["when"] == "2031-05-09/2031-05-09"
    (ambal,) = (i for i in rows["o"]["incidents"] if i["name"] == name_of("ambal-shelled"))
    assert ambal["when"] is None, "a decision of a person is no part of the article"
    assert (ambal["events"], ambal["killed"]) == (["E2", "E3"], "24-99")
    (total,) = (i for i in rows["m"]["incidents"] if i["level"] == "total")
    assert (total["events"], total["killed"]) == (["E5"], "40-")


def test_a_row_has_its_events_with_arguments_and_attributes(war: Corpus) -> None:
    row = Gold.of(TASK, war).by_id["m"]
    assert row["published"] == "2031-05-06"
    event = row["events"][2]
    assert (event["id"], event["trigger"]["text"]) == ("E3", "killed")
    assert [
        (a["kind"], a["text"]) for a in event["arguments"] if a["kind"] in ("Time", "Number")
    ] == [
        ("Number", "12"),
        ("Time", "Monday"),
    ]
    assert {"name": "subtype", "value": "killed"} in event["attributes"]


def test_other_articles_change_nothing_but_names(war: Corpus) -> None:
    """What a training article says of an incident does not depend on the test article."""
    silent = replace(war.document("m"), values=())
    others = tuple(silent if d.id == "m" else d for d in war.documents)
    before, after = (
        {row["id"]: row["incidents"] for row in Gold.of(TASK, c).rows}
        for c in (war, replace(war, documents=others))
    )
    assert before["m"] != after["m"]
    assert (before["n"], before["o"]) == (after["n"], after["o"])


def test_every_way_to_rows_has_the_incidents(war: Corpus) -> None:
    names = {
        i["name"]
        for row in load("incidents", fold=0, corpus=war)["train"]
        for i in row["incidents"]
    }
    assert names == {name_of("o-7"), name_of("ambal-shelled")}
    fold = make_fold(war, "incidents", 0)
    assert {i["name"] for row in fold.train for i in row["incidents"]} == names
    assert name_of("tolna-taken") in {
        i["name"] for row in fold.validation for i in row["incidents"]
    }


def test_rows_of_unprepared_articles_have_no_gold(war: Corpus) -> None:
    (row,) = TASK.rows(war.documents[:1], war.scheme)
    assert row["incidents"] is None
    with pytest.raises(EventbenchError, match=r"^m: its incidents were not derived; see Task.prep"):
        TASK.gold(row)


def test_a_mention_of_two_levels_is_of_the_incident(war: Corpus, tmp_path: Path) -> None:
    data = tmp_path / "data"
    shutil.copytree(war.root, data)
    with (data / "annotations" / "incidents.tsv").open("a", encoding="utf-8") as file:
        file.write("battle\tphase\tm:9-13 n:166-174\tboth are the battle\n")
    rows = Gold.of(TASK, load_corpus(data)).by_id
    assert name_of("battle") not in {i["name"] for i in rows["m"]["incidents"]}
    assert {i["name"]: i["events"] for i in rows["n"]["incidents"]}[name_of("battle")] == ["E4"]


def test_it_applies_where_incidents_are_listed(war: Corpus, edition1: Corpus) -> None:
    assert TASK.applies(war)
    assert not TASK.applies(edition1)


# Answers

VALID = one("x", "E3", "E1", when="2031-05-05/2031-05-05", where=["tolna", "ambal"], killed="012-")


def test_an_answer_has_one_form(war: Corpus) -> None:
    row = Gold.of(TASK, war).by_id["m"]
    found = TASK.check(row, [VALID, one("y", "E2")], war.scheme)
    assert found == (
        {
            "name": "x",
            "events": ["E1", "E3"],
            "when": "2031-05-05/2031-05-05",
            "where": ["ambal", "tolna"],
            "killed": "12-",
        },
        {"name": "y", "events": ["E2"], "when": None, "where": [], "killed": None},
    )
    assert TASK.check(row, found, war.scheme) == found


WRONG: dict[str, tuple[Any, str]] = {
    "no list": ({}, r"^has no 'incidents'$"),
    "no name": ([one(" ", "E1")], r"^incidents\[0\]: name is ' ', expected one of its own$"),
    "a name twice": ([one("x", "E1"), one("x", "E2")], r"^incidents\[1\]: name is 'x', expected"),
    "unknown event": (
        [one("x", "E9")],
        r"^incidents\[0\]: events has 'E9', which is not among the events$",
    ),
    "an event that is no id": ([one("x", 3)], r"^incidents\[0\]: events has 3, which is not"),
    "an event in two": (
        [one("x", "E1"), one("y", "E1")],
        r"^incidents\[1\]: events has 'E1' again, expected it in one incident$",
    ),
    "an event twice": ([one("x", "E1", "E1")], r"events has 'E1' again"),
    "no event": ([one("x")], r"^incidents\[0\]: events is empty, expected one or more$"),
    "a day alone": (
        [one("x", "E1", when="2031-05-05")],
        r"^incidents\[0\]: when: value is '2031-05-05', expected two dates with a slash",
    ),
    "an unknown time": (
        [one("x", "E1", when="unknown")],
        r"^incidents\[0\]: when: value is 'unknown', expected null instead$",
    ),
    "a name of a place": ([one("x", "E1", where=["Old Tolna"])], r"where: value is 'Old Tolna'"),
    "places in one text": (
        [one("x", "E1", where="tolna")],
        r"^incidents\[0\]: where is 'tolna', expected a list$",
    ),
    "a place that is no text": ([one("x", "E1", where=[1])], r"where is \[1\], expected a list of"),
    "a number": ([one("x", "E1", killed=12)], r"killed is 12, expected a string"),
    "bounds that cross": ([one("x", "E1", killed="3-2")], r"killed: value is '3-2', expected LOW-"),
    "no bounds": ([one("x", "E1", killed="-")], r"killed: value is '-', expected null instead"),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_answers_are_refused(war: Corpus, case: str) -> None:
    incidents, message = WRONG[case]
    row = Gold.of(TASK, war).by_id["m"]
    record = incidents if isinstance(incidents, dict) else {"incidents": incidents}
    with pytest.raises(EventbenchError, match=message):
        TASK.parse(json.loads(json.dumps(record)), row, war.scheme)


# Scores


def test_no_incident_scores_0_and_b_cubed_would_not(war: Corpus) -> None:
    found = scored(war)
    assert found["average"][HEADLINE].f1 == 0
    assert found["clusters"]["B³"].precision == 1
    assert found["clusters"]["LEA"].f1 > 0.25


def test_the_others_of_a_cluster_count_with_those_that_training_articles_have(war: Corpus) -> None:
    found = scored(
        war,
        m=[one(name_of("tolna-taken"), "E1"), one("x", "E2", "E3", "E5")],  # E5 is of a total
        n=[one(name_of("tolna-shelled"), "E1", "E2")],
        o=[one(name_of("tolna-taken"), "E1"), one("y", "E2", "E3")],
    )["clusters"]

    def shown(name: str) -> tuple[float, float, int]:
        return found[name].precision, found[name].recall, found[name].support

    # In the order of m E1, E2, E3, n E1, E2, o E1, E2, E3.
    assert shown(HEADLINE) == (
        (1 + 0 + 0 + 0 + 1 / 2 + 0 + 1 + 1) / 8,
        (1 / 2 + 0 + 0 + 0 + 1 + 1 + 1) / 7,  # o E1 has no others
        7,
    )
    assert shown("within the article") == (2 / 6, 2 / 4, 4)
    assert shown("across articles") == ((1 + 0 + 1 + 0) / 4, (1 + 0 + 0 + 0 + 1) / 5, 5)
    assert shown("of phases") == (0, 0, 0)
    assert shown("of incidents") == shown(HEADLINE)
    assert found["B³"].support == 11
    # m E4 and n E3, E4 are alone; o E1 is put with three others.
    alone, b3 = 3, 2 / 2 + 1 / 2 + 1 / 2 + 1 / 3 + 2 / 3 + 1 / 4 + 2
    assert found["B³"].precision == pytest.approx((alone + b3) / 11)


def test_a_name_of_the_test_article_alone_joins_nothing(war: Corpus) -> None:
    """The names of other folds' answers are not those of training articles."""
    same = scored(war, m=[one("x", "E1")], n=[one("x", "E1")])
    assert same["average"][HEADLINE].precision == 0
    assert same["clusters"]["across articles"].precision == 0
    together = scored(all_tested(war), m=[one("x", "E1", "E2")], n=[one("x", "E1")])
    assert together["clusters"]["across articles"].precision == 1


@given(st.permutations(["a", "b", "c"]))
def test_what_new_incidents_are_called_does_not_matter(war: Corpus, names: list[str]) -> None:
    first, second, third = names
    found = scored(war, m=[one(first, "E1", "E3"), one(second, "E2")], o=[one(third, "E2", "E3")])
    assert found == scored(war, m=[one("a", "E1", "E3"), one("b", "E2")], o=[one("c", "E2", "E3")])


def test_values_are_compared_where_incidents_share_most_events(war: Corpus) -> None:
    found = scored(
        war,
        m=[
            one("x", "E1", "E2", "E4", when="2031-05-04/2031-05-05", where=["tolna", "hama"]),
            one("y", "E3", when="2031-05-01/2031-05-31", where=["hama"], killed="12-"),
            one("z", "E5", killed="40-"),
        ],
        o=[
            one("w", "E1", killed="5-5"),
            one("v", "E2", "E3", where=["port-ambal"], killed="24-99"),
        ],
    )

    def counts(section: str, name: str) -> tuple[float, float, int]:
        score = found[section][name]
        return score.precision, score.recall, score.support

    assert counts("answer", "when") == (1 / 2, 1 / 5, 5)
    assert counts("equal values", "when") == (0, 0, 5)
    assert counts("answer", "where") == (2 / 3, 2 / 8, 8)
    assert counts("equal values", "where") == (1 / 3, 1 / 8, 8)
    assert counts("answer", "killed") == counts("equal values", "killed") == (2 / 4, 2 / 3, 3)


def test_mentions_of_new_incidents_are_compared_by_those_before_them() -> None:
    right = {("k", "E1"): "i1", **{("m", f"E{n}"): name for n, name in enumerate("aabbc", 1)}}
    given = {**right, **{("m", f"E{n}"): name for n, name in enumerate("xyyyi", 1)}}
    given["m", "E5"] = "i1"
    marks = {m: Mark("event", m[0], Span(int(m[1][1:]), 9), "Attack") for m in right}
    asked = [mention for mention in right if mention[0] == "m"]
    found = wrong_incidents([("k", "E1")], asked[::-1], right, given, marks)
    shown = [
        (d.item, d.gold, d.predicted, [(mark.side, mark.span.start) for mark in d.marks])
        for d in found
    ]
    earlier, another = "that of an earlier mention", "that of another mention"
    assert shown == [
        ("m-E2", earlier, "a new one", [("event", 2), ("gold", 1)]),
        ("m-E3", "a new one", earlier, [("event", 3), ("predicted", 2)]),
        # E4 is right with E3, though E2 does not belong to them.
        ("m-E5", "a new one", "i1", [("event", 5), ("predicted", 1)]),
    ]
    given["m", "E4"] = "x"
    found = wrong_incidents([], asked, right, given, marks)
    assert ("m-E4", earlier, another) in [(d.item, d.gold, d.predicted) for d in found]


def test_wrong_decisions_are_listed(war: Corpus) -> None:
    gold = Gold.of(TASK, war)
    answers = {row["id"]: TASK.gold(row) for row in gold.rows}
    assert wrong_decisions(gold, answers) == []
    row = gold.by_id["m"]
    new = [
        one(name_of("tolna-shelled"), "E1", "E2", when="2031-05-05/2031-05-05"),
        one(name_of("o-7"), "E3", "E4"),
    ]
    answers["m"] = TASK.check(row, new, gold.scheme)
    assert sorted(wrong_decisions(gold, answers)) == [
        ("incident", "a new one", name_of("o-7")),  # E4
        ("incident", name_of("tolna-shelled"), name_of("o-7")),
        ("incident", name_of("tolna-taken"), name_of("tolna-shelled")),
        ("incident", name_of("tolna-taken"), name_of("tolna-shelled")),
        ("killed", "12-12", "nothing"),
        ("killed", "40-", "nothing"),
        ("when", "2031-05-01/2031-05-06", "nothing"),
        ("when", "2031-05-05/2031-05-05", "nothing"),
        ("where", "tolna", "nothing"),
        ("where", "tolna", "nothing"),
    ]


def test_the_gold_as_a_run_is_right_and_a_pass_has_its_links_only(
    war: Corpus, corpus: Corpus, tmp_path: Path
) -> None:
    write_annotations_as_run(war, None, "gold", tmp_path / "run")
    lines = (tmp_path / "run" / "incidents" / "seed0" / "fold0.jsonl").read_text("utf-8")
    gold = Gold.of(TASK, war)
    assert TASK.parse(json.loads(lines), gold.by_id["m"], war.scheme) == TASK.gold(gold.by_id["m"])
    gold = Gold.of(TASK, corpus)
    read = with_annotations(corpus, corpus.root / "annotations" / "passes" / "a").documents
    answers = {d.id: TASK.annotators_answer(gold.by_id[d.id], d, gold.scheme) for d in read}
    clusters = score_answers({0: answers}, gold, intervals=False).sections[0]["clusters"]
    assert clusters["within the article"].f1 > 0.5
    assert clusters["across articles"].f1 == 0
