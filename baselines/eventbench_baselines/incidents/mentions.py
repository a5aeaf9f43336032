"""Mentions: events of articles, with what is compared between two of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any, Protocol

import numpy as np

from eventbench.claims import bounds, ids, interval
from eventbench_baselines.encoder.decoding import Floats
from eventbench_baselines.encoder.examples import Example
from eventbench_baselines.values import ValueReader

Row = dict[str, Any]

WORD = re.compile(r"\w+|[^\w\s]")

ACTOR, PARTICIPANT, TIME, NUMBER, PLACE = "Actor", "Participant", "Time", "Number", "Place"
"""Kinds of arguments."""

UNKNOWN = "unknown"
"""The value of a time or place that the article does not tell."""

TOTAL = "total"
"""A running or overall figure: value of the attribute occurrence, and level of an incident."""

LITTLE = frozenset(
    [
        *("a", "an", "the", "this", "that", "these", "those", "its", "his", "her", "their", "it"),
        *("they", "he", "she", "who", "which", "of", "in", "on", "at", "to", "by", "for", "from"),
        *("with", "as", "and", "or", "be", "have"),
    ]
)
"""Lemmas that say nothing about what is named."""


class Similarity(Protocol):
    """Vectors of words in their sentences, such as those of a pre-trained encoder."""

    def vectors(self, examples: Sequence[Example]) -> Sequence[Floats]:
        """Return an array of shape (words, width) for each example, in their order."""


@dataclass(frozen=True)
class Mention:
    """An event of an article.

    Attributes:
        article: id of the article.
        event: id of the event in its article.
        type: the event type.
        attributes: the attributes of the event.
        published: day of publication as a proleptic ordinal; None if unknown.
        sentence: number of the sentence in the article.
        trigger: lemmas of the words of the trigger.
        words: lemmas of the words of the arguments by kind ("Place"), without `LITTLE` ones.
        values: values of the arguments by kind, in the order of the text; only known ones.
        vectors: of the trigger and, as a mean over words, of its sentence; shape (2, width).
    """

    article: str
    event: str
    type: str
    attributes: Mapping[str, str]
    published: int | None
    sentence: int
    trigger: tuple[str, ...]
    words: Mapping[str, tuple[str, ...]]
    values: Mapping[str, tuple[str, ...]]
    vectors: Floats = field(repr=False, compare=False)

    @property
    def key(self) -> tuple[str, str]:
        """Ids of the article and of the event."""
        return self.article, self.event

    @property
    def label(self) -> tuple[str, str]:
        """The type and subtype; the latter is empty if it has none."""
        return self.type, self.attributes.get("subtype", "")

    @property
    def is_total(self) -> bool:
        """Return True for a running or overall figure."""
        return self.attributes.get("occurrence") == TOTAL

    @property
    def is_repeated(self) -> bool:
        """Return True for what is habitual or happened several times."""
        return self.attributes.get("occurrence") == "repeated"

    @property
    def is_actual(self) -> bool:
        """Return True for what is said to have happened."""
        return self.attributes.get("status") == "actual"

    @property
    def days(self) -> tuple[int, int] | None:
        """First and last day of the shortest time that the article gives, as ordinals."""
        found = [ends for value in self.values.get(TIME, ()) if (ends := interval(value))]
        days = [(first.toordinal(), last.toordinal()) for first, last in found]
        return min(days, key=lambda ends: (ends[1] - ends[0], ends), default=None)

    @property
    def places(self) -> frozenset[str]:
        """Ids of its places."""
        return frozenset(p for value in self.values.get(PLACE, ()) for p in ids(value))


def read_mentions(
    rows: Iterable[Row], reader: ValueReader, similarity: Similarity
) -> list[Mention]:
    """Read the events of articles, in the order of the rows.

    Args:
        rows: rows of the task incidents.
        reader: reads times, numbers and places.
        similarity: gives vectors of words.
    """
    told = [(row, event, _sentence(row, event)) for row in rows for event in row["events"]]
    examples = {
        words: Example(words, tuple(range(len(words))), 0, len(words))
        for words in (_words(text) for _, _, (_, text) in told)
    }
    vectors = dict(zip(examples, similarity.vectors([*examples.values()]), strict=True))
    mentions = []
    for row, event, (start, text) in told:
        found = vectors[_words(text)]
        mark = _mark(text, event["trigger"]["start"] - start)
        both = np.stack([found[mark], found.mean(axis=0)])
        mentions.append(_mention(row, event, text, both, reader))
    return mentions


def _sentence(row: Row, event: Row) -> tuple[int, str]:
    """Offset and words of the sentence of an event."""
    trigger = event["trigger"]
    if not row["sentences"]:
        return trigger["start"], trigger["text"]
    sentence = row["sentences"][event["sent_id"]]
    # A trigger may stand outside all sentences.
    start, end = min(sentence["start"], trigger["start"]), max(sentence["end"], trigger["end"])
    return start, row["text"][start:end]


def _words(text: str) -> tuple[str, ...]:
    return tuple(found[0] for found in WORD.finditer(text)) or ("",)


def _mark(text: str, offset: int) -> int:
    """The number of the word at an offset."""
    return next((k for k, found in enumerate(WORD.finditer(text)) if found.end() > offset), 0)


def _mention(row: Row, event: Row, context: str, vectors: Floats, reader: ValueReader) -> Mention:
    published = row["published"]
    words: dict[str, list[str]] = {}
    values: dict[str, list[str]] = {}
    for argument in event["arguments"]:
        kind, said = argument["kind"], argument["text"]
        words.setdefault(kind, []).extend(w for w in lemmas(said) if w not in LITTLE)
        if kind in (TIME, NUMBER, PLACE):
            value = reader.read(
                kind, said, sentence=context, published=published, article=row["text"]
            )
            if value and _is_known(kind, value):
                values.setdefault(kind, []).append(value)
    return Mention(
        row["id"],
        event["id"],
        event["type"],
        {a["name"]: a["value"] for a in event["attributes"]},
        date.fromisoformat(published).toordinal() if published else None,
        event["sent_id"],
        lemmas(event["trigger"]["text"]),
        {kind: tuple(found) for kind, found in words.items()},
        {kind: tuple(found) for kind, found in values.items()},
        vectors,
    )


def _is_known(kind: str, value: str) -> bool:
    if value == UNKNOWN:
        return False
    if kind == TIME:
        return interval(value) is not None
    return kind != NUMBER or (value != "-" and bounds(value) is not None)


def lemmas(text: str) -> tuple[str, ...]:
    """The lemmas of the words of a text, without punctuation."""
    return tuple(_lemma(w.lower()) for w in WORD.findall(text) if w[0].isalnum())


@cache
def _lemma(word: str) -> str:
    import simplemma

    return simplemma.lemmatize(word, "en").lower()
