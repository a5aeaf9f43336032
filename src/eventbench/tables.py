"""Tables with typed columns: as text, CSV, Excel and Parquet files, and as data frames."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eventbench.errors import EventbenchError
from eventbench.io import atomic_output, write_whole
from eventbench.text import UNDEFINED, plural, table

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa

Row = Mapping[str, Any]

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""With one of these in front, a text in a CSV file is a formula to spreadsheets."""

MOST_ROWS, LONGEST_CELL = 1_048_575, 32_767
"""Rows below the header, and characters of a cell, that an Excel file can hold."""

MOST_LINKS = 10_000
"""Rows of which addresses are links: a sheet may have 65,530 links."""

LINK = re.compile(r"https?://[\x21-\x7e]{1,2000}")
"""What is a link in Excel."""

FIRST_YEAR = 1900
"""The first year of days in Excel; earlier days are written as texts."""

WIDEST = 60
"""Maximum width of a column in Excel, in characters; longer texts are cut in view."""

NEEDS = "pip install 'eventbench[tables]'"


@dataclass(frozen=True)
class Table:
    """Rows with named and typed columns.

    Attributes:
        name: what a row is, in the plural ("incidents"); the name of its sheet.
        columns: type by name: str, int, float, bool or date.
        rows: the cells by column; None, an empty text, or no cell is unknown.
    """

    name: str
    columns: Mapping[str, type]
    rows: Sequence[Row]

    def __str__(self) -> str:
        body = [[_shown(row.get(name)) for name in self.columns] for row in self.rows]
        number = plural(len(self.rows), self.name.removesuffix("s"), self.name)
        return f"{table(list(self.columns), body, left=len(self.columns))}\n\n{number}"

    def __repr__(self) -> str:
        return f"Table({self.name!r}, {len(self.rows)} rows, {len(self.columns)} columns)"

    def to_arrow(self) -> pa.Table:
        """Return it as a `pyarrow.Table`."""
        import pyarrow as pa

        kinds = {
            str: pa.string(), int: pa.int64(), float: pa.float64(), bool: pa.bool_(),
            date: pa.date32(),
        }  # fmt: skip
        schema = pa.schema([(name, kinds[kind]) for name, kind in self.columns.items()])
        content = {name: [_known(row.get(name)) for row in self.rows] for name in self.columns}
        return pa.table(content, schema=schema)

    def to_pandas(self) -> pd.DataFrame:
        """Return it as a `pandas.DataFrame`; what is unknown is ``<NA>``, ``NaN`` or ``NaT``."""
        import pandas as pd
        import pyarrow as pa

        kinds = {pa.int64(): pd.Int64Dtype(), pa.bool_(): pd.BooleanDtype()}
        frame: pd.DataFrame = self.to_arrow().to_pandas(
            types_mapper=kinds.get, date_as_object=False
        )
        return frame

    def to_polars(self) -> pl.DataFrame:
        """Return it as a `polars.DataFrame`; what is unknown is null.

        Raises:
            EventbenchError: if polars is not installed.
        """
        try:
            import polars as pl
        except ImportError:
            raise EventbenchError(f"frames of polars need polars: {NEEDS}") from None
        frame = pl.from_arrow(self.to_arrow())
        assert isinstance(frame, pl.DataFrame)
        return frame

    def to_csv(self) -> str:
        """Return it as CSV: days in ISO 8601, yes and no, and an empty cell for the unknown.

        An apostrophe goes before a text that a spreadsheet would take for a formula, as OWASP
        advises (https://owasp.org/www-community/attacks/CSV_Injection).
        """
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(self.columns)
        for row in self.rows:
            writer.writerow([_harmless(row.get(name)) for name in self.columns])
        return out.getvalue()

    def records(self) -> list[dict[str, Any]]:
        """The rows with every column, as JSON can hold them: days in ISO 8601, null if unknown."""
        return [{name: _json(row.get(name)) for name in self.columns} for row in self.rows]


