"""JSON Lines: an object a line is an article."""

from __future__ import annotations

from collections.abc import Iterator

from eventbench.documents.article import Article, Reading
from eventbench.documents.files import File
from eventbench.documents.rows import FIELDS, USUAL, RowReader
from eventbench.errors import EventbenchError
from eventbench.io import number_lines, parse_json_object, short


def read(file: File, options: Reading) -> Iterator[tuple[str, Article]]:
    """Yield the articles, line by line; keys that say nothing about an article are ignored.

    Raises:
        EventbenchError: naming the line, if it is not a JSON object or has no id or no text.
    """
    rows = RowReader(file, options)
    with file.opened() as stream:
        for number, line in number_lines(file.place, stream):
            if not line.strip():
                continue
            place = f"{file.place}:{number}"
            record = parse_json_object(place, line)
            keys = {field: _key(field, record, options) for field in FIELDS}
            for field in ("id", "text"):
                key = keys[field]
                if not isinstance(record.get(key), str):
                    found = f"{key} is {short(record[key])}" if key in record else f"has no {key!r}"
                    raise EventbenchError(f"{place}: {found}, expected a string")
            values = {field: record.get(key) for field, key in keys.items()}
            yield place, rows.article(place, values["id"], values)


def _key(field: str, record: dict[str, object], options: Reading) -> str:
    """The key of a field: the one named, or the first usual one that the record has."""
    named = options.columns.get(field)
    return named or next((key for key in USUAL[field] if key in record), field)
