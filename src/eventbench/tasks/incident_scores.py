"""Scores of incidents across articles: clusters of mentions, and when, where and what toll."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from eventbench.claims.model import INCIDENT, PHASE
from eventbench.corpus.scheme import NUMBER, PLACE, TIME
from eventbench.io import Json
from eventbench.scoring.decisions import NOTHING, Decision, Mark
from eventbench.tasks.base import Gold
from eventbench.tasks.incident_errors import Mention, wrong_incidents
from eventbench.tasks.values import overlap

if TYPE_CHECKING:
    from eventbench.scoring.statistics import Numbers, Sections, Statistics, Table

Incidents = tuple[Json, ...]
"""Incidents of an article with name, events, when, where and killed."""

QUESTIONS = {"when": TIME, "where": PLACE, "killed": NUMBER}
"""What is asked of an incident, and the kind of value that answers it."""

SCORED = (INCIDENT, PHASE)
"""The levels whose mentions count in the clusters; totals are figures, not happenings."""

ANSWER = "answer"
"""The section, and the table, of answers to `QUESTIONS` that are close enough."""

CLUSTERS, EXACT = "clusters", "equal values"
"""Further sections of the scores, and the tables that they are computed from."""

HEADLINE = "B³ of others"
WITHIN, ACROSS = "within the article", "across articles"
BY_LEVEL = ("of incidents", "of phases")
METRICS = (HEADLINE, WITHIN, ACROSS, *BY_LEVEL, "B³", "LEA")
"""The names of the section `CLUSTERS`."""

KINDS = ("precision", "of predicted", "recall", "of gold")


@dataclass(frozen=True)
class Filed:
    """The incidents that events are filed under, by article.

    Attributes:
        right: the incidents of the gold.
        given: those of the answers. Their events are those of the gold, by their ids; others
            have ids that no event of the gold has.
        units: the unit of each event of gold or answers.
        names: the incident of each event that the answers have; it is alone if it is in none.
    """

    right: Mapping[str, Incidents]
    given: Mapping[str, Incidents]
    units: Mapping[Mention, int]
    names: Mapping[Mention, Hashable]


def names_of(given: Mapping[str, Incidents], events: Iterator[Mention]) -> dict[Mention, Hashable]:
    """The incident of each event; an event in none is alone."""
    said = {
        (article, event): one["name"]
        for article, incidents in given.items()
        for one in incidents
        for event in one["events"]
    }
    return {mention: said.get(mention, mention) for mention in events}


def incident_tables(gold: Gold, filed: Filed) -> dict[str, Table]:
    """Count by sentence: mentions, and values in that of the incident's first event."""
    import numpy as np

    from eventbench.scoring.statistics import POOLED, Table

    units = len(gold.sentence_units)
    clusters = np.zeros((units, len(METRICS), len(KINDS)))
    for mention, level, right, given in _mentions(gold, filed):
        clusters[filed.units[mention]] += _shares(mention, level, right, given)
    close, equal = (np.zeros((units, len(QUESTIONS), 3), dtype=np.int64) for _ in "ab")
    for first, one, other in _pairs(filed):
        for table, enough in ((close, _is_close), (equal, _is_equal)):
            table[filed.units[first]] += _counted(one, other, enough)
    return {
        POOLED: Table((POOLED,), clusters[:, :1], KINDS),
        CLUSTERS: Table(METRICS, clusters, KINDS),
        ANSWER: Table(tuple(QUESTIONS), close),
        EXACT: Table(tuple(QUESTIONS), equal),
    }


def incident_sections(statistics: Statistics, totals: Mapping[str, Numbers]) -> Sections:
    """Compute the scores of `incident_tables`."""
    from eventbench.scoring.coreference import cluster_prf
    from eventbench.scoring.statistics import Score, score_of

    names = statistics.tables[CLUSTERS].names
    prf = cluster_prf(totals[CLUSTERS]).tolist()
    support = totals[CLUSTERS][:, KINDS.index("of gold")]
    clusters = {
        name: Score(p, r, f1, int(number))
        for name, (p, r, f1), number in zip(names, prf, support, strict=True)
    }
    values = {
        section: {
            name: score_of(counts)
            for name, counts in zip(QUESTIONS, totals[section], strict=True)
            if counts.any()
        }
        for section in (ANSWER, EXACT)
    }
    return {**values, CLUSTERS: clusters, "average": {HEADLINE: clusters[HEADLINE]}}


def incident_decisions(
    gold: Gold, filed: Filed, marks: Mapping[Mention, Mark]
) -> Iterator[Decision]:
    """Yield the incidents that mentions of the gold are of, and values that are not equal."""
    for s in _scopes(gold, filed):
        asked = [mention for mention in s.asked if mention in s.given]
        yield from wrong_incidents(s.known, asked, s.right, s.given, marks)
    for first, one, other in _pairs(filed):
        for name in QUESTIONS:
            right, said = (_value(side, name) or NOTHING for side in (one, other))
            if right != said:
                yield Decision(name, right, said, "-".join(first), (marks[first],))


# Clusters


