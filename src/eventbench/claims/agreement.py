"""How much speaks for two happenings being one incident: points, each with a reason.

The points are those of record linkage (Fellegi and Sunter 1969, "A Theory for Record Linkage",
JASA): the logarithm to base 2 of how much more frequent something is among pairs of one
incident than among all pairs of one type. One point doubles the odds. They were counted on
pairs of different articles of the first corpus by ``benchmarks/joining.py``, which also says how
often the rules are right.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product

from eventbench.claims.happenings import Days, Happening
from eventbench.claims.model import PHASE, TOTAL

POINTS: Mapping[str, int] = {
    "same subtype": 2,
    "other subtype": -3,
    "days meet": 3,
    "long times meet": 2,
    "same place": 2,
    "place inside": -2,
    "same side": 1,
    "other side": -3,
    "same word": 3,
    "same target": 3,
    "same count": 4,
    "same sentence": 4,
    "both prospects": 3,
    "fact and prospect": -2,
    "both repeated": 1,
    "one repeated": -2,
}
"""What counts for or against two happenings being one incident."""

ENOUGH = 6
"""Points from which two happenings are one."""


@dataclass(frozen=True)
class Rules:
    """What agreements are worth, and how many points make one incident of two happenings."""

    points: Mapping[str, int] = field(default_factory=lambda: POINTS)
    enough: int = ENOUGH


RULES = Rules()

LONG = 92
"""Days from which a time says during what something happened, rather than when."""

ALIKE = 0.7
"""Share of the words of two sentences from which one repeats the other."""


def points(one: Happening, other: Happening, rules: Rules = RULES) -> int | None:
    """Add up the points of a pair; None if it cannot be one incident."""
    if excluded(one, other):
        return None
    worth = rules.points
    return sum(worth[name] for name in agreements(one, other))


def excluded(one: Happening, other: Happening) -> bool:
    """Return True if two cannot be one incident.

    They are of different types; one is a total, or two totals differ in figure or days; a link
    of the article holds them apart; they have no day in common; or they are elsewhere.
    """
    if one.type != other.type or not meet(one.window, other.window):
        return True
    if TOTAL in (one.level, other.level) and not _same_total(one, other):
        return True
    if one.mentions[0] in other.apart or other.mentions[0] in one.apart:
        return True
    if one.places and other.places:
        return elsewhere(one, other)
    return not (one.setting & other.setting or repeats(one, other))


def _same_total(one: Happening, other: Happening) -> bool:
    """Return True for two totals with one figure for the same days."""
    if (one.level, one.counts, one.days) != (other.level, other.counts, other.days):
        return False
    return one.days is not None or repeats(one, other)


def meet(one: Days | None, other: Days | None) -> bool:
    """Return True if two times have a day in common, or one is not known."""
    return one is None or other is None or (one[0] <= other[1] and other[0] <= one[1])


def elsewhere(one: Happening, other: Happening) -> bool:
    """Return True if no place of one is or contains or lies in a place of the other."""
    return not (one.places & other.places or one.places & other.around or one.around & other.places)


def repeats(one: Happening, other: Happening) -> bool:
    """Return True if a sentence of one article is nearly the same in the other."""
    if one.article == other.article:
        return False
    return any(
        a and len(a & b) >= ALIKE * len(a | b) for a, b in product(one.sentences, other.sentences)
    )


def agreements(one: Happening, other: Happening) -> Iterator[str]:
    """On what two happenings agree, and on what they do not: names of `POINTS`."""
    if one.subtypes and other.subtypes:
        yield "same subtype" if one.subtypes & other.subtypes else "other subtype"
    if one.days and other.days:
        is_long = any(last - first >= LONG for first, last in (one.days, other.days))
        yield "long times meet" if is_long else "days meet"
    if one.places and other.places:
        yield "same place" if one.places & other.places else "place inside"
    if one.sides and other.sides:
        yield "same side" if one.sides & other.sides else "other side"
    if one.trigger & other.trigger:
        yield "same word"
    if one.targets & other.targets:
        yield "same target"
    if one.counts & other.counts:
        yield "same count"
    if repeats(one, other):
        yield "same sentence"
    if one.prospect or other.prospect:
        yield "both prospects" if one.prospect == other.prospect else "fact and prospect"
    if PHASE in (one.level, other.level):
        yield "both repeated" if one.level == other.level else "one repeated"
