"""Spans as IOB2 tags, and back."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from seqeval.metrics.sequence_labeling import get_entities
from seqeval.scheme import IOB2, Entities

from eventbench import Sentence, Span, from_iob2, to_iob2
from eventbench.corpus.iob2 import iob2_labels

TAGS = st.lists(st.sampled_from(["O", "B-X", "I-X", "B-Y_Z", "I-Y_Z", "B-a-b", "I-a-b"]))


@given(TAGS)
def test_entities_are_seqevals(tags: list[str]) -> None:
    entities = Entities([tags], IOB2).entities[0]
    assert from_iob2(tags) == [(e.tag, e.start, e.end) for e in entities]


@given(TAGS)
def test_spans_survive_tagging(tags: list[str]) -> None:
    sentence = Sentence(
        "s", Span(0, 2 * len(tags)), tuple(Span(2 * i, 2 * i + 1) for i in range(len(tags)))
    )
    spans = [(label, Span(2 * i, 2 * j - 1)) for label, i, j in from_iob2(tags)]
    made, left_out = to_iob2(sentence, spans)
    assert left_out == []
    assert from_iob2(made) == from_iob2(tags)
    assert get_entities(made) == [(label, i, j - 1) for label, i, j in from_iob2(tags)]


def test_spans_that_tags_cannot_hold_are_named() -> None:
    sentence = Sentence("s", Span(0, 11), (Span(0, 3), Span(4, 7), Span(8, 11)))
    spans = [("A", Span(0, 7)), ("B", Span(4, 11)), ("C", Span(8, 10)), ("D", Span(8, 11))]
    tags, left_out = to_iob2(sentence, spans)
    assert tags == ["B-A", "I-A", "B-D"]
    assert left_out == [("B", Span(4, 11)), ("C", Span(8, 10))]


def test_labels_are_outside_and_two_for_each_name() -> None:
    assert iob2_labels(["X", "Y"]) == ["O", "B-X", "I-X", "B-Y", "I-Y"]
