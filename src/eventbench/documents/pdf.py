"""PDF files with a text layer, by pypdf."""

from __future__ import annotations

import logging
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import pairwise
from typing import Any

from eventbench.documents.article import Article, Reading
from eventbench.documents.files import File
from eventbench.errors import EventbenchError

NOT_READABLE = "not readable as PDF"


def read(file: File, options: Reading) -> Iterator[tuple[str, Article]]:
    """Yield the article: a line a paragraph, without what is repeated at the ends of pages.

    Title, publisher and day are from the metadata of the file. When the file was made is not when
    the article was published, so only a date of the publication (``dc:date``) counts.
    """
    import pypdf

    logging.getLogger("pypdf").addHandler(logging.NullHandler())
    with file.opened(NOT_READABLE, back=True) as stream:
        pdf = pypdf.PdfReader(stream)
        if pdf.is_encrypted and not pdf.decrypt(""):
            raise EventbenchError(f"{file.place}: is locked with a password")
        pages = [page.extract_text() for page in pdf.pages]
        title, publisher, day = _about(pdf)
    text = "\n".join(paragraphs(without_margins([_clean(page) for page in pages])))
    yield file.place, Article(file.name, text, title, publisher, day)


def _about(pdf: Any) -> tuple[str, str, date | None]:
    title = str((pdf.metadata and pdf.metadata.title) or "").strip()
    publisher, day = "", None
    try:
        more = pdf.xmp_metadata
    except Exception:  # whatever a broken packet of metadata causes: the text is not affected
        more = None
    if more is not None:
        publisher = next(iter(more.dc_publisher or ()), "")
        when = next(iter(more.dc_date or ()), None)
        day = when.date() if when is not None else None
        title = title or (more.dc_title or {}).get("x-default", "")
    return re.sub(r"^Microsoft Word - ", "", title), publisher, day


_LIGATURES = {0xFB00: "ff", 0xFB01: "fi", 0xFB02: "fl", 0xFB03: "ffi", 0xFB04: "ffl", 0: None}


def _clean(page: str) -> list[str]:
    """The lines of a page, without what only shows how it was set."""
    text = page.translate(_LIGATURES).encode("utf-8", "ignore").decode("utf-8")
    return [" ".join(line.split()) for line in text.strip().split("\n")]


def without_margins(pages: Sequence[list[str]]) -> list[str]:
    """Join the lines of pages, without running heads and page numbers.

    That is the first or last two lines of a page that come again, with other numbers, on most
    pages, or are numbers only.
    """

    def form(line: str) -> str:
        return re.sub(r"\d+", "0", line)

    edges = [[form(line) for line in page if line] for page in pages]
    counts = Counter(line for page in edges for line in {*page[:2], *page[-2:]})
    repeated = {line for line, n in counts.items() if n > 1 and n > len(pages) / 2}
    lines = []
    for page in pages:
        filled = [k for k, line in enumerate(page) if line]
        ends = {*filled[:2], *filled[-2:]}
        dropped = {
            k
            for k in ends
            if form(page[k]) in repeated or re.fullmatch(r"\W*\d+(\W+\d+)?\W*", page[k])
        }
        lines += [line for k, line in enumerate(page) if k not in dropped]
    return lines


def paragraphs(lines: Sequence[str]) -> list[str]:
    """Join the lines of paragraphs, which a PDF breaks at the margin.

    A paragraph ends at an empty line; or where a line is clearly shorter than most, and ends a
    sentence or is followed by a capital. A word that is hyphenated at the end of a line is put
    together.
    """
    widths = sorted(len(line) for line in lines if line)
    width = widths[len(widths) * 3 // 4] if widths else 0
    found: list[str] = []
    ended = True
    for line, following in pairwise([*lines, ""]):
        if not line:
            ended = True
            continue
        if ended:
            found.append(line)
        elif re.search(r"[a-z]-$", found[-1]) and line[:1].islower():
            found[-1] = found[-1][:-1] + line
        else:
            found[-1] += f" {line}"
        is_short = len(line) < 0.75 * width
        ended = is_short and (line[-1] in '.!?"”’)' or not following[:1].islower())
    return found
