"""Reads the value of a time, a count or a place from its words."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from typing import Any

from eventbench import Document, Event, EventbenchError, Scheme
from eventbench_baselines.rows import Row
from eventbench_baselines.values.context import Context
from eventbench_baselines.values.counts import VAGUE_VALUES, read_count
from eventbench_baselines.values.places import Entry, Place, PlaceReader, most
from eventbench_baselines.values.times import UNKNOWN, read_time

TIME, PLACE = "Time", "Place"
COUNTS = ("Number", "Repetitions")
KINDS = (TIME, *COUNTS, PLACE)
"""The kinds of span that have values."""


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
        guess: bool = True,
    ) -> str | None:
        """Return the value of words in its one form; None if the reader cannot tell.

        Args:
            kind: Time, Number, Repetitions or Place.
            words: the words as printed.
            sentence: the sentence that they stand in; tells plans from what has happened.
            published: the day of publication in ISO 8601; without it only times with a year
                can be read.
            article: the text of the article, or what is known of it; tells which place "the
                town" is. The sentence has to be a part of it.
            guess: False if the article may be about places that the gazetteer does not have:
                only those with a name of the gazetteer are read then.

        Raises:
            EventbenchError: if the kind is another one, published is not a day, or a library of
                the extra ``encoder`` is not installed.
        """
        if kind not in KINDS:
            raise EventbenchError(f"kind is {kind!r}, expected {', '.join(KINDS)}")
        if not words.strip():
            return None
        try:
            if kind in COUNTS:
                return self._count(words)
            context = Context.of(words, sentence, article)
            if kind == PLACE and not guess:
                return self.places.read_name(words, context) or None
            if kind == PLACE:
                return self.places.read(words, context)
            published = published or _end_of_named_year(words)
            return None if published is None else _time(words, published, context)
        except ModuleNotFoundError as error:
            raise EventbenchError(
                f"reading values needs {error.name}: pip install 'eventbench[encoder]'"
            ) from None

    def read_rows(self, rows: Iterable[Row]) -> list[str | None]:
        """Answer rows of the task ``values``, with what all rows of an article tell of it.

        Args:
            rows: rows with the columns of the task's inputs, labels as names (`rows.decoded`).
        """
        asked = list(rows)
        articles: dict[str, dict[int, str]] = {}
        for row in asked:
            articles.setdefault(row["doc_id"], {})[row["token_starts"][0]] = row["text"]
        known = {i: "\n".join(text for _, text in sorted(d.items())) for i, d in articles.items()}
        return [
            self.read(
                row["kind"],
                _span(row),
                sentence=row["text"],
                published=row["published"],
                article=known[row["doc_id"]],
            )
            for row in asked
        ]

    def valued(self, document: Document, scheme: Scheme) -> Document:
        """Return an article with the values of its events' arguments, without guesses.

        Args:
            document: the article.
            scheme: says what the arguments are.
        """
        published = document.published.isoformat() if document.published else None

        def valued(event: Event) -> Event:
            sentence = document.sentence_of(event.trigger)
            words = sentence.span.text_in(document.text) if sentence else ""
            arguments = []
            for argument in event.arguments:
                kind = scheme.kind(event.type, argument.role)
                value = None
                if kind in KINDS:
                    said = argument.span.text_in(document.text)
                    value = self.read(
                        kind,
                        said,
                        sentence=words,
                        published=published,
                        article=document.text,
                        guess=False,
                    )
                arguments.append(replace(argument, value=value))
            return replace(event, arguments=tuple(arguments))

        return replace(document, events=tuple(map(valued, document.events)))

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


def _span(row: Row) -> str:
    """The words of the span of a row, as printed."""
    start, end = row["token_starts"][row["span_start"]], row["token_ends"][row["span_end"] - 1]
    offset = row["token_starts"][0] - row["text"].find(row["tokens"][0])
    words: str = row["text"][start - offset : end - offset]
    return words


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


def _end_of_named_year(words: str) -> str | None:
    """A day from which a time that names its year can be read; None if it needs another one."""
    named = re.findall(r"\b(?:19|20)\d\d\b", words)
    if not named or re.search(r"\b(?:since|this|past|last|next|ago)\b", words, re.I):
        return None
    return f"{max(named)}-12-31"


def _key(words: str) -> str:
    return " ".join(words.lower().split())


def _has_number(words: str) -> bool:
    """True if the words name a number, so that nothing has to be learned; "a" is none."""
    value = read_count(re.sub(r"^(?:an?|another|single)\s+(?=[^\W\d])", "", _key(words)))
    return value is not None and value not in VAGUE_VALUES
