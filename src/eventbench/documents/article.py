"""An article as it is read, and how to read it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

from eventbench.errors import say


@dataclass(frozen=True, slots=True)
class Article:
    """A text to tag, with a caller-chosen id and what is known of it.

    Attributes:
        id: names the article.
        text: the text; offsets of events count its code points.
        title: the title; empty if unknown.
        publisher: who published it; empty if unknown.
        published: the day of publication; None if unknown.
        address: its URL or another address; empty if unknown.
    """

    id: str
    text: str
    title: str = ""
    publisher: str = ""
    published: date | None = None
    address: str = ""


@dataclass(frozen=True)
class Reading:
    """How files are read.

    Attributes:
        kind: one of `eventbench.documents.files.KINDS`, to override what the names of the files
            say.
        columns: column of a table, or key of JSON Lines, by field of `Article`; those not given
            are found by their usual names, see `eventbench.documents.rows`.
        date_format: how days are written, as `datetime.strptime` takes it ("%d/%m/%Y"), besides
            the forms that `day_of` knows.
        encoding: encoding of texts that are not UTF-8, or `DETECT`; None: they are refused.
        sources: a table as `eventbench.documents.sources` describes it, instead of ``sources.csv``
            in the folders.
        warn: called with one line about what is skipped or left out.
    """

    kind: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    date_format: str | None = None
    encoding: str | None = None
    sources: Path | None = None
    warn: Callable[[str], object] = say


DETECT = "detect"
"""The encoding that stands for whatever is detected."""

A_DAY = "a day such as 2016-11-10"

_FORMS = ("%Y/%m/%d", "%Y%m%d", "%d %B %Y", "%d %b %Y", "%B %d, %Y", "%b %d, %Y")
_ISO = re.compile(r"\d{4}-\d\d-\d\d(?=$|[T ])")


def day_of(value: Any, date_format: str | None = None) -> date | None:
    """Read a day of publication.

    Args:
        value: a date; or text in ISO 8601, with or without a time of day ("2016-11-10T08:00Z"), as
            2016/11/10 or 20161110, with the name of the month ("10 November 2016", "Nov 10,
            2016"), or as in mails and feeds ("Thu, 10 Nov 2016 08:00:00 GMT"). The day is that
            in the time zone that is written. Forms like 10/11/2016 are read differently in
            different countries, so they need ``date_format``.
        date_format: another form, as `datetime.strptime` takes it; it is tried first.

    Returns:
        The day; None if the value is None or blank.

    Raises:
        ValueError: if it cannot be read as a day.
    """
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date) or value is None:
        return value
    text = str(value).strip() if isinstance(value, str | int) else repr(value)
    if not text:
        return None
    if date_format is not None:
        with suppress(ValueError):
            return datetime.strptime(text, date_format).date()
    if found := _ISO.match(text):
        with suppress(ValueError):
            return date.fromisoformat(found[0])
    for form in _FORMS:
        with suppress(ValueError):
            return datetime.strptime(text, form).date()
    with suppress(ValueError):
        return parsedate_to_datetime(text).date()
    raise ValueError(f"{text!r:.40} is not {A_DAY}")
