"""Values of spans: when a time is, how many a count says, which place or source is meant.

They are in a table beside the annotations, ``<article>.values.tsv``, one row a span with
the columns start, end, words, kind, value, precision, basis and note:

Time
    value ``2016-11-02/2016-11-04``, both days included, each end with a clock time if the
    text has one (``2016-11-02T06:30``), or ``unknown``; basis: what the days are counted from.
Number, Repetitions
    value ``27-40``; an end that is not known is empty. Basis: what is counted.
Place
    value: ids of ``places.toml``, joined by "+", or ``unknown``; basis: where it is known from.
Speaker
    value: an id of ``speakers.toml``; precision: what kind of source it is; basis: its side.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from eventbench.corpus.model import Problem, Span, Value
from eventbench.corpus.records import Fields
from eventbench.corpus.scheme import NUMBER, PLACE, REPETITIONS, SPEAKER, TIME
from eventbench.errors import located
from eventbench.io import read_table, read_toml, short, whole_number

CHECKS = {
    "malformed-value": "A row of values is not of the form that its kind has.",
}
"""The checks that reading performs, and what each one means."""

VALUES = ".values.tsv"
"""What the name of a table of values ends in."""

PLACES, SPEAKERS = "places.toml", "speakers.toml"
"""The lists of what values refer to, in the directory of the annotations."""

HEADING = "start\tend\twords\tkind\tvalue\tprecision\tbasis\tnote\n"
UNKNOWN = "unknown"

_COUNTS = ("exact", "at-least", "at-most", "about", "vague")
PRECISIONS: Mapping[str, tuple[str, ...]] = {
    TIME: ("clock", "part-of-day", "day", "week", "month", "season", "year", "vague"),
    NUMBER: _COUNTS,
    REPETITIONS: _COUNTS,
    PLACE: ("is", "part", "near"),
}
"""The kinds of span with a closed list of precisions, which it is."""

VALUED = (*PRECISIONS, SPEAKER)
"""The kinds of span that have values."""

BASES = {TIME: ("text", "publication", "context"), PLACE: ("text", "context", "knowledge")}
"""What values rest on, for the kinds where that is a closed list."""

_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d)?")


@dataclass(frozen=True)
class Named:
    """A place or a source that values refer to.

    Attributes:
        id: names it in values.
        name: display name.
        facts: everything else that the file says of it.
    """

    id: str
    name: str
    facts: Mapping[str, object]


def values_path(ann_path: Path) -> Path:
    """The table of values beside an ``.ann`` file."""
    return ann_path.with_suffix(VALUES)


def read_values(path: Path, text: str) -> tuple[tuple[Value, ...], list[Problem]]:
    """Read the values of an article; a missing table has none.

    Raises:
        EventbenchError: if the file cannot be read or a row does not have eight columns.
    """
    found: list[Value] = []
    problems = []
    for line, (start, end, words, kind, value, precision, basis, note) in read_table(path, 8):
        span = Span.written(start, end)
        wrong: str | None
        if span is None or span.text_in(text) != words:
            wrong = f"found {short(words)}, which is not what the article has at {start}-{end}"
        elif any((other.span, other.kind) == (span, kind) for other in found):
            wrong = f"a second value of the {kind} {short(words)} ({start}-{end})"
        else:
            wrong = _wrong(kind, value, precision, basis)
        if wrong:
            problems.append(Problem(str(path), line, "malformed-value", wrong))
        elif span is not None:
            found.append(Value(span, kind, value, precision, basis, note, line))
    return tuple(sorted(found)), problems


def write_values(values: Iterable[Value], text: str) -> str:
    """Format a table of values, which `read_values` reads."""
    rows = (
        f"{v.span.start}\t{v.span.end}\t{v.span.text_in(text)}\t{v.kind}\t{v.value}\t{v.precision}"
        f"\t{v.basis}\t{v.note}\n"
        for v in sorted(values)
    )
    return HEADING + "".join(rows)


def _wrong(kind: str, value: str, precision: str, basis: str) -> str | None:
    """What is wrong with the fields of a row; None if nothing is."""
    if kind not in VALUED:
        return f"kind is {short(kind)}, expected {', '.join(VALUED)}"
    if wrong := wrong_value(kind, value):
        return wrong
    if kind in PRECISIONS and precision not in PRECISIONS[kind]:
        return f"precision is {short(precision)}, expected {', '.join(PRECISIONS[kind])}"
    if kind in BASES and basis not in BASES[kind]:
        return f"basis is {short(basis)}, expected {', '.join(BASES[kind])}"
    return None if precision and basis else "has no precision or no basis"


def wrong_value(kind: str, value: str) -> str | None:
    """What is wrong with the value of a span of a kind of `VALUED`; None if nothing is."""
    if kind == TIME and value != UNKNOWN and interval(value) is None:
        return f"value is {short(value)}, expected two dates with a slash, the earlier one first"
    if kind in (NUMBER, REPETITIONS) and bounds(value) is None:
        return f"value is {short(value)}, expected LOW-HIGH, either of which may be empty"
    if kind in (PLACE, SPEAKER) and not all(_ID.fullmatch(name) for name in ids(value)):
        return f"value is {short(value)}, expected ids of a-z, 0-9 and single -"
    return None


def canonical_value(kind: str, value: str) -> str:
    """The one form of a valid value: places by id, each once, and numbers without zeros before."""
    if kind == PLACE:
        return "+".join(sorted(set(ids(value))))
    if kind in (NUMBER, REPETITIONS) and (found := bounds(value)):
        return "-".join("" if end is None else str(end) for end in found)
    return value


def shown_value(value: str) -> str:
    """A value as people read it: an interval of one day is that day."""
    first, slash, last = value.partition("/")
    return first if first == last else value.replace("/", " to ") if slash else value


def interval(value: str) -> tuple[datetime, datetime] | None:
    """The first and last instant of a time; None if it is unknown or not an interval.

    An end without a clock time is the beginning of its day.
    """
    ends = value.split("/")
    if len(ends) != 2 or not all(map(_INSTANT.fullmatch, ends)):
        return None
    try:
        first, last = map(datetime.fromisoformat, ends)
    except ValueError:
        return None  # no such day
    return (first, last) if first <= last else None


def bounds(value: str) -> tuple[int | None, int | None] | None:
    """The lowest and highest number that a count allows, None for an end that is not known.

    None instead of a pair if the value is not of the form ``LOW-HIGH``.
    """
    low, dash, high = value.partition("-")
    numbers = [whole_number(end) if end else None for end in (low, high)]
    if not dash or any(end and n is None for end, n in zip((low, high), numbers, strict=True)):
        return None
    if numbers[0] is not None and numbers[1] is not None and numbers[0] > numbers[1]:
        return None
    return numbers[0], numbers[1]


def ids(value: str) -> list[str]:
    """The ids that the value of a place or source names."""
    return value.split("+")


def read_named(path: Path, key: str) -> dict[str, Named]:
    """Read ``places.toml`` or ``speakers.toml``, whose entries ``[[key]]`` have id and name.

    A missing file names nothing.

    Raises:
        EventbenchError: naming the file, if it cannot be read, an entry lacks id or name,
            or two have one id.
    """
    if not path.is_file():
        return {}
    found: dict[str, Named] = {}
    values = read_toml(path)
    with located(str(path)):
        for fields in Fields(values).parts(key) if key in values else ():
            entry = Named(fields.get("id", str), fields.get("name", str), fields.values)
            if not _ID.fullmatch(entry.id) or entry.id in found:
                fields.refuse(f"id is {short(entry.id)}, expected one of its own, of a-z, 0-9, -")
            found[entry.id] = entry
    return found
