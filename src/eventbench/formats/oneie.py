"""The JSON Lines of OneIE, DEGREE and TextEE: one sentence a line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from eventbench.corpus.iob2 import tagged_sentences
from eventbench.corpus.loading import Corpus
from eventbench.corpus.model import Document, Event, Sentence, Span
from eventbench.corpus.scheme import Attribute, Scheme
from eventbench.errors import EventbenchError
from eventbench.formats.base import Format
from eventbench.io import Json, json_lines, write_whole

Place = Callable[[Span], Json]
"""Gives the text of a span, and its start and end in tokens of the sentence."""


def write(corpus: Corpus, out: Path) -> None:
    """Write a sentence a line, with the names that OneIE, DEGREE and TextEE read.

    - Every ``start`` and ``end`` counts tokens of the sentence, half-open; every
      ``text`` is the article's, so a no-break space between two tokens stays one.
    - ``event_type`` is the type, then after a colon the values that divide the type
      ("Type:subtype", as in ACE). An undecided one is left out.
    - ``entity_type`` is the kind of role filler. A span is an entity once for each
      kind. ``mention_type`` is always "UNK", OneIE's value for a mention not known to be
      a name, a noun or a pronoun.
    - OneIE reads ``sent_id`` and ``sentence`` where the others read ``wnd_id`` and
      ``text``; all four are written.

    These tools have no field for other attributes, sources, numbers of roles, notes and
    links, which are left out. So are ``pieces`` and ``token_lens``, which depend on an
    encoder: TextEE computes them itself, the preprocessing of OneIE and DEGREE adds them.

    Raises:
        EventbenchError: if a trigger or argument is not made of whole tokens of one
            sentence, if triggers overlap, or if ``out`` cannot be written.
    """
    lines = (
        _sentence(document, sentence, corpus)
        for document in corpus.documents
        for sentence, _ in tagged_sentences(document)
    )
    write_whole(out, json_lines(lines))


ONEIE = Format("oneie", "triggers and arguments, for OneIE, DEGREE and TextEE", write, ".json")


def _sentence(document: Document, sentence: Sentence, corpus: Corpus) -> Json:
    scheme = corpus.scheme
    place = _placed_in(document, sentence)
    events = list(document.events_in(sentence))
    fillers = sorted({(a.span, scheme.kind(e.type, a.role)) for e in events for a in e.arguments})
    entities = {
        (span, kind): {
            "id": f"{sentence.id}-E{number}",
            **place(span),
            "entity_type": kind,
            "mention_type": "UNK",
        }
        for number, (span, kind) in enumerate(fillers)
    }
    mentions = []
    for number, event in enumerate(events):
        arguments = [
            {
                "entity_id": entities[a.span, scheme.kind(event.type, a.role)]["id"],
                "role": a.role,
                **place(a.span),
            }
            for a in event.arguments
        ]
        mentions.append(
            {
                "id": f"{sentence.id}-EV{number}",
                "event_type": _event_type(event, scheme),
                "trigger": place(event.trigger),
                "arguments": arguments,
            }
        )
    text = sentence.span.text_in(document.text)
    return {
        "doc_id": document.id,
        "wnd_id": sentence.id,
        "sent_id": sentence.id,
        "lang": corpus.info.language,
        "text": text,
        "sentence": text,
        "tokens": [token.text_in(document.text) for token in sentence.tokens],
        "entity_mentions": list(entities.values()),
        "relation_mentions": [],
        "event_mentions": mentions,
    }


def _placed_in(document: Document, sentence: Sentence) -> Place:
    firsts = {token.start: i for i, token in enumerate(sentence.tokens)}
    ends = {token.end: i + 1 for i, token in enumerate(sentence.tokens)}

    def place(span: Span) -> Json:
        written = span.text_in(document.text)
        if span.start not in firsts or span.end not in ends:
            raise EventbenchError(
                f"{document.stem}.ann: {written!r} ({span.start}-{span.end}) is not made of "
                f"whole tokens of sentence {sentence.id}"
            )
        return {"text": written, "start": firsts[span.start], "end": ends[span.end]}

    return place


def _event_type(event: Event, scheme: Scheme) -> str:
    given = event.attributes
    names = [attribute.name for attribute in subtypes_of(event.type, scheme)]
    return ":".join([event.type, *(given[name] for name in names if name in given)])


def subtypes_of(event_type: str, scheme: Scheme) -> list[Attribute]:
    """The attributes that divide a type, in the order in which they follow it."""
    return [a for a in scheme.attributes_of(event_type) if a.by_type and not a.is_flag]
