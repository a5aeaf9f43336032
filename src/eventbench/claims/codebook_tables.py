"""Incidents in the columns of ACLED and UCDP GED, so that they can be laid beside those datasets.

The columns are those of the files that the two projects publish, in their order. The codes come
from `eventbench.claims.codebooks`; a column that cannot be known from the articles is empty.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from eventbench.claims.codebooks import Reading, killed, opponents
from eventbench.claims.facts import Facts
from eventbench.claims.model import UNNAMED, Incident, Location, Party, limits
from eventbench.corpus.model import Document
from eventbench.corpus.values import Named
from eventbench.tables import Table

ACLED, UCDP = BOOKS = ("acled", "ucdp")
"""The datasets whose columns tables may have."""

POLITICAL_VIOLENCE = ("Battles", "Explosions/Remote violence", "Violence against civilians")
"""The event types of ACLED whose disorder type is "Political violence"."""

CIVILIAN, MEDIA = "civilian", "media"
"""A kind of actor, and a kind of source."""

COUNTRY, PROVINCES = "country", ("governorate", "province")
"""Kinds of places: countries and their largest units."""

_ACLED = """
event_id_cnty event_date year time_precision disorder_type event_type sub_event_type actor1
assoc_actor_1 inter1 actor2 assoc_actor_2 inter2 interaction civilian_targeting iso region country
admin1 admin2 admin3 location latitude longitude geo_precision source source_scale notes fatalities
tags timestamp
"""
_UCDP = """
id relid year active_year code_status type_of_violence conflict_dset_id conflict_new_id
conflict_name dyad_dset_id dyad_new_id dyad_name side_a_dset_id side_a_new_id side_a side_b_dset_id
side_b_new_id side_b number_of_sources source_article source_office source_date source_headline
source_original where_prec where_coordinates where_description adm_1 adm_2 latitude longitude
geom_wkt priogrid_gid country country_id region event_clarity date_prec date_start date_end
deaths_a deaths_b deaths_civilians deaths_unknown best high low gwnoa gwnob
"""
_NUMBERS = frozenset(
    [
        "year",
        "time_precision",
        "geo_precision",
        "fatalities",
        "type_of_violence",
        "where_prec",
        "date_prec",
        "best",
        "high",
        "low",
        "number_of_sources",
    ]
)
_TYPES: Mapping[str, type] = {
    **dict.fromkeys(_NUMBERS, int),
    **dict.fromkeys(("latitude", "longitude"), float),
    **dict.fromkeys(("event_date", "date_start", "date_end"), date),
}

Row = dict[str, Any]


def codebook_table(incidents: Iterable[Incident], book: str, facts: Facts) -> Table:
    """A table of the incidents that a codebook has a code for, in the columns of its dataset.

    Phases, totals, what did not happen, and what the dataset does not have are left out.

    Args:
        incidents: the incidents.
        book: one of `BOOKS`.
        facts: what they were derived from.
    """
    make, names = {ACLED: (_acled, _ACLED), UCDP: (_ucdp, _UCDP)}[book]
    documents = {document.id: document for document in facts.documents}
    rows = [make(i, facts, documents) for i in incidents if _codes(i, book)]
    columns = {name: _TYPES.get(name, str) for name in names.split()}
    return Table("incidents", columns, rows)


def _acled(incident: Incident, facts: Facts, documents: Mapping[str, Document]) -> Row:
    doers, others = _sides(incident, facts.reading)
    articles = [documents[a] for a in incident.articles if a in documents]
    low, _ = _deaths(incident, facts.reading)
    codes = _codes(incident, ACLED)
    when = incident.when
    first, second = opponents(incident, facts.reading)
    violent = codes.get("event_type") in POLITICAL_VIOLENCE
    return {
        "event_id_cnty": incident.id,
        # A row of ACLED has one day; of a longer time, the precision says how long.
        "event_date": when.first_day if when and "time_precision" in codes else None,
        "year": _year(incident),
        **codes,
        "disorder_type": "Political violence" if violent else None,
        "actor1": doers,
        "actor2": others,
        **_interaction(first, second, codes.get("interaction"), facts.reading),
        "civilian_targeting": "Civilian targeting" if second == CIVILIAN else None,
        **_place(incident, facts.places, "location", "country", "admin1"),
        "source": "; ".join(dict.fromkeys(a.publisher for a in articles if a.publisher)),
        "notes": " | ".join(dict.fromkeys(mention.text for mention in incident.mentions)),
        "fatalities": low,  # ACLED takes the most conservative one
    }


def _interaction(first: str, second: str, interaction: str | None, reading: Reading) -> Row:
    """What ACLED calls the kinds of the two actors; it joins both with a hyphen."""
    for a, b, name in reading.books[ACLED].encounters:
        if {a, b} == {first, second} and name == interaction:
            kinds = dict(zip((a, b), str(name).split("-"), strict=False))
            return {"inter1": kinds.get(first), "inter2": kinds.get(second)}
    return {}


def _ucdp(incident: Incident, facts: Facts, documents: Mapping[str, Document]) -> Row:
    doers, others = _sides(incident, facts.reading)
    articles = [documents[a] for a in incident.articles if a in documents]
    first = min(articles, key=lambda a: a.published or date.max, default=None)
    when = incident.when
    return {
        "id": incident.id,
        "year": _year(incident),
        **_codes(incident, UCDP),
        "side_a": doers,
        "side_b": others,
        "dyad_name": f"{doers} - {others}" if doers and others else None,
        "number_of_sources": len(incident.publishers),
        "source_article": "; ".join(filter(None, (_citation(article) for article in articles))),
        "source_office": first.publisher if first else None,
        "source_date": first.published.isoformat() if first and first.published else None,
        "source_headline": first.title if first else None,
        "source_original": "; ".join(
            dict.fromkeys(
                claim.name
                for claim in incident.claims
                if claim.kind != MEDIA and claim.source != UNNAMED
            )
        ),
        **_place(incident, facts.places, "where_coordinates", "country", "adm_1"),
        "where_description": ", ".join(dict.fromkeys(place.name for place in incident.where)),
        "date_start": when.first_day if when else None,
        "date_end": when.last_day if when else None,
    }


def _codes(incident: Incident, book: str) -> Row:
    found = incident.codes.items()
    return {name.removeprefix(f"{book}_"): v for name, v in found if name.startswith(f"{book}_")}


def _year(incident: Incident) -> int | None:
    """The year, if the time of the incident lies within one."""
    when = incident.when
    return when.first_day.year if when and when.first_day.year == when.last_day.year else None


def _deaths(incident: Incident, reading: Reading) -> tuple[int | None, int | None]:
    return limits(killed(incident, reading), reading.deaths)


def _sides(incident: Incident, reading: Reading) -> tuple[str, str]:
    """Who acts, and whom they act against: parties, or else kinds of actor."""
    doers = [party for party in incident.parties if party.role in reading.doers]
    others = [party for party in incident.parties if party.role in reading.others]
    if not others and set(incident.types) <= set(reading.mutual) and len(doers) > 1:
        doers, others = doers[:1], doers[1:]
    second = _named(others)
    if not second and opponents(incident, reading)[1] == CIVILIAN:
        second = CIVILIAN
    return _named(doers), second


def _named(parties: Sequence[Party]) -> str:
    found = (party.side.replace("_", " and ") or party.kind for party in parties)
    return "; ".join(dict.fromkeys(filter(None, found)))


def _place(
    incident: Incident, places: Mapping[str, Named], location: str, country: str, admin: str
) -> Row:
    """The place of an incident if it has a single one, with its country and its province.

    Args:
        incident: the incident.
        places: the gazetteer.
        location, country, admin: the names of the columns.
    """
    found = {place.id: place for place in incident.where}
    if len(found) != 1:
        return {}
    (place,) = found.values()
    row: Row = {location: place.name}
    if place.point:
        row |= {"latitude": place.point[0], "longitude": place.point[1]}
    for name, kind in _around(place, places):
        column = country if kind == COUNTRY else admin if kind in PROVINCES else None
        if column:
            row[column] = name
    return row


def _around(place: Location, places: Mapping[str, Named]) -> Iterator[tuple[str, str]]:
    """The names and kinds of a place and of what it lies in, the smallest first."""
    yield place.name, place.kind
    for wider in place.within:
        entry = places.get(wider)
        if entry is not None:
            yield entry.name, str(entry.facts.get("kind", ""))


def _citation(article: Document) -> str:
    published = article.published.isoformat() if article.published else ""
    return ", ".join(filter(None, (article.publisher, article.title, published, article.address)))
