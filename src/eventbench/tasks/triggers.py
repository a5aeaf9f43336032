"""Find the words that name events, and the types of the events."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from eventbench.corpus.iob2 import from_iob2, tagged_sentences, to_iob2, trigger_tags
from eventbench.corpus.model import Document, Event, Span
from eventbench.corpus.records import ArticleEvents, SentenceEvents
from eventbench.corpus.scheme import Scheme
from eventbench.errors import EventbenchError
from eventbench.tasks.base import (
    SENTENCE_COLUMNS,
    HubWords,
    Row,
    sentence_columns,
    sentence_features,
)
from eventbench.tasks.seen import Seen
from eventbench.tasks.tagging import TaggingTask, Tags

if TYPE_CHECKING:
    from datasets import Features


class Triggers(TaggingTask):
    """One row per sentence; the tags are event types."""

    name = "triggers"
    title = "Triggers"
    question = "Find the words that name an event, and say of which type it is."
    right = "A trigger is right with its type and both bounds."
    inputs = SENTENCE_COLUMNS
    gives_events = True
    section = "type"
    section_title = "By type"
    hub = HubWords(
        "token-classification",
        "event triggers",
        "f1",
        "micro F1 of triggers, strict span and type",
    )

    def classes(self, scheme: Scheme) -> tuple[str, ...]:
        return scheme.event_types

    def features(self, scheme: Scheme) -> Features:
        from datasets import ClassLabel, Features, List, Value

        return Features(
            {
                **sentence_features(),
                "ner_tags": List(ClassLabel(names=self.labels(scheme))),
                "near_duplicates": List(Value("string")),
                "triggers_seen": List(Value("bool")),
            }
        )

    def bare_rows(self, document: Document, scheme: Scheme, seen: Seen | None) -> Iterator[Row]:
        for index, (sentence, tags) in enumerate(tagged_sentences(document)):
            yield {
                **sentence_columns(document, index, sentence),
                "ner_tags": tags,
                **(seen.of_sentence(document, sentence) if seen else {}),
            }

    def annotators_answer(self, row: Row, document: Document, scheme: Scheme) -> Tags:
        return trigger_tags(document, document.sentences[row["sent_id"]])

    def records_of(self, sentences: Iterable[SentenceEvents]) -> Iterator[tuple[str, Row]]:
        for found in sentences:
            text, sentence = found.document.text, found.sentence
            # A word may name two events of one type, which is one tag.
            tags, left_out = to_iob2(sentence, {(e.type, e.trigger) for e in found.events})
            if left_out:
                label, span = left_out[0]
                raise EventbenchError(
                    f"{found.place}: trigger {span.text_in(text)!r} ({label}) overlaps another, so "
                    "tags cannot hold it: score whole events instead (see --task)"
                )
            tokens = [token.text_in(text) for token in sentence.tokens]
            yield found.place, self.dump({"id": sentence.id, "tokens": tokens}, tags)

    def to_events(
        self, rows: Sequence[Row], answers: Sequence[Tags], scheme: Scheme
    ) -> dict[str, ArticleEvents]:
        events: dict[str, list[Event]] = {}
        for row, tags in zip(rows, answers, strict=True):
            found = events.setdefault(row["doc_id"], [])
            for event_type, first, last in from_iob2(tags):
                trigger = Span(row["token_starts"][first], row["token_ends"][last - 1])
                found.append(Event(f"E{len(found) + 1}", event_type, trigger))
        return {article: ArticleEvents(tuple(found)) for article, found in events.items()}
