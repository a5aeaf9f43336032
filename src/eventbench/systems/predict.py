"""Tag the articles in files with a model and write the events."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, TextIO

from eventbench.corpus.model import Document
from eventbench.corpus.records import ArticleEvents, to_record
from eventbench.corpus.segmentation import check_segmenter
from eventbench.documents.article import Article, Reading
from eventbench.documents.files import STDIN
from eventbench.documents.reading import read_articles
from eventbench.errors import EventbenchError, located
from eventbench.formats.registry import export
from eventbench.io import atomic_output, is_empty_directory, safe_name
from eventbench.systems.cache import default_model
from eventbench.systems.models import Model, as_model, readable
from eventbench.systems.tables import tag_parquet

FORMATS = ("jsonl", "brat")
"""Output formats of `predict`."""

NEEDS_OUT = "brat is written to a directory: name it with --out"


def predict(
    model: Model | Path | str | None,
    files: Sequence[Path],
    out: Path | None = None,
    *,
    format: str = "jsonl",
    options: Reading | None = None,
    system: str | None = None,
    progress: Callable[[int], object] = lambda articles: None,
) -> int:
    """Tag the articles in files.

    JSON Lines are written incrementally, one article per line with ``id``, ``events`` and
    ``links``; output for brat is held in memory first. In texts for brat, carriage returns
    and byte-order marks are replaced by spaces, since brat would shift the offsets after them.

    Args:
        model: a model or its directory; the default model (`default_model`) if None.
        files: see `read_articles`. Only ``.parquet`` files, and an ``out`` that is no ``.jsonl``
            file: they are written as Parquet, see `tag_parquet`.
        out: the file or, for brat and Parquet, the directory to write; None: standard output.
        format: one of `FORMATS`.
        options: how files are read; see `Reading`.
        system: as `load_model` takes it.
        progress: called with how many articles were tagged since the last call.

    Returns:
        The number of articles.

    Raises:
        EventbenchError: as for `load_model` and `read_articles`, or if the output cannot be
            written; ``out`` is complete or absent.
    """
    options = options or Reading()
    _check_out(format, out)
    check_segmenter()
    if out is not None and format == "jsonl" and _stay_parquet(files, out, options):
        _check_plain(options)
        return tag_parquet(_ready(model, system, files), files, out, progress=progress)
    if format == "jsonl" and out is not None and out.is_dir():
        raise EventbenchError(f"{out}: is a directory; JSON Lines are written to a file")
    articles = read_articles(files, options)
    model = _ready(model, system, files)
    found = _counted(model.extract(articles), progress)
    if format == "brat":
        assert out is not None
        return _write_brat(model, found, out)
    if out is None:
        return _write_jsonl(model, found, sys.stdout)
    with atomic_output(out) as new, new.open("w", encoding="utf-8", newline="") as file:
        return _write_jsonl(model, found, file)


def _stay_parquet(files: Sequence[Path], out: Path, options: Reading) -> bool:
    """Return True for Parquet files of which Parquet files are to be made."""
    named = options.kind is None and all(path.suffix == ".parquet" for path in files)
    return named and bool(files) and out.suffix != ".jsonl"


def _check_plain(options: Reading) -> None:
    """Refuse options that say how Parquet files are read where they stay Parquet files."""
    if options.columns or options.sources or options.date_format:
        raise EventbenchError(
            "Parquet files that stay Parquet need the columns id and text: options that say how "
            "to read articles go with --out FILE.jsonl"
        )


def _ready(model: Model | Path | str | None, system: str | None, files: Sequence[Path]) -> Model:
    """Load or train the model, once it is clear that the files are there."""
    for path in files:
        if path != STDIN and not path.exists():
            raise EventbenchError(f"{path}: No such file or directory")
    found = default_model() if model is None else as_model(model, system)
    check_segmenter(found.language)
    return found


def _check_out(format: str, out: Path | None) -> None:
    """Check the format and where it is to be written, before a model is loaded."""
    if format not in FORMATS:
        raise EventbenchError(f"no format {format!r}: expected {' or '.join(FORMATS)}")
    if format == "brat":
        if out is None:
            raise EventbenchError(NEEDS_OUT)
        if out.exists() and not is_empty_directory(out):
            raise EventbenchError(f"{out}: exists and is not an empty directory; choose another")


Found = Iterable[tuple[Article, ArticleEvents]]


def _counted(found: Found, progress: Callable[[int], object]) -> Iterator[Any]:
    for item in found:
        yield item
        progress(1)


def _write_jsonl(model: Model, found: Found, file: TextIO) -> int:
    count = 0
    for article, events in found:
        record = {"id": article.id, **to_record(events, model.scheme, article.text)}
        file.write(json.dumps(record, ensure_ascii=False) + "\n")
        count += 1
    return count


def _write_brat(model: Model, found: Found, out: Path) -> int:
    documents = tuple(_annotated(article, events) for article, events in found)
    export(model.corpus_of(documents), "brat", out)
    return len(documents)


def _annotated(article: Article, found: ArticleEvents) -> Document:
    with located("brat names files by the ids of articles"):
        name = safe_name(article.id)
    text = readable(article.text)
    return Document(name, name, text, events=found.events, links=found.links)
