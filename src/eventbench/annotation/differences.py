"""The differences between two annotators, each one decision for an adjudicator.

What both have is agreed. The rest is cut into decisions that can be taken one by one:

- events that only one has, or that stand where the other has others: their whole readings,
  with arguments, attributes, source and links, which come and go with the event;
- of an event that both have (one type, triggers that share text): the trigger, each attribute,
  the source, arguments where they differ, their attributes, and which count counts whom;
- links between events that both have; SameEvent by the groups that it makes, so that two ways
  to link one group are no difference;
- values of spans that both have.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from eventbench.annotation.readings import NOTHING
from eventbench.corpus.model import Argument, Document, Event, Link, Span, Value
from eventbench.errors import EventbenchError
from eventbench.io import Json, short

T = TypeVar("T")

A, B, BOTH, NEITHER = "a", "b", "both", "neither"
"""What may be decided: one of two readings, all of both, or none."""


Mark = tuple[Span, str]
"""A span of the article, and what stands beside it."""


@dataclass(frozen=True)
class Difference(Generic[T]):
    """A decision in which two annotators differ.

    Attributes:
        id: names it: the article's file, the place, and what differs.
        article: the id of the article.
        sentence: the id of the sentence; empty outside of sentences.
        text: the words of the sentence.
        span: the place: a trigger, or the span of a value.
        words: the words there.
        about: what differs ("event", "trigger", "status", a role, "link with …").
        name: what stands before readings where they stand alone ("status"); empty if they say
            themselves what they are.
        a: what A has, in words, item by item; none if A has nothing.
        b: what B has.
        options: what each decision means.
        read: says in words what a decision means.
        marks: the spans of what a decision means, each with a label, to be shown in the text.
        context: more spans that it is about, such as the other end of a link.
        other: what may be decided besides, in words; empty if nothing else.
        parse: reads such a decision.
        depends_on: differences that must keep their events, else this one needs no decision.
    """

    id: str
    article: str
    sentence: str
    text: str
    span: Span
    words: str
    about: str
    name: str
    a: tuple[str, ...]
    b: tuple[str, ...]
    options: Mapping[str, T] = field(repr=False, compare=False)
    read: Callable[[T], Iterable[str]] = field(repr=False, compare=False)
    marks: Callable[[T], Iterable[Mark]] = field(default=lambda _: (), repr=False, compare=False)
    context: tuple[Span, ...] = ()
    other: str = ""
    parse: Callable[[str], T] | None = field(default=None, repr=False, compare=False)
    depends_on: tuple[str, ...] = ()

    @property
    def expected(self) -> str:
        """What may be decided, in words."""
        *names, last = [*self.options, *([self.other] if self.other else [])]
        return f"{', '.join(names)} or {last}"

    def option(self, decision: str) -> T:
        """What a decision means.

        Raises:
            EventbenchError: if it is not one of those that are possible.
        """
        if decision in self.options:
            return self.options[decision]
        if self.parse is None or not decision:
            found = f"decision is {short(decision)}" if decision else "has no decision"
            raise EventbenchError(f"{found}, expected {self.expected}")
        return self.parse(decision)

    def outcome(self, decision: str) -> tuple[str, ...]:
        """What the gold has after a decision, in words, item by item.

        Raises:
            EventbenchError: if the decision is not one of those that are possible.
        """
        return in_words(self.read(self.option(decision)))

    def named(self, reading: str) -> str:
        """A reading as it stands alone."""
        return f"{self.name} {reading}" if self.name and reading != NOTHING else reading

    def to_json(self) -> Json:
        """The difference as plain values."""
        return {
            "id": self.id,
            "article": self.article,
            "sentence": self.sentence,
            "text": self.text,
            "span": {"start": self.span.start, "end": self.span.end},
            "words": self.words,
            "about": self.about,
            "a": list(self.a),
            "b": list(self.b),
            "expected": self.expected,
            "depends_on": list(self.depends_on),
        }

    def __str__(self) -> str:
        sides = (f"  {side}  {said(found)}" for side, found in (("A", self.a), ("B", self.b)))
        return "\n".join((f"{self.words}: {self.about}", *sides))


def in_words(items: Iterable[str]) -> tuple[str, ...]:
    """A reading item by item, each in one line."""
    return tuple(" ".join(item.split()) for item in items)


def said(items: tuple[str, ...]) -> str:
    """A reading in one line."""
    return "; ".join(items) or NOTHING


@dataclass(frozen=True)
class EventPair:
    """An event that both annotators have, with what they differ in.

    Attributes:
        a: as A has it.
        b: as B has it, under the id that it has in A.
        trigger: which trigger it has, if they differ; no event if it is to be dropped.
        fields: names of attributes, the source among them, and which event to take them from.
        arguments: the arguments that only one has, by groups that share text.
        spans: the name of a span's attribute, and which argument to take it from.
        numbers: which event to take the pairs of counts and counted from.
    """

    a: Event
    b: Event
    trigger: Difference[tuple[Event, ...]] | None = None
    fields: tuple[tuple[tuple[str, ...], Difference[Event]], ...] = ()
    arguments: tuple[Difference[tuple[Argument, ...]], ...] = ()
    spans: tuple[tuple[str, tuple[str, Span], Difference[Argument]], ...] = ()
    numbers: Difference[Event] | None = None


@dataclass(frozen=True)
class ComparedDocument:
    """An article with two annotations, and everything in which they differ.

    Attributes:
        a: the article with A's annotations; ids of events are those of both together.
        b: with B's, where an event of a pair has the id that it has in A.
        pairs: the events that both have.
        events: events that only one has, or that exclude each other.
        links: links between events of pairs that only one has, other than SameEvent.
        joins: groups of SameEvent that one has joined and the other not, by a link between them.
        values: values of spans that differ.
        all: every difference, in reading order.
    """

    a: Document
    b: Document
    pairs: tuple[EventPair, ...]
    events: tuple[Difference[tuple[Event, ...]], ...]
    links: tuple[Difference[tuple[Link, ...]], ...]
    joins: tuple[Difference[tuple[Link, ...]], ...]
    values: tuple[Difference[Value], ...]
    all: tuple[Difference[Any], ...]

    def value_at(self, where: tuple[Span, str]) -> Difference[Value] | None:
        """The difference about the value of a span as a kind; None if there is none."""
        for difference in self.values:
            value = difference.options[A]
            if (value.span, value.kind) == where:
                return difference
        return None


def listing(differences: Sequence[Difference[Any]]) -> str:
    """List differences as text, sentence by sentence."""
    lines = []
    before = None
    for difference in differences:
        place = difference.sentence or difference.article
        if place != before:
            lines.append(f"{place}  {difference.text}".rstrip())
        before = place
        lines += [f"  {line}" for line in str(difference).split("\n")]
    return "\n".join(lines) or "A and B do not differ."
