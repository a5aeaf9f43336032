"""Columns that tasks share whose rows are articles, or show one."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from eventbench.corpus.model import Document, Event, Span
from eventbench.scoring.decisions import EVENT, Mark
from eventbench.tasks.base import Row


def sentence_bounds(document: Document) -> list[Row]:
    """Make the column of an article's sentences: id and offsets of each."""
    return [{"id": s.id, "start": s.span.start, "end": s.span.end} for s in document.sentences]


def sentence_bounds_feature() -> Any:
    """The type of `sentence_bounds`."""
    from datasets import List, Value

    return List({"id": Value("string"), "start": Value("int32"), "end": Value("int32")})


def sentence_at(starts: Sequence[int], offset: int) -> int:
    """The number of the last sentence that begins at or before an offset; the first if none does.

    Args:
        starts: where the sentences begin, in reading order.
        offset: a place in the article.
    """
    return max(0, bisect_right(starts, offset) - 1)


def in_reading_order(events: Iterable[Event]) -> list[Event]:
    """Sort the events of an article by trigger."""
    return sorted(events, key=lambda event: (event.trigger, event.type))


def given_events(document: Document) -> Iterator[tuple[Row, Event]]:
    """Yield the columns of each event in reading order, without its words, and the event.

    A trigger outside all sentences belongs to the last sentence that begins before it.
    """
    starts = [sentence.span.start for sentence in document.sentences]
    for event in in_reading_order(document.events):
        trigger = event.trigger
        row = {
            "id": event.id,
            "type": event.type,
            "sent_id": sentence_at(starts, trigger.start),
            "trigger": {"start": trigger.start, "end": trigger.end, "text": None},
        }
        yield row, event


def given_event_features() -> dict[str, Any]:
    """The types of the columns of `given_events`."""
    from datasets import Value

    text, integer = Value("string"), Value("int32")
    return {
        "id": text,
        "type": text,
        "sent_id": integer,
        "trigger": {"start": integer, "end": integer, "text": text},
    }


def with_words(span: Row, text: str) -> Row:
    """Fill in the words of a span."""
    return {**span, "text": text[span["start"] : span["end"]]}


def event_mark(row: Row, event: Row, side: str = EVENT) -> Mark:
    """The trigger of a given event of an article's row."""
    trigger = event["trigger"]
    return Mark(side, row["id"], Span(trigger["start"], trigger["end"]), event["type"])


def fill_in_article(row: Row, text: str, title: str) -> Row:
    """Fill in title and text of an article, and the words of its events' triggers."""
    events = [{**event, "trigger": with_words(event["trigger"], text)} for event in row["events"]]
    return {**row, "title": title, "text": text, "events": events}


def matching_events(events: Sequence[Row], others: Iterable[Event]) -> dict[str, str]:
    """Match the events of a row with others of the article, one to one.

    Returns:
        The id in the row by the id of the other event, for those with equal trigger and type.
    """
    ours: defaultdict[tuple[int, int, str], list[str]] = defaultdict(list)
    for event in events:
        place = event["trigger"]["start"], event["trigger"]["end"], event["type"]
        ours[place].append(event["id"])
    names = {}
    for found in in_reading_order(others):
        if same := ours[found.trigger.start, found.trigger.end, found.type]:
            names[found.id] = same.pop(0)
    return names
