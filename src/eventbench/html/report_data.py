"""What the filters and charts of a report work on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from eventbench.claims import listing
from eventbench.claims.model import ASSERTS, DENIES, DOUBTS, Figure, Incident, Mention
from eventbench.corpus.loading import Corpus
from eventbench.corpus.model import Document
from eventbench.html.cards import HUES
from eventbench.io import Json


@dataclass(frozen=True)
class Kind:
    """An event type with its colour: a hue, and the class that has it."""

    name: str
    hue: int
    css: str


@dataclass(frozen=True)
class Option:
    """A value of a filter, with the number of incidents that have it."""

    value: str
    label: str
    count: int
    inner: bool = False


@dataclass(frozen=True)
class Filter:
    """A filter with several values, which are alternatives."""

    name: str
    title: str
    options: list[Option]


@dataclass(frozen=True)
class Count:
    """A figure of a source, as the table of figures shows it."""

    incident: int
    claim: int
    source: str
    figure: Figure

    def record(self, incident: Incident) -> Json:
        """The figure as the chart of the toll reads it."""
        figure, when = self.figure, incident.when
        return {
            "incident": self.incident,
            "claim": self.claim,
            "source": self.source,
            "measure": figure.measure,
            "low": figure.low,
            "high": figure.high,
            "said": str(figure),
            "of": figure.of,
            "total": figure.total,
            "first": when.first_day.isoformat() if when else None,
            "last": when.last_day.isoformat() if when else None,
            # One figure may belong to a phase and to a happening; it is drawn once.
            "key": f"{figure.mention.key} {figure.measure} {figure.words} {self.source}",
        }


def kinds_of(corpus: Corpus) -> list[Kind]:
    """The event types with the colours that they have in the pages of articles too."""
    return [
        Kind(name, HUES[n % len(HUES)], f"k{n + 1}")
        for n, name in enumerate(corpus.scheme.event_types)
    ]


def heading(incident: Incident) -> str:
    """The name that it was given, or else what happened to whom, or where."""
    whom = listing.whom_of(incident)
    what = listing.what_of(incident)
    places = dict.fromkeys(place.name for place in incident.where)
    return incident.name or (f"{what}: {whom}" if whom else ", ".join([what, *places]))


def counts_of(incidents: Sequence[Incident]) -> list[Count]:
    """The figures that sources assert or doubt, as `Incident.figures` has them."""
    return [
        Count(i, k, claim.name, figure)
        for i, incident in enumerate(incidents)
        for k, claim in enumerate(incident.claims)
        if claim.stance in (ASSERTS, DOUBTS)
        for figure in claim.figures
    ]


# Filters: what `eventbench.claims.select.Selection` takes


def _places(incident: Incident) -> set[str]:
    return {p for place in incident.where for p in (place.id, *place.within)}


def _sides(incident: Incident) -> set[str]:
    return {side for party in incident.parties for side in party.sides}


def _types(incident: Incident) -> set[str]:
    return {part for m in incident.mentions for part in (m.label, m.type)}


def _statuses(incident: Incident) -> set[str]:
    return {m.attributes["status"] for m in incident.mentions if "status" in m.attributes}


def filters_of(
    corpus: Corpus, incidents: Sequence[Incident], documents: Iterable[Document]
) -> Iterator[Filter]:
    """The filters with their values, frequent ones first; types in the order of the scheme."""
    types = Counter(label for i in incidents for label in _types(i))
    order = {name: n for n, name in enumerate(corpus.scheme.event_types)}

    def rank(label: str) -> tuple[int, bool, int, str]:
        name, _, subtype = label.partition("/")
        return order[name], bool(subtype), -types[label], label

    yield Filter(
        "type",
        "Type",
        [
            Option(label, label.rpartition("/")[2], types[label], "/" in label)
            for label in sorted(types, key=rank)
        ],
    )
    names = {place.id: place.name for i in incidents for place in i.where}
    names |= {name: place.name for name, place in corpus.places.items()}
    yield _options("place", "Place", (_places(i) for i in incidents), names)
    yield _options("side", "Side", (_sides(i) for i in incidents), {})
    sources = {claim.source: claim.name for i in incidents for claim in i.claims}
    of_claims = ({claim.source for claim in i.claims} for i in incidents)
    yield _options("source", "Source", of_claims, sources)
    yield _options("status", "Status", (_statuses(i) for i in incidents), {})
    titles = {d.id: ": ".join(filter(None, [d.id, d.title])) for d in documents}
    yield _options("article", "Article", (set(i.articles) for i in incidents), titles)
    yield _options("level", "Level", ({i.level} for i in incidents), {})


def _options(
    name: str, title: str, values: Iterable[set[str]], labels: Mapping[str, str]
) -> Filter:
    counts = Counter(value for found in values for value in found)
    ordered = sorted(counts, key=lambda value: (-counts[value], value))
    options = [Option(v, labels.get(v, v), counts[v]) for v in ordered]
    return Filter(name, title, options)


# Data of the scripts


def data_of(corpus: Corpus, incidents: Sequence[Incident], counts: Sequence[Count]) -> Json:
    """Everything that filters and charts need; sentences once each."""
    texts: dict[str, int] = {}
    places = {place.id: place for i in incidents for place in i.where}
    return {
        "kinds": [{"name": kind.name, "hue": kind.hue} for kind in kinds_of(corpus)],
        "places": {
            name: {
                "name": place.name,
                "kind": place.kind,
                "point": place.point,
                "km": _kilometres(corpus, name),
            }
            for name, place in places.items()
        },
        "incidents": [_incident(incident, texts) for incident in incidents],
        "figures": [count.record(incidents[count.incident]) for count in counts],
        "texts": list(texts),
    }


def _kilometres(corpus: Corpus, place: str) -> float:
    """How far a place, or its edge, may be from its point."""
    named = corpus.places.get(place)
    found = named.facts.get("precision_km", 0) if named else 0
    return found if isinstance(found, int | float) else 0


def _incident(incident: Incident, texts: dict[str, int]) -> Json:
    when = incident.when

    def mention(found: Mention) -> list[str | int]:
        status = found.attributes.get("status", "")
        text = texts.setdefault(found.text, len(texts))
        return [found.article, status, text]

    stances = {claim.stance for claim in incident.claims}
    return {
        "id": incident.id,
        "title": heading(incident),
        "name": incident.name,
        "level": incident.level,
        "contested": incident.contested,
        "told": bool(stances & {ASSERTS, DOUBTS}),
        "first": when.first_day.isoformat() if when else None,
        "last": when.last_day.isoformat() if when else None,
        "vague": bool(when and when.vague),
        "types": sorted(_types(incident)),
        "places": sorted(_places(incident)),
        "spots": list(dict.fromkeys(place.id for place in incident.where)),
        "sides": sorted(_sides(incident)),
        "articles": len(incident.articles),
        "probability": incident.probability,
        "claims": [
            {
                "source": claim.source,
                "denies": claim.stance == DENIES,
                "probability": claim.probability,
                "mentions": [mention(found) for found in claim.mentions],
            }
            for claim in incident.claims
        ],
    }
