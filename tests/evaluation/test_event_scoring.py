"""Scores of predicted events: by hand, against published figures, and what must never happen."""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import combinations, permutations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import ROOT
from hypothesis import example, given, settings
from hypothesis import strategies as st

from eventbench import Argument, Corpus, Document, Event, EventbenchError, Link, Sentence, Span
from eventbench.corpus.loading import load_corpus
from eventbench.corpus.scheme import SPEAKER, read_scheme
from eventbench.evaluation.event_scoring import (
    ATTRIBUTES,
    MEASURES,
    METRICS,
    ArticleEvents,
    EventMention,
    EventReport,
    cluster_prf,
    compare_clusters,
    conll_f1,
    gold_events,
    read_events,
    score_events,
)
from eventbench.formats.exchange import export
from eventbench.scoring.counts import CORRECT, GOLD, PREDICTED, Floats, prf

SCHEME = read_scheme(ROOT / "annotations" / "annotation.conf")
TEXT = "ab😀 " * 10
SENTENCES = tuple(Sentence(f"s{k}", Span(*at), ()) for k, at in enumerate([(2, 12), (13, 25)]))


def mention(
    id: str, type: str, trigger: tuple[int, int], *arguments: Any, **rest: Any
) -> EventMention:
    spans = tuple(Argument(role, Span(*at)) for role, *at in arguments)
    return EventMention(id, type, Span(*trigger), spans, **rest)


def corpus_of(*articles: ArticleEvents) -> Corpus:
    """A corpus of articles "0", "1" … with two sentences each and these events as gold."""
    documents = tuple(
        Document(
            str(k),
            str(k),
            TEXT,
            SENTENCES,
            tuple(
                Event(
                    e.id, e.type, e.trigger, e.arguments, e.subtype, e.status, e.reported,
                    contested=bool(e.contested),
                )
                for e in article.events
            ),
            article.links,
        )
        for k, article in enumerate(articles)
    )  # fmt: skip
    return Corpus(documents, SCHEME, "0", "0" * 16, {d.id: d.id for d in documents})


def scored(gold: Sequence[ArticleEvents], predicted: Sequence[ArticleEvents]) -> EventReport:
    return score_events(corpus_of(*gold), {str(k): a for k, a in enumerate(predicted)})


def totals(report: EventReport) -> dict[str, list[int]]:
    """For each measure right, predicted and gold, over all classes and articles."""
    return {k: c.total().sum(axis=0).tolist() for k, c in report.measures.items()}


def by_class(scores: dict[str, Any]) -> dict[str, tuple[int, int, int]]:
    """Right, predicted and gold of each class that occurs."""
    return {
        name: (row["correct"], row["predicted"], row["gold"])
        for name, row in scores["classes"].items()
    }


def ratios(value: Any) -> Iterator[float | None]:
    """Every score in a report's JSON."""
    for key, inner in value.items() if isinstance(value, dict) else ():
        if key in ("precision", "recall", "f1", "macro_f1", "accuracy", "conll_f1"):
            yield inner
        yield from ratios(inner)


# The gold


def test_the_gold_scores_one_everywhere(corpus: Corpus) -> None:
    report = score_events(corpus, gold_events(corpus)).to_json()
    found = list(ratios(report))
    assert set(found) == {1.0}
    assert len(found) > 500
    events = sum(len(d.events) for d in corpus.documents)
    arguments = sum(len(e.arguments) for d in corpus.documents for e in d.events)
    for name, size in zip(MEASURES, [events] * 2 + [arguments] * 4, strict=True):
        micro = report["pooled"]["measures"][name]["micro"]
        assert (micro["correct"], micro["predicted"], micro["gold"]) == (size,) * 3
    assert report["pooled"]["matched"] == events
    assert {a["compared"] for a in report["pooled"]["attributes"].values()} == {events}


@pytest.mark.parametrize("name", ["gold.jsonl", "gold.jsonl.gz"])
def test_the_exported_gold_is_a_prediction(corpus: Corpus, tmp_path: Path, name: str) -> None:
    export(corpus, "jsonl", tmp_path / "gold.jsonl")
    path = tmp_path / name
    if path.suffix == ".gz":
        path.write_bytes(gzip.compress((tmp_path / "gold.jsonl").read_bytes()))
    found = read_events(path, corpus)
    assert list(found) == [document.id for document in corpus.documents]
    for article, expected in gold_events(corpus).items():
        assert found[article].links == expected.links
        assert found[article].events == tuple(
            replace(e, arguments=tuple(Argument(a.role, a.span) for a in e.arguments))
            for e in expected.events
        )
    report = score_events(corpus, found).to_json()
    assert set(ratios(report)) == {1.0}
    assert report == score_events(corpus, gold_events(corpus)).to_json()


def test_nothing_predicted_scores_nothing(corpus: Corpus) -> None:
    report = score_events(corpus, {d.id: ArticleEvents() for d in corpus.documents}).to_json()
    assert set(ratios(report)) == {0.0, None}
    assert report["pooled"]["measures"]["TC"]["micro"]["gold"] > 0
    assert {a["accuracy"] for a in report["pooled"]["attributes"].values()} == {None}


def test_a_gold_without_links_has_no_muc(tiny: Path) -> None:
    """As case N-1 of the reference scorer: 0 of 0 links counts 0."""
    corpus = load_corpus(tiny)
    clusters = score_events(corpus, gold_events(corpus)).to_json()["pooled"]["clusters"]
    assert clusters["muc"]["f1"] == 0.0
    assert [clusters[m]["f1"] for m in ("b3", "ceafe", "lea")] == [1.0] * 3
    assert clusters["conll_f1"] == pytest.approx(2 / 3)


# Triggers and arguments