def _known(cell: Any) -> Any:
    return None if cell == "" else cell


def _shown(cell: Any) -> str:
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    return UNDEFINED if _known(cell) is None else str(cell)


def _harmless(cell: Any) -> Any:
    if isinstance(cell, str):
        text = cell.replace("\r\n", "\n").replace("\r", "\n")  # else it would end the row
        return f"'{text}" if cell.startswith(FORMULA) else text
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    return cell.isoformat() if isinstance(cell, date) else cell


def _json(cell: Any) -> Any:
    return cell.isoformat() if isinstance(cell, date) else _known(cell)


# Files


def write_tables(tables: Sequence[Table], format: str, out: Path) -> None:
    """Write tables to a file: a sheet each in Excel; the other formats hold one.

    Raises:
        EventbenchError: if the format cannot hold a table, a library is missing, or the file
            cannot be written; an earlier file is then as it was.
    """
    WRITERS[format](tables, out)


def _write_csv(tables: Sequence[Table], out: Path) -> None:
    (only,) = tables
    write_whole(out, only.to_csv())


def _write_parquet(tables: Sequence[Table], out: Path) -> None:
    import pyarrow.parquet as pq

    (only,) = tables
    with atomic_output(out) as new:
        pq.write_table(only.to_arrow(), new)


def _write_xlsx(tables: Sequence[Table], out: Path) -> None:
    try:
        import xlsxwriter
    except ImportError:
        raise EventbenchError(f"writing .xlsx needs xlsxwriter: {NEEDS}") from None
    for one in tables:
        _check_size(one, out)
    with atomic_output(out) as new, xlsxwriter.Workbook(str(new)) as book:
        for one in tables:
            _write_sheet(one, book)


def _check_size(one: Table, out: Path) -> None:
    if len(one.rows) > MOST_ROWS:
        found = f"{plural(len(one.rows), 'row')} of {one.name}"
        raise EventbenchError(
            f"{out}: {found}, but a sheet holds {MOST_ROWS}: choose csv or parquet"
        )


def _write_sheet(one: Table, book: Any) -> None:
    sheet = book.add_worksheet(one.name)
    head = book.add_format({"bold": True, "bottom": 1, "valign": "top"})
    forms = {
        date: book.add_format({"num_format": "yyyy-mm-dd", "align": "left", "valign": "top"}),
        float: book.add_format({"num_format": "0.0000", "valign": "top"}),
        str: book.add_format({"valign": "top"}),
    }
    write: dict[type, Callable[..., Any]] = {
        str: sheet.write_string, int: sheet.write_number, float: sheet.write_number,
        bool: sheet.write_boolean, date: sheet.write_datetime,
    }  # fmt: skip
    for column, (name, kind) in enumerate(one.columns.items()):
        sheet.write_string(0, column, name, head)
        width = len(name) + 3  # with the button of the filter
        form = forms.get(kind, forms[str])
        for number, row in enumerate(one.rows, 1):
            cell = _known(row.get(name))
            if cell is None:
                continue
            width = max(width, len(str(cell)) + 1)
            if kind is date and cell.year < FIRST_YEAR:
                sheet.write_string(number, column, cell.isoformat(), form)
                continue
            if kind is str and len(cell) > LONGEST_CELL:
                cell = f"{cell[: LONGEST_CELL - 1]}…"
            if kind is str and number <= MOST_LINKS and LINK.fullmatch(cell):
                sheet.write_url(number, column, cell, form, cell)
                continue
            write[kind](number, column, cell, form)
        sheet.set_column(column, column, min(width, WIDEST))
    sheet.freeze_panes(1, 1)
    if one.columns:
        sheet.autofilter(0, 0, len(one.rows), len(one.columns) - 1)


WRITERS: Mapping[str, Callable[[Sequence[Table], Path], None]] = {
    "csv": _write_csv,
    "xlsx": _write_xlsx,
    "parquet": _write_parquet,
}
"""What writes tables, by format; the names of the files end in it."""
