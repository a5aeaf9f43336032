"""Incidents and claims as tables in a terminal, JSON records and GeoJSON."""

from __future__ import annotations

import textwrap
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from eventbench.claims.codebooks import FIELDS
from eventbench.claims.model import (
    ASSERTS,
    DENIES,
    STANCES,
    Claim,
    Figure,
    Incident,
)
from eventbench.io import Json
from eventbench.tables import Table
from eventbench.text import UNDEFINED, plural, table

DECIDED = "*"
"""Follows whatever was decided beyond what can be derived."""

Claimed = Sequence[tuple[Incident, Claim]]
"""Claims, each with its incident."""

_WIDTHS = {
    "id": 16,
    "when": 12,
    "where": 20,
    "what": 20,
    "who": 26,
    "claims": 26,
    "denials": 18,
    "figures": 22,
    "articles": 9,
}
"""The columns of the table with their widths in characters."""


# What cells say


def mark(incident: Incident, *fields: str) -> str:
    """An asterisk if one of the fields was decided, not derived, else nothing."""
    return DECIDED if any(field in incident.decided for field in fields) else ""


def what_of(incident: Incident) -> str:
    """The types in few words: the subtypes, or the type of what has none."""
    return ", ".join(dict.fromkeys(label.rpartition("/")[2] for label in incident.types))


def where_of(incident: Incident) -> str:
    """The places with their roles, each role once."""
    by_role: dict[str, list[str]] = defaultdict(list)
    for place in incident.where:
        near = "" if place.precision == "is" else f"{place.precision} of "
        by_role[place.role].append(f"{near}{place.name}".replace("near of", "near"))
    roles = (f"{r}: {', '.join(n)}" if r else ", ".join(n) for r, n in by_role.items())
    return "; ".join(roles)


def who_of(incident: Incident) -> str:
    """The parties by role."""
    by_role: dict[str, dict[str, None]] = defaultdict(dict)
    for party in incident.parties:
        for side in party.sides or (party.kind or UNDEFINED,):
            by_role[party.role][side] = None
    return "; ".join(f"{role}: {', '.join(sides)}" for role, sides in by_role.items())


def whom_of(incident: Incident) -> str:
    """The words for who or what was hit, moved, shut in or harmed, each once."""
    return ", ".join(dict.fromkeys(participant.words for participant in incident.participants))


def figures_of(figures: Iterable[Figure]) -> str:
    """The figures one after the other, equal ones once, totals marked; never a sum."""
    said = (
        f"{figure.measure} {figure}{' in total' if figure.total else ''}"
        f"{f' ({figure.of})' if figure.of else ''}"
        for figure in figures
    )
    return "; ".join(dict.fromkeys(said))


def sources_of(claims: Iterable[Claim], denials: bool) -> str:
    """The sources of the denials; or of all other claims, with the stance unless they assert."""
    by_stance: dict[str, list[str]] = defaultdict(list)
    for claim in claims:
        if (claim.stance == DENIES) == denials:
            by_stance[claim.stance].append(claim.source)
    if denials:
        return ", ".join(by_stance[DENIES])
    return "; ".join(
        f"{'' if stance == ASSERTS else f'{stance}: '}{', '.join(found)}"
        for stance, found in by_stance.items()
    )


# Tables


def _wrapped(rows: Iterable[Sequence[object]], widths: Sequence[int]) -> list[list[str]]:
    return [
        [
            textwrap.fill(str(cell), width, break_long_words=False, break_on_hyphens=False)
            for cell, width in zip(row, widths, strict=True)
        ]
        for row in rows
    ]


def incident_table(incidents: Sequence[Incident]) -> str:
    """A table of incidents, claims against denials, with a last line that counts them."""
    rows = [
        (
            i.id if i.level == "incident" else f"{i.id} ({i.level})",
            f"{UNDEFINED if i.when is None else i.when}{mark(i, 'when')}",
            f"{where_of(i) or UNDEFINED}{mark(i, 'where')}",
            f"{i.name}{mark(i, 'name')}: {what_of(i)}" if i.name else what_of(i),
            who_of(i) or UNDEFINED,
            sources_of(i.claims, denials=False),
            "; ".join(filter(None, [sources_of(i.claims, denials=True), _otherwise(i)])),
            figures_of(i.figures),
            len(i.articles),
        )
        for i in incidents
    ]
    shown = table(list(_WIDTHS), _wrapped(rows, [*_WIDTHS.values()]), left=len(_WIDTHS) - 1)
    lines = [shown, "", plural(len(incidents), "incident")]
    if any(i.decided for i in incidents):
        lines.append(f"{DECIDED} decided, not derived: {_decisions(incidents)}")
    return "\n".join(lines)


def _otherwise(incident: Incident) -> str:
    return f"otherwise: {', '.join(incident.rivals)}" if incident.rivals else ""


def _decisions(incidents: Iterable[Incident]) -> str:
    return "; ".join(
        f"{i.id} {field} ({reason})" for i in incidents for field, reason in i.decided.items()
    )


def claim_table(claims: Claimed) -> str:
    """A table with a row for each claim."""
    rows = [
        (
            f"{claim.source} ({claim.side})" if claim.side else claim.source,
            claim.stance + (", contested" if claim.contested else ""),
            ": ".join(filter(None, [what_of(incident), whom_of(incident)])),
            where_of(incident) or UNDEFINED,
            UNDEFINED if incident.when is None else incident.when,
            figures_of(claim.figures),
            claim.since or UNDEFINED,
            " ".join(f"{m.sentence or m.article}:{m.words}" for m in claim.mentions),
            incident.id,
        )
        for incident, claim in claims
    ]
    columns = (
        *("source", "stance", "what", "where", "when", "figures", "since", "mentions"),
        "incident",
    )
    widths = (24, 12, 22, 22, 12, 26, 10, 30, 16)
    shown = table(columns, _wrapped(rows, widths), left=len(columns))
    return f"{shown}\n\n{plural(len(claims), 'claim')}"


