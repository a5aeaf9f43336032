"""Incidents found in made-up articles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from eventbench_baselines.encoder import Example
from eventbench_baselines.incidents import IncidentFinder, Mention, candidates, rows_of_links
from eventbench_baselines.incidents.clusters import clusters_at, merges
from eventbench_baselines.incidents.facts import facts_of
from eventbench_baselines.incidents.features import features, table_of
from eventbench_baselines.incidents.mentions import read_mentions
from eventbench_baselines.incidents.pairs import NEIGHBOURS
from eventbench_baselines.incidents.threshold import counts_of_others

import eventbench as eb
from eventbench import load_corpus
from eventbench.corpus.joining import extra_articles
from eventbench.corpus.values import Named
from eventbench.scoring.coreference import mention_shares
from eventbench.systems.protocol import make_fold
from eventbench.tasks.registry import find_task

Row = dict[str, Any]
Told = tuple[str, str, str, str, str]
"""Words of an event: trigger, type, place, day and number; an empty one is not told."""

PLACES = {
    name.lower(): Named(name.lower(), name, {"parent": parent})
    for name, parent in (
        *(("Tolna", "ambal"), ("Ambal", ""), ("Rivna", "ambal"), ("Sorde", ""), ("Keth", "")),
        *(("Ulmo", ""), ("Darra", ""), ("Pesk", "")),
    )
}


class Reader:
    """Reads dates and figures as they are, and names of places."""

    def read(self, kind: str, words: str, **context: str | None) -> str | None:
        if kind == "Time":
            return f"{words}/{words}"
        return f"{words}-{words}" if kind == "Number" else words.lower()


class Letters:
    """Vectors of words by their letters."""

    def vectors(self, examples: Sequence[Example]) -> list[Any]:
        return [np.array([self._vector(w) for w in example.words]) for example in examples]

    @staticmethod
    def _vector(word: str) -> list[float]:
        return [float(word.lower().count(letter)) for letter in "abcdefghijklmnopqrstuvwxyz"]


def row(name: str, published: str, *told: Told, **attributes: str) -> Row:
    """An article with a sentence for each event."""
    text, sentences, events = "", [], []
    for k, (trigger, kind, *fillers) in enumerate(told):
        start = len(text)
        sentence = " ".join(w for w in (trigger, *fillers) if w) + "."
        arguments = []
        place = start + len(trigger) + 1
        for role, words in zip(("Place", "Time", "Number"), fillers, strict=True):
            if words:
                span = {"start": place, "end": place + len(words), "text": words}
                arguments.append({"role": role, "kind": role, "number": 1, **span})
                place += len(words) + 1
        text += sentence + "\n"
        sentences.append({"id": f"{name}-{k}", "start": start, "end": start + len(sentence)})
        given = {"subtype": trigger, "status": "actual", "occurrence": "single", **attributes}
        events.append(
            {
                "id": f"E{k}",
                "type": kind,
                "sent_id": k,
                "trigger": {"start": start, "end": start + len(trigger), "text": trigger},
                "arguments": arguments,
                "attributes": [{"name": n, "value": v} for n, v in given.items()],
            }
        )
    content = {"title": "", "text": text, "published": published, "sentences": sentences}
    return {"id": name, **content, "events": events}


def with_incidents(article: Row, **named: Sequence[str]) -> Row:
    """The article with incidents of these events; others are incidents of their own."""
    alone = {event["id"] for event in article["events"]} - {
        e for ids in named.values() for e in ids
    }
    every = {**named, **{f"{article['id']}-{e}": [e] for e in sorted(alone)}}
    nothing = {"level": "incident", "when": None, "where": [], "killed": None}
    told = [{**nothing, "name": name, "events": [*ids]} for name, ids in every.items()]
    return {**article, "incidents": told}


def training() -> list[Row]:
    """Two articles for each of five days, which tell of one raid and of different other events."""
    rows = []
    for k, place in enumerate(("Tolna", "Rivna", "Sorde", "Keth", "Ulmo")):
        day, later, published = f"2031-03-0{k + 1}", f"2031-03-1{k + 1}", f"2031-03-0{k + 2}"
        other = ("Rivna", "Sorde", "Keth", "Ulmo", "Tolna")[k]
        for source in "ab":
            here, then = (place, later) if source == "a" else (other, day)
            told = ("raid", "Attack", place, day, ""), ("raid", "Attack", here, then, "")
            article = row(
                f"{k}{source}", published, *told, ("died", "Casualty", place, day, str(k))
            )
            rows.append(with_incidents(article, **{f"raid-{place}": ["E0"]}))
    return rows


@pytest.fixture(scope="module")
def finder() -> IncidentFinder:
    return IncidentFinder.learn(training(), Reader(), Letters(), 0, PLACES)


def names(finder: IncidentFinder, *rows: Row) -> dict[tuple[str, str], str]:
    found = finder.find(rows)
    return {
        (row["id"], event): incident["name"]
        for row, told in zip(rows, found, strict=True)
        for incident in told
        for event in incident["events"]
    }


def test_two_articles_on_one_happening_are_joined_and_others_are_not(
    finder: IncidentFinder,
) -> None:
    raid = ("raid", "Attack", "Darra", "2031-05-01", "")
    elsewhere = ("raid", "Attack", "Pesk", "2031-05-01", "")
    later = ("raid", "Attack", "Darra", "2031-05-20", "")
    found = names(
        finder, row("x", "2031-05-02", raid, elsewhere), row("y", "2031-05-03", later, raid)
    )
    assert found["x", "E0"] == found["y", "E1"]
    assert len({*found.values()}) == 3


def test_an_event_of_a_known_incident_gets_its_name(finder: IncidentFinder) -> None:
    article = row("x", "2031-03-04", ("raid", "Attack", "Sorde", "2031-03-03", ""))
    assert names(finder, article) == {("x", "E0"): "raid-Sorde"}


def test_incidents_of_another_corpus_are_learned_from_but_not_known() -> None:
    rows = [{**article, "id": f"other:{article['id']}"} for article in training()]
    finder = IncidentFinder.learn(rows, Reader(), Letters(), 0, PLACES)
    raid = row("x", "2031-03-04", ("raid", "Attack", "Sorde", "2031-03-03", ""))
    found = names(finder, raid, {**raid, "id": "y"})
    assert set(found.values()) == {"x E0"}


def test_totals_are_alone(finder: IncidentFinder) -> None:
    raid = ("raid", "Attack", "Darra", "2031-05-01", "")
    articles = [row(name, "2031-05-02", raid, occurrence="total") for name in "xy"]
    assert len({*names(finder, *articles).values()}) == 2


def test_saved_finder_answers_alike(finder: IncidentFinder, tmp_path: Path) -> None:
    finder.save(tmp_path)
    assert {path.suffix for path in tmp_path.iterdir()} == {".json", ".npz"}
    loaded = IncidentFinder.load(tmp_path, Reader(), Letters())
    raids = [("raid", "Attack", p, f"2031-03-0{k}", "") for p in ("Tolna", "Keth") for k in (1, 4)]
    article = row("x", "2031-03-04", *raids)
    assert loaded.find([article]) == finder.find([article])
    assert "raid-Keth" in names(loaded, article).values()


def test_nothing_to_learn_from_or_to_find(finder: IncidentFinder, tmp_path: Path) -> None:
    assert finder.find([]) == []
    assert finder.find([row("x", "2031-03-04")]) == [[]]
    untaught = IncidentFinder.learn([], Reader(), Letters(), 0)
    raid = row("x", "2031-03-04", *[("raid", "Attack", "Sorde", "2031-03-03", "")] * 2)
    assert len({*names(untaught, raid).values()}) == 2
    untaught.save(tmp_path)
    assert names(IncidentFinder.load(tmp_path, Reader(), Letters()), raid)


def test_answers_are_valid_for_the_task(finder: IncidentFinder) -> None:
    raid = ("raid", "Attack", "Darra", "2031-05-01", "")
    article = row("x", "2031-05-02", raid, raid, ("died", "Casualty", "Ambal", "", "12"))
    task = find_task("incidents")
    [answer] = finder.find([article])
    scheme = load_corpus().scheme
    parsed = task.parse(task.dump(article, answer), article, scheme)
    assert sorted(e for one in parsed for e in one["events"]) == ["E0", "E1", "E2"]


# Values of incidents


def mentions_of(*told: Told, **attributes: str) -> list[Mention]:
    return read_mentions([row("x", "2031-05-09", *told, **attributes)], Reader(), Letters())


DEADLY = frozenset({("Casualty", "died")})


def test_an_incident_is_at_the_narrowest_place_and_in_the_time_that_its_events_share() -> None:
    told = mentions_of(("raid", "Attack", "Tolna", "", ""), ("raid", "Attack", "Ambal", "", ""))
    week = replace(told[0], values={**told[0].values, "Time": ("2031-05-01/2031-05-31",)})
    day = replace(told[1], values={**told[1].values, "Time": ("2031-05-03/2031-05-03",)})
    assert facts_of([week, day], DEADLY, PLACES) == {
        "when": "2031-05-03/2031-05-03",
        "where": ["tolna"],
        "killed": None,
    }
    # What has happened did so by the day of publication.
    assert facts_of([week], DEADLY, PLACES)["when"] == "2031-05-01/2031-05-09"


def test_what_is_repeated_lasts_from_its_first_to_its_last_day() -> None:
    days = [("raid", "Attack", "", f"2031-05-0{k}", "") for k in (2, 5)]
    found = facts_of(mentions_of(*days, occurrence="repeated"), DEADLY, PLACES)
    assert found["when"] == "2031-05-02/2031-05-05"


def test_toll_is_of_the_dead_of_what_has_happened() -> None:
    dead, hurt = ("died", "Casualty", "", "", "3"), ("hurt", "Casualty", "", "", "9")
    again = ("died", "Casualty", "", "", "4")
    assert facts_of(mentions_of(dead, hurt, again), DEADLY, PLACES)["killed"] == "3-4"
    feared = mentions_of(dead, status="hypothetical")
    assert facts_of(feared, DEADLY, PLACES)["killed"] is None
    running = mentions_of(("died", "Casualty", "", "", "90"), occurrence="total")
    assert facts_of([*mentions_of(dead, again), *running], DEADLY, PLACES)["killed"] == "3-4"
    assert facts_of(running, DEADLY, PLACES)["killed"] == "90-90"


def test_deadly_types_are_learned(finder: IncidentFinder) -> None:
    rows = training()
    for article in rows:
        last = article["incidents"][-1]
        last["killed"] = f"{article['id'][0]}-{article['id'][0]}"
    learned = IncidentFinder.learn(rows, Reader(), Letters(), 0, PLACES)
    assert learned.deadly == DEADLY
    assert not finder.deadly


# Pairs and clusters


def test_candidates_are_of_one_type_and_their_number_is_bounded() -> None:
    kinds = ("Attack", "Casualty")
    rows = [
        row(f"{k:03}", "2031-05-02", ("raid", kinds[k % 2], "Darra", "2031-05-01", ""))
        for k in range(400)
    ]
    mentions = read_mentions(rows, Reader(), Letters())
    pairs = candidates(mentions)
    assert all(mentions[a].type == mentions[b].type and a < b for a, b in pairs.tolist())
    assert len({*map(tuple, pairs.tolist())}) == len(pairs) <= 400 * NEIGHBOURS * 4
    assert len(pairs) < 200 * 199  # not all of a type
    fixed = frozenset(range(399))
    assert {b for _, b in candidates(mentions, fixed).tolist()} == {399}


def test_pairs_are_compared_alike_in_either_order() -> None:
    told = [
        ("raid", "Attack", "Tolna", "2031-05-01", ""),
        ("assault", "Attack", "Ambal", "", "12"),
        ("raid", "Attack", "", "2031-05-20", "12"),
    ]
    rows = [row(name, "2031-05-02", one) for name, one in zip("xyz", told, strict=True)]
    mentions = read_mentions(rows, Reader(), Letters())
    pairs = np.array([[0, 1], [0, 2], [1, 2]])
    ahead = features(table_of(mentions, PLACES), pairs)
    back = features(table_of(mentions[::-1], PLACES), 2 - pairs[:, ::-1])
    assert all(np.allclose(ahead[name], back[name]) for name in ahead)
    assert ahead["place in place"].tolist() == [1, 0, 0]
    assert ahead["times apart"].tolist() == [0, 1, 0]
    assert ahead["same number"].tolist() == [0, 0, 1]


def test_known_incidents_are_never_joined() -> None:
    pairs, close = np.array([[0, 2], [1, 2], [2, 3]]), np.array([0.9, 0.8, 0.7])
    known = ["a", "b", None, None]
    joined = list(merges(4, pairs, close, known))
    assert clusters_at(0.1, 4, joined, known) == [0, 1, 0, 0]
    assert clusters_at(0.5, 4, joined, known) == [0, 1, 0, 3]  # 2 and 3: mean of .7 and 0


def test_average_linkage_counts_pairs_that_were_not_compared() -> None:
    pairs, close = np.array([[0, 1], [1, 2]]), np.array([0.9, 0.8])
    joined = list(merges(3, pairs, close, [None] * 3))
    assert joined == [(0.9, 0, 1), (pytest.approx(0.4), 0, 2)]


# Articles with links only


def test_links_say_what_is_one_incident_where_no_list_does() -> None:
    tested = eb.load_corpus("transfer")
    fold = make_fold(tested, "incidents", 0, extra_articles(tested, [eb.load_corpus("practice")]))
    assert not fold.train_documents
    rows = rows_of_links(fold.other_documents, fold.scheme)
    assert len(rows) == len(fold.other_documents)
    for article, document in zip(rows, fold.other_documents, strict=True):
        of = {e: one["name"] for one in article["incidents"] for e in one["events"]}
        assert set(of) == {event.id for event in document.events}
        for link in document.links:
            if link.type == "SameEvent":
                assert of[link.first] == of[link.second]
    assert max(len(one["events"]) for article in rows for one in article["incidents"]) > 1


@pytest.mark.parametrize(
    ("gold", "predicted"), [({1}, {1}), ({1, 2, 3}, {1}), ({1}, {1, 2}), ({1, 2, 3}, {1, 3, 4, 5})]
)
def test_thresholds_are_chosen_by_the_measure_of_the_task(
    gold: set[int], predicted: set[int]
) -> None:
    assert counts_of_others(gold, predicted) == mention_shares(1, gold, predicted)[0]
