"""Web pages: the article of a page without navigation and advertising, by trafilatura."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import date
from typing import Any

from eventbench.documents.article import Article, Reading, day_of
from eventbench.documents.files import File
from eventbench.io import reading

NOT_READABLE = "not readable as a web page"

# Only what a page declares is its day, not any date in its text. An article may be from any year.
_DATES = {
    "original_date": True,
    "extensive_search": False,
    "min_date": "1800-01-01",
    "max_date": "2999-12-31",
}


def read(file: File, options: Reading) -> Iterator[tuple[str, Article]]:
    """Yield the article: its headline, if the text does not begin with it, and the text.

    Title, publisher, day and address are those that the page declares.
    """
    import trafilatura

    logging.getLogger("trafilatura").addHandler(logging.NullHandler())
    logging.getLogger("htmldate").addHandler(logging.NullHandler())
    page = file.content().decode(file.encoding, "replace")  # it was checked
    with reading(file.place, NOT_READABLE):
        found: Any = trafilatura.bare_extraction(
            page,
            with_metadata=True,
            include_comments=False,
            date_extraction_params=_DATES,
            config=_config(),
        )
    if found is None:
        yield file.place, Article(file.name, "")
        return
    text, title = (found.text or "").strip(), (found.title or "").strip()
    if title and text and title not in text[: len(title) + 200]:
        text = f"{title}\n\n{text}"
    yield (
        file.place,
        Article(file.name, text, title, found.sitename or "", _day(found.date), found.url or ""),
    )


def _day(written: str | None) -> date | None:
    try:
        return day_of(written)
    except ValueError:
        return None


def _config() -> Any:
    """Settings with which short articles are taken apart like long ones."""
    from trafilatura.settings import use_config

    config = use_config()
    config.set("DEFAULT", "MIN_EXTRACTED_SIZE", "20")
    return config
