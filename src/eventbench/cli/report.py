"""``eventbench report``: a site of incidents to send to somebody."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from eventbench.cli.groups import example
from eventbench.cli.incidents import filters, selection_of
from eventbench.cli.options import CorpusChoice, corpus_options, out_option


@click.command("report", epilog=example("report result --since 2016-11-12 --out page"))
@click.argument(
    "source",
    required=False,
    metavar="[SOURCE]",
    help="what `predict --out` wrote (default: the gold of --corpus or --data)",
)
@filters
@click.option("--title", default="", metavar="TEXT", help="heading (default: name of the source)")
@out_option("DIR", "directory to write; an earlier report there is replaced")
@corpus_options
def command(source: str | None, title: str, out: Path, corpus: CorpusChoice, **chosen: Any) -> None:
    """Write incidents as a site: timeline, map, toll, claims beside denials."""
    from eventbench.html.report import report
    from eventbench.systems.progress import progress_bar

    if source is not None and corpus.named is not None:
        raise click.UsageError("SOURCE, --corpus and --data name what to show: give one of them")
    with progress_bar("report") as progress:
        page = report(
            corpus.load() if source is None else source,
            out,
            selection=selection_of(chosen),
            title=title,
            progress=progress,
        )
    print(f"{page}: open it in a browser; send the directory {out} as a whole")
