"""Collects the differences of one article, and puts into words what they are about."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from eventbench.annotation.differences import NEITHER, A, B, Difference, Mark, in_words
from eventbench.corpus.model import Argument, Document, Event, Link, Span
from eventbench.corpus.scheme import Scheme

T = TypeVar("T")

Place = tuple[str, Span]
"""The role and the span of an argument."""

WORDS = "other words of the sentence"
"""What may be decided of a span besides the annotators' readings."""


class Questions:
    """Collects the differences of an article, in the order in which they are found.

    Args:
        a: the article with A's annotations.
        b: with B's; an event that both have goes by one id.
        scheme: what may be annotated.
    """

    def __init__(self, a: Document, b: Document, scheme: Scheme) -> None:
        self.a, self.b, self.scheme = a, b, scheme
        # Of an event that both have, A's trigger says where it is.
        self.events = {event.id: event for event in (*b.events, *a.events)}
        self.found: list[Difference[Any]] = []
        self._triggers: dict[str, str] = {}
        self._asked: Counter[str] = Counter()

    def words(self, span: Span) -> str:
        """The words of a span."""
        return span.text_in(self.a.text)

    def link_words(self, link: Link) -> str:
        """A link with the triggers that it joins."""
        ends = (self.words(self.events[end].trigger) for end in (link.first, link.second))
        return f" {link.type} ".join(ends)

    def ask_trigger(
        self,
        event: Event,
        options: Mapping[str, tuple[Event, ...]],
        parse: Callable[[str], tuple[Event, ...]],
    ) -> Difference[tuple[Event, ...]]:
        """Ask for the trigger of an event; what is asked about it afterwards depends on it."""
        found = self.ask(
            "trigger",
            event.trigger,
            "trigger",
            options,
            lambda events: (f"{e.type} {self.words(e.trigger)}" for e in events),
            marks=lambda events: ((e.trigger, e.type) for e in events),
            other=WORDS,
            parse=parse,
        )
        self._triggers[event.id] = found.id
        return found

    def ask(
        self,
        key: str,
        span: Span,
        about: str,
        options: Mapping[str, T],
        read: Callable[[T], Iterable[str]],
        *,
        name: str = "",
        marks: Callable[[T], Iterable[Mark]] = lambda _: (),
        context: tuple[Span, ...] = (),
        other: str = "",
        parse: Callable[[str], T] | None = None,
        events: Iterable[str] = (),
    ) -> Difference[T]:
        """Add a difference; see its attributes.

        Args:
            key: names it among the differences of its place.
            events: ids of the events that it is about.
        """
        sentence = self.a.sentence_of(span)
        identifier = f"{self.a.stem}:{span.start}-{span.end}:{key}"
        self._asked[identifier] += 1
        number = self._asked[identifier]
        difference = Difference(
            id=f"{identifier}#{number}" if number > 1 else identifier,
            article=self.a.id,
            sentence=sentence.id if sentence else "",
            text=" ".join(self.words(sentence.span).split()) if sentence else "",
            span=span,
            words=" ".join(self.words(span).split()),
            about=about,
            name=name,
            a=in_words(read(options[A])),
            b=in_words(read(options[B])),
            options=options,
            read=read,
            marks=marks,
            context=context,
            other=other,
            parse=parse,
            depends_on=tuple(self._triggers[e] for e in events if e in self._triggers),
        )
        self.found.append(difference)
        return difference


def place(argument: Argument) -> Place:
    """The role and the span of an argument, by which two annotators' are the same."""
    return argument.role, argument.span


def choices(a: Sequence[T], b: Sequence[T]) -> dict[str, tuple[T, ...]]:
    """What may be decided of things that exclude each other, or that only one has."""
    options = {A: tuple(a), B: tuple(b)}
    return {**options, NEITHER: ()} if a and b else options
