"""Sentences and tokens: as stored, and computed for new articles."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import HARBOUR, ROOT

from eventbench import Corpus, EventbenchError, Span, load_corpus, validate
from eventbench.corpus.segmentation import (
    read_segmentation,
    segment,
    with_lemmas,
    write_segmentation,
)
from eventbench.tasks.base import Gold
from eventbench.tasks.registry import tasks_for
from eventbench.tasks.seen import Seen

CORPORA = pytest.mark.parametrize("root", [ROOT, HARBOUR], ids=["main", "harbour"])


@CORPORA
def test_stored_boundaries_are_those_that_segmenting_gives(root: Path) -> None:
    corpus = load_corpus(root)
    pytest.importorskip("spacy", reason="segmenting new text needs the extra [segment]")
    for document in corpus.documents:
        bare = tuple(replace(sentence, lemmas=()) for sentence in document.sentences)
        assert segment(document.text, document.id) == bare


@CORPORA
def test_stored_files_are_in_canonical_form(root: Path) -> None:
    corpus = load_corpus(root)
    for document in corpus.documents:
        path = root / "annotations" / "tokens" / f"{document.stem}.tsv"
        assert path.read_bytes().decode() == write_segmentation(document.sentences, document.text)


def test_every_character_is_in_a_token_or_is_space(corpus: Corpus) -> None:
    for document in corpus.documents:
        inside = {i for s in document.sentences for t in s.tokens for i in range(t.start, t.end)}
        outside = "".join(c for i, c in enumerate(document.text) if i not in inside)
        assert outside.strip() == ""
        assert not any(document.text[i].isspace() for i in inside)


# Sentences and tokens whose bounds were decided by hand.
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
        ("0\t3\tFoo\tfoo", "found 'Foo', but the article has 'Reb' at 0-3"),
        ("0\t6", "found '0\\\\t6', expected START, END, TOKEN, LEMMA with tabs between"),
        ("0\t6\tRebels", "expected START, END, TOKEN, LEMMA"),
        ("0\t6\tRebels\t", "expected START, END, TOKEN, LEMMA"),
        ("0\t999\tRebels\trebel", "token at 0-999, expected one within 0-"),
        ("-1\t6\tRebels\trebel", "expected START, END, TOKEN"),
    ],
)
def test_a_broken_segmentation_is_refused(tiny: Path, line: str, message: str) -> None:
    path = tiny / "annotations/tokens/a.tsv"
    rest = path.read_text(encoding="utf-8").split("\n", 1)[1]
    path.write_text(f"{line}\n{rest}", encoding="utf-8")
    text = (tiny / "seeds/a.txt").read_text(encoding="utf-8")
    with pytest.raises(EventbenchError, match=rf"a\.tsv:1: .*{message}"):
        read_segmentation(path, text, "a")


def test_a_line_may_be_of_any_length() -> None:
    pytest.importorskip("spacy", reason="segmenting needs the extra [segment]")
    (sentence,) = segment("word " * 210_000, "x")
    assert len(sentence.tokens) == 210_000


# Lemmas


def test_stored_lemmas_are_in_lower_case(corpus: Corpus) -> None:
    found = [word for d in corpus.documents for s in d.sentences for word in s.lemmas]
    assert len(found) == 4797
    assert [word for word in found if word != word.lower()] == []


def test_lemmas_are_those_of_the_tokens_that_a_span_touches(tiny: Path) -> None:
    document = load_corpus(tiny).documents[0]
    assert document.text.startswith("Rebels took the city")
    assert document.lemmas_of(Span(0, 11)) == ["rebel", "take"]
    assert document.lemmas_of(Span(3, 8)) == ["rebel", "take"]
    assert document.lemmas_of(Span(6, 7)) == []


def test_nothing_that_is_there_depends_on_the_lemmatizer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "simplemma", None)  # importing it raises an error
    corpus = load_corpus("aleppo-1")
    assert validate(corpus.root) == []
    seen = Seen.of(corpus)
    found = [seen.has_trigger(d, e) for d in corpus.documents for e in d.events]
    assert (sum(found), len(found)) == (248, 309)


def test_lemmas_are_of_the_language(tiny: Path) -> None:
    text = "Strikes killed us. "
    document = load_corpus(tiny).documents[0]
    sentence = replace(document.sentences[0], tokens=(Span(0, 7), Span(8, 14), Span(15, 17)))
    assert with_lemmas([sentence], text)[0].lemmas[:2] == ("strike", "kill")
    assert with_lemmas([sentence], text, "en-GB")[0].lemmas[:2] == ("strike", "kill")
    assert with_lemmas([sentence], text, "tlh")[0].lemmas == ("strikes", "killed", "us")


def test_lemmas_are_data_of_the_corpus_but_not_of_a_task(harbour: Path) -> None:
    def fingerprints() -> tuple[str, list[str]]:
        corpus = load_corpus(harbour)
        return corpus.fingerprint, [
            Gold.of(t, corpus).fingerprint for t in tasks_for(corpus).values()
        ]

    path = harbour / "annotations" / "tokens" / "osk.tsv"
    whole, tasks = fingerprints()
    path.write_text(path.read_text("utf-8").replace("\treach\n", "\treaches\n"), "utf-8")
    changed, same = fingerprints()
    assert changed != whole
    assert same == tasks
