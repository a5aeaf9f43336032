"""Derive incidents and claims from mentions, links and values."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Unpack

from eventbench.claims.codebooks import FIELDS, NUMBERS, TABLE, codes, read_reading
from eventbench.claims.facts import Facts, arguments, publisher_of
from eventbench.claims.found import Incidents
from eventbench.claims.grouping import (
    DECISIONS,
    INCIDENTS,
    NAME,
    WHEN,
    WHERE,
    Decision,
    Group,
    Key,
    Row,
    cluster,
    group,
    read_decisions,
    read_incidents,
)
from eventbench.claims.inheritance import inherit
from eventbench.claims.joining import join
from eventbench.claims.model import INCIDENT, Incident, Mention, Participant, Party
from eventbench.claims.select import Filters, Selection
from eventbench.claims.sources import claims_of
from eventbench.claims.when_where import decided_places, read_time, time_of, where_of
from eventbench.corpus.loading import Corpus, as_corpus
from eventbench.corpus.model import Document, Event, Problem
from eventbench.corpus.scheme import ACTOR, CONTRADICTS, PART_OF, PARTICIPANT, Scheme
from eventbench.corpus.values import PLACES, SPEAKERS, read_named
from eventbench.errors import EventbenchError
from eventbench.io import whole_number


def incidents(
    corpus: Corpus | str | Path | None = None,
    selection: Selection | None = None,
    **filters: Unpack[Filters],
) -> Incidents:
    """Derive the incidents of a corpus or of predictions: what happened, and who claims it.

    Predictions without a list of incidents are joined by `eventbench.claims.joining`.

    Args:
        corpus: a corpus or a result, or what `load_corpus` takes.
        selection: which of them; all if None.
        filters: the same in words: those of ``eventbench incidents``, see `Selection.of`.

    Returns:
        The incidents in the order of their days; a list that prints as a table.

    Raises:
        EventbenchError: if the corpus cannot be read, the lists of incidents beside its
            gold are not sound, or a filter names what occurs nowhere.
    """
    chosen = Selection.of(**filters) if selection is None else selection
    loaded = as_corpus(corpus)
    facts = facts_of(loaded)
    rows, decisions, problems = read_lists(loaded.root / "annotations", loaded.documents)
    if problems:
        raise EventbenchError(str(problems[0]))
    if loaded.predicted and not (loaded.root / "annotations" / INCIDENTS).is_file():
        rows = join(loaded.documents, loaded.scheme, loaded.places)
    found = chosen.incidents(derive(facts, rows, decisions))
    return Incidents(found, facts, chosen)


def facts_of(corpus: Corpus) -> Facts:
    """Read what incidents of a corpus are derived from.

    Raises:
        EventbenchError: if a file beside the gold cannot be read.
    """
    lists = corpus.scheme_path.parent
    return Facts(
        corpus.documents,
        corpus.scheme,
        read_reading(lists / TABLE),
        corpus.places,
        read_named(lists / SPEAKERS, "speaker"),
    )


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


def derive(facts: Facts, rows: Sequence[Row], decisions: Sequence[Decision]) -> list[Incident]:
    """Derive all incidents, in the order of their days; those without a time come last."""
    groups = group(facts.documents, rows)
    owners: dict[Key, list[str]] = defaultdict(list)
    for found in groups:
        for key in found.keys:
            owners[key].append(found.id)
    rivals = _linked(facts.documents, CONTRADICTS, owners)
    for first, others in list(rivals.items()):
        for other in others:
            rivals[other].setdefault(first, set())
    wholes = _linked(facts.documents, PART_OF, owners)
    clusters = cluster(facts.documents)
    events = {(d.id, event.id): (d, event) for d in facts.documents for event in d.events}
    result = []
    for found in groups:
        mentioned = [events[key] for key in found.keys]
        telling = [events[key] for key in found.keys if key not in found.denials]
        incident = _incident(found, mentioned, telling, facts)
        incident = replace(
            inherit(incident, telling, facts, clusters),
            parents=_parents(found, wholes[found.id], clusters),
            rivals=tuple(rivals[found.id]),
        )
        own = [d for d in decisions if d.incident == found.id]
        result.append(_decide(incident, own, facts))
    return sorted(result, key=_order)


def _order(incident: Incident) -> tuple[bool, str, str]:
    when = incident.when
    return (when is None, "" if when is None else when.interval, incident.mentions[0].key)


def _linked(
    documents: Sequence[Document], link_type: str, owners: Mapping[Key, Sequence[str]]
) -> defaultdict[str, dict[str, set[Key]]]:
    """For each incident, others to which links of a type lead from it, and from which events."""
    found: defaultdict[str, dict[str, set[Key]]] = defaultdict(dict)
    for document in documents:
        for link in document.links:
            if link.type == link_type:
                key = (document.id, link.first)
                seconds = owners[document.id, link.second]
                for second in seconds:
                    for first in owners[key]:
                        if second not in owners[key] and first not in seconds:
                            found[first].setdefault(second, set()).add(key)
    return found


def _parents(
    found: Group, wholes: Mapping[str, set[Key]], clusters: Mapping[Key, frozenset[Key]]
) -> tuple[str, ...]:
    """The incidents that one is part of: of a phase or total, what all its happenings are in."""
    own = {clusters[key] for key in found.keys if key not in found.denials}
    return tuple(
        whole
        for whole, parts in wholes.items()
        if found.level == INCIDENT or all(parts & happening for happening in own)
    )


def _incident(
    found: Group,
    events: Sequence[tuple[Document, Event]],
    telling: Sequence[tuple[Document, Event]],
    facts: Facts,
) -> Incident:
    """An incident with the claims of all events, and what those say that tell of it alone."""
    mentions = [_mention(document, event) for document, event in events]
    return Incident(
        id=found.id,
        level=found.level,
        mentions=tuple(mentions),
        when=time_of(telling, facts, course=found.level != INCIDENT),
        where=where_of(telling, facts),
        parties=tuple(dict.fromkeys(_parties(telling, facts.scheme))),
        participants=tuple(dict.fromkeys(_participants(telling, facts.scheme))),
        publishers=tuple(dict.fromkeys(publisher_of(document) for document, _ in events)),
        claims=claims_of(events, mentions, facts),
        reason=found.reason,
    )


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
        probability=event.probability,
        probabilities=event.probabilities,
    )


# Who


def _parties(events: Sequence[tuple[Document, Event]], scheme: Scheme) -> Iterator[Party]:
    for _, _, argument in arguments(events, scheme, ACTOR):
        found = argument.attributes
        yield Party(argument.role, found.get("side", ""), found.get("kind", ""))


def _participants(
    events: Sequence[tuple[Document, Event]], scheme: Scheme
) -> Iterator[Participant]:
    for document, _, argument in arguments(events, scheme, PARTICIPANT):
        words = argument.span.text_in(document.text)
        yield Participant(argument.role, argument.attributes.get("class", ""), words)


# Decisions


def _decide(incident: Incident, decisions: Sequence[Decision], facts: Facts) -> Incident:
    """Put what was decided in the place of what was derived, and say why."""
    for decision in decisions:
        value = decision.value
        if decision.field == NAME:
            incident = replace(incident, name=value)
        elif decision.field == WHEN:
            incident = replace(incident, when=read_time(value, "clock" if "T" in value else "day"))
        elif decision.field == WHERE:
            incident = replace(incident, where=decided_places(value, incident, facts))
    # Codes follow from what was decided, unless they were decided themselves.
    found = codes(incident, facts.reading)
    for decision in decisions:
        if decision.field in FIELDS:
            number = whole_number(decision.value) if decision.field in NUMBERS else None
            found[decision.field] = decision.value if number is None else number
    ordered = {column: found[column] for column in FIELDS if column in found}
    decided = {d.field: d.reason for d in decisions}
    inherited = {f: keys for f, keys in incident.inherited.items() if f not in decided}
    return replace(incident, codes=ordered, decided=decided, inherited=inherited)