_COLUMNS: Mapping[str, Mapping[str, int]] = {
    "figures": {
        "incident": 16, "measure": 10, "low": 6, "high": 6, "scope": 9, "of": 16, "source": 18,
        "stance": 10, "time_from": 10, "time_to": 10, "sentence": 50,
    },
    "events": {
        "article": 10, "start": 6, "trigger": 14, "type": 18, "actor": 16, "target": 16,
        "place": 16, "time_from": 10, "time_to": 10, "count_low": 9, "count_high": 10,
        "source": 16, "stance": 10, "incident": 16,
    },
}  # fmt: skip
"""What a terminal shows of tables that are wider than it, with widths in characters."""


def narrow_table(wide: Table) -> str:
    """The most telling columns of a table of figures or events."""
    widths = _COLUMNS[wide.name]
    cells = [["" if row.get(c) is None else row[c] for c in widths] for row in wide.rows]
    shown = table([*widths], _wrapped(cells, [*widths.values()]), left=len(widths))
    return f"{shown}\n\n{plural(len(wide.rows), wide.name.removesuffix('s'))}"


def source_rows(claims: Claimed) -> list[dict[str, Any]]:
    """A row for each source: how many claims of each stance it makes, and where."""
    by_source: dict[str, list[Claim]] = defaultdict(list)
    for _, claim in claims:
        by_source[claim.source].append(claim)
    rows = []
    for source, found in sorted(by_source.items(), key=lambda item: (-len(item[1]), item[0])):
        stances = Counter(claim.stance for claim in found)
        articles = {mention.article for claim in found for mention in claim.mentions}
        rows.append(
            {
                "source": source,
                "name": found[0].name,
                "kind": found[0].kind,
                "side": found[0].side,
                "claims": len(found),
                **{name: stances[name] for name in STANCES},
                "articles": len(articles),
            }
        )
    return rows


def source_table(claims: Claimed) -> str:
    """A table with a row for each source."""
    rows = source_rows(claims)
    columns = ("source", "name", "kind", "side", "claims", *STANCES, "articles")
    body = [[row[column] for column in columns] for row in rows]
    return f"{table(columns, body, left=4)}\n\n{plural(len(rows), 'source')}"


# Records


def record(incident: Incident) -> Json:
    """An incident as JSON can hold it. Unknown values are null."""
    when = incident.when
    return {
        "id": incident.id,
        "level": incident.level,
        "name": incident.name or None,
        "types": [*incident.types],
        "when": None
        if when is None
        else {"interval": when.interval, "precision": when.precision, "vague": when.vague},
        "where": [
            {
                "id": place.id,
                "name": place.name,
                "role": place.role or None,
                "precision": place.precision,
                "point": None if place.point is None else [*place.point],
            }
            for place in incident.where
        ],
        "parties": [
            {"role": party.role, "sides": [*party.sides], "kind": party.kind}
            for party in incident.parties
        ],
        "participants": [
            {"role": p.role, "class": p.kind, "words": p.words} for p in incident.participants
        ],
        "claims": [_claim_record(claim) for claim in incident.claims],
        "contested": incident.contested,
        "probability": incident.probability,
        "articles": [*incident.articles],
        "publishers": [*incident.publishers],
        "mentions": [
            {"mention": m.key, "sentence": m.sentence, "words": m.words, "type": m.label}
            for m in incident.mentions
        ],
        "part_of": [*incident.parents],
        "rivals": [*incident.rivals],
        "codes": {column: incident.codes.get(column) for column in FIELDS},
        "inherited": {f: keys.split() for f, keys in incident.inherited.items()},
        "decided": dict(incident.decided),
        "reason": incident.reason or None,
    }


def _claim_record(claim: Claim) -> Json:
    return {
        "source": claim.source,
        "name": claim.name,
        "kind": claim.kind or None,
        "side": claim.side or None,
        "stance": claim.stance,
        "since": None if claim.since is None else claim.since.isoformat(),
        "contested": claim.contested,
        "probability": claim.probability,
        "mentions": [mention.key for mention in claim.mentions],
        "figures": [
            {
                "measure": figure.measure,
                "low": figure.low,
                "high": figure.high,
                "total": figure.total,
                "of": figure.of or None,
                "words": figure.words,
                "mention": figure.mention.key,
            }
            for figure in claim.figures
        ],
    }


def geojson(incidents: Iterable[Incident], properties: Iterable[Json]) -> Json:
    """A GeoJSON collection (RFC 7946): a feature for each incident.

    Its points are the places that have coordinates; an incident without any has no geometry.

    Args:
        incidents: the incidents.
        properties: what a map shows of each, without lists: not every program reads them.
    """
    features = []
    for incident, shown in zip(incidents, properties, strict=True):
        # RFC 7946 has the longitude first.
        points = list(dict.fromkeys((p.point[1], p.point[0]) for p in incident.where if p.point))
        geometry: Json | None = None
        if len(points) == 1:
            geometry = {"type": "Point", "coordinates": [*points[0]]}
        elif points:
            geometry = {"type": "MultiPoint", "coordinates": [[*point] for point in points]}
        features.append(
            {"type": "Feature", "id": incident.id, "geometry": geometry, "properties": shown}
        )
    return {"type": "FeatureCollection", "features": features}
