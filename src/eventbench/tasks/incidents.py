"""Cluster the given events of all articles into incidents: which one, when, where, what toll."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from eventbench.claims.told import has_incidents, with_incidents
from eventbench.corpus.loading import Corpus
from eventbench.corpus.model import Document, Event
from eventbench.corpus.records import Fields
from eventbench.corpus.scheme import Scheme
from eventbench.corpus.values import UNKNOWN, canonical_value, wrong_value
from eventbench.errors import EventbenchError
from eventbench.io import Json, short
from eventbench.scoring.decisions import Decision
from eventbench.tasks.articles import (
    fill_in_article,
    given_event_features,
    given_events,
    matching_events,
    sentence_bounds,
    sentence_bounds_feature,
    with_words,
)
from eventbench.tasks.base import Gold, HubWords, Row, Task
from eventbench.tasks.incident_errors import mention_marks
from eventbench.tasks.incident_scores import (
    ANSWER,
    HEADLINE,
    QUESTIONS,
    Filed,
    Incidents,
    incident_decisions,
    incident_sections,
    incident_tables,
    names_of,
)
from eventbench.tasks.same_event import groups
from eventbench.tasks.seen import Seen

if TYPE_CHECKING:
    from datasets import Features

    from eventbench.scoring.statistics import Measure, Numbers, Sections, Statistics


class IncidentClusters(Task):
    """One row per article, with its events; the answer is the incidents that they are of.

    An incident is known by its name: that of an incident in the training articles if it is
    the same one, any other name if it is new. So the events of an article are filed under the
    incidents that other articles told of. The mentions of the training articles belong to
    the clusters that are scored, but only those of test articles count.

    The headline is the F1 of B³ over mentions of incidents and phases, where a mention gets
    no credit for being in a cluster with itself: of the others in its cluster, how many are
    right and how many are found. Most mentions are alone, so that plain B³ and LEA, which
    the section "clusters" has too, are high for no cluster at all.

    When, where and the toll are those that the article tells. They are compared with those
    of the predicted incident that shares most events with the gold one, one to one.
    """

    name = "incidents"
    title = "Incidents"
    question = "Say which given events of all articles are one incident, when, where, how deadly."
    right = (
        "A mention is right with each other mention of its incident, in any article; a time or "
        "place if half of it or more is shared, a toll if it is equal."
    )
    inputs = ("id", "title", "text", "published", "sentences", "events")
    headline = ("average", HEADLINE)
    section = ANSWER
    section_title = "By answer"
    article_column = "id"
    passes_are_partial = True  # they link events within an article only
    matching: ClassVar[Mapping[str, str]] = {
        "incidents_of": "gold events, with those of the training articles",
        "measure": "B³ without a mention itself, incidents and phases",
    }
    meanings: ClassVar[Mapping[str, str]] = {
        "id": "Id of the article.",
        "published": "Day of publication of the article in ISO 8601, null if unknown.",
    }
    hub = HubWords(
        "text-classification",
        "incidents of given events, across articles",
        "f1",
        "B³ F1 of the other mentions of an incident",
    )

    def applies(self, corpus: Corpus) -> bool:
        return has_incidents(corpus) and any(document.events for document in corpus.documents)

    def prepare(self, corpus: Corpus) -> Corpus:
        return with_incidents(corpus)

    def teaches(self, document: Document) -> bool:
        return document.incidents is not None

    # Rows

    def features(self, scheme: Scheme) -> Features:
        from datasets import Features, List, Value

        text, integer = Value("string"), Value("int32")
        span = {"start": integer, "end": integer, "text": text}
        event = {
            **given_event_features(),
            "arguments": List({"role": text, "kind": text, "number": integer, **span}),
            "attributes": List({"name": text, "value": text}),
        }
        incident = {
            "name": text,
            "level": text,
            "events": List(text),
            "when": text,
            "where": List(text),
            "killed": text,
        }
        return Features(
            {
                "id": text,
                "title": text,
                "text": text,
                "published": text,
                "sentences": sentence_bounds_feature(),
                "events": List(event),
                "incidents": List(incident),
            }
        )

    def scheme_text(self, scheme: Scheme) -> str:
        return ""  # the rows have all that is used

    def section_names(self, scheme: Scheme) -> Sequence[str]:
        return tuple(QUESTIONS)

    def bare_rows(self, document: Document, scheme: Scheme, seen: Seen | None) -> Iterator[Row]:
        told = document.incidents
        yield {
            "id": document.id,
            "title": None,
            "text": None,
            "published": document.published.isoformat() if document.published else None,
            "sentences": sentence_bounds(document),
            "events": [
                {**row, **_arguments_and_attributes(event, scheme)}
                for row, event in given_events(document)
            ],
            "incidents": None
            if told is None
            else [
                {
                    "name": one.name,
                    "level": one.level,
                    "events": [*one.events],
                    "when": one.when,
                    "where": [*one.where],
                    "killed": one.killed,
                }
                for one in told
            ],
        }

    def fill_in(self, row: Row, text: str, title: str) -> Row:
        filled = fill_in_article(row, text, title)
        for event in filled["events"]:
            event["arguments"] = [with_words(span, text) for span in event["arguments"]]
        return filled

    # Answers

    def gold(self, row: Row) -> Incidents:
        if row["incidents"] is None:
            raise EventbenchError(f"{row['id']}: its incidents were not derived; see Task.prepare")
        return tuple({k: v for k, v in one.items() if k != "level"} for one in row["incidents"])

    def parse(self, record: Mapping[str, Any], row: Row, scheme: Scheme) -> Incidents:
        order = {event["id"]: k for k, event in enumerate(row["events"])}
        taken: dict[str, str] = {}
        found: dict[str, Json] = {}
        for part in Fields(record).parts("incidents"):
            name = part.get("name", str)
            if not name.strip() or name in found:
                part.refuse(f"name is {short(name)}, expected one of its own")
            events = part.get("events", list)
            for event in events:
                if not isinstance(event, str) or event not in order:
                    part.refuse(f"events has {short(event)}, which is not among the events")
                if taken.setdefault(event, name) != name or events.count(event) > 1:
                    part.refuse(f"events has {short(event)} again, expected it in one incident")
            if not events:
                part.refuse("events is empty, expected one or more")
            found[name] = {
                "name": name,
                "events": sorted(events, key=order.__getitem__),
                **_read_values(part),
            }
        return tuple(sorted(found.values(), key=lambda one: order[one["events"][0]]))

    def dump(self, row: Row, answer: Iterable[Mapping[str, Any]]) -> Row:
        """Write incidents.

        Args:
            row: the article.
            answer: incidents, or what a system returns: dictionaries with name, events and
                optionally when, where and killed.
        """
        incidents = [
            {
                "name": one["name"],
                "events": [*one["events"]],
                "when": one.get("when"),
                "where": [*(one.get("where") or [])],
                "killed": one.get("killed"),
            }
            for one in answer
        ]
        return {"id": row["id"], "incidents": incidents}

    def annotators_answer(self, row: Row, document: Document, scheme: Scheme) -> Incidents:
        """The incidents of another annotation; its SameEvent clusters if they are not derived.

        Only the events that both have count, by trigger and type.
        """
        names = matching_events(row["events"], document.events)
        told = self.told_by(document, scheme)
        kept = ({**one, "events": [names[e] for e in one["events"] if e in names]} for one in told)
        return self.parse(self.dump(row, (one for one in kept if one["events"])), row, scheme)

    def told_by(self, document: Document, scheme: Scheme) -> list[Json]:
        """The incidents of an annotated article; its SameEvent clusters if none are derived."""
        if document.incidents is not None:
            return [*self.gold(next(self.bare_rows(document, scheme, None)))]
        clusters = groups([event.id for event in document.events], document.links)
        return [{"name": f"{document.id} {ids[0]}", "events": ids} for ids in clusters]

    # Scores

    @property
    def measure(self) -> Measure:
        from eventbench.scoring.coreference import cluster_prf
        from eventbench.scoring.statistics import POOLED, Measure

        return Measure("B³ F1 of others", POOLED, lambda counts: cluster_prf(counts)[..., 0, 2])

    def statistics(self, gold: Gold, answers: Mapping[str, Incidents]) -> Statistics:
        """Count by sentence: mentions, and values in that of the incident's first event."""
        from eventbench.scoring.statistics import Statistics

        return Statistics({**incident_tables(gold, self._filed(gold, answers))}, gold.unit_articles)

    def breakdown(self, statistics: Statistics, totals: Mapping[str, Numbers]) -> Sections:
        return incident_sections(statistics, totals)

    def decisions(self, gold: Gold, answers: Mapping[str, Incidents]) -> list[Decision]:
        """The incidents that mentions are of, and values that are not equal: the wrong ones."""
        return [*incident_decisions(gold, self._filed(gold, answers), mention_marks(gold))]

    def _filed(self, gold: Gold, answers: Mapping[str, Incidents]) -> Filed:
        units = {
            (row["id"], event["id"]): gold.sentence_units[row["id"], event["sent_id"]]
            for row in gold.rows
            for event in row["events"]
        }
        right = {row["id"]: self.gold(row) for row in gold.rows}
        return Filed(right, answers, units, names_of(answers, iter(units)))


