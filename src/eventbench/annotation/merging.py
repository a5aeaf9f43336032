"""Merge two annotations of an article by the decisions on their differences."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import replace
from itertools import pairwise
from typing import Protocol, TypeVar

from eventbench.annotation.asking import Place, place
from eventbench.annotation.differences import A, B, ComparedDocument, Difference, EventPair
from eventbench.annotation.pairing import agreed_groups
from eventbench.corpus.model import SOURCE, Argument, Document, Event, Link, Span, Value
from eventbench.corpus.scheme import NO, NUMBER, PARTICIPANT, SAME_EVENT, SPEAKER, Scheme
from eventbench.corpus.values import VALUED
from eventbench.tasks.same_event import groups

T = TypeVar("T")


class Decided(Protocol):
    """Looks up what was decided."""

    def __call__(self, difference: Difference[T]) -> T | None:
        """What a difference was decided to be; None while it is open."""


def merge(compared: ComparedDocument, decided: Decided, scheme: Scheme) -> Document:
    """The article with what both annotators have, and what was decided where they differ.

    What is open is left out: an event that only one has, a trigger with its event, the value of
    an attribute, an argument, a link.

    Args:
        compared: the article with both annotations.
        decided: what was decided.
        scheme: what may be annotated.
    """
    pairs = [event for pair in compared.pairs for event in _paired(pair, decided, scheme)]
    whole = [event for found in compared.events for event in decided(found) or ()]
    events = tuple(sorted((*pairs, *whole), key=lambda e: (e.trigger, e.type, e.id)))
    places = {event.id: event.trigger for event in events}
    links = {
        *_links(compared, decided, {*places}),
        *_same_events(compared, decided, events, [event.id for event in whole]),
    }

    def order(link: Link) -> tuple[object, ...]:
        return places[link.first], link.type, places[link.second], link.first, link.second

    in_order = tuple(sorted((_in_reading_order(k, places, scheme) for k in links), key=order))
    values = tuple(_values(compared, decided, events, scheme))
    return replace(compared.a, events=events, links=in_order, values=values)


def _in_reading_order(link: Link, places: Mapping[str, Span], scheme: Scheme) -> Link:
    """The link; the ends of a symmetric one in reading order."""
    if link.type in scheme.symmetric and places[link.second] < places[link.first]:
        return Link(link.type, link.second, link.first)
    return link


# Events


def _paired(pair: EventPair, decided: Decided, scheme: Scheme) -> Iterator[Event]:
    """The event that both have; nothing if it is dropped or its trigger is open."""
    chosen = (pair.a,) if pair.trigger is None else decided(pair.trigger) or ()
    for event in chosen:
        attributes: dict[str, str | None] = {**pair.a.attributes}
        source = pair.a.source
        for names, difference in pair.fields:
            taken = decided(difference)
            for name in names:
                if name == SOURCE:
                    source = taken.source if taken else None
                else:
                    attributes[name] = taken.attributes.get(name) if taken else None
        yield replace(
            pair.a,
            trigger=event.trigger,
            arguments=_arguments(pair, decided, scheme),
            attributes={n: v for n, v in attributes.items() if v is not None},
            source=source,
            note=_notes(pair.a, pair.b),
        )


def _notes(a: Event, b: Event) -> str | None:
    """The remarks of both annotators, each once."""
    lines = [line for event in (a, b) if event.note for line in event.note.split("\n")]
    return "\n".join(dict.fromkeys(lines)) or None


def _arguments(pair: EventPair, decided: Decided, scheme: Scheme) -> tuple[Argument, ...]:
    theirs = {place(argument) for argument in pair.b.arguments}
    kept = {place(a): a for a in pair.a.arguments if place(a) in theirs}
    for name, where, difference in pair.spans:
        taken = decided(difference)
        value = taken.attributes.get(name) if taken else None
        attributes = {n: v for n, v in kept[where].attributes.items() if n != name}
        if value is not None and not (scheme.span_attributes[name].is_flag and value == NO):
            attributes[name] = value
        kept[where] = replace(kept[where], attributes=attributes)
    for found in pair.arguments:
        kept |= {place(argument): argument for argument in decided(found) or ()}
    base, other = (_reworded(pair, side, decided) for side in (A, B))
    if pair.numbers is not None and decided(pair.numbers) is pair.b:
        base, other = other, base
    numbers = _numbers(kept.keys(), base, other, scheme, is_decided=pair.numbers is not None)
    numbered = (replace(a, number=numbers.get(where, a.number)) for where, a in kept.items())
    return tuple(sorted(numbered, key=lambda a: (a.span, a.role, a.number)))


def _reworded(pair: EventPair, side: str, decided: Decided) -> Event:
    """The event of an annotator, with decided other words in place of the annotator's own."""
    event = pair.a if side == A else pair.b
    known = {place(argument) for e in (pair.a, pair.b) for argument in e.arguments}
    arguments = {place(argument): argument for argument in event.arguments}
    for found in pair.arguments:
        for new in decided(found) or ():
            for own in found.options[side]:
                if own.role == new.role and place(new) not in known:
                    del arguments[place(own)]
                    arguments[place(new)] = replace(new, number=own.number)
    return replace(event, arguments=tuple(arguments.values()))


