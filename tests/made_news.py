"""Made-up articles with events, to be joined."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from eventbench.corpus.model import Argument, Document, Event, Link, Sentence, Span, Value
from eventbench.corpus.scheme import NUMBER, PLACE, TIME
from eventbench.corpus.values import Named

PLACES: Mapping[str, Named] = {
    name: Named(name, name.title(), {"parent": parent} if parent else {})
    for name, parent in (
        ("land", ""),
        ("north", "land"),
        ("tolna", "north"),
        ("mill", "tolna"),
        ("ambal", "land"),
    )
}
"""A gazetteer: the mill is in Tolna, which is in the north of the land; Ambal is elsewhere."""


@dataclass(frozen=True)
class Told:
    """An event as an article tells it; what is empty is not told.

    Attributes:
        day: a day of May 2031, or its first and last one.
        place: an id of `PLACES`; other words are a place that they lack.
    """

    words: str = "shelled"
    subtype: str = "shelling"
    day: int | tuple[int, int] = 0
    place: str = ""
    side: str = ""
    whom: str = ""
    count: str = ""
    type: str = "Attack"
    status: str = "actual"
    occurrence: str = "single"


def article(name: str, *told: Told, published: int = 20, links: tuple[Link, ...] = ()) -> Document:
    """An article of a day of May 2031, a sentence for each event; their ids are E1, E2 …."""
    text = ""
    events, values, sentences = [], [], []
    for number, one in enumerate(told, 1):
        start = len(text)
        spans = {}
        days = one.day if isinstance(one.day, tuple) else (one.day, one.day)
        time = f"2031-05-{days[0]:02d}/2031-05-{days[1]:02d}" if days[0] else ""
        parts = {"side": one.side, "words": one.words, "count": one.count, "whom": one.whom}
        for key, words in {**parts, "place": one.place, "time": time}.items():
            if words:
                text += f" {words}" if len(text) > start else words
                spans[key] = Span(len(text) - len(words), len(text))
        if "time" in spans:
            values.append(Value(spans["time"], TIME, time, "day", "text"))
        if one.place in PLACES:
            values.append(Value(spans["place"], PLACE, one.place, "is", "text"))
        if "count" in spans:
            values.append(Value(spans["count"], NUMBER, one.count, "exact", "people"))
        events.append(_event(f"E{number}", one, spans))
        sentences.append(Sentence(f"{name}-{number:03d}", Span(start, len(text)), ()))
        text += ". "
    return Document(
        name,
        name,
        text,
        tuple(sentences),
        tuple(events),
        links,
        values=tuple(sorted(values)),
        published=date(2031, 5, published),
    )


def _event(name: str, one: Told, spans: Mapping[str, Span]) -> Event:
    whom = "Victim" if one.type == "Casualty" else "Target"
    actor = "Agent" if one.type == "Casualty" else "Attacker"
    roles = {"side": actor, "whom": whom, "count": "Count", "place": "Place", "time": "Time"}
    arguments = tuple(
        Argument(roles[key], span, {"side": one.side} if key == "side" else {})
        for key, span in spans.items()
        if key != "words"
    )
    attributes = {"subtype": one.subtype, "status": one.status, "occurrence": one.occurrence}
    return Event(name, one.type, spans["words"], arguments, attributes)
