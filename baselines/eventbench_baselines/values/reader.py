"""Reads the value of a time, a count or a place from its words."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

from eventbench import Document, EventbenchError
from eventbench_baselines.values.context import Context
from eventbench_baselines.values.counts import VAGUE_VALUES, read_count
from eventbench_baselines.values.places import Entry, Place, PlaceReader, most
from eventbench_baselines.values.times import UNKNOWN, read_time

TIME, PLACE = "Time", "Place"
COUNTS = ("Number", "Repetitions")


@dataclass(frozen=True)
class ValueReader:
    """Gives the values of times, counts and places, in the form of the task ``values``.

    Times are counted from the day of publication by the rules of the annotation manual, dates
    are read by dateparser and number words by text2num. Places are found in a gazetteer. What
    the training articles say is used only where it means the same in other articles: names and
    phrases for places, and words for counts that have no number.

    Attributes:
        places: reads places.
        counts: what words without a number mostly meant as a count.
    """

    places: PlaceReader = field(default_factory=PlaceReader)
    counts: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def learn(cls, documents: Sequence[Document], places: Mapping[str, Place]) -> ValueReader:
        """Learn from articles with values.

        Args:
            documents: training articles, also of other corpora, whose ids of places mean
                nothing unless ``places`` has them.
            places: the gazetteer of the corpus that is predicted, by id.
        """
        seen = [
            (value.kind, value.span.text_in(document.text), value.value)
            for document in documents
            for value in document.values
        ]
        counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for kind, words, value in seen:
            if kind in COUNTS and not _has_number(words):
                counts[_key(words)][value] += 1
        named = [(words, value) for kind, words, value in seen if kind == PLACE]
        return cls(
            PlaceReader.learn(named, places),
            {words: most(values) for words, values in sorted(counts.items())},
        )

    def read(
        self,
        kind: str,
        words: str,
        *,
        sentence: str = "",
        published: str | None = None,
        article: str = "",
    ) -> str | None:
        """Return the value of words in its one form; None if the reader cannot tell.

        Args:
            kind: Time, Number, Repetitions or Place.
            words: the words as printed.
            sentence: the sentence that they stand in; tells plans from what has happened.
            published: the day of publication in ISO 8601; times need it.
            article: the text of the article, or what is known of it; tells which place "the
                town" is. The sentence has to be a part of it.

        Raises:
            EventbenchError: if the kind is another one or published is not a day.
        """
        if kind in COUNTS:
            return None if not words.strip() else self._count(words)
        if kind not in (TIME, PLACE):
            expected = ", ".join((TIME, *COUNTS, PLACE))
            raise EventbenchError(f"kind is {kind!r}, expected {expected}")
        if not words.strip():
            return None
        context = Context.of(words, sentence, article)
        if kind == PLACE:
            return self.places.read(words, context)
        return None if published is None else _time(words, published, context)

    def _count(self, words: str) -> str | None:
        if not _has_number(words) and (learned := self.counts.get(_key(words))):
            return learned
        return read_count(words)

    def to_json(self) -> dict[str, Any]:
        """What `from_json` reads, as values of JSON."""
        return {
            "entries": {i: asdict(entry) for i, entry in self.places.entries.items()},
            "phrases": dict(self.places.phrases),
            "usual": self.places.usual,
            "counts": dict(self.counts),
        }

    @classmethod
    def from_json(cls, saved: Mapping[str, Any]) -> ValueReader:
        """Restore a reader from `to_json`."""
        entries = {
            identifier: Entry(tuple(entry["names"]), entry["kind"], entry["parent"])
            for identifier, entry in saved["entries"].items()
        }
        places = PlaceReader(entries, saved["phrases"], saved["usual"])
        return cls(places, saved["counts"])


def _time(words: str, published: str, context: Context) -> str:
    try:
        day = date.fromisoformat(published)
    except ValueError:
        raise EventbenchError(
            f"published is {published!r}, expected a day such as 2031-05-04"
        ) from None
    try:
        return read_time(words, day, context)
    except (OverflowError, ValueError):
        return UNKNOWN  # a day that the calendar does not have


def _key(words: str) -> str:
    return " ".join(words.lower().split())


def _has_number(words: str) -> bool:
    """True if the words name a number, so that nothing has to be learned."""
    value = read_count(words)
    return value is not None and value not in VAGUE_VALUES
