"""The events of an article as its page shows them: cards with roles, marks and verdicts."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from eventbench.corpus.model import SOURCE, Argument, Document, Event, Link, Sentence, Span
from eventbench.corpus.scheme import NO, NUMBER, PARTICIPANT, SPEAKER, Attribute, Scheme
from eventbench.corpus.values import shown_value
from eventbench.evaluation.side_by_side import MISSED, OUTCOMES, PARTLY, RIGHT, WRONG, Verdict

HUES = (18, 265, 201, 44, 135, 330, 172, 85)
"""Hues in degrees, one an event type in the order of the scheme, repeated if there are more."""

SIGNS = {RIGHT: "✓", PARTLY: "≈", WRONG: "✗", MISSED: "○"}
"""What stands before an event in the text, by what became of it."""

WORDS = {RIGHT: "right", PARTLY: "partly right", WRONG: "wrong", MISSED: "missed"}
"""The same in words."""


@dataclass(frozen=True)
class Kind:
    """An event type as the page shows it.

    Attributes:
        css: the class of its colour.
        total: how many events of the article have it.
        subtypes: the values that divide the type and how many events have each; if predictions
            are compared, what became of them.
    """

    name: str
    short: str
    hue: int
    css: str
    total: int
    subtypes: list[tuple[str, int]]


@dataclass(frozen=True)
class Mark:
    """The value of an attribute; ``loud`` if it is not the one that the scheme lists first.

    ``sure`` is how probable it is, as the page shows it; empty if that is not known.
    """

    attribute: str
    value: str
    loud: bool
    sure: str = field(default="", compare=False)


@dataclass(frozen=True)
class Filler:
    """A role of an event with its words.

    Attributes:
        values: the values of the span's attributes.
        sentence: the id of the sentence that holds the words, if it is not the trigger's.
        side: what it is if predictions are compared: "✗" if it is wrong, "gold" if only the
            gold has it, else empty.
    """

    name: str
    span: Span
    text: str
    values: list[str]
    sentence: str | None
    side: str = ""

    @property
    def label(self) -> str:
        """The label in the text."""
        return f"{self.side} {self.name}".lstrip()


@dataclass(frozen=True)
class End:
    """The other end of a link; ``arrow`` is empty for symmetric links."""

    link: str
    arrow: str
    card: Card


@dataclass(frozen=True, eq=False)
class Card:
    """An event as the page shows it.

    Attributes:
        css: the class of everything that belongs to it. It is made of the event's place in
            the article, since an id may hold characters that mean something in a selector.
        subtypes: the values shown beside its type.
        sure: how probable the event is, as the page shows it; empty if that is not known.
        marks: the values of its other attributes.
        undecided: the titles of attributes without a value.
        groups: its roles: first those that no number binds to others, then those of each
            number.
        verdict: what became of it, if predictions are compared.
        unpredicted: the spans that only the gold has of it.
    """

    event: Event
    css: str
    kind: Kind
    trigger: str
    sentence: str | None
    subtypes: list[Mark]
    marks: list[Mark]
    undecided: list[str]
    groups: list[list[Filler]]
    sure: str
    verdict: Verdict | None
    unpredicted: list[Filler]
    ends: list[End] = field(default_factory=list)

    @property
    def tag(self) -> str:
        """The label behind the trigger in the text, so that colour is never the only sign."""
        sign = [SIGNS[self.verdict.outcome]] if self.verdict else []
        marks = [f"· {mark.value}" for mark in self.marks if mark.loud]
        sure = [f"· {self.sure}"] if self.sure else []
        subtypes = [mark.value for mark in self.subtypes]
        return " ".join([*sign, self.kind.short, *subtypes, *marks, *sure])

    @property
    def classes(self) -> str:
        """The CSS classes of its trigger and of its card."""
        outcome = [f"o-{self.verdict.outcome}"] if self.verdict else []
        return " ".join([self.kind.css, self.css, *outcome])


def kinds_of(
    document: Document, scheme: Scheme, verdicts: Mapping[str, Verdict] | None
) -> dict[str, Kind]:
    """Every event type of the scheme with its numbers in an article."""
    totals = Counter(event.type for event in document.events)
    shorts: list[str] = []
    kinds = {}
    for n, name in enumerate(scheme.event_types):
        shorts.append(_abbreviation(name, shorts))
        events = [event for event in document.events if event.type == name]
        if verdicts is None:
            counted = _subtype_counts(events, scheme, name)
        else:
            outcomes = Counter(verdicts[event.id].outcome for event in events)
            counted = [(WORDS[o], outcomes[o]) for o in OUTCOMES if outcomes[o]]
        hue = HUES[n % len(HUES)]
        kinds[name] = Kind(name, shorts[-1], hue, f"k{n + 1}", totals[name], counted)
    return kinds


def _subtype_counts(events: list[Event], scheme: Scheme, name: str) -> list[tuple[str, int]]:
    counted = []
    for attribute in filter(divides, scheme.attributes_of(name)):
        found = Counter(event.attributes.get(attribute.name) for event in events)
        counted += [(value, found[value]) for value in attribute.values[name] if found[value]]
    return counted


def _abbreviation(name: str, taken: Sequence[str]) -> str:
    """The capitals of a name of several words, else its first letters; not one of ``taken``."""
    capitals = "".join(re.findall("[A-Z]", name))
    tries = [capitals] if len(capitals) > 1 else []
    tries += [name[:length] for length in range(3, len(name) + 1)]
    return next((short for short in tries if short not in taken), name)


def divides(attribute: Attribute) -> bool:
    """Return True for an attribute whose values divide a type, and are shown beside it."""
    return attribute.by_type and not attribute.is_flag


def marked(scheme: Scheme) -> list[Attribute]:
    """The attributes that are shown as marks."""
    return [attribute for attribute in scheme.attributes.values() if not divides(attribute)]


def usual_value(attribute: Attribute) -> str:
    """The value that the scheme lists first."""
    return next(iter(attribute.values.values()))[0]


def _mark(attribute: Attribute, value: str, probability: float | None = None) -> Mark:
    shown = attribute.title.lower() if attribute.is_flag else value
    return Mark(attribute.name, shown, value != usual_value(attribute), _sure(probability))


def card_of(
    document: Document,
    event: Event,
    css: str,
    kind: Kind,
    scheme: Scheme,
    verdict: Verdict | None,
) -> Card:
    """Make the card of an event; ``css`` is the class of everything that belongs to it."""
    home = document.sentence_of(event.trigger)
    subtypes: list[Mark] = []
    marks: list[Mark] = []
    undecided: list[str] = []
    # What no event of the article has was not asked for, and is not undecided.
    asked = {name for other in document.events for name in other.attributes}
    for attribute in scheme.attributes_of(event.type):
        value = event.attributes.get(attribute.name, NO if attribute.is_flag else None)
        if value is None:
            undecided += [attribute.title] if attribute.name in asked else []
            continue
        mark = _mark(attribute, value, event.probabilities.get(attribute.name))
        if divides(attribute):
            subtypes.append(mark)
        elif not (attribute.is_flag and value == NO):
            marks.append(mark)
    differences = verdict.differences if verdict else ()
    unpredicted = [
        _filler(document, home, difference.gold_role, difference.gold_span, side="gold")
        for difference in differences
        if difference.gold_span is not None
    ]
    return Card(
        event=event,
        css=css,
        kind=kind,
        trigger=event.trigger.text_in(document.text),
        sentence=home.id if home is not None else None,
        subtypes=subtypes,
        sure=_sure(event.probability),
        marks=marks,
        undecided=undecided,
        groups=_fillers(document, event, home, scheme, {d.predicted_span for d in differences}),
        verdict=verdict,
        unpredicted=unpredicted,
    )


def _sure(probability: float | None) -> str:
    """A probability as the page shows it; none is shown as 0 or 100 %."""
    if probability is None:
        return ""
    percent = round(100 * probability)
    return "<1 %" if percent < 1 else ">99 %" if percent > 99 else f"{percent} %"


def _fillers(
    document: Document,
    event: Event,
    home: Sentence | None,
    scheme: Scheme,
    wrong: Collection[Span | None],
) -> list[list[Filler]]:
    """The roles of an event, in the groups of `_groups`, and its source."""
    meant = {(v.span, v.kind): shown_value(v.value) for v in document.values}

    def filler(name: str, span: Span, kind: str, values: list[str]) -> Filler:
        values = [*values, *filter(None, [meant.get((span, kind))])]
        return _filler(document, home, name, span, values, "✗" if span in wrong else "")

    groups = [
        [
            filler(
                a.numbered_role,
                a.span,
                scheme.kind(event.type, a.role),
                _values(a, scheme),
            )
            for a in arguments
        ]
        for arguments in _groups(event, scheme)
    ]
    speaker = scheme.speaker_role(event.type)
    if event.source is not None and speaker is not None:
        sure = filter(None, [_sure(event.probabilities.get(SOURCE))])
        groups[0].append(filler(speaker, event.source, SPEAKER, [*sure]))
    return groups


def _filler(
    document: Document,
    home: Sentence | None,
    name: str,
    span: Span,
    values: Sequence[str] = (),
    side: str = "",
) -> Filler:
    sentence = document.sentence_of(span)
    elsewhere = sentence.id if sentence is not None and sentence != home else None
    return Filler(name, span, span.text_in(document.text), [*values], elsewhere, side)


def _values(argument: Argument, scheme: Scheme) -> list[str]:
    """The values of a span's attributes as the page shows them; a flag by its title."""
    shown = []
    for attribute in scheme.span_attributes.values():
        value = argument.attributes.get(attribute.name)
        if value is not None and not (attribute.is_flag and value == NO):
            shown.append(attribute.title.lower() if attribute.is_flag else value)
    return shown


