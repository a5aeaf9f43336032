"""What is compared of two happenings: when, where, who, how many and in which words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from eventbench.claims.facts import arguments, value_of
from eventbench.claims.grouping import ACTUAL, NEGATED, Key, cluster, level_of
from eventbench.corpus.model import Argument, Document, Event
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

Days = tuple[int, int]
"""First and last day, both included, as proleptic ordinals."""

AROUND = 90
"""Days before its publication to which something without a time belongs."""

STEM = 5
"""Letters by which words are compared, so that "shelled" and "shelling" are one."""

_WORD = re.compile(r"\w+")
_END = re.compile(r"(?<=[.!?])\s|\n")

_LITTLE = frozenset(
    [
        *("a", "an", "and", "are", "as", "at", "be", "been", "but", "by", "for", "from", "had"),
        *("has", "have", "he", "her", "his", "in", "into", "is", "it", "its", "of", "on", "or"),
        *("said", "she", "that", "the", "their", "them", "they", "this", "these", "those", "to"),
        *("was", "were", "which", "who", "with"),
    ]
)
"""Words that say nothing about what is named."""

PROSPECTS = ("planned", "hypothetical")
"""The values of Status for what has not happened, as far as the article says."""


@dataclass(frozen=True)
class Happening:
    """Events of an article that its links make one, with what is compared.

    Attributes:
        mentions: article, and first and last offset of the trigger of each event, in the order
            of the text.
        type: the event type.
        level: one of `LEVELS`, by the events' Occurrence.
        subtypes: the subtypes of the events.
        prospect: it is planned or possible; no event says that it happened or did not.
        days: the shortest time that an event gives; None if no event has one.
        window: the days on which it can have been; None if nothing is known of them.
        places: ids of the gazetteer, or the normalised words of a place that it lacks.
        around: the places that contain those.
        setting: the same as ``places``, or all places of the article if it has none.
        sides: the parties that act.
        targets: stems of the words for who or what was hit.
        counts: how many, each as low and high.
        words: the words of the triggers.
        trigger: stems of those.
        sentences: the words of each sentence of a trigger.
        apart: first mentions of the happenings of the article that links hold apart from it.
    """

    mentions: tuple[tuple[str, int, int], ...]
    type: str
    level: str
    subtypes: frozenset[str]
    prospect: bool
    days: Days | None
    window: Days | None
    places: frozenset[str]
    around: frozenset[str]
    setting: frozenset[str]
    sides: frozenset[str]
    targets: frozenset[str]
    counts: frozenset[tuple[int | None, int | None]]
    words: frozenset[str]
    trigger: frozenset[str]
    sentences: tuple[frozenset[str], ...]
    apart: frozenset[tuple[str, int, int]]

    @property
    def article(self) -> str:
        """Id of the article."""
        return self.mentions[0][0]

    @property
    def order(self) -> tuple[int, tuple[str, int, int]]:
        """Its first day, or else that of publication, then its first mention."""
        day = self.days or (self.window and (self.window[0] + AROUND,)) or (0,)
        return day[0], self.mentions[0]


@dataclass(frozen=True)
class Gazetteer:
    """Places by id, and by the words for them."""

    places: Mapping[str, Named]
    known: Mapping[str, str]

    @classmethod
    def of(cls, places: Mapping[str, Named]) -> Gazetteer:
        """Index a gazetteer by the names of its places."""
        named = {normal(name): place.id for place in places.values() for name in _names(place)}
        return cls(places, named)

    def find(self, words: str) -> str:
        """The id of a place that is named; its normalised words if no place is."""
        found = normal(words)
        return self.known.get(found, found)

    def around(self, place: str) -> Iterator[str]:
        """The places that contain one, the smallest first."""
        seen = {place}
        entry = self.places.get(place)
        while entry and isinstance(parent := entry.facts.get("parent"), str):
            if parent in seen:
                return
            yield parent
            seen.add(parent)
            entry = self.places.get(parent)

    def name(self, place: str) -> str:
        """The display name of a place."""
        return self.places[place].name if place in self.places else place


def _names(place: Named) -> Iterator[str]:
    yield place.name
    others = place.facts.get("other_names")
    for name in others if isinstance(others, list) else ():
        yield str(name)


def happenings(document: Document, scheme: Scheme, gazetteer: Gazetteer) -> Iterator[Happening]:
    """Read the happenings of an article, in the order of its text."""
    # Two events may have one trigger; a row of incidents.tsv means the last of them.
    events = {event.id: event for event in {e.trigger: e for e in document.events}.values()}
    clusters = cluster([document])
    ordered = {
        keys: sorted((events[e] for _, e in keys if e in events), key=lambda e: e.trigger)
        for keys in {*clusters.values()}
    }
    ordered = {keys: found for keys, found in ordered.items() if found}
    apart = _apart(document, clusters)
    setting = frozenset(
        place for e in document.events for place in _places(document, e, scheme, gazetteer)
    )
    first = {keys: _mention(document, found[0]) for keys, found in ordered.items()}
    for keys in sorted(ordered, key=first.__getitem__):
        others = frozenset(first[other] for other in apart.get(keys, ()) if other in first)
        yield _happening(document, ordered[keys], scheme, gazetteer, setting, others)


def _mention(document: Document, event: Event) -> tuple[str, int, int]:
    return document.id, event.trigger.start, event.trigger.end


def _happening(
    document: Document,
    events: Sequence[Event],
    scheme: Scheme,
    gazetteer: Gazetteer,
    setting: frozenset[str],
    apart: frozenset[tuple[str, int, int]],
) -> Happening:
    told = [(document, event) for event in events]

    def stems(*kinds: str) -> Iterator[str]:
        for _, _, argument in arguments(told, scheme, *kinds):
            yield from map(stem, words_of(argument.span.text_in(document.text)))

    words = frozenset(w for e in events for w in words_of(e.trigger.text_in(document.text)))
    counts = (bounds(_value(document, a, NUMBER)) for _, _, a in arguments(told, scheme, NUMBER))
    places = frozenset(p for e in events for p in _places(document, e, scheme, gazetteer))
    statuses = {event.attributes.get("status") for event in events}
    prospect = bool(statuses & {*PROSPECTS}) and not statuses & {ACTUAL, NEGATED}
    days = _days(told, scheme)
    return Happening(
        mentions=tuple(_mention(document, event) for event in events),
        type=events[0].type,
        level=level_of(events),
        subtypes=frozenset(e.attributes["subtype"] for e in events if "subtype" in e.attributes),
        prospect=prospect,
        days=days,
        window=days or _window(document, prospect),
        places=places,
        around=frozenset(wide for place in places for wide in gazetteer.around(place)),
        setting=places or setting,
        sides=frozenset(_sides(told, scheme)),
        targets=frozenset(stems(PARTICIPANT)),
        counts=frozenset(found for found in counts if found and found != (None, None)),
        words=words,
        trigger=frozenset(map(stem, words)),
        sentences=tuple(dict.fromkeys(words_of(sentence_of(document, event)) for event in events)),
        apart=apart,
    )


def _value(document: Document, argument: Argument, kind: str) -> str:
    """The value of an argument in the article, or else its own."""
    return value_of(document, argument.span, kind)[0] or argument.value or ""


def _days(events: Iterable[tuple[Document, Event]], scheme: Scheme) -> Days | None:
    """The shortest time that an event gives.

    What has happened did so by the day of publication.
    """
    found = []
    for document, event, argument in arguments(events, scheme, TIME):
        ends = interval(_value(document, argument, TIME))
        if ends:
            first, last = (end.toordinal() for end in ends)
            if event.attributes.get("status") == ACTUAL and document.published:
                last = max(first, min(last, document.published.toordinal()))
            found.append((first, last))
    return min(found, key=lambda days: (days[1] - days[0], days), default=None)


def _window(document: Document, prospect: bool) -> Days | None:
    """The days to which something without a time belongs."""
    if document.published is None:
        return None
    told = document.published.toordinal()
    return told - AROUND, told + AROUND * prospect


def _places(
    document: Document, event: Event, scheme: Scheme, gazetteer: Gazetteer
) -> Iterator[str]:
    for _, _, argument in arguments([(document, event)], scheme, PLACE):
        value = _value(document, argument, PLACE)
        words = gazetteer.find(argument.span.text_in(document.text))
        yield from ids(value) if value else filter(None, [words])


def _sides(events: Iterable[tuple[Document, Event]], scheme: Scheme) -> Iterator[str]:
    for _, _, argument in arguments(events, scheme, ACTOR):
        for side in argument.attributes.get("side", "").split("_"):
            if side not in ("", "unclear"):
                yield side


def sentence_of(document: Document, event: Event) -> str:
    """The sentence of a trigger; without sentences, what lies between two full stops."""
    sentence = document.sentence_of(event.trigger)
    if sentence is not None:
        return sentence.span.text_in(document.text)
    ends = [m.end() for m in _END.finditer(document.text)]
    start = max((end for end in ends if end <= event.trigger.start), default=0)
    stop = min((end for end in ends if end >= event.trigger.end), default=len(document.text))
    return document.text[start:stop]


def normal(words: str) -> str:
    """The words of a name in one form, in alphabetical order."""
    return " ".join(sorted(words_of(words)))


def words_of(text: str) -> frozenset[str]:
    """The words of a text in lower case, without those that say little."""
    return frozenset(w for w in _WORD.findall(text.casefold()) if w not in _LITTLE)


def stem(word: str) -> str:
    """The first letters of a word."""
    return word[:STEM]


def _apart(
    document: Document, clusters: Mapping[Key, frozenset[Key]]
) -> dict[frozenset[Key], list[frozenset[Key]]]:
    """Happenings that links hold apart: part and whole, rivals, cause and effect."""
    found: dict[frozenset[Key], list[frozenset[Key]]] = {}
    for link in document.links:
        if link.type in (PART_OF, CONTRADICTS, CAUSES):
            one, other = clusters[document.id, link.first], clusters[document.id, link.second]
            if one != other:
                found.setdefault(one, []).append(other)
                found.setdefault(other, []).append(one)
    return found
