"""Details of events are read around a marked trigger, whatever the network says of the words."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from conftest import HARBOUR
from eventbench_baselines.encoder.answers import ANSWERS
from eventbench_baselines.encoder.decoding import Floats
from eventbench_baselines.encoder.details import DetailsReader, details_example, details_lesson
from eventbench_baselines.encoder.examples import Example, kinds_of
from eventbench_baselines.encoder.passages import (
    NEAR,
    REACH,
    Passage,
    Word,
    article_with_events,
    passages_of_document,
    passages_of_rows,
)
from eventbench_baselines.rows import decoded
from hypothesis import given
from hypothesis import strategies as st
from making import article, gold, inputs, said, write_ships

from eventbench import (
    Argument,
    ArticleEvents,
    Attribute,
    Corpus,
    Document,
    Event,
    Scheme,
    Span,
    load_corpus,
    to_iob2,
)
from eventbench.corpus.records import from_record, to_record

CORPORA = ("main", "harbour", "ships")
"""The main corpus has sources and attributes of spans, harbour no sources, ships neither."""

SEEDS = st.integers(0, 2**32 - 1)


@pytest.fixture(scope="module")
def corpora(corpus: Corpus, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Corpus]:
    ships = write_ships(tmp_path_factory.mktemp("corpora") / "ships")
    return {"main": corpus, "harbour": load_corpus(HARBOUR), "ships": load_corpus(ships)}


def reader_of(scheme: Scheme, *documents: Document) -> DetailsReader:
    """A reader that knows the labels of these articles."""
    lesson = details_lesson(documents, scheme, 1.0)
    kinds = kinds_of("arguments", lesson.examples)
    return DetailsReader(lesson.heads, lesson.taught(), kinds, scheme)


def told(example: Example, reader: DetailsReader) -> Floats:
    """Probabilities that say what the example says, and nothing of other words."""
    columns = [(head, label) for head, labels in reader.heads.items() for label in labels]
    places = {column: k for k, column in enumerate(columns)}
    found = np.zeros((len(example.words), len(columns)))
    for head, word, label in example.labels:
        found[word, places[head, label]] = 1.0
    return found


def random(example: Example, reader: DetailsReader, seed: int) -> Floats:
    width = sum(map(len, reader.heads.values()))
    return np.random.default_rng(seed).random((len(example.words), width))


def words_of(text: str, start: int = 0) -> tuple[Word, ...]:
    """The words of a text without white space, cut at each "|"."""
    found = []
    for word in text.replace("|", " | ").split():
        if word != "|":
            found.append(Word(word, start, start + len(word)))
        start += 0 if word == "|" else len(word)
    return tuple(found)


# Passages


@given(st.integers(0, 60), st.integers(1, 9), st.integers(0, 9), st.integers(0, 60), st.data())
def test_marks_leave_every_word_in_its_place(
    start: int, length: int, behind: int, around: int, data: st.DataObject
) -> None:
    sentence = tuple(Word(f"w{i}", 10 * i, 10 * i + 9) for i in range(start + length + behind))
    neighbours = [tuple(Word("n", 0, 1) for _ in range(around))] * 2
    event_type = data.draw(st.sampled_from(["AbC", "attack", "X"]))
    passage = Passage(neighbours[0], sentence, neighbours[1], start, start + length, event_type)
    example = details_example(passage, Scheme((), {event_type: {}}))
    assert [example.words[place] for place in example.places] == [w.text for w in sentence]
    assert [example.spans[place] for place in example.places] == [w.span for w in sentence]
    assert example.words[example.mark] == sentence[start].text
    assert example.words[example.mark - 1] == ":"
    assert len(example.spans) == len(example.words)


def test_the_type_is_spelled_out_beside_the_trigger() -> None:
    passage = Passage((), words_of("rebels|took|it"), (), 1, 2, "TerritorialControl")
    words = details_example(passage, Scheme((), {"TerritorialControl": {}})).words
    assert words == ("rebels", "{", "territorial", "control", ":", "took", "}", "it")


def test_of_neighbouring_sentences_the_nearest_words_are_read(corpus: Corpus) -> None:
    long = " ".join(f"w{k}" for k in range(100))
    document = article("a", (long,), ("He fled .", said("Displacement", "fled")), (long,))
    ((_, passage),) = passages_of_document(document)
    assert [word.text for word in passage.before] == [f"w{k}" for k in range(100 - NEAR, 100)]
    assert [word.text for word in passage.behind] == [f"w{k}" for k in range(NEAR)]
    for word in (*passage.before, *passage.sentence, *passage.behind):
        assert word.span.text_in(document.text) == word.text


@pytest.mark.parametrize("place", [0, 1000, 1999])
def test_of_a_very_long_sentence_the_words_around_the_trigger_are_read(
    corpus: Corpus, place: int
) -> None:
    """What is read has its place in the whole sentence, also behind its beginning."""
    words = [f"w{k}" for k in range(2000)]
    other = place - 1 if place else place + 1
    event = said("Attack", words[place], {"status": "actual"}, Target=words[other])
    document = article("a", (" ".join(words), event))
    reader = reader_of(corpus.scheme, document)
    ((known, passage),) = passages_of_document(document)
    example = details_example(passage, corpus.scheme, known)
    assert REACH < len(example.words) <= 2 * REACH + 10
    assert example.words[example.mark] == words[place]
    assert [example.words[k] for k in example.places] == words[
        example.first : example.first + len(example.places)
    ]
    found = reader.event(passage, example, told(example, reader))
    assert replace(found, id=known.id, probabilities={}) == known
    (row,) = decoded(inputs(corpus.scheme, "arguments", document))
    tags = ANSWERS["arguments"](row, found, corpus.scheme)
    assert tags == gold(corpus.scheme, "arguments", document)[0]
    assert tags.index("B-Target") == other
    assert len(tags) == 2000


# Reading


@pytest.mark.parametrize("name", CORPORA)
def test_what_is_learned_of_an_event_is_read_back(corpora: dict[str, Corpus], name: str) -> None:
    corpus = corpora[name]
    reader = reader_of(corpus.scheme, *corpus.documents)
    counts = {"arguments": 0, "source": 0, "source elsewhere": 0, "attributes of spans": 0}
    for document in corpus.documents:
        for event, passage in passages_of_document(document):
            example = details_example(passage, corpus.scheme, event)
            found = reader.event(passage, example, told(example, reader))
            assert (found.type, found.trigger) == (event.type, event.trigger)
            assert found.attributes == event.attributes
            sentence = document.sentence_of(event.trigger)
            assert sentence is not None
            spans = [(a.role, a.span) for a in event.arguments if sentence.span.contains(a.span)]
            _, lost = to_iob2(sentence, spans)
            kept = {pair for pair in spans if pair not in lost}
            assert {(a.role, a.span) for a in found.arguments} == kept
            by_place = {(a.role, a.span): a.attributes for a in event.arguments}
            for argument in found.arguments:
                given = by_place[argument.role, argument.span]
                assert given.items() <= argument.attributes.items()
                counts["attributes of spans"] += len(given)
            counts["arguments"] += len(kept)
            read = [span for span in example.spans if span]
            is_read = event.source and read[0].start <= event.source.start < read[-1].end
            assert found.source == (event.source if is_read else None)
            assert found.probabilities.keys() - event.attributes.keys() <= {"source"}
            assert set(found.probabilities.values()) <= {1.0}
            assert ("source" in found.probabilities) == (found.source is not None)
            counts["source"] += found.source is not None
            counts["source elsewhere"] += bool(
                found.source and not sentence.span.contains(found.source)
            )
    assert counts["arguments"] > 10
    assert (counts["source elsewhere"] > 10) == (name == "main")
    assert (counts["source"] > 0) == (name == "main")
    assert (counts["attributes of spans"] > 0) == (name != "ships")


@pytest.mark.parametrize("name", CORPORA)
def test_whatever_is_probable_is_an_event_of_the_scheme(
    corpora: dict[str, Corpus], name: str
) -> None:
    """Roles, values and attributes of spans are only those that type and kind can have."""
    corpus = corpora[name]
    reader = reader_of(corpus.scheme, *corpus.documents)
    for document in corpus.documents:
        for seed, (event, passage) in enumerate(passages_of_document(document)):
            example = details_example(passage, corpus.scheme)
            found = reader.event(passage, example, random(example, reader, seed))
            record = to_record(ArticleEvents((found,)), corpus.scheme, document.text)
            assert from_record(record, document.text, corpus.scheme).events == (found,)
            for attribute in corpus.scheme.attributes_of(event.type):
                assert attribute.name in found.attributes
                # The most probable of some values is at least as probable as their mean.
                least = 1 / len(attribute.values[event.type])
                assert found.probabilities[attribute.name] >= round(least, 4)
            for argument in found.arguments:
                kind = corpus.scheme.kind(event.type, argument.role)
                borne = corpus.scheme.span_attributes.values()
                assert {*argument.attributes} == {a.name for a in borne if kind in a.values}


def test_heads_that_no_example_taught_say_nothing(corpus: Corpus) -> None:
    document = article(
        "a", ("They shelled it .", said("Attack", "shelled", {"subtype": "shelling"}))
    )
    reader = reader_of(corpus.scheme, document)
    assert {"status", "side", "source"} < reader.heads.keys()
    ((_, passage),) = passages_of_document(document)
    example = details_example(passage, corpus.scheme)
    for seed in range(9):
        found = reader.event(passage, example, random(example, reader, seed))
        assert (found.attributes.keys(), found.arguments) == ({"subtype"}, ())


@given(SEEDS, st.lists(st.text("ab-", min_size=1, max_size=3), min_size=2, max_size=12))
def test_spans_never_cut_words_that_are_joined_by_hyphens(seed: int, pieces: list[str]) -> None:
    scheme = Scheme(("Actor",), {"Attack": {"Attacker": "Actor", "Target": "Actor"}})
    sentence = words_of("|".join(pieces))
    passage = Passage((), sentence, (), 0, 1, "Attack")
    labels = ("O", "B-Attacker", "I-Attacker", "B-Target", "I-Target")
    reader = DetailsReader({"arguments": labels}, {"arguments"}, {}, scheme)
    example = details_example(passage, scheme)
    found = reader.event(passage, example, random(example, reader, seed))
    spans = sorted(a.span for a in found.arguments)
    assert all(a.end <= b.start for a, b in pairwise(spans))
    covered = {k for k, w in enumerate(sentence) if any(s.contains(w.span) for s in spans)}
    for k, (a, b) in enumerate(pairwise(sentence)):
        if a.text.endswith("-") or b.text.startswith("-"):
            assert (k in covered) == (k + 1 in covered)


def test_a_joined_word_may_begin_before_what_is_read() -> None:
    scheme = Scheme(
        ("Actor",),
        {"Attack": {"Attacker": "Actor"}},
        span_attributes={"side": Attribute("side", {"Actor": ("red", "blue")}, {"Actor": "Side"})},
    )
    words = [*["w"] * 9, "pro-", "rebel", *["w"] * (REACH - 1), "hit", "last"]
    sentence = words_of("|".join(words))
    passage = Passage((), sentence, (), 10 + REACH, 11 + REACH, "Attack")
    example = details_example(passage, scheme)
    assert example.first == 10
    heads = {"arguments": ("O", "B-Attacker", "I-Attacker"), "side": ("blue", "red")}
    first, last = example.places[0], example.places[-1]
    labels = [("arguments", k, "O") for k in example.places[1:]]
    labels += [("arguments", first, "B-Attacker"), ("side", first, "red"), ("side", last, "blue")]
    reader = DetailsReader(heads, heads.keys(), {}, scheme)
    found = reader.event(passage, example, told(replace(example, labels=tuple(labels)), reader))
    span = Span(sentence[9].start, sentence[10].end)
    assert found.arguments == (Argument("Attacker", span, {"side": "red"}),)


# Sources

ELSEWHERE = article(
    "a",
    ("The mayor spoke to reporters on Monday .",),
    ("Rebels shelled the bridge , he said .", said("Attack", "shelled", Target="the bridge")),
    ("The witness was in Tolna .",),
)


@pytest.mark.parametrize("words", ["The mayor", "he", "The witness"])
def test_a_source_in_any_sentence_has_its_place_in_the_article(corpus: Corpus, words: str) -> None:
    """Neighbouring sentences have no tokens in the rows, only bounds and the article's text."""
    found = re.search(rf"\b{words}\b", ELSEWHERE.text)
    assert found is not None
    start, end = found.span()
    (event,) = ELSEWHERE.events
    source = Span(start, end)
    event = replace(event, source=source, attributes={"reported": "attributed"})
    document = replace(ELSEWHERE, events=(event,))
    rows = list(decoded(inputs(corpus.scheme, "attribution", document)))
    assert {row["sent_id"] for row in rows} == {1}
    reader = reader_of(corpus.scheme, document)
    (passage,) = passages_of_rows(rows)
    example = details_example(passage, corpus.scheme, event)
    read = reader.event(passage, example, told(example, reader))
    answer = ANSWERS["attribution"](rows[0], read, corpus.scheme)
    assert [answer] == gold(corpus.scheme, "attribution", document)
    assert answer["source"] == {"start": source.start, "end": source.end}


