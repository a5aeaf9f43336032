"""``eventbench incidents``: what happened, where and when, and who claims or denies it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from eventbench.claims.codebook_tables import BOOKS
from eventbench.claims.found import ROWS
from eventbench.claims.tables import CLAIMS, INCIDENTS, SOURCES
from eventbench.cli.groups import example
from eventbench.cli.options import PATH, CorpusChoice, Decorator, Function, source_argument
from eventbench.errors import EventbenchError

if TYPE_CHECKING:
    from eventbench.claims.found import Incidents
    from eventbench.claims.select import Selection

DAY = click.DateTime(formats=["%Y-%m-%d"])
BINARY = ("xlsx", "parquet")
"""The formats that are not printed: without a name, the file is called incidents."""
NO_ROWS = ("geojson", *BOOKS)
"""The formats in which a row is an incident."""

ENDINGS: Mapping[str, tuple[str, ...]] = {
    "table": (".txt",),
    "csv": (".csv",),
    "xlsx": (".xlsx",),
    "parquet": (".parquet",),
    "json": (".json",),
    "geojson": (".geojson", ".json"),
    **dict.fromkeys(BOOKS, (".csv",)),
}
"""The formats with the endings of their files."""

FILTERS: Mapping[str, tuple[str, str]] = {
    "type": ("TYPE", "of a type, with or without its subtype (Attack, Attack/shelling)"),
    "place": ("PLACE", "at a place or within it, by its id"),
    "side": ("PARTY", "in which a party takes part, by its id"),
    "source": ("SOURCE", "of which a source says something, by its id"),
    "status": ("STATUS", "with a mention of this Status (planned, negated)"),
    "article": ("ARTICLE", "that an article tells of"),
    "level": ("LEVEL", "incident, phase or total"),
    "figure": ("MEASURE", "of which a source gives a figure (killed, displaced)"),
}
"""Options that may be given several times, as alternatives."""


def filters(function: Function) -> Function:
    """Add the options that select incidents."""
    options: list[Decorator] = [
        click.option(f"--{name}", f"{name}_", multiple=True, metavar=metavar, help=help)
        for name, (metavar, help) in FILTERS.items()
    ]
    options += [
        click.option("--contested", is_flag=True, help="that somebody disputes"),
        click.option("--listed", is_flag=True, help="that incidents.tsv lists"),
        click.option("--since", type=DAY, metavar="DAY", help="on or after a day (2016-11-12)"),
        click.option("--until", type=DAY, metavar="DAY", help="on or before a day"),
        click.option("--text", default="", metavar="WORDS", help="whose sentences have words"),
        click.option(
            "--told-by",
            type=click.IntRange(1),
            default=1,
            metavar="N",
            help="that N articles or more tell of",
        ),
        click.option(
            "--publishers",
            type=click.IntRange(1),
            default=1,
            metavar="N",
            help="that articles of N publishers or more tell of",
        ),
        click.option(
            "--min-probability",
            type=click.FloatRange(0, 1),
            default=0.0,
            metavar="P",
            help="that are at least so probable, from 0 to 1, if the model says how sure it is",
        ),
    ]
    for option in reversed(options):
        function = option(function)
    return function


@click.command(
    "incidents", epilog=example("incidents --type Attack --since 2016-11-12 --out attacks.xlsx")
)
@source_argument
@filters
@click.option(
    "--rows",
    type=click.Choice(list(ROWS)),
    help="what a row is (default: incidents; in .xlsx all of these, a sheet each)",
)
@click.option("--claims", "rows", flag_value=CLAIMS, help="the same as --rows claims")
@click.option("--sources", "rows", flag_value=SOURCES, help="the same as --rows sources")
@click.option(
    "--format",
    "form",
    type=click.Choice(list(ENDINGS)),
    help="how to print or write them; acled and ucdp are CSV with the columns of the ACLED "
    "codebook of October 2024 and of UCDP GED 24.1 (default: by the ending of --out, else table)",
)
@click.option(
    "--out",
    type=PATH,
    metavar="FILE",
    help="file to write (default: print it; xlsx and parquet: incidents.xlsx or .parquet here)",
)
def command(
    corpus: CorpusChoice,
    rows: str | None,
    form: str | None,
    out: Path | None,
    **chosen: Any,
) -> None:
    """Print what happened, where and when, and who claims or denies it.

    SOURCE holds predictions: what `predict --out` wrote, a folder, a .jsonl or a .parquet file.
    Without it, the incidents are those of the gold of a corpus.
    """
    from eventbench.claims.derive import incidents
    from eventbench.io import agreed_format, write_whole

    form = form or "table" if out is None else agreed_format(out, form, ENDINGS)
    if rows and form in NO_ROWS:
        raise click.UsageError("--rows goes with tables, CSV, Excel, Parquet and JSON")
    if out is None and form in BINARY:
        out = Path(f"incidents.{form}")
        if out.exists():
            raise EventbenchError(f"{out}: exists; name the file to write with --out")
    selection = selection_of(chosen)
    if out is not None and form == "parquet" and rows in (None, INCIDENTS) and corpus.is_large:
        _write_large(corpus, out, selection)
        return
    found = incidents(corpus.load(), selection)
    if out is None:
        print(_content(found, rows, form), end="")
        return
    if form in ("csv", "xlsx", "parquet"):
        found.write(out, rows, form)
    else:
        write_whole(out, _content(found, rows, form))
    print(f"{out}: {len(found)} incidents, {len(found.claimed)} claims")


def _write_large(corpus: CorpusChoice, out: Path, selection: Selection) -> None:
    """Write the incidents of Parquet files, which need not fit into memory."""
    from eventbench.claims.at_scale import write_incidents
    from eventbench.cli.output import counter

    assert corpus.data is not None
    with counter("incidents", "articles") as progress:

        def tick(label: str, number: int) -> None:
            if label == "articles":
                progress(number)

        number = write_incidents(corpus.data, out, keep=selection.fits, progress=tick)
    print(f"{out}: {number} incidents")


def selection_of(chosen: Mapping[str, Any]) -> Selection:
    """The selection that the options of `filters` make."""
    from eventbench.claims.select import Selection

    days = {name: _day(chosen[name]) for name in ("since", "until")}
    return Selection.of(**{name.removesuffix("_"): v for name, v in {**chosen, **days}.items()})


def _day(moment: datetime | None) -> date | None:
    return None if moment is None else moment.date()


def _content(found: Incidents, rows: str | None, form: str) -> str:
    """What to print, with a line feed at its end."""
    if form == "table":
        return _text(found, rows) + "\n"
    if form == "geojson":
        return _json(found.geojson())
    if form in BOOKS:
        return found.codebook(form).to_csv()
    if form == "csv":
        return found.rows(rows or INCIDENTS).to_csv()
    return _json(found.records() if rows is None else found.rows(rows).records())


def _text(found: Incidents, rows: str | None) -> str:
    """A table for the terminal."""
    from eventbench.claims import listing

    if rows is None or rows == INCIDENTS:
        return str(found)
    if rows == CLAIMS:
        return listing.claim_table(found.claimed)
    if rows == SOURCES:
        return listing.source_table(found.claimed)
    return listing.narrow_table(found.rows(rows))


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"
