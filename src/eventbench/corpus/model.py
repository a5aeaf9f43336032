"""What an annotated article is: plain frozen values, no input or output.

Every offset is counted in Unicode code points of the article exactly as it is
stored, and every span is half-open: ``text[span.start:span.end]``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field


class EventbenchError(Exception):
    """A mistake in what the user gave us; its message is one line to show them."""


@dataclass(frozen=True, order=True, slots=True)
class Span:
    """A half-open stretch ``[start, end)`` of an article, in code points."""

    start: int
    end: int

    def text_in(self, text: str) -> str:
        return text[self.start : self.end]

    def overlaps(self, other: Span) -> bool:
        return self.start < other.end and other.start < self.end

    def contains(self, other: Span) -> bool:
        return self.start <= other.start and other.end <= self.end


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence: its place in the article and the places of its tokens."""

    id: str
    span: Span
    tokens: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Argument:
    """A span that plays a role in an event.

    ``number`` is the numeral behind a brat role name ("Victim2" is 2, "Victim"
    is 1): within one event, a count belongs to the participant of its number.
    ``sides`` are the parties of the conflict that an actor belongs to.
    """

    role: str
    span: Span
    sides: tuple[str, ...] = ()
    number: int = 1


@dataclass(frozen=True, slots=True)
class Event:
    """One mention of an event: a trigger, its type and what the text says of it.

    Attributes that an annotator has not yet decided are None. ``line`` is the
    line of the event in its standoff file, for messages; it is not compared.
    """

    id: str
    type: str
    trigger: Span
    arguments: tuple[Argument, ...] = ()
    subtype: str | None = None
    status: str | None = None
    reported: str | None = None
    source: Span | None = None
    contested: bool = False
    note: str | None = None
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Link:
    """A relation between two events of one article, by their ids."""

    type: str
    first: str
    second: str
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Document:
    """An article with its sentences, tokens, events and links."""

    id: str
    stem: str
    text: str
    sentences: tuple[Sentence, ...] = ()
    events: tuple[Event, ...] = ()
    links: tuple[Link, ...] = ()

    def sentence_of(self, span: Span) -> Sentence | None:
        """The sentence that holds all of ``span``, or None if none does."""
        return next((s for s in self.sentences if s.span.contains(span)), None)

    def events_in(self, sentence: Sentence) -> Iterator[Event]:
        """The events whose trigger lies in ``sentence``, in reading order."""
        inside = (e for e in self.events if sentence.span.contains(e.trigger))
        return iter(sorted(inside, key=lambda event: event.trigger))


@dataclass(frozen=True, order=True, slots=True)
class Problem:
    """Something wrong in a file: where, which check found it, and what it saw."""

    path: str
    line: int
    check: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.check}: {self.message}"
