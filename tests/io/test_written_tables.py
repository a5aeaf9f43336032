"""Tables as CSV, Excel, Parquet and frames, read by libraries that did not write them."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow.parquet as pq
import pytest

from eventbench import EventbenchError
from eventbench.io import agreed_format
from eventbench.tables import Table, write_tables

COLUMNS = {"id": str, "day": date, "low": int, "share": float, "sure": bool}
ROWS: list[dict[str, Any]] = [
    {"id": "=1+1", "day": date(2031, 5, 5), "low": 0, "share": 0.25, "sure": False},
    {"id": "", "day": None, "low": None, "share": None, "sure": None},
    {"id": "“Tolna”, 6 p.m.\nand later", "day": date(1899, 1, 2), "sure": True},
]
TABLE = Table("incidents", COLUMNS, ROWS)


def sheet(path: Path, name: str = "incidents") -> Any:
    return openpyxl.load_workbook(path)[name]


def test_excel_has_types_a_frozen_header_and_filters(tmp_path: Path) -> None:
    write_tables([TABLE, Table("claims", {"source": str}, [])], "xlsx", tmp_path / "a.xlsx")
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    assert book.sheetnames == ["incidents", "claims"]
    found = book["incidents"]
    assert [[cell.value for cell in row] for row in found.iter_rows()] == [
        ["id", "day", "low", "share", "sure"],
        ["=1+1", datetime(2031, 5, 5), 0, 0.25, False],
        [None] * 5,
        ["“Tolna”, 6 p.m.\nand later", "1899-01-02", None, None, True],
    ]
    assert found["A2"].data_type == "s"  # a text, not a formula
    assert found["B2"].is_date
    assert found["B2"].number_format == "yyyy-mm-dd"
    assert found.freeze_panes == "B2"
    assert found.auto_filter.ref == "A1:E4"
    assert 10 <= found.column_dimensions["A"].width <= 61


def test_excel_links_addresses_and_cuts_what_no_cell_holds(tmp_path: Path) -> None:
    cells = ["https://example.org/a", "javascript:alert(1)", "https://a b", "x" * 40_000]
    table = Table("events", {"address": str}, [{"address": cell} for cell in cells])
    write_tables([table], "xlsx", tmp_path / "a.xlsx")
    found = sheet(tmp_path / "a.xlsx", "events")
    links = [found.cell(n, 1).hyperlink for n in range(2, 6)]
    assert [link and link.target for link in links] == [cells[0], None, None, None]
    assert len(found["A5"].value) == 32_767
    assert found["A5"].value.endswith("x…")


def test_a_sheet_has_an_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("eventbench.tables.MOST_ROWS", 2)
    with pytest.raises(EventbenchError, match="3 rows of incidents, but a sheet holds 2: choose"):
        write_tables([TABLE], "xlsx", tmp_path / "a.xlsx")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_csv_defuses_what_a_spreadsheet_would_run(text: str) -> None:
    table = Table("events", {"sentence": str, "low": int}, [{"sentence": text, "low": -1}])
    (row,) = csv.DictReader(io.StringIO(table.to_csv(), newline=""))
    assert row == {"sentence": "'" + text.replace("\r", "\n"), "low": "-1"}


def test_csv_leaves_the_unknown_empty() -> None:
    rows = list(csv.reader(io.StringIO(TABLE.to_csv(), newline="")))
    assert rows == [
        [*COLUMNS],
        ["'=1+1", "2031-05-05", "0", "0.25", "no"],
        [""] * 5,
        ["“Tolna”, 6 p.m.\nand later", "1899-01-02", "", "", "yes"],
    ]


def test_parquet_and_frames_have_types_and_nulls(tmp_path: Path) -> None:
    write_tables([TABLE], "parquet", tmp_path / "a.parquet")
    read = pq.read_table(tmp_path / "a.parquet")
    assert [str(field.type) for field in read.schema] == [
        *("string", "date32[day]", "int64", "double", "bool"),
    ]
    assert read.to_pylist()[1] == dict.fromkeys(COLUMNS)
    assert read.to_pylist()[0] == ROWS[0]
    pandas = TABLE.to_pandas()
    assert [str(kind) for kind in pandas.dtypes[1:]] == [
        *("datetime64[ms]", "Int64", "float64", "boolean"),
    ]
    assert pandas["low"].isna().tolist() == [False, True, True]
    assert pandas["id"].isna().tolist() == [False, True, False]
    polars = TABLE.to_polars()
    assert polars["day"].to_list() == [row["day"] for row in ROWS]
    assert polars["low"].to_list() == [0, None, None]


def test_json_has_null_for_the_unknown() -> None:
    assert TABLE.records()[1] == dict.fromkeys(COLUMNS)
    assert TABLE.records()[0] == ROWS[0] | {"day": "2031-05-05"}


def test_a_table_prints() -> None:
    assert str(Table("claims", {"source": str, "low": int}, [{"source": "army"}])).split() == [
        *("source", "low", "--------", "-----", "army", "–", "1", "claim"),
    ]


def test_an_empty_table_can_be_written(tmp_path: Path) -> None:
    empty = Table("incidents", COLUMNS, [])
    for name in ("csv", "xlsx", "parquet"):
        write_tables([empty], name, tmp_path / f"a.{name}")
    assert (tmp_path / "a.csv").read_text() == "id,day,low,share,sure\n"
    assert sheet(tmp_path / "a.xlsx").dimensions == "A1:E1"
    assert pq.read_table(tmp_path / "a.parquet").num_rows == 0


@pytest.mark.parametrize(
    ("missing", "use"),
    [
        ("polars", lambda out: TABLE.to_polars()),
        ("xlsxwriter", lambda out: write_tables([TABLE], "xlsx", out)),
    ],
)
def test_what_is_missing_is_named(
    missing: str, use: Callable[[Path], object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(EventbenchError, match=rf"{missing}: pip install 'eventbench\[tables\]'"):
        use(tmp_path / "a.xlsx")
    assert not list(tmp_path.iterdir())


ENDINGS = {"result": ("",), "csv": (".csv",), "acled": (".csv",), "html": (".html", "")}


@pytest.mark.parametrize(
    ("out", "format", "chosen"),
    [
        ("a.csv", None, "csv"),
        ("a.csv", "acled", "acled"),
        ("a", None, "result"),
        ("a", "html", "html"),
        ("a.html", None, "html"),
    ],
)
def test_the_ending_says_the_format(out: str, format: str | None, chosen: str) -> None:
    assert agreed_format(Path(out), format, ENDINGS) == chosen


@pytest.mark.parametrize(
    ("out", "format", "message"),
    [
        ("a.csv", "html", "a.csv: ends in .csv, but --format html is written to .html or a name"),
        ("a", "csv", "a: has no ending, but --format csv is written to .csv"),
        ("a.txt", None, "a.txt: expected a name that ends in .csv, .html"),
        ("a.CSV", None, "a.CSV: expected a name that ends in .csv, .html"),
    ],
)
def test_ending_and_format_have_to_agree(out: str, format: str | None, message: str) -> None:
    with pytest.raises(EventbenchError, match=message):
        agreed_format(Path(out), format, ENDINGS)
