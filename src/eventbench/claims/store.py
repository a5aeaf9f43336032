"""Tables that are larger than memory: Parquet files in a temporary directory, read by DuckDB."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

from eventbench.errors import EventbenchError
from eventbench.io import reading

BATCH = 5000
"""Rows that are written or read at a time."""


class Store:
    """A temporary directory with tables; a context manager that removes it at the end.

    Args:
        memory: the memory that DuckDB may use, in its own form ("1GB").
        folder: where the temporary directory is made; None for that of the system.

    Raises:
        EventbenchError: if DuckDB is not installed, or does not understand ``memory``.
    """

    def __init__(self, memory: str, folder: str | Path | None = None) -> None:
        try:
            import duckdb
        except ModuleNotFoundError:
            raise EventbenchError(
                "incidents of a large result need duckdb: pip install 'eventbench[tables]'"
            ) from None
        with reading(folder or tempfile.gettempdir(), "no place for temporary files"):
            self._folder = tempfile.TemporaryDirectory(prefix="eventbench-", dir=folder)
        self._path = Path(self._folder.name)
        self._number = 0
        self._base = duckdb.connect()  # what it holds is small, or goes to the directory
        try:
            self._base.execute("SET temp_directory = ?", [str(self._path)])
            self._base.execute("SET memory_limit = ?", [memory])
        except duckdb.Error:
            self._close()
            raise EventbenchError(f"memory is {memory!r}, expected a size such as 1GB") from None

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._close()

    def _close(self) -> None:
        self._base.close()
        self._folder.cleanup()

    @contextmanager
    def table(self, name: str, **columns: str) -> Iterator[Writer]:
        """Write a table.

        Args:
            name: what queries call it.
            columns: the types of its columns, as `pyarrow` names them.
        """
        path = self._path / f"{name}.parquet"
        with Writer(path, columns) as writer:
            yield writer
        self._base.execute(f"CREATE VIEW {name} AS SELECT * FROM {_files(path)}")

    def derive(self, name: str, query: str) -> None:
        """Make a table of the rows of a query."""
        self._base.execute(f"CREATE TABLE {name} AS {query}")

    def append(self, name: str, rows: Any) -> None:
        """Add the rows of an Arrow table to a table, which may gain columns by it."""
        import pyarrow.parquet as pq

        self._number += 1
        pq.write_table(rows, self._path / f"{name}-{self._number:06d}.parquet")

    def copy(self, name: str, columns: Iterable[str], order: str, out: Path) -> None:
        """Write a table that was appended to as a Parquet file, in an order."""
        parts = _files(self._path / f"{name}-", "*.parquet")
        chosen = ", ".join(f'"{column}"' for column in columns)
        self._base.execute(
            f"COPY (SELECT {chosen} FROM {parts} ORDER BY {order}) TO {_text(out)} (FORMAT parquet)"
        )

    def rows(self, query: str) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of a query in its order, from a file, so that memory holds few."""
        import pyarrow.parquet as pq

        self._number += 1
        path = self._path / f"query-{self._number}.parquet"
        self._base.execute(
            f"COPY ({query}) TO {_text(path)} (FORMAT parquet, ROW_GROUP_SIZE {BATCH})"
        )
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(BATCH):
                yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)
        path.unlink()


def _text(path: Path | str) -> str:
    """A path as a text in a query."""
    quoted = str(path).replace("'", "''")
    return f"'{quoted}'"


def _files(path: Path, pattern: str = "") -> str:
    """Parquet files as a table in a query; only what the pattern says stands for other names."""
    plain = re.sub(r"([*?[])", r"[\1]", str(path))
    return f"read_parquet({_text(plain + pattern)}, union_by_name = true)"


class Writer:
    """Writes rows to a Parquet file; a context manager."""

    def __init__(self, path: Path, columns: dict[str, str]) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        self._schema = pa.schema([(name, getattr(pa, kind)()) for name, kind in columns.items()])
        self._file = pq.ParquetWriter(path, self._schema)
        self._rows: list[tuple[Any, ...]] = []

    def __enter__(self) -> Writer:
        return self

    def __exit__(self, *error: object) -> None:
        self._flush()
        self._file.close()

    def add(self, *row: object) -> None:
        """Write a row, with a value for each column."""
        self._rows.append(row)
        if len(self._rows) >= BATCH:
            self._flush()

    def _flush(self) -> None:
        import pyarrow as pa

        columns = zip(*self._rows, strict=True) if self._rows else ([] for _ in self._schema)
        arrays = [pa.array(c, f.type) for c, f in zip(columns, self._schema, strict=True)]
        self._file.write_batch(pa.record_batch(arrays, schema=self._schema))
        self._rows.clear()
