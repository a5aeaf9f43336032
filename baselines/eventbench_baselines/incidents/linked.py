"""Rows of articles whose incidents are not listed, from the links between their events."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from eventbench import TASKS, Document, Scheme
from eventbench.claims import ToldIncident, cluster, level_of
from eventbench_baselines.incidents.mentions import Row


def rows_of_links(documents: Iterable[Document], scheme: Scheme) -> list[Row]:
    """Make rows of the task incidents of articles in which no incidents are listed.

    Events that links make one happening are one incident, as in a corpus with a list, where the
    list adds what is one across articles. Time, place and toll are left out.

    Args:
        documents: the articles; those whose incidents are known are left out.
        scheme: the scheme of the fold.
    """
    unlisted = [document for document in documents if document.incidents is None]
    happenings = cluster(unlisted)
    told = []
    for document in unlisted:
        groups = dict.fromkeys(happenings[document.id, event.id] for event in document.events)
        incidents = []
        for group in groups:
            events = [event for event in document.events if (document.id, event.id) in group]
            ids = tuple(event.id for event in events)
            name = f"{document.id} {ids[0]}"
            incidents.append(ToldIncident(name, level_of(events), ids, None, (), None))
        told.append(replace(document, incidents=tuple(incidents)))
    return TASKS["incidents"].rows(told, scheme)
