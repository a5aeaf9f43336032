"""Tag the articles in files with a model and write the events, or tables of what they say."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from eventbench.claims.derive import incidents
from eventbench.claims.grouping import INCIDENTS, write_incidents
from eventbench.claims.joining import join
from eventbench.claims.tables import EVENTS
from eventbench.corpus.loading import Corpus
from eventbench.corpus.model import Document
from eventbench.corpus.predictions import (
    ANNOTATIONS,
    RECORD,
    article_record,
    write_articles,
    write_predictions,
)
from eventbench.corpus.segmentation import check_segmenter
from eventbench.documents.article import Article, Reading
from eventbench.documents.files import STDIN
from eventbench.documents.reading import read_articles
from eventbench.errors import EventbenchError
from eventbench.evaluation.runs import versions
from eventbench.formats.registry import FORMATS, export
from eventbench.io import agreed_format, atomic_output, file_stems, is_empty_directory
from eventbench.systems.cache import default_model
from eventbench.systems.models import Model, as_model, readable
from eventbench.systems.tables import tag_parquet

FOLDER = ""
"""The ending of a name that is written as a directory."""

RESULT, JSONL = "result", "jsonl"
FOR_ANNOTATORS = ("brat", "cas", "label-studio")
"""Formats of tools in which people correct what was predicted; see `eventbench.formats`."""

ENDINGS: Mapping[str, tuple[str, ...]] = {
    RESULT: (FOLDER,),
    JSONL: (".jsonl",),
    "csv": (".csv",),
    "xlsx": (".xlsx",),
    "parquet": (".parquet",),
    **dict.fromkeys(FOR_ANNOTATORS, (FOLDER,)),
}
"""The formats of `predict` with the endings of what they are written to; without a format, the
first one that has the ending."""

TABLES = ("csv", "xlsx", "parquet")

Tick = Callable[[int], object]


def predict(
    model: Model | Path | str | None,
    files: Sequence[Path],
    out: Path | None = None,
    *,
    format: str | None = None,
    rows: str | None = None,
    options: Reading | None = None,
    system: str | None = None,
    progress: Tick = lambda articles: None,
) -> int:
    """Tag the articles in files, and write their events or tables of them.

    JSON Lines are written one article after the other; all else is held in memory first. A result
    is a directory, see `eventbench.corpus.predictions`. For annotation tools, articles are named by
    `file_stems`, and spaces replace carriage returns and byte-order marks, which shift offsets.

    Args:
        model: a model or its directory; the default model (`default_model`) if None.
        files: see `read_articles`. If there are only ``.parquet`` files, and neither a format nor
            an ending of ``out``, they are written as Parquet, see `tag_parquet`.
        out: the file or directory to write; None: JSON Lines to standard output.
        format: one of `ENDINGS`; None: by the ending of ``out``, a result if it has none.
        rows: what a row of a table is, see `eventbench.claims.found.ROWS`; None: events or, in
            Excel, all of them, a sheet each.
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
    names_nothing = format is None and rows is None
    if out is not None and names_nothing and not out.suffix and _are_parquet(files, options):
        # Several processes may write there, and one that was killed goes on.
        _check_plain(options)
        check_segmenter()
        return tag_parquet(_ready(model, system, files), files, out, progress=progress)
    chosen = _check_out(format, out, rows)
    check_segmenter()
    articles = _for_format(read_articles(files, options), chosen)
    model = _ready(model, system, files)
    documents = _counted(model.annotate(articles), progress)
    if out is None:
        return _print(model, documents)
    if chosen == JSONL:
        with atomic_output(out) as new:
            return write_articles(documents, model.scheme, new)
    corpus = model.corpus_of(tuple(documents))
    if chosen == RESULT:
        return write_result(model, corpus, out)
    if chosen in FOR_ANNOTATORS:
        return _write_for_annotators(model, corpus, chosen, out)
    incidents(corpus).write(out, rows or (None if chosen == "xlsx" else EVENTS), chosen)
    return len(corpus.documents)


def tag(
    model: Model | Path | str | None,
    files: Sequence[Path],
    *,
    options: Reading | None = None,
    system: str | None = None,
    progress: Tick = lambda articles: None,
) -> Corpus:
    """Tag the articles in files and return them as a corpus; see `predict`."""
    check_segmenter()
    articles = read_articles(files, options)
    model = _ready(model, system, files)
    return model.corpus_of(tuple(_counted(model.annotate(articles), progress)))


