"""Which mentions are one incident: ``incidents.tsv``, and the clusters that links make.

``annotations/incidents.tsv`` joins mentions across articles, one row an incident::

    incident    level     mentions                  reason
    mill-raid   incident  000:120-126 003:41-47     both tell the raid of Monday

A mention is an article and the offsets of a trigger: ids of events change whenever an article
is annotated again, offsets do not. White space and percent signs in the id of an article are
written as in a URL ("my%20notes:120-126"). Mentions that SameEvent links join come along with
the one that is named. ``annotations/incident-decisions.tsv`` has what was decided beyond
that::

    incident    field  value       reason
    mill-raid   when   2031-05-05/2031-05-05  the photographs are dated
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote, unquote

from eventbench.claims.model import INCIDENT, LEVELS, PHASE, TOTAL
from eventbench.corpus.info import ID
from eventbench.corpus.model import Document, Event, Problem, Span
from eventbench.corpus.scheme import CONTRADICTS, PLACE, SAME_EVENT
from eventbench.corpus.values import PRECISIONS, ids, interval
from eventbench.io import read_table, short, whole_number

INCIDENTS, DECISIONS = "incidents.tsv", "incident-decisions.tsv"
"""The two lists, beside the gold."""

CHECKS = {
    "malformed-incident": "A row of incidents.tsv lacks an id of its own, mentions or a reason.",
    "unknown-level": f"A row of incidents.tsv has a level other than {', '.join(LEVELS)}.",
    "missing-mention": "A mention in incidents.tsv is not a trigger of the gold.",
    "mention-twice": "Two incidents of one level have a mention in common, in incidents.tsv or "
    "by SameEvent links.",
    "unknown-decision": "A row of incident-decisions.tsv names an incident or field that is not "
    "known, or a value that the field cannot have.",
}
"""The checks of the two lists, and what each one means."""

NAME, WHEN, WHERE, LEVEL = "name", "when", "where", "level"
FIELDS = (NAME, WHEN, WHERE)
"""Fields that may be decided, besides the columns of other datasets."""

ACTUAL, NEGATED = "actual", "negated"
OCCURRENCE, REPEATED = "occurrence", "repeated"

_UNSAFE = re.compile(r"[\s%]")

Key = tuple[str, str]
"""An event of the corpus: ids of the article and of the event."""


@dataclass(frozen=True)
class Row:
    """A row of ``incidents.tsv``; its mentions as article and trigger."""

    id: str
    level: str
    mentions: tuple[tuple[str, Span], ...]
    reason: str
    line: int = 0


@dataclass(frozen=True)
class Decision:
    """A row of ``incident-decisions.tsv``."""

    incident: str
    field: str
    value: str
    reason: str


@dataclass(frozen=True)
class Group:
    """The events of an incident.

    Attributes:
        id: id of the incident.
        level: one of `LEVELS`.
        keys: the events, in the order of the corpus.
        reason: why they are one, as a row says.
        denials: those of the events that deny other incidents too. They are claims and say
            nothing else: their times, places and actors may be those of the others.
    """

    id: str
    level: str
    keys: tuple[Key, ...]
    reason: str = ""
    denials: frozenset[Key] = frozenset()


def read_incidents(
    path: Path, documents: Sequence[Document]
) -> tuple[tuple[Row, ...], list[Problem]]:
    """Read ``incidents.tsv``; a missing file has no rows.

    Raises:
        EventbenchError: if the file cannot be read or a row does not have four columns.
    """
    triggers = {(d.id, event.trigger): (d.id, event.id) for d in documents for event in d.events}
    clusters = cluster(documents)
    rows: list[Row] = []
    problems: list[Problem] = []
    taken: dict[tuple[str, Key], str] = {}
    for line, (identifier, level, mentions, reason) in read_table(path, 4):

        def refuse(check: str, message: str, line: int = line) -> None:
            problems.append(Problem(str(path), line, check, message))

        if not ID.fullmatch(identifier) or any(row.id == identifier for row in rows):
            refuse(
                "malformed-incident",
                f"id is {short(identifier)}, expected one of its own, of a-z, 0-9, -",
            )
        if level not in LEVELS:
            refuse("unknown-level", f"level is {short(level)}, expected {', '.join(LEVELS)}")
        if not mentions or not reason:
            refuse("malformed-incident", "has no mentions or no reason")
        found = []
        for written in mentions.split():
            mention = _mention(written)
            if mention not in triggers:
                refuse(
                    "missing-mention",
                    f"found {short(written)}, expected ARTICLE:START-END of a trigger",
                )
            elif mention is not None:
                found.append(mention)
        # What SameEvent links join belongs to the incident too.
        for key in sorted({key for mention in found for key in clusters[triggers[mention]]}):
            other = taken.setdefault((level, key), identifier)
            if other != identifier:
                message = f"{key[1]} of article {key[0]} is in {other} too, which is of one level"
                refuse("mention-twice", message)
        rows.append(Row(identifier, level, tuple(found), reason, line))
    return tuple(rows), problems


def _mention(written: str) -> tuple[str, Span] | None:
    article, _, offsets = written.rpartition(":")
    start, _, end = offsets.partition("-")
    span = Span.written(start, end)
    return None if span is None else (unquote(article), span)


def write_incidents(rows: Iterable[Row]) -> str:
    """Format rows as ``incidents.tsv``, which `read_incidents` reads."""
    lines = ["incident\tlevel\tmentions\treason\n"]
    for row in rows:
        mentions = " ".join(
            f"{_UNSAFE.sub(lambda found: quote(found[0]), article)}:{span.start}-{span.end}"
            for article, span in row.mentions
        )
        lines.append(f"{row.id}\t{row.level}\t{mentions}\t{' '.join(row.reason.split())}\n")
    return "".join(lines)


def read_decisions(
    path: Path,
    rows: Iterable[Row],
    fields: Collection[str],
    numbers: Collection[str],
    places: Collection[str],
) -> tuple[tuple[Decision, ...], list[Problem]]:
    """Read ``incident-decisions.tsv``; a missing file has no rows.

    Args:
        path: the file.
        rows: the incidents that it may name.
        fields: the columns of other datasets that it may fill.
        numbers: those of them that hold whole numbers.
        places: ids of the gazetteer.

    Raises:
        EventbenchError: if the file cannot be read or a row does not have four columns.
    """
    known = {row.id for row in rows}
    allowed = (*FIELDS, *fields)
    found: dict[tuple[str, str], Decision] = {}
    problems = []
    for line, (incident, field, value, reason) in read_table(path, 4):
        wrong = ""
        if incident not in known:
            wrong = f"incident is {short(incident)}, which {INCIDENTS} does not have"
        elif field not in allowed:
            wrong = f"field is {short(field)}, expected {', '.join(allowed)}"
        elif (incident, field) in found:
            wrong = f"a second {field} of {incident}"
        elif field == WHEN and interval(value) is None:
            wrong = f"value is {short(value)}, expected two dates with a slash"
        elif field == WHERE and not _are_places(value, places):
            wrong = (
                f"value is {short(value)}, expected ids of the gazetteer, joined by +, "
                "each alone or behind near: or part:"
            )
        elif field in numbers and whole_number(value) is None:
            wrong = f"value is {short(value)}, expected a whole number"
        elif not value or not reason:
            wrong = "has no value or no reason"
        if wrong:
            problems.append(Problem(str(path), line, "unknown-decision", wrong))
        else:
            found[incident, field] = Decision(incident, field, value, reason)
    return tuple(found.values()), problems


def precise_places(value: str) -> list[tuple[str, str]]:
    """The precision and id of each place of a decision: "near:tolna+ambal" has near and is."""
    found = (written.rpartition(":") for written in ids(value))
    return [(precision or PRECISIONS[PLACE][0], place) for precision, _, place in found]


def _are_places(value: str, places: Collection[str]) -> bool:
    return all(
        precision in PRECISIONS[PLACE] and place in places
        for precision, place in precise_places(value)
    )


# Clusters


def cluster(documents: Sequence[Document]) -> dict[Key, frozenset[Key]]:
    """For each event, the events that are the same happening by the links of its article.

    SameEvent links join. A denial also joins what it denies if all its Contradicts links lead
    to one happening: "who denies it" belongs to the incident. A denial of several does not,
    since it would make one of them; `group` makes it a claim of each.
    """
    joined: dict[Key, frozenset[Key]] = {}
    for document in documents:
        members = _same(document)
        for denial, claims in _denials(document, dict(members)).items():
            if len(claims) == 1:
                _join(members, next(iter(denial))[1], next(iter(next(iter(claims))))[1])
        joined |= {(document.id, event): keys for event, keys in members.items()}
    return joined


def _same(document: Document) -> dict[str, frozenset[Key]]:
    """For each event of an article, the events that SameEvent links join to it."""
    members = {event.id: frozenset({(document.id, event.id)}) for event in document.events}
    for link in document.links:
        if link.type == SAME_EVENT:
            _join(members, link.first, link.second)
    return members


def _join(members: dict[str, frozenset[Key]], first: str, second: str) -> None:
    both = members[first] | members[second]
    for _, event in both:
        members[event] = both


def _denials(
    document: Document, members: Mapping[str, frozenset[Key]]
) -> dict[frozenset[Key], set[frozenset[Key]]]:
    """Denials, each with the happenings that it denies."""
    events = {event.id: event for event in document.events}

    def denies(group: frozenset[Key]) -> bool:
        return all(is_denial(events[event]) for _, event in group)

    denied: dict[frozenset[Key], set[frozenset[Key]]] = defaultdict(set)
    for link in document.links:
        if link.type == CONTRADICTS:
            first, second = members[link.first], members[link.second]
            if denies(first) != denies(second):
                denial, claim = (first, second) if denies(first) else (second, first)
                denied[denial].add(claim)
    return denied


def is_denial(event: Event) -> bool:
    """Return True for an event that the text says did not happen."""
    return event.attributes.get("status") == NEGATED


def group(documents: Sequence[Document], rows: Sequence[Row]) -> list[Group]:
    """Divide the events of a corpus into incidents: the rows, then each cluster that is left.

    The level of a cluster without a row follows from Occurrence. A denial of several happenings
    is in the incident of each.
    """
    clusters = cluster(documents)
    events = {(d.id, event.id): event for d in documents for event in d.events}
    by_trigger = {(article, event.trigger): (article, e) for (article, e), event in events.items()}
    articles = {document.id: n for n, document in enumerate(documents)}

    def ordered(keys: Iterable[Key]) -> tuple[Key, ...]:
        return tuple(sorted(keys, key=lambda key: (articles[key[0]], events[key].trigger)))

    groups = []
    left = dict.fromkeys(ordered(events))
    for row in rows:
        keys = {key for mention in row.mentions for key in clusters[by_trigger[mention]]}
        groups.append(Group(row.id, row.level, ordered(keys), row.reason))
        for key in keys:
            left.pop(key, None)
    shared = {
        denial: frozenset().union(*claims)
        for document in documents
        for denial, claims in _denials(document, _same(document)).items()
        if len(claims) > 1
    }
    for denial in shared:
        for key in denial:
            left.pop(key, None)
    while left:
        key = next(iter(left))
        keys = set(clusters[key])
        for member in keys:
            left.pop(member, None)
        level = level_of([events[member] for member in keys])
        identifier = f"{key[0]}-{events[key].trigger.start}"
        groups.append(Group(identifier, level, ordered(keys)))
    return [_with_denials(found, shared, ordered) for found in groups]


def _with_denials(
    found: Group,
    shared: Mapping[frozenset[Key], frozenset[Key]],
    ordered: Callable[[Iterable[Key]], tuple[Key, ...]],
) -> Group:
    """An incident with the denials of it that deny others too."""
    keys = {*found.keys}
    denials = {key for denial, denied in shared.items() if denied & keys for key in denial}
    return replace(found, keys=ordered(keys | denials), denials=frozenset(denials))


def level_of(events: Collection[Event]) -> str:
    """The level of events that are one happening, by their Occurrence.

    A total if most of them are one, else a phase if one is repeated, else an incident.
    """
    found = [event.attributes.get(OCCURRENCE) for event in events]
    if 2 * found.count(TOTAL) > len(found):
        return TOTAL
    return PHASE if REPEATED in found else INCIDENT