def test_each_measure_by_hand() -> None:
    gold = ArticleEvents((
        mention("e1", "Attack", (2, 3), ("Target", 4, 5), ("Attacker", 5, 6), ("Place", 8, 9)),
        mention("e2", "Attack", (6, 7), ("Target", 9, 10)),
        mention("e3", "Casualty", (14, 15), ("Victim", 16, 17), ("Place", 19, 20)),
    ))  # fmt: skip
    predicted = ArticleEvents((
        # right; Target right, Attacker's span in another role, one span too long
        mention("a", "Attack", (2, 3), ("Target", 4, 5), ("Target", 5, 6), ("Place", 8, 10)),
        # too long, and with an argument of the other attack in its sentence
        mention("b", "Attack", (6, 8), ("Place", 8, 9)),
        # right span, wrong type: all that hangs on it is wrong, even a right role
        mention("c", "Attack", (14, 15), ("Target", 16, 17), ("Place", 19, 20)),
        # wrong span, right type: its argument is right where nobody asks for the trigger
        mention("d", "Casualty", (18, 19), ("Victim", 16, 17)),
        # the same argument in another sentence than the gold's
        mention("e", "Casualty", (3, 4), ("Victim", 16, 17)),
    ))  # fmt: skip
    report = scored([gold], [predicted])
    assert totals(report) == {
        "TI": [2, 5, 3],
        "TC": [1, 5, 3],
        "AI": [4, 8, 6],  # 4-5, 5-6, 8-9 of Attack; 16-17 of Casualty
        "AC": [3, 8, 6],  # all but 5-6
        "AI+": [2, 8, 6],  # 4-5 and 5-6
        "AC+": [1, 8, 6],
    }
    pooled = report.to_json()["pooled"]
    assert pooled["matched"] == 1
    types = pooled["measures"]["TC"]
    assert by_class(types) == {"Attack": (1, 3, 2), "Casualty": (0, 2, 1)}
    assert types["micro"]["precision"] == pytest.approx(1 / 5)
    assert types["micro"]["recall"] == pytest.approx(1 / 3)
    assert types["micro"]["f1"] == pytest.approx(2 * 1 / (5 + 3))
    assert types["macro_f1"] == pytest.approx((2 * 1 / (3 + 2) + 0) / 2)
    assert by_class(pooled["measures"]["AC"]) == {
        "Attacker": (0, 0, 1),
        "Place": (1, 3, 2),
        "Target": (1, 3, 2),
        "Victim": (1, 2, 1),
    }
    assert by_class(pooled["measures"]["TI"]) == {"trigger": (2, 5, 3)}


def test_counts_are_by_sentence_and_article() -> None:
    """What lies in no sentence is counted too, with the sentence before it or the first."""
    first = ArticleEvents((mention("e", "Attack", (14, 15), ("Target", 2, 3)),))
    second = ArticleEvents(tuple(
        mention(str(at), "Attack", (at, at + 1)) for at in (0, 12, 13, 30)
    ))  # fmt: skip
    report = scored([first, ArticleEvents()], [first, second])
    counts = report.measures["TC"]
    assert counts.classes == tuple(sorted(SCHEME.event_types))
    assert counts.values.shape == (4, 4, 3)
    assert counts.groups.tolist() == [0, 0, 1, 1]
    attack = counts.values[:, counts.classes.index("Attack")]
    assert attack.tolist() == [[0, 0, 0], [1, 1, 1], [0, 2, 0], [0, 2, 0]]
    assert counts.values.sum() == attack.sum()
    # the argument goes with its trigger, though it lies in the sentence before
    arguments = report.measures["AC"]
    assert arguments.classes == tuple(sorted(SCHEME.argument_roles()))
    assert arguments.values[1, arguments.classes.index("Target")].tolist() == [1, 1, 1]


def test_an_article_without_sentences_has_one_unit() -> None:
    article = ArticleEvents((mention("e", "Attack", (14, 15)),))
    corpus = corpus_of(article, article)
    bare = replace(corpus.documents[0], sentences=())
    corpus = replace(corpus, documents=(bare, corpus.documents[1]))
    report = score_events(corpus, {"0": article, "1": article})
    assert report.measures["TI"].groups.tolist() == [0, 1, 1]
    assert totals(report)["TC"] == [2, 2, 2]


def test_arguments_shared_by_events_of_a_type_count_each() -> None:
    """Where sets would leave one."""
    both = ArticleEvents((
        mention("e1", "Attack", (2, 3), ("Target", 4, 5)),
        mention("e2", "Attack", (6, 7), ("Target", 4, 5)),
    ))  # fmt: skip
    one = ArticleEvents((both.events[0], replace(both.events[1], arguments=())))
    assert totals(scored([both], [one]))["AC"] == [1, 1, 2]
    assert totals(scored([one], [both]))["AC"] == [1, 2, 1]


def test_the_report_adds_up(corpus: Corpus) -> None:
    other = load_corpus(None, ROOT / "annotations" / "passes" / "a")
    report = score_events(corpus, gold_events(other))
    shown = report.to_json()
    assert json.loads(json.dumps(shown)) == shown
    assert shown["triggers"] == shown["signature"]["triggers"] == "predicted"
    assert shown["signature"]["fingerprint"] == corpus.fingerprint
    assert list(shown["by_document"]) == [document.id for document in corpus.documents]
    parts = shown["by_document"].values()
    for name in MEASURES:
        micro = shown["pooled"]["measures"][name]["micro"]
        assert 0 < micro["f1"] <= 1
        for key in ("correct", "predicted", "gold"):
            assert micro[key] == sum(p["measures"][name]["micro"][key] for p in parts)
    for name in ATTRIBUTES:
        for key in ("compared", "correct"):
            total = shown["pooled"]["attributes"][name][key]
            assert total == sum(part["attributes"][name][key] for part in parts)
    pooled = conll_f1(report.clusters.sum(axis=0))
    assert shown["pooled"]["clusters"]["conll_f1"] == pooled < 1
    for article, counts in zip(corpus.documents, report.clusters, strict=True):
        part = shown["by_document"][article.id]["clusters"]
        assert part["conll_f1"] == conll_f1(counts)
        assert [part[m]["f1"] for m in METRICS] == cluster_prf(counts)[:, 2].tolist()


