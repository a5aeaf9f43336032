"""How far two sets of annotations of the same articles agree."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from typing import Any

from eventbench.corpus.loading import Corpus
from eventbench.corpus.model import Document, Event, EventbenchError, Span
from eventbench.corpus.scheme import NO_EVENT, Scheme
from eventbench.corpus.tokens import to_iob2


@dataclass(frozen=True)
class Agreement:
    """Agreement between annotation sets A and B, B taken as the reference.

    Attributes:
        f1: for each measure the counts (agreeing, in A, in B) and their F1.
        kappa: for each attribute Cohen's kappa and the share of equal values,
            over triggers that both sets have with one type.
        alpha: Krippendorff's alpha (nominal) over all tokens, with the event
            type of the trigger that holds a token, or none, as its value.
    """

    f1: dict[str, F1]
    kappa: dict[str, Kappa]
    alpha: float | None


@dataclass(frozen=True)
class F1:
    """Counts of things that agree, that A has and that B has, and their F1."""

    agreeing: int
    in_a: int
    in_b: int

    @property
    def value(self) -> float | None:
        """2·agreeing / (A + B), as precision and recall give it; None if there is nothing."""
        total = self.in_a + self.in_b
        return 2 * self.agreeing / total if total else None


@dataclass(frozen=True)
class Kappa:
    """Cohen's kappa (None where all values are one), the share equal, and the number compared."""

    kappa: float | None
    equal: float | None
    compared: int


def agreement(a: Corpus, b: Corpus) -> dict[str, Agreement]:
    """Compare two annotation sets of the same articles.

    Returns:
        Agreement by part: "all", then each event type, then each article id.

    Raises:
        EventbenchError: if the two are not sets over the same articles.
    """
    if [d.text for d in a.documents] != [d.text for d in b.documents]:
        raise EventbenchError("the two annotation sets are not over the same articles")
    pairs = list(zip(a.documents, b.documents, strict=True))
    result = {"all": _compare(pairs, a.scheme, a.scheme.event_types)}
    for event_type in a.scheme.event_types:
        result[event_type] = _compare(pairs, a.scheme, (event_type,))
    for pair in pairs:
        result[pair[0].id] = _compare([pair], a.scheme, a.scheme.event_types)
    return result


def _compare(
    pairs: list[tuple[Document, Document]], scheme: Scheme, types: tuple[str, ...]
) -> Agreement:
    events = [
        (
            document_a,
            [e for e in document_a.events if e.type in types],
            [e for e in document_b.events if e.type in types],
        )
        for document_a, document_b in pairs
    ]

    def f1(items: Callable[[Event], Iterable[Hashable]], *, overlapping: bool = False) -> F1:
        match = _overlapping if overlapping else _equal
        counts = [
            match([i for e in in_a for i in items(e)], [i for e in in_b for i in items(e)])
            for _, in_a, in_b in events
        ]
        return F1(*(sum(column) for column in zip(*counts, strict=True)))

    measures = {
        "trigger": f1(lambda e: [e.trigger]),
        "trigger type": f1(lambda e: [(e.type, e.trigger)]),
        "argument": f1(lambda e: [(e.type, e.trigger, x.span) for x in e.arguments]),
        "role": f1(lambda e: [(e.type, e.trigger, x.role, x.span) for x in e.arguments]),
        "role, overlapping": f1(
            lambda e: [(e.type, e.trigger, x.role, x.span) for x in e.arguments], overlapping=True
        ),
        "links": F1(*(sum(c) for c in zip(*(_links(p, types) for p in pairs), strict=True))),
    }
    shared = [
        (first, second)
        for _, in_a, in_b in events
        for first, second in _shared_triggers(in_a, in_b)
    ]
    attributes: dict[str, Callable[[Event], Any]] = {
        "subtype": lambda e: e.subtype,
        "status": lambda e: e.status,
        "reported": lambda e: e.reported,
        "source": lambda e: e.source,
        "contested": lambda e: e.contested,
    }
    kappas = {
        name: _kappa([str(value(x)) for x, _ in shared], [str(value(y)) for _, y in shared])
        for name, value in attributes.items()
    }
    return Agreement(measures, kappas, _alpha(pairs, types))


def _equal(a: list[Any], b: list[Any]) -> tuple[int, int, int]:
    left = list(b)
    agreeing = 0
    for item in a:
        if item in left:
            left.remove(item)
            agreeing += 1
    return agreeing, len(a), len(b)


