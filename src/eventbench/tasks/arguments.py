"""Find who, whom, where, when and how many of events whose triggers are given."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, ClassVar

from eventbench.corpus.iob2 import OUTSIDE, to_iob2
from eventbench.corpus.model import Document
from eventbench.corpus.scheme import Scheme
from eventbench.tasks.base import (
    EVENT_COLUMNS,
    HubWords,
    Row,
    event_columns,
    event_features,
)
from eventbench.tasks.events_at import event_at
from eventbench.tasks.seen import Seen
from eventbench.tasks.tagging import TaggingTask, Tags

if TYPE_CHECKING:
    from datasets import Features


class Arguments(TaggingTask):
    """One row per event; the tags are roles."""

    name = "arguments"
    title = "Arguments"
    question = "Find who, whom, where, when and how many of events whose triggers are given."
    right = "An argument is right with its role and both bounds."
    inputs = EVENT_COLUMNS
    section = "role"
    section_title = "By role"
    matching: ClassVar[Mapping[str, str]] = {
        "arguments_on": "gold triggers",
        **TaggingTask.matching,
    }
    hub = HubWords(
        "token-classification",
        "event arguments of given triggers",
        "f1",
        "micro F1 of arguments, strict span and role",
    )

    def classes(self, scheme: Scheme) -> tuple[str, ...]:
        return scheme.argument_roles()

    def features(self, scheme: Scheme) -> Features:
        from datasets import ClassLabel, Features, List

        tags = List(ClassLabel(names=self.labels(scheme)))
        return Features({**event_features(scheme), "ner_tags": tags})

    def bare_rows(self, document: Document, scheme: Scheme, seen: Seen | None) -> Iterator[Row]:
        for row, others, sentence, event in event_columns(document, seen):
            tags, _ = to_iob2(sentence, [(a.role, a.span) for a in event.arguments])
            yield {**row, **others, "ner_tags": tags}

    def annotators_answer(self, row: Row, document: Document, scheme: Scheme) -> Tags:
        event, sentence = event_at(row, document)
        if event is None or sentence is None:
            return [OUTSIDE] * len(row["token_starts"])
        return to_iob2(sentence, [(a.role, a.span) for a in event.arguments])[0]


def arguments_left_out(document: Document) -> list[str]:
    """List the arguments of an article that flat tags cannot represent."""
    return [
        f"{document.id}-{event.id}: {role} {span.text_in(document.text)!r}"
        for sentence in document.sentences
        for event in document.events_in(sentence)
        for role, span in to_iob2(sentence, [(a.role, a.span) for a in event.arguments])[1]
    ]