def _numbers(
    kept: Collection[Place], base: Event, other: Event, scheme: Scheme, is_decided: bool
) -> dict[Place, int]:
    """The numbers of counts and counted, which stand for which count counts whom.

    The numbers are those of an annotator who has just these counts and counted. Else those that
    only ``other`` has get the number of what they belong to there, and all numbers close up.
    """
    kinds = (NUMBER, PARTICIPANT)
    ours, theirs = (
        {place(a): a.number for a in e.arguments if scheme.kind(e.type, a.role) in kinds}
        for e in (base, other)
    )
    roles = {**scheme.roles[base.type]}
    wanted = [where for where in kept if roles[where[0]] in kinds]
    for numbers in (ours,) if is_decided else (ours, theirs):
        if numbers.keys() == {*wanted}:
            return numbers
    found = {where: ours[where] for where in wanted if where in ours}
    for where in (w for w in wanted if w not in ours):
        number = theirs.get(where)
        mates = [w for w, n in theirs.items() if n == number and w in found]
        found[where] = found[mates[0]] if mates else max(found.values(), default=0) + 1
    closed = {n: k for k, n in enumerate(sorted({*found.values()}), 1)}
    return {where: closed[n] for where, n in found.items()}


# Links


def _links(compared: ComparedDocument, decided: Decided, kept: Set[str]) -> Iterator[Link]:
    """Links other than SameEvent: agreed, decided, or with an event that only one had."""
    common = {pair.a.id for pair in compared.pairs}
    for document, other in ((compared.a, compared.b), (compared.b, compared.a)):
        for link in document.links:
            ends = {link.first, link.second}
            is_agreed = link in other.links or not ends <= common
            if link.type != SAME_EVENT and is_agreed and ends <= kept:
                yield link
    for found in compared.links:
        yield from (k for k in decided(found) or () if {k.first, k.second} <= kept)


def _same_events(
    compared: ComparedDocument, decided: Decided, kept: Sequence[Event], whole: Collection[str]
) -> Iterator[Link]:
    """SameEvent links that make the groups which are agreed and decided.

    An event that only one annotator had joins its group there at one event that both have, the
    one before it in the article if there is one, so that it joins nothing that was decided to be
    apart.
    """
    ids = [event.id for event in kept]
    sides = []
    for document in (compared.a, compared.b):
        order = [e.id for e in sorted(document.events, key=lambda e: e.trigger)]
        sides.append(groups(order, document.links))
    common = {pair.a.id for pair in compared.pairs}
    in_a, _ = agreed_groups(compared.a, compared.b, common)
    parts = [part for group in in_a for part in group]
    joined = [Link(SAME_EVENT, *ends) for part in parts for ends in pairwise(part)]
    joined += [link for found in compared.joins for link in decided(found) or ()]
    for group in (group for groups_of_side in sides for group in groups_of_side):
        joined += _joining([name for name in ids if name in group], whole)
    everything = dict.fromkeys([*ids, *(end for k in joined for end in (k.first, k.second))])
    for group in groups([*everything], joined):
        members = [name for name in ids if name in group]
        yield from _as_annotated(members, compared) or (
            Link(SAME_EVENT, *ends) for ends in pairwise(members)
        )


def _joining(members: Sequence[str], whole: Collection[str]) -> Iterator[Link]:
    """Links that join the events of a group which only one annotator had to the others."""
    anchors = [name for name in members if name not in whole]
    if not anchors:
        yield from (Link(SAME_EVENT, *ends) for ends in pairwise(members))
        return
    last = anchors[0]
    for name in members:
        if name in whole:
            yield Link(SAME_EVENT, last, name)
        else:
            last = name


def _as_annotated(members: Sequence[str], compared: ComparedDocument) -> tuple[Link, ...]:
    """The links by which an annotator made just this group; none if nobody did."""
    for document in (compared.a, compared.b):
        for ids in groups([event.id for event in document.events], document.links):
            if {*ids} == {*members}:
                return tuple(
                    k for k in document.links if k.type == SAME_EVENT and k.first in members
                )
    return ()


# Values


def _values(
    compared: ComparedDocument, decided: Decided, events: Iterable[Event], scheme: Scheme
) -> Iterator[Value]:
    """The values of the spans that events have; of one that only one annotator gave, that one."""
    needed = {(a.span, scheme.kind(e.type, a.role)) for e in events for a in e.arguments} | {
        (e.source, SPEAKER) for e in events if e.source
    }
    found = {(v.span, v.kind): v for v in (*compared.b.values, *compared.a.values)}
    for where, value in sorted(found.items()):
        if where in needed and value.kind in VALUED:
            difference = compared.value_at(where)
            taken = value if difference is None else decided(difference)
            if taken is not None:
                yield taken
