"""What is known of files: title, publisher, day of publication and address, from a table.

A table like this one, as ``sources.csv`` beside the files or named with ``--sources``::

    file,title,publisher,published,address
    a.pdf,Shelling kills 12,Karsland Post,2031-05-06,https://post.example/a
    more/b.txt,,Karsland Post,2031-05-07,

``file`` is the path of a file from the folder of the table, with its endings; in an archive it
begins with the archive ("news.zip/b.txt"). What a cell says holds instead of what the file says;
empty cells and missing columns say nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from eventbench.documents.article import Article, Reading, day_of
from eventbench.documents.csv import read_table
from eventbench.documents.files import File
from eventbench.documents.rows import USUAL, plain_name
from eventbench.errors import EventbenchError

COLUMNS = ("file", "title", "publisher", "published", "address")

Known = Mapping[str, Any]
"""What is known of a file, by field of `Article`."""


def read_sources(
    tables: Iterable[File], files: Iterable[File], options: Reading
) -> dict[str, Known]:
    """Read what tables say, by the labels of the files.

    Args:
        tables: the tables; the files of each are those in its folder.
        files: the files with articles.
        options: how days are written.

    Raises:
        EventbenchError: naming the line, if a column or file is unknown, a file comes twice, or
            a day cannot be read.
    """
    labels = {file.label for file in files}
    known: dict[str, Known] = {}
    for table in tables:
        folder = "".join(table.label.rpartition("/")[:2])
        for place, label, about in _rows(table, options):
            if folder + label not in labels:
                raise EventbenchError(f"{place}: no file {label!r} among the articles")
            if folder + label in known:
                raise EventbenchError(f"{place}: file {label!r} comes a second time")
            known[folder + label] = about
    return known


def with_sources(article: Article, about: Known) -> Article:
    """Fill in what is known of the article's file."""
    return replace(article, **about)


def _rows(table: File, options: Reading) -> Iterator[tuple[str, str, Known]]:
    """Yield place, file and what is known of it for each row."""
    rows = read_table(table)
    place, _, heading = next(rows, (table.place, 0, []))
    fields = [_field(name) for name in heading]
    for name, field in zip(heading, fields, strict=True):
        if field not in COLUMNS or fields.count(field) > 1:
            raise EventbenchError(
                f"{place}: column {name!r}, expected {', '.join(COLUMNS)}, once each"
            )
    if "file" not in fields:
        raise EventbenchError(f"{place}: has no column 'file', expected {', '.join(COLUMNS)}")
    for place, _, cells in rows:
        about: dict[str, Any] = {
            field: cell.strip() for field, cell in zip(fields, cells, strict=True) if cell.strip()
        }
        label = str(about.pop("file", ""))
        if "published" in about:
            try:
                about["published"] = day_of(about["published"], options.date_format)
            except ValueError as error:
                raise EventbenchError(f"{place}: published: {error}") from None
        yield place, label.replace("\\", "/").removeprefix("./"), about


def _field(name: str) -> str:
    """The field that a column is about, by its usual names; its own name if there is none."""
    plain = plain_name(name)
    return next((field for field, names in USUAL.items() if plain in names), plain)
