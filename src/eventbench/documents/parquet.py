"""Parquet files: a row is an article."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from eventbench.documents.article import Article, Reading
from eventbench.documents.files import File
from eventbench.documents.rows import RowReader, find_columns

NOT_READABLE = "not readable as Parquet"

ROWS = 1024
"""Rows read at a time."""


def read(file: File, options: Reading) -> Iterator[tuple[str, Article]]:
    """Yield the articles, row by row; only the columns of articles are read."""
    import pyarrow.parquet as pq

    with file.opened(NOT_READABLE, back=True) as stream, pq.ParquetFile(stream) as table:
        names = table.schema_arrow.names
        found = find_columns(file.place, names, options.columns)
        columns = [names[k] for k in sorted({*found.values()})]
        yield from RowReader(file, options).articles(_rows(file.place, table, columns))


def _rows(place: str, table: Any, columns: list[str]) -> Iterator[tuple[str, int, list[Any]]]:
    yield place, 0, columns
    number = 0
    for batch in table.iter_batches(ROWS, columns=columns):
        values = [column.to_pylist() for column in batch.columns]
        for cells in zip(*values, strict=True):
            number += 1
            yield f"{place}: row {number}", number, list(cells)
