"""Join events of several articles that are one incident, by rules that a reader can follow.

Happenings (`eventbench.claims.happenings`) of one type are compared if they have something in
common by which they can be found (`_keys`). Each thing on which two agree gives points, each on
which they differ takes some (`POINTS`); with `ENOUGH` points they are one incident, unless
something holds them apart (`_excluded`). The best pairs are joined first, and a pair whose
incidents have become incompatible is left apart.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from eventbench.claims.grouping import Row, level_of
from eventbench.claims.happenings import Happening, day, happenings
from eventbench.claims.model import TOTAL
from eventbench.corpus.model import Document, Event, Span
from eventbench.corpus.scheme import Scheme
from eventbench.corpus.values import Named

POINTS: Mapping[str, int] = {
    "same sentence": 5,
    "same day": 3,
    "days meet": 1,
    "same place": 2,
    "place inside": 1,
    "same subtype": 2,
    "same side": 1,
    "same word": 1,
    "same target": 1,
    "same count": 2,
    "other subtype": -2,
    "other side": -2,
    "other place": -3,
    "one article": -3,
}
"""What counts for and against two happenings being one incident."""

ENOUGH = 6
"""Points from which they are one."""

NEIGHBOURS = 64
"""Happenings before it in the order of days with which one is compared, for each key."""

SHORT = 7
"""Days up to which a time says when something happened, rather than during what."""

ALIKE = 0.7
"""Share of the words of two sentences from which one repeats the other."""


@dataclass(frozen=True)
class Match:
    """A pair of happenings that may be one: their points and what both have."""

    points: int
    agree: tuple[str, ...]


def join(
    documents: Sequence[Document], scheme: Scheme, places: Mapping[str, Named]
) -> tuple[Row, ...]:
    """Say which events of articles are one incident.

    Args:
        documents: the articles with events, links and values; ``published`` if known.
        scheme: what is annotated.
        places: the gazetteer; a place that it lacks is known by its words.

    Returns:
        One row for each incident that joins more than the links of an article do. An event is
        in one row at most. The order of the articles does not matter.
    """
    found = list(happenings(documents, scheme, places))
    events = {(d.id, event.trigger): event for d in documents for event in d.events}
    matches = {}
    for one, other in pairs(found):
        match = compare(found[one], found[other])
        if match:
            matches[one, other] = match
    return tuple(
        _row([found[k] for k in group], reason, events) for group, reason in merge(found, matches)
    )


# Which happenings are compared


def pairs(found: Sequence[Happening]) -> Iterator[tuple[int, int]]:
    """Choose which happenings to compare, by the sorted neighbourhood method.

    Those of a type that share a key are sorted by day, and each is compared with the
    `NEIGHBOURS` before it (Hernández and Stolfo 1995, "The merge/purge problem for large
    databases", SIGMOD). So their number grows with that of the happenings.
    """
    blocks: defaultdict[Hashable, list[int]] = defaultdict(list)
    for k, happening in enumerate(found):
        for key in _keys(happening):
            blocks[happening.type, happening.level == TOTAL, key].append(k)
    seen: set[tuple[int, int]] = set()
    for block in blocks.values():
        block.sort(key=lambda k: (_day(found[k]), found[k].mentions))
        for place, k in enumerate(block):
            for other in block[max(0, place - NEIGHBOURS) : place]:
                pair = (other, k) if other < k else (k, other)
                if pair not in seen:
                    seen.add(pair)
                    yield pair


def _keys(happening: Happening) -> Iterator[Hashable]:
    for place in happening.places | happening.around:
        yield "place", place
    for word in happening.trigger:
        yield "trigger", word
    for subtype in happening.subtypes:
        yield "subtype", subtype


def _day(happening: Happening) -> int:
    return happening.days[0] if happening.days else happening.published or 0


# How two are compared


def compare(one: Happening, other: Happening) -> Match | None:
    """Compare two happenings of one type; None if they are not one incident."""
    if _excluded(one, other):
        return None
    found = list(_agreements(one, other))
    points = sum(POINTS[name] for name, _ in found)
    if points < ENOUGH:
        return None
    return Match(points, tuple(dict.fromkeys(words for _, words in found if words)))


def _excluded(one: Happening, other: Happening) -> bool:
    if (one.level == TOTAL) != (other.level == TOTAL) or one.type != other.type:
        return True
    if one.level == TOTAL and (one.counts != other.counts or one.days != other.days):
        return True
    if one.apart & {*other.mentions}:
        return True
    return bool(one.days and other.days and not _meet(one.days, other.days))


def _meet(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return one[0] <= other[1] and other[0] <= one[1]


def _agreements(one: Happening, other: Happening) -> Iterator[tuple[str, str]]:
    """What two have in common or not: names of `POINTS`, with words for what both have."""
    subtypes = one.subtypes & other.subtypes
    if subtypes:
        yield "same subtype", ", ".join(sorted(subtypes))
    elif one.subtypes and other.subtypes:
        yield "other subtype", ""
    yield from _times(one, other)
    yield from _placed(one, other)
    if one.sides & other.sides:
        yield "same side", " and ".join(sorted(one.sides & other.sides))
    elif one.sides and other.sides:
        yield "other side", ""
    if one.trigger & other.trigger:
        yield "same word", f'"{" ".join(sorted(one.trigger & other.trigger))}"'
    if one.targets & other.targets:
        yield "same target", " ".join(sorted(one.targets & other.targets))
    if one.counts & other.counts:
        yield "same count", _count(min(one.counts & other.counts, key=str))
    if one.article == other.article:
        yield "one article", ""
    elif any(_alike(a, b) for a in one.words for b in other.words):
        yield "same sentence", "a sentence that is nearly the same"


def _times(one: Happening, other: Happening) -> Iterator[tuple[str, str]]:
    if one.days and other.days and _meet(one.days, other.days):
        first, last = max(one.days[0], other.days[0]), min(one.days[1], other.days[1])
        is_short = all(days[1] - days[0] < SHORT for days in (one.days, other.days))
        words = day(first) if first == last else f"{day(first)} to {day(last)}"
        yield ("same day" if is_short else "days meet"), words


def _placed(one: Happening, other: Happening) -> Iterator[tuple[str, str]]:
    names = {**one.names, **other.names}
    if same := one.places & other.places:
        yield "same place", ", ".join(names[place] for place in sorted(same))
    elif inside := (one.places & other.around) | (other.places & one.around):
        yield "place inside", f"in {', '.join(names[place] for place in sorted(inside))}"
    elif one.places and other.places:
        yield "other place", ""


def _count(ends: tuple[int | None, int | None]) -> str:
    low, high = ends
    return (
        str(low) if low == high else f"{'' if low is None else low}-{'' if high is None else high}"
    )


def _alike(one: frozenset[str], other: frozenset[str]) -> bool:
    return bool(one and other) and len(one & other) >= ALIKE * len(one | other)


# Joining


def merge(
    found: Sequence[Happening], matches: Mapping[tuple[int, int], Match]
) -> Iterator[tuple[list[int], str]]:
    """Join pairs, those with most points first; yield the groups of two and more with a reason."""
    root = list(range(len(found)))
    groups = {k: _Group((k,), (found[k],), found[k].days) for k in root}
    agree: dict[int, list[str]] = defaultdict(list)

    def order(pair: tuple[int, int]) -> tuple[object, ...]:
        ends = sorted(found[k].mentions for k in pair)
        return -matches[pair].points, ends

    for pair in sorted(matches, key=order):
        one, other = (_find(root, k) for k in pair)
        if one == other:
            continue
        joint = groups[one].with_(groups[other])
        if joint is None:
            continue
        root[other] = one
        groups[one] = joint
        del groups[other]
        agree[one] += [*agree.pop(other, ()), "; ".join(matches[pair].agree)]
    for k, group in groups.items():
        if len(group.members) > 1:
            yield sorted(group.members), " | ".join(dict.fromkeys(agree[k]))


def _find(root: list[int], k: int) -> int:
    while root[k] != k:
        root[k] = root[root[k]]
        k = root[k]
    return k


@dataclass(frozen=True)
class _Group:
    """Happenings that are one incident so far."""

    members: tuple[int, ...]
    found: tuple[Happening, ...]
    days: tuple[int, int] | None

    def with_(self, other: _Group) -> _Group | None:
        """Both together; None if they have no day in common or a link holds them apart."""
        days = self.days or other.days
        if self.days and other.days:
            if not _meet(self.days, other.days):
                return None
            days = max(self.days[0], other.days[0]), min(self.days[1], other.days[1])
        apart = {mention for happening in self.found for mention in happening.apart}
        if apart & {mention for happening in other.found for mention in happening.mentions}:
            return None
        return _Group(self.members + other.members, self.found + other.found, days)


def _row(group: Iterable[Happening], reason: str, events: Mapping[tuple[str, Span], Event]) -> Row:
    mentions = sorted(mention for happening in group for mention in happening.mentions)
    article, span = mentions[0]
    name = "-".join(re.findall(r"[a-z0-9]+", f"{article} {span.start}".casefold()))
    return Row(name, level_of([events[m] for m in mentions]), tuple(mentions), f"both: {reason}")
