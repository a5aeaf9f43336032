"""Derive incidents and claims from mentions, links and values."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from eventbench.claims.codebooks import FIELDS, NUMBERS, TABLE, Reading, codes, read_reading
from eventbench.claims.grouping import (
    DECISIONS,
    INCIDENTS,
    NAME,
    NEGATED,
    WHEN,
    WHERE,
    Decision,
    Group,
    Key,
    Row,
    group,
    read_decisions,
    read_incidents,
)
from eventbench.claims.listing import Incidents
from eventbench.claims.model import (
    ANNOUNCES,
    ASSERTS,
    DENIES,
    DOUBTS,
    STANCES,
    SUPPOSES,
    UNNAMED,
    Claim,
    Figure,
    Incident,
    Location,
    Mention,
    Participant,
    Party,
    When,
)
from eventbench.corpus.loading import Corpus, as_corpus
from eventbench.corpus.model import Argument, Document, Event, Problem, Span
from eventbench.corpus.scheme import (
    ACTOR,
    CONTRADICTS,
    NUMBER,
    PART_OF,
    PARTICIPANT,
    PLACE,
    REPETITIONS,
    SPEAKER,
    TIME,
    YES,
    Scheme,
)
from eventbench.corpus.values import (
    PRECISIONS,
    UNKNOWN,
    Named,
    bounds,
    ids,
    interval,
    read_named,
)
from eventbench.errors import EventbenchError
from eventbench.io import whole_number

PLACES, SPEAKERS = "places.toml", "speakers.toml"

TIMES = "times"
"""The measure of a count of the happenings themselves."""

_STANCES = {NEGATED: DENIES, "planned": ANNOUNCES, "hypothetical": SUPPOSES}
"""The stance by Status; what is actual is asserted, or doubted if Certainty says so."""


def incidents(corpus: Corpus | str | Path | None = None) -> Incidents:
    """Derive the incidents of a corpus: what happened, and who claims or denies it.

    Args:
        corpus: a corpus, or what `load_corpus` takes.

    Returns:
        The incidents in the order of their days; a list that prints as a table.

    Raises:
        EventbenchError: if the corpus cannot be read, or the lists of incidents beside its
            gold are not sound.
    """
    loaded = as_corpus(corpus)
    lists = loaded.root / "annotations"
    reading = read_reading(lists / TABLE)
    rows, decisions, problems = read_lists(lists, loaded.documents)
    if problems:
        raise EventbenchError(str(problems[0]))
    facts = Facts(
        loaded.documents,
        loaded.scheme,
        reading,
        read_named(lists / PLACES, "place"),
        read_named(lists / SPEAKERS, "speaker"),
    )
    return Incidents(derive(facts, rows, decisions))


def read_lists(
    lists: Path, documents: Sequence[Document]
) -> tuple[tuple[Row, ...], tuple[Decision, ...], list[Problem]]:
    """Read the two lists of incidents beside the gold, with everything wrong in them.

    Raises:
        EventbenchError: if a file cannot be read.
    """
    rows, problems = read_incidents(lists / INCIDENTS, documents)
    places = read_named(lists / PLACES, "place")
    decisions, wrong = read_decisions(lists / DECISIONS, rows, FIELDS, NUMBERS, places)
    return rows, decisions, problems + wrong


@dataclass(frozen=True)
class Facts:
    """Everything that incidents are derived from, without the lists of incidents.

    Attributes:
        documents: the articles with their events, links and values.
        scheme: what is annotated.
        reading: how to read the scheme.
        places: the gazetteer.
        speakers: the sources.
    """

    documents: Sequence[Document]
    scheme: Scheme
    reading: Reading
    places: Mapping[str, Named]
    speakers: Mapping[str, Named]


def derive(facts: Facts, rows: Sequence[Row], decisions: Sequence[Decision]) -> list[Incident]:
    """Derive all incidents, in the order of their days; those without a time come last."""
    groups = group(facts.documents, rows)
    owners: dict[Key, list[str]] = defaultdict(list)
    for found in groups:
        for key in found.keys:
            owners[key].append(found.id)
    parents = _linked(facts.documents, PART_OF, owners)
    rivals = _linked(facts.documents, CONTRADICTS, owners)
    for first, others in list(rivals.items()):
        for other in others:
            rivals[other][first] = None
    events = {(d.id, event.id): (d, event) for d in facts.documents for event in d.events}
    result = []
    for found in groups:
        incident = _incident(found, [events[key] for key in found.keys], facts)
        incident = replace(
            incident, parents=tuple(parents[found.id]), rivals=tuple(rivals[found.id])
        )
        own = [d for d in decisions if d.incident == found.id]
        result.append(_decide(incident, own, facts))
    return sorted(result, key=_order)


def _order(incident: Incident) -> tuple[bool, str, str]:
    when = incident.when
    return (when is None, "" if when is None else when.interval, incident.mentions[0].key)


def _linked(
    documents: Sequence[Document], link_type: str, owners: Mapping[Key, Sequence[str]]
) -> defaultdict[str, dict[str, None]]:
    """For each incident, the other incidents to which links of a type lead from it."""
    found: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for document in documents:
        for link in document.links:
            if link.type == link_type:
                firsts = owners[document.id, link.first]
                for second in owners[document.id, link.second]:
                    for first in firsts:
                        if second not in firsts and first not in owners[document.id, link.second]:
                            found[first][second] = None
    return found


def _incident(found: Group, events: Sequence[tuple[Document, Event]], facts: Facts) -> Incident:
    mentions = [_mention(document, event) for document, event in events]
    incident = Incident(
        id=found.id,
        level=found.level,
        mentions=tuple(mentions),
        when=when_of(_times(events, facts)),
        where=_where(events, facts),
        parties=tuple(dict.fromkeys(_parties(events, facts.scheme))),
        participants=tuple(dict.fromkeys(_participants(events, facts.scheme))),
        claims=_claims(events, mentions, facts),
        reason=found.reason,
    )
    return replace(incident, codes=codes(incident, facts.reading))


def _mention(document: Document, event: Event) -> Mention:
    sentence = document.sentence_of(event.trigger)
    return Mention(
        article=document.id,
        span=event.trigger,
        event=event.id,
        words=event.trigger.text_in(document.text),
        sentence=sentence.id if sentence else "",
        text=" ".join(sentence.span.text_in(document.text).split()) if sentence else "",
        type=event.type,
        attributes=event.attributes,
    )


def _arguments(
    events: Iterable[tuple[Document, Event]], scheme: Scheme, *kinds: str
) -> Iterator[tuple[Document, Event, Argument]]:
    """The arguments of some kinds, by the order of the roles in the scheme."""
    for document, event in events:
        roles = list(scheme.roles[event.type])
        for argument in sorted(event.arguments, key=lambda a: (roles.index(a.role), a.span)):
            if scheme.kind(event.type, argument.role) in kinds:
                yield document, event, argument


def _value(document: Document, span: Span, kind: str) -> tuple[str, str, str]:
    """Value, precision and basis of a span; empty if it has none or it is unknown."""
    for value in document.values:
        if (value.span, value.kind) == (span, kind) and value.value != UNKNOWN:
            return value.value, value.precision, value.basis
    return "", "", ""


# When and where


def _times(events: Sequence[tuple[Document, Event]], facts: Facts) -> Iterator[tuple[str, str]]:
    for document, _, argument in _arguments(events, facts.scheme, TIME):
        value, precision, _ = _value(document, argument.span, TIME)
        if value:
            yield value, precision


def when_of(times: Iterable[tuple[str, str]]) -> When | None:
    """Make one time of several values with their precisions, in whatever order they come.

    It is what all have in common. If they have no day in common, it spans all of them and is
    vague.
    """
    found = [(ends, precision) for value, precision in times if (ends := interval(value))]
    if not found:
        return None
    scale = PRECISIONS[TIME]
    finest = min((precision for _, precision in found), key=scale.index)
    first, last = max(a for (a, _), _ in found), min(b for (_, b), _ in found)
    if first <= last:
        return When(first, last, finest)
    if first.date() == last.date():  # clock times of one day that differ
        return When(last, first, finest)
    return When(min(a for (a, _), _ in found), max(b for (_, b), _ in found), scale[-1], vague=True)


def _where(events: Sequence[tuple[Document, Event]], facts: Facts) -> tuple[Location, ...]:
    found: dict[tuple[str, str], Location] = {}
    scale = PRECISIONS[PLACE]
    for document, _, argument in _arguments(events, facts.scheme, PLACE):
        value, precision, _ = _value(document, argument.span, PLACE)
        for place in ids(value) if value else ():
            known = found.get((argument.role, place))
            if known is None or scale.index(precision) < scale.index(known.precision):
                found[argument.role, place] = location(place, argument.role, precision, facts)
    # A wider place says nothing more where a narrower one has the same role.
    wider = {(f.role, place) for f in found.values() for place in f.within}
    return tuple(place for key, place in sorted(found.items()) if key not in wider)


def location(place: str, role: str, precision: str, facts: Facts) -> Location:
    """A place of the gazetteer with a role; one that the gazetteer lacks has only its id."""
    entry = facts.places.get(place)
    if entry is None:
        return Location(place, place, role, precision)
    within: list[str] = []
    parent = entry.facts.get("parent")
    while isinstance(parent, str) and parent not in within and parent != place:
        within.append(parent)
        above = facts.places.get(parent)
        parent = above.facts.get("parent") if above else None
    degrees = [entry.facts.get(key) for key in ("latitude", "longitude")]
    numbers = [float(d) for d in degrees if isinstance(d, int | float)]
    point = (numbers[0], numbers[1]) if len(numbers) == 2 else None
    kind = str(entry.facts.get("kind", ""))
    return Location(place, entry.name, role, precision, kind, tuple(within), point)


# Who


def _parties(events: Sequence[tuple[Document, Event]], scheme: Scheme) -> Iterator[Party]:
    for _, _, argument in _arguments(events, scheme, ACTOR):
        found = argument.attributes
        yield Party(argument.role, found.get("side", ""), found.get("kind", ""))


def _participants(
    events: Sequence[tuple[Document, Event]], scheme: Scheme
) -> Iterator[Participant]:
    for document, _, argument in _arguments(events, scheme, PARTICIPANT):
        words = argument.span.text_in(document.text)
        yield Participant(argument.role, argument.attributes.get("class", ""), words)


# Claims


def _claims(
    events: Sequence[tuple[Document, Event]], mentions: Sequence[Mention], facts: Facts
) -> tuple[Claim, ...]:
    """One claim for each source and stance; each rests on the mentions that it is made of."""
    found: dict[tuple[str, str], Claim] = {}
    for (document, event), mention in zip(events, mentions, strict=True):
        figures = tuple(_figures(document, event, mention, facts))
        for source in _sources(document, event, facts):
            claim = replace(
                source,
                stance=stance(event),
                since=document.published,
                mentions=(mention,),
                figures=figures,
                contested=event.attributes.get("contested") == YES,
            )
            known = found.get((claim.source, claim.stance))
            found[claim.source, claim.stance] = _united(known, claim) if known else claim
    return tuple(sorted(found.values(), key=lambda c: (STANCES.index(c.stance), c.source)))


def _united(first: Claim, second: Claim) -> Claim:
    dates = [claim.since for claim in (first, second) if claim.since is not None]
    return replace(
        first,
        since=min(dates, default=None),
        mentions=tuple(dict.fromkeys(first.mentions + second.mentions)),
        figures=tuple(dict.fromkeys(first.figures + second.figures)),
        contested=first.contested or second.contested,
    )


def stance(event: Event) -> str:
    """What whoever vouches for an event says of it: one of `STANCES`."""
    status = event.attributes.get("status", "")
    if status in _STANCES:
        return _STANCES[status]
    return DOUBTS if event.attributes.get("certainty") == "uncertain" else ASSERTS


def _sources(document: Document, event: Event, facts: Facts) -> Iterator[Claim]:
    """An empty claim for each source of an event."""

    def claim(source: str, name: str, kind: str, side: str) -> Claim:
        return Claim(source, name, kind, side, ASSERTS, None, (), (), contested=False)

    if event.source is None:
        if event.attributes.get("reported") == "attributed":
            yield claim(UNNAMED, "not named", "", "")
        else:
            name = document.publisher or f"article {document.id}"
            entry = facts.speakers.get(_slug(name))
            yield claim(_slug(name), entry.name if entry else name, "media", "")
        return
    words = event.source.text_in(document.text)
    value, kind, side = _value(document, event.source, SPEAKER)
    for source in ids(value) if value else [_slug(words)]:
        entry = facts.speakers.get(source)
        if entry is not None:
            kind, side = (str(entry.facts.get(key, "")) for key in ("kind", "side"))
        yield claim(source, entry.name if entry else words, kind, "" if side == "none" else side)


def _slug(words: str) -> str:
    return "-".join(re.findall(r"[a-z0-9]+", words.lower())) or UNNAMED


def _figures(document: Document, event: Event, mention: Mention, facts: Facts) -> Iterator[Figure]:
    scheme = facts.scheme
    people = next((r for r, k in scheme.roles[event.type].items() if k == PARTICIPANT), None)
    for _, _, argument in _arguments([(document, event)], scheme, NUMBER, REPETITIONS):
        kind = scheme.kind(event.type, argument.role)
        counted = [
            a.span.text_in(document.text)
            for a in event.arguments
            if kind == NUMBER and (a.role, a.number) == (people, argument.number)
        ]
        value, _, _ = _value(document, argument.span, kind)
        low, high = bounds(value) or (None, None)
        measure = TIMES if kind == REPETITIONS else facts.reading.measure(mention.label)
        words = argument.span.text_in(document.text)
        yield Figure(mention, measure, ", ".join(counted), words, low, high)


# Decisions of a person


def _decide(incident: Incident, decisions: Sequence[Decision], facts: Facts) -> Incident:
    """Put what a person decided in the place of what was derived, and say why."""
    for decision in decisions:
        value = decision.value
        if decision.field == NAME:
            incident = replace(incident, name=value)
        elif decision.field == WHEN:
            incident = replace(incident, when=when_of([(value, "day")]))
        elif decision.field == WHERE:
            places = tuple(location(place, "", "is", facts) for place in ids(value))
            incident = replace(incident, where=places)
    # Codes follow from what was decided, unless they were decided themselves.
    found = codes(incident, facts.reading) if decisions else dict(incident.codes)
    for decision in decisions:
        if decision.field in FIELDS:
            number = whole_number(decision.value) if decision.field in NUMBERS else None
            found[decision.field] = decision.value if number is None else number
    ordered = {column: found[column] for column in FIELDS if column in found}
    return replace(incident, codes=ordered, decided={d.field: d.reason for d in decisions})
