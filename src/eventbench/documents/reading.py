"""Read articles from files of any kind, lazily."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

from eventbench.documents import csv, docx, html, jsonl, parquet, pdf, txt, xlsx
from eventbench.documents.article import DETECT, Article, Reading
from eventbench.documents.content import TEXTS, check_content
from eventbench.documents.encoding import check_encoding, encoding_of
from eventbench.documents.files import KINDS, SINGLE, File, Input, find_files
from eventbench.documents.sources import Known, read_sources, with_sources
from eventbench.errors import EventbenchError

READERS: dict[str, Callable[[File, Reading], Iterator[tuple[str, Article]]]] = {
    "txt": txt.read,
    "html": html.read,
    "docx": docx.read,
    "pdf": pdf.read,
    "csv": csv.read,
    "tsv": csv.read,
    "xlsx": xlsx.read,
    "jsonl": jsonl.read,
    "parquet": parquet.read,
}
"""What reads each kind of file: it yields the articles, each with the place where it is."""

_NEEDED = {"html": "trafilatura", "docx": "docx", "pdf": "pypdf", "xlsx": "openpyxl"}
"""The package that reads a kind of file, where it is in an extra."""


def read_articles(paths: Sequence[Path], options: Reading | None = None) -> Iterator[Article]:
    """Return an iterator over the articles of files.

    Before it returns, everything that can be checked quickly is: that the files are there and
    are what their names say, that texts are UTF-8, what `sources` say, that libraries are
    installed and that no two documents have one name. Articles are then read one by one.

    The id of a document is its name without ending, in a folder or archive its path there
    ("2031/a"). Rows of tables have the id that their column says, or the name of the file and
    the number of the row; lines of JSON Lines the id that they say.

    A document without text is skipped with a warning, and so is a row of a table.

    Args:
        paths: files of `KINDS`, folders, ``.zip`` archives, or `STDIN`; files may be compressed.
        options: how they are read.

    Raises:
        EventbenchError: naming file and line, if something cannot be read, is not what its name
            says or has another encoding, if two articles have the same id, or if there are
            documents but none has text.
    """
    options = options or Reading()
    if options.kind is not None and options.kind not in KINDS:
        raise EventbenchError(f"no kind of file {options.kind!r}: expected {' or '.join(KINDS)}")
    check_encoding(options.encoding)
    found = find_files(paths, options.kind, options.sources)
    if found.others:
        more = len(found.others) - 1
        others = f"{found.others[0]} and {more} more" if more else found.others[0]
        options.warn(f"{others}: not a kind of file that is read")
    _check_installed(found.files)
    _check_names(found.files)
    files = [checked for file in found.files if (checked := _checked(file, options)) is not None]
    known = _sources(found, options)
    return _articles(files, known, options, has_skipped=len(files) < len(found.files))


def _articles(
    files: Sequence[File], known: Mapping[str, Known], options: Reading, has_skipped: bool
) -> Iterator[Article]:
    seen: set[str] = set()
    for file in files:
        about = known.get(file.label, {})
        for place, article in READERS[file.kind](file, options):
            if file.kind in SINGLE and not article.text.strip():
                options.warn(f"{place}: {_empty(file)}, so it is skipped")
                has_skipped = True
                continue
            if article.id in seen:
                raise EventbenchError(f"{place}: a second article {article.id!r}")
            seen.add(article.id)
            yield with_sources(article, about)
    if has_skipped and not seen:
        raise EventbenchError("no article: nothing that was read has text")


def _empty(file: File) -> str:
    return "has no text layer (scanned pages?)" if file.kind == "pdf" else "has no text"


def _check_installed(files: Sequence[File]) -> None:
    for kind in dict.fromkeys(file.kind for file in files):
        if kind in _NEEDED and find_spec(_NEEDED[kind]) is None:
            raise EventbenchError(
                f"reading .{kind} needs {_NEEDED[kind]}: pip install 'eventbench[documents]'"
            )


def _check_names(files: Sequence[File]) -> None:
    """Check that no two documents have one name, which would be known only late otherwise."""
    seen: dict[str, str] = {}
    for file in files:
        if file.kind in SINGLE:
            other = seen.setdefault(file.name, file.place)
            if other != file.place:
                raise EventbenchError(
                    f"{file.place}: a second article {file.name!r}, besides {other}: rename one"
                )


def _checked(file: File, options: Reading) -> File | None:
    """The file with its encoding, once it is clear that it is what its name says; None if empty."""
    if file.kind == "jsonl":  # its lines are checked one by one
        return file
    if not check_content(file):
        options.warn(f"{file.place}: is empty, so it is skipped")
        return None
    return _with_encoding(file, options) if file.kind in TEXTS else file


def _with_encoding(file: File, options: Reading) -> File:
    encoding = encoding_of(file, options.encoding)
    if encoding != "utf-8" and options.encoding == DETECT and file.kind != "html":
        options.warn(f"{file.place}: converted from {encoding}, as detected")
    return replace(file, encoding=encoding)


def _sources(found: Input, options: Reading) -> dict[str, Known]:
    tables = found.sources
    if options.sources is not None:
        path = options.sources
        tables = [File(str(path), path.name, "csv", lambda: path.open("rb"))]
    tables = [_with_encoding(table, options) for table in tables if check_content(table)]
    return read_sources(tables, found.files, options)
