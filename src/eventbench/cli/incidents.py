"""``eventbench incidents``: what happened, where and when, and who claims or denies it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from eventbench.cli.groups import example
from eventbench.cli.options import PATH, CorpusChoice, Decorator, Function, corpus_options

if TYPE_CHECKING:
    from eventbench.claims.listing import Claimed
    from eventbench.claims.model import Incident
    from eventbench.claims.select import Selection

DAY = click.DateTime(formats=["%Y-%m-%d"])
FORMATS = ("table", "csv", "json", "geojson")

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
    ]
    for option in reversed(options):
        function = option(function)
    return function


@click.command("incidents", epilog=example("incidents --type Attack --since 2016-11-12 --claims"))
@filters
@click.option("--claims", "rows", flag_value="claims", help="print a row for each claim")
@click.option("--sources", "rows", flag_value="sources", help="print a row for each source")
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    default="table",
    help="how to print them (default: table)",
)
@click.option("--out", type=PATH, metavar="FILE", help="file to write (default: print it)")
@corpus_options
def command(
    corpus: CorpusChoice,
    rows: str | None,
    form: str,
    out: Path | None,
    **chosen: Any,
) -> None:
    """Print what happened, where and when, and who claims or denies it."""
    from eventbench.claims.derive import incidents
    from eventbench.io import write_whole

    if rows and form == "geojson":
        raise click.UsageError("--claims and --sources print tables, CSV or JSON")
    selection = selection_of(chosen)
    found = selection.incidents(incidents(corpus.load()))
    claims = [(incident, claim) for incident in found for claim in selection.claims(incident)]
    content = _content(found, claims, rows, form)
    if out is None:
        print(content, end="")
    else:
        write_whole(out, content)
        print(f"{out}: {len(found)} incidents, {len(claims)} claims")


def selection_of(chosen: Mapping[str, Any]) -> Selection:
    """The selection that the options of `filters` make."""
    from eventbench.claims.select import Selection

    return Selection(
        **{f"{name}s" if name != "status" else "statuses": chosen[f"{name}_"] for name in FILTERS},
        contested=chosen["contested"],
        listed=chosen["listed"],
        since=_day(chosen["since"]),
        until=_day(chosen["until"]),
        text=chosen["text"],
        told_by=chosen["told_by"],
        publishers=chosen["publishers"],
    )


def _day(moment: datetime | None) -> date | None:
    return None if moment is None else moment.date()


def _content(found: list[Incident], claims: Claimed, rows: str | None, form: str) -> str:
    """What to print, with a line feed at its end."""
    from eventbench.claims import listing

    if form == "table":
        if rows is None:
            return listing.incident_table(found) + "\n"
        show = listing.claim_table if rows == "claims" else listing.source_table
        return show(claims) + "\n"
    if form == "geojson":
        return _json(listing.geojson(found))
    if rows is None:
        if form == "json":
            return _json([listing.record(incident) for incident in found])
        return listing.as_csv(listing.incident_rows(found))
    make = listing.claim_rows if rows == "claims" else listing.source_rows
    return _json(make(claims)) if form == "json" else listing.as_csv(make(claims))


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"
