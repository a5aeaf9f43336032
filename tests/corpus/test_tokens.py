"""Sentences and tokens, frozen and made anew; spans and IOB2 tags."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import ROOT
from hypothesis import given
from hypothesis import strategies as st
from seqeval.metrics.sequence_labeling import get_entities
from seqeval.scheme import IOB2, Entities

from eventbench import Corpus, EventbenchError, Sentence, Span
from eventbench.corpus.tokens import (
    from_iob2,
    read_segmentation,
    segment,
    to_iob2,
    write_segmentation,
)


def test_frozen_boundaries_are_what_segmenting_gives(corpus: Corpus) -> None:
    pytest.importorskip("spacy", reason="segmenting new text needs the extra [segment]")
    for document in corpus.documents:
        assert segment(document.text, document.id) == document.sentences


def test_frozen_files_are_as_we_would_write_them(corpus: Corpus) -> None:
    for document in corpus.documents:
        path = ROOT / "annotations" / "tokens" / f"{document.stem}.tsv"
        assert path.read_bytes().decode() == write_segmentation(document.sentences, document.text)


def test_every_character_is_in_a_token_or_is_space(corpus: Corpus) -> None:
    for document in corpus.documents:
        inside = {i for s in document.sentences for t in s.tokens for i in range(t.start, t.end)}
        outside = "".join(c for i, c in enumerate(document.text) if i not in inside)
        assert outside.strip() == ""
        assert not any(document.text[i].isspace() for i in inside)


# Cases that were read and decided by hand: each sentence here begins and ends as it should.
SENTENCES = [
    "Who are the biggest losers in the battle for Aleppo ?",
    "hundreds of people were buried under the rubble of their own homes.",
    "“They aim to make life as hard as possible for opponents, their families, "
    "their neighbourhoods.",
    "Kill them or force them to leave,” he said.",
    "The areas would be made uninhabited and uninhabitable.”",
    "“Everything is a target, whether human or tree or rock.",
    "He added: “We have nobody but God.”",
    "— Military Advisor (@miladvisor) November 28, 2016",
    "1. Skip to content",
    "Syrien Aleppo Kampfhandlungen in zerstörter Stadt",
    "the offensive includes a\u00a0ground assault,\u00a0artillery bombardment, and intensive "
    "airstrikes.",
    "mkg/rc (Reuters, AFP, dpa, AP)",
]
TOKENS = [
    "Dr", "20.000", "2750.000", "450.000", "275,000", "#", "@miladvisor", "’s", "'s", "O’Brien",
    "Shi’ite", "mid-2012", "pic.twitter.com/DcSSFUAES5", "https://p.dw.com/p/2SbNt", "held",
    "®", "…",
]  # fmt: skip


@pytest.mark.parametrize("sentence", SENTENCES)
def test_sentence_boundaries(corpus: Corpus, sentence: str) -> None:
    assert any(s.span.text_in(d.text) == sentence for d in corpus.documents for s in d.sentences)


@pytest.mark.parametrize("token", TOKENS)
def test_token_boundaries(corpus: Corpus, token: str) -> None:
    found = {t.text_in(d.text) for d in corpus.documents for s in d.sentences for t in s.tokens}
    assert token in found


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("0\t3\tFoo", "found 'Foo', but the article has 'Reb' at 0-3"),
        ("0\t6", "found '0\\\\t6', expected START, END, TOKEN"),
        ("0\t999\tRebels", "token at 0-999, expected one within 0-"),
        ("-1\t6\tRebels", "expected START, END, TOKEN"),
    ],
)
def test_a_broken_segmentation_is_refused(tiny: Path, line: str, message: str) -> None:
    path = tiny / "annotations/tokens/a.tsv"
    rest = path.read_text(encoding="utf-8").split("\n", 1)[1]
    path.write_text(f"{line}\n{rest}", encoding="utf-8")
    text = (tiny / "seeds/a.txt").read_text(encoding="utf-8")
    with pytest.raises(EventbenchError, match=rf"a\.tsv:1: .*{message}"):
        read_segmentation(path, text, "a")


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


def test_a_line_may_be_of_any_length() -> None:
    pytest.importorskip("spacy", reason="segmenting needs the extra [segment]")
    (sentence,) = segment("word " * 210_000, "x")
    assert len(sentence.tokens) == 210_000
