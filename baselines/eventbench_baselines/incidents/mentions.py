"""Mentions: events of articles, with what is compared between two of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any, Protocol

from eventbench.corpus.scheme import NUMBER, PLACE, TIME
from eventbench.corpus.values import UNKNOWN, bounds, ids, interval
from eventbench_baselines.encoder.decoding import Floats
from eventbench_baselines.encoder.examples import Example

Row = dict[str, Any]

WORD = re.compile(r"\w+|[^\w\s]")
TOTAL = "total"
"""Value of the attribute occurrence of a running or overall figure."""

LITTLE = frozenset(
    "a an the of in on at to by for from with and or its his her their this that these those is "
    "was were been be as it they he she who which have has had".split()
)
"""Words that say nothing about what is named."""


class ValueReader(Protocol):
    """Reads what the words of times, numbers and places mean."""

    def read(
        self, kind: str, words: str, *, sentence: str = "", published: str | None = None
    ) -> str | None:
        """Return a value as `eventbench.corpus.values` writes it; None if it is not known.

        Args:
            kind: "Time", "Number", "Repetitions" or "Place".
            words: the words of the span.
            sentence: the sentence that they stand in.
            published: the day of publication of the article in ISO 8601.
        """


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
        context: the sentence.
        start: offset of the trigger in the sentence, in characters.
        trigger: lemmas of the words of the trigger.
        words: lemmas of the words of the arguments by kind ("Place"), without `LITTLE` ones.
        values: values of the arguments by kind, in the order of the text; only known ones.
    """

    article: str
    event: str
    type: str
    attributes: Mapping[str, str]
    published: int | None
    sentence: int
    context: str
    start: int
    trigger: tuple[str, ...]
    words: Mapping[str, tuple[str, ...]]
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

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
    def days(self) -> tuple[int, int] | None:
        """First and last day of the shortest time that the article gives, as ordinals."""
        found = [ends for value in self.values.get(TIME, ()) if (ends := interval(value))]
        days = [(first.toordinal(), last.toordinal()) for first, last in found]
        return min(days, key=lambda ends: (ends[1] - ends[0], ends), default=None)

    @property
    def places(self) -> frozenset[str]:
        """Ids of its places."""
        return frozenset(p for value in self.values.get(PLACE, ()) for p in ids(value))


def read_mentions(rows: Iterable[Row], reader: ValueReader) -> list[Mention]:
    """Read the events of articles, in the order of the rows."""
    return [mention for row in rows for mention in _mentions(row, reader)]


def _mentions(row: Row, reader: ValueReader) -> Iterator[Mention]:
    published, text = row["published"], row["text"]
    day = date.fromisoformat(published).toordinal() if published else None
    for event in row["events"]:
        start = event["trigger"]["start"]
        number = event["sent_id"]
        bounds_of = row["sentences"][number] if row["sentences"] else {"start": 0, "end": len(text)}
        context = text[bounds_of["start"] : bounds_of["end"]]
        words: dict[str, list[str]] = {}
        values: dict[str, list[str]] = {}
        for argument in event["arguments"]:
            kind, said = argument["kind"], argument["text"]
            words.setdefault(kind, []).extend(w for w in lemmas(said) if w not in LITTLE)
            if kind in (TIME, NUMBER, PLACE):
                value = reader.read(kind, said, sentence=context, published=published)
                if _is_known(kind, value):
                    values.setdefault(kind, []).append(str(value))
        yield Mention(
            row["id"],
            event["id"],
            event["type"],
            {a["name"]: a["value"] for a in event["attributes"]},
            day,
            number,
            context,
            start - bounds_of["start"],
            lemmas(event["trigger"]["text"]),
            {kind: tuple(found) for kind, found in words.items()},
            {kind: tuple(found) for kind, found in values.items()},
        )


def _is_known(kind: str, value: str | None) -> bool:
    if not value or value == UNKNOWN:
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


def example_of(mention: Mention) -> Example:
    """The sentence of a mention as an encoder reads it, with the first word of its trigger."""
    found = list(WORD.finditer(mention.context))
    words = tuple(w[0] for w in found)
    mark = next((k for k, w in enumerate(found) if w.end() > mention.start), 0)
    return Example(words, tuple(range(len(words))), 0, len(words), mark, mention.type)
