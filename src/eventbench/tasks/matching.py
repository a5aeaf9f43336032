"""Match predicted events with those of the gold, one to one, and list what is decided wrongly."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from eventbench.corpus.model import Document, Event, Span
from eventbench.corpus.scheme import Attribute, Scheme
from eventbench.scoring.decisions import EVENT, NOTHING, Decision, Mark

if TYPE_CHECKING:
    from eventbench.scoring.error_analysis import Entity, Match

Place = tuple[int, Span, str]


def by_place(events: Iterable[tuple[int, Event]], scheme: Scheme) -> dict[Place, list[Event]]:
    """Group events by unit, trigger and type, in an order independent of the file."""
    result: dict[Place, list[Event]] = {}
    for unit, event in events:
        result.setdefault((unit, event.trigger, event.type), []).append(event)
    for found in result.values():
        found.sort(key=lambda event: [str(event.attributes.get(a)) for a in scheme.attributes])
    return result


@dataclass(frozen=True, slots=True)
class EventMatch:
    """An event of the gold with the predicted one that is matched to it, or one of them alone.

    Attributes:
        outcome: how their triggers agree: one of `eventbench.scoring.error_analysis.OUTCOMES`,
            "exact" with the same bounds and the same type.
        gold: None if spurious.
        predicted: None if missed.
    """

    outcome: str
    gold: Event | None
    predicted: Event | None


def match_events(
    gold: Sequence[Event], predicted: Sequence[Event], scheme: Scheme
) -> list[EventMatch]:
    """Match the events of an article one to one by their triggers, as scores compare them.

    Events with the same trigger and type are matched in the order of their attributes, so that
    the order in a file does not matter. Only the attributes of exact matches are scored.

    Returns:
        Matches that contain every event exactly once, in reading order.
    """
    from eventbench.scoring.error_analysis import match_entities

    places = [by_place([(0, event) for event in side], scheme) for side in (gold, predicted)]
    matches = match_entities(*([_trigger(event) for event in side] for side in (gold, predicted)))

    def take(side: int, entity: Entity | None) -> Event | None:
        if entity is None:
            return None
        return places[side][0, Span(entity.start, entity.end), entity.label].pop(0)

    found: dict[int, EventMatch] = {}
    # Exact matches take the first events of a place, as when attributes are scored.
    for n, match in sorted(enumerate(matches), key=lambda pair: pair[1].outcome != "exact"):
        found[n] = EventMatch(match.outcome, take(0, match.gold), take(1, match.predicted))
    return [found[n] for n in range(len(matches))]


def match_arguments(gold: Event, predicted: Event) -> list[Match]:
    """Match the arguments of an event and of the predicted one, one to one by role and bounds."""
    from eventbench.scoring.error_analysis import Entity, match_entities

    spans = [
        [Entity(a.role, a.span.start, a.span.end) for a in event.arguments]
        for event in (gold, predicted)
    ]
    return match_entities(*spans)


def attribute_pairs(
    gold: Event, predicted: Event, scheme: Scheme
) -> Iterator[tuple[Attribute, str, str]]:
    """Yield the labels of both events for each attribute that the gold decides.

    The prediction is `eventbench.scoring.decisions.NOTHING` if it has none.
    """
    for attribute in scheme.attributes_of(gold.type):
        right, said = (
            NOTHING
            if event.attributes.get(attribute.name) is None
            else attribute.label(gold.type, event.attributes[attribute.name])
            for event in (gold, predicted)
        )
        if right != NOTHING:
            yield attribute, right, said


def _trigger(event: Event) -> Entity:
    from eventbench.scoring.error_analysis import Entity

    return Entity(event.type, event.trigger.start, event.trigger.end)


def wrong_triggers(document: Document, predicted: Iterable[Event]) -> Iterator[Decision]:
    """Yield the wrong triggers of an article."""
    from eventbench.scoring.error_analysis import match_entities, wrong_spans

    matches = match_entities(*(map(_trigger, side) for side in (document.events, predicted)))
    return wrong_spans(matches, document.id, document.id, (), "trigger")


def event_decisions(
    document: Document, predicted: Sequence[Event], scheme: Scheme
) -> Iterator[Decision]:
    """Yield the decisions about the events of an article; see `Events.decisions`."""
    from eventbench.scoring.error_analysis import wrong_spans

    yield from wrong_triggers(document, predicted)
    attributes: dict[str, list[Decision]] = {name: [] for name in scheme.attributes}
    for match in match_events(document.events, predicted, scheme):
        if match.outcome != "exact" or match.gold is None or match.predicted is None:
            continue
        event, other = match.gold, match.predicted
        mark = Mark(EVENT, document.id, event.trigger, event.type)
        item = f"{document.id}-{event.id}"
        arguments = match_arguments(event, other)
        yield from wrong_spans(arguments, document.id, item, (mark,), "argument")
        for attribute, right, said in attribute_pairs(event, other, scheme):
            decision = Decision(attribute.name, right, said, item, (mark,), right == said)
            attributes[attribute.name].append(decision)
    for found in attributes.values():
        yield from found
