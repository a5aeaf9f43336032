"""Find who says that a given event happened: the author, or the source that the text names."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from eventbench.corpus.loading import Corpus
from eventbench.corpus.model import Document, Event, Span
from eventbench.corpus.records import Fields
from eventbench.corpus.scheme import ATTRIBUTED, AUTHOR, REPORTED, Scheme
from eventbench.scoring.decisions import GOLD, PREDICTED, Decision, Mark
from eventbench.tasks.articles import sentence_bounds, sentence_bounds_feature, with_words
from eventbench.tasks.base import (
    EVENT_COLUMNS,
    Gold,
    HubWords,
    Row,
    Task,
    event_columns,
    event_features,
    trigger_mark,
)
from eventbench.tasks.events_at import event_at
from eventbench.tasks.seen import Seen

if TYPE_CHECKING:
    from datasets import Features

    from eventbench.scoring.statistics import Measure, Numbers, Sections, Statistics

Json = dict[str, Any]
"""An answer: ``reported`` is "author" or "attributed"; ``source`` has start and end, or is None."""

EXACT, OVERLAPPING, UNNAMED = "exact source", "overlapping source", "no source named"
DECISIONS = (AUTHOR, ATTRIBUTED, EXACT, OVERLAPPING, UNNAMED)
"""The names of the section "decision"."""


class Attribution(Task):
    """One row per event, with the article, since a source may be named in another sentence.

    The headline is the F1 of exact source spans, pooled over events. Most events are told by
    the author: accuracy would reward saying so of every event, which here scores 0. A source
    that is named for an event of the author, or of an unnamed source, is an error. The
    section "decision" has the coarser questions: author or attributed, any overlap with the
    source, and attributed without a named source.
    """

    name = "attribution"
    title = "Attribution"
    question = "Find who says that a given event happened: the author or a source in the article."
    right = "A source is right with both bounds."
    inputs = (*EVENT_COLUMNS, "article_text", "sentences")
    section = "decision"
    section_title = "By decision"
    matching: ClassVar[Mapping[str, str]] = {
        "sources_of": "gold events",
        "matching": "exact spans",
    }
    hub = HubWords(
        "token-classification",
        "sources of given events",
        "f1",
        "micro F1 of sources, exact span",
    )

    def applies(self, corpus: Corpus) -> bool:
        return any(event.source for document in corpus.documents for event in document.events)

    # Rows

    def features(self, scheme: Scheme) -> Features:
        from datasets import ClassLabel, Features, Value

        text, integer = Value("string"), Value("int32")
        return Features(
            {
                **event_features(scheme),
                "article_text": text,
                "sentences": sentence_bounds_feature(),
                "reported": ClassLabel(names=[AUTHOR, ATTRIBUTED]),
                "source": {"start": integer, "end": integer, "text": text},
            }
        )

    def scheme_text(self, scheme: Scheme) -> str:
        return ""  # the rows have all that is used

    def section_names(self, scheme: Scheme) -> Sequence[str]:
        return DECISIONS

    def bare_rows(self, document: Document, scheme: Scheme, seen: Seen | None) -> Iterator[Row]:
        sentences = sentence_bounds(document)
        for row, others, _, event in event_columns(document, seen):
            answer = _answer(event)
            source = answer["source"]
            yield {
                **row,
                **others,
                "article_text": None,
                "sentences": sentences,
                "reported": answer["reported"],
                "source": None if source is None else {**source, "text": None},
            }

    def fill_in(self, row: Row, text: str, title: str) -> Row:
        source = row["source"]
        if source is not None:
            source = with_words(source, text)
        return {**super().fill_in(row, text, title), "article_text": text, "source": source}

    # Answers

    def gold(self, row: Row) -> Json:
        return {"reported": row["reported"], "source": _bounds(row["source"])}

    def parse(self, record: Mapping[str, Any], row: Row, scheme: Scheme) -> Json:
        fields = Fields(record)
        reported = fields.choice("reported", (AUTHOR, ATTRIBUTED))
        if not fields.given("source"):
            return {"reported": reported, "source": None}
        span = fields.part("source").span(row["article_text"])
        if reported == AUTHOR:
            fields.refuse(f"has a source, expected reported to be {ATTRIBUTED!r} or source null")
        return {"reported": reported, "source": {"start": span.start, "end": span.end}}

    def dump(self, row: Row, answer: Mapping[str, Any]) -> Row:
        source = _bounds(answer.get("source"))
        return {"id": row["id"], "reported": answer["reported"], "source": source}

    def said(self, row: Row, answer: Mapping[str, Any]) -> Sequence[Hashable]:
        return [(answer["reported"], _span(answer))]

    def annotators_answer(self, row: Row, document: Document, scheme: Scheme) -> Json:
        event, _ = event_at(row, document)
        return _answer(event) if event else {"reported": AUTHOR, "source": None}

    # Scores

    @property
    def measure(self) -> Measure:
        from eventbench.scoring.counts import micro_f1
        from eventbench.scoring.statistics import POOLED, Measure

        return Measure("micro-F1 of sources", POOLED, micro_f1)

    def statistics(self, gold: Gold, answers: Mapping[str, Json]) -> Statistics:
        """Count sources by event type, and decisions; the units are sentences."""
        from eventbench.scoring.statistics import POOLED, Statistics, tally

        units = gold.sentence_units
        sources: tuple[list[Any], list[Any]] = ([], [])
        decisions: tuple[list[Any], list[Any]] = ([], [])
        for row in gold.rows:
            unit = units[row["doc_id"], row["sent_id"]]
            pair = self.gold(row), answers[row["id"]]
            right = _span(pair[0])
            for answer, found, decided in zip(pair, sources, decisions, strict=True):
                span, item = _span(answer), row["id"]
                decided.append((unit, answer["reported"], item))
                if span is not None:
                    found.append((unit, row["event_type"], (item, span)))
                    touches = right is not None and span.overlaps(right)
                    decided += [(unit, EXACT, (item, span)), (unit, OVERLAPPING, (item, touches))]
                elif answer["reported"] == ATTRIBUTED:
                    decided.append((unit, UNNAMED, item))
        by_type = tally(*sources, gold.scheme.event_types, len(units))
        tables = {
            POOLED: by_type.pooled(),
            self.section: tally(*decisions, DECISIONS, len(units)),
            "type": by_type,
        }
        return Statistics(tables, gold.unit_articles)

    def breakdown(self, statistics: Statistics, totals: Mapping[str, Numbers]) -> Sections:
        from eventbench.scoring.statistics import accuracy_score, average_scores, class_scores

        names, counts = statistics.tables[self.section].names, totals[self.section]
        types = statistics.tables["type"].names
        either = [names.index(AUTHOR), names.index(ATTRIBUTED)]
        return {
            self.section: {
                **class_scores(counts, names),
                "author or attributed, accuracy": accuracy_score(counts[either]),
            },
            "type": class_scores(totals["type"], types),
            "average": average_scores(totals["type"], types),
        }

    def decisions(self, gold: Gold, answers: Mapping[str, Json]) -> list[Decision]:
        """Who says so; and where both name a source, the wrong ones."""
        found = []
        for row in gold.rows:
            pair = self.gold(row), answers[row["id"]]
            right, said = map(_decision, pair)
            spans = [_span(answer) for answer in pair]
            marks = (
                trigger_mark(row),
                *(
                    Mark(side, row["doc_id"], span, "source")
                    for side, span in zip((GOLD, PREDICTED), spans, strict=True)
                    if span
                ),
            )
            found.append(Decision("reported", right, said, row["id"], marks, right == said))
            if spans[0] and spans[1] and spans[0] != spans[1]:
                said = "other bounds" if spans[0].overlaps(spans[1]) else "another source"
                found.append(Decision("source", "the source", said, row["id"], marks))
        return found


def _answer(event: Event) -> Json:
    """Who says so, according to an annotation; where a source is named, it is attributed."""
    if event.source is not None:
        source = {"start": event.source.start, "end": event.source.end}
        return {"reported": ATTRIBUTED, "source": source}
    reported = AUTHOR if event.attributes.get(REPORTED, AUTHOR) == AUTHOR else ATTRIBUTED
    return {"reported": reported, "source": None}


def _bounds(source: Mapping[str, Any] | None) -> Json | None:
    return None if source is None else {"start": source["start"], "end": source["end"]}


def _span(answer: Mapping[str, Any]) -> Span | None:
    source = answer["source"]
    return None if source is None else Span(source["start"], source["end"])


def _decision(answer: Mapping[str, Any]) -> str:
    if answer["reported"] == AUTHOR:
        return AUTHOR
    return UNNAMED if answer["source"] is None else "source named"
