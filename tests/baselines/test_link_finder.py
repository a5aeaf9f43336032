"""The link finder, on made-up articles with vectors of their words."""

from __future__ import annotations

import json
import random
import zlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from eventbench_baselines.links import LinkFinder
from eventbench_baselines.links.clusters import average_linkage, clusters_of, f1, lea_counts
from eventbench_baselines.links.features import Article, Pair, features_of
from eventbench_baselines.links.finder import SAVED, best_thresholds
from eventbench_baselines.links.mentions import read
from eventbench_baselines.links.noise import GOLD, Noise

from eventbench import Argument, Document, Event, EventbenchError, Link, Sentence, Span

TOWNS = ("Arvo", "Belm", "Corda", "Dusk", "Elmet", "Farrow", "Gild", "Harn")


def vectors(documents: Sequence[Document]) -> list[np.ndarray]:
    """One view: the words of the trigger, each as a vector of its own."""
    result = []
    for document in documents:
        events = sorted(document.events, key=lambda event: event.trigger)
        rows = np.zeros((len(events), 1, 16))
        for k, event in enumerate(events):
            for word in event.trigger.text_in(document.text).split():
                seed = zlib.crc32(word.encode())
                rows[k, 0] += np.random.default_rng(seed).standard_normal(16)
        result.append(rows)
    return result


def article(number: int) -> Document:
    """A strike told twice, what it caused, and another strike that is denied."""
    one, other = TOWNS[number % 8], TOWNS[(number + 3) % 8]
    lines = [
        f"Jets shelled {one} .",
        f"The shelling of {one} killed six people .",
        f"Planes bombed {other} , the mayor said .",
        f"The army denied that it bombed {other} .",
        "Schools stay open .",
    ]
    text, sentences = "", []
    for line in lines:
        start = len(text)
        text += line + "\n"
        sentences.append(Sentence(f"s{len(sentences)}", Span(start, start + len(line)), ()))

    def span(word: str, nth: int = 0) -> Span:
        start = -1
        for _ in range(nth + 1):
            start = text.index(word, start + 1)
        return Span(start, start + len(word))

    def attack(name: str, word: str, nth: int, town: str, place: int, denied: str) -> Event:
        arguments = (Argument("Place", span(town, place)),)
        attributes = {"contested": "no" if name in ("E1", "E2") else "yes", "denied": denied}
        return Event(name, "Attack", span(word, nth), arguments, attributes)

    events = (
        attack("E1", "shelled", 0, one, 0, "no"),
        attack("E2", "shelling", 0, one, 1, "no"),
        Event("E3", "Casualty", span("killed"), (Argument("Count", span("six")),)),
        attack("E4", "bombed", 0, other, 0, "no"),
        attack("E5", "bombed", 1, other, 1, "yes"),
    )
    links = (
        Link("SameEvent", "E1", "E2"),
        Link("Causes", "E2", "E3"),
        Link("Contradicts", "E5", "E4"),
    )
    return Document(f"d{number}", f"d{number}", text, tuple(sentences), events, links)


def bare(document: Document) -> Document:
    """The article as the task gives it: events with types and triggers only."""
    events = (Event(e.id, e.type, e.trigger) for e in document.events)
    return replace(document, events=tuple(events), links=())


@pytest.fixture(scope="module")
def finder() -> LinkFinder:
    return LinkFinder.learn([article(number) for number in range(16)], vectors, seed=1)


EXPECTED = [
    Link("SameEvent", "E1", "E2"),
    Link("Causes", "E2", "E3"),
    Link("Contradicts", "E4", "E5"),
]


def test_finds_what_all_training_articles_have(finder: LinkFinder) -> None:
    assert finder.find(replace(article(19), links=()), vectors) == EXPECTED


def test_needs_no_arguments_and_attributes(finder: LinkFinder) -> None:
    assert finder.find(bare(article(19)), vectors) == EXPECTED


def test_order_of_events_does_not_matter(finder: LinkFinder) -> None:
    document = article(19)
    turned = replace(document, events=document.events[::-1])
    assert finder.find(turned, vectors) == EXPECTED


def test_links_only_types_that_are_linked_in_training(finder: LinkFinder) -> None:
    document = article(19)
    events = tuple(replace(event, type="Casualty") for event in document.events)
    assert finder.find(replace(document, events=events), vectors) == []


def test_equal_seeds_learn_the_same(finder: LinkFinder) -> None:
    again = LinkFinder.learn([article(number) for number in range(16)], vectors, seed=1)
    assert again == finder


def test_learns_from_articles_as_they_are_without_noise() -> None:
    documents = [article(number) for number in range(8)]
    found = LinkFinder.learn(documents, vectors, seed=0, versions=[GOLD])
    assert found.find(article(19), vectors) == EXPECTED
    weights = found.types["SameEvent"].classifier.weights
    assert not any("without arguments" in name for name in weights)


def test_save_and_load(finder: LinkFinder, tmp_path: Path) -> None:
    finder.save(tmp_path)
    loaded = LinkFinder.load(tmp_path)
    assert loaded == finder
    assert loaded.find(article(19), vectors) == EXPECTED


@pytest.mark.parametrize("content", [None, "{}", "[]", "no JSON", '{"format": "x"}'])
def test_a_damaged_file_is_refused(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / SAVED).write_text(content, encoding="utf-8")
    with pytest.raises(EventbenchError, match=r"links\.json: not a saved link finder"):
        LinkFinder.load(tmp_path)


