"""Spreadsheets: a row is an article, by openpyxl."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from eventbench.documents.article import Article, Reading
from eventbench.documents.files import File
from eventbench.documents.rows import RowReader, find_columns
from eventbench.errors import EventbenchError

NOT_READABLE = "not readable as .xlsx"

FULL_CELL = 32767
"""Characters that fit into a cell; a longer text was cut when it was put there."""


def read(file: File, options: Reading) -> Iterator[tuple[str, Article]]:
    """Yield the articles of the first sheet that has a column of texts, row by row.

    The first row that is not empty has the names of the columns.
    """
    import openpyxl

    rows = RowReader(file, options)
    with file.opened(NOT_READABLE, back=True) as stream:
        book = openpyxl.load_workbook(stream, read_only=True, data_only=True)
        try:
            sheet = _sheet(file, book.worksheets, options)
            for place, article in rows.articles(_rows(file.place, sheet)):
                if len(article.text) == FULL_CELL:
                    full = f"the text fills its cell ({FULL_CELL} characters), so it was cut"
                    rows.warn(place, "full", full)
                yield place, article
        finally:
            book.close()


def _sheet(file: File, sheets: list[Any], options: Reading) -> Any:
    """The sheet to read."""
    fitting, problem = [], f"{file.place}: has no sheet with cells"
    for sheet in reversed(sheets):
        heading = next(_rows(file.place, sheet), None)
        if heading is None:
            continue
        try:
            find_columns(f"{file.place}: sheet {sheet.title!r}", heading[2], options.columns)
            fitting.append(sheet)
        except EventbenchError as error:
            problem = str(error)
    if not fitting:
        raise EventbenchError(problem)
    if len(fitting) > 1:
        names = ", ".join(repr(sheet.title) for sheet in fitting[-2::-1])
        options.warn(f"{file.place}: of its sheets only {fitting[-1].title!r} is read, not {names}")
    return fitting[-1]


def _rows(place: str, sheet: Any) -> Iterator[tuple[str, int, tuple[Any, ...]]]:
    from openpyxl.utils.escape import unescape

    sheet.reset_dimensions()  # some programs write wrong ones
    for number, cells in enumerate(sheet.iter_rows(values_only=True), 1):
        if any(cell not in (None, "") for cell in cells):
            texts = (unescape(cell) if isinstance(cell, str) else cell for cell in cells)
            yield f"{place}: row {number}", number, tuple(texts)
