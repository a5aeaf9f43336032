"""Find the events of all articles and cluster them into incidents, end to end."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

from eventbench.corpus.loading import Corpus
from eventbench.corpus.model import SOURCE, Argument, Document, Event
from eventbench.corpus.records import (
    ArticleEvents,
    from_record,
    in_reading_order,
    names_in_reading_order,
)
from eventbench.corpus.scheme import Scheme
from eventbench.io import Json
from eventbench.scoring.decisions import PREDICTED, Decision, Mark
from eventbench.tasks.articles import matching_events, sentence_at
from eventbench.tasks.base import Gold, HubWords, Row, Task
from eventbench.tasks.events import Events, compact_record
from eventbench.tasks.incident_errors import Mention, mention_marks
from eventbench.tasks.incident_scores import (
    ANSWER,
    BY_LEVEL,
    CLUSTERS,
    HEADLINE,
    METRICS,
    Filed,
    Incidents,
    incident_decisions,
    incident_sections,
    incident_tables,
    names_of,
)
from eventbench.tasks.incidents import IncidentClusters
from eventbench.tasks.matching import wrong_triggers
from eventbench.tasks.seen import Seen

if TYPE_CHECKING:
    from datasets import Features

    from eventbench.scoring.statistics import Measure, Numbers, Sections, Statistics

EVENTS = "events"
"""The section with how many events were found, and its only name."""

_EVENTS, _INCIDENTS = Events(), IncidentClusters()


@dataclass(frozen=True, slots=True)
class Told:
    """An answer: the events of an article and the incidents that they are of.

    Attributes:
        events: the events in reading order, with what is compared and the values of arguments.
        incidents: with name, events, when, where and killed.
    """

    events: tuple[Event, ...]
    incidents: Incidents

    @classmethod
    def of(cls, events: Sequence[Event], incidents: Incidents) -> Told:
        """Sort and number events, so that equal answers are equal."""
        kept = tuple(map(_plain, events))
        names = names_in_reading_order(kept, "e")
        order = {new: k for k, new in enumerate(names.values())}
        renamed = (
            {**one, "events": sorted((names[e] for e in one["events"]), key=order.__getitem__)}
            for one in incidents
        )
        ordered = sorted(renamed, key=lambda one: order[one["events"][0]])
        return cls(in_reading_order(ArticleEvents(kept), "e").events, tuple(ordered))


def _plain(event: Event) -> Event:
    """An event with what `compact_record` writes of it."""
    arguments = tuple(Argument(a.role, a.span, value=a.value) for a in event.arguments)
    source = event.source if SOURCE in event.probabilities else None
    return replace(event, arguments=arguments, source=source, note=None, line=0)


class IncidentsFromText(Task):
    """One row per article, without its events; the answer is its events and their incidents.

    It is the task "events" followed by "incidents", on the predicted events and with the day of
    publication. A predicted event is a mention of the gold if trigger and type are equal. The
    measures are those of "incidents", in which an incident that training articles tell of is
    known by its name.

    Mentions are not manipulated, as in the reference implementation (Pradhan et al. 2014, "Scoring
    Coreference Partitions of Predicted Mentions", ACL): a predicted event that the gold does not
    have stays in its cluster, where it costs precision, a missed one stays in that of the gold,
    where it costs recall. Others put them into the other side as clusters of one (Cai and Strube
    2010, "Evaluation Metrics For End-to-End Coreference Resolution Systems", SIGDIAL), which
    rewards spurious mentions that are alone. In the headline a mention gets no credit for itself,
    so one that is alone on the side that has it counts nothing; the section "events" says how many
    events were found. Predicted events that are totals in the gold do not count.
    """

    name = "incidents-from-text"
    title = "Incidents from text"
    question = (
        "From all articles alone: events, which of them are one incident, when, where, how deadly."
    )
    right = (
        "A predicted event is a mention of the gold if trigger and type are equal, and is right "
        "with each other mention of its incident, in any article; a time or place if half of it "
        "or more is shared, a toll if it is equal."
    )
    inputs = ("id", "title", "text", "published", "sentences")
    headline = ("average", HEADLINE)
    section = ANSWER
    section_title = "By answer"
    article_column = "id"
    passes_are_partial = True  # they link events within an article only
    matching: ClassVar[Mapping[str, str]] = {
        "incidents_of": "predicted events, with those of the training articles",
        "mentions": "equal trigger and type, not manipulated",
        "measure": "B³ without a mention itself, incidents and phases",
    }
    meanings: ClassVar[Mapping[str, str]] = IncidentClusters.meanings
    hub = HubWords(
        "token-classification",
        "incidents of predicted events, across articles",
        "f1",
        "B³ F1 of the other mentions of an incident, end to end",
    )

    def applies(self, corpus: Corpus) -> bool:
        return _INCIDENTS.applies(corpus)

    def prepare(self, corpus: Corpus) -> Corpus:
        return _INCIDENTS.prepare(corpus)

    # Rows

    def features(self, scheme: Scheme) -> Features:
        from datasets import Features

        columns = {**_INCIDENTS.features(scheme), **_EVENTS.features(scheme)}
        return Features({name: columns[name] for name in (*self.inputs, "events", "incidents")})

    def scheme_text(self, scheme: Scheme) -> str:
        return _EVENTS.scheme_text(scheme)

    def section_names(self, scheme: Scheme) -> Sequence[str]:
        return _INCIDENTS.section_names(scheme)

    def bare_rows(self, document: Document, scheme: Scheme, seen: Seen | None) -> Iterator[Row]:
        (told,) = _INCIDENTS.bare_rows(document, scheme, seen)
        (found,) = _EVENTS.bare_rows(document, scheme, seen)
        columns = {**told, **found}
        yield {name: columns[name] for name in (*self.inputs, "events", "incidents")}

    def fill_in(self, row: Row, text: str, title: str) -> Row:
        return _EVENTS.fill_in(row, text, title)

    # Answers

    def gold(self, row: Row) -> Json:
        return {"events": row["events"], "incidents": _INCIDENTS.gold(row)}

    def parse(self, record: Mapping[str, Any], row: Row, scheme: Scheme) -> Told:
        events = from_record(record, row["text"], scheme).events
        known = {"events": [{"id": event.id} for event in events]}
        return Told.of(events, _INCIDENTS.parse(record, known, scheme))

    def dump(self, row: Row, answer: Told | Mapping[str, Any]) -> Row:
        """Write events in reading order, renumbered, and their incidents.

        Args:
            row: the article.
            answer: events and incidents, or what a system returns: a dictionary with ``events``,
                as `ArticleEvents` or in the form of `eventbench.corpus.records`, and
                ``incidents``, each with name, events and optionally when, where and killed.
        """
        if isinstance(answer, Told):
            events = compact_record(ArticleEvents(answer.events), with_values=True)["events"]
            return {**_INCIDENTS.dump(row, answer.incidents), "events": events}
        found = answer["events"]
        if isinstance(found, ArticleEvents):
            found = compact_record(found, with_values=True)["events"]
        return {**_INCIDENTS.dump(row, answer["incidents"]), "events": found}

    def said(self, row: Row, answer: Told) -> Sequence[Hashable]:
        place = {event.id: (event.type, event.trigger) for event in answer.events}
        found: list[Hashable] = [*place.values()]
        for one in answer.incidents:
            members = tuple(place[event] for event in one["events"])
            found += [(one["name"], member) for member in members]
            found.append((members, one["when"], *one["where"], one["killed"]))
        return found

    def annotators_answer(self, row: Row, document: Document, scheme: Scheme) -> Told:
        incidents = {"incidents": _INCIDENTS.told_by(document, scheme)}
        known = {"events": [{"id": event.id} for event in document.events]}
        return Told.of(document.events, _INCIDENTS.parse(incidents, known, scheme))

    # Scores

    @property
    def measure(self) -> Measure:
        return _INCIDENTS.measure

    def statistics(self, gold: Gold, answers: Mapping[str, Told]) -> Statistics:
        """Count by sentence: mentions, and values in that of the incident's first event."""
        from eventbench.scoring.statistics import Statistics, Table, tally

        filed = _filed(gold, answers)
        tables = incident_tables(gold, filed)
        # What the gold does not have is of no level.
        kept = [k for k, name in enumerate(METRICS) if name not in BY_LEVEL]
        whole = tables[CLUSTERS]
        names = tuple(METRICS[k] for k in kept)
        tables[CLUSTERS] = Table(names, whole.values[:, kept], whole.kinds)
        ours = [(row["id"], event["id"]) for row in gold.rows for event in row["events"]]
        right, given = ([(filed.units[m], EVENTS, m) for m in s] for s in (ours, filed.names))
        tables[EVENTS] = tally(right, given, (EVENTS,), len(gold.sentence_units))
        return Statistics(tables, gold.unit_articles)

    def breakdown(self, statistics: Statistics, totals: Mapping[str, Numbers]) -> Sections:
        from eventbench.scoring.statistics import score_of

        sections = incident_sections(statistics, totals)
        average = sections.pop("average")
        return {**sections, EVENTS: {EVENTS: score_of(totals[EVENTS][0])}, "average": average}

    def decisions(self, gold: Gold, answers: Mapping[str, Told]) -> list[Decision]:
        """Wrong triggers; of exact ones the wrong incidents; values that are not equal."""
        filed = _filed(gold, answers)
        marks = {**_predicted_marks(gold, answers), **mention_marks(gold)}
        triggers = (
            decision
            for document in gold.documents
            for decision in wrong_triggers(document, answers[document.id].events)
        )
        return [*triggers, *incident_decisions(gold, filed, marks)]


def _ids(row: Row, answer: Told) -> dict[str, str]:
    """The ids of the predicted events: those of the gold where trigger and type are equal."""
    matched = matching_events(row["events"], answer.events)
    return {event.id: matched.get(event.id, f"predicted {event.id}") for event in answer.events}


def _filed(gold: Gold, answers: Mapping[str, Told]) -> Filed:
    given: dict[str, Incidents] = {}
    units: dict[Mention, int] = {}
    predicted: list[Mention] = []
    for row in gold.rows:
        article, answer = row["id"], answers[row["id"]]
        ids = _ids(row, answer)
        given[article] = tuple(
            {**one, "events": [ids[event] for event in one["events"]]} for one in answer.incidents
        )
        predicted += [(article, ids[event.id]) for event in answer.events]
        places = {event["id"]: event["trigger"]["start"] for event in row["events"]}
        places |= {ids[event.id]: event.trigger.start for event in answer.events}
        starts = [sentence["start"] for sentence in row["sentences"]]
        for event, offset in places.items():
            unit = gold.sentence_units[article, sentence_at(starts, offset)]
            units[article, event] = unit
    right = {row["id"]: _INCIDENTS.gold(row) for row in gold.rows}
    return Filed(right, given, units, names_of(given, iter(predicted)))


def _predicted_marks(gold: Gold, answers: Mapping[str, Told]) -> dict[Mention, Mark]:
    """The triggers of all predicted events."""
    return {
        (row["id"], name): Mark(PREDICTED, row["id"], event.trigger, event.type)
        for row in gold.rows
        for event, name in zip(
            answers[row["id"]].events, _ids(row, answers[row["id"]]).values(), strict=True
        )
    }
