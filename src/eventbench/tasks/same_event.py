"""Clusters of mentions of one event, joined by SameEvent, and their scores."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from eventbench.corpus.model import Link, Span
from eventbench.corpus.records import ArticleEvents, events_of
from eventbench.corpus.scheme import SAME_EVENT
from eventbench.tasks.base import Gold

if TYPE_CHECKING:
    from eventbench.scoring.statistics import Numbers, Score, Table

CLUSTERS = "same event"
"""The section of the coreference scores, and the table that they are computed from."""

Mention = tuple[Span, str, int]
"""A trigger, its type, and a number among the events that share both."""


def cluster_table(gold: Gold, answers: Mapping[str, ArticleEvents]) -> Table:
    """Coreference counts; those of an article are in its first unit."""
    import numpy as np

    from eventbench.scoring.coreference import METRICS, compare_clusters
    from eventbench.scoring.statistics import Table

    units = gold.sentence_units
    values = np.zeros((len(units), len(METRICS), 4))
    for document in gold.documents:
        values[units[document.id, 0]] = compare_clusters(
            clusters(events_of(document)), clusters(answers[document.id])
        )
    return Table(METRICS, values, ("precision", "of predicted", "recall", "of gold"))


def cluster_scores(counts: Numbers) -> dict[str, Score]:
    """The score of each coreference metric, from the summed `cluster_table`."""
    from eventbench.scoring.coreference import METRICS, cluster_prf
    from eventbench.scoring.statistics import Score

    mentions = int(counts[METRICS.index("b3"), 3])
    return {
        metric: Score(float(p), float(r), float(f1), mentions)
        for metric, (p, r, f1) in zip(METRICS, cluster_prf(counts), strict=True)
    }


def groups(ids: Sequence[str], links: Iterable[Link]) -> list[list[str]]:
    """Group events by the transitive closure of SameEvent; others are groups of one.

    Groups and their members have the order of ``ids``.
    """
    members = {name: {name} for name in ids}
    for link in links:
        if link.type == SAME_EVENT and members[link.first] is not members[link.second]:
            small, large = sorted((members[link.first], members[link.second]), key=len)
            large |= small
            members.update(dict.fromkeys(small, large))
    distinct = {id(found): found for found in members.values()}.values()
    return [[name for name in ids if name in found] for found in distinct]


def clusters(article: ArticleEvents) -> list[list[Mention]]:
    """Cluster mentions by the transitive closure of SameEvent; others are clusters of one.

    The clusters, and the numbers of mentions at the same position, depend only on
    positions, so the order of a file does not change a single bit of the scores.
    """
    place = {event.id: (event.trigger, event.type) for event in article.events}
    found = groups(list(place), article.links)
    seen: Counter[tuple[Span, str]] = Counter()
    result = []
    for cluster in sorted(sorted(place[i] for i in ids) for ids in found):
        mentions = []
        for at in cluster:
            mentions.append((*at, seen[at]))
            seen[at] += 1
        result.append(mentions)
    return result
