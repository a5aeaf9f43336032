"""Sentences and tokens: frozen beside the gold, made anew only for new articles.

A segmentation file is a table of three tab-separated columns, the start and end
of a token in code points and the token itself; an empty line ends a sentence.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from eventbench.corpus.model import EventbenchError, Sentence, Span
from eventbench.corpus.scheme import NO_EVENT

if TYPE_CHECKING:
    from spacy.language import Language

_OPENERS = frozenset("“‘([#")


def read_segmentation(path: Path, text: str, doc_id: str) -> tuple[Sentence, ...]:
    """Read the sentences of one article.

    Raises:
        EventbenchError: naming file and line, if a token is not the article's
            text at its offsets or does not follow the token before it.
    """
    sentences: list[Sentence] = []
    tokens: list[Span] = []
    last_end = 0
    for number, line in enumerate([*_read_lines(path), ""], 1):
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


def _read_lines(path: Path) -> list[str]:
    return path.read_bytes().decode("utf-8").split("\n")


def _sentence(doc_id: str, index: int, tokens: Sequence[Span]) -> Sentence:
    span = Span(tokens[0].start, tokens[-1].end)
    return Sentence(f"{doc_id}-{index + 1:03d}", span, tuple(tokens))


def write_segmentation(sentences: Iterable[Sentence], text: str) -> str:
    """The contents of a segmentation file; reading them gives the same sentences."""
    return "\n".join(
        "".join(f"{t.start}\t{t.end}\t{t.text_in(text)}\n" for t in sentence.tokens)
        for sentence in sentences
    )


def segment(text: str, doc_id: str) -> tuple[Sentence, ...]:
    """Find the sentences and tokens of a new article.

    Tokens are spaCy's for English. A line break always ends a sentence; inside a
    line spaCy's sentencizer does, with two repairs: what opens the next sentence
    (a quotation mark, a bracket, a hash sign) is not left at the end of the one
    before it, and a list number ("1.") is no sentence.

    Raises:
        EventbenchError: if spaCy is not installed.
    """
    nlp = _pipeline()
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


_cached_pipeline: list[Language] = []


def _pipeline() -> Language:
    if not _cached_pipeline:
        try:
            import spacy
        except ModuleNotFoundError:
            raise EventbenchError(
                "segmenting new text needs spaCy: pip install 'eventbench[segment]'"
            ) from None
        nlp = spacy.blank("en")
        nlp.max_length = sys.maxsize  # the limit is for parsers, and there is none here
        nlp.add_pipe("sentencizer")
        _cached_pipeline.append(nlp)
    return _cached_pipeline[0]


def to_iob2(
    sentence: Sentence, labelled: Iterable[tuple[str, Span]]
) -> tuple[list[str], list[tuple[str, Span]]]:
    """Tag the tokens of a sentence with labelled spans, IOB2.

    Returns:
        One tag a token, and the spans that flat tags cannot hold: those that do
        not begin and end with tokens of the sentence, and those that overlap a
        span already tagged (spans are taken in reading order, longer first).
    """
    tags = [NO_EVENT] * len(sentence.tokens)
    starts = {token.start: i for i, token in enumerate(sentence.tokens)}
    ends = {token.end: i + 1 for i, token in enumerate(sentence.tokens)}
    left_out = []
    for label, span in sorted(labelled, key=lambda x: (x[1].start, -x[1].end, x[0])):
        first, last = starts.get(span.start), ends.get(span.end)
        if first is None or last is None or any(tag != NO_EVENT for tag in tags[first:last]):
            left_out.append((label, span))
            continue
        tags[first:last] = [f"B-{label}"] + [f"I-{label}"] * (last - first - 1)
    return tags, left_out


def from_iob2(tags: Sequence[str]) -> list[tuple[str, int, int]]:
    """The entities of IOB2 tags as (label, first token, token after the last).

    Strict, as seqeval's ``mode="strict"``: an entity begins at a B- tag and goes
    on over the I- tags of its own label; any other I- tag belongs to nothing.
    """
    entities = []
    i = 0
    while i < len(tags):
        if tags[i].startswith("B-"):
            label, j = tags[i][2:], i + 1
            while j < len(tags) and tags[j] == f"I-{label}":
                j += 1
            entities.append((label, i, j))
            i = j
        else:
            i += 1
    return entities
