"""Incidents: joins the given events of articles that are of one incident."""

from eventbench_baselines.incidents.finder import IncidentFinder
from eventbench_baselines.incidents.linked import rows_of_links
from eventbench_baselines.incidents.mentions import Mention, Row, Similarity
from eventbench_baselines.incidents.pairs import candidates

__all__ = [
    "IncidentFinder",
    "Mention",
    "Row",
    "Similarity",
    "candidates",
    "rows_of_links",
]
