"""Incidents across articles, and who claims or denies them: the rules that derive them.

`eventbench.incidents` derives the incidents of a corpus. A system that finds incidents itself
needs the same rules, which are here: which events of an article are one happening by its links,
when an incident was according to the times of its events, and how values are read.
"""

from __future__ import annotations

from eventbench.claims.grouping import cluster, level_of
from eventbench.claims.when_where import common, read_time, together, until
from eventbench.corpus.model import ToldIncident
from eventbench.corpus.values import Named, bounds, ids, interval

__all__ = [
    "Named",
    "ToldIncident",
    "bounds",
    "cluster",
    "common",
    "ids",
    "interval",
    "level_of",
    "read_time",
    "together",
    "until",
]
