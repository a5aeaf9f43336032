"""Passages: the sentence of an event between its neighbours, as words with offsets."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

from eventbench import Document, Event, Sentence, Span

Row = dict[str, Any]

REACH = 150
"""Words kept on each side of a trigger; arguments farther away are not searched for."""
NEAR = 40
"""Words kept of each neighbouring sentence, those nearest to the event's."""

WORD = re.compile(r"\w+(?:[-'’.]\w+)*|[^\w\s]")
"""Words of sentences whose tokens are not given."""


class Word(NamedTuple):
    """A token and its position in the article."""

    text: str
    start: int
    end: int

    @property
    def span(self) -> Span:
        return Span(self.start, self.end)


Words = tuple[Word, ...]


@dataclass(frozen=True)
class Passage:
    """What the network reads to find the details of an event.

    Attributes:
        before: words of the sentence before, at most `NEAR`; empty if it is not known.
        sentence: all words of the event's sentence.
        behind: words of the sentence after, at most `NEAR`; empty if it is not known.
        first: index in ``sentence`` of the trigger's first word.
        last: index after its last word.
        event_type: its type.
    """

    before: Words
    sentence: Words
    behind: Words
    first: int
    last: int
    event_type: str

    @property
    def trigger(self) -> Span:
        return Span(self.sentence[self.first].start, self.sentence[self.last - 1].end)


def passages_of_document(document: Document) -> Iterator[tuple[Event, Passage]]:
    """Yield each event with its passage; triggers that are not whole tokens are left out."""
    sentences = [
        tuple(Word(t.text_in(document.text), t.start, t.end) for t in sentence.tokens)
        for sentence in document.sentences
    ]
    for number, sentence in enumerate(document.sentences):
        starts = {token.start: k for k, token in enumerate(sentence.tokens)}
        ends = {token.end: k for k, token in enumerate(sentence.tokens, 1)}
        for event in document.events_in(sentence):
            place = starts.get(event.trigger.start), ends.get(event.trigger.end)
            if place[0] is not None and place[1] is not None:
                around = dict(enumerate(sentences))
                yield event, _passage(around, number, place[0], place[1], event.type)


def passages_of_rows(rows: Sequence[Row]) -> list[Passage]:
    """The passages of rows about events.

    Neighbouring sentences are those of the article where rows have it, else those of other
    rows.
    """
    known: dict[str, dict[int, Words]] = {}
    for row in rows:
        tokens = zip(row["tokens"], row["token_starts"], row["token_ends"], strict=True)
        known.setdefault(row["doc_id"], {})[row["sent_id"]] = tuple(map(Word._make, tokens))
    passages = []
    for row in rows:
        sentences, number = known[row["doc_id"]], row["sent_id"]
        for other in (number - 1, number + 1):
            if other not in sentences and 0 <= other < len(row.get("sentences", ())):
                sentences[other] = _words(row["article_text"], row["sentences"][other])
        place = row["trigger_start"], row["trigger_end"], row["event_type"]
        passages.append(_passage(sentences, number, *place))
    return passages


def _words(text: str, sentence: Row, cuts: Iterable[int] = ()) -> Words:
    """The words of a sentence, cut where an event's trigger begins or ends inside one."""
    found = []
    for match in WORD.finditer(text, sentence["start"], sentence["end"]):
        inside = {cut for cut in cuts if match.start() < cut < match.end()}
        bounds = sorted({match.start(), match.end(), *inside})
        found += [Word(text[a:b], a, b) for a, b in pairwise(bounds)]
    return tuple(found)


def article_with_events(row: Row) -> Document:
    """The article of a row with given events, whose tokens are not given, as for links."""
    events = tuple(
        Event(e["id"], e["type"], Span(e["trigger"]["start"], e["trigger"]["end"]))
        for e in row["events"]
    )
    cuts = {end for event in events for end in (event.trigger.start, event.trigger.end)}
    sentences = tuple(
        Sentence(
            sentence["id"],
            Span(sentence["start"], sentence["end"]),
            tuple(word.span for word in _words(row["text"], sentence, cuts)),
        )
        for sentence in row["sentences"]
    )
    return Document(row["id"], row["id"], row["text"], sentences, events)


def _passage(
    sentences: Mapping[int, Words], number: int, first: int, last: int, event_type: str
) -> Passage:
    before, behind = sentences.get(number - 1, ()), sentences.get(number + 1, ())
    return Passage(before[-NEAR:], sentences[number], behind[:NEAR], first, last, event_type)
