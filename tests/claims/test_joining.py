"""Which events of several articles are one incident."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_news import PLACES, Told, article

import eventbench as eb
from eventbench.claims import joining
from eventbench.claims.grouping import cluster, group, read_incidents, write_incidents
from eventbench.claims.joining import join
from eventbench.corpus.loading import Corpus
from eventbench.corpus.model import Document, Link
from eventbench.corpus.scheme import PART_OF, SAME_EVENT


@pytest.fixture(scope="session")
def scheme(corpus: Corpus) -> eb.Scheme:
    return corpus.scheme


RAID = Told(day=3, place="mill", side="government", whom="bakery")


def joined(scheme: eb.Scheme, *documents: Document) -> list[set[str]]:
    """The events that are one, each as article and number of the event."""
    names = {(d.id, e.trigger): f"{d.id}{e.id[1:]}" for d in documents for e in d.events}
    return [{names[m] for m in row.mentions} for row in join(documents, scheme, PLACES)]


def test_what_two_articles_tell_alike_is_one_incident(scheme: eb.Scheme) -> None:
    second = replace(RAID, words="shelling", whom="")
    (row,) = join([article("a", RAID), article("b", second)], scheme, PLACES)
    assert (row.id, row.level) == ("a-11", "incident")
    assert row.reason == 'both: shelling, 2031-05-03, Mill, government, "shelled"'


@pytest.mark.parametrize(
    "change",
    [
        {"day": 4},
        {"day": (4, 9)},
        {"place": "ambal"},
        {"place": "camp"},  # words that the gazetteer lacks
        {"type": "Casualty", "subtype": "killed"},
        {"occurrence": "total"},
        {"day": 0, "place": "", "words": "attacked", "whom": ""},  # too little is told
    ],
)
def test_what_differs_in_one_of_these_is_another_incident(
    scheme: eb.Scheme, change: dict[str, Any]
) -> None:
    assert joined(scheme, article("a", RAID), article("b", replace(RAID, **change))) == []


@pytest.mark.parametrize(
    "change",
    [
        {"day": (1, 9)},
        {"day": 0},
        {"place": ""},
        {"place": "tolna"},  # the mill lies in it
        {"place": "Mill"},  # the name of a place without its id
        {"side": ""},
        {"status": "negated"},  # a denial is of the incident that it denies
        {"words": "hit"},
    ],
)
def test_an_incident_may_be_told_less_exactly(scheme: eb.Scheme, change: dict[str, Any]) -> None:
    other = article("b", replace(RAID, **change))
    assert joined(scheme, article("a", RAID), other) == [{"a1", "b1"}]


def test_places_without_ids_are_compared_by_their_words(scheme: eb.Scheme) -> None:
    told = replace(RAID, place="the old camp", whom="")
    other = replace(told, place="Old Camp")
    assert joined(scheme, article("a", told), article("b", other)) == [{"a1", "b1"}]


def test_a_time_that_is_not_told_is_before_the_publication(scheme: eb.Scheme) -> None:
    undated = replace(RAID, day=0)
    early, late = article("b", undated, published=2), article("b", undated, published=4)
    assert joined(scheme, article("a", RAID), early) == []
    assert joined(scheme, article("a", RAID), late) == [{"a1", "b1"}]


def test_links_of_an_article_decide(scheme: eb.Scheme) -> None:
    whole = replace(RAID, day=(1, 9))
    part = article("a", RAID, whole, links=(Link(PART_OF, "E1", "E2"),))
    assert joined(scheme, part, article("b", RAID)) == [{"a1", "b1"}]
    bare = Told("it", "other")
    same = article("a", RAID, bare, links=(Link(SAME_EVENT, "E1", "E2"),))
    assert joined(scheme, same, article("b", RAID)) == [{"a1", "a2", "b1"}]


def test_all_of_an_incident_have_a_day_in_common(scheme: eb.Scheme) -> None:
    """Else a chain of times that overlap would become one incident."""
    days = [(n, n + 2) for n in range(1, 19, 2)]
    found = joined(scheme, *(article(f"a{n}", replace(RAID, day=d)) for n, d in enumerate(days)))
    assert found
    assert all(len(incident) == 2 for incident in found)


def test_running_figures_are_one_only_if_they_are_equal(scheme: eb.Scheme) -> None:
    toll = Told(
        *("killed", "killed", (1, 9), "tolna"),
        whom="people",
        count="40-40",
        type="Casualty",
        occurrence="total",
    )
    more = replace(toll, count="50-50")
    found = joined(scheme, article("a", toll), article("b", toll), article("c", more))
    assert found == [{"a1", "b1"}]


def test_without_events_there_is_nothing_to_join(scheme: eb.Scheme) -> None:
    assert join([], scheme, PLACES) == ()
    assert join([article("a"), article("b")], scheme, {}) == ()


# On the gold


def test_rows_of_the_gold_are_sound(corpus: Corpus, tmp_path: Path) -> None:
    rows = join(corpus.documents, corpus.scheme, corpus.places)
    path = tmp_path / "incidents.tsv"
    path.write_text(write_incidents(rows), encoding="utf-8")
    read, problems = read_incidents(path, corpus.documents)
    assert not problems
    assert [(r.id, r.level, r.mentions) for r in read] == [
        (r.id, r.level, r.mentions) for r in rows
    ]
    assert len({article for row in rows for article, _ in row.mentions}) == 5


def test_same_event_links_of_the_gold_stay_together(corpus: Corpus) -> None:
    owners: dict[tuple[str, str], str] = {}
    for found in group(corpus.documents, join(corpus.documents, corpus.scheme, corpus.places)):
        for key in found.keys:
            owners.setdefault(key, found.id)
    for keys in cluster(corpus.documents).values():
        assert len({owners[key] for key in keys}) == 1


# Whatever the articles say

TOLD = st.builds(
    Told,
    words=st.sampled_from(["shelled", "shelling", "fire", "hit"]),
    subtype=st.sampled_from(["shelling", "clash"]),
    day=st.one_of(st.integers(0, 6), st.tuples(st.integers(1, 4), st.integers(4, 9))),
    place=st.sampled_from(["", *PLACES, "camp"]),
    side=st.sampled_from(["", "government", "opposition"]),
    whom=st.sampled_from(["", "bakery", "homes"]),
    type=st.sampled_from(["Attack", "Casualty"]),
    status=st.sampled_from(["actual", "negated", "planned"]),
    occurrence=st.sampled_from(["single", "repeated", "total"]),
)
NEWS = st.lists(st.tuples(st.lists(TOLD, max_size=4), st.integers(1, 30)), max_size=6)


@settings(max_examples=60)
@given(news=NEWS, data=st.data())
def test_whatever_articles_say(
    scheme: eb.Scheme, news: list[tuple[list[Told], int]], data: st.DataObject
) -> None:
    documents = [article(f"a{n}", *told, published=day) for n, (told, day) in enumerate(news)]
    rows = join(documents, scheme, PLACES)
    turned = join(data.draw(st.permutations(documents)), scheme, PLACES)
    assert rows == turned  # the order of the articles does not matter
    events = {(d.id, e.trigger): e for d in documents for e in d.events}
    mentions = Counter(mention for row in rows for mention in row.mentions)
    assert all(count == 1 for count in mentions.values())  # none is in two incidents
    assert len({row.id for row in rows}) == len(rows)
    for row in rows:
        found = [events[mention] for mention in row.mentions]
        assert len(found) > 1
        assert len({event.type for event in found}) == 1
        totals = {event.attributes["occurrence"] == "total" for event in found}
        assert totals == {row.level == "total"}


# The cost


def test_the_number_of_pairs_grows_with_the_events(
    scheme: eb.Scheme, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All events are of one place, type and word, so that each could be compared with each."""
    compared = 0
    close = joining.points

    def counted(*given: Any) -> int | None:
        nonlocal compared
        compared += 1
        return close(*given)

    def pairs(number: int) -> int:
        nonlocal compared
        compared = 0
        sides = ("government", "opposition", "kurdish", "russia", "turkey")
        told = [replace(RAID, day=1 + n % 19, side=sides[n % 5]) for n in range(number)]
        documents = [article(f"a{n}", *told[n : n + 8]) for n in range(0, number, 8)]
        assert join(documents, scheme, PLACES)
        return compared

    monkeypatch.setattr(joining, "points", counted)
    few, many = pairs(200), pairs(800)
    assert few > 200
    assert many < 5 * few
