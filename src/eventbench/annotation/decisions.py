"""The table of decisions: written for an adjudicator, and read when it is filled in.

``decisions.tsv`` has one row a difference. Its last three columns are to be filled in::

    id         names the difference
    article    id of the article
    words      the words that it is about
    sentence   the sentence
    about      what differs
    a, b       what the annotators have; "-" if nothing
    choose     what may be decided
    decision   one of these
    rule       the rule of the guidelines behind it; several with ", "
    reason     why

It is written and read as spreadsheets do: a field that holds quotation marks stands in quotation
marks, in which they are doubled.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from eventbench.annotation.differences import NEITHER, Difference, said
from eventbench.errors import EventbenchError
from eventbench.io import BYTE_ORDER_MARK, decode, read_bytes, reading, short

T = TypeVar("T")

COLUMNS = (
    *("id", "article", "words", "sentence", "about", "a", "b", "choose"),
    *("decision", "rule", "reason"),
)
HEADING = "article\tspan\ta\tb\tdecision\trule\treason\n"
"""Of ``adjudication.tsv``."""


@dataclass(frozen=True)
class Decision:
    """What an adjudicator decided of a difference.

    Attributes:
        made: one of the choices.
        rule: the rules behind it, with ", " between them.
        reason: why.
    """

    made: str
    rule: str
    reason: str


class Decisions(dict[str, Decision]):
    """Decisions by the id of their difference."""

    def __call__(self, difference: Difference[T]) -> T | None:
        """What a difference was decided to be; None while it is open."""
        found = self.get(difference.id)
        return None if found is None else difference.option(found.made)

    def is_needed(self, difference: Difference[Any]) -> bool:
        """Return False if an event that a difference is about was dropped."""
        return not any(d in self and self[d].made == NEITHER for d in difference.depends_on)


def row_of(difference: Difference[Any]) -> tuple[str, ...]:
    """The columns that describe a difference."""
    return (
        difference.id,
        difference.article,
        difference.words,
        difference.text,
        difference.about,
        said(difference.a),
        said(difference.b),
        difference.expected,
    )


def write_decisions(differences: Iterable[Difference[Any]]) -> str:
    """Format the table with nothing decided."""
    return _table([COLUMNS, *((*row_of(d), "", "", "") for d in differences)])


def _table(rows: Iterable[Sequence[str]]) -> str:
    content = io.StringIO()
    csv.writer(content, "excel-tab", lineterminator="\n").writerows(rows)
    return content.getvalue()


def read_decisions(
    path: Path, differences: Sequence[Difference[Any]], rules: Collection[str]
) -> Decisions:
    """Read a table that is filled in, and check that it decides every difference.

    Rows of differences whose event was dropped need no decision; what they have is ignored.

    Args:
        path: the file.
        differences: all differences.
        rules: the rules of the guidelines.

    Raises:
        EventbenchError: naming file and row, if the file cannot be read; a row is of another
            difference or other readings; a decision is none of the possible ones, or has no
            rule of the guidelines or no reason; or a difference is not decided.
    """
    known = {difference.id: difference for difference in differences}
    rows: dict[str, tuple[int, Decision]] = {}
    for line, row in _rows(path):
        identifier = row["id"]
        if identifier not in known:
            raise EventbenchError(
                f"{path}:{line}: A and B do not differ in {short(identifier)}; if their "
                "annotations changed, write the table again"
            )
        if identifier in rows:
            first = rows[identifier][0]
            raise EventbenchError(f"{path}:{line}: {short(identifier)} is on line {first} too")
        for side, found in (("a", known[identifier].a), ("b", known[identifier].b)):
            if row[side] != said(found):
                raise EventbenchError(
                    f"{path}:{line}: {side} is {short(row[side])}, but the annotation has "
                    f"{short(said(found))}; if it changed, write the table again"
                )
        made = row["decision"].lower()
        is_named = made in known[identifier].options
        decision = Decision(made if is_named else row["decision"], row["rule"], row["reason"])
        rows[identifier] = line, decision
    decisions = Decisions()
    written = Decisions({identifier: decision for identifier, (_, decision) in rows.items()})
    for difference in differences:
        if not written.is_needed(difference):
            continue
        if difference.id not in rows:
            raise EventbenchError(f"{path}: has no row for {difference.id}")
        line, decision = rows[difference.id]
        _check(f"{path}:{line}: {difference.id}", difference, decision, rules)
        decisions[difference.id] = decision
    return decisions


def _rows(path: Path) -> list[tuple[int, dict[str, str]]]:
    text = decode(path, read_bytes(path).removeprefix(BYTE_ORDER_MARK))
    rows = []
    with reading(path):
        lines = csv.reader(io.StringIO(text), "excel-tab")
        heading = [name.strip() for name in next(lines, [])]
        if missing := [name for name in COLUMNS if name not in heading]:
            raise EventbenchError(f"{path}:1: has no column {missing[0]!r}")
        for row in lines:
            if not any(row):
                continue
            if len(row) != len(heading):
                counts = f"found {len(row)} fields, expected {len(heading)}"
                raise EventbenchError(f"{path}:{lines.line_num}: {counts}")
            values = dict(zip(heading, row, strict=True))
            # An id begins with the name of a file, which may have two spaces in it.
            found = {k: v.strip() if k == "id" else " ".join(v.split()) for k, v in values.items()}
            rows.append((lines.line_num, found))
    return rows


def _check(
    place: str, difference: Difference[Any], decision: Decision, rules: Collection[str]
) -> None:
    try:
        difference.option(decision.made)
    except EventbenchError as error:
        raise EventbenchError(f"{place}: {error}") from None
    if not decision.rule or not decision.reason:
        missing = "reason" if decision.rule else "rule"
        raise EventbenchError(f"{place}: the decision has no {missing}")
    for rule in decision.rule.split(", "):
        if rule not in rules:
            raise EventbenchError(f"{place}: the guidelines have no rule {short(rule)}")


def write_adjudication(
    differences: Iterable[Difference[Any]], decisions: Mapping[str, Decision]
) -> str:
    """Format ``adjudication.tsv``: the differences that were decided, and how."""
    rows = []
    for d in differences:
        if d.id in decisions:
            made = decisions[d.id]
            outcome = d.outcome(made.made)
            readings = (d.named(said(items)) for items in (d.a, d.b, outcome))
            rows.append(
                (d.article, f"{d.span.start}-{d.span.end}", *readings, made.rule, made.reason)
            )
    return HEADING + "".join("\t".join(row) + "\n" for row in rows)