def write_result(model: Model, corpus: Corpus, out: Path) -> int:
    """Write predictions as a result, with the list of their incidents.

    Args:
        model: the model that made them.
        corpus: the articles with their events.
        out: the directory, which is empty, absent or another result.

    Returns:
        The number of articles.
    """
    about = {"system": model.name, "task": model.task, "digest": model.digest}
    record = {"model": about, "language": model.language, "versions": versions()}
    found = join(corpus.documents, corpus.scheme, corpus.places)
    with atomic_output(out) as new:
        number = write_predictions(corpus, new, record)
        (new / ANNOTATIONS / INCIDENTS).write_text(
            write_incidents(found), encoding="utf-8", newline=""
        )
    return number


def _are_parquet(files: Sequence[Path], options: Reading) -> bool:
    """Return True for Parquet files of which Parquet files are to be made."""
    named = options.kind is None and all(path.suffix == ".parquet" for path in files)
    return named and bool(files)


def _check_plain(options: Reading) -> None:
    """Refuse options that say how Parquet files are read where they stay Parquet files."""
    if options.columns or options.sources or options.date_format:
        raise EventbenchError(
            "Parquet files that stay Parquet need the columns id and text: options that say how "
            "to read articles go with --format result, or --out FILE.jsonl"
        )


def _ready(model: Model | Path | str | None, system: str | None, files: Sequence[Path]) -> Model:
    """Load or train the model, once it is clear that the files are there."""
    for path in files:
        if path != STDIN and not path.exists():
            raise EventbenchError(f"{path}: No such file or directory")
    found = default_model() if model is None else as_model(model, system)
    check_segmenter(found.language)
    return found


def _check_out(format: str | None, out: Path | None, rows: str | None) -> str:
    """Choose the format, and check where it is to be written before a model is loaded."""
    if format is not None and format not in ENDINGS:
        raise EventbenchError(f"no format {format!r}: expected {' or '.join(ENDINGS)}")
    if out is None:
        if format not in (None, JSONL):
            raise EventbenchError(f"{format} is not printed: name what to write with --out")
        chosen = JSONL
    else:
        chosen = agreed_format(out, format, ENDINGS)
        check_place(out, chosen)
    _for_format((), chosen)
    if rows is not None and chosen not in TABLES:
        raise EventbenchError(f"{chosen} has no rows to choose: they go with {', '.join(TABLES)}")
    return chosen


def check_place(out: Path, format: str) -> None:
    """Check that an output replaces nothing but one like it.

    Raises:
        EventbenchError: if something else is there.
    """
    if out.is_dir() and FOLDER not in ENDINGS[format]:
        raise EventbenchError(f"{out}: is a directory; {format} is written to a file")
    if (
        format == RESULT
        and out.exists()
        and not (out / RECORD).is_file()
        and not is_empty_directory(out)
    ):
        raise EventbenchError(f"{out}: exists and is not an earlier result; choose another --out")
    if format in FOR_ANNOTATORS and out.exists() and not is_empty_directory(out):
        raise EventbenchError(f"{out}: exists and is not an empty directory; choose another")


def _for_format(articles: Iterable[Article], format: str) -> Iterable[Article]:
    """The articles; for an annotation tool all at once, so that none is tagged in vain."""
    if format not in FOR_ANNOTATORS:
        return articles
    found = list(articles)
    check = FORMATS[format].check
    if check is not None:
        check({article.id: readable(article.text) for article in found})
    return found


def _counted(found: Iterable[Document], progress: Tick) -> Iterator[Document]:
    for item in found:
        yield item
        progress(1)


def _print(model: Model, documents: Iterable[Document]) -> int:
    count = 0
    for document in documents:
        record = article_record(document, model.scheme)
        sys.stdout.write(json.dumps(record, ensure_ascii=False) + "\n")
        count += 1
    return count


def _write_for_annotators(model: Model, corpus: Corpus, format: str, out: Path) -> int:
    stems = file_stems(corpus.article_ids, ".txt")
    # Values that a model read are no table that an annotator wrote.
    documents = tuple(
        replace(d, stem=stems[d.id], text=readable(d.text), values=()) for d in corpus.documents
    )
    info = replace(corpus.info, name=f"{model.name} {model.digest[:12]}")
    export(replace(corpus, documents=documents, info=info), format, out)
    return len(documents)