def test_of_several_tagged_sources_the_most_probable_is_taken(corpus: Corpus) -> None:
    (event,) = ELSEWHERE.events
    document = replace(ELSEWHERE, events=(replace(event, source=Span(0, 9)),))
    reader = reader_of(corpus.scheme, document)
    ((_, passage),) = passages_of_document(document)
    example = details_example(passage, corpus.scheme)
    for likely, expected in (("The", "The"), ("he", "he")):
        labels = [("source", k, "O") for k, word in enumerate(example.words)]
        chosen = {k: word for k, word in enumerate(example.words) if word in ("The", "he")}
        found = told(replace(example, labels=tuple(labels)), reader)
        ends = np.cumsum([0, *map(len, reader.heads.values())])
        first = ends[[*reader.heads].index("source")]
        begin = first + reader.heads["source"].index("B-source")
        for k, word in chosen.items():
            found[k, first] = 0.0
            found[k, begin] = 0.9 if word == likely else 0.6
        event = reader.event(passage, example, found)
        assert event.source is not None
        assert event.source.text_in(document.text) == expected
        assert event.probabilities["source"] == 0.9


def test_who_says_so_without_a_source(corpus: Corpus) -> None:
    event = Event("", "Attack", Span(0, 1))
    unnamed = replace(event, attributes={"reported": "attributed"})
    sourced = replace(event, source=Span(2, 3), attributes={"reported": "author"})
    answers = [ANSWERS["attribution"]({}, e, corpus.scheme) for e in (event, unnamed, sourced)]
    assert [(a["reported"], a["source"] is None) for a in answers] == [
        ("author", True), ("attributed", True), ("attributed", False)
    ]  # fmt: skip


