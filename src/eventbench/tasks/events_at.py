"""Find the event of a row in another annotation of its article."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from eventbench.corpus.model import Document, Event, Sentence, Span


def event_at(row: Mapping[str, Any], document: Document) -> tuple[Event | None, Sentence | None]:
    """Find the first event with the row's trigger and type, and its sentence; None if absent."""
    first, last = row["trigger_start"], row["trigger_end"] - 1
    trigger = Span(row["token_starts"][first], row["token_ends"][last])
    for event in document.events:
        if event.trigger == trigger and event.type == row["event_type"]:
            return event, document.sentence_of(trigger)
    return None, None