@pytest.mark.parametrize("weight", ["heavy", "NaN"])
def test_weights_that_are_no_numbers_are_refused(
    finder: LinkFinder, tmp_path: Path, weight: str
) -> None:
    finder.save(tmp_path)
    content = json.loads((tmp_path / SAVED).read_text(encoding="utf-8"))
    content["types"][0]["weights"] = {"a": weight}
    (tmp_path / SAVED).write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(EventbenchError, match=r"heavy|finite"):
        LinkFinder.load(tmp_path)


def test_articles_without_events_or_words(finder: LinkFinder) -> None:
    assert finder.find(Document("a", "a", ""), vectors) == []
    assert finder.find(replace(article(1), events=()), vectors) == []
    one = Event("E1", "Attack", Span(0, 0))
    alone = Document("a", "a", "", events=(one, replace(one, id="E2")))
    assert isinstance(finder.find(alone, vectors), list)


def test_nothing_to_learn_finds_nothing() -> None:
    unlinked = [replace(article(number), links=()) for number in range(2)]
    for documents in ([], unlinked, [Document("a", "a", "")]):
        assert LinkFinder.learn(documents, vectors, seed=0).find(article(3), vectors) == []


def test_one_article_is_enough_to_learn() -> None:
    found = LinkFinder.learn([article(0)], vectors, seed=0)
    assert set(found.types) == {"SameEvent", "Causes", "Contradicts"}
    found.find(article(1), vectors)


def test_sameevent_is_a_chain(finder: LinkFinder) -> None:
    document = article(19)
    third = replace(document.events[1], id="E9", trigger=document.events[1].trigger)
    found = finder.find(replace(document, events=(*document.events, third)), vectors)
    same = [link for link in found if link.type == "SameEvent"]
    assert same == [Link("SameEvent", "E1", "E2"), Link("SameEvent", "E2", "E9")]


def test_features_compare_arguments() -> None:
    document = article(0)
    features = features_of(Article.of(document, vectors([document])[0]), Pair(0, 1))
    assert features["role Place same"] == 1
    assert features["apart 1"] == 1
    assert features["same lemmas"] == 1


def test_numbers_are_read_as_digits() -> None:
    assert read(Document("a", "a", "Six shells, 14 dead.")).lemmas[0][0] == "6"


def test_noise_keeps_events_and_changes_what_is_known_of_them() -> None:
    documents = [article(number) for number in range(8)]
    noise = Noise.of(documents)
    changed = [noise.added_to(document, random.Random(0)) for document in documents]
    for before, after in zip(documents, changed, strict=True):
        assert [(e.id, e.type, e.trigger) for e in before.events] == [
            (e.id, e.type, e.trigger) for e in after.events
        ]
    assert any(a.events != b.events for a, b in zip(documents, changed, strict=True))


def test_average_linkage_joins_by_the_mean() -> None:
    pairs = [(0, 1), (0, 2), (1, 2)]
    probabilities = np.array([0.9, 0.8, 0.1])
    assert average_linkage(3, pairs, probabilities, 0.4) == [[0, 1, 2]]
    assert average_linkage(3, pairs, probabilities, 0.5) == [[0, 1], [2]]
    assert average_linkage(1, [], np.zeros(0), 0.5) == [[0]]
    assert average_linkage(0, [], np.zeros(0), 0.5) == []


def test_lea_leaves_out_clusters_of_one() -> None:
    gold = clusters_of(5, [(0, 1), (1, 2)], [True, True])
    assert gold == [[0, 1, 2], [3], [4]]
    predicted = clusters_of(5, [(0, 1), (3, 4)], [True, True])
    counts = lea_counts(gold, predicted)
    assert counts.tolist() == [2, 4, 1, 3]
    assert f1(counts) == pytest.approx(2 * 0.5 * (1 / 3) / (0.5 + 1 / 3))


def test_best_thresholds_have_the_best_f1_of_all_types_together() -> None:
    # By itself, "B" is best at 0 (F1 .4), but with "A" its wrong links cost more.
    counts = {
        "A": np.array([[9.0, 10, 10], [5, 5, 10]]),
        "B": np.array([[2.0, 6, 4], [0, 0, 4]]),
    }

    def score(a: int, b: int) -> float:
        total = counts["A"][a] + counts["B"][b]
        return float(2 * total[0] / (total[1] + total[2]))

    best = best_thresholds(counts)
    assert score(best["A"], best["B"]) == max(score(a, b) for a in (0, 1) for b in (0, 1))


def test_noise_changes_rare_values_more_often() -> None:
    events = [
        Event(
            f"E{k}", "Attack", Span(k, k + 1), attributes={"status": "rare" if k < 20 else "usual"}
        )
        for k in range(400)
    ]
    document = Document("a", "a", "x" * 400, events=tuple(events))
    noise = Noise.of([document])
    kept = {"rare": 0, "usual": 0}
    for seed in range(5):
        for event, own in zip(
            noise.added_to(document, random.Random(seed)).events, events, strict=True
        ):
            kept[own.attributes["status"]] += event.attributes == own.attributes
    assert kept["rare"] / 100 < 0.8 < 0.95 < kept["usual"] / 1900
