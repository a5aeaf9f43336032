"""Extract triggers, arguments, attributes and links from the article, end to end."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any, ClassVar

from eventbench.corpus.model import SOURCE, Argument, Document, Event
from eventbench.corpus.records import (
    ArticleEvents,
    SentenceEvents,
    events_of,
    from_record,
    how_sure,
    in_reading_order,
)
from eventbench.corpus.records import to_record as events_record
from eventbench.corpus.scheme import SAME_EVENT, Scheme
from eventbench.io import Json
from eventbench.scoring.decisions import Decision
from eventbench.tasks.articles import sentence_at
from eventbench.tasks.base import Gold, HubWords, Row, Task
from eventbench.tasks.matching import by_place, event_decisions
from eventbench.tasks.same_event import CLUSTERS, cluster_scores, cluster_table, clusters
from eventbench.tasks.seen import Seen

if TYPE_CHECKING:
    from datasets import Features

    from eventbench.scoring.statistics import Measure, Numbers, Sections, Statistics, Table

Item = tuple[int, str, Hashable]
"""An item to find: unit, class, and everything else that must agree."""

HEADLINE = "AC+"


def _roles(unit: int, event: Event, *anchor: Hashable) -> Iterator[Item]:
    return ((unit, a.role, (event.type, a.span, *anchor)) for a in event.arguments)


def _fillers(unit: int, event: Event, *anchor: Hashable) -> Iterator[Item]:
    return ((unit, event.type, (a.span, *anchor)) for a in event.arguments)


MEASURES: dict[str, Callable[[int, Event], Iterable[Item]]] = {
    "TI": lambda unit, event: [(unit, "trigger", event.trigger)],
    "TC": lambda unit, event: [(unit, event.type, event.trigger)],
    "AI": _fillers,
    "AC": _roles,
    "AI+": lambda unit, event: _fillers(unit, event, event.trigger),
    "AC+": lambda unit, event: _roles(unit, event, event.trigger),
}
"""The measures of triggers and arguments and what must agree in each.

