"""What is compared of two happenings: when, where, who, how many and in which words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from eventbench.claims.facts import arguments, value_of
from eventbench.claims.grouping import Key, cluster, is_denial, level_of
from eventbench.corpus.model import Document, Event, Span
from eventbench.corpus.scheme import (
    ACTOR,
    CAUSES,
    CONTRADICTS,
    NUMBER,
    PART_OF,
    PARTICIPANT,
    PLACE,
    TIME,
    Scheme,
)
from eventbench.corpus.values import Named, bounds, ids, interval

_WORD = re.compile(r"\w+")

_LITTLE = frozenset(
    [
        *("a", "an", "and", "are", "as", "at", "be", "been", "but", "by", "for", "from", "had"),
        *("has", "have", "he", "her", "his", "in", "into", "is", "it", "its", "of", "on", "or"),
        *("said", "she", "that", "the", "their", "them", "they", "this", "these", "those", "to"),
        *("was", "were", "which", "who", "with"),
    ]
)
"""Words that say nothing about what is named."""


@dataclass(frozen=True)
class Happening:
    """Events of an article that its links make one, with what is compared.

    Attributes:
        mentions: article and trigger of the events, in the order of the text.
        type: the event type.
        level: one of `LEVELS`, by the events' Occurrence.
        subtypes: the subtypes of the events.
        denied: every event says that it did not happen.
        days: the shortest time that an event gives, first and last day as ordinals; None if
            no event has one.
        published: day of publication as an ordinal; None if unknown.
        places: ids of the gazetteer, or the normalised words of a place that it lacks.
        around: the places that contain those.
        sides: the parties that act.
        targets: words for who or what was hit.
        counts: how many, each as low and high.
        trigger: words of the triggers.
        words: words of the sentences of the triggers.
        names: display names of the places, for reasons.
        apart: mentions that are other happenings by a link of the article.
    """

    mentions: tuple[tuple[str, Span], ...]
    type: str
    level: str
    subtypes: frozenset[str]
    denied: bool
    days: tuple[int, int] | None
    published: int | None
    places: frozenset[str]
    around: frozenset[str]
    sides: frozenset[str]
    targets: frozenset[str]
    counts: frozenset[tuple[int | None, int | None]]
    trigger: frozenset[str]
    words: tuple[frozenset[str], ...]
    names: Mapping[str, str]
    apart: frozenset[tuple[str, Span]]

    @property
    def article(self) -> str:
        """Id of the article."""
        return self.mentions[0][0]


def happenings(
    documents: Sequence[Document], scheme: Scheme, places: Mapping[str, Named]
) -> Iterator[Happening]:
    """Read the happenings of articles, by article and in the order of the text.

    Args:
        documents: articles with events, links and values.
        scheme: what is annotated.
        places: the gazetteer.
    """
    known = {_normal(name): entry.id for entry in places.values() for name in _names(entry)}
    for document in sorted(documents, key=lambda d: d.id):
        events = {event.id: event for event in document.events}
        clusters = cluster([document])
        apart = _apart(document, clusters)
        order = sorted(document.events, key=lambda event: (event.trigger, event.id))
        for keys in dict.fromkeys(clusters[document.id, event.id] for event in order):
            mentioned = sorted((events[e] for _, e in keys), key=lambda e: (e.trigger, e.id))
            yield _happening(document, mentioned, scheme, places, known, apart.get(keys, ()))


def _happening(
    document: Document,
    events: Sequence[Event],
    scheme: Scheme,
    places: Mapping[str, Named],
    known: Mapping[str, str],
    apart: Iterable[frozenset[Key]],
) -> Happening:
    told = [(document, event) for event in events]
    found = dict(_places(told, scheme, places, known))
    numbers = (
        _value(document, a.span, NUMBER, a.value) for _, _, a in arguments(told, scheme, NUMBER)
    )
    triggers = {event.id: event.trigger for event in document.events}
    sentences = {s.span: s for e in events if (s := document.sentence_of(e.trigger))}
    return Happening(
        mentions=tuple((document.id, event.trigger) for event in events),
        type=events[0].type,
        level=level_of(events),
        subtypes=frozenset(e.attributes["subtype"] for e in events if "subtype" in e.attributes),
        denied=all(map(is_denial, events)),
        days=_days(told, scheme),
        published=document.published.toordinal() if document.published else None,
        places=frozenset(found),
        around=frozenset(wide for place in found for wide in around(place, places)),
        sides=frozenset(
            side
            for _, _, a in arguments(told, scheme, ACTOR)
            for side in a.attributes.get("side", "").split("_")
            if side not in ("", "unclear")
        ),
        targets=frozenset(
            word
            for _, _, a in arguments(told, scheme, PARTICIPANT)
            for word in words_of(a.span.text_in(document.text))
        ),
        counts=frozenset(b for value in numbers if (b := bounds(value)) and b != (None, None)),
        trigger=frozenset(w for e in events for w in words_of(e.trigger.text_in(document.text))),
        words=tuple(words_of(span.text_in(document.text)) for span in sentences),
        names=found,
        apart=frozenset((a, triggers[e]) for group in apart for a, e in group),
    )


def _value(document: Document, span: Span, kind: str, own: str | None) -> str:
    return value_of(document, span, kind)[0] or own or ""


def _days(events: Sequence[tuple[Document, Event]], scheme: Scheme) -> tuple[int, int] | None:
    """The shortest time; what has happened did so by the day of publication."""
    found = []
    for document, event, argument in arguments(events, scheme, TIME):
        ends = interval(_value(document, argument.span, TIME, argument.value))
        if ends:
            first, last = (end.toordinal() for end in ends)
            if event.attributes.get("status") == "actual" and document.published:
                last = max(first, min(last, document.published.toordinal()))
            found.append((first, last))
    return min(found, key=lambda days: (days[1] - days[0], days), default=None)


def _places(
    events: Sequence[tuple[Document, Event]],
    scheme: Scheme,
    places: Mapping[str, Named],
    known: Mapping[str, str],
) -> Iterator[tuple[str, str]]:
    """Id and name of each place; one without id is known by its words."""
    for document, _, argument in arguments(events, scheme, PLACE):
        words = argument.span.text_in(document.text)
        value = _value(document, argument.span, PLACE, argument.value)
        normal = _normal(words)
        for place in ids(value) if value else [known.get(normal, normal)]:
            if place:
                yield place, places[place].name if place in places else words


def around(place: str, places: Mapping[str, Named]) -> Iterator[str]:
    """The places that contain one, the smallest first."""
    seen = {place}
    entry = places.get(place)
    while entry and isinstance(parent := entry.facts.get("parent"), str) and parent not in seen:
        yield parent
        seen.add(parent)
        entry = places.get(parent)


def _names(entry: Named) -> Iterator[str]:
    yield entry.name
    others = entry.facts.get("other_names")
    for name in others if isinstance(others, list) else ():
        yield str(name)


def _normal(words: str) -> str:
    """The words of a name in one form, in alphabetical order."""
    return " ".join(sorted(words_of(words)))


def words_of(text: str) -> frozenset[str]:
    """The words of a text in lower case, without those that say little."""
    return frozenset(w for w in _WORD.findall(text.casefold()) if w not in _LITTLE)


def _apart(
    document: Document, clusters: Mapping[Key, frozenset[Key]]
) -> dict[frozenset[Key], list[frozenset[Key]]]:
    """Happenings that links of the article hold apart: part and whole, rivals, cause and effect."""
    found: dict[frozenset[Key], list[frozenset[Key]]] = {}
    for link in document.links:
        if link.type in (PART_OF, CONTRADICTS, CAUSES):
            one, other = clusters[document.id, link.first], clusters[document.id, link.second]
            if one != other:
                found.setdefault(one, []).append(other)
                found.setdefault(other, []).append(one)
    return found


def day(ordinal: int) -> str:
    """A day in ISO 8601."""
    return date.fromordinal(ordinal).isoformat()
