"""The page of a report: incidents as a table, and the same as data for its filters and charts."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from eventbench.claims import listing
from eventbench.claims.model import (
    ASSERTS,
    DENIES,
    DOUBTS,
    LEVELS,
    Claim,
    Figure,
    Incident,
    Mention,
)
from eventbench.corpus.loading import Corpus
from eventbench.corpus.model import Document
from eventbench.corpus.predictions import RECORD
from eventbench.html.article import HUES, template
from eventbench.io import Json, read_json_object


@dataclass(frozen=True)
class _Kind:
    """An event type with its colour: a hue, and the class that has it."""

    name: str
    hue: int
    css: str


@dataclass(frozen=True)
class _Option:
    """A value of a filter, with the number of incidents that have it."""

    value: str
    label: str
    count: int
    inner: bool = False


@dataclass(frozen=True)
class _Filter:
    """A filter with several values, which are alternatives."""

    name: str
    title: str
    options: list[_Option]


@dataclass(frozen=True)
class _Count:
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


@dataclass(frozen=True)
class _Page:
    """What the page shows, and how to look it up.

    Attributes:
        pages: address of each article's page by id.
    """

    corpus: Corpus
    incidents: Sequence[Incident]
    documents: Mapping[str, Document]
    pages: Mapping[str, str]

    def address(self, mention: Mention) -> str:
        """The place of a mention in the page of its article."""
        return f"{self.pages[mention.article]}#{mention.event}"

    def quote(self, mention: Mention) -> tuple[str, str, str]:
        """The sentence of a mention: what stands before the trigger, the trigger, the rest."""
        document = self.documents[mention.article]
        sentence = document.sentence_of(mention.span)
        if sentence is None:
            return "", mention.words, ""
        text = document.text
        return (
            text[sentence.span.start : mention.span.start],
            mention.words,
            text[mention.span.end : sentence.span.end],
        )

    def place_in(self, mention: Mention) -> str:
        """Publisher and day of an article with the offsets of a trigger."""
        document = self.documents[mention.article]
        day = document.published.isoformat() if document.published else ""
        return ", ".join(filter(None, [document.publisher, day, mention.key]))

    def counts(self) -> list[_Count]:
        """The figures that sources assert or doubt, as `Incident.figures` has them."""
        return [
            _Count(i, k, claim.name, figure)
            for i, incident in enumerate(self.incidents)
            for k, claim in enumerate(incident.claims)
            if claim.stance in (ASSERTS, DOUBTS)
            for figure in claim.figures
        ]


def render_index(
    corpus: Corpus,
    incidents: Sequence[Incident],
    documents: Sequence[Document],
    pages: Mapping[str, str],
    title: str,
) -> str:
    """Draw the first page of a report.

    Args:
        corpus: what the incidents were derived from.
        incidents: what to show, in this order.
        documents: the articles that have pages, those of all incidents among them.
        pages: the address of each article's page by id.
        title: the page's heading, plain text.

    Returns:
        The page; equal arguments give equal bytes.
    """
    page = _Page(
        corpus,
        incidents,
        {document.id: document for document in documents},
        pages,
    )
    kinds = [
        _Kind(name, HUES[n % len(HUES)], f"k{n + 1}")
        for n, name in enumerate(corpus.scheme.event_types)
    ]
    counts = page.counts()
    days = [d.published for d in documents if d.published]
    path = corpus.root / RECORD
    return template("report/index.html.j2").render(
        page=page,
        title=title,
        kinds=kinds,
        css={kind.name: kind.css for kind in kinds},
        cards=[],
        incidents=incidents,
        numbers={incident.id: number for number, incident in enumerate(incidents)},
        documents=documents,
        mentioned=Counter(article for i in incidents for article in i.articles),
        days=(min(days).isoformat(), max(days).isoformat()) if days else None,
        sources=len({claim.source for i in incidents for claim in i.claims}),
        levels=[(level, n) for level in LEVELS if (n := _number(incidents, level))],
        filters=[f for f in _filters(page) if len(f.options) > 1],
        sure=any(incident.probability is not None for incident in incidents),
        counts=counts,
        data=_data(page, kinds, counts),
        has_map=any(place.point for i in incidents for place in i.where),
        predicted=corpus.predicted,
        result=read_json_object(path) if path.is_file() else {},
        heading=_heading,
        claims_of=_claims_of,
        figures=listing.figures_of,
        mark=listing.mark,
        sure_of=_sure_of,
        where=listing.where_of,
        who=listing.who_of,
        sources_of=_sources_of,
    )


def _sure_of(probability: float) -> str:
    """A probability in percent; what is not certain is never shown as 0 or 100."""
    if 0 < probability < 0.005:
        return "< 1 %"
    return "> 99 %" if 0.995 <= probability < 1 else f"{100 * probability:.0f} %"


def _number(incidents: Iterable[Incident], level: str) -> int:
    return sum(incident.level == level for incident in incidents)


def _heading(incident: Incident) -> str:
    """The name that a person gave, or else what happened to whom, or where."""
    whom = listing.whom_of(incident)
    what = listing.what_of(incident)
    places = dict.fromkeys(place.name for place in incident.where)
    return incident.name or (f"{what}: {whom}" if whom else ", ".join([what, *places]))


def _sources_of(incident: Incident, denials: bool) -> str:
    """The names of who denies it; or of all others, with the stance unless they assert."""
    found: dict[str, list[str]] = defaultdict(list)
    for claim in incident.claims:
        if (claim.stance == DENIES) == denials:
            found["" if claim.stance in (ASSERTS, DENIES) else f"{claim.stance}: "].append(
                claim.name
            )
    return "; ".join(f"{stance}{', '.join(names)}" for stance, names in found.items())


def _claims_of(incident: Incident) -> list[tuple[str, list[Claim]]]:
    """The two sides of an incident: claims, and denials."""
    denials = [claim for claim in incident.claims if claim.stance == DENIES]
    others = [claim for claim in incident.claims if claim.stance != DENIES]
    return [("Claims", others), ("Denials", denials)]


# Filters: what `eventbench.claims.select.Selection` takes


def _places(incident: Incident) -> set[str]:
    return {p for place in incident.where for p in (place.id, *place.within)}


def _sides(incident: Incident) -> set[str]:
    return {side for party in incident.parties for side in party.sides}


def _types(incident: Incident) -> set[str]:
    return {part for m in incident.mentions for part in (m.label, m.type)}


def _statuses(incident: Incident) -> set[str]:
    return {m.attributes["status"] for m in incident.mentions if "status" in m.attributes}


def _filters(page: _Page) -> Iterator[_Filter]:
    """The filters with their values, frequent ones first; types in the order of the scheme."""
    incidents = page.incidents
    types = Counter(label for i in incidents for label in _types(i))
    order = {name: n for n, name in enumerate(page.corpus.scheme.event_types)}

    def rank(label: str) -> tuple[int, bool, int, str]:
        name, _, subtype = label.partition("/")
        return order[name], bool(subtype), -types[label], label

    yield _Filter(
        "type",
        "Type",
        [
            _Option(label, label.rpartition("/")[2], types[label], "/" in label)
            for label in sorted(types, key=rank)
        ],
    )
    names = {place.id: place.name for i in incidents for place in i.where}
    names |= {name: place.name for name, place in page.corpus.places.items()}
    yield _options("place", "Place", (_places(i) for i in incidents), names)
    parties = {party.id: party.id for party in page.corpus.info.parties}
    yield _options("side", "Side", (_sides(i) for i in incidents), parties)
    sources = {claim.source: claim.name for i in incidents for claim in i.claims}
    of_claims = ({claim.source for claim in i.claims} for i in incidents)
    yield _options("source", "Source", of_claims, sources)
    yield _options("status", "Status", (_statuses(i) for i in incidents), {})
    titles = {name: ": ".join(filter(None, [name, d.title])) for name, d in page.documents.items()}
    yield _options("article", "Article", (set(i.articles) for i in incidents), titles)
    yield _options("level", "Level", ({i.level} for i in incidents), {})


def _options(
    name: str, title: str, values: Iterable[set[str]], labels: Mapping[str, str]
) -> _Filter:
    counts = Counter(value for found in values for value in found)
    ordered = sorted(counts, key=lambda value: (-counts[value], value))
    options = [_Option(v, labels.get(v, v), counts[v]) for v in ordered]
    return _Filter(name, title, options)


# Data of the scripts


def _data(page: _Page, kinds: Sequence[_Kind], counts: Sequence[_Count]) -> Json:
    """Everything that filters and charts need; sentences once each."""
    texts: dict[str, int] = {}
    places = {place.id: place for i in page.incidents for place in i.where}
    return {
        "kinds": [{"name": kind.name, "hue": kind.hue} for kind in kinds],
        "places": {
            name: {
                "name": place.name,
                "kind": place.kind,
                "point": place.point,
                "km": _kilometres(page.corpus, name),
            }
            for name, place in places.items()
        },
        "incidents": [_incident(page, incident, texts) for incident in page.incidents],
        "figures": [count.record(page.incidents[count.incident]) for count in counts],
        "texts": list(texts),
    }


def _kilometres(corpus: Corpus, place: str) -> float:
    """How far a place, or its edge, may be from its point."""
    named = corpus.places.get(place)
    found = named.facts.get("precision_km", 0) if named else 0
    return found if isinstance(found, int | float) else 0


def _incident(page: _Page, incident: Incident, texts: dict[str, int]) -> Json:
    when = incident.when

    def mention(found: Mention) -> list[Any]:
        status = found.attributes.get("status", "")
        text = texts.setdefault(found.text, len(texts))
        return [found.article, status, text]

    stances = {claim.stance for claim in incident.claims}
    return {
        "id": incident.id,
        "title": _heading(incident),
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
