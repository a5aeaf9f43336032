"""``eventbench report``: a site of incidents to send to somebody."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from eventbench.cli.groups import example
from eventbench.cli.incidents import filters, selection_of
from eventbench.cli.options import CorpusChoice, out_option, source_argument


@click.command("report", epilog=example("report result --since 2016-11-12 --out page"))
@source_argument
@filters
@click.option("--title", default="", metavar="TEXT", help="heading (default: name of the source)")
@out_option("DIR", "directory to write; an earlier report there is replaced")
def command(title: str, out: Path, corpus: CorpusChoice, **chosen: Any) -> None:
    """Write incidents as a site: timeline, map, toll, claims beside denials."""
    from eventbench.html.report import report
    from eventbench.systems.progress import progress_bar

    with progress_bar("report") as progress:
        page = report(
            corpus.load(),
            out,
            selection=selection_of(chosen),
            title=title,
            progress=progress,
        )
    print(f"{page}: open it in a browser; send the directory {out} as a whole")