def _arguments_and_attributes(event: Event, scheme: Scheme) -> Row:
    return {
        "arguments": [
            {
                "role": a.role,
                "kind": scheme.kind(event.type, a.role),
                "number": a.number,
                "start": a.span.start,
                "end": a.span.end,
                "text": None,
            }
            for a in sorted(event.arguments, key=lambda a: (a.span, a.role, a.number))
        ],
        "attributes": [
            {"name": name, "value": event.attributes[name]}
            for name in scheme.attributes
            if name in event.attributes
        ],
    }


def _read_values(part: Fields) -> Json:
    """Read when, where and the toll of an incident; each may be absent."""
    places = part.get("where", list) if part.given("where") else []
    if not all(isinstance(place, str) for place in places):
        part.refuse(f"where is {short(places)}, expected a list of ids")
    written = {key: part.get(key, str) if part.given(key) else "" for key in ("when", "killed")}
    written["where"] = "+".join(places)
    for name, kind in QUESTIONS.items():
        value = written[name]
        wrong = wrong_value(kind, value) if value else None
        if wrong or value in (UNKNOWN, "-"):
            part.refuse(f"{name}: {wrong or f'value is {short(value)}, expected null instead'}")
        written[name] = canonical_value(kind, value) if value else ""
    return {
        "when": written["when"] or None,
        "where": written["where"].split("+") if written["where"] else [],
        "killed": written["killed"] or None,
    }