@dataclass(frozen=True)
class _Scope:
    """The mentions that are clustered together: those of a fold.

    Attributes:
        known: the mentions of the training and validation articles.
        asked: those of the test articles.
        extra: events that the answers have in the test articles, and the gold has not.
        right: the incident of each known or asked mention.
        given: the incident of each mention according to the answers; the right one if known.
            One that the answers do not have is left out.
    """

    known: list[Mention]
    asked: list[Mention]
    extra: list[Mention]
    right: dict[Mention, Hashable]
    given: dict[Mention, Hashable]


def _levels(gold: Gold) -> dict[Mention, tuple[str, str]]:
    """The level and the incident of each mention of the corpus that counts."""
    return {
        (document.id, event): (told.level, told.name)
        for document in gold.corpus.documents
        for told in document.incidents or ()
        for event in told.events
        if told.level in SCORED
    }


def _scopes(gold: Gold, filed: Filed) -> Iterator[_Scope]:
    right = {mention: name for mention, (_, name) in _levels(gold).items()}
    in_gold = {(d.id, event.id) for d in gold.documents for event in d.events}
    for fold in gold.folds:
        tested = {*fold["test"]}
        known = [m for m in right if m[0] in fold["train"] or m[0] in fold["validation"]]
        asked = [m for m in right if m[0] in tested]
        extra = [m for m in filed.names if m[0] in tested and m not in in_gold]
        given: dict[Mention, Hashable] = {mention: right[mention] for mention in known}
        given |= {m: filed.names[m] for m in (*asked, *extra) if m in filed.names}
        yield _Scope(known, asked, extra, {m: right[m] for m in (*known, *asked)}, given)


def _mentions(
    gold: Gold, filed: Filed
) -> Iterator[tuple[Mention, str, set[Mention], set[Mention]]]:
    """Yield each mention of test articles: its level, its cluster in the gold, and the given.

    Level and cluster are empty where a side does not have the mention.
    """
    levels = _levels(gold)
    for scope in _scopes(gold, filed):
        clusters: tuple[dict[Hashable, set[Mention]], ...] = (defaultdict(set), defaultdict(set))
        sides = (scope.right, scope.given)
        for members, names in zip(clusters, sides, strict=True):
            for mention, name in names.items():
                members[name].add(mention)
        for mention in (*scope.asked, *scope.extra):
            right, given = (
                members[names[mention]] if mention in names else set()
                for members, names in zip(clusters, sides, strict=True)
            )
            yield mention, levels[mention][0] if mention in levels else "", right, given


def _shares(
    mention: Mention, level: str, right: set[Mention], given: set[Mention]
) -> list[tuple[float, ...]]:
    """What a mention contributes to each of `METRICS`."""
    from eventbench.scoring.coreference import mention_shares

    others, b3, lea = mention_shares(mention, right, given)
    nothing = (0.0, 0.0, 0.0, 0.0)
    parts = []
    for is_within in (True, False):
        sides = (
            {m for m in side if m == mention or (m[0] == mention[0]) == is_within}
            for side in (right, given)
        )
        parts.append(mention_shares(mention, *sides)[0])
    by_level = (others if level == one else nothing for one in SCORED)
    return [others, *parts, *by_level, b3, lea]


# Values


def _pairs(filed: Filed) -> Iterator[tuple[Mention, Json | None, Json | None]]:
    """Yield the incidents that are compared, with their first event: in the gold, and given."""
    for article, incidents in filed.right.items():
        for one, other in _aligned(incidents, filed.given[article]):
            yield (article, (one or other or {})["events"][0]), one, other


def _aligned(right: Incidents, given: Incidents) -> Iterator[tuple[Json | None, Json | None]]:
    """Pair incidents one to one so that they share most events; None for those left alone."""
    import numpy as np
    from scipy.optimize import linear_sum_assignment

    shared = np.array([[len({*a["events"]} & {*b["events"]}) for b in given] for a in right])
    pairs = {}
    if shared.size:
        rows, columns = linear_sum_assignment(shared, maximize=True)
        pairs = {int(a): int(b) for a, b in zip(rows, columns, strict=True) if shared[a, b]}
    for k, one in enumerate(right):
        yield one, given[pairs[k]] if k in pairs else None
    for k, other in enumerate(given):
        if k not in pairs.values():
            yield None, other


def _value(incident: Json | None, name: str) -> str:
    """An answer of `QUESTIONS` as a text; empty if there is none."""
    value = incident[name] if incident else None
    return "+".join(value) if isinstance(value, list) else value or ""


def _is_equal(kind: str, one: str, other: str) -> bool:
    return one == other


def _is_close(kind: str, one: str, other: str) -> bool:
    return one == other if kind == NUMBER else overlap(kind, one, other) >= 0.5


def _counted(one: Json | None, other: Json | None, enough: Any) -> list[tuple[bool, bool, bool]]:
    """Right, given and in the gold, for each of `QUESTIONS`."""
    counts = []
    for name, kind in QUESTIONS.items():
        right, given = _value(one, name), _value(other, name)
        is_right = bool(right and given and enough(kind, right, given))
        counts.append((is_right, bool(given), bool(right)))
    return counts
