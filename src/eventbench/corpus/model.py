"""Articles, events and links as frozen values, without input or output.

Offsets count Unicode code points of the article exactly as stored. Spans are half-open:
``text[span.start:span.end]``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from eventbench.io import whole_number


@dataclass(frozen=True, order=True, slots=True)
class Span:
    """A half-open range ``[start, end)`` of an article, in code points.

    Attributes:
        start: offset of the first code point.
        end: offset after the last code point.
    """

    start: int
    end: int

    @classmethod
    def written(cls, start: str, end: str) -> Span | None:
        """The span from two numbers as files write them; None if they are not numbers."""
        first, last = whole_number(start), whole_number(end)
        return None if first is None or last is None else cls(first, last)

    def text_in(self, text: str) -> str:
        """The words of the span in the text of its article."""
        return text[self.start : self.end]

    def overlaps(self, other: Span) -> bool:
        """Return True if the spans share a code point."""
        return self.start < other.end and other.start < self.end

    def contains(self, other: Span) -> bool:
        """Return True if all of ``other`` lies in this span."""
        return self.start <= other.start and other.end <= self.end


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence with its tokens.

    Attributes:
        id: article id and number in the article, from 1 ("000-001").
        span: its position in the article.
        tokens: the positions of its tokens in the article.
        lemmas: the dictionary form of each token, in lower case; empty outside a corpus.
    """

    id: str
    span: Span
    tokens: tuple[Span, ...]
    lemmas: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Argument:
    """A span that fills a role in an event.

    Attributes:
        role: one of the roles of the event's type in the scheme.
        span: the position of the argument.
        attributes: values of the span's attributes, by name.
        number: the number after a brat role name ("Victim2" is 2, "Victim" is 1). Within
            an event, a count belongs to the participant with the same number.
        value: when, how many or where a predicted span says, in the form of
            `eventbench.corpus.values`; None if it is not known. Those of the gold are in
            `Document.values`.
    """

    role: str
    span: Span
    attributes: Mapping[str, str] = field(default_factory=dict)
    number: int = 1
    value: str | None = None

    @property
    def numbered_role(self) -> str:
        """The role as brat writes it, with its number unless that is 1."""
        return self.role if self.number == 1 else f"{self.role}{self.number}"


def split_role(written: str) -> tuple[str, int | None]:
    """The role and the number of a role as brat writes it; None unless the number is 1 or more."""
    role = written.rstrip("0123456789")
    return role, whole_number(written[len(role) :] or "1") or None


SOURCE = "source"
"""The key of the source in `Event.probabilities`; all others are names of attributes."""


@dataclass(frozen=True, slots=True)
class Event:
    """A mention of an event: its trigger, type, arguments and attributes.

    Attributes:
        id: unique in the article.
        type: one of the scheme's event types.
        trigger: the words that name the event.
        arguments: spans that fill roles: who, whom, where, when.
        attributes: values by name; undecided attributes are absent.
        source: the person or body quoted for the event.
        note: annotators' remarks, one a line.
        line: line in the standoff file, for messages; ignored in comparisons.
        probability: of a predicted event, how probable it is that the article has it: an event
            of this type with this trigger, from 0 to 1; None if the system does not say, and in
            the gold.
        probabilities: attribute to how probable its value is if the event is right; `SOURCE`
            for the source. What the system does not say is absent.
    """

    id: str
    type: str
    trigger: Span
    arguments: tuple[Argument, ...] = ()
    attributes: Mapping[str, str] = field(default_factory=dict)
    source: Span | None = None
    note: str | None = None
    line: int = field(default=0, compare=False)
    probability: float | None = None
    probabilities: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Link:
    """A relation between two events of one article.

    Attributes:
        type: one of the scheme's links.
        first: id of the first event.
        second: id of the second event.
        line: line in the standoff file, for messages; ignored in comparisons.
    """

    type: str
    first: str
    second: str
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, order=True, slots=True)
class Value:
    """What a span says: when, how many, where, or which source; see `eventbench.corpus.values`.

    Attributes:
        span: the words that have the value.
        kind: the kind of role filler, since the same words may be a place and a source.
        value: an interval of days, a range of numbers, or ids.
        precision: how exactly the words say it.
        basis: what the value rests on; of a count, what is counted.
        note: a remark of the annotators; it begins "slip" if the words are in error.
        line: line in the table, for messages; ignored in comparisons.
    """

    span: Span
    kind: str
    value: str
    precision: str
    basis: str
    note: str = ""
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class ToldIncident:
    """An incident as one article tells it.

    Attributes:
        name: names the incident; articles that tell of the same one have the same name.
        level: incident, phase or total; see `eventbench.claims.model.LEVELS`.
        events: ids of the events that are mentions of it, in reading order.
        when: an interval of days as in `eventbench.corpus.values`; None if not told.
        where: ids of places in alphabetical order, the most specific ones.
        killed: how many were killed, as a count in `eventbench.corpus.values`; None if not told.
    """

    name: str
    level: str
    events: tuple[str, ...]
    when: str | None = None
    where: tuple[str, ...] = ()
    killed: str | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """An article with its annotations.

    Attributes:
        id: the article's id in the corpus.
        stem: name of its files without the extension.
        text: the text, exactly as stored.
        sentences: sentences with their tokens, in reading order.
        events: the annotated events.
        links: relations between the events.
        title: the title.
        values: values of times, counts, places and sources, if the corpus has them.
        publisher: who published it; empty if ``sources.toml`` does not say.
        published: the day of publication, if ``sources.toml`` has it.
        address: its URL or another address; empty if ``sources.toml`` has none.
        incidents: what `eventbench.claims.told.with_incidents` derives; None before that.
    """

    id: str
    stem: str
    text: str
    sentences: tuple[Sentence, ...] = ()
    events: tuple[Event, ...] = ()
    links: tuple[Link, ...] = ()
    title: str = ""
    values: tuple[Value, ...] = ()
    publisher: str = ""
    published: date | None = None
    address: str = ""
    incidents: tuple[ToldIncident, ...] | None = None

    def __repr__(self) -> str:
        return f"Document({self.id!r}, {len(self.sentences)} sentences, {len(self.events)} events)"

    def sentence_of(self, span: Span) -> Sentence | None:
        """The sentence that contains ``span``; None if no single sentence does."""
        return next((s for s in self.sentences if s.span.contains(span)), None)

    def lemmas_of(self, span: Span) -> list[str]:
        """The lemmas of the tokens that share text with ``span``."""
        return [
            lemma
            for sentence in self.sentences
            if sentence.span.overlaps(span)
            for token, lemma in zip(sentence.tokens, sentence.lemmas, strict=True)
            if token.overlaps(span)
        ]

    def events_in(self, sentence: Sentence) -> Iterator[Event]:
        """The events whose trigger lies in ``sentence``, in reading order."""
        inside = (e for e in self.events if sentence.span.contains(e.trigger))
        return iter(sorted(inside, key=lambda event: event.trigger))


@dataclass(frozen=True, order=True, slots=True)
class Problem:
    """A problem in a file of annotations.

    Attributes:
        path: the file.
        line: the line, from 1.
        check: id of the check that found it.
        message: what was found.
    """

    path: str
    line: int
    check: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.check}: {self.message}"
