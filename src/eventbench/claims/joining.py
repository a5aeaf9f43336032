"""Join events of several articles that are one incident, by rules that a reader can follow.

1. The events of an article that its links make one are a happening (`happenings`).
2. Happenings of one type that have something telling in common, such as place and subtype,
   are in a block (`keys`). Those of a block are compared with their neighbours in the order of
   days: what may be one is in one component (`components`).
3. In a component, the two closest incidents are joined, then the next, until those that are left
   have too few points on average or something that excludes it (`clusters`).

So the cost grows with the number of happenings, and a component needs nothing of the others:
`eventbench.claims.at_scale` does the same with happenings on disk.
"""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from heapq import heapify, heappop, heappush
from itertools import groupby, islice, pairwise, product

from eventbench.claims.agreement import RULES, Rules, elsewhere, meet, points, repeats
from eventbench.claims.grouping import Row
from eventbench.claims.happenings import Days, Gazetteer, Happening, happenings, stem
from eventbench.claims.model import INCIDENT, PHASE, TOTAL
from eventbench.corpus.info import ID
from eventbench.corpus.model import Document, Span
from eventbench.corpus.scheme import Scheme
from eventbench.corpus.values import Named
from eventbench.io import fingerprint

NEIGHBOURS = 32
"""Happenings of a block before it, in the order of days, with which one is compared."""

TOGETHER = 128
"""Happenings of a component before it with which one is compared, when incidents are made."""

LARGEST = 2000
"""Happenings of a component that are looked at together; larger ones are cut by days."""

EXCLUDED = -50
"""Points of a pair that cannot be one incident."""

Mentioned = tuple[str, int, int]
"""An article, and first and last offset of a trigger."""

Block = tuple[str, ...]
"""What happenings of one block have in common."""


def join(
    documents: Iterable[Document],
    scheme: Scheme,
    places: Mapping[str, Named],
    rules: Rules = RULES,
) -> tuple[Row, ...]:
    """Say which events of articles are one incident.

    Args:
        documents: the articles with events, links and values, each with an id of its own;
            ``published`` if known.
        scheme: what is annotated.
        places: the gazetteer; a place that it lacks is known by its words.
        rules: what speaks for two events being one.

    Returns:
        One row for each incident that joins more than the links of an article do, in the order
        of their mentions. An event is in one row at most, and the rows are the same for any
        order of the articles.
    """
    gazetteer = Gazetteer.of(places)
    found = [h for document in documents for h in happenings(document, scheme, gazetteer)]
    found.sort(key=lambda happening: happening.order)
    blocks = sorted((key, k) for k, happening in enumerate(found) for key in keys(happening))
    parts = components(((key, k, found[k]) for key, k in blocks), len(found), rules)
    members: dict[int, list[Happening]] = {}
    for k, part in enumerate(parts):
        members.setdefault(part, []).append(found[k])
    groups = (group for part in members.values() for group in clusters(part, rules))
    rows = (row_of(group, gazetteer) for group in groups if len(group) > 1)
    return tuple(sorted(rows, key=lambda row: row.mentions))


# Which happenings are compared


def keys(happening: Happening) -> Iterator[Block]:
    """The blocks of a happening: those of its type that share two things with it.

    The longest words of a sentence are the same in a copy of it whose figures or weekday differ.
    """
    kind = happening.type, "total" if happening.level == TOTAL else ""
    for subtype in happening.subtypes or {""}:
        for place in happening.places:
            yield *kind, subtype, "place", place
        for word in happening.trigger:
            yield *kind, subtype, "word", word
        for low, high in happening.counts:
            yield *kind, subtype, "count", f"{low}-{high}"
    for place in happening.places:
        for word in happening.trigger:
            yield *kind, place, "word", word
    for sentence in happening.sentences:
        longest = sorted(sentence, key=lambda word: (-len(word), word))[:3]
        yield *kind, "sentence", *longest


def components(
    blocks: Iterable[tuple[Block, int, Happening]], size: int, rules: Rules = RULES
) -> Sequence[int]:
    """Find which happenings may be one incident, by the sorted neighbourhood method.

    Each is compared with the `NEIGHBOURS` before it in each of its blocks (Hernández and Stolfo
    1995, "The merge/purge problem for large databases", SIGMOD), and a pair with enough
    points is in one component.

    Args:
        blocks: block, number and happening, by block and in the order of days.
        size: the number of happenings.
        rules: what speaks for two being one.

    Returns:
        For each happening the smallest number in its component.
    """
    parts = _Parts(size)
    for _, block in groupby(blocks, key=lambda row: row[0]):
        before: deque[tuple[int, Happening]] = deque(maxlen=NEIGHBOURS)
        for _, k, happening in block:
            for other, neighbour in before:
                if parts.of(k) != parts.of(other) and _close(happening, neighbour, rules):
                    parts.join(k, other)
            before.append((k, happening))
    return [parts.of(k) for k in range(size)]


def _close(one: Happening, other: Happening, rules: Rules) -> bool:
    found = points(one, other, rules)
    return found is not None and found >= rules.enough


class _Parts:
    """Disjoint sets of numbers, each known by its smallest one."""

    def __init__(self, size: int) -> None:
        from array import array

        self._above = array("q", range(size))

    def of(self, k: int) -> int:
        above = self._above
        while above[k] != k:
            above[k] = above[above[k]]
            k = above[k]
        return k

    def join(self, one: int, other: int) -> None:
        first, second = sorted((self.of(one), self.of(other)))
        self._above[second] = first


# Which of them are one


def clusters(component: Iterable[Happening], rules: Rules = RULES) -> Iterator[list[Happening]]:
    """Divide the happenings of a component, in the order of days, into incidents.

    Agglomerative clustering with average linkage over the pairs that are compared, where no
    incident may have two happenings that exclude each other.
    """
    left = iter(component)
    while part := list(islice(left, LARGEST)):
        for members in _joined(part, rules):
            yield [part[k] for k in members]


