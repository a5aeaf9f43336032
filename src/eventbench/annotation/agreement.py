"""Agreement between two sets of annotations, over the articles that both have."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Hashable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from eventbench.annotation.comparing import differences
from eventbench.annotation.differences import Difference
from eventbench.annotation.pairing import paired_events
from eventbench.annotation.shared import Annotations, Pair, Shared, shared_articles
from eventbench.corpus.iob2 import OUTSIDE, to_iob2
from eventbench.corpus.model import SOURCE, Document, Event
from eventbench.corpus.records import ArticleEvents
from eventbench.corpus.scheme import SAME_EVENT, SPEAKER, Scheme
from eventbench.corpus.values import VALUED
from eventbench.io import Json
from eventbench.scoring.coreference import METRICS, cluster_prf, compare_clusters
from eventbench.tasks.same_event import clusters
from eventbench.text import table

ALL = "all"
"""The name of the part that holds all articles and types."""

BY_PART = ("trigger", "trigger type", "argument", "role", "role, overlapping", "links")
"""The measures that are shown for every event type and article."""


@dataclass(frozen=True)
class F1:
    """Counts of things that agree, that A has and that B has, and their F1."""

    agreeing: int
    in_a: int
    in_b: int

    @property
    def value(self) -> float | None:
        """2·agreeing / (A + B), as precision and recall give it; None if both have nothing."""
        total = self.in_a + self.in_b
        return 2 * self.agreeing / total if total else None


@dataclass(frozen=True)
class Kappa:
    """Agreement on an attribute.

    Attributes:
        kappa: Cohen's kappa; None if nothing is compared or all values are one.
        equal: the share of equal values; None if nothing is compared.
        compared: how many pairs of events are compared.
    """

    kappa: float | None
    equal: float | None
    compared: int


@dataclass(frozen=True)
class Agreement:
    """Agreement on one part of the annotations, B taken as the reference.

    Attributes:
        f1: by measure, counts and their F1: of `BY_PART`, then of each type of link and, in
            a corpus that has them, of the values of each kind of span.
        kappa: by attribute of events, over the triggers that both sets have with one type that
            bears it; then by attribute of spans, over the arguments that both have.
        clusters: F1 of same-event clusters by metric; None if no event has another mention.
        alpha: Krippendorff's alpha (nominal) over all tokens, with the event type of the
            trigger that holds a token, or none, as its value; None if all values are one.
    """

    f1: dict[str, F1]
    kappa: dict[str, Kappa]
    clusters: dict[str, float | None]
    alpha: float | None


@dataclass(frozen=True)
class AgreementReport:
    """Agreement between annotation sets A and B; prints as tables.

    Attributes:
        names: of A and B.
        parts: by name: "all", then each event type, then the id of each article that both have;
            an article that is called like a part before it has "article " before its id.
        shared: the articles with both annotations.
    """

    names: tuple[str, str]
    parts: dict[str, Agreement]
    shared: Shared

    def __repr__(self) -> str:
        return f"AgreementReport({self.names[0]!r}, {self.names[1]!r})"

    def __str__(self) -> str:
        heading = [f"A {self.names[0]}, B {self.names[1]}"]
        for side, articles in zip("AB", self.shared.only, strict=True):
            if articles:
                heading.append(f"only in {side}, not compared: {', '.join(articles)}")
        tables = (self._counts_table(), self._f1_table(), self._kappa_table())
        return "\n\n".join(("\n".join(heading), *tables))

    def _counts_table(self) -> str:
        counts = self.parts[ALL].f1
        body: list[list[object]] = [
            [name, x.in_a, x.in_b, x.agreeing, _number(x.value)] for name, x in counts.items()
        ]
        for metric, value in self.parts[ALL].clusters.items():
            body.append([f"{SAME_EVENT} clusters, {metric}", "", "", "", _number(value)])
        return table(["all articles", "in A", "in B", "agreeing", "F1"], body)

    def _f1_table(self) -> str:
        body = [
            [name, *(_number(part.f1[m].value) for m in BY_PART)]
            for name, part in self.parts.items()
        ]
        return table(["exact F1", *BY_PART], body)

    def _kappa_table(self) -> str:
        attributes = list(self.parts[ALL].kappa)
        body = []
        for name, part in self.parts.items():
            found = (part.kappa[attribute] for attribute in attributes)
            cells = [f"{_number(x.kappa)} ({_number(x.equal)})" for x in found]
            body.append([name, *cells, part.f1["trigger type"].agreeing, _number(part.alpha)])
        return table(["kappa (equal)", *attributes, "triggers", "token alpha"], body)

    def to_json(self) -> Json:
        """The parts, and which articles are compared, as plain values."""
        only_a, only_b = self.shared.only
        both = [document.id for document, _ in self.shared.pairs]
        return {
            "articles": {"both": both, "only_a": list(only_a), "only_b": list(only_b)},
            "parts": {name: asdict(part) for name, part in self.parts.items()},
        }

    def differences(self) -> list[Difference[Any]]:
        """Every difference between A and B, in reading order."""
        return [d for pair in self.shared.pairs for d in differences(*pair, self.shared.scheme)]


def agreement(a: Annotations, b: Annotations, corpus: str | Path | None = None) -> AgreementReport:
    """Compare two sets of annotations over the articles that both have; one is enough.

    Args:
        a: a directory of ``.ann`` files, or a corpus with its annotations. A directory may
            hold articles that the corpus does not have, with a ``.txt`` file beside each.
        b: another, taken as the reference.
        corpus: the id or the directory of the corpus whose scheme and articles the directories
            use, as for `load_corpus`; None: ``a`` or ``b`` if it is a corpus. A new one needs only
            ``annotations/annotation.conf`` and ``annotations/corpus.toml``.

    Raises:
        EventbenchError: if annotations cannot be read, an article has two texts, or the two
            sets share no article.
    """
    shared = shared_articles(a, b, corpus)
    scheme, pairs = shared.scheme, shared.pairs
    parts = {ALL: _compare(pairs, scheme, scheme.event_types)}
    for event_type in scheme.event_types:
        parts[event_type] = _compare(pairs, scheme, (event_type,))
    for pair in pairs:
        name = pair[0].id
        while name in parts:
            name = f"article {name}"
        parts[name] = _compare([pair], scheme, scheme.event_types)
    return AgreementReport(shared.names, parts, shared)


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _compare(pairs: Sequence[Pair], scheme: Scheme, types: tuple[str, ...]) -> Agreement:
    events = [
        ([e for e in a.events if e.type in types], [e for e in b.events if e.type in types])
        for a, b in pairs
    ]

    def f1(items: Callable[[Event], Iterable[Hashable]], *, overlapping: bool = False) -> F1:
        match = _overlapping if overlapping else _equal
        return _sum(
            match([i for e in in_a for i in items(e)], [i for e in in_b for i in items(e)])
            for in_a, in_b in events
        )

    def roles(e: Event) -> list[Hashable]:
        return [(e.type, e.trigger, a.role, a.span) for a in e.arguments]

    measures = {
        "trigger": f1(lambda e: [e.trigger]),
        "trigger type": f1(lambda e: [(e.type, e.trigger)]),
        "argument": f1(lambda e: [(e.type, e.trigger, a.span) for a in e.arguments]),
        "role": f1(roles),
        "role, overlapping": f1(roles, overlapping=True),
        "links": _sum(_links(pair, types, scheme, scheme.links) for pair in pairs),
    }
    for link in scheme.links:
        measures[link] = _sum(_links(pair, types, scheme, [link]) for pair in pairs)
    if any(document.values for pair in pairs for document in pair):
        for kind in VALUED:
            measures[f"{kind} value"] = _sum(_values(pair, types, scheme, kind) for pair in pairs)
    shared = [pair for in_a, in_b in events for pair in paired_events(in_a, in_b)]
    kappas = {}
    for name, attribute in scheme.attributes.items():
        bearing = [(x, y) for x, y in shared if x.type in attribute.values]
        kappas[name] = cohens_kappa(
            [str(x.attributes.get(name)) for x, _ in bearing],
            [str(y.attributes.get(name)) for _, y in bearing],
        )
    speaking = [(x, y) for x, y in shared if scheme.speaker_role(x.type)]
    if any(map(scheme.speaker_role, scheme.event_types)):
        kappas[SOURCE] = cohens_kappa(
            [str(x.source) for x, _ in speaking], [str(y.source) for _, y in speaking]
        )
    arguments = [
        (scheme.kind(x.type, a.role), a.attributes, by_place[a.role, a.span].attributes)
        for x, y in shared
        for by_place in [{(a.role, a.span): a for a in y.arguments}]
        for a in x.arguments
        if (a.role, a.span) in by_place
    ]
    for name, attribute in scheme.span_attributes.items():
        given = [(a.get(name), b.get(name)) for kind, a, b in arguments if kind in attribute.values]
        kappas[name] = cohens_kappa([str(a) for a, _ in given], [str(b) for _, b in given])
    return Agreement(measures, kappas, _clusters(pairs, types, scheme), _alpha(pairs, types))


def _sum(counts: Iterable[tuple[int, int, int]]) -> F1:
    return F1(*(sum(column) for column in zip(*counts, strict=True)))


def _equal(a: list[Any], b: list[Any]) -> tuple[int, int, int]:
    """Equal items, each matched once; items in A; items in B."""
    return (Counter(a) & Counter(b)).total(), len(a), len(b)


def _overlapping(a: list[Any], b: list[Any]) -> tuple[int, int, int]:
    """As `_equal`, but the last field is a span that need only overlap."""
    left = list(b)
    agreeing = 0
    for *label, span in a:
        for other in left:
            *other_label, other_span = other
            if label == other_label and span.overlaps(other_span):
                left.remove(other)
                agreeing += 1
                break
    return agreeing, len(a), len(b)


def _links(
    pair: Pair, types: tuple[str, ...], scheme: Scheme, wanted: Collection[str]
) -> tuple[int, int, int]:
    """Links by the places of their ends; a link counts if an end is of one of the types."""

    def places(document: Document) -> list[tuple[Any, ...]]:
        events = {event.id: event for event in document.events}
        found = []
        for link in document.links:
            ends = events[link.first], events[link.second]
            if link.type in wanted and any(event.type in types for event in ends):
                spans = [event.trigger for event in ends]
                ordered = sorted(spans) if link.type in scheme.symmetric else spans
                found.append((link.type, *ordered))
        return found

    return _equal(places(pair[0]), places(pair[1]))


def _values(pair: Pair, types: tuple[str, ...], scheme: Scheme, kind: str) -> tuple[int, int, int]:
    """Values of one kind, of spans that an event of one of the types has."""

    def found(document: Document) -> list[tuple[Any, ...]]:
        spans = {
            a.span
            for e in document.events
            if e.type in types
            for a in e.arguments
            if scheme.kind(e.type, a.role) == kind
        }
        if kind == SPEAKER:
            spans = {e.source for e in document.events if e.type in types and e.source}
        return [(v.span, v.value) for v in document.values if v.kind == kind and v.span in spans]

    return _equal(found(pair[0]), found(pair[1]))


def _clusters(
    pairs: Sequence[Pair], types: tuple[str, ...], scheme: Scheme
) -> dict[str, float | None]:
    """F1 of same-event clusters by B³ and LEA; events without another mention are clusters too."""
    if SAME_EVENT not in scheme.links:
        return {}
    counts = np.zeros((len(METRICS), 4))
    linked = False
    for pair in pairs:
        sides = []
        for document in pair:
            events = tuple(e for e in document.events if e.type in types)
            kept = {e.id for e in events}
            links = tuple(k for k in document.links if {k.first, k.second} <= kept)
            linked |= any(k.type == SAME_EVENT for k in links)
            sides.append(clusters(ArticleEvents(events, links)))
        counts += compare_clusters(*sides)
    f1 = cluster_prf(counts)[:, 2]
    return {m: float(f1[METRICS.index(m)]) if linked else None for m in ("b3", "lea")}


def cohens_kappa(a: Sequence[str], b: Sequence[str]) -> Kappa:
    """Compare the values that two annotators gave to the same things, in the same order.

    Kappa is (equal - chance) / (1 - chance), where chance is the share expected to be equal
    if both drew values at their own rates (Cohen 1960, "A Coefficient of Agreement for
    Nominal Scales", Educational and Psychological Measurement 20).
    """
    total = len(a)
    if not total:
        return Kappa(None, None, 0)
    equal = sum(x == y for x, y in zip(a, b, strict=True)) / total
    in_a, in_b = Counter(a), Counter(b)
    if len(in_a | in_b) == 1:
        return Kappa(None, equal, total)
    chance = sum(in_a[value] * in_b[value] for value in in_a) / total**2
    return Kappa((equal - chance) / (1 - chance), equal, total)


def _alpha(pairs: Sequence[Pair], types: tuple[str, ...]) -> float | None:
    """Krippendorff's alpha; None where every token has one value in both sets."""
    import krippendorff

    def values(document: Document) -> list[str]:
        result = []
        for sentence in document.sentences:
            triggers = [(e.type, e.trigger) for e in document.events_in(sentence)]
            tags, _ = to_iob2(sentence, [t for t in triggers if t[0] in types])
            result += [tag if tag == OUTSIDE else tag[2:] for tag in tags]
        return result

    rows = [[v for pair in pairs for v in values(pair[side])] for side in (0, 1)]
    domain = sorted({*rows[0], *rows[1]})
    if len(domain) <= 1:
        return None
    coded = [[domain.index(value) for value in row] for row in rows]
    return float(krippendorff.alpha(reliability_data=coded, level_of_measurement="nominal"))