def test_gold_triggers_are_said_and_checked() -> None:
    gold = ArticleEvents((mention("e", "Attack", (2, 3), ("Target", 4, 5)),))
    corpus = corpus_of(gold)
    bare = ArticleEvents((mention("x", "Attack", (2, 3)),))
    report = score_events(corpus, {"0": bare}, triggers="gold")
    assert report.triggers == report.to_json()["triggers"] == report.signature["triggers"] == "gold"
    assert totals(report)["AC+"] == [0, 0, 1]
    for wrong in (
        ArticleEvents(),
        ArticleEvents((mention("x", "Casualty", (2, 3)),)),
        ArticleEvents((*bare.events, mention("y", "Attack", (2, 3)))),
    ):
        with pytest.raises(EventbenchError, match="article 0: the triggers are not the gold's"):
            score_events(corpus, {"0": wrong}, triggers="gold")
    with pytest.raises(EventbenchError, match="not over the articles"):
        score_events(corpus, {"1": gold})


# Attributes


def test_attributes_by_hand() -> None:
    def event(id: str, at: int, type: str = "Attack", **attributes: Any) -> EventMention:
        return mention(id, type, (at, at + 1), **attributes)

    gold = ArticleEvents((
        event("e1", 2, subtype="shelling", status="actual", reported="author", contested=False),
        event("e2", 4, subtype="other", status="actual", reported="author", contested=True),
        event("e3", 6, "Casualty", subtype="other", status="negated", reported="author"),
        event("e4", 8, "Casualty", subtype="killed", status="planned", reported="author"),
    ))  # fmt: skip
    predicted = ArticleEvents((
        event("a", 2, subtype="shelling", status="actual", contested=False),
        event("b", 4, subtype="other", status="negated"),
        event("c", 6, "Casualty", subtype="killed", status="negated", contested=True),
        event("d", 8, "Attack", subtype="other", status="planned", contested=False),
    ))  # fmt: skip
    pooled = scored([gold], [predicted]).to_json()["pooled"]
    assert pooled["matched"] == 3
    found = pooled["attributes"]
    assert {k: (a["correct"], a["compared"]) for k, a in found.items()} == {
        "subtype": (2, 3),
        "status": (2, 3),
        "reported": (0, 3),
        "contested": (1, 3),  # right, not predicted, wrong
    }
    assert found["subtype"]["accuracy"] == pytest.approx(2 / 3)
    # Attack:shelling 1, Attack:other 1, Casualty:other 0, Casualty:killed 0
    assert found["subtype"]["macro_f1"] == pytest.approx(2 / 4)
    # actual: 1 of 2 found; negated: 1 of 2 predictions right
    assert found["status"]["macro_f1"] == pytest.approx(2 / 3)
    assert found["reported"]["macro_f1"] == 0.0
    # false: 1 right, 1 predicted, 2 gold; true: 0, 1, 1
    assert found["contested"]["macro_f1"] == pytest.approx((2 / 3) / 2)
    assert set(found["contested"]["classes"]) == {"true", "false"}


def test_what_the_gold_leaves_open_is_not_compared() -> None:
    gold = ArticleEvents((mention("e", "Attack", (2, 3), status=None, contested=False),))
    predicted = ArticleEvents((mention("e", "Attack", (2, 3), status="actual"),))
    pooled = scored([gold], [predicted]).to_json()["pooled"]
    assert pooled["matched"] == 1
    assert pooled["attributes"]["status"] == {
        "compared": 0, "correct": 0, "accuracy": None, "macro_f1": None, "classes": {},
    }  # fmt: skip


# Clusters

