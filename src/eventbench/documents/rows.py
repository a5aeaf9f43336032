"""What tables share: which column says what, and articles of their rows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from eventbench.documents.article import Article, Reading, day_of
from eventbench.documents.files import File
from eventbench.errors import EventbenchError
from eventbench.io import short

USUAL = {
    "id": ("id", "article_id", "doc_id", "document_id"),
    "text": ("text", "full_text", "article_text", "body", "content", "article"),
    "title": ("title", "headline", "heading"),
    "publisher": ("publisher", "source", "source_name", "outlet", "newspaper", "medium"),
    "published": (
        "published", "publication_date", "date_published", "published_date", "publish_date",
        "pub_date", "pubdate", "published_at", "date",
    ),
    "address": ("address", "url", "link", "uri", "web_address"),
}  # fmt: skip
"""The usual names of the column of each field; the first that a table has is taken. Capitals do
not matter in a table, and spaces and hyphens are like underscores."""

FIELDS = tuple(USUAL)

OPTIONS = {field: f"--{field}-column" for field in FIELDS} | {"published": "--date-column"}
"""The option of the command line that names the column of a field."""


class RowReader:
    """Makes articles of the rows of a file; what is left out is told once."""

    def __init__(self, file: File, options: Reading) -> None:
        self._file, self._options = file, options
        self._told: set[str] = set()

    def warn(self, place: str, about: str, message: str) -> None:
        """Tell what is left out, unless something was told ``about`` the same in this file."""
        if about not in self._told:
            self._told.add(about)
            self._options.warn(f"{place}: {message}")

    def article(self, place: str, identifier: Any, values: Mapping[str, Any]) -> Article:
        """Make an article of the values of its fields.

        Args:
            place: the row, for messages.
            identifier: its id.
            values: by field; text must be a string.
        """
        named = {field: _words(values.get(field)) for field in ("title", "publisher", "address")}
        day = self._day(place, values.get("published"))
        return Article(str(identifier), values["text"], published=day, **named)

    def _day(self, place: str, value: Any) -> date | None:
        try:
            return day_of(value, self._options.date_format)
        except ValueError as error:
            left_out = "so it is left out (--date-format says how days are written)"
            self.warn(place, "published", f"{error}, {left_out}")
            return None

    def articles(
        self, rows: Iterable[tuple[str, int, Sequence[Any]]], *, sheet: str = ""
    ) -> Iterator[tuple[str, Article]]:
        """Yield the articles of a table.

        A row without id has the name of the file and its number in the table. Rows without
        text are left out, with a warning unless they are empty.

        Args:
            rows: place, number and cells of each row; those of the first are the names of the
                columns.
            sheet: what the table is called in the file, for messages.

        Raises:
            EventbenchError: if the column of texts or a named column is missing, or a text is
                not a string.
        """
        table = iter(rows)
        first = next(table, None)
        if first is None:
            return
        columns = find_columns(first[0], first[2], self._options.columns)
        for place, number, cells in table:
            values = {field: cells[k] for field, k in columns.items() if k < len(cells)}
            text = values.get("text")
            if text is None or (isinstance(text, str) and not text.strip()):
                if any(cell not in (None, "") for cell in cells):
                    self.warn(
                        place, "text", "has no text, so the row is left out, and others like it"
                    )
                continue
            if not isinstance(text, str):
                raise EventbenchError(f"{place}: text is {short(text)}, expected a string")
            own = _words(values.get("id"))
            yield place, self.article(place, own or f"{self._file.name}-{number}", values)


def find_columns(place: str, names: Sequence[Any], chosen: Mapping[str, str]) -> dict[str, int]:
    """Find the column of each field among the names of the columns of a table.

    Args:
        place: the heading, for messages.
        names: the names.
        chosen: the name of the column by field, where it is given.

    Raises:
        EventbenchError: if the column of texts or a named column is missing.
    """
    written = [_words(name) for name in names]
    among = ", ".join(filter(None, written)) or "none"
    found: dict[str, int] = {}
    for field in FIELDS:
        if field in chosen:
            if written.count(chosen[field]) != 1:
                wanted = f"{chosen[field]!r} ({OPTIONS[field]})"
                raise EventbenchError(f"{place}: expected one column {wanted}, found {among}")
            found[field] = written.index(chosen[field])
            continue
        plain = [plain_name(name) for name in written]
        usual = next((name for name in USUAL[field] if name in plain), None)
        if usual is not None:
            found[field] = plain.index(usual)
    if "text" not in found:
        raise EventbenchError(
            f"{place}: no column of texts among {among}: name it with {OPTIONS['text']}"
        )
    return found


def plain_name(name: str) -> str:
    """The name of a column without capitals, spaces and hyphens."""
    return re.sub(r"[\s_-]+", "_", name.strip().lower())


def _words(value: Any) -> str:
    """A cell as text; empty for what is not written as text in tables."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).strip() if isinstance(value, str | int | float) else ""
