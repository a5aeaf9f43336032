"""The incidents that `eventbench.incidents` finds, as lists, tables and frames."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from eventbench.claims import listing, tables
from eventbench.claims.codebook_tables import codebook_table
from eventbench.claims.facts import Facts
from eventbench.claims.model import INCIDENT, Claim, Incident
from eventbench.claims.select import Selection
from eventbench.io import Json, agreed_format
from eventbench.tables import WRITERS, Table, write_tables
from eventbench.text import plural

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl


class Incidents(list[Incident]):
    """A list of incidents that prints as a table and converts to tables and data frames.

    Attributes:
        facts: what they were derived from.
        selection: how they were selected, and which of their claims are of interest.
    """

    def __init__(self, found: Iterable[Incident], facts: Facts, selection: Selection) -> None:
        super().__init__(found)
        self.facts = facts
        self.selection = selection
        self._documents = {document.id: document for document in facts.documents}

    def __str__(self) -> str:
        return listing.incident_table(self)

    def __repr__(self) -> str:
        return f"Incidents({plural(len(self), 'incident')})"

    @property
    def claimed(self) -> list[tuple[Incident, Claim]]:
        """The claims that the selection asks for, each with its incident."""
        return [(incident, claim) for incident in self for claim in self.selection.claims(incident)]

    @property
    def table(self) -> Table:
        """A row for each incident, phase and total; ``level`` tells them apart."""
        return tables.table_of_incidents(self, self._documents)

    @property
    def claims(self) -> Table:
        """A row for each claim: what one source says of an incident."""
        return tables.table_of_claims(self.claimed, self._documents)

    @property
    def figures(self) -> Table:
        """A row for each figure that a source gives."""
        return tables.table_of_figures(self.claimed, self._documents)

    @property
    def sources(self) -> Table:
        """A row for each source, with the number of its claims by stance."""
        return tables.table_of_sources(self.claimed)

    @property
    def events(self) -> Table:
        """A row for each event that the incidents are made of, in the order of the articles."""
        everything = replace(self.selection, probability=0.0)
        claimed = [(incident, claim) for incident in self for claim in everything.claims(incident)]
        return tables.table_of_events(claimed, self.facts, self.selection.probability)

    def rows(self, name: str) -> Table:
        """One of the tables, by what its rows are: one of `ROWS`."""
        return ROWS[name](self)

    def sheets(self) -> list[Table]:
        """All tables, for a file with several of them; phases and totals have one of their own."""
        of_level = {True: Incidents((), self.facts, self.selection)}
        of_level[False] = Incidents((), self.facts, self.selection)
        for incident in self:
            of_level[incident.level == INCIDENT].append(incident)
        courses = replace(of_level[False].table, name="phases and totals")
        return [of_level[True].table, courses, self.claims, self.figures, self.events, self.sources]

    def write(self, out: str | Path, rows: str | None = None, format: str | None = None) -> None:
        """Write a table, or an Excel file with all of them, a sheet each.

        Args:
            out: the file; its ending says the format: ``.csv``, ``.xlsx`` or ``.parquet``.
            rows: the table, one of `ROWS`; None: incidents or, in Excel, all tables.
            format: the same as the ending.

        Raises:
            EventbenchError: if format and ending do not agree, a library is missing, or the
                file cannot be written.
        """
        path = Path(out)
        chosen = agreed_format(path, format, {name: (f".{name}",) for name in WRITERS})
        if rows is None and chosen == "xlsx":
            found = self.sheets()
        else:
            found = [self.rows(rows or tables.INCIDENTS)]
        write_tables(found, chosen, path)

    def records(self) -> list[Json]:
        """Return the incidents as JSON can hold them, with everything that is said of them."""
        return [listing.record(incident) for incident in self]

    def geojson(self) -> Json:
        """Return a GeoJSON collection with a feature for each incident, see `listing.geojson`."""
        return listing.geojson(self, self.table.records())

    def codebook(self, book: str) -> Table:
        """The incidents in the columns of another dataset, see `codebook_table`."""
        return codebook_table(self, book, self.facts)

    def to_pandas(self) -> pd.DataFrame:
        """Return a row for each incident as a `pandas.DataFrame`."""
        return self.table.to_pandas()

    def to_polars(self) -> pl.DataFrame:
        """Return a row for each incident as a `polars.DataFrame`.

        Raises:
            EventbenchError: if polars is not installed.
        """
        return self.table.to_polars()


ROWS: Mapping[str, Callable[[Incidents], Table]] = {
    tables.INCIDENTS: lambda found: found.table,
    tables.CLAIMS: lambda found: found.claims,
    tables.FIGURES: lambda found: found.figures,
    tables.EVENTS: lambda found: found.events,
    tables.SOURCES: lambda found: found.sources,
}
"""The tables by what their rows are."""
