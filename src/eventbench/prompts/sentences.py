"""Numbered sentences, and quotes found in their tokens."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from eventbench.corpus.model import Span
from eventbench.io import Json

Place = tuple[int, int]
"""Tokens of a sentence: the first, and the one after the last."""

_LOOK_ALIKES = str.maketrans(
    dict.fromkeys("“”„«»", '"') | dict.fromkeys("‘’‚`", "'") | dict.fromkeys("‐‑–—", "-")
)
_WORD = re.compile(r"\w+|[^\w\s]")


@dataclass(frozen=True)
class NumberedSentence:
    """A sentence of an article, with its tokens as offsets in ``text``.

    Attributes:
        number: its number in the article, from 1, by which the model names it.
        row: index of the row that has the sentence; of its first row if several have it.
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

    @classmethod
    def of_row(cls, index: int, row: Mapping[str, Any]) -> NumberedSentence:
        """The sentence of a row with tokens."""
        offset = row["token_starts"][0] if row["token_starts"] else 0
        starts, ends = (
            tuple(place - offset for place in row[key]) for key in ("token_starts", "token_ends")
        )
        return cls(row["sent_id"] + 1, index, offset, row["text"], starts, ends)

    @classmethod
    def in_article(
        cls, index: int, number: int, article: str, bounds: Mapping[str, Any]
    ) -> NumberedSentence:
        """A sentence in the text of its article; without tokens, its words count as such."""
        offset, text = bounds["start"], article[bounds["start"] : bounds["end"]]
        if "token_starts" in bounds:
            starts, ends = (
                tuple(place - offset for place in bounds[key])
                for key in ("token_starts", "token_ends")
            )
        else:
            words = list(_WORD.finditer(text))
            starts, ends = tuple(w.start() for w in words), tuple(w.end() for w in words)
        return cls(number, index, offset, text, starts, ends)

    def quote(self, first: int, last: int) -> str:
        """The words from token ``first`` to before ``last``."""
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
        """The span in the article of tokens ``first`` to before ``last``."""
        return Span(self.offset + self.starts[first], self.offset + self.ends[last - 1])

    def tokens_of(self, span: Span) -> Place | None:
        """The tokens that a span of the article covers; None if it does not end at tokens."""
        start, end = span.start - self.offset, span.end - self.offset
        if start not in self.starts or end not in self.ends:
            return None
        return self.starts.index(start), self.ends.index(end) + 1

    def quoted(self, span: Span) -> Json:
        """A span as the model sees and writes it: its words, and which of several it is."""
        place = self.tokens_of(span)
        if place is None:
            return {"quote": self.text[span.start - self.offset : span.end - self.offset]}
        words = self.quote(*place)
        alike = self.find(words)
        which = alike.index(place) + 1 if len(alike) > 1 else None
        return {"quote": words, "occurrence": which}


def nearest_first(places: Sequence[Place], to: Place) -> list[Place]:
    """Sort places by the number of tokens between them and another."""
    first, last = to
    return sorted(places, key=lambda place: max(place[0] - last, first - place[1]))


def _normalised(text: str) -> str:
    # Decomposed, not composed: a prefix of the text stays a prefix of the result.
    return " ".join(unicodedata.normalize("NFD", text).translate(_LOOK_ALIKES).split())
