"""``eventbench predict``: events in new articles."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import click

from eventbench.claims.found import ROWS
from eventbench.cli.groups import example
from eventbench.cli.options import PATH
from eventbench.cli.output import counter
from eventbench.cli.reading_options import reading_options
from eventbench.corpus.loading import Corpus
from eventbench.documents.article import Reading
from eventbench.documents.files import STDIN
from eventbench.errors import EventbenchError
from eventbench.io import agreed_format
from eventbench.systems.models import RECORD
from eventbench.systems.predict import ENDINGS, FOLDER, predict, tag
from eventbench.text import plural

HTML = "html"
FORMATS = {**ENDINGS, HTML: (FOLDER,)}
"""The formats with the endings of what they are written to."""


@click.command("predict", epilog=example("predict articles/ more.csv --out found.xlsx"))
@click.argument(
    "files",
    type=PATH,
    nargs=-1,
    required=True,
    metavar="FILES...",
    help="articles: folders, or .txt, .html, .docx, .pdf, .csv, .tsv, .xlsx, .jsonl, .parquet, "
    "also with .gz, .bz2 or .xz, or in a .zip; - is standard input",
)
@click.option(
    "--model",
    type=PATH,
    metavar="DIR",
    help="directory that `fit` wrote, which may also stand before the files (default: the model "
    "of `fit` without a system, which is trained the first time)",
)
@click.option(
    "--out",
    type=PATH,
    metavar="PATH",
    help="what to write: a file whose ending says the format, or a directory, which `incidents` "
    "and other commands read (default: JSON Lines to standard output)",
)
@click.option(
    "--format",
    type=click.Choice(list(FORMATS)),
    help="format to write; csv, jsonl, parquet and xlsx are files, all others directories "
    "(default: by the ending of --out)",
)
@click.option(
    "--rows",
    type=click.Choice(list(ROWS)),
    help="what a row of a table is (default: events; in .xlsx all of these, a sheet each)",
)
@click.option(
    "--system",
    metavar="MODULE:CLASS",
    help="the system that fitted the model, if it is not installed: its code is run",
)
@reading_options
def command(
    files: tuple[Path, ...],
    model: Path | None,
    out: Path | None,
    format: str | None,
    rows: str | None,
    options: Reading,
    system: str | None,
) -> None:
    """Find events in new articles with a model."""
    if model is None and _is_model(files[0]):
        model, files = files[0], files[1:]
        if not files:
            raise click.UsageError(f"no files to tag after the model {model}")
    if model is None and system is not None:
        raise click.UsageError("--system goes with a model: name its directory with --model")
    chosen = format if out is None else agreed_format(out, format, FORMATS)
    reader: dict[str, Any] = {"options": options, "system": system}
    with counter("predict", "articles") as progress:
        if chosen == HTML:
            number = _write_report(
                out, rows, partial(tag, model, files, progress=progress, **reader)
            )
        else:
            number = predict(
                model, files, out, format=format, rows=rows, progress=progress, **reader
            )
    if out is not None:
        print(f"{out}: {plural(number, 'article')}")


def _write_report(out: Path | None, rows: str | None, tagged: Callable[[], Corpus]) -> int:
    """Write the site of `eventbench report`, and return the number of articles."""
    from eventbench.html.report import check_replaceable, report

    if out is None:
        raise EventbenchError("html is not printed: name the directory to write with --out")
    if rows is not None:
        raise EventbenchError("html has no rows to choose")
    check_replaceable(out)
    corpus = tagged()
    report(corpus, out, title=out.name)
    return len(corpus.documents)


def _is_model(path: Path) -> bool:
    """Tell a model from articles; what looks like neither is reported as no model."""
    if path.is_dir():
        return (path / RECORD).exists()
    return not (path.suffix or path.exists() or path == STDIN)
