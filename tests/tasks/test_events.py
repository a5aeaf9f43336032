"""Scores of predicted events: by hand, against published figures, and what must never happen."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from conftest import ROOT
from hypothesis import given, settings
from hypothesis import strategies as st
from making import all_tested

from eventbench import (
    TASKS,
    Argument,
    ArticleEvents,
    Corpus,
    Document,
    Event,
    EventbenchError,
    Link,
    Report,
    Sentence,
    Span,
    load_corpus,
)
from eventbench.corpus.info import FIXED, CorpusInfo, Protocol
from eventbench.corpus.records import events_of
from eventbench.corpus.scheme import read_scheme
from eventbench.evaluation.scoring import score_answers
from eventbench.leaderboard.judge import Judge
from eventbench.scoring.coreference import METRICS, cluster_prf, compare_clusters
from eventbench.scoring.counts import CORRECT, GOLD, PREDICTED, Floats, prf
from eventbench.scoring.decisions import Mark
from eventbench.scoring.error_analysis import OUTCOMES
from eventbench.tasks.base import Gold
from eventbench.tasks.events import MEASURES
from eventbench.tasks.same_event import CLUSTERS

SCHEME = read_scheme(ROOT / "annotations" / "annotation.conf")
TASK = TASKS["events"]
TEXT = "ab😀 " * 10
SENTENCES = tuple(Sentence(f"s{k}", Span(*at), ()) for k, at in enumerate([(2, 12), (13, 25)]))


def mention(
    id: str, type: str, trigger: tuple[int, int], *arguments: Any, **attributes: str
) -> Event:
    spans = tuple(Argument(role, Span(*at)) for role, *at in arguments)
    return Event(id, type, Span(*trigger), spans, attributes)


def corpus_of(*articles: ArticleEvents) -> Corpus:
    """A corpus of articles "0", "1" … with two sentences each and these events as gold."""
    documents = tuple(
        Document(str(k), str(k), TEXT, SENTENCES, article.events, article.links)
        for k, article in enumerate(articles)
    )
    ids = tuple(document.id for document in documents)
    protocol = Protocol(FIXED, splits=(("train", ()), ("validation", ()), ("test", ids)))
    info = CorpusInfo("made-up", "", "", "en", "", "", "", "", protocol)
    return Corpus(info, ROOT, documents, SCHEME, "0", "0" * 16)


def score_events(corpus: Corpus, answers: dict[str, ArticleEvents]) -> Report:
    return score_answers({0: answers}, Gold.of(TASK, corpus), intervals=False)


def scored(gold: Sequence[ArticleEvents], predicted: Sequence[ArticleEvents]) -> Report:
    return score_events(corpus_of(*gold), {str(k): a for k, a in enumerate(predicted)})


def gold_events(corpus: Corpus) -> dict[str, ArticleEvents]:
    return {document.id: events_of(document) for document in corpus.documents}


def totals(report: Report) -> dict[str, list[int]]:
    """For each measure right, predicted and gold, over all classes and articles."""
    found = report.statistics[0].totals()
    return {name: found[name].sum(axis=0).tolist() for name in MEASURES}


def by_class(report: Report, name: str) -> dict[str, tuple[int, ...]]:
    """Right, predicted and gold of each class that occurs."""
    table = report.statistics[0].tables[name]
    rows = zip(table.names, table.values.sum(axis=0).tolist(), strict=True)
    return {label: tuple(counts) for label, counts in rows if any(counts)}


def clusters_in(report: Report) -> list[list[list[float]]]:
    """The cluster counts of each article."""
    return report.statistics[0].by_article(CLUSTERS).tolist()


def attribute(report: Report, name: str) -> tuple[int, int]:
    """Right and compared values of an attribute."""
    counts = report.statistics[0].totals()[f"attribute {name}"].sum(axis=0)
    return int(counts[CORRECT]), int(counts[GOLD])


# The gold


def test_the_gold_scores_one_everywhere(corpus: Corpus) -> None:
    corpus = all_tested(corpus)
    report = score_events(corpus, gold_events(corpus))
    statistics = report.statistics[0]
    parts = [TASK.breakdown(statistics, part) for part in statistics.totals_by_article()]
    scores = [
        s for part in (report.sections[0], *parts) for section in part.values()
        for s in section.values()
    ]  # fmt: skip
    assert {(s.precision, s.recall, s.f1) for s in scores} == {(1.0, 1.0, 1.0)}
    assert len(scores) > 150
    events = sum(len(d.events) for d in corpus.documents)
    arguments = sum(len(e.arguments) for d in corpus.documents for e in d.events)
    for name, size in zip(MEASURES, [events] * 2 + [arguments] * 4, strict=True):
        assert totals(report)[name] == [size] * 3
    for name in corpus.scheme.attributes:
        assert attribute(report, name) == (events, events)
    assert {s.f1 for s in report.by_article[0].values()} == {1.0}


def test_nothing_predicted_scores_nothing(corpus: Corpus) -> None:
    corpus = all_tested(corpus)
    report = score_events(corpus, {d.id: ArticleEvents() for d in corpus.documents})
    scores = [s for section in report.sections[0].values() for s in section.values()]
    assert {s.f1 for s in scores} == {0.0}
    assert report.sections[0]["measure"]["TC"].support > 0
    assert {attribute(report, name) for name in corpus.scheme.attributes} == {(0, 0)}


def test_a_gold_without_links_has_no_muc(tiny: Any) -> None:
    """As case N-1 of the reference scorer: 0 of 0 links counts 0."""
    corpus = all_tested(load_corpus(tiny))
    sections = score_events(corpus, gold_events(corpus)).sections[0]
    assert sections[CLUSTERS]["muc"].f1 == 0.0
    assert [sections[CLUSTERS][m].f1 for m in ("b3", "ceafe", "lea")] == [1.0] * 3
    assert sections["measure"]["CoNLL"].f1 == pytest.approx(2 / 3)


def test_a_scheme_without_clusters_has_no_coreference() -> None:
    gold = ArticleEvents((mention("e", "Attack", (2, 3)),))
    corpus = corpus_of(gold)
    bare = replace(corpus, scheme=replace(SCHEME, links={}, symmetric=frozenset()))
    report = score_events(bare, {"0": gold})
    assert CLUSTERS not in report.sections[0]
    assert "CoNLL" not in report.sections[0]["measure"]
    assert report.sections[0]["measure"]["TC"].f1 == 1.0


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
    assert by_class(report, "TC") == {"Attack": (1, 3, 2), "Casualty": (0, 2, 1)}
    types = report.sections[0]["measure"]["TC"]
    assert types.precision == pytest.approx(1 / 5)
    assert types.recall == pytest.approx(1 / 3)
    assert types.f1 == pytest.approx(2 * 1 / (5 + 3))
    assert by_class(report, "AC") == {
        "Attacker": (0, 0, 1),
        "Place": (1, 3, 2),
        "Target": (1, 3, 2),
        "Victim": (1, 2, 1),
    }
    assert by_class(report, "TI") == {"trigger": (2, 5, 3)}
    assert report.scores[0] == report.sections[0]["measure"]["AC+"].f1
    assert report.sections[0]["average"]["micro avg"] == report.sections[0]["measure"]["AC+"]
    # Of the roles of AC+, Target alone is found: 1 right, 3 predicted, 2 gold.
    assert report.sections[0]["average"]["macro avg"].f1 == pytest.approx(2 / 5 / 4)


def test_counts_are_by_sentence_and_article() -> None:
    """What lies in no sentence is counted too, with the sentence before it or the first."""
    first = ArticleEvents((mention("e", "Attack", (14, 15), ("Target", 2, 3)),))
    second = ArticleEvents(tuple(
        mention(str(at), "Attack", (at, at + 1)) for at in (0, 12, 13, 30)
    ))  # fmt: skip
    statistics = scored([first, ArticleEvents()], [first, second]).statistics[0]
    table = statistics.tables["TC"]
    assert table.names == tuple(sorted(SCHEME.event_types))
    assert table.values.shape == (4, 4, 3)
    assert statistics.articles.tolist() == [0, 0, 1, 1]
    attack = table.values[:, table.names.index("Attack")]
    assert attack.tolist() == [[0, 0, 0], [1, 1, 1], [0, 2, 0], [0, 2, 0]]
    assert table.values.sum() == attack.sum()
    # the argument goes with its trigger, though it lies in the sentence before
    arguments = statistics.tables["AC"]
    assert arguments.names == tuple(sorted(SCHEME.argument_roles()))
    assert arguments.values[1, arguments.names.index("Target")].tolist() == [1, 1, 1]


def test_an_article_without_sentences_has_one_unit() -> None:
    article = ArticleEvents((mention("e", "Attack", (14, 15)),))
    corpus = corpus_of(article, article)
    bare = replace(corpus.documents[0], sentences=())
    corpus = replace(corpus, documents=(bare, corpus.documents[1]))
    report = score_events(corpus, {"0": article, "1": article})
    assert report.statistics[0].articles.tolist() == [0, 1, 1]
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
    corpus = all_tested(corpus)
    other = load_corpus(None, ROOT / "annotations" / "passes" / "a")
    report = score_events(corpus, gold_events(other))
    assert report.signature["triggers"] == "predicted"
    assert report.signature["fingerprint"] == Gold.of(TASK, corpus).fingerprint
    assert [*report.by_article[0]] == corpus.article_ids
    statistics = report.statistics[0]
    pooled, parts = statistics.totals(), statistics.totals_by_article()
    for name in statistics.tables:
        np.testing.assert_allclose(sum(part[name] for part in parts), pooled[name])
    measures = report.sections[0]["measure"]
    assert all(0 < s.f1 <= 1 for s in measures.values())
    assert measures["CoNLL"].f1 < 1
    for document, part in zip(corpus.documents, parts, strict=True):
        sections = TASK.breakdown(statistics, part)
        assert sections["average"]["micro avg"] == report.by_article[0][document.id]
        assert [sections[CLUSTERS][m].f1 for m in METRICS] == cluster_prf(part[CLUSTERS])[
            :, 2
        ].tolist()


# Attributes


def test_attributes_by_hand() -> None:
    def event(id: str, at: int, type: str = "Attack", **attributes: str) -> Event:
        return mention(id, type, (at, at + 1), **attributes)

    gold = ArticleEvents((
        event("e1", 2, subtype="shelling", status="actual", reported="author", contested="no"),
        event("e2", 4, subtype="other", status="actual", reported="author", contested="yes"),
        event(
            "e3", 6, "Casualty",
            subtype="other", status="negated", reported="author", contested="no",
        ),
        event(
            "e4", 8, "Casualty",
            subtype="killed", status="planned", reported="author", contested="no",
        ),
    ))  # fmt: skip
    predicted = ArticleEvents((
        event("a", 2, subtype="shelling", status="actual", contested="no"),
        event("b", 4, subtype="other", status="negated"),
        event("c", 6, "Casualty", subtype="killed", status="negated", contested="yes"),
        event("d", 8, "Attack", subtype="other", status="planned", contested="no"),
    ))  # fmt: skip
    report = scored([gold], [predicted])
    assert {name: attribute(report, name) for name in SCHEME.attributes} == {
        "subtype": (2, 3),
        "status": (2, 3),
        "certainty": (0, 0),  # the gold leaves it open
        "occurrence": (0, 0),
        "reported": (0, 3),
        "contested": (1, 3),  # right, not predicted, wrong
    }
    assert report.sections[0]["measure"]["subtype accuracy"].f1 == pytest.approx(2 / 3)
    macro = report.sections[0]["attribute of matched triggers"]
    # Attack/shelling 1, Attack/other 1, Casualty/other 0, Casualty/killed 0
    assert macro["subtype macro F1"].f1 == pytest.approx(2 / 4)
    # actual: 1 of 2 found; negated: 1 of 2 predictions right
    assert macro["status macro F1"].f1 == pytest.approx(2 / 3)
    assert macro["reported macro F1"].f1 == 0.0
    # no: 1 right, 1 predicted, 2 gold; yes: 0, 1, 1
    assert macro["contested macro F1"].f1 == pytest.approx((2 / 3) / 2)
    assert set(report.statistics[0].tables["attribute contested"].names) == {"yes", "no"}


def test_what_the_gold_leaves_open_is_not_compared() -> None:
    gold = ArticleEvents((mention("e", "Attack", (2, 3), contested="no"),))
    predicted = ArticleEvents((mention("e", "Attack", (2, 3), status="actual"),))
    report = scored([gold], [predicted])
    assert attribute(report, "status") == (0, 0)
    assert attribute(report, "contested") == (0, 1)


# Errors


def test_errors_are_of_triggers_then_of_what_belongs_to_exact_ones() -> None:
    gold = ArticleEvents((
        mention("e1", "Attack", (2, 4), ("Place", 5, 7), ("Time", 8, 9), status="negated"),
        mention("e2", "Attack", (14, 16), ("Place", 17, 18), status="actual"),
        mention("e3", "Casualty", (20, 21), status="actual"),
        mention("e4", "Casualty", (20, 21), status="planned"),
    ))  # fmt: skip
    predicted = ArticleEvents((
        mention("a", "Attack", (2, 4), ("Place", 5, 6), ("Target", 8, 9), status="actual"),
        mention("b", "Casualty", (14, 17), ("Place", 17, 18), status="negated"),
        mention("c", "Casualty", (20, 21), status="actual"),
        mention("d", "Attack", (23, 24)),
    ))  # fmt: skip
    corpus = corpus_of(gold)
    answers = {"0": predicted}
    found = TASK.decisions(Gold.of(TASK, corpus), answers)
    assert [(d.question, d.gold, d.predicted, d.item) for d in found] == [
        ("trigger both", "Attack", "Casualty", "0"),
        ("trigger missed", "Casualty", "nothing", "0"),
        ("trigger spurious", "nothing", "Attack", "0"),
        ("argument boundary", "Place", "Place", "0-e1"),
        ("argument type", "Time", "Target", "0-e1"),
        ("status", "negated", "actual", "0-e1"),
        ("status", "actual", "actual", "0-e3"),  # the right one is listed too
    ]
    both, *_, boundary, _, status, right = found
    assert both.marks == (
        Mark("gold", "0", Span(14, 16), "Attack"),
        Mark("predicted", "0", Span(14, 17), "Casualty"),
    )
    assert [mark.side for mark in boundary.marks] == ["event", "gold", "predicted"]
    assert status.marks == (Mark("event", "0", Span(2, 4), "Attack"),)
    assert [d.is_right for d in (both, boundary, status, right)] == [False, False, False, True]


def test_errors_agree_with_the_scores(edition1: Corpus) -> None:
    """Trigger classification and attributes have as many errors as their scores say."""
    gold = Gold.of(TASK, edition1)
    answers = Judge(edition1).passes("events")["a"]
    report = score_events(edition1, answers)
    found = Counter((d.question, d.is_right) for d in TASK.decisions(gold, answers))
    right, predicted, wanted = totals(report)["TC"]
    outcomes = {name: found[f"trigger {name}", False] for name in OUTCOMES}
    paired = outcomes["type"] + outcomes["boundary"] + outcomes["both"]
    assert (right + paired + outcomes["missed"], right + paired + outcomes["spurious"]) == (
        wanted,
        predicted,
    )
    for name in edition1.scheme.attributes:
        assert (found[name, True], found[name, True] + found[name, False]) == attribute(
            report, name
        )


# Clusters


def clusters_of(gold: str, predicted: str) -> Floats:
    """Counts of clusters written as words whose letters are the mentions."""
    return compare_clusters(gold.split(), predicted.split())


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
        clusters_in(scored([gold], [attacks("gfedcba", "ca", "cb", "fe")]))
        == clusters_in(scored([gold], [gold]))
        == [clusters_of("abc d ef g", "abc d ef g").tolist()]
    )
    predicted = attacks("abdefhij", "ab", "de", "ef", "hi", "bj")
    expected = clusters_of("abc d ef g", "abj def hi")
    assert clusters_in(scored([gold], [predicted]))[0] == expected.tolist()


def test_mentions_are_matched_by_trigger_and_type() -> None:
    gold = attacks("ab", "ab")
    retyped = replace(gold, events=(gold.events[0], replace(gold.events[1], type="Casualty")))
    expected = clusters_of("ab", "ax")
    assert clusters_in(scored([gold], [retyped]))[0] == expected.tolist()


def test_mentions_at_one_place_are_told_apart() -> None:
    gold = attacks("abc", "ab")
    twice = ArticleEvents(
        (*gold.events, replace(gold.events[0], id="x")), (*gold.links, *same("xc"))
    )
    # clusters in the order of their places: {a, b} has the first a, {a, c} the second
    expected = clusters_of("ab c", "ab xc")
    assert clusters_in(scored([gold], [twice]))[0] == expected.tolist()


def test_clusters_of_articles_are_pooled_by_adding() -> None:
    gold = [attacks("abc", "ab"), attacks("abcd", "ab", "bc", "cd")]
    predicted = [attacks("abc", "bc"), attacks("abd", "ab")]
    report = scored(gold, predicted)
    parts = [clusters_of("ab c", "a bc"), clusters_of("abcd", "ab d")]
    assert clusters_in(report) == [p.tolist() for p in parts]
    # the same mentions, those of the second article under other names
    whole = clusters_of("ab c ABCD", "a bc AB D")
    found = report.sections[0][CLUSTERS]
    for name, expected in zip(METRICS, cluster_prf(whole).tolist(), strict=True):
        score = found[name]
        assert [score.precision, score.recall, score.f1] == pytest.approx(expected)


# Whatever is predicted


TYPES = ("Attack", "Casualty")
ROLES = {t: SCHEME.roles_of(t)[:3] for t in TYPES}
SPANS = st.builds(lambda at, size: Span(at, at + size), st.integers(0, 20), st.integers(1, 2))


ATTRIBUTES = st.fixed_dictionaries(
    {},
    optional={
        "subtype": st.just("other"),
        "status": st.sampled_from(["actual", "planned"]),
        "reported": st.just("author"),
        "contested": st.sampled_from(["no", "yes"]),
    },
)


COMPLETE = {
    "subtype": "other", "status": "actual", "certainty": "certain", "occurrence": "single",
    "reported": "author", "contested": "no",
}  # fmt: skip


@st.composite
def article_events(draw: st.DrawFn) -> ArticleEvents:
    """Up to five events at few places, so that they often coincide, with links between them."""
    events = []
    for k in range(draw(st.integers(0, 5))):
        event_type = draw(st.sampled_from(TYPES))
        spans = draw(st.lists(SPANS, max_size=3))
        roles = [draw(st.sampled_from(ROLES[event_type])) for _ in spans]
        events.append(
            Event(
                f"e{k}",
                event_type,
                draw(st.builds(lambda at: Span(at, at + 1), st.sampled_from([1, 3, 14]))),
                tuple(map(Argument, roles, spans)),
                draw(ATTRIBUTES),
            )
        )
    ids = [event.id for event in events]
    pairs = draw(st.lists(st.permutations(ids), max_size=4)) if len(ids) > 1 else []
    types = st.sampled_from(["SameEvent", "SameEvent", "Contradicts"])
    return ArticleEvents(tuple(events), tuple(Link(draw(types), p[0], p[1]) for p in pairs))


ARTICLES = st.lists(article_events(), min_size=2, max_size=2)


@settings(max_examples=200)
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
    assert after.sections == before.sections
    for name, table in before.statistics[0].tables.items():
        assert (after.statistics[0].tables[name].values == table.values).all()


def test_how_sure_a_system_is_changes_no_score_and_stays_in_its_predictions() -> None:
    gold = ArticleEvents((mention("e1", "Attack", (1, 2), ("Target", 3, 4), **COMPLETE),))
    (event,) = gold.events
    source = Span(4, 5)
    sure = {"status": 0.5, "source": 0.25}
    told = replace(event, source=source, probability=0.75, probabilities=sure)
    row = {"id": "0", "text": TEXT}
    (checked,) = TASK.check(row, ArticleEvents((told,)), SCHEME).events
    assert checked == told
    record = TASK.dump(row, ArticleEvents((told,)))
    assert TASK.parse(record, row, SCHEME).events == (told,)
    bare, with_it = scored([gold], [gold]), scored([gold], [ArticleEvents((told,))])
    assert bare.to_json() == with_it.to_json()
    plain = TASK.dump(row, ArticleEvents((replace(event, source=source),)))
    assert plain["events"][0].keys() == {"id", "type", "trigger", "arguments", "attributes"}
    for name, wrong in (("probability", 1.5), ("probabilities", {"status": float("nan")})):
        answer = ArticleEvents((replace(told, **{name: wrong}),))
        with pytest.raises(EventbenchError, match="expected a number from 0 to 1"):
            TASK.check(row, answer, SCHEME)


@settings(max_examples=200)
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
        values = report.statistics[0].tables[name].values
        assert (values[..., CORRECT] <= values[..., [PREDICTED, GOLD]].min(axis=-1)).all()
    for name in SCHEME.attributes:
        correct, compared = attribute(report, name)
        assert correct <= compared <= right["TC"]
    # What the gold leaves open is not compared; where it is complete, every match is.
    complete = [
        replace(a, events=tuple(replace(e, attributes=COMPLETE) for e in a.events)) for a in gold
    ]
    report = scored(complete, predicted)
    assert {attribute(report, name)[1] for name in SCHEME.attributes} == {right["TC"]}


@settings(max_examples=200)
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
    for name, counts in totals(report).items():
        scores = prf(np.array(counts))
        if name[0] == "T" or again.arguments:
            assert scores.precision < 1
        assert scores.recall == (1 if counts[GOLD] else 0)
    found = cluster_prf(report.statistics[0].totals()[CLUSTERS])
    assert found[METRICS.index("b3"), 0] < 1


@settings(max_examples=200)
@given(ARTICLES, ARTICLES, st.integers(23, 38))
def test_a_wrong_event_never_raises_a_precision(
    gold: list[ArticleEvents], predicted: list[ArticleEvents], at: int
) -> None:
    wrong = mention("wrong", "Attack", (at, at + 1), ("Target", at, at + 1))
    more = ArticleEvents((*predicted[0].events, wrong), predicted[0].links)
    before, after = scored(gold, predicted), scored(gold, [more, predicted[1]])
    for name in MEASURES:
        old, new = (prf(np.array(totals(r)[name])) for r in (before, after))
        assert new.precision < old.precision or new.precision == old.precision == 0
        assert new.recall == old.recall
    old, new = (cluster_prf(r.statistics[0].totals()[CLUSTERS]) for r in (before, after))
    assert (new[:, 0] <= old[:, 0]).all()
    np.testing.assert_allclose(new[:, 1], old[:, 1], rtol=1e-12)
