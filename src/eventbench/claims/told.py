"""What each article tells of incidents, by itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from eventbench.claims.derive import derive, facts_of
from eventbench.claims.facts import Facts
from eventbench.claims.grouping import INCIDENTS, Row, read_incidents
from eventbench.claims.model import LEVELS, TOTAL, Incident, limits
from eventbench.corpus.loading import Corpus
from eventbench.corpus.model import Document, ToldIncident
from eventbench.errors import EventbenchError
from eventbench.io import fingerprint


def has_incidents(corpus: Corpus) -> bool:
    """Return True if a corpus has a list of incidents."""
    return (corpus.root / "annotations" / INCIDENTS).is_file()


def with_incidents(corpus: Corpus) -> Corpus:
    """Add to each article the incidents that it tells of; nothing without a list of them.

    Levels are those of the corpus, and articles that tell of one incident have one name for
    it. Time, place and toll are derived from the article alone, without decisions:
    no article has what only another one says.

    Raises:
        EventbenchError: if the list of incidents is not sound.
    """
    done = all(document.incidents is not None for document in corpus.documents)
    if done or not has_incidents(corpus):
        return corpus
    facts = facts_of(corpus)
    rows, problems = read_incidents(corpus.root / "annotations" / INCIDENTS, corpus.documents)
    if problems:
        raise EventbenchError(str(problems[0]))
    told = (replace(d, incidents=_told(d, facts, rows)) for d in corpus.documents)
    return replace(corpus, documents=tuple(told))


def _told(document: Document, facts: Facts, rows: Sequence[Row]) -> tuple[ToldIncident, ...]:
    """The incidents of an article, each event in one: in the most specific, then the first."""
    own = []
    for row in rows:
        mentions = tuple(mention for mention in row.mentions if mention[0] == document.id)
        if mentions:
            own.append(replace(row, mentions=mentions))
    found = derive(replace(facts, documents=[document]), own, ())
    taken: set[str] = set()
    result = []
    for incident in sorted(found, key=lambda i: (LEVELS.index(i.level), i.mentions[0])):
        events = tuple(m.event for m in incident.mentions if m.event not in taken)
        taken.update(events)
        if events:
            result.append(
                ToldIncident(
                    name_of(incident.id),
                    incident.level,
                    events,
                    incident.when.interval if incident.when else None,
                    tuple(sorted({place.id for place in incident.where})),
                    _killed(incident, facts.reading.deaths),
                )
            )
    order = {event.id: event.trigger for event in document.events}
    return tuple(sorted(result, key=lambda told: order[told.events[0]]))


def name_of(identifier: str) -> str:
    """Return the name of an incident in rows, which reveals nothing about it.

    An id may describe the incident, and an automatic id ("002-231") shows that no other article
    tells of it.
    """
    return f"i{fingerprint([identifier])[:8]}"


def _killed(incident: Incident, deaths: str) -> str | None:
    """The toll of an incident; a running figure is that of a total only."""
    is_total = incident.level == TOTAL
    low, high = limits((f for f in incident.figures if f.total == is_total), deaths)
    if low is None and high is None:
        return None
    return f"{'' if low is None else low}-{'' if high is None else high}"
