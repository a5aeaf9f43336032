"""Sentences: the articles as numbered sentences, and quotes found in their tokens."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from eventbench import Document, Span, document_of

if TYPE_CHECKING:
    from datasets import Dataset

Json = dict[str, Any]
Place = tuple[int, int]
"""Tokens of a sentence: the first, and the one after the last."""

_LOOK_ALIKES = str.maketrans(
    dict.fromkeys("“”„«»", '"') | dict.fromkeys("‘’‚`", "'") | dict.fromkeys("‐‑–—", "-")
)


@dataclass(frozen=True)
class NumberedSentence:
    """A sentence of an article, with its tokens as offsets in ``text``.

    Attributes:
        number: its number in the article, from 1, by which the model names it.
        row: index of its row in the dataset.
        offset: where it begins in the article, in code points.
        text: its text.
        starts: where each token begins.
        ends: where each token ends.
    """

    number: int
    row: int
    offset: int
    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def quote(self, first: int, last: int) -> str:
        return self.text[self.starts[first] : self.ends[last - 1]]

    def find(self, quote: str) -> list[Place]:
        """Find the runs of whole tokens that read like a quote.

        Exact matches come first. If there are none, variants of quotation marks, dashes,
        spaces and composed characters count as equal; if there are still none, so do
        upper and lower case.
        """
        for fold in (str, _normalised, lambda text: _normalised(text).casefold()):
            wanted = fold(quote)
            places = []
            for first in range(len(self.starts) if wanted else 0):
                for last in range(first + 1, len(self.starts) + 1):
                    candidate = fold(self.quote(first, last))
                    if candidate == wanted:
                        places.append((first, last))
                    if candidate == wanted or not wanted.startswith(candidate):
                        break
            if places:
                return places
        return []

    def span(self, first: int, last: int) -> Span:
        return Span(self.offset + self.starts[first], self.offset + self.ends[last - 1])

    def tokens_of(self, span: Span) -> Place | None:
        """The tokens that a span of the article covers; None if it does not end at tokens."""
        start, end = span.start - self.offset, span.end - self.offset
        if start not in self.starts or end not in self.ends:
            return None
        return self.starts.index(start), self.ends.index(end) + 1


def _normalised(text: str) -> str:
    # Decomposed, not composed: a prefix of the text stays a prefix of the result.
    return " ".join(unicodedata.normalize("NFD", text).translate(_LOOK_ALIKES).split())


def of_document(document: Document, row: int = 0) -> list[NumberedSentence]:
    """The sentences of an article, which is the row with this index."""
    return [
        _numbered(number, row, sentence.span.text_in(document.text), sentence.tokens, sentence.span)
        for number, sentence in enumerate(document.sentences, 1)
    ]


def of_rows(rows: Dataset) -> list[list[NumberedSentence]]:
    """The sentences of each article, from rows that are articles or sentences."""
    if "doc_id" not in rows.column_names:
        return [of_document(document_of(row), index) for index, row in enumerate(rows)]
    by_id: dict[str, list[NumberedSentence]] = {}
    for index, row in enumerate(rows):
        article = by_id.setdefault(row["doc_id"], [])
        tokens = tuple(map(Span, row["token_starts"], row["token_ends"]))
        whole = Span(tokens[0].start, tokens[-1].end)
        article.append(_numbered(len(article) + 1, index, row["text"], tokens, whole))
    return list(by_id.values())


def _numbered(
    number: int, row: int, text: str, tokens: Sequence[Span], whole: Span
) -> NumberedSentence:
    starts = tuple(token.start - whole.start for token in tokens)
    ends = tuple(token.end - whole.start for token in tokens)
    return NumberedSentence(number, row, whole.start, text, starts, ends)


def shown(sentences: Sequence[NumberedSentence]) -> str:
    """The sentences as the model sees them: JSON, so that no text can pose as a message."""
    lines = ({"sentence": s.number, "text": s.text} for s in sentences)
    return "\n".join(json.dumps(line, ensure_ascii=False) for line in lines)
