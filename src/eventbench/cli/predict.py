"""``eventbench predict``: events in new articles."""

from __future__ import annotations

from pathlib import Path

import click

from eventbench.cli.groups import example
from eventbench.cli.options import PATH
from eventbench.cli.output import counter
from eventbench.cli.reading_options import reading_options
from eventbench.documents.article import Reading
from eventbench.documents.files import STDIN
from eventbench.systems.models import RECORD
from eventbench.systems.predict import FORMATS, predict


@click.command("predict", epilog=example("predict articles/ more.csv --out events.jsonl"))
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
    help="file to write; for brat and Parquet a directory (default: standard output)",
)
@click.option(
    "--format",
    type=click.Choice(FORMATS),
    default=FORMATS[0],
    help=f"format to write (default: {FORMATS[0]})",
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
    format: str,
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
    with counter("predict", "articles") as progress:
        number = predict(
            model, files, out, format=format, options=options, system=system, progress=progress
        )
    if out is not None:
        print(f"{out}: {number} articles")


def _is_model(path: Path) -> bool:
    """Tell a model from articles; what looks like neither is reported as no model."""
    if path.is_dir():
        return (path / RECORD).exists()
    return not (path.suffix or path.exists() or path == STDIN)
