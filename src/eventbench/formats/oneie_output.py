"""What OneIE, DEGREE and TextEE predict: JSON Lines, one sentence a line, in one of three forms.

- ``event_mentions``, as in the exported file: what TextEE's ``save_predictions`` writes;
- ``pred``, a graph: the file ``result.test.json`` that OneIE writes after its training;
- ``graph``: what OneIE's ``predict.py`` writes.

A graph has ``triggers`` and ``entities`` (start, end, type) and ``roles`` (number of the
trigger, number of the entity, role). Scores and whatever else there is are ignored.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import starmap
from typing import Any

from eventbench.corpus.model import Argument, Document, Event, Sentence, Span
from eventbench.corpus.records import Fields, SentenceEvents
from eventbench.corpus.scheme import Scheme
from eventbench.errors import EventbenchError, located
from eventbench.formats.oneie import subtypes_of
from eventbench.io import short
from eventbench.tagged.differences import token_difference

Record = Mapping[str, Any]
Placed = tuple[str, Record]
"""A record with its place ("file:line")."""


def is_sentence(record: Record) -> bool:
    """Return True if a record is a sentence of these tools, not a row of a task."""
    return "id" not in record and ("wnd_id" in record or "sent_id" in record)


def predicted_sentences(
    records: Iterable[Placed], documents: Sequence[Document], scheme: Scheme
) -> Iterator[SentenceEvents]:
    """Read the events of each sentence.

    Args:
        records: the sentences, in any order.
        documents: the articles whose sentences are expected.
        scheme: the scheme of the events.

    Raises:
        EventbenchError: naming file and line, if a line is not such a sentence; if the tokens
            are not the gold's; if a type, subtype or role is not in the scheme; or if a
            sentence is missing or there twice.
    """
    known = {s.id: (document, s) for document in documents for s in document.sentences}
    places: dict[str, str] = {}
    for place, record in records:
        with located(place):
            if not is_sentence(record):
                raise EventbenchError("is not a sentence of OneIE or TextEE, as those before it")
            fields = Fields(record)
            name = fields.get("wnd_id" if "wnd_id" in record else "sent_id", str)
            if name not in known:
                example = next(iter(known), "")
                raise EventbenchError(
                    f"unknown sentence {short(name)}, expected one like {example!r} (predict the "
                    "exported file, not plain text)"
                )
            if name in places:
                raise EventbenchError(f"{short(name)} stands at {places[name]} too")
            document, sentence = known[name]
            _check_tokens(fields, document, sentence)
            events = tuple(_events(fields, sentence, scheme))
        places[name] = place
        yield SentenceEvents(place, document, sentence, events)
    missing = [name for name in known if name not in places]
    if missing:
        file = next(iter(places.values()), "").rpartition(":")[0]
        raise EventbenchError(
            f"{file}: {len(missing)} of {len(known)} sentences are missing, the first is "
            f"{missing[0]}"
        )


def _check_tokens(fields: Fields, document: Document, sentence: Sentence) -> None:
    """Compare the tokens with the gold's; without --tokens, OneIE's results have none."""
    if not fields.given("tokens"):
        return
    tokens = fields.get("tokens", list)
    expected = [token.text_in(document.text) for token in sentence.tokens]
    if tokens != expected:
        raise EventbenchError(token_difference(sentence.id, tokens, expected))


def _events(fields: Fields, sentence: Sentence, scheme: Scheme) -> Iterator[Event]:
    forms = {"event_mentions": _of_mentions, "pred": _of_graph, "graph": _of_graph}
    form = next((key for key in forms if key in fields.values), None)
    if form is None:
        fields.refuse(f"has no {' or '.join(map(repr, forms))}")
    for written, trigger, arguments in forms[form](fields, form, sentence):
        event_type, subtypes = _read_type(written, scheme)
        roles = scheme.roles_of(event_type)
        for role, _ in arguments:
            if role not in roles:
                expected = " or ".join(roles) or "none"
                fields.refuse(f"role of {event_type} is {short(role)}, expected {expected}")
        yield Event("", event_type, trigger, tuple(starmap(Argument, arguments)), subtypes)


def _read_type(written: str, scheme: Scheme) -> tuple[str, dict[str, str]]:
    """Split "Type:subtype" as `eventbench.formats.oneie` joins it."""
    event_type, *values = written.split(":")
    if event_type not in scheme.event_types:
        expected = " or ".join(scheme.event_types)
        raise EventbenchError(f"event type is {short(written)}, expected {expected}")
    open_ones = subtypes_of(event_type, scheme)
    found = {}
    for value in values:
        attribute = next((a for a in open_ones if value in a.values[event_type]), None)
        if attribute is None:
            expected = " or ".join(v for a in open_ones for v in a.values[event_type]) or "none"
            raise EventbenchError(f"subtype of {event_type} is {short(value)}, expected {expected}")
        found[attribute.name] = value
        open_ones.remove(attribute)
    return event_type, found


Unchecked = Iterator[tuple[str, Span, list[tuple[str, Span]]]]
"""Type as it is written, trigger, and role and span of each argument."""


def _of_mentions(fields: Fields, key: str, sentence: Sentence) -> Unchecked:
    entities = {}
    if fields.given("entity_mentions"):
        entities = {part.get("id", str): part for part in fields.parts("entity_mentions")}

    def place(part: Fields) -> Span:
        if not part.given("start") and part.given("entity_id"):
            part = entities.get(part.get("entity_id", str), part)
        return _span(part, part.get("start", int), part.get("end", int), sentence)

    for mention in fields.parts(key):
        arguments = [(part.get("role", str), place(part)) for part in mention.parts("arguments")]
        yield mention.get("event_type", str), place(mention.part("trigger")), arguments


def _of_graph(fields: Fields, key: str, sentence: Sentence) -> Unchecked:
    graph = fields.part(key)
    triggers, entities = (_items(graph, name, "start, end, type") for name in _NODES)
    arguments: list[list[tuple[str, Span]]] = [[] for _ in triggers]
    for number, (first, second, role) in enumerate(_items(graph, "roles", "trigger, entity, role")):
        if not (0 <= first < len(triggers) and 0 <= second < len(entities)):
            found = f"roles[{number}] joins trigger {first} and entity {second}"
            counted = f"{len(triggers)} triggers and {len(entities)} entities"
            graph.refuse(f"{found}, expected numbers from 0 below those of the {counted}")
        start, end, _ = entities[second]
        arguments[first].append((role, _span(graph, start, end, sentence)))
    for (start, end, event_type), found_arguments in zip(triggers, arguments, strict=True):
        yield event_type, _span(graph, start, end, sentence), found_arguments


_NODES = ("triggers", "entities")


def _items(graph: Fields, key: str, form: str) -> list[tuple[int, int, str]]:
    items = graph.get(key, list)
    for number, item in enumerate(items):
        if not isinstance(item, list) or [type(v) for v in item[:3]] != [int, int, str]:
            graph.refuse(f"{key}[{number}] is {short(item)}, expected [{form}]")
    return [(item[0], item[1], item[2]) for item in items]


def _span(fields: Fields, start: int, end: int, sentence: Sentence) -> Span:
    tokens = sentence.tokens
    if not 0 <= start < end <= len(tokens):
        fields.refuse(f"tokens {start}-{end}, expected 0 <= start < end <= {len(tokens)}")
    return Span(tokens[start].start, tokens[end - 1].end)
