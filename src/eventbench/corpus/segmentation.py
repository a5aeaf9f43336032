"""Sentences, tokens and lemmas: stored beside the gold, computed only for new articles.

A segmentation file is a table of four tab-separated columns: the start and end of a token
in code points, the token itself and its lemma, the dictionary form in lower case
("Airstrikes": "airstrike"). An empty line ends a sentence. Lemmas are data, so that
another version of the lemmatizer changes nothing in articles that are already there.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from eventbench.corpus.model import Sentence, Span
from eventbench.errors import EventbenchError
from eventbench.io import read_text
from eventbench.text import mismatch

if TYPE_CHECKING:
    from spacy.language import Language

LONGEST_WORD = 500
"""Code points without a space that spaCy is given; it takes quadratic time for "[[[[[…"."""

NO_SPACY = "segmenting new text needs spaCy: pip install 'eventbench[segment]'"

_OPENERS = frozenset("“‘([#")


def read_segmentation(path: Path, text: str, doc_id: str) -> tuple[Sentence, ...]:
    """Read the sentences of one article.

    Raises:
        EventbenchError: naming file and line, if a token is not the article's
            text at its offsets, does not follow the token before it or has no lemma.
    """
    sentences: list[Sentence] = []
    tokens: list[Span] = []
    lemmas: list[str] = []
    last_end = 0
    for number, line in enumerate([*read_text(path).split("\n"), ""], 1):
        if not line:
            if tokens:
                sentences.append(_sentence(doc_id, len(sentences), tokens, lemmas))
                tokens, lemmas = [], []
            continue
        fields = line.split("\t")
        span = Span.written(*fields[:2]) if len(fields) == 4 and all(fields) else None
        if span is None:
            expected = "expected START, END, TOKEN, LEMMA with tabs between them"
            raise EventbenchError(f"{path}:{number}: found {line!r}, {expected}")
        if not last_end <= span.start < span.end <= len(text):
            raise EventbenchError(
                f"{path}:{number}: token at {span.start}-{span.end}, expected one within "
                f"{last_end}-{len(text)}, behind the token before it"
            )
        if span.text_in(text) != fields[2]:
            wrong = mismatch(fields[2], span.text_in(text), f"{span.start}-{span.end}")
            raise EventbenchError(f"{path}:{number}: {wrong}")
        last_end = span.end
        tokens.append(span)
        lemmas.append(fields[3])
    return tuple(sentences)


def _sentence(
    doc_id: str, index: int, tokens: Sequence[Span], lemmas: Iterable[str] = ()
) -> Sentence:
    span = Span(tokens[0].start, tokens[-1].end)
    return Sentence(f"{doc_id}-{index + 1:03d}", span, tuple(tokens), tuple(lemmas))


def write_segmentation(sentences: Iterable[Sentence], text: str) -> str:
    """Format sentences as the contents of a segmentation file, which reads back unchanged."""
    return "\n".join(
        "".join(
            f"{token.start}\t{token.end}\t{token.text_in(text)}\t{lemma}\n"
            for token, lemma in zip(sentence.tokens, sentence.lemmas, strict=True)
        )
        for sentence in sentences
    )


def with_lemmas(
    sentences: Iterable[Sentence], text: str, language: str = "en"
) -> tuple[Sentence, ...]:
    """The sentences of a new article with their lemmas, from simplemma.

    In a language that simplemma does not know, the lemma of a token is the token in lower case.
    """
    return tuple(
        replace(s, lemmas=tuple(_lemma(token.text_in(text), language) for token in s.tokens))
        for s in sentences
    )


@cache
def _lemma(word: str, language: str) -> str:
    import simplemma

    try:
        return simplemma.lemmatize(word.lower(), language.partition("-")[0]).lower()
    except ValueError:
        return word.lower()


def segment(text: str, doc_id: str, language: str = "en") -> tuple[Sentence, ...]:
    """Split a new article into sentences and tokens, without lemmas.

    Tokens come from spaCy's tokenizer for the language. A line break always ends a
    sentence. Within a line, spaCy's sentencizer splits, with two corrections: a character
    that opens the next sentence (quotation mark, bracket, hash sign) is moved there, and
    a list number ("1.") is joined to what follows it.

    Raises:
        EventbenchError: if spaCy is not installed.
    """
    nlp = _pipeline(language.partition("-")[0])
    sentences: list[Sentence] = []
    for offset, line in _lines(text):
        pending: list[Span] = []
        for spacy_sentence in nlp(line).sents:
            words = [token for token in spacy_sentence if not token.is_space]
            carried = len(words)
            while carried and words[carried - 1].text in _OPENERS:
                carried -= 1
            spans = [Span(offset + w.idx, offset + w.idx + len(w)) for w in words]
            current, opening = pending + spans[:carried], spans[carried:]
            is_list_number = len(current) == 2 and words[0].is_digit and words[1].text == "."
            if is_list_number or not current:
                pending = current + opening
            else:
                sentences.append(_sentence(doc_id, len(sentences), current))
                pending = opening
        if pending:
            sentences.append(_sentence(doc_id, len(sentences), pending))
    return tuple(sentences)


def check_segmenter(language: str | None = None) -> None:
    """Check that new articles can be split into sentences and tokens.

    Args:
        language: their language; None: only that spaCy is installed, which takes no time.

    Raises:
        EventbenchError: if spaCy is not installed or has no tokenizer for the language.
    """
    if language is not None:
        _pipeline(language.partition("-")[0])
    elif find_spec("spacy") is None:
        raise EventbenchError(NO_SPACY)


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """The lines of a text, with their offsets; what is too long for a word ends one too."""
    start = 0
    for end in re.finditer(rf"\n|\S{{{LONGEST_WORD}}}", text):
        yield start, text[start : end.end()].rstrip("\n")
        start = end.end()
    yield start, text[start:]


@cache
def _pipeline(language: str) -> Language:
    try:
        import spacy
    except ModuleNotFoundError:
        raise EventbenchError(NO_SPACY) from None
    try:
        nlp = spacy.blank(language)
    except ImportError:
        raise EventbenchError(f"spaCy has no tokenizer for the language {language!r}") from None
    nlp.max_length = sys.maxsize  # the limit is meant for parsers, which are not used here
    nlp.add_pipe("sentencizer")
    return nlp
