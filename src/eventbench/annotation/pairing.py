"""Which events of two annotators are one event, and which stand in each other's way."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from typing import TypeVar

from eventbench.corpus.model import Document, Event, Span
from eventbench.tasks.same_event import groups

T = TypeVar("T")

Sides = tuple[tuple[T, ...], tuple[T, ...]]
"""What A has and what B has."""


def paired_events(a: Sequence[Event], b: Sequence[Event]) -> list[tuple[Event, Event]]:
    """Pair the events of two annotators with one trigger and type, each event once."""
    by_place: defaultdict[tuple[str, Span], list[Event]] = defaultdict(list)
    for event in b:
        by_place[event.type, event.trigger].append(event)
    return [
        (event, by_place[event.type, event.trigger].pop(0))
        for event in a
        if by_place[event.type, event.trigger]
    ]


def overlapping(a: Sequence[T], b: Sequence[T], span_of: Callable[[T], Span]) -> list[Sides[T]]:
    """Group what two annotators have so that whatever shares text is in one group.

    Returns:
        The groups in reading order, each with what A has and what B has, either maybe empty.
    """
    items = sorted(
        [(span_of(item), side, item) for side, found in enumerate((a, b)) for item in found],
        key=lambda entry: entry[:2],
    )
    groups: list[list[tuple[int, T]]] = []
    end = -1
    for span, side, item in items:
        if span.start >= end:
            groups.append([])
        groups[-1].append((side, item))
        end = max(end, span.end)
    return [
        (tuple(x for side, x in group if side == 0), tuple(x for side, x in group if side == 1))
        for group in groups
    ]


def agreed_groups(a: Document, b: Document, common: Collection[str]) -> Sides[list[list[str]]]:
    """Cut each annotator's groups of same events into the parts that both have in one group.

    Args:
        a: the article with A's annotations.
        b: with B's; an event that both have goes by one id.
        common: the ids of the events that both have; others are left out.

    Returns:
        For A and for B, each group of theirs as a list of parts, which are lists of ids in
        reading order.
    """
    group_of = []
    for document in (a, b):
        ids = [event.id for event in sorted(document.events, key=lambda e: e.trigger)]
        numbered = enumerate(groups(ids, document.links))
        group_of.append({name: number for number, members in numbered for name in members})
    parts: defaultdict[tuple[int, int], list[str]] = defaultdict(list)
    for event in sorted(a.events, key=lambda e: e.trigger):
        if event.id in common:
            parts[group_of[0][event.id], group_of[1][event.id]].append(event.id)
    sides: tuple[defaultdict[int, list[list[str]]], ...] = defaultdict(list), defaultdict(list)
    for key, ids in parts.items():
        for side, number in zip(sides, key, strict=True):
            side[number].append(ids)
    return tuple(sides[0].values()), tuple(sides[1].values())
