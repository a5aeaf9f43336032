"""Mentions: the events of an article in reading order, with the words around them."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from eventbench import Document, Event, Span

_WORD = re.compile(r"\w+(?:[-'’.,]\w+)*|[^\w\s]")

_SPELLED = """
one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety
"""

NUMBERS = dict(zip(_SPELLED.split(), map(str, (*range(1, 20), *range(20, 100, 10))), strict=True))
"""Numbers that articles spell out, as digits."""

_FUNCTION_WORDS = """
a an the of in on at to for from by with and or as that which who it its his her their they he she
this these those is are was were be been has have had will would said say not no but than more
least about some
"""

_EMPTY = frozenset(_FUNCTION_WORDS.split())
"""Words that do not tell what a phrase names."""


@dataclass(frozen=True)
class Reading:
    """An article as words, which do not depend on the tokens of a corpus.

    Attributes:
        starts: the first offset of each sentence.
        words: the words of each sentence.
        spans: their positions.
        lemmas: their dictionary forms, in lower case, spelled-out numbers as digits.
    """

    starts: tuple[int, ...]
    words: tuple[tuple[str, ...], ...]
    spans: tuple[tuple[Span, ...], ...]
    lemmas: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Mention:
    """An event with its place among the words.

    Attributes:
        event: the event.
        sentence: index of the sentence of its trigger.
        first: index of the trigger's first word in the sentence.
        last: index after its last word.
        lemmas: the lemmas of the trigger.
        fillers: for each role, the content lemmas of its arguments.
    """

    event: Event
    sentence: int
    first: int
    last: int
    lemmas: tuple[str, ...]
    fillers: dict[str, frozenset[str]]


def read(document: Document) -> Reading:
    """Split an article into words; one without sentences is read as one sentence."""
    bounds = [sentence.span for sentence in document.sentences]
    bounds = bounds or [Span(0, len(document.text))]
    words, spans, lemmas = [], [], []
    for bound in bounds:
        found = list(_WORD.finditer(document.text, bound.start, bound.end))
        words.append(tuple(m.group() for m in found))
        spans.append(tuple(Span(*m.span()) for m in found))
        lemmas.append(tuple(lemma(m.group()) for m in found))
    return Reading(tuple(b.start for b in bounds), tuple(words), tuple(spans), tuple(lemmas))


def mentions_of(document: Document, reading: Reading) -> list[Mention]:
    """The events in reading order."""
    events = sorted(document.events, key=lambda event: (event.trigger, event.type))
    return [_mention(document.text, event, reading) for event in events]


def _mention(text: str, event: Event, reading: Reading) -> Mention:
    sentence = max(0, bisect_right(reading.starts, event.trigger.start) - 1)
    inside = [k for k, s in enumerate(reading.spans[sentence]) if s.overlaps(event.trigger)]
    first, last = (inside[0], inside[-1] + 1) if inside else (0, 0)
    fillers: dict[str, set[str]] = {}
    for argument in event.arguments:
        fillers.setdefault(argument.role, set()).update(content(argument.span.text_in(text)))
    lemmas = tuple(map(lemma, _WORD.findall(event.trigger.text_in(text))))
    frozen = {role: frozenset(found) for role, found in fillers.items()}
    return Mention(event, sentence, first, last, lemmas, frozen)


def content(phrase: str) -> frozenset[str]:
    """The lemmas of a phrase that name something."""
    found = map(lemma, _WORD.findall(phrase))
    return frozenset(w for w in found if w[0].isalnum() and w not in _EMPTY)


def content_of(lemmas: Sequence[str]) -> frozenset[str]:
    """Those of some lemmas that name something."""
    return frozenset(w for w in lemmas if w[0].isalnum() and w not in _EMPTY)


@lru_cache(maxsize=65536)
def lemma(word: str) -> str:
    """The dictionary form of a word, in lower case; digits for a spelled-out number."""
    from simplemma import lemmatize

    low = word.lower()
    return NUMBERS.get(low) or lemmatize(low, "en").lower()
