"""Options that say how to read new articles, the same for every command that does."""

from __future__ import annotations

from functools import wraps
from pathlib import Path
from typing import Any

import click

from eventbench.cli.options import PATH, Decorator, Function
from eventbench.documents.article import DETECT, Reading
from eventbench.documents.files import KINDS, SOURCES
from eventbench.documents.rows import OPTIONS, USUAL


def _columns() -> list[Decorator]:
    """An option for each field, that names the column of tables and the key of JSON Lines."""
    words = {
        "text": "text",
        "id": "id",
        "title": "title",
        "published": "day of publication",
        "publisher": "publisher",
        "address": "address",
    }
    return [
        click.option(
            OPTIONS[field],
            f"{field}_column",
            metavar="NAME",
            help=f"column or JSON key of the {said} (default: the first of "
            f"{', '.join(USUAL[field])})",
        )
        for field, said in words.items()
    ]


_OPTIONS: list[Decorator] = [
    click.option(
        "--input",
        "kind",
        type=click.Choice(KINDS),
        help="format of the files (default: by their names)",
    ),
    *_columns(),
    click.option(
        "--date-format",
        metavar="FORM",
        help="how days of publication are written, such as %d/%m/%Y for 31/12/2016 (default: "
        "2016-12-31 and forms that name the month)",
    ),
    click.option(
        "--sources",
        type=PATH,
        metavar="FILE",
        help="table with the columns file, title, publisher, published and address (default: "
        f"{SOURCES} in the folders)",
    ),
    click.option(
        "--encoding",
        metavar="NAME",
        help="encoding of the texts that are not UTF-8, such as cp1252; "
        f"{DETECT}: whatever each seems to have (default: they are refused)",
    ),
]


def reading_options(function: Function) -> Function:
    """Add the options, passed as one `Reading` called ``options``."""

    @wraps(function)
    def wrapper(
        kind: str | None,
        date_format: str | None,
        sources: Path | None,
        encoding: str | None,
        **others: Any,
    ) -> Any:
        named = {field: others.pop(f"{field}_column") for field in OPTIONS}
        columns = {field: name for field, name in named.items() if name is not None}
        options = Reading(kind, columns, date_format, encoding, sources)
        return function(options=options, **others)

    found: Function = wrapper
    for option in reversed(_OPTIONS):
        found = option(found)
    return found
