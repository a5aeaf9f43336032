"""Tables of the dataset that are about the corpus as a whole: its incidents and claims.

They have no words of the articles, so they are the same with text and without.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from eventbench.claims.derive import incidents
from eventbench.claims.model import STANCES, TOTAL, Claim, Figure, Incident, limits
from eventbench.claims.told import has_incidents
from eventbench.corpus.loading import Corpus
from eventbench.corpus.scheme import TIME
from eventbench.corpus.values import PRECISIONS

if TYPE_CHECKING:
    from datasets import Dataset

INCIDENTS, CLAIMS = TABLES = ("incident_table", "claim_table")
"""The configurations; tasks have other names."""

WHOLE = "corpus"
"""The only split of a table; `datasets` keeps the name "all" for itself."""

TEXT, TEXTS, NUMBER, FLAG = "string", "strings", "int32", "bool"


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Attributes:
        kind: TEXT, TEXTS, NUMBER or FLAG.
        meaning: what it says, for Croissant.
        of: its value in a record: of an incident, or of a claim with its incident.
    """

    kind: str
    meaning: str
    of: Callable[[Any], Any]


Columns = Mapping[str, Column]


def tables(corpus: Corpus) -> dict[str, Dataset]:
    """Make the tables of a corpus; none if it has no list of incidents.

    Raises:
        EventbenchError: if the lists of incidents are not sound.
    """
    if not has_incidents(corpus):
        return {}
    found = incidents(corpus)
    records: dict[str, list[Any]] = {
        INCIDENTS: found,
        CLAIMS: [(incident, claim) for incident in found for claim in incident.claims],
    }
    return {name: _dataset(name, rows) for name, rows in records.items()}


def meanings(table: str, columns: Mapping[str, object]) -> dict[str, str]:
    """What the columns of a table say."""
    counted = [name.removesuffix("_low") for name in columns if name.endswith("_low")]
    return {name: column.meaning for name, column in _columns(table, counted).items()}


def _dataset(table: str, records: Sequence[Any]) -> Dataset:
    from datasets import Dataset, Features, List, Value

    counted = {_measure(figure) for record in records for figure in _FIGURES[table](record)}
    columns = _columns(table, sorted(counted))
    features = {
        name: List(Value(TEXT)) if column.kind == TEXTS else Value(column.kind)
        for name, column in columns.items()
    }
    content = {name: [column.of(record) for record in records] for name, column in columns.items()}
    return Dataset.from_dict(content, features=Features(features))


def _columns(table: str, counted: Iterable[str]) -> Columns:
    figures = _figures(counted, _FIGURES[table])
    return {**_CLAIM, **figures} if table == CLAIMS else {**_INCIDENT, **figures, **_AFTER}


_INCIDENT: Columns = {
    "id": Column(TEXT, "Id of the incident.", lambda i: i.id),
    "level": Column(
        TEXT,
        "incident (one happening), phase (a course of several) or total (a running figure).",
        lambda i: i.level,
    ),
    "name": Column(TEXT, "Title that it was given, null if none.", lambda i: i.name or None),
    "types": Column(TEXTS, "Event types with their subtypes.", lambda i: [*i.types]),
    "when_from": Column(
        TEXT,
        "First day, or first minute if the text gives a clock time, in ISO 8601; null if unknown.",
        lambda i: _end(i, 0),
    ),
    "when_to": Column(TEXT, "Last day or minute, included; null if unknown.", lambda i: _end(i, 1)),
    "when_precision": Column(
        TEXT,
        f"How exactly the words say when: {', '.join(PRECISIONS[TIME])}.",
        lambda i: i.when.precision if i.when else None,
    ),
    "when_vague": Column(
        FLAG,
        "True if it happened at some time within the interval.",
        lambda i: i.when.vague if i.when else None,
    ),
    "where": Column(
        TEXTS,
        "Ids of the places in the corpus's gazetteer, the most specific ones.",
        lambda i: [*dict.fromkeys(place.id for place in i.where)],
    ),
    "who": Column(
        TEXTS,
        "Actors as ROLE:PARTY, or ROLE:KIND where the party is not said.",
        lambda i: [
            *dict.fromkeys(
                f"{p.role}:{side}" for p in i.parties for side in p.sides or filter(None, [p.kind])
            )
        ],
    ),
    "whom": Column(
        TEXTS,
        "Who or what was hit, moved, shut in or harmed, as ROLE:CLASS.",
        lambda i: [*dict.fromkeys(f"{p.role}:{p.kind}" for p in i.participants)],
    ),
    "contested": Column(
        FLAG, "True if a source denies it or tells it otherwise.", lambda i: i.contested
    ),
}

