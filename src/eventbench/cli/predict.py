"""``eventbench predict``: events in new articles."""

from __future__ import annotations

from pathlib import Path

import click

from eventbench.cli.groups import example
from eventbench.cli.options import PATH
from eventbench.cli.output import counter
from eventbench.systems.articles import KINDS, STDIN
from eventbench.systems.predict import FORMATS, predict


@click.command("predict", epilog=example("predict article.txt more.jsonl --out events.jsonl"))
@click.argument(
    "files",
    type=PATH,
    nargs=-1,
    required=True,
    metavar="FILES...",
    help=".txt, .jsonl or .jsonl.gz with id and text, .parquet; - is standard input",
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
    "--input",
    "kind",
    type=click.Choice(KINDS),
    help="format of the files (default: by their names)",
)
@click.option(
    "--system",
    metavar="MODULE:CLASS",
    help="the system that fitted the model, if it is not installed: its code is run",
)
def command(
    files: tuple[Path, ...],
    model: Path | None,
    out: Path | None,
    format: str,
    kind: str | None,
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
            model, files, out, format=format, kind=kind, system=system, progress=progress
        )
    if out is not None:
        print(f"{out}: {number} articles")


def _is_model(path: Path) -> bool:
    """Tell a model from a file with articles; what looks like neither is reported as no model."""
    return path.is_dir() or not (path.suffix or path.exists() or path == STDIN)