def test_a_type_without_a_speaker_has_no_source() -> None:
    scheme = Scheme(("Speaker",), {"Attack": {"Source": "Speaker"}, "Accident": {}})
    ((_, passage),) = passages_of_document(ELSEWHERE)
    reader = DetailsReader({"source": ("O", "B-source", "I-source")}, {"source"}, {}, scheme)
    for event_type, has_source in (("Attack", True), ("Accident", False)):
        given = replace(passage, event_type=event_type)
        example = details_example(given, scheme)
        probabilities = np.tile([0.0, 1.0, 0.0], (len(example.words), 1))
        found = reader.event(given, example, probabilities)
        assert (found.source is not None) == has_source


# Articles whose tokens are not given


@given(st.data())
def test_the_words_of_a_sentence_are_its_text_without_white_space(data: st.DataObject) -> None:
    parts = data.draw(st.lists(st.text("aé9-’'._ \t🚀\u0301\u00a0(,", min_size=1), max_size=4))
    text = "\n".join(parts)
    bounds, start = [], 0
    for part in parts:
        bounds.append((start, start + len(part)))
        start += len(part) + 1
    events = []
    numbers = st.lists(st.integers(0, len(parts) - 1), max_size=4) if parts else st.just([])
    for number in data.draw(numbers):
        first, last = bounds[number]
        inside = [k for k in range(first, last) if not text[k].isspace()]
        if inside:
            a, b = sorted(data.draw(st.tuples(*[st.sampled_from(inside)] * 2)))
            events.append((a, b + 1))
    document = article_with_events(
        {
            "id": "x",
            "text": text,
            "sentences": [
                {"id": f"x-{k}", "start": a, "end": b} for k, (a, b) in enumerate(bounds)
            ],
            "events": [
                {"id": f"E{k}", "type": "Attack", "trigger": {"start": a, "end": b}}
                for k, (a, b) in enumerate(events)
            ],
        }
    )
    for sentence, part in zip(document.sentences, parts, strict=True):
        words = [token.text_in(text) for token in sentence.tokens]
        assert "".join(words) == "".join(part.split())
        assert all(a.end <= b.start for a, b in pairwise(sentence.tokens))
    # So that every event is read, each between the words before and behind its trigger.
    read = [(event.id, passage.trigger) for event, passage in passages_of_document(document)]
    assert sorted(read) == [(f"E{k}", Span(*span)) for k, span in enumerate(events)]


def test_a_row_of_links_becomes_its_article(corpora: dict[str, Corpus]) -> None:
    for name in ("main", "harbour"):
        corpus = corpora[name]
        rows = decoded(inputs(corpus.scheme, "links", *corpus.documents))
        for row, document in zip(rows, corpus.documents, strict=True):
            found = article_with_events(row)
            assert (found.id, found.text) == (document.id, document.text)
            assert [(e.id, e.type, e.trigger) for e in found.events] == [
                (e.id, e.type, e.trigger) for e in document.events
            ]
            assert [s.span for s in found.sentences] == [s.span for s in document.sentences]
            read = [event.id for event, _ in passages_of_document(found)]
            assert sorted(read) == sorted(event.id for event in document.events)