The measures are those of TextEE (Huang et al. 2024, "TextEE: Benchmark, Reevaluation,
Reflections, and Future Challenges in Event Extraction", Findings of ACL), as its
``TextEE/scorer.py`` counts them end to end (github.com/ej0cl6/TextEE, the functions
``compute_E2E_*``):

- TI: the trigger's span. TC: span and event type.
- AI: the argument's span and the event type. AC: these and the role. The trigger of that
  type to which the argument belongs does not matter.
- AI+ and AC+ ("attached"): AI and AC with the trigger's span as well.

TextEE compares within a window; ours is the sentence of the trigger, so that arguments of
events in different sentences are not confused.

One deviation: TextEE puts the tuples into sets, so that equal ones collapse in gold and
predictions. For AI and AC this drops arguments that two events of the same type share
within a window. We count each of them.

Classes: "trigger" alone for TI, where the type may differ; event types for TC, AI
and AI+; roles for AC and AC+, regardless of the event type.
"""


class Events(Task):
    """One row per article; the answer is its events and links."""

    name = "events"
    title = "Events"
    question = "From the article alone: triggers, arguments, attributes and links."
    right = "An argument is right with its role and both bounds, on the right trigger (AC+)."
    inputs = ("id", "title", "text", "sentences")
    gives_events = True
    section = "measure"
    section_title = "By measure"
    article_column = "id"
    matching: ClassVar[Mapping[str, str]] = {
        "triggers": "predicted",
        "measure": HEADLINE,
        "matching": "exact spans, multisets",
    }
    hub = HubWords(
        "token-classification",
        "whole events, end to end",
        "f1",
        "micro F1 of AC+, arguments with their role on the right trigger",
    )

    # Rows

    def features(self, scheme: Scheme) -> Features:
        from datasets import ClassLabel, Features, List, Value

        text, integer = Value("string"), Value("int32")
        span = {"start": integer, "end": integer, "text": text}
        tokens = {"token_starts": List(integer), "token_ends": List(integer)}
        argument = {"role": text, "number": integer, **span}
        event = {
            "id": text,
            "type": ClassLabel(names=list(scheme.event_types)),
            "trigger": span,
            "arguments": List({**argument, **_struct(scheme.span_attributes)}),
            **_struct(scheme.attributes),
            "source": span,
            "note": text,
        }
        return Features(
            {
                "id": text,
                "title": text,
                "text": text,
                "sentences": List({"id": text, "start": integer, "end": integer, **tokens}),
                "events": List(event),
                "links": List({"type": text, "first": text, "second": text}),
            }
        )

    def scheme_text(self, scheme: Scheme) -> str:
        links = [(name, *map(sorted, ends)) for name, ends in scheme.links.items()]
        attributes = [(a.name, a.labels()) for a in scheme.attributes.values()]
        return repr((scheme.roles, attributes, links))

    def bare_rows(self, document: Document, scheme: Scheme, seen: Seen | None) -> Iterator[Row]:
        record = events_record(events_of(document), scheme)
        yield {
            "id": document.id,
            "title": None,
            "text": None,
            "sentences": [
                {
                    "id": sentence.id,
                    "start": sentence.span.start,
                    "end": sentence.span.end,
                    "token_starts": [t.start for t in sentence.tokens],
                    "token_ends": [t.end for t in sentence.tokens],
                }
                for sentence in document.sentences
            ],
            "events": [_with_words(e, lambda start, end: None) for e in record["events"]],
            "links": record["links"],
        }

    def fill_in(self, row: Row, text: str, title: str) -> Row:
        events = [_with_words(e, lambda start, end: text[start:end]) for e in row["events"]]
        return {**row, "title": title, "text": text, "events": events}

    # Answers

    def gold(self, row: Row) -> Json:
        return {"events": row["events"], "links": row["links"]}

    def parse(self, record: Mapping[str, Any], row: Row, scheme: Scheme) -> ArticleEvents:
        return from_record(record, row["text"], scheme)

    def dump(self, row: Row, answer: ArticleEvents | Mapping[str, Any]) -> Row:
        """Write events in reading order, renumbered and without words.

        Args:
            row: the article.
            answer: events, or what a system returns: a dictionary with ``events`` and
                optionally ``links``, in the form of `eventbench.corpus.records`.
        """
        if not isinstance(answer, ArticleEvents):
            return {"links": [], **answer, "id": row["id"]}
        return {"id": row["id"], **compact_record(in_reading_order(answer, "e"))}

    def check(self, row: Row, answer: Any, scheme: Scheme) -> ArticleEvents:
        """Check the answer of a system, and keep what is not scored, such as sources and values."""
        if not isinstance(answer, ArticleEvents):
            checked: ArticleEvents = super().check(row, answer, scheme)
            return checked
        record = events_record(in_reading_order(answer, "e"), scheme)
        return from_record(record, row["text"], scheme)

    def said(self, row: Row, answer: ArticleEvents) -> Sequence[Hashable]:
        place = {event.id: (event.type, event.trigger) for event in answer.events}
        found: list[Hashable] = list(place.values())
        for event in answer.events:
            found += [(place[event.id], a.role, a.span) for a in event.arguments]
            found += [(place[event.id], name, value) for name, value in event.attributes.items()]
        # Scores read clusters, whichever links join them, and no links of other types.
        return [*found, *(pair for cluster in clusters(answer) for pair in pairwise(cluster))]

    def annotators_answer(self, row: Row, document: Document, scheme: Scheme) -> ArticleEvents:
        return events_of(document)

    def records_of(self, sentences: Iterable[SentenceEvents]) -> Iterator[tuple[str, Row]]:
        places: dict[str, str] = {}
        events: dict[str, list[Event]] = {}
        for found in sentences:
            places.setdefault(found.document.id, found.place)
            of_article = events.setdefault(found.document.id, [])
            for event in found.events:
                of_article.append(replace(event, id=f"e{len(of_article) + 1}"))
        for article, of_article in events.items():
            answer = ArticleEvents(tuple(of_article))
            yield places[article], self.dump({"id": article}, answer)

    def to_events(
        self, rows: Sequence[Row], answers: Sequence[ArticleEvents], scheme: Scheme
    ) -> dict[str, ArticleEvents]:
        return {row["id"]: found for row, found in zip(rows, answers, strict=True)}

    # Scores

    @property
    def measure(self) -> Measure:
        from eventbench.scoring.counts import micro_f1
        from eventbench.scoring.statistics import POOLED, Measure

        return Measure(f"micro-F1 of {HEADLINE}", POOLED, micro_f1)

    def statistics(self, gold: Gold, answers: Mapping[str, ArticleEvents]) -> Statistics:
        """Count by sentence; an event belongs to the sentence of its trigger.

        A trigger outside all sentences belongs to the last sentence that begins before it.
        """
        from eventbench.scoring.statistics import POOLED, Statistics, tally

        scheme, units = gold.scheme, gold.sentence_units
        ours: list[tuple[int, Event]] = []
        theirs: list[tuple[int, Event]] = []
        for document in gold.documents:
            starts = [sentence.span.start for sentence in document.sentences]
            for events, found in (
                (document.events, ours),
                (answers[document.id].events, theirs),
            ):
                for event in events:
                    sentence = sentence_at(starts, event.trigger.start)
                    found.append((units[document.id, sentence], event))
        classes = {
            "TI": ("trigger",),
            **dict.fromkeys(("TC", "AI", "AI+"), scheme.event_types),
            **dict.fromkeys(("AC", "AC+"), scheme.argument_roles()),
        }
        tables = {
            name: tally(_items(ours, items), _items(theirs, items), classes[name], len(units))
            for name, items in MEASURES.items()
        }
        tables = {POOLED: tables[HEADLINE].pooled(), **tables}
        tables.update(_attribute_tables(ours, theirs, scheme, len(units)))
        if SAME_EVENT in scheme.links:
            tables[CLUSTERS] = cluster_table(gold, answers)
        return Statistics(tables, gold.unit_articles)

    def breakdown(self, statistics: Statistics, totals: Mapping[str, Numbers]) -> Sections:
        from eventbench.scoring.coreference import conll_f1
        from eventbench.scoring.statistics import (
            Score,
            accuracy_score,
            average_scores,
            class_scores,
            macro_score,
            score_of,
        )

        by_measure = {name: score_of(totals[name].sum(axis=0)) for name in MEASURES}
        macros = {}
        for name in statistics.tables:
            if name.startswith(_ATTRIBUTE):
                attribute = name.removeprefix(_ATTRIBUTE)
                by_measure[f"{attribute} accuracy"] = accuracy_score(totals[name])
                macros[f"{attribute} macro F1"] = macro_score(totals[name])
        clusters: dict[str, Score] = {}
        if CLUSTERS in totals:
            pooled = float(conll_f1(totals[CLUSTERS]))
            clusters = cluster_scores(totals[CLUSTERS])
            by_measure["CoNLL"] = Score(pooled, pooled, pooled, clusters["b3"].support)
        names, roles = statistics.tables[HEADLINE].names, totals[HEADLINE]
        sections = {
            self.section: by_measure,
            "attribute of matched triggers": macros,
            CLUSTERS: clusters,
            "role": class_scores(roles, names),
            "average": average_scores(roles, names),
        }
        return {name: scores for name, scores in sections.items() if scores}

    def decisions(self, gold: Gold, answers: Mapping[str, ArticleEvents]) -> list[Decision]:
        """Wrong triggers; of events whose trigger is exact, wrong arguments and all attributes.

        The arguments of a wrong trigger are wrong with it, and are not listed one by one.
        """
        return [
            decision
            for document in gold.documents
            for decision in event_decisions(document, answers[document.id].events, gold.scheme)
        ]


def _struct(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """The column of attributes; left out if there are none, as Parquet has no empty structs."""
    from datasets import Value

    return {"attributes": dict.fromkeys(attributes, Value("string"))} if attributes else {}


def _with_words(event: Json, words: Callable[[int, int], str | None]) -> Json:
    """Add ``text`` to each span of an event record, and remove empty structs."""

    def span(found: Json) -> Json:
        return {**found, "text": words(found["start"], found["end"])}

    arguments = (span(argument) for argument in event["arguments"])
    event = {
        **event,
        "trigger": span(event["trigger"]),
        "arguments": [{k: v for k, v in a.items() if k != "attributes" or v} for a in arguments],
        "source": None if event["source"] is None else span(event["source"]),
    }
    return {k: v for k, v in event.items() if k != "attributes" or v}


def compact_record(found: ArticleEvents, *, with_values: bool = False) -> Json:
    """Reduce the record of predicted events to what is scored, and how sure the system is.

    Args:
        found: the events.
        with_values: keep the values of arguments too.
    """

    def argument(a: Argument) -> Json:
        value = {"value": a.value} if with_values and a.value is not None else {}
        return {"role": a.role, "start": a.span.start, "end": a.span.end, **value}

    def event(e: Event) -> Json:
        arguments = [argument(a) for a in e.arguments]
        return {
            "id": e.id,
            "type": e.type,
            "trigger": {"start": e.trigger.start, "end": e.trigger.end},
            "arguments": arguments,
            "attributes": dict(sorted(e.attributes.items())),
            **_source(e),
            **how_sure(e),
        }

    return {
        "events": [event(e) for e in found.events],
        "links": [{"type": k.type, "first": k.first, "second": k.second} for k in found.links],
    }


def _source(event: Event) -> Json:
    """The source, where its probability says something of it; it is scored by another task."""
    if event.source is None or SOURCE not in event.probabilities:
        return {}
    return {"source": {"start": event.source.start, "end": event.source.end}}


def _items(
    events: Iterable[tuple[int, Event]], items: Callable[[int, Event], Iterable[Item]]
) -> Iterator[Item]:
    for unit, event in events:
        yield from items(unit, event)


_ATTRIBUTE = "attribute "


def _attribute_tables(
    gold: Iterable[tuple[int, Event]],
    predicted: Iterable[tuple[int, Event]],
    scheme: Scheme,
    units: int,
) -> dict[str, Table]:
    """Compare the attributes of gold events whose trigger and type were predicted.

    "Correct" over "gold" is the accuracy: a missing prediction is wrong, and attributes
    that are undecided in the gold are not compared.
    """
    from eventbench.scoring.statistics import tally

    predicted_at = by_place(predicted, scheme)
    pairs = [
        (place[0], pair)
        for place, events in by_place(gold, scheme).items()
        for pair in zip(events, predicted_at.get(place, []), strict=False)
    ]
    result = {}
    for name, attribute in scheme.attributes.items():
        sides: tuple[list[Item], list[Item]] = ([], [])
        for number, (unit, pair) in enumerate(pairs):
            if name not in pair[0].attributes:
                continue
            for event, items in zip(pair, sides, strict=True):
                value = event.attributes.get(name)
                if value is not None:
                    items.append((unit, attribute.label(event.type, value), number))
        result[f"{_ATTRIBUTE}{name}"] = tally(*sides, attribute.labels(), units)
    return result
