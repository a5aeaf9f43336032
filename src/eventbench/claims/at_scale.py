"""Incidents of more articles than memory holds, on one machine.

The steps are those of `eventbench.claims.joining`, and so are the incidents. What is too large
for memory is in Parquet files of a temporary directory, which DuckDB sorts: happenings by block,
to find which of them may be one, then by component, to join them, then the articles by windows
of days, to derive their incidents. In memory are one block, component or window at a time,
and one number for each happening.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from hashlib import blake2b
from itertools import groupby
from pathlib import Path

import msgspec

from eventbench.claims.codebooks import TABLE, read_reading
from eventbench.claims.derive import derive
from eventbench.claims.facts import Facts
from eventbench.claims.grouping import Row
from eventbench.claims.happenings import Gazetteer, Happening, happenings
from eventbench.claims.joining import Mentioned, clusters, components, keys, row_of
from eventbench.claims.model import INCIDENT, Incident
from eventbench.claims.store import Store
from eventbench.claims.tables import table_of_incidents
from eventbench.corpus.loading import read_corpus_scheme
from eventbench.corpus.model import Document, Span
from eventbench.corpus.predictions import (
    ANNOTATIONS,
    article_record,
    home_of,
    read_article,
    read_articles,
)
from eventbench.corpus.scheme import Scheme
from eventbench.corpus.values import PLACES, SPEAKERS, read_named
from eventbench.errors import EventbenchError
from eventbench.io import atomic_output, short

MEMORY = "500MB"
"""Memory that DuckDB may use, in its own form."""

WINDOW = 5000
"""Happenings whose incidents are derived together."""

Progress = Callable[[str, int], object]
"""Progress callback: what was done, and how often since the last call."""


def incidents_at_scale(
    source: str | Path,
    *,
    memory: str = MEMORY,
    temporary: str | Path | None = None,
    progress: Progress = lambda label, number: None,
) -> Iterator[Incident]:
    """Derive the incidents of a result that may be larger than memory, in the order of days.

    Args:
        source: a result, such as a directory of Parquet files that ``eventbench predict`` wrote.
        memory: the memory that DuckDB may use ("1GB").
        temporary: the directory for temporary files, which are some times as large as the
            result; by default that of the system.
        progress: called with "articles" that were read and "incidents" that were derived.

    Yields:
        Incidents, by windows of days; those of one window in their order.

    Raises:
        EventbenchError: naming the file, if an article cannot be read, two articles have one
            id, or DuckDB is not installed.
    """
    for _, found in _by_window(source, memory, temporary, progress):
        progress("incidents", len(found))
        yield from found


def _by_window(
    source: str | Path, memory: str, temporary: str | Path | None, progress: Progress
) -> Iterator[tuple[list[Document], list[Incident]]]:
    """Yield for each window of days its articles and its incidents."""
    root = Path(source)
    home = home_of(root)
    lists = home / ANNOTATIONS
    scheme = read_corpus_scheme(home)
    places, speakers = read_named(lists / PLACES, "place"), read_named(lists / SPEAKERS, "speaker")
    facts = Facts((), scheme, read_reading(lists / TABLE), places, speakers)
    gazetteer = Gazetteer.of(places)
    with Store(memory, temporary) as store:
        size = _read(store, read_articles(root, scheme), scheme, gazetteer, progress)
        _find(store, size)
        _join(store, gazetteer)
        _divide(store)
        for articles, rows, own in _windows(store, scheme):
            found = derive(replace(facts, documents=articles), rows, ())
            yield articles, [incident for incident in found if incident.id in own]


_ORDER = {"day": "int64", "article": "string", "start": "int64"}
"""Columns by which happenings are in the order of days."""

_BY_DAY = ", ".join(_ORDER)


def _read(
    store: Store,
    documents: Iterable[tuple[str, Document]],
    scheme: Scheme,
    gazetteer: Gazetteer,
    progress: Progress,
) -> int:
    """Write articles, happenings and blocks; return the number of happenings."""
    size = 0
    with (
        store.table(
            "articles", a="int64", id="string", place="string", record="binary"
        ) as articles,
        store.table("happenings", k="int64", a="int64", **_ORDER, data="binary") as told,
        store.table("blocks", block="int64", k="int64", **_ORDER, data="binary") as blocks,
    ):
        for a, (place, document) in enumerate(documents):
            record = msgspec.json.encode(article_record(document, scheme))
            articles.add(a, document.id, place, record)
            for happening in happenings(document, scheme, gazetteer):
                data = msgspec.json.encode(happening)
                day, (article, start, _) = happening.order
                told.add(size, a, day, article, start, data)
                for block in {_number(key) for key in keys(happening)}:
                    blocks.add(block, size, day, article, start, data)
                size += 1
            progress("articles", 1)
    twice = "SELECT id, max_by(place, a) FROM articles GROUP BY id HAVING count(*) > 1 ORDER BY id"
    for identifier, place in store.rows(twice):
        raise EventbenchError(f"{place}: a second article {short(identifier)}")
    return size


def _number(block: tuple[str, ...]) -> int:
    """A number for a block; two with one number would only be compared in vain."""
    return int.from_bytes(blake2b("\t".join(block).encode(), digest_size=8).digest(), signed=True)


def _happening(data: bytes) -> Happening:
    return msgspec.json.decode(data, type=Happening)


def _find(store: Store, size: int) -> None:
    """Find the components of happenings."""
    ordered = store.rows(f"SELECT block, k, data FROM blocks ORDER BY block, {_BY_DAY}")
    found = components(((block, k, _happening(data)) for block, k, data in ordered), size)
    with store.table("parts", k="int64", part="int64") as parts:
        for k, part in enumerate(found):
            parts.add(k, part)


def _join(store: Store, gazetteer: Gazetteer) -> None:
    """Divide components into incidents."""
    ordered = store.rows(
        f"SELECT part, k, data FROM happenings JOIN parts USING (k) ORDER BY part, {_BY_DAY}"
    )
    incident = {"id": "string", "level": "string", "reason": "string", "joined": "bool_"}
    with (
        store.table("incidents", n="int64", size="int64", **_ORDER, **incident) as incidents,
        store.table("members", k="int64", n="int64") as members,
    ):
        n = 0
        for _, component in groupby(ordered, key=lambda row: row[0]):
            numbers: dict[Mentioned, int] = {}
            for group in clusters(_numbered(component, numbers)):
                day, (article, start, _) = min(happening.order for happening in group)
                joined = len(group) > 1
                row = row_of(group, gazetteer)
                name = row.id if joined else f"{article}-{start}"
                incidents.add(
                    n, len(group), day, article, start, name, row.level, row.reason, joined
                )
                for happening in group:
                    members.add(numbers.pop(happening.mentions[0]), n)
                n += 1


def _numbered(
    component: Iterable[tuple[int, int, bytes]], numbers: dict[Mentioned, int]
) -> Iterator[Happening]:
    """Read happenings, and note the number of each by its first mention."""
    for _, k, data in component:
        happening = _happening(data)
        numbers[happening.mentions[0]] = k
        yield happening


def _divide(store: Store) -> None:
    """Divide incidents into windows of days, and find the articles that each window needs."""
    store.derive(
        "windows",
        f"SELECT n, (sum(size) OVER (ORDER BY {_BY_DAY}) - 1) // {WINDOW} AS w FROM incidents",
    )
    store.derive(
        "needed",
        "SELECT DISTINCT w, a FROM windows JOIN members USING (n) JOIN happenings USING (k)",
    )


def _windows(store: Store, scheme: Scheme) -> Iterator[tuple[list[Document], list[Row], set[str]]]:
    """Yield for each window its articles, what is joined in them, and the ids of its incidents.

    Incidents of other windows that the articles tell of too are joined as well, so that those
    of the window are part of the right ones; they lack the mentions of other articles.
    """
    articles = groupby(
        store.rows("SELECT w, record FROM needed JOIN articles USING (a) ORDER BY w, a"),
        key=lambda row: row[0],
    )
    mentions = store.rows(
        "SELECT needed.w, n, windows.w = needed.w, id, level, reason, joined, data FROM needed "
        "JOIN happenings USING (a) JOIN members USING (k) JOIN incidents USING (n) "
        "JOIN windows USING (n) ORDER BY needed.w, n, k"
    )
    for (_, records), (_, told) in zip(
        articles, groupby(mentions, key=lambda row: row[0]), strict=True
    ):
        documents = [read_article(msgspec.json.decode(record), scheme) for _, record in records]
        rows, own = [], set()
        for _, group in groupby(told, key=lambda row: row[1]):
            found = list(group)
            _, _, here, identifier, level, reason, joined, _ = found[0]
            if here:
                own.add(identifier)
            if joined:
                spans = tuple(
                    (article, Span(start, end))
                    for *_, data in found
                    for article, start, end in _happening(data).mentions
                )
                rows.append(Row(identifier, level, spans, reason))
        yield documents, rows, own


# The table


def write_incidents(
    source: str | Path,
    out: Path,
    *,
    keep: Callable[[Incident], object] = lambda incident: True,
    memory: str = MEMORY,
    temporary: str | Path | None = None,
    progress: Progress = lambda label, number: None,
) -> int:
    """Write the incidents of a result that may be larger than memory as a Parquet file.

    Args:
        source: as for `incidents_at_scale`, as are the others.
        out: the file, whose name ends in ``.parquet``: a row for each incident, in the order of
            days, with the columns of `eventbench.claims.tables.table_of_incidents`.
        keep: says which incidents are written.

    Returns:
        The number of incidents that were written.

    Raises:
        EventbenchError: as for `incidents_at_scale`, and if the file has another name or cannot
            be written. An earlier file is then as it was.
    """
    if out.suffix != ".parquet":
        raise EventbenchError(f"{out}: expected a name that ends in .parquet")
    number = 0
    nothing = Incident("", INCIDENT, (), None, (), (), (), ())
    empty = table_of_incidents([nothing], {}).to_arrow().slice(0, 0)
    figures: set[str] = set()
    with Store(memory, temporary) as store:
        store.append("rows", empty)
        for articles, found in _by_window(source, memory, temporary, progress):
            progress("incidents", len(found))
            kept = [incident for incident in found if keep(incident)]
            if kept:
                rows = table_of_incidents(kept, {d.id: d for d in articles}).to_arrow()
                number += len(kept)
                figures |= {*rows.column_names} - {*empty.column_names}
                store.append("rows", rows)
        columns = empty.column_names
        before = columns.index("figures") + 1
        columns[before:before] = sorted(figures)
        with atomic_output(out) as new:
            store.copy("rows", columns, "time_from NULLS LAST, time_to, id", new)
    return number