def _overlapping(a: list[Any], b: list[Any]) -> tuple[int, int, int]:
    """As `_equal`, but the last field is a span that need only overlap; each is matched once."""
    left = list(b)
    agreeing = 0
    for *label, span in a:
        for other in left:
            *other_label, other_span = other
            if label == other_label and span.overlaps(other_span):
                left.remove(other)
                agreeing += 1
                break
    return agreeing, len(a), len(b)


def _links(pair: tuple[Document, Document], types: tuple[str, ...]) -> tuple[int, int, int]:
    """Links by the places of their ends; a link counts if an end is of one of the types."""

    def places(document: Document) -> list[tuple[str, frozenset[Span]]]:
        events = {event.id: event for event in document.events}
        return [
            (link.type, frozenset((events[link.first].trigger, events[link.second].trigger)))
            for link in document.links
            if events[link.first].type in types or events[link.second].type in types
        ]

    return _equal(places(pair[0]), places(pair[1]))


def _shared_triggers(a: list[Event], b: list[Event]) -> list[tuple[Event, Event]]:
    by_place = {(event.type, event.trigger): event for event in b}
    return [
        (event, by_place[event.type, event.trigger])
        for event in a
        if (event.type, event.trigger) in by_place
    ]


def _kappa(a: list[str], b: list[str]) -> Kappa:
    if not a:
        return Kappa(None, None, 0)
    equal = sum(x == y for x, y in zip(a, b, strict=True)) / len(a)
    if len({*a, *b}) == 1:
        return Kappa(None, equal, len(a))
    from sklearn.metrics import cohen_kappa_score

    return Kappa(float(cohen_kappa_score(a, b)), equal, len(a))


def _alpha(pairs: list[tuple[Document, Document]], types: tuple[str, ...]) -> float | None:
    """Krippendorff's alpha; None where every token has one value in both sets."""
    import krippendorff

    def values(document: Document) -> list[str]:
        result = []
        for sentence in document.sentences:
            triggers = [(e.type, e.trigger) for e in document.events_in(sentence)]
            tags, _ = to_iob2(sentence, [t for t in triggers if t[0] in types])
            result += [tag if tag == NO_EVENT else tag[2:] for tag in tags]
        return result

    rows = [[v for pair in pairs for v in values(pair[side])] for side in (0, 1)]
    domain = sorted({*rows[0], *rows[1]})
    if len(domain) == 1:
        return None
    coded = [[domain.index(value) for value in row] for row in rows]
    return float(krippendorff.alpha(reliability_data=coded, level_of_measurement="nominal"))


def differences(*sets: Corpus) -> list[tuple[str, str, tuple[str, ...]]]:
    """Every decision in which annotation sets of the same articles differ.

    Returns:
        In reading order: article id, the place of the trigger as "start-end" (of a
        link, its first trigger), and for each set what it has there ("-": nothing):
        the event's type, an attribute, an argument or a link, in words.
    """
    result = []
    for documents in zip(*(corpus.documents for corpus in sets), strict=True):
        decisions = [_decisions(document, sets[0].scheme) for document in documents]
        for key in sorted({key for decided in decisions for key in decided}):
            values = tuple(decided.get(key, "-") for decided in decisions)
            if len(set(values)) > 1:
                place = f"{key[0].start}-{key[0].end}"
                result.append((documents[0].id, place, values))
    return result


def _decisions(document: Document, scheme: Scheme) -> dict[tuple[Span, str], str]:
    """What was decided, in words, by trigger and question."""

    def quote(span: Span) -> str:
        return document.text[span.start : span.end]

    decisions = {}
    for event in document.events:
        decisions[event.trigger, ""] = event.type
        source = None if event.source is None else quote(event.source)
        attributes = {
            "subtype": event.subtype,
            "status": event.status,
            "reported": event.reported,
            "source": source,
            "contested": event.contested or None,
        }
        for name, value in attributes.items():
            if value is not None:
                decisions[event.trigger, name] = f"{name} {value}"
        for a in event.arguments:
            role = a.role if a.number == 1 else f"{a.role}{a.number}"
            sides = f" ({', '.join(a.sides)})" if a.sides else ""
            key = f"{a.span.start:06d}-{a.span.end:06d} {role}{sides}"
            decisions[event.trigger, key] = f"{role} {quote(a.span)}{sides}"
    triggers = {event.id: event.trigger for event in document.events}
    for link in document.links:
        first, second = triggers[link.first], triggers[link.second]
        if link.type in scheme.symmetric and second < first:
            first, second = second, first
        sentence = document.sentence_of(second)
        where = sentence.id if sentence else document.id
        value = f"{link.type} {quote(second)} ({where}, {second.start}-{second.end})"
        decisions[first, f"{link.type} {second.start:06d}"] = value
    return decisions