def _joined(part: Sequence[Happening], rules: Rules) -> Iterator[list[int]]:
    groups = {k: _Group.of(k, happening) for k, happening in enumerate(part)}
    sums = _compared(part, rules)
    heap: list[tuple[float, int, int]] = [
        (-mean, a, b)
        for a, others in sums.items()
        for b, (mean, _) in others.items()
        if a < b and mean >= rules.enough
    ]
    heapify(heap)
    while heap:
        distance, a, b = heappop(heap)
        total, count = sums.get(a, {}).get(b, (0, 0))
        # An entry is out of date if an incident is gone or the mean has changed.
        if not count or b not in groups or -total / count != distance:
            continue
        if not groups[a].fits(groups[b]):
            del sums[a][b], sums[b][a]
            continue
        groups[a] = groups[a].with_(groups.pop(b))
        for c, (more, number) in sums.pop(b).items():
            del sums[c][b]
            if c != a:
                total, count = sums[a].get(c, (0, 0))
                sums[a][c] = sums[c][a] = total + more, count + number
        for c, (total, count) in sums[a].items():
            if total / count >= rules.enough:
                heappush(heap, (-total / count, min(a, c), max(a, c)))
    for group in groups.values():
        yield sorted(group.members)


def _compared(part: Sequence[Happening], rules: Rules) -> dict[int, dict[int, tuple[int, int]]]:
    """For each happening, those that it is compared with: the points, and the number 1."""
    sums: dict[int, dict[int, tuple[int, int]]] = {k: {} for k in range(len(part))}
    for k, happening in enumerate(part):
        for other in range(max(0, k - TOGETHER), k):
            found = points(happening, part[other], rules)
            sums[k][other] = sums[other][k] = (EXCLUDED if found is None else found), 1
    return sums


@dataclass(frozen=True)
class _Group:
    """An incident so far.

    Attributes:
        members: the numbers of its happenings.
        window: the days that all of them have in common.
        first: the first mention of each of them.
        apart: the first mentions of what links hold apart from one of them.
        placed: a happening for each different answer to where it was.
    """

    members: tuple[int, ...]
    window: Days | None
    first: frozenset[Mentioned]
    apart: frozenset[Mentioned]
    placed: Mapping[frozenset[str], Happening]

    @classmethod
    def of(cls, k: int, happening: Happening) -> _Group:
        """An incident of one happening."""
        placed = {happening.places: happening} if happening.places else {}
        first = frozenset(happening.mentions[:1])
        return cls((k,), happening.window, first, happening.apart, placed)

    def fits(self, other: _Group) -> bool:
        """Return True if nothing excludes that both are one."""
        if not meet(self.window, other.window):
            return False
        if self.apart & other.first or self.first & other.apart:
            return False
        return not any(
            elsewhere(a, b) for a, b in product(self.placed.values(), other.placed.values())
        )

    def with_(self, other: _Group) -> _Group:
        """Both as one."""
        window = self.window or other.window
        if self.window and other.window:
            window = max(self.window[0], other.window[0]), min(self.window[1], other.window[1])
        return _Group(
            self.members + other.members,
            window,
            self.first | other.first,
            self.apart | other.apart,
            {**self.placed, **other.placed},
        )


# Rows


def row_of(group: Sequence[Happening], gazetteer: Gazetteer) -> Row:
    """The row of an incident, named by its first mention."""
    mentions = sorted(mention for happening in group for mention in happening.mentions)
    article, start, _ = mentions[0]
    levels = {happening.level for happening in group}
    level = next(level for level in (TOTAL, PHASE, INCIDENT) if level in levels)
    found = tuple((article, Span(start, end)) for article, start, end in mentions)
    return Row(f"{_name(article)}-{start}", level, found, reason(group, gazetteer))


def _name(article: str) -> str:
    """The id of an article as ids of incidents may have it; another one for each article."""
    if ID.fullmatch(article):
        return article
    return "-".join([*re.findall(r"[a-z0-9]+", article.casefold()), fingerprint([article])[:6]])


def reason(group: Sequence[Happening], gazetteer: Gazetteer) -> str:
    """Say why happenings are one: what more than half of them have in common."""
    size = len(group)

    def common(values: Iterable[Iterable[str]]) -> list[str]:
        counts = Counter(value for found in values for value in found)
        return sorted(
            (value for value, count in counts.items() if 2 * count > size),
            key=lambda value: (-counts[value], value),
        )

    said = common(h.subtypes or {h.type} for h in group)
    days = [h.days for h in group if h.days]
    if 2 * len(days) > size and len(days) > 1:
        first, last = max(a for a, _ in days), min(b for _, b in days)
        said.append(f"{_iso(first)} to {_iso(last)}" if first < last else _iso(first))
    said += [gazetteer.name(place) for place in common(h.places for h in group)]
    said += common(h.sides for h in group)
    stems = common(h.trigger for h in group)
    said += [f'"{min(w for h in group for w in h.words if stem(w) == s)}"' for s in stems]
    said += common((_count(*count) for count in h.counts) for h in group)
    if any(repeats(a, b) for a, b in pairwise(group)):
        said.append("a sentence that is nearly the same")
    who = "both" if size == 2 else f"most of {size}"
    return f"{who}: {', '.join(said or [group[0].type])}"


def _iso(day: int) -> str:
    return date.fromordinal(day).isoformat()


def _count(low: int | None, high: int | None) -> str:
    if low == high:
        return str(low)
    if low is None:
        return f"{high} or fewer"
    return f"{low} or more" if high is None else f"{low}-{high}"
