"""Tables of incidents, claims, figures, events and sources, for spreadsheets and data frames.

What is unknown is empty, never 0. Figures of totals have columns of their own, so that nobody
adds them to the others. ``mentions`` lead back into the articles: "000:17-23" is the trigger at
code points 17 to 23 of article 000.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import chain
from typing import Any

from eventbench.claims import listing
from eventbench.claims.codebooks import FIELDS, NUMBERS
from eventbench.claims.facts import Facts, arguments
from eventbench.claims.listing import Claimed
from eventbench.claims.model import (
    STANCES,
    TOTAL,
    Claim,
    Figure,
    Incident,
    Mention,
    When,
    limits,
)
from eventbench.claims.sources import TIMES
from eventbench.claims.when_where import time_of, where_of
from eventbench.corpus.model import Argument, Document, Event
from eventbench.corpus.scheme import ACTOR, NUMBER, PARTICIPANT, PLACE, REPETITIONS, TIME
from eventbench.tables import Table

INCIDENTS = "incidents"
CLAIMS = "claims"
FIGURES = "figures"
EVENTS = "events"
SOURCES = "sources"
"""What a row of a table is, in the plural: the names of the tables."""

Row = dict[str, Any]
Documents = Mapping[str, Document]
"""Articles by id."""

_WHEN: Mapping[str, type] = {"time_from": date, "time_to": date, "time_precision": str}
_POINT: Mapping[str, type] = {"latitude": float, "longitude": float}
_SCOPES = {"": False, f"_{TOTAL}": True}
"""What follows a measure in the names of its columns: whether its figures are totals."""


def _when(when: When | None) -> Row:
    """The cells of `_WHEN`. A vague time is one within which something happened."""
    if when is None:
        return {}
    precision = "vague" if when.vague else when.precision
    return dict(zip(_WHEN, (when.first_day, when.last_day, precision), strict=True))


def _point(points: Iterable[tuple[float, float] | None]) -> Row:
    """The only point that places have; nothing if they have several or none."""
    found = {point for point in points if point is not None}
    return dict(zip(_POINT, next(iter(found)), strict=True)) if len(found) == 1 else {}


def _end_columns(measures: Iterable[str]) -> dict[str, type]:
    """Columns for the ends of each measure, those of totals apart."""
    return {
        f"{measure}{scope}_{end}": int
        for measure in measures
        for scope in _SCOPES
        for end in ("low", "high")
    }


def _ends(figures: Iterable[Figure], measures: Iterable[str]) -> Row:
    """The lowest and highest number of each measure, those of totals apart."""
    found = [*figures]
    return {
        f"{measure}{scope}_{end}": number
        for measure in measures
        for scope, total in _SCOPES.items()
        for end, number in zip(
            ("low", "high"), limits((f for f in found if f.total == total), measure), strict=True
        )
    }


def _probability(probability: float | None) -> float | None:
    return None if probability is None else round(probability, 4)


def _joined(texts: Iterable[str]) -> str:
    """Texts one after the other, each once."""
    return "; ".join(dict.fromkeys(filter(None, texts)))


def _addresses(mentions: Iterable[Mention], documents: Documents) -> str:
    found = (documents.get(mention.article) for mention in mentions)
    return _joined(document.address for document in found if document)


# Incidents


def table_of_incidents(incidents: Sequence[Incident], documents: Documents) -> Table:
    """A table with a row for each incident, its claims by stance, and its codes elsewhere."""
    measures = sorted({figure.measure for i in incidents for figure in i.figures})
    columns: dict[str, type] = {
        **dict.fromkeys(("id", "level", "name", "types"), str),
        **_WHEN,
        **dict.fromkeys(("places", "where"), str),
        **_POINT,
        **dict.fromkeys(("who", "participants", *STANCES), str),
        "contested": bool,
        "figures": str,
        **_end_columns(measures),
        "articles": int,
        "publishers": int,
        "probability": float,
        **dict.fromkeys(("sentence", "address", "mentions", "part_of", "rivals"), str),
        **{column: int if column in NUMBERS else str for column in FIELDS},
        **dict.fromkeys(("inherited", "decided", "reason"), str),
    }
    rows = [_incident_row(incident, measures, documents) for incident in incidents]
    return Table(INCIDENTS, columns, rows)


def _incident_row(i: Incident, measures: Sequence[str], documents: Documents) -> Row:
    return {
        "id": i.id,
        "level": i.level,
        "name": i.name,
        "types": " ".join(i.types),
        **_when(i.when),
        "places": " ".join(dict.fromkeys(place.id for place in i.where)),
        "where": listing.where_of(i),
        **_point(place.point for place in i.where),
        "who": listing.who_of(i),
        "participants": "; ".join(f"{p.role}: {p.words} ({p.kind})" for p in i.participants),
        **{s: " ".join(c.source for c in i.claims if c.stance == s) for s in STANCES},
        "contested": i.contested,
        "figures": listing.figures_of(i.figures),
        **_ends(i.figures, measures),
        "articles": len(i.articles),
        "publishers": len(i.publishers),
        "probability": _probability(i.probability),
        "sentence": next((mention.text for mention in i.mentions), ""),
        "address": _addresses(i.mentions, documents),
        "mentions": " ".join(mention.key for mention in i.mentions),
        "part_of": " ".join(i.parents),
        "rivals": " ".join(i.rivals),
        **i.codes,
        "inherited": "; ".join(f"{f}: {keys}" for f, keys in i.inherited.items()),
        "decided": " ".join(i.decided),
        "reason": i.reason,
    }


# Claims and figures


def table_of_claims(claims: Claimed, documents: Documents) -> Table:
    """A table with a row for each claim: what one source says of an incident."""
    measures = sorted({figure.measure for _, claim in claims for figure in claim.figures})
    columns: dict[str, type] = {
        **dict.fromkeys(("incident", "level", "types"), str),
        **_WHEN,
        **dict.fromkeys(("where", "source", "name", "kind", "side", "stance"), str),
        "since": date,
        "contested": bool,
        "figures": str,
        **_end_columns(measures),
        "probability": float,
        **dict.fromkeys(("sentence", "address", "mentions"), str),
    }
    rows = [
        {
            "incident": incident.id,
            "level": incident.level,
            "types": " ".join(incident.types),
            **_when(incident.when),
            "where": listing.where_of(incident),
            "source": claim.source,
            "name": claim.name,
            "kind": claim.kind,
            "side": claim.side,
            "stance": claim.stance,
            "since": claim.since,
            "contested": claim.contested,
            "figures": listing.figures_of(claim.figures),
            **_ends(claim.figures, measures),
            "probability": _probability(claim.probability),
            "sentence": " | ".join(dict.fromkeys(mention.text for mention in claim.mentions)),
            "address": _addresses(claim.mentions, documents),
            "mentions": " ".join(mention.key for mention in claim.mentions),
        }
        for incident, claim in claims
    ]
    return Table(CLAIMS, columns, rows)


def table_of_figures(claims: Claimed, documents: Documents) -> Table:
    """A table with a row for each figure that a source gives, with what it covers."""
    columns: dict[str, type] = {
        **dict.fromkeys(("incident", "types", "measure"), str),
        "low": int,
        "high": int,
        **dict.fromkeys(("scope", "of", "words"), str),
        **_WHEN,
        **dict.fromkeys(("where", "source", "side", "stance"), str),
        "contested": bool,
        "probability": float,
        "sentence": str,
        "article": str,
        "published": date,
        "address": str,
        "start": int,
        "end": int,
    }
    rows = [
        _figure_row(incident, claim, figure, documents.get(figure.mention.article))
        for incident, claim in claims
        for figure in claim.figures
    ]
    return Table(FIGURES, columns, rows)


def _figure_row(incident: Incident, claim: Claim, figure: Figure, document: Document | None) -> Row:
    mention = figure.mention
    return {
        "incident": incident.id,
        "types": " ".join(incident.types),
        "measure": figure.measure,
        "low": figure.low,
        "high": figure.high,
        # A total may be told of a longer time, or of more places, than the incident it is in.
        "scope": TOTAL if figure.total else incident.level,
        "of": figure.of,
        "words": figure.words,
        **_when(incident.when),
        "where": listing.where_of(incident),
        "source": claim.source,
        "side": claim.side,
        "stance": claim.stance,
        "contested": claim.contested,
        "probability": _probability(mention.claim_probability),
        "sentence": mention.text,
        "article": mention.article,
        "published": document.published if document else None,
        "address": document.address if document else "",
        "start": mention.span.start,
        "end": mention.span.end,
    }


def table_of_sources(claims: Claimed) -> Table:
    """A table with a row for each source: how many claims of each stance it makes."""
    columns = {
        **dict.fromkeys(("source", "name", "kind", "side"), str),
        **dict.fromkeys(("claims", *STANCES, "articles"), int),
    }
    return Table(SOURCES, columns, listing.source_rows(claims))


# Events


def table_of_events(claims: Claimed, facts: Facts, probability: float = 0.0) -> Table:
    """A table with a row for each event that claims rest on, in the order of the articles.

    Events that are less probable than ``probability`` are left out.
    """
    found: dict[tuple[str, str], list[tuple[Incident, Claim]]] = {}
    for incident, claim in claims:
        for mention in claim.mentions:
            found.setdefault((mention.article, mention.event), []).append((incident, claim))
    rows = [
        _event_row(document, event, found[document.id, event.id], facts)
        for document in facts.documents
        for event in sorted(document.events, key=lambda event: event.trigger)
        if (document.id, event.id) in found and probability <= (event.probability or 0.0)
    ]
    return Table(EVENTS, _event_columns(facts), rows)


_TAKEN = frozenset(("publisher", "actor", "target", "place", "time", "count", "incident"))


def _attribute(name: str) -> str:
    """The column of an attribute of events, which may have the name of another column."""
    return f"{name}_attribute" if name in _TAKEN else name


def _event_columns(facts: Facts) -> dict[str, type]:
    return {
        **dict.fromkeys(("article", "title", "publisher"), str),
        "published": date,
        **dict.fromkeys(("sentence", "trigger", "type"), str),
        **dict.fromkeys(map(_attribute, facts.scheme.attributes), str),
        **dict.fromkeys(("actor", "actor_side", "opponent", "opponent_side", "target"), str),
        **dict.fromkeys(("place", "place_id"), str),
        **_POINT,
        "time": str,
        **_WHEN,
        **dict.fromkeys(("count", "counted", "measure"), str),
        "count_low": int,
        "count_high": int,
        **dict.fromkeys(("source", "source_side", "stance"), str),
        "probability": float,
        **dict.fromkeys(("incident", "address"), str),
        "start": int,
        "end": int,
    }


def _event_row(
    document: Document, event: Event, claims: Sequence[tuple[Incident, Claim]], facts: Facts
) -> Row:
    told = [(document, event)]
    mention = next(
        m for _, c in claims for m in c.mentions if (m.article, m.event) == (document.id, event.id)
    )
    figures = [
        figure
        for figure in dict.fromkeys(chain.from_iterable(claim.figures for _, claim in claims))
        if figure.mention == mention and figure.measure != TIMES
    ]
    low, high = limits(figures, figures[0].measure) if figures else (None, None)
    places = where_of(told, facts)
    return {
        "article": document.id,
        "title": document.title,
        "publisher": document.publisher,
        "published": document.published,
        "sentence": mention.text,
        "trigger": mention.words,
        "type": event.type,
        **{_attribute(name): value for name, value in event.attributes.items()},
        **_actors(document, event, facts),
        "target": _words(document, event, facts, PARTICIPANT),
        "place": _words(document, event, facts, PLACE),
        "place_id": " ".join(dict.fromkeys(place.id for place in places)),
        **_point(place.point for place in places),
        "time": _words(document, event, facts, TIME),
        **_when(time_of(told, facts, course=False)),
        "count": _words(document, event, facts, NUMBER, REPETITIONS),
        "counted": _joined(figure.of for figure in figures),
        "measure": _joined(figure.measure for figure in figures),
        "count_low": low,
        "count_high": high,
        "source": _joined(claim.name for _, claim in claims),
        "source_side": _joined(claim.side for _, claim in claims),
        "stance": _joined(claim.stance for _, claim in claims),
        "probability": _probability(event.probability),
        "incident": " ".join(dict.fromkeys(incident.id for incident, _ in claims)),
        "address": document.address,
        "start": event.trigger.start,
        "end": event.trigger.end,
    }


def _actors(document: Document, event: Event, facts: Facts) -> Row:
    """Who acts, and whom they act against, with their sides."""
    found = list(_arguments(document, event, facts, ACTOR))
    others = [argument for argument in found if argument.role in facts.reading.others]
    row = {}
    for name, some in (("actor", [a for a in found if a not in others]), ("opponent", others)):
        row[name] = _joined(a.span.text_in(document.text) for a in some)
        row[f"{name}_side"] = _joined(a.attributes.get("side", "") for a in some)
    return row


def _words(document: Document, event: Event, facts: Facts, *kinds: str) -> str:
    found = _arguments(document, event, facts, *kinds)
    return _joined(" ".join(a.span.text_in(document.text).split()) for a in found)


def _arguments(document: Document, event: Event, facts: Facts, *kinds: str) -> Iterator[Argument]:
    return (a for _, _, a in arguments([(document, event)], facts.scheme, *kinds))
