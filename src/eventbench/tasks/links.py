"""Link the given events of an article: which are the same, which cause or contradict which."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import TYPE_CHECKING, Any, ClassVar

from eventbench.corpus.loading import Corpus
from eventbench.corpus.model import Document, Event, Link, Span
from eventbench.corpus.records import ArticleEvents, Fields, read_link
from eventbench.corpus.scheme import SAME_EVENT, Scheme
from eventbench.scoring.decisions import NOTHING, Decision
from eventbench.tasks.articles import (
    event_mark,
    fill_in_article,
    given_event_features,
    given_events,
    matching_events,
    sentence_bounds,
    sentence_bounds_feature,
)
from eventbench.tasks.base import Gold, HubWords, Row, Task
from eventbench.tasks.same_event import CLUSTERS, cluster_scores, cluster_table, groups
from eventbench.tasks.seen import Seen

if TYPE_CHECKING:
    from datasets import Features

    from eventbench.scoring.counts import Floats
    from eventbench.scoring.statistics import Measure, Numbers, Score, Sections, Statistics, Table

Links = tuple[Link, ...]
"""An answer: links between the events of the row, sorted, each once."""

PARTS = ("clusters", "links")
"""What the headline is the mean of: clusters of SameEvent, and links of all other types."""
KINDS = ("precision", "of predicted", "recall", "of gold")
TITLES = {"clusters": "clusters of SameEvent (LEA)", "links": "other links"}
MEAN = "mean of both"

Ends = tuple[str, str]


class EventLinks(Task):
    """One row per article, with its events; the answer is their links.

    The headline is the mean of two F1 scores that predicting nothing leaves at 0:

    - of clusters of two or more events, the transitive closure of SameEvent, by LEA
      (`eventbench.scoring.coreference`). Events without another mention are left out:
      most events are such, and B³, CEAF and LEA with them are high for no link at all.
      Unlike the F1 of pairs, LEA weighs a cluster by its events and not by their square.
    - of all other links together, each right with its type and both events, in their order
      unless the type is symmetric.

    A part that the gold does not have is left out of the mean. The section "link" has the F1
    of each type, that of SameEvent over all pairs of the closure; the section "same event"
    has the usual coreference metrics, with events alone as clusters of one.
    """

    name = "links"
    title = "Links"
    question = "Link given events of an article: which are the same, cause or contradict others."
    right = (
        "A link is right with its type and both events; SameEvent is scored by the clusters that "
        "it makes (LEA)."
    )
    inputs = ("id", "title", "text", "sentences", "events")
    headline = ("average", MEAN)
    section = "link"
    section_title = "By link"
    article_column = "id"
    matching: ClassVar[Mapping[str, str]] = {
        "links_of": "gold events",
        "measure": "mean of LEA without clusters of one, and F1 of other links",
    }
    hub = HubWords(
        "text-classification",
        "links between given events",
        "f1",
        "mean of LEA F1 of same-event clusters and micro F1 of other links",
    )

    def applies(self, corpus: Corpus) -> bool:
        return any(document.links for document in corpus.documents)

    # Rows

    def features(self, scheme: Scheme) -> Features:
        from datasets import Features, List, Value

        text = Value("string")
        return Features(
            {
                "id": text,
                "title": text,
                "text": text,
                "sentences": sentence_bounds_feature(),
                "events": List(given_event_features()),
                "links": List({"type": text, "first": text, "second": text}),
            }
        )

    def scheme_text(self, scheme: Scheme) -> str:
        links = [(name, *map(sorted, ends)) for name, ends in scheme.links.items()]
        return repr((links, sorted(scheme.symmetric)))

    def section_names(self, scheme: Scheme) -> Sequence[str]:
        return tuple(scheme.links)

    def bare_rows(self, document: Document, scheme: Scheme, seen: Seen | None) -> Iterator[Row]:
        events = [event for event, _ in given_events(document)]
        links = _normal(document.links, [event["id"] for event in events], scheme)
        yield {
            "id": document.id,
            "title": None,
            "text": None,
            "sentences": sentence_bounds(document),
            "events": events,
            "links": _records(links),
        }

    def fill_in(self, row: Row, text: str, title: str) -> Row:
        return fill_in_article(row, text, title)

    # Answers

    def gold(self, row: Row) -> Links:
        return tuple(Link(k["type"], k["first"], k["second"]) for k in row["links"])

    def parse(self, record: Mapping[str, Any], row: Row, scheme: Scheme) -> Links:
        events = {
            e["id"]: Event(e["id"], e["type"], Span(e["trigger"]["start"], e["trigger"]["end"]))
            for e in row["events"]
        }
        links = [read_link(part, events, scheme) for part in Fields(record).parts("links")]
        return _normal(links, list(events), scheme)

    def dump(self, row: Row, answer: Iterable[Link | Mapping[str, str]]) -> Row:
        """Write links.

        Args:
            row: the article.
            answer: links, or what a system returns: dictionaries with type, first and second.
        """
        return {"id": row["id"], "links": _records(answer)}

    def said(self, row: Row, answer: Links) -> Sequence[Hashable]:
        return [(link.type, link.first, link.second) for link in answer]

    def annotators_answer(self, row: Row, document: Document, scheme: Scheme) -> Links:
        """The links between events that both annotations have, by trigger and type."""
        names = matching_events(row["events"], document.events)
        links = [
            Link(k.type, names[k.first], names[k.second])
            for k in document.links
            if k.first in names and k.second in names
        ]
        return _normal(links, [event["id"] for event in row["events"]], scheme)

    # Scores

    @property
    def measure(self) -> Measure:
        from eventbench.scoring.statistics import POOLED, Measure

        return Measure("mean of LEA and link F1", POOLED, _mean_f1)

    def statistics(self, gold: Gold, answers: Mapping[str, Links]) -> Statistics:
        """Count by sentence: a cluster belongs to that of its first event, as does a link."""
        import numpy as np

        from eventbench.scoring.statistics import POOLED, Statistics, tally

        units = gold.sentence_units
        clusters = np.zeros((len(units), len(KINDS)))
        items: tuple[list[Any], list[Any]] = ([], [])
        for row in gold.rows:
            unit_of = {e["id"]: units[row["id"], e["sent_id"]] for e in row["events"]}
            pair = self.gold(row), answers[row["id"]]
            sides = [groups(list(unit_of), links) for links in pair]
            for kind, own, other in ((2, sides[0], sides[1]), (0, sides[1], sides[0])):
                for cluster, share in _lea(own, other):
                    unit = unit_of[cluster[0]]
                    clusters[unit, kind : kind + 2] += len(cluster) * share, len(cluster)
            for links, side, found_items in zip(pair, sides, items, strict=True):
                ends = [(k.type, k.first, k.second) for k in links if k.type != SAME_EVENT]
                ends += [(SAME_EVENT, *two) for group in side for two in combinations(group, 2)]
                found_items += [(unit_of[a], name, (row["id"], a, b)) for name, a, b in ends]
        by_type = tally(*items, {*gold.scheme.links, SAME_EVENT}, len(units))
        tables = {POOLED: _parts(clusters, by_type), self.section: by_type}
        if SAME_EVENT in gold.scheme.links:
            found = {d.id: ArticleEvents(d.events, answers[d.id]) for d in gold.documents}
            tables[CLUSTERS] = cluster_table(gold, found)
        return Statistics(tables, gold.unit_articles)

    def breakdown(self, statistics: Statistics, totals: Mapping[str, Numbers]) -> Sections:
        from eventbench.scoring.coreference import cluster_prf
        from eventbench.scoring.statistics import POOLED, Score, class_scores

        averages: dict[str, Score] = {}
        for part, counts in zip(PARTS, totals[POOLED], strict=True):
            p, r, f1 = map(float, cluster_prf(counts))
            averages[TITLES[part]] = Score(p, r, f1, int(counts[3]))
        mean = float(_mean_f1(totals[POOLED]))
        number = sum(score.support for score in averages.values())
        averages[MEAN] = Score(mean, mean, mean, number)
        sections = {
            self.section: class_scores(totals[self.section], statistics.tables[self.section].names),
            CLUSTERS: cluster_scores(totals[CLUSTERS]) if CLUSTERS in totals else {},
            "average": averages,
        }
        return {name: found for name, found in sections.items() if found or name != CLUSTERS}

    def decisions(self, gold: Gold, answers: Mapping[str, Links]) -> list[Decision]:
        """The links of every pair of events that either side links."""
        found = []
        for row in gold.rows:
            marks = {event["id"]: event_mark(row, event) for event in row["events"]}
            sides = [_by_pair([*marks], links) for links in (self.gold(row), answers[row["id"]])]
            for first, second in sorted({*sides[0], *sides[1]}):
                right, said = (
                    " and ".join(sorted(side.get((first, second), {NOTHING}))) for side in sides
                )
                item, ends = f"{row['id']}-{first}-{second}", (marks[first], marks[second])
                found.append(Decision("link", right, said, item, ends, right == said))
        return found


def _normal(links: Iterable[Link], ids: Sequence[str], scheme: Scheme) -> Links:
    """Sort links by their events, each once; those of symmetric types in reading order."""
    place = {name: k for k, name in enumerate(ids)}
    found = set()
    for link in links:
        ends = (link.first, link.second)
        if link.type in scheme.symmetric and place[ends[0]] > place[ends[1]]:
            ends = (ends[1], ends[0])
        found.add(Link(link.type, *ends))
    return tuple(sorted(found, key=lambda k: (place[k.first], place[k.second], k.type)))


def _records(links: Iterable[Link | Mapping[str, str]]) -> list[Row]:
    keys = ("type", "first", "second")
    return [
        {key: getattr(k, key) if isinstance(k, Link) else k[key] for key in keys} for k in links
    ]


def _lea(
    own: Iterable[Sequence[str]], other: Iterable[Sequence[str]]
) -> Iterator[tuple[Sequence[str], float]]:
    """Yield the clusters of two or more, with the share of its pairs that are found."""
    cluster_of = {name: k for k, cluster in enumerate(other) for name in cluster}
    for cluster in own:
        pairs = list(combinations(cluster, 2))
        if pairs:
            found = sum(cluster_of[a] == cluster_of[b] for a, b in pairs)
            yield cluster, found / len(pairs)


def _parts(clusters: Floats, by_type: Table) -> Table:
    """The table of the headline, whose parts have numerators and denominators."""
    import numpy as np

    from eventbench.scoring.counts import CORRECT, GOLD, PREDICTED
    from eventbench.scoring.statistics import Table

    others = [k for k, name in enumerate(by_type.names) if name != SAME_EVENT]
    counts = by_type.values[:, others].sum(axis=1)
    links = counts[:, [CORRECT, PREDICTED, CORRECT, GOLD]]
    return Table(PARTS, np.stack([clusters, links], axis=1), KINDS)


def _mean_f1(values: Numbers) -> Floats:
    """The mean F1 of the parts that the gold has; values: shape (…, parts, 4)."""
    import numpy as np

    from eventbench.scoring.coreference import cluster_prf

    occurs = values[..., KINDS.index("of gold")] > 0
    f1 = np.where(occurs, cluster_prf(values)[..., 2], 0.0)
    mean: Floats = f1.sum(axis=-1) / np.maximum(occurs.sum(axis=-1), 1)
    return mean


def _by_pair(ids: Sequence[str], links: Links) -> dict[Ends, set[str]]:
    """The types of link of each pair in reading order, with all pairs of SameEvent clusters."""
    place = {name: k for k, name in enumerate(ids)}
    found: defaultdict[Ends, set[str]] = defaultdict(set)
    for cluster in groups(ids, links):
        for pair in combinations(cluster, 2):
            found[pair].add(SAME_EVENT)
    for link in links:
        if link.type != SAME_EVENT:
            forwards = place[link.first] < place[link.second]
            ends = (link.first, link.second) if forwards else (link.second, link.first)
            found[ends].add(link.type if forwards else f"{link.type} (backwards)")
    return found