# The test cases of the reference scorer (github.com/conll/reference-coreference-scorers,
# test/CorefMetricTestConfig.pm), with their recall and precision; the figures of LEA for
# them are those of its authors (github.com/ns-moosavi/coval, unittests.py).
ABC = "a bc def"
PUBLISHED: list[tuple[str, str, str, dict[str, tuple[float, float]]]] = [
    ("A1", ABC, "a bc def", {"muc": (1, 1), "b3": (1, 1), "ceafe": (1, 1), "lea": (1, 1)}),
    (
        "A2", ABC, "a de",
        {"muc": (1 / 3, 1), "b3": (7 / 18, 1), "ceafe": (0.6, 0.9), "lea": (2 / 6, 1)},
    ),
    (
        "A3", ABC, "a bcx defy z",
        {"muc": (1, 3 / 5), "b3": (1, (4 + 7 / 12) / 9), "ceafe": (0.88571, 0.66429),
         "lea": (1, 4 / 9)},
    ),
    (
        "A4", ABC, "a bcx dy z",
        {"muc": (1 / 3, 1 / 3), "b3": (5 / 9, 17 / 42), "ceafe": (0.73333, 0.55),
         "lea": (3 / 6, 2 / 7)},
    ),
    (
        "A5", ABC, "a bcxB dy z",
        {"muc": (1 / 3, 1 / 4), "b3": (5 / 9, 5 / 16), "ceafe": (0.68889, 0.51667),
         "lea": (3 / 6, 5 / 24)},
    ),
    (
        "A6", ABC, "a bcx dy Bz",
        {"muc": (1 / 3, 1 / 4), "b3": (5 / 9, 17 / 48), "ceafe": (0.73333, 0.55),
         "lea": (3 / 6, 1 / 4)},
    ),
    ("A10", ABC, "a b c d e f", {"muc": (0, 0), "b3": (3 / 6, 1), "lea": (1 / 6, 1 / 6)}),
    ("A11", ABC, "abcdef", {"muc": (1, 3 / 5), "b3": (1, 7 / 18), "lea": (5 / 6, 4 / 15)}),
    (
        "A12", ABC, "a x y c d e z",
        {"muc": (0, 0), "b3": (13 / 36, 4 / 7), "lea": (1 / 6, 1 / 7)},
    ),
    (
        "A13", ABC, "axycdez",
        {"muc": (1 / 3, 1 / 6), "b3": (17 / 36, 6 / 49), "lea": (1 / 6, 1 / 21)},
    ),
    ("B1", "ab cde", "bcx de", {"lea": (1 / 5, 2 / 5)}),
    ("C1", "ab cde fg", "bcx de fg", {"lea": (3 / 7, 4 / 7)}),
    (
        "D1", "12345 67 89ABC", "12345 6789ABC",
        {"muc": (1, 9 / 10), "b3": (1, 16 / 21), "lea": (1, (5 + 77 / 21) / 12)},
    ),
    (
        "E1", "12345 67 89ABC", "1234589ABC 67",
        {"muc": (1, 9 / 10), "b3": (1, 7 / 12), "lea": (1, (200 / 45 + 2) / 12)},
    ),
    ("F1", "ABCD", "AB CD", {"muc": (2 / 3, 1), "lea": (2 / 6, 1)}),
    ("G1", "AB CD", "ABCD", {"muc": (1, 2 / 3), "lea": (1, 2 / 6)}),
    ("J1", "ABC", "AC", {"muc": (1 / 2, 1)}),
    ("K1", "BCDEGHJ", "ABC DEF GHI", {"muc": (3 / 6, 3 / 6)}),
    ("L1", "ABC DEFG", "AB CD FGH", {"muc": (2 / 5, 2 / 4)}),
    ("M2", "abcdef", "a b c d e f", {"muc": (0, 0)}),
    ("N1", "a b c d e f", "a b c d e f", {"muc": (0, 0), "b3": (1, 1), "ceafe": (1, 1)}),
    ("N4", "a b c d e f", "a b c x y z", {"muc": (0, 0)}),
]  # fmt: skip


def clusters_of(gold: str, predicted: str) -> Floats:
    """Counts of clusters written as words whose letters are the mentions."""
    return compare_clusters(gold.split(), predicted.split())


@pytest.mark.parametrize(
    ("gold", "predicted", "expected"),
    [case[1:] for case in PUBLISHED],
    ids=[case[0] for case in PUBLISHED],
)
def test_clusters_as_the_reference_scorer_has_them(
    gold: str, predicted: str, expected: dict[str, tuple[float, float]]
) -> None:
    found = cluster_prf(clusters_of(gold, predicted))
    for name, (recall, precision) in expected.items():
        f1 = 2 * recall * precision / (recall + precision) if recall + precision else 0
        row = found[METRICS.index(name)]
        np.testing.assert_allclose(row, [precision, recall, f1], atol=5e-6, err_msg=name)


def literal(gold: list[list[int]], predicted: list[list[int]]) -> list[list[Fraction]]:
    """Numerators and denominators of each metric's recall, from its definition in words."""
    of = {m: cluster for cluster in predicted for m in cluster}

    def together(a: int, b: int) -> bool:
        return a in of and b in of[a]

    parts = [{tuple(of.get(m, [m])) for m in cluster} for cluster in gold]
    muc = [sum(len(k) - len(p) for k, p in zip(gold, parts, strict=True)), sum(map(len, gold))]
    mentions = [(m, cluster) for cluster in gold for m in cluster]
    b3 = sum(Fraction(sum(together(m, n) for n in k), len(k)) for m, k in mentions)
    few, many = sorted((gold, predicted), key=len)
    phi4 = max(
        sum(
            (Fraction(2 * len({*k} & {*r}), len(k) + len(r)) for k, r in zip(few, p, strict=True)),
            Fraction(),
        )
        for p in permutations(many, len(few))
    )
    lea = Fraction()
    for cluster in gold:
        links = list(combinations(cluster, 2)) or [(cluster[0], cluster[0])]
        found = [(a, b) for a, b in links if together(a, b) and (a != b or len(of[a]) == 1)]
        lea += Fraction(len(cluster) * len(found), len(links))
    size = len(mentions)
    return [[muc[0], muc[1] - len(gold)], [b3, size], [phi4, len(gold)], [lea, size]]


@st.composite
def partitions(draw: st.DrawFn) -> tuple[list[list[int]], list[list[int]]]:
    """Two partitions of up to seven mentions, each of which either side may lack."""
    sides: list[list[list[int]]] = []
    for _ in range(2):
        labels = draw(st.lists(st.integers(-1, 4), max_size=7))
        groups = [[m for m, label in enumerate(labels) if label == k] for k in range(5)]
        sides.append([group for group in groups if group])
    return sides[0], sides[1]


