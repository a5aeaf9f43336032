"""Sentences and tokens: stored with the gold, computed only for new articles.

A segmentation file has three tab-separated columns: start and end of a token in code
points, and the token. An empty line ends a sentence.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from eventbench.corpus.model import Sentence, Span
from eventbench.errors import EventbenchError
from eventbench.io import read_text

if TYPE_CHECKING:
    from spacy.language import Language

_OPENERS = frozenset("“‘([#")


def read_segmentation(path: Path, text: str, doc_id: str) -> tuple[Sentence, ...]:
    """Read the sentences of one article.

    Raises:
        EventbenchError: naming file and line, if a token is not the article's
            text at its offsets or does not follow the previous token.
    """
    sentences: list[Sentence] = []
    tokens: list[Span] = []
    last_end = 0
    for number, line in enumerate([*read_text(path).split("\n"), ""], 1):
        if not line:
            if tokens:
                sentences.append(_sentence(doc_id, len(sentences), tokens))
                tokens = []
            continue
        fields = line.split("\t")
        if len(fields) != 3 or not (fields[0].isdecimal() and fields[1].isdecimal()):
            raise EventbenchError(f"{path}:{number}: found {line!r}, expected START, END, TOKEN")
        span = Span(int(fields[0]), int(fields[1]))
        if not last_end <= span.start < span.end <= len(text):
            raise EventbenchError(
                f"{path}:{number}: token at {span.start}-{span.end}, expected one within "
                f"{last_end}-{len(text)}, behind the token before it"
            )
        if span.text_in(text) != fields[2]:
            raise EventbenchError(
                f"{path}:{number}: found {fields[2]!r}, but the article has "
                f"{span.text_in(text)!r} at {span.start}-{span.end}"
            )
        last_end = span.end
        tokens.append(span)
    return tuple(sentences)


def _sentence(doc_id: str, index: int, tokens: Sequence[Span]) -> Sentence:
    span = Span(tokens[0].start, tokens[-1].end)
    return Sentence(f"{doc_id}-{index + 1:03d}", span, tuple(tokens))


def write_segmentation(sentences: Iterable[Sentence], text: str) -> str:
    """Format sentences as the contents of a segmentation file, which reads back unchanged."""
    return "\n".join(
        "".join(f"{t.start}\t{t.end}\t{t.text_in(text)}\n" for t in sentence.tokens)
        for sentence in sentences
    )


def segment(text: str, doc_id: str, language: str = "en") -> tuple[Sentence, ...]:
    """Split a new article into sentences and tokens.

    Tokens come from spaCy's tokenizer for the language. A line break always ends a
    sentence. Within a line, spaCy's sentencizer splits, with two corrections: a character
    that opens the next sentence (quotation mark, bracket, hash sign) is moved there, and
    a list number ("1.") is joined to what follows it.

    Raises:
        EventbenchError: if spaCy is not installed.
    """
    nlp = _pipeline(language)
    sentences: list[Sentence] = []
    offset = 0
    for line in text.split("\n"):
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
        offset += len(line) + 1
    return tuple(sentences)


@cache
def _pipeline(language: str) -> Language:
    try:
        import spacy
    except ModuleNotFoundError:
        raise EventbenchError(
            "segmenting new text needs spaCy: pip install 'eventbench[segment]'"
        ) from None
    try:
        nlp = spacy.blank(language)
    except ImportError:
        raise EventbenchError(f"spaCy has no tokenizer for the language {language!r}") from None
    nlp.max_length = sys.maxsize  # the limit is meant for parsers, which are not used here
    nlp.add_pipe("sentencizer")
    return nlp