def _groups(event: Event, scheme: Scheme) -> list[list[Argument]]:
    """The arguments that no number binds to others, then those of each number.

    A number binds a count to those it counts, if an event has several of them.
    """

    def bindable(argument: Argument) -> bool:
        return scheme.kind(event.type, argument.role) in (NUMBER, PARTICIPANT)

    several = any(bindable(a) and a.number > 1 for a in event.arguments)
    groups: dict[int, list[Argument]] = defaultdict(list)
    for argument in sorted(event.arguments, key=lambda a: (a.span, a.role)):
        groups[argument.number if several and bindable(argument) else 0].append(argument)
    return [groups[0], *(groups[number] for number in sorted(groups) if number)]


def join_cards(cards: Sequence[Card], links: Sequence[Link], scheme: Scheme) -> None:
    """Give each card the links of its event, from either end."""
    by_id = {card.event.id: card for card in cards}
    for link in links:
        first, second = by_id[link.first], by_id[link.second]
        directed = link.type not in scheme.symmetric
        first.ends.append(End(link.type, "→" if directed else "", second))
        second.ends.append(End(link.type, "←" if directed else "", first))


def mark_counts(cards: Sequence[Card], scheme: Scheme) -> list[tuple[Mark, int]]:
    """The loud marks with their numbers, in the order of the scheme."""
    counts = Counter(mark for card in cards for mark in card.marks if mark.loud)
    known = (
        _mark(attribute, value)
        for attribute in marked(scheme)
        for value in dict.fromkeys(v for values in attribute.values.values() for v in values)
    )
    return [(mark, counts[mark]) for mark in known if counts[mark]]