_AFTER: Columns = {
    "articles": Column(TEXTS, "Ids of the articles that mention it.", lambda i: [*i.articles]),
    "mentions": Column(
        TEXTS,
        "Its mentions as ARTICLE:START-END, the offsets of the trigger in code points.",
        lambda i: [mention.key for mention in i.mentions],
    ),
    "part_of": Column(TEXTS, "Ids of the incidents that it is part of.", lambda i: [*i.parents]),
    "rivals": Column(TEXTS, "Ids of the incidents that exclude it.", lambda i: [*i.rivals]),
    "decided": Column(
        TEXTS,
        "What was decided beyond what the annotations say.",
        lambda i: [*i.decided],
    ),
}

_CLAIM: Columns = {
    "incident": Column(TEXT, "Id of the incident in the table of incidents.", lambda c: c[0].id),
    "source": Column(
        TEXT,
        "Id of the source; for what an article tells in its own voice, its publisher's.",
        lambda c: c[1].source,
    ),
    "source_kind": Column(TEXT, "What kind of source it is.", lambda c: c[1].kind or None),
    "source_side": Column(TEXT, "The party of the source, null if none.", lambda c: _side(c[1])),
    "stance": Column(
        TEXT,
        f"What the source says of it: {', '.join(STANCES)}.",
        lambda c: c[1].stance,
    ),
    "since": Column(
        TEXT,
        "Day of publication of the first article that has the claim, in ISO 8601.",
        lambda c: c[1].since.isoformat() if c[1].since else None,
    ),
    "contested": Column(FLAG, "True if another source denies it.", lambda c: c[1].contested),
    "articles": Column(
        TEXTS,
        "Ids of the articles that have the claim.",
        lambda c: [*dict.fromkeys(mention.article for mention in c[1].mentions)],
    ),
    "events": Column(
        TEXTS,
        "The mentions that the claim rests on, as ARTICLE:EVENT.",
        lambda c: [f"{mention.article}:{mention.event}" for mention in c[1].mentions],
    ),
    "mentions": Column(
        TEXTS,
        "The same mentions as ARTICLE:START-END, the offsets of the trigger in code points.",
        lambda c: [mention.key for mention in c[1].mentions],
    ),
}


ID_LISTS = {
    name
    for columns in (_INCIDENT, _CLAIM, _AFTER)
    for name, column in columns.items()
    if column.kind == TEXTS
}
"""Columns that list ids and labels, never words of an article."""


def _end(incident: Incident, which: int) -> str | None:
    return incident.when.interval.split("/")[which] if incident.when else None


def _side(claim: Claim) -> str | None:
    return claim.side or None


_FIGURES: Mapping[str, Callable[[Any], tuple[Figure, ...]]] = {
    INCIDENTS: lambda incident: incident.figures,
    CLAIMS: lambda claimed: claimed[1].figures,
}
"""The figures of a record of each table."""


def _measure(figure: Figure) -> str:
    """What a figure counts, that of a total apart from the others."""
    return f"{figure.measure}_{TOTAL}" if figure.total else figure.measure


def _figures(counted: Iterable[str], figures: Callable[[Any], tuple[Figure, ...]]) -> Columns:
    """The lowest and the highest number of each measure."""

    def of(measure: str, which: int) -> Callable[[Any], int | None]:
        def limit(record: Any) -> int | None:
            found = [figure for figure in figures(record) if _measure(figure) == measure]
            return limits(found, found[0].measure)[which] if found else None

        return limit

    return {
        f"{measure}_{end}": Column(
            NUMBER,
            f"{bound} number that any figure for {measure.removesuffix(f'_{TOTAL}')} allows"
            f"{', of running totals' if measure.endswith(f'_{TOTAL}') else ''}; null if unknown. "
            "Figures are alternatives: do not add them.",
            of(measure, which),
        )
        for measure in counted
        for which, (end, bound) in enumerate((("low", "Lowest"), ("high", "Highest")))
    }
