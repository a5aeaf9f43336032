"""Which events of several articles are one incident."""

from __future__ import annotations

from dataclasses import replace

import pytest

import eventbench as eb
from eventbench.claims.grouping import cluster, group
from eventbench.claims.joining import join
from eventbench.corpus.loading import Corpus


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    return eb.load_corpus()


def test_the_order_of_articles_does_not_matter(corpus: Corpus) -> None:
    rows = join(corpus.documents, corpus.scheme, corpus.places)
    turned = join(corpus.documents[::-1], corpus.scheme, corpus.places)
    assert rows
    assert {*rows} == {*turned}


def test_an_event_is_in_one_row_and_a_row_has_one_type(corpus: Corpus) -> None:
    rows = join(corpus.documents, corpus.scheme, corpus.places)
    mentions = [mention for row in rows for mention in row.mentions]
    assert len(mentions) == len({*mentions})
    types = {(d.id, e.trigger): e.type for d in corpus.documents for e in d.events}
    assert all(len({types[mention] for mention in row.mentions}) == 1 for row in rows)


def test_same_event_links_stay_together(corpus: Corpus) -> None:
    rows = join(corpus.documents, corpus.scheme, corpus.places)
    owners = {}
    for found in group(corpus.documents, rows):
        for key in found.keys:
            owners.setdefault(key, found.id)
    for keys in cluster(corpus.documents).values():
        assert len({owners[key] for key in keys}) == 1


def test_without_events_there_is_nothing_to_join(corpus: Corpus) -> None:
    bare = [replace(d, events=(), links=()) for d in corpus.documents]
    assert join(bare, corpus.scheme, corpus.places) == ()
