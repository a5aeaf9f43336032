"""Incidents of a result that is larger than memory are those that memory would give."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import Cli

from eventbench import Corpus, EventbenchError
from eventbench.claims import at_scale
from eventbench.claims.at_scale import incidents_at_scale, write_incidents
from eventbench.claims.derive import derive, facts_of, incidents
from eventbench.claims.joining import join
from eventbench.claims.model import Incident
from eventbench.claims.tables import table_of_incidents
from eventbench.corpus.predictions import (
    article_record,
    read_predictions,
    with_argument_values,
    write_articles,
)
from eventbench.io import Json


@pytest.fixture(scope="module")
def rows(corpus: Corpus) -> list[Json]:
    """Articles of the gold as rows of the Parquet files that ``predict`` writes."""
    records = [
        article_record(with_argument_values(document, corpus.scheme), corpus.scheme)
        for document in corpus.documents[:3]
    ]
    lists = ("events", "links", "sentences")
    return [{k: json.dumps(v) if k in lists else v for k, v in r.items()} for r in records]


@pytest.fixture
def parts(rows: list[Json], tmp_path: Path) -> Path:
    """A directory of two Parquet files."""
    folder = tmp_path / "tagged"
    folder.mkdir()
    write(rows[:2], folder / "a.parquet")
    write(rows[2:], folder / "b.parquet")
    return folder


def write(rows: list[Json], path: Path) -> None:
    pq.write_table(pa.Table.from_pylist(rows), path)


def in_memory(source: Path) -> dict[str, Incident]:
    read = read_predictions(source)
    rows = join(read.documents, read.scheme, read.places)
    return {incident.id: incident for incident in derive(facts_of(read), rows, ())}


@pytest.mark.parametrize("window", [50, 5000])
def test_they_are_the_incidents_that_memory_gives(
    parts: Path, window: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether an article is needed for one window of days or for many."""
    monkeypatch.setattr(at_scale, "WINDOW", window)
    done: dict[str, int] = {"articles": 0, "incidents": 0}

    def progress(label: str, number: int) -> None:
        done[label] += number

    found = list(incidents_at_scale(parts, progress=progress))
    assert {incident.id: incident for incident in found} == in_memory(parts)
    assert done == {"articles": 3, "incidents": len(found)}
    days = [incident.when.first_day for incident in found if incident.when]
    assert days
    if window == 5000:
        assert days == sorted(days)


def test_a_file_of_predictions_is_read_too(corpus: Corpus, tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    documents = [with_argument_values(d, corpus.scheme) for d in corpus.documents[:2]]
    write_articles((replace(d, links=()) for d in documents), corpus.scheme, path)
    assert {i.id: i for i in incidents_at_scale(path)} == in_memory(path)


def test_a_result_without_events_has_no_incidents(rows: list[Json], tmp_path: Path) -> None:
    write([{**rows[0], "events": "[]", "links": "[]"}], tmp_path / "a.parquet")
    assert list(incidents_at_scale(tmp_path)) == []


@pytest.fixture
def scratch(tmp_path: Path) -> Iterator[Path]:
    """A directory for temporary files, which must be empty again at the end."""
    folder = tmp_path / "it's [so] *?"
    folder.mkdir()
    yield folder
    assert list(folder.iterdir()) == []


def test_temporary_files_are_removed(parts: Path, scratch: Path) -> None:
    assert next(incidents_at_scale(parts, temporary=scratch))


def test_an_article_twice_is_refused(parts: Path, rows: list[Json], scratch: Path) -> None:
    write(rows[1:2], parts / "c.parquet")
    with pytest.raises(EventbenchError, match=r"c\.parquet: row 1: a second article '001'"):
        list(incidents_at_scale(parts, temporary=scratch))


def test_a_faulty_row_is_named(parts: Path, rows: list[Json], scratch: Path) -> None:
    write([rows[0], {**rows[1], "id": "x", "events": '[{"id": "E1"}]'}], parts / "c.parquet")
    with pytest.raises(EventbenchError, match=r"c\.parquet: row (1|2): "):
        list(incidents_at_scale(parts, temporary=scratch))


def test_memory_has_to_be_a_size(parts: Path, scratch: Path) -> None:
    with pytest.raises(EventbenchError, match="memory is 'much', expected a size such as 1GB"):
        list(incidents_at_scale(parts, memory="much", temporary=scratch))


def test_a_directory_for_temporary_files_has_to_exist(parts: Path, tmp_path: Path) -> None:
    with pytest.raises(EventbenchError, match="gone: No such file"):
        list(incidents_at_scale(parts, temporary=tmp_path / "gone"))


def test_without_duckdb_one_line_says_what_to_install(
    parts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "duckdb", None)
    with pytest.raises(EventbenchError, match=r"pip install 'eventbench\[tables\]'"):
        list(incidents_at_scale(parts))


def test_the_table_has_what_memory_would_list(parts: Path, tmp_path: Path, scratch: Path) -> None:
    out = tmp_path / "it's" / "incidents*.parquet"
    number = write_incidents(parts, out, keep=lambda i: i.level != "total", temporary=scratch)
    table = pq.ParquetFile(out).read()
    found = {row["id"]: row for row in table.to_pylist()}
    kept = [i for i in in_memory(parts).values() if i.level != "total"]
    assert number == len(kept) == len(found)
    documents = {document.id: document for document in read_predictions(parts).documents}
    for row in table_of_incidents(kept, documents).to_arrow().to_pylist():
        assert {name: found[row["id"]][name] for name in row} == row
    assert str(table.schema.field("time_from").type) == "date32[day]"
    assert str(table.schema.field("killed_low").type) == "int64"


def test_windows_with_other_figures_make_one_table(
    parts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each window has columns for its own figures only."""
    write_incidents(parts, tmp_path / "one.parquet")
    monkeypatch.setattr(at_scale, "WINDOW", 50)
    write_incidents(parts, tmp_path / "many.parquet")
    one, many = (pq.read_table(tmp_path / f"{n}.parquet") for n in ("one", "many"))
    assert one == many
    assert write_incidents(parts, tmp_path / "none.parquet", keep=lambda incident: False) == 0
    none = pq.read_table(tmp_path / "none.parquet")
    assert none.num_rows == 0
    assert {*none.column_names} < {*one.column_names}


@pytest.mark.parametrize("name", ["incidents.csv", "incidents"])
def test_a_table_has_to_be_called_parquet(parts: Path, tmp_path: Path, name: str) -> None:
    with pytest.raises(EventbenchError, match=r"expected a name that ends in \.parquet"):
        write_incidents(parts, tmp_path / name)


def test_a_table_is_written_whole_or_not_at_all(parts: Path, tmp_path: Path) -> None:
    out = tmp_path / "incidents.parquet"
    write_incidents(parts, out)
    before = out.read_bytes()
    (parts / "c.parquet").write_text("damaged")
    with pytest.raises(EventbenchError, match=r"c\.parquet: not readable as Parquet"):
        write_incidents(parts, out)
    assert out.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir() if path.name != "tagged"] == [out.name]


def test_the_command_writes_it_of_parquet_files(
    cli: Cli, parts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing holds all articles: reading them as a corpus is not even tried."""
    expected = [i.id for i in incidents(parts, type="Casualty")]
    monkeypatch.setattr("eventbench.corpus.predictions.read_predictions", None)
    out = tmp_path / "incidents.parquet"
    result = cli("incidents", parts, "--type", "Casualty", "--out", out)
    assert (result.stdout, result.stderr) == (f"{out}: {len(expected)} incidents\n", "")
    assert sorted(pq.read_table(out)["id"].to_pylist()) == sorted(expected)