@settings(max_examples=1000, deadline=None)
@given(partitions())
@example(([], []))
@example(([[0]], []))
def test_clusters_are_counted_by_their_definitions(
    pair: tuple[list[list[int]], list[list[int]]],
) -> None:
    gold, predicted = pair
    recall, precision = literal(gold, predicted), literal(predicted, gold)
    expected = [[*map(float, p), *map(float, r)] for p, r in zip(precision, recall, strict=True)]
    counts = compare_clusters(gold, predicted)
    np.testing.assert_allclose(counts, expected, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(
        counts[:, [2, 3, 0, 1]], compare_clusters(predicted, gold), rtol=1e-12
    )
    scores = cluster_prf(counts)
    assert ((scores >= 0) & (scores <= 1 + 1e-12)).all()
    assert conll_f1(counts) == pytest.approx(scores[:3, 2].mean())


def same(*pairs: str) -> tuple[Link, ...]:
    return tuple(Link("SameEvent", *pair) for pair in pairs)


def attacks(ids: str, *links: str, other: tuple[Link, ...] = ()) -> ArticleEvents:
    """An Attack for each letter, at a place of the letter's own."""
    events = tuple(mention(x, "Attack", (ord(x) - 97, ord(x) - 96)) for x in ids)
    return ArticleEvents(events, (*same(*links), *other))


def test_clusters_of_events_are_the_closure_of_their_links() -> None:
    """Chains and triangles are one; other links join nothing; what only one side has stays."""
    gold = attacks("abcdefg", "ab", "bc", "ef", other=(Link("Contradicts", "a", "d"),))
    assert (
        scored([gold], [attacks("gfedcba", "ca", "cb", "fe")]).clusters.tolist()
        == scored([gold], [gold]).clusters.tolist()
        == [clusters_of("abc d ef g", "abc d ef g").tolist()]
    )
    predicted = attacks("abdefhij", "ab", "de", "ef", "hi", "bj")
    expected = clusters_of("abc d ef g", "abj def hi")
    assert scored([gold], [predicted]).clusters[0].tolist() == expected.tolist()


def test_mentions_are_matched_by_trigger_and_type() -> None:
    gold = attacks("ab", "ab")
    retyped = replace(gold, events=(gold.events[0], replace(gold.events[1], type="Casualty")))
    expected = clusters_of("ab", "ax")
    assert scored([gold], [retyped]).clusters[0].tolist() == expected.tolist()


def test_mentions_at_one_place_are_told_apart() -> None:
    gold = attacks("abc", "ab")
    twice = ArticleEvents(
        (*gold.events, replace(gold.events[0], id="x")), (*gold.links, *same("xc"))
    )
    # clusters in the order of their places: {a, b} has the first a, {a, c} the second
    expected = clusters_of("ab c", "ab xc")
    assert scored([gold], [twice]).clusters[0].tolist() == expected.tolist()


def test_clusters_of_articles_are_pooled_by_adding() -> None:
    gold = [attacks("abc", "ab"), attacks("abcd", "ab", "bc", "cd")]
    predicted = [attacks("abc", "bc"), attacks("abd", "ab")]
    report = scored(gold, predicted)
    parts = [clusters_of("ab c", "a bc"), clusters_of("abcd", "ab d")]
    assert report.clusters.tolist() == [p.tolist() for p in parts]
    # the same mentions, those of the second article under other names
    whole = clusters_of("ab c ABCD", "a bc AB D")
    found = report.to_json()["pooled"]["clusters"]
    for name, (precision, recall, f1) in zip(METRICS, cluster_prf(whole), strict=True):
        assert found[name] == pytest.approx({"precision": precision, "recall": recall, "f1": f1})


# Whatever is predicted


TYPES = ("Attack", "Casualty")
ROLES = {t: [r for r, kind in SCHEME.roles[t].items() if kind != SPEAKER][:3] for t in TYPES}
SPANS = st.builds(lambda at, size: Span(at, at + size), st.integers(0, 20), st.integers(1, 2))


@st.composite
def article_events(draw: st.DrawFn) -> ArticleEvents:
    """Up to five events at few places, so that they often coincide, with links between them."""
    events = []
    for k in range(draw(st.integers(0, 5))):
        event_type = draw(st.sampled_from(TYPES))
        spans = draw(st.lists(SPANS, max_size=3))
        roles = [draw(st.sampled_from(ROLES[event_type])) for _ in spans]
        events.append(
            EventMention(
                f"e{k}",
                event_type,
                draw(st.builds(lambda at: Span(at, at + 1), st.sampled_from([1, 3, 14]))),
                tuple(map(Argument, roles, spans)),
                draw(st.sampled_from([None, "other"])),
                draw(st.sampled_from([None, "actual", "planned"])),
                draw(st.sampled_from([None, "author"])),
                draw(st.sampled_from([None, False, True])),
            )
        )
    ids = [event.id for event in events]
    pairs = draw(st.lists(st.permutations(ids), max_size=4)) if len(ids) > 1 else []
    types = st.sampled_from(["SameEvent", "SameEvent", "Contradicts"])
    return ArticleEvents(tuple(events), tuple(Link(draw(types), p[0], p[1]) for p in pairs))


ARTICLES = st.lists(article_events(), min_size=2, max_size=2)


@settings(max_examples=200, deadline=None)
@given(ARTICLES, ARTICLES, st.randoms(use_true_random=False))
def test_order_and_names_change_nothing(
    gold: list[ArticleEvents], predicted: list[ArticleEvents], rng: random.Random
) -> None:
    """To the last bit, also where several events stand at one place."""

    def mixed(items: Sequence[Any]) -> tuple[Any, ...]:
        return tuple(rng.sample(items, len(items)))

    def shuffled(article: ArticleEvents) -> ArticleEvents:
        new = dict(zip((e.id for e in article.events), rng.sample(range(9), 9), strict=False))
        events = [
            replace(event, id=str(new[event.id]), arguments=mixed(event.arguments))
            for event in article.events
        ]
        links = [Link(k.type, str(new[k.first]), str(new[k.second])) for k in article.links]
        turned = [Link(k.type, k.second, k.first) if rng.random() < 0.5 else k for k in links]
        return ArticleEvents(mixed(events), mixed(turned))

    before = scored(gold, predicted)
    after = scored([shuffled(a) for a in gold], [shuffled(a) for a in predicted])
    assert after.to_json() == before.to_json()
    for name in MEASURES:
        assert (after.measures[name].values == before.measures[name].values).all()
    assert (after.clusters == before.clusters).all()


@settings(max_examples=200, deadline=None)
@given(ARTICLES, ARTICLES)
def test_each_measure_asks_for_more_than_the_last(
    gold: list[ArticleEvents], predicted: list[ArticleEvents]
) -> None:
    report = scored(gold, predicted)
    found = totals(report)
    right = {name: counts[CORRECT] for name, counts in found.items()}
    assert right["TC"] <= right["TI"]
    assert right["AC+"] <= right["AC"] <= right["AI"]
    assert right["AC+"] <= right["AI+"] <= right["AI"]
    events = [sum(len(a.events) for a in side) for side in (predicted, gold)]
    arguments = [
        sum(len(e.arguments) for a in side for e in a.events) for side in (predicted, gold)
    ]
    for name, (correct, *sizes) in found.items():
        assert sizes == (events if name[0] == "T" else arguments)
        assert correct <= min(sizes)
        # by class and sentence too, or a draw of sentences could have a recall above 1
        values = report.measures[name].values
        assert (values[..., CORRECT] <= values[..., [PREDICTED, GOLD]].min(axis=-1)).all()
    matched = report.to_json()["pooled"]["matched"]
    assert matched == right["TC"]
    for name, counts in report.attributes.items():
        compared = counts.total()[:, GOLD].sum()
        assert compared == matched if name == "contested" else compared <= matched


@settings(max_examples=200, deadline=None)
@given(ARTICLES, st.data())
def test_what_is_predicted_twice_lowers_precision(
    gold: list[ArticleEvents], data: st.DataObject
) -> None:
    first = gold[0].events
    if not first:
        return
    again = data.draw(st.sampled_from(first))
    twice = ArticleEvents((*first, replace(again, id="again")), gold[0].links)
    report = scored(gold, [twice, gold[1]])
    for name, counts in report.measures.items():
        scores = prf(counts.total().sum(axis=0))
        if name[0] == "T" or again.arguments:
            assert scores.precision < 1
        assert scores.recall == (1 if counts.total()[:, GOLD].any() else 0)
    assert cluster_prf(report.clusters.sum(axis=0))[METRICS.index("b3"), 0] < 1


@settings(max_examples=200, deadline=None)
@given(ARTICLES, ARTICLES, st.integers(23, 38))
def test_a_wrong_event_never_raises_a_precision(
    gold: list[ArticleEvents], predicted: list[ArticleEvents], at: int
) -> None:
    wrong = mention("wrong", "Attack", (at, at + 1), ("Target", at, at + 1))
    more = ArticleEvents((*predicted[0].events, wrong), predicted[0].links)
    before, after = scored(gold, predicted), scored(gold, [more, predicted[1]])
    for name in MEASURES:
        old, new = (prf(r.measures[name].total().sum(axis=0)) for r in (before, after))
        assert new.precision < old.precision or new.precision == old.precision == 0
        assert new.recall == old.recall
    old, new = (cluster_prf(r.clusters.sum(axis=0)) for r in (before, after))
    assert (new[:, 0] <= old[:, 0]).all()
    np.testing.assert_allclose(new[:, 1], old[:, 1], rtol=1e-12)


# Reading


def record(article: str, text: str) -> dict[str, Any]:
    """A sound prediction of two linked attacks."""
    return {
        "id": article,
        "events": [
            {
                "id": "e1",
                "type": "Attack",
                "trigger": {"start": 0, "end": len(text)},
                "arguments": [{"role": "Target", "start": 4, "end": 8}],
                "subtype": "shelling",
                "status": "actual",
                "reported": "author",
                "contested": True,
            },
            {"id": "e2", "type": "Casualty", "trigger": {"start": 1, "end": 2}, "arguments": []},
            {
                "id": "e3", "type": "Attack", "trigger": {"start": 1, "end": 2}, "arguments": [],
                "subtype": None, "status": None, "reported": None, "contested": None,
            },
        ],
        "links": [
            {"type": "SameEvent", "first": "e1", "second": "e3"},
            {"type": "Causes", "first": "e1", "second": "e2"},
        ],
        "note": "an extra key",
    }  # fmt: skip


def sound(corpus: Corpus) -> list[dict[str, Any]]:
    return [record(document.id, document.text) for document in corpus.documents]


def write(path: Path, records: Sequence[Any]) -> Path:
    path.write_text("".join(json.dumps(r) + "\n" for r in records), "utf-8")
    return path


def test_what_is_left_out_stays_open(tiny: Path, tmp_path: Path) -> None:
    """Order of the lines and empty ones do not matter."""
    corpus = load_corpus(tiny)
    records = sound(corpus)
    del records[1]["links"]
    path = tmp_path / "p.jsonl"
    path.write_text("\n".join(json.dumps(r) for r in records[::-1]).replace("\n", "\n \n"), "utf-8")
    found = read_events(path, corpus)
    assert list(found) == ["a", "b"]
    assert found["b"].links == ()
    assert found["a"].links == (Link("SameEvent", "e1", "e3"), Link("Causes", "e1", "e2"))
    size = len(corpus.documents[0].text)
    assert found["a"].events == (
        mention(
            "e1", "Attack", (0, size), ("Target", 4, 8),
            subtype="shelling", status="actual", reported="author", contested=True,
        ),
        mention("e2", "Casualty", (1, 2)),
        mention("e3", "Attack", (1, 2)),
    )  # fmt: skip


MADE_UP = corpus_of(ArticleEvents((mention("e", "Attack", (0, 1)),)))


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One path that the examples of a test write in turn."""
    return tmp_path_factory.mktemp("files") / "p.jsonl"


Change = Callable[[dict[str, Any]], object]


def put(*path: Any) -> Change:
    """Sets a value in a record: keys and indices, then the value."""
    *keys, last, value = path

    def change(record: dict[str, Any]) -> None:
        inner: Any = record
        for key in keys:
            inner = inner[key]
        inner[last] = value

    return change


def cut(*path: Any) -> Change:
    """Takes a key out of a record."""
    *keys, last = path

    def change(record: dict[str, Any]) -> None:
        inner: Any = record
        for key in keys:
            inner = inner[key]
        del inner[last]

    return change


EVENT = ("events", 0)
TRIGGER = (*EVENT, "trigger")
ARGUMENT = (*EVENT, "arguments", 0)
REFUSED: list[tuple[Change, str]] = [
    (put("id", "zzz"), "unknown article id 'zzz'"),
    (put("id", 0), "id is 0, expected a string"),
    (put("id", "a"), r"article a stands at \S+:1 too"),
    (cut("id"), "has no 'id'"),
    (cut("events"), "has no 'events'"),
    (put("events", {}), "events is {}, expected a list"),
    (put("events", None), "events is None, expected a list"),
    (put("events", 0, "e1"), r"events\[0\] is 'e1', expected an object"),
    (put("links", None), "links is None, expected a list"),
    (put("links", 0, []), r"links\[0\] is \[\], expected an object"),
    (cut(*EVENT, "id"), r"events\[0\]: has no 'id'"),
    (put(*EVENT, "id", 1), r"events\[0\]: id is 1, expected a string"),
    (put("events", 1, "id", "e1"), r"events\[1\]: id 'e1' is another event's"),
    (put(*EVENT, "type", "Siege"), r"events\[0\]: type is 'Siege', expected Attack or "),
    (put(*EVENT, "type", ["Attack"]), r"type is \['Attack'\], expected a string"),
    (cut(*EVENT, "type"), "has no 'type'"),
    (cut(*EVENT, "trigger"), "has no 'trigger'"),
    (put(*EVENT, "trigger", [0, 4]), r"trigger is \[0, 4\], expected an object"),
    (cut(*TRIGGER, "end"), r"events\[0\]\.trigger: has no 'end'"),
    (put(*TRIGGER, "start", -1), r"events\[0\]\.trigger: span -1-\d+, expected 0 <= start < end"),
    (put(*TRIGGER, "end", 0), "span 0-0, expected"),
    (put(*TRIGGER, "end", 10**9), r"span 0-1000000000, expected 0 <= start < end <= 1\d\d$"),
    (put(*TRIGGER, "end", 10**99), r"span 0-10+\.\.\.0+, expected"),
    (put(*TRIGGER, "start", 0.0), r"start is 0\.0, expected an integer"),
    (put(*TRIGGER, "start", False), "start is False, expected an integer"),
    (put(*TRIGGER, "start", "0"), "start is '0', expected an integer"),
    (put(*TRIGGER, "start", None), "start is None, expected an integer"),
    (put(*TRIGGER, "start", float("nan")), "not valid JSON: NaN is not a JSON number"),
    (put("score", float("-inf")), "not valid JSON: -Infinity is not a JSON number"),
    (cut(*EVENT, "arguments"), "has no 'arguments'"),
    (put(*EVENT, "arguments", "Target"), "arguments is 'Target', expected a list"),
    (put(*ARGUMENT, None), r"events\[0\]: arguments\[0\] is None, expected an object"),
    (
        put(*ARGUMENT, "role", "Victim"),
        r"events\[0\]\.arguments\[0\]: role is 'Victim', expected Attacker or ",
    ),
    (put(*ARGUMENT, "role", "Source"), r"role is 'Source', expected Attacker or [\w ]+ or Time$"),
    (put(*ARGUMENT, "role", None), "role is None, expected a string"),
    (put(*ARGUMENT, "start", 8), r"arguments\[0\]: span 8-8, expected"),
    (put(*ARGUMENT, "end", True), "end is True, expected an integer"),
    (put(*EVENT, "subtype", "killed"), "subtype is 'killed', expected air-strike or "),
    (put(*EVENT, "status", "Actual"), "status is 'Actual', expected actual or planned or "),
    (put(*EVENT, "reported", 1), "reported is 1, expected a string"),
    (put(*EVENT, "contested", 1), "contested is 1, expected true or false"),
    (put(*EVENT, "contested", "true"), "contested is 'true', expected true or false"),
    (put("links", 0, "type", "Same"), r"links\[0\]: type is 'Same', expected SameEvent or "),
    (put("links", 0, "second", "e9"), r"links\[0\]: joins 'e9', which is not among the events"),
    (put("links", 0, "second", "e1"), "joins 'e1' with itself"),
    (put("links", 0, "first", 1), "first is 1, expected a string"),
    (cut("links", 0, "first"), "has no 'first'"),
    (put("links", 1, "first", "e2"), "Causes joins 'e2', a Casualty, expected Attack$"),
]


@pytest.mark.parametrize(("change", "message"), REFUSED)
def test_what_is_refused(tiny: Path, tmp_path: Path, change: Change, message: str) -> None:
    """With the file and the line, in one line."""
    corpus = load_corpus(tiny)
    records = sound(corpus)
    path = write(tmp_path / "p.jsonl", records)
    assert score_events(corpus, read_events(path, corpus))
    change(records[1])
    write(path, records)
    with pytest.raises(EventbenchError, match=message) as caught:
        read_events(path, corpus)
    shown = str(caught.value)
    assert shown.startswith(f"{path}:2: ")
    assert "\n" not in shown
    assert len(shown) < len(str(path)) + 200


def test_a_span_may_end_with_the_article_and_no_later(file: Path) -> None:
    """The article's length is in code points, fewer than its UTF-16 units or bytes."""
    sound = record("0", TEXT)
    assert read_events(write(file, [sound]), MADE_UP)["0"].events[0].trigger.end == len(TEXT)
    put(*TRIGGER, "end", len(TEXT) + 1)(sound)
    with pytest.raises(EventbenchError, match=r"span 0-41, expected 0 <= start < end <= 40$"):
        read_events(write(file, [sound]), MADE_UP)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", ": 2 of 2 articles are missing, the first is a$"),
        (b"\n", ": 2 of 2 articles are missing, the first is a$"),
        (b'{"id": "a", "events": []}\n', ": 1 of 2 articles are missing, the first is b$"),
        (b"{", ":1: not valid JSON: "),
        (b"[]", r":1: found \[\], expected an object"),
        (b"\n\nnull\n", ":3: found None, expected an object"),
        (b'{"id": "a", "events": []}\n{"id": "\xff"}', ":2: not UTF-8: "),
        (b'{"id": "a", "id": "b", "events": []}', ":1: not valid JSON: key 'id' stands twice"),
        (b'{"id": "a", "x": {"y": 1, "y": 1}}', ":1: not valid JSON: key 'y' stands twice"),
        (b"[" * 10**5, ":1: not valid JSON: "),
        (b'{"id": %s}' % (b"1" * 5000), ":1: not valid JSON: "),
        (b'\xef\xbb\xbf{"id": "a", "events": []}', ":1: not valid JSON: "),
        (b'{"id": "\\ud800", "events": []}', r":1: unknown article id '\\ud800'"),
    ],
)
def test_files_that_are_refused(tiny: Path, tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "p.jsonl"
    path.write_bytes(content)
    with pytest.raises(EventbenchError, match=message) as caught:
        read_events(path, load_corpus(tiny))
    assert str(caught.value).startswith(f"{path}:")
    str(caught.value).encode()  # can be printed


def test_a_line_may_not_be_endless(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus = load_corpus(tiny)
    path = write(tmp_path / "p.jsonl", sound(corpus))
    longest = max(map(len, path.read_bytes().splitlines(keepends=True)))
    monkeypatch.setattr("eventbench.evaluation.event_scoring.LONGEST_LINE", longest)
    assert read_events(path, corpus)
    monkeypatch.setattr("eventbench.evaluation.event_scoring.LONGEST_LINE", longest - 1)
    with pytest.raises(EventbenchError, match=r":\d: is longer than \d+ bytes"):
        read_events(path, corpus)


def test_files_that_cannot_be_read(tiny: Path, tmp_path: Path) -> None:
    corpus = load_corpus(tiny)
    for path in (tmp_path / "none.jsonl", tmp_path / "none.jsonl.gz"):
        with pytest.raises(EventbenchError, match="No such file"):
            read_events(path, corpus)
    with pytest.raises(EventbenchError, match="Is a directory"):
        read_events(tmp_path, corpus)
    packed = gzip.compress(write(tmp_path / "p.jsonl", sound(corpus)).read_bytes())
    path = tmp_path / "p.jsonl.gz"
    broken = (b"no gzip", packed[:-1], packed[: len(packed) // 2], packed[:-8] + bytes(8))
    for content in (*broken, packed[:20] + b"\xff" * 20 + packed[40:]):
        path.write_bytes(content)
        with pytest.raises(EventbenchError, match=r"p\.jsonl\.gz:\d+: broken gzip: "):
            read_events(path, corpus)
    path.write_bytes(packed)
    assert read_events(path, corpus) == read_events(tmp_path / "p.jsonl", corpus)


JSON: st.SearchStrategy[Any] = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.text(max_size=3),
        st.sampled_from(["a", "e1", "Attack", "Target", "SameEvent", "actual"]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["id", "events", "links", "type", "trigger", "start", "end"]),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=8,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path to everything in a JSON value."""
    yield path
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(inner, (*path, key))


def read_or_refused(path: Path, content: bytes) -> None:
    """A file is read and scored, or refused with one line; nothing else happens."""
    path.write_bytes(content)
    try:
        found = read_events(path, MADE_UP)
    except EventbenchError as error:
        message = str(error)
        assert message.startswith(f"{path}:")
        assert "\n" not in message
        message.encode()
        return
    json.dumps(score_events(MADE_UP, found).to_json(), allow_nan=False)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=60))
def test_any_bytes(file: Path, content: bytes) -> None:
    read_or_refused(file, content)
    packed = file.with_suffix(".gz")
    read_or_refused(packed, content)
    read_or_refused(packed, gzip.compress(content))
    read_or_refused(packed, gzip.compress(b"")[: len(content)] + content)


@settings(max_examples=300, deadline=None)
@given(JSON)
def test_any_json(file: Path, value: Any) -> None:
    read_or_refused(file, json.dumps(value).encode())
    read_or_refused(file, json.dumps({"id": "0", "events": value, "links": value}).encode())


@settings(max_examples=600, deadline=None)
@given(JSON, st.data())
def test_any_json_somewhere_in_a_sound_file(file: Path, value: Any, data: st.DataObject) -> None:
    changed = record("0", TEXT)
    where = data.draw(st.sampled_from([path for path in places(changed) if path]))
    put(*where, value)(changed)
    read_or_refused(file, json.dumps(changed).encode())
