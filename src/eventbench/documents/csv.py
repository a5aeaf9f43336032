"""Tables with commas, semicolons or tabs: a row is an article."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from itertools import chain
from typing import Any

from eventbench.documents.article import Article, Reading
from eventbench.documents.files import File
from eventbench.documents.rows import RowReader
from eventbench.errors import EventbenchError
from eventbench.io import LONGEST_LINE

SEPARATORS = ",;\t|"


def read(file: File, options: Reading) -> Iterator[tuple[str, Article]]:
    """Yield the articles, row by row; the first row has the names of the columns."""
    yield from RowReader(file, options).articles(read_table(file))


def read_table(file: File) -> Iterator[tuple[str, int, list[str]]]:
    """Yield place, number and cells of each row that is not empty.

    The number is that in a spreadsheet program: the first row is 1, and empty rows count.
    Cells are separated as the first row shows.

    Raises:
        EventbenchError: naming the line, if it is not a table with separated cells, or a row has
            more or fewer cells than the first.
    """
    csv.field_size_limit(LONGEST_LINE)
    encoding = "utf-8-sig" if file.encoding == "utf-8" else file.encoding
    with file.opened() as stream:
        lines = io.TextIOWrapper(stream, encoding, newline="")
        heading = lines.readline(LONGEST_LINE)
        separator = max(SEPARATORS, key=heading.count) if file.kind == "csv" else "\t"
        skipped = 0
        if heading.startswith("sep=") and len(heading.strip()) == 5:  # Excel writes it
            separator, heading, skipped = heading[4], lines.readline(LONGEST_LINE), 1
        rows = csv.reader(chain([heading], lines), delimiter=separator, strict=True)
        yield from _numbered(file.place, rows, skipped)


def _numbered(place: str, rows: Any, skipped: int) -> Iterator[tuple[str, int, list[str]]]:
    """Number the rows of a `csv.reader` that begins behind some lines."""
    width, line, number = 0, 1 + skipped, skipped
    while True:
        at = f"{place}:{line}"
        try:
            cells = next(rows, None)
        except csv.Error as error:
            raise EventbenchError(f"{at}: not a table: {error}") from None
        if cells is None:
            return
        number += 1
        line = rows.line_num + 1 + skipped
        if not cells:
            continue
        width = width or len(cells)
        if len(cells) != width:
            found = f"found {len(cells)} cells, expected {width}"
            raise EventbenchError(f"{at}: {found} as in the first row: is a text without quotes?")
        yield at, number, cells
