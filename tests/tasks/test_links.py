"""The task "links": which of the given events of an article are linked, and how."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import ROOT
from hypothesis import given
from hypothesis import strategies as st
from making import all_tested, article, said, write_lines, wrong_decisions

from eventbench import TASKS, Corpus, EventbenchError, Link, Span
from eventbench.corpus.scheme import SAME_EVENT, read_scheme
from eventbench.evaluation.reading import read_predictions
from eventbench.evaluation.scoring import score_answers
from eventbench.scoring.coreference import METRICS, cluster_prf, compare_clusters
from eventbench.tasks.base import Gold
from eventbench.tasks.same_event import groups

TASK = TASKS["links"]
SCHEME = read_scheme(ROOT / "annotations" / "annotation.conf")
Json = dict[str, Any]
IDS = [f"E{k}" for k in range(1, 7)]


def link(kind: str, first: int, second: int) -> Link:
    return Link(kind, f"E{first}", f"E{second}")


GOLD = (
    link("SameEvent", 2, 1),
    link("SameEvent", 3, 2),
    link("Causes", 4, 1),
    link("PartOf", 5, 6),
    link("Contradicts", 6, 3),
)
"""E1, E2 and E3 are one event."""


@pytest.fixture(scope="module")
def linked(corpus: Corpus) -> Corpus:
    """One article of six attacks, a sentence each."""
    sentences = [(f"Attack {k} .", said("Attack", "Attack", {})) for k in range(1, 7)]
    document = replace(article("0", *sentences), links=GOLD)
    return all_tested(replace(corpus, documents=(document,), scheme=SCHEME))


def scored(corpus: Corpus, *answer: Link) -> Any:
    gold = Gold.of(TASK, corpus)
    found = TASK.check(gold.rows[0], answer, corpus.scheme)
    return score_answers({0: {"0": found}}, gold, intervals=False)


def test_a_row_has_the_events_without_their_links(linked: Corpus) -> None:
    (row,) = TASK.rows(linked.documents, linked.scheme)
    assert row["events"][1] == {
        **{"id": "E2", "type": "Attack", "sent_id": 1},
        "trigger": {"start": 11, "end": 17, "text": "Attack"},
    }
    (shown,) = TASK.inputs_for(linked.documents, linked.scheme)
    assert {*shown} == {"id", "title", "text", "sentences", "events"}
    assert "attributes" not in shown["events"][0]
    # In reading order, with the ends of symmetric links too.
    assert TASK.gold(row) == (
        link("SameEvent", 1, 2),
        link("SameEvent", 2, 3),
        link("Contradicts", 3, 6),
        link("Causes", 4, 1),
        link("PartOf", 5, 6),
    )


def test_clusters_and_links_are_counted(linked: Corpus) -> None:
    report = scored(
        linked,
        *(link("SameEvent", 1, 3), link("SameEvent", 4, 5)),  # one pair of three, and a wrong one
        *(link("Causes", 4, 1), link("PartOf", 6, 5), link("Contradicts", 3, 6)),  # 5 in 6: wrong
    )
    found = report.sections[0]
    # Of the three events of the gold, one of three pairs; of the four predicted, one of two.
    clusters = found["average"]["clusters of SameEvent (LEA)"]
    assert (clusters.recall, clusters.precision, clusters.support) == (1 / 3, 2 / 4, 3)
    links = found["average"]["other links"]
    assert (links.precision, links.recall, links.support) == (2 / 3, 2 / 3, 3)
    mean = (2 * (1 / 3) * (1 / 2) / (1 / 3 + 1 / 2) + 2 / 3) / 2
    assert report.scores[0] == pytest.approx(mean)
    assert found["average"]["mean of both"].f1 == pytest.approx(mean)
    by_type = found["link"]
    assert {name: (s.precision, s.recall, s.support) for name, s in by_type.items()} == {
        "Causes": (1.0, 1.0, 1),
        "Contradicts": (1.0, 1.0, 1),
        "PartOf": (0.0, 0.0, 1),
        "SameEvent": (1 / 2, 1 / 3, 3),
    }
    # Six mentions: {1,2,3} 4 5 6 against {1,3} 2 {4,5} 6.
    b3 = found["same event"]["b3"]
    assert b3.precision == pytest.approx((1 + 1 + 1 + 1 / 2 + 1 / 2 + 1) / 6)
    assert b3.recall == pytest.approx((2 / 3 + 1 / 3 + 2 / 3 + 1 + 1 + 1) / 6)
    gold = Gold.of(TASK, linked)
    answers = {"0": TASK.check(gold.rows[0], [link("PartOf", 6, 5)], SCHEME)}
    assert wrong_decisions(gold, answers) == [
        ("link", "SameEvent", "nothing"),
        ("link", "SameEvent", "nothing"),
        ("link", "Causes (backwards)", "nothing"),
        ("link", "SameEvent", "nothing"),
        ("link", "Contradicts", "nothing"),
        ("link", "PartOf", "PartOf (backwards)"),
    ]


def test_no_link_at_all_scores_nothing(linked: Corpus) -> None:
    report = scored(linked)
    assert report.scores[0] == 0.0
    assert report.sections[0]["same event"]["b3"].f1 > 0.7, "unlike with clusters of one"


def test_the_links_of_a_closure_make_no_difference(linked: Corpus) -> None:
    star = link("SameEvent", 1, 2), link("SameEvent", 1, 3), *GOLD[2:]
    assert scored(linked, *star).scores[0] == 1.0
    assert scored(linked, *GOLD, *GOLD).scores[0] == 1.0, "nor do links given twice"


def test_a_part_that_the_gold_lacks_is_left_out(linked: Corpus) -> None:
    (document,) = linked.documents
    only_same = replace(linked, documents=(replace(document, links=GOLD[:2]),))
    assert scored(only_same, *GOLD[:2]).scores[0] == 1.0
    only_others = replace(linked, documents=(replace(document, links=GOLD[2:]),))
    assert scored(only_others, *GOLD[2:4]).scores[0] == pytest.approx(2 * (1 * 2 / 3) / (1 + 2 / 3))


pairs = st.tuples(st.sampled_from(IDS), st.sampled_from(IDS)).filter(lambda p: p[0] != p[1])
some_links = st.lists(st.builds(lambda t, p: Link(t, *p), st.sampled_from([*SCHEME.links]), pairs))


@given(answer=some_links)
def test_an_answer_is_read_as_it_is_written(linked: Corpus, answer: list[Link]) -> None:
    (row,) = TASK.rows(linked.documents, linked.scheme)
    found = TASK.check(row, answer, SCHEME)
    record = json.loads(json.dumps(TASK.dump(row, found)))
    assert TASK.parse(record, row, SCHEME) == found
    # The order of links, and that of the ends of symmetric ones, does not matter.
    turned = [
        Link(k.type, k.second, k.first) if k.type in SCHEME.symmetric else k
        for k in reversed(answer)
    ]
    assert TASK.check(row, turned, SCHEME) == found


@given(right=some_links, said=some_links)
def test_lea_is_that_of_the_metrics_without_clusters_of_one(
    linked: Corpus, right: list[Link], said: list[Link]
) -> None:
    (document,) = linked.documents
    right = [*right, GOLD[0]]  # something to find
    gold = Gold.of(TASK, replace(linked, documents=(replace(document, links=tuple(right)),)))
    answers = {"0": TASK.check(gold.rows[0], said, SCHEME)}
    report = score_answers({0: answers}, gold, intervals=False)
    sides = [[g for g in groups(IDS, k) if len(g) > 1] for k in (right, said)]
    lea = cluster_prf(compare_clusters(*sides))[METRICS.index("lea")] if sides[1] else np.zeros(3)
    score = report.sections[0]["average"]["clusters of SameEvent (LEA)"]
    assert [score.precision, score.recall, score.f1] == pytest.approx(lea.tolist())
    both = report.sections[0]["average"]
    parts = [s.f1 for name, s in both.items() if name != "mean of both" and s.support]
    assert report.scores[0] == pytest.approx(sum(parts) / len(parts))
    assert report.scores[0] == both["mean of both"].f1


def test_links_of_an_annotator_are_those_between_our_events(linked: Corpus) -> None:
    (document,) = linked.documents
    (row,) = TASK.rows([document], SCHEME)
    # The same events under other names, but the first one has another type.
    names = {name: f"X{name}" for name in IDS}
    events = [replace(e, id=names[e.id]) for e in document.events]
    events[0] = replace(events[0], type="Casualty")
    links = tuple(Link(k.type, names[k.first], names[k.second]) for k in GOLD)
    other = replace(document, events=tuple(reversed(events)), links=links)
    assert TASK.annotators_answer(row, other, SCHEME) == (
        link("SameEvent", 2, 3),
        link("Contradicts", 3, 6),
        link("PartOf", 5, 6),
    )


def test_events_with_one_trigger_are_told_apart_by_their_order(linked: Corpus) -> None:
    (document,) = linked.documents
    twice = replace(document.events[0], id="E7")
    both = replace(document, events=(*document.events, twice), links=(Link("Causes", "E7", "E2"),))
    (row,) = TASK.rows([both], SCHEME)
    assert TASK.annotators_answer(row, both, SCHEME) == TASK.gold(row)
    assert document.events[0].trigger == Span(0, 6)


LINK = {"type": "Causes", "first": "E1", "second": "E2"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda r: {"id": r["id"]}, "has no 'links'"),
        (lambda r: r | {"links": {}}, r"links is \{\}, expected a list"),
        (lambda r: r | {"links": ["E1"]}, r"links\[0\] is 'E1', expected an object"),
        (
            lambda r: r | {"links": [LINK, LINK | {"type": "Before"}]},
            r"links\[1\]: type is 'Before', expected SameEvent or PartOf or Contradicts or Causes",
        ),
        (
            lambda r: r | {"links": [LINK | {"second": "E9"}]},
            r"links\[0\]: joins 'E9', which is not among the events",
        ),
        (lambda r: r | {"links": [LINK | {"second": "E1"}]}, r"links\[0\]: joins 'E1' with itself"),
        (
            lambda r: r | {"links": [{**LINK, "first": 1}]},
            r"links\[0\]: first is 1, expected a s",
        ),
    ],
)
def test_faulty_links_are_named(
    linked: Corpus, tmp_path: Path, change: Callable[[Json], Json], message: str
) -> None:
    gold = Gold.of(TASK, linked)
    lines = [TASK.dump(row, TASK.gold(row)) for row in gold.rows]
    path = write_lines(tmp_path / "p.jsonl", lines)
    assert read_predictions(path, gold)[0]["0"] == TASK.gold(gold.rows[0])
    write_lines(path, [change(lines[0])])
    with pytest.raises(EventbenchError, match=f":1: {message}"):
        read_predictions(path, gold)


def test_a_scheme_without_same_event_has_links_too(harbour: Path) -> None:
    from eventbench import load_corpus

    corpus = load_corpus(harbour)
    assert SAME_EVENT not in corpus.scheme.links
    gold = Gold.of(TASK, corpus)
    report = score_answers({0: {r["id"]: TASK.gold(r) for r in gold.rows}}, gold, intervals=False)
    assert report.scores[0] == 1.0
    assert {*report.sections[0]["link"]} == {"SameStory", "Delays"}
    # Delays goes from a strike or an accident to a shipment only.
    row = gold.rows[1]
    wrong = [{"type": "Delays", "first": "E3", "second": "E4"}]
    with pytest.raises(EventbenchError, match="Delays joins 'E3', a Shipment, expected Accident"):
        TASK.check(row, wrong, corpus.scheme)
