"""Cluster the given events of all articles into incidents: which one, when, where, what toll."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from eventbench.claims.model import INCIDENT, PHASE
from eventbench.claims.told import has_incidents, with_incidents
from eventbench.corpus.loading import Corpus
from eventbench.corpus.model import Document, Event
from eventbench.corpus.records import Fields
from eventbench.corpus.scheme import NUMBER, PLACE, TIME, Scheme
from eventbench.corpus.values import UNKNOWN, canonical_value, wrong_value
from eventbench.errors import EventbenchError
from eventbench.io import Json, short
from eventbench.scoring.decisions import NOTHING, Decision
from eventbench.tasks.articles import (
    fill_in_article,
    given_event_features,
    given_events,
    matching_events,
    sentence_bounds,
    sentence_bounds_feature,
    with_words,
)
from eventbench.tasks.base import Gold, HubWords, Row, Task
from eventbench.tasks.incident_errors import Mention, mention_marks, wrong_incidents
from eventbench.tasks.same_event import groups
from eventbench.tasks.seen import Seen
from eventbench.tasks.values import overlap

if TYPE_CHECKING:
    from datasets import Features

    from eventbench.scoring.statistics import Measure, Numbers, Sections, Statistics

Incidents = tuple[Json, ...]
"""An answer: incidents of the article with name, events, when, where and killed."""

QUESTIONS = {"when": TIME, "where": PLACE, "killed": NUMBER}
"""What is asked of an incident, and the kind of value that answers it."""

SCORED = (INCIDENT, PHASE)
"""The levels whose mentions count in the clusters; totals are figures, not happenings."""

CLUSTERS, EXACT = "clusters", "equal values"
"""Sections of the scores, and the tables that they are computed from."""

HEADLINE = "B³ of others"
WITHIN, ACROSS = "within the article", "across articles"
METRICS = (HEADLINE, WITHIN, ACROSS, "of incidents", "of phases", "B³", "LEA")
"""The names of the section `CLUSTERS`."""

KINDS = ("precision", "of predicted", "recall", "of gold")


class IncidentClusters(Task):
    """One row per article, with its events; the answer is the incidents that they are of.

    An incident is known by its name: that of an incident in the training articles if it is
    the same one, any other name if it is new. So the events of an article are filed under the
    incidents that other articles told of. The mentions of the training articles belong to
    the clusters that are scored, but only those of test articles count.

    The headline is the F1 of B³ over mentions of incidents and phases, where a mention gets
    no credit for being in a cluster with itself: of the others in its cluster, how many are
    right and how many are found. Most mentions are alone, so that plain B³ and LEA, which
    the section "clusters" has too, are high for no cluster at all.

    When, where and the toll are those that the article tells. They are compared with those
    of the predicted incident that shares most events with the gold one, one to one.
    """

    name = "incidents"
    title = "Incidents"
    question = "Say which given events of all articles are one incident, when, where, how deadly."
    right = (
        "A mention is right with each other mention of its incident, in any article; a time or "
        "place if half of it or more is shared, a toll if it is equal."
    )
    inputs = ("id", "title", "text", "published", "sentences", "events")
    headline = ("average", HEADLINE)
    section = "answer"
    section_title = "By answer"
    article_column = "id"
    passes_are_partial = True  # they link events within an article only
    matching: ClassVar[Mapping[str, str]] = {
        "incidents_of": "gold events, with those of the training articles",
        "measure": "B³ without a mention itself, incidents and phases",
    }
    meanings: ClassVar[Mapping[str, str]] = {
        "id": "Id of the article.",
        "published": "Day of publication of the article in ISO 8601, null if unknown.",
    }
    hub = HubWords(
        "text-classification",
        "incidents of given events, across articles",
        "f1",
        "B³ F1 of the other mentions of an incident",
    )

    def applies(self, corpus: Corpus) -> bool:
        return has_incidents(corpus) and any(document.events for document in corpus.documents)

    def prepare(self, corpus: Corpus) -> Corpus:
        return with_incidents(corpus)

    def teaches(self, document: Document) -> bool:
        return document.incidents is not None

    # Rows

    def features(self, scheme: Scheme) -> Features:
        from datasets import Features, List, Value

        text, integer = Value("string"), Value("int32")
        span = {"start": integer, "end": integer, "text": text}
        event = {
            **given_event_features(),
            "arguments": List({"role": text, "kind": text, "number": integer, **span}),
            "attributes": List({"name": text, "value": text}),
        }
        incident = {
            "name": text,
            "level": text,
            "events": List(text),
            "when": text,
            "where": List(text),
            "killed": text,
        }
        return Features(
            {
                "id": text,
                "title": text,
                "text": text,
                "published": text,
                "sentences": sentence_bounds_feature(),
                "events": List(event),
                "incidents": List(incident),
            }
        )

    def scheme_text(self, scheme: Scheme) -> str:
        return ""  # the rows have all that is used

    def section_names(self, scheme: Scheme) -> Sequence[str]:
        return tuple(QUESTIONS)

    def bare_rows(self, document: Document, scheme: Scheme, seen: Seen | None) -> Iterator[Row]:
        told = document.incidents
        yield {
            "id": document.id,
            "title": None,
            "text": None,
            "published": document.published.isoformat() if document.published else None,
            "sentences": sentence_bounds(document),
            "events": [
                {**row, **_arguments_and_attributes(event, scheme)}
                for row, event in given_events(document)
            ],
            "incidents": None
            if told is None
            else [
                {
                    "name": one.name,
                    "level": one.level,
                    "events": [*one.events],
                    "when": one.when,
                    "where": [*one.where],
                    "killed": one.killed,
                }
                for one in told
            ],
        }

    def fill_in(self, row: Row, text: str, title: str) -> Row:
        filled = fill_in_article(row, text, title)
        for event in filled["events"]:
            event["arguments"] = [with_words(span, text) for span in event["arguments"]]
        return filled

    # Answers

    def gold(self, row: Row) -> Incidents:
        if row["incidents"] is None:
            raise EventbenchError(f"{row['id']}: its incidents were not derived; see Task.prepare")
        return tuple({k: v for k, v in one.items() if k != "level"} for one in row["incidents"])

    def parse(self, record: Mapping[str, Any], row: Row, scheme: Scheme) -> Incidents:
        order = {event["id"]: k for k, event in enumerate(row["events"])}
        taken: dict[str, str] = {}
        found: dict[str, Json] = {}
        for part in Fields(record).parts("incidents"):
            name = part.get("name", str)
            if not name.strip() or name in found:
                part.refuse(f"name is {short(name)}, expected one of its own")
            events = part.get("events", list)
            for event in events:
                if not isinstance(event, str) or event not in order:
                    part.refuse(f"events has {short(event)}, which is not among the events")
                if taken.setdefault(event, name) != name or events.count(event) > 1:
                    part.refuse(f"events has {short(event)} again, expected it in one incident")
            if not events:
                part.refuse("events is empty, expected one or more")
            found[name] = {
                "name": name,
                "events": sorted(events, key=order.__getitem__),
                **_read_values(part),
            }
        return tuple(sorted(found.values(), key=lambda one: order[one["events"][0]]))

    def dump(self, row: Row, answer: Iterable[Mapping[str, Any]]) -> Row:
        """Write incidents.

        Args:
            row: the article.
            answer: incidents, or what a system returns: dictionaries with name, events and
                optionally when, where and killed.
        """
        incidents = [
            {
                "name": one["name"],
                "events": [*one["events"]],
                "when": one.get("when"),
                "where": [*(one.get("where") or [])],
                "killed": one.get("killed"),
            }
            for one in answer
        ]
        return {"id": row["id"], "incidents": incidents}

    def annotators_answer(self, row: Row, document: Document, scheme: Scheme) -> Incidents:
        """The incidents of another annotation; its SameEvent clusters if they are not derived.

        Only the events that both have count, by trigger and type.
        """
        names = matching_events(row["events"], document)
        if document.incidents is None:
            ids = [event.id for event in document.events]
            told = [
                {"name": f"{document.id} {ids[0]}", "events": ids}
                for ids in groups(ids, document.links)
            ]
        else:
            told = list(self.gold(next(self.bare_rows(document, scheme, None))))
        kept = ({**one, "events": [names[e] for e in one["events"] if e in names]} for one in told)
        return self.parse(self.dump(row, (one for one in kept if one["events"])), row, scheme)

    # Scores

    @property
    def measure(self) -> Measure:
        from eventbench.scoring.coreference import cluster_prf
        from eventbench.scoring.statistics import POOLED, Measure

        return Measure("B³ F1 of others", POOLED, lambda counts: cluster_prf(counts)[..., 0, 2])

    def statistics(self, gold: Gold, answers: Mapping[str, Incidents]) -> Statistics:
        """Count by sentence: mentions, and values in that of the incident's first event."""
        import numpy as np

        from eventbench.scoring.statistics import POOLED, Statistics, Table

        units = gold.sentence_units
        unit_of = {
            (row["id"], event["id"]): units[row["id"], event["sent_id"]]
            for row in gold.rows
            for event in row["events"]
        }
        clusters = np.zeros((len(units), len(METRICS), len(KINDS)))
        for mention, level, right, given in _mentions(gold, answers):
            clusters[unit_of[mention]] += _shares(mention, level, right, given)
        close, equal = (np.zeros((len(units), len(QUESTIONS), 3), dtype=np.int64) for _ in "ab")
        for row in gold.rows:
            for one, other in _aligned(self.gold(row), answers[row["id"]]):
                first = (one or other or {})["events"][0]
                for table, enough in ((close, _is_close), (equal, _is_equal)):
                    table[unit_of[row["id"], first]] += _counted(one, other, enough)
        tables = {
            POOLED: Table((POOLED,), clusters[:, :1], KINDS),
            CLUSTERS: Table(METRICS, clusters, KINDS),
            self.section: Table(tuple(QUESTIONS), close),
            EXACT: Table(tuple(QUESTIONS), equal),
        }
        return Statistics(tables, gold.unit_articles)

    def breakdown(self, statistics: Statistics, totals: Mapping[str, Numbers]) -> Sections:
        from eventbench.scoring.coreference import cluster_prf
        from eventbench.scoring.statistics import Score, score_of

        prf = cluster_prf(totals[CLUSTERS]).tolist()
        support = totals[CLUSTERS][:, KINDS.index("of gold")]
        clusters = {
            name: Score(p, r, f1, int(number))
            for name, (p, r, f1), number in zip(METRICS, prf, support, strict=True)
        }
        values = {
            section: {
                name: score_of(counts)
                for name, counts in zip(QUESTIONS, totals[section], strict=True)
                if counts.any()
            }
            for section in (self.section, EXACT)
        }
        return {**values, CLUSTERS: clusters, "average": {HEADLINE: clusters[HEADLINE]}}

    def decisions(self, gold: Gold, answers: Mapping[str, Incidents]) -> list[Decision]:
        """The incidents that mentions are of, and values that are not equal: the wrong ones."""
        marks = mention_marks(gold)
        found = [
            decision
            for s in _scopes(gold, answers)
            for decision in wrong_incidents(s.known, s.asked, s.right, s.given, marks)
        ]
        for row in gold.rows:
            for one, other in _aligned(self.gold(row), answers[row["id"]]):
                mention = row["id"], (one or other or {})["events"][0]
                for name in QUESTIONS:
                    right, said = (_value(side, name) or NOTHING for side in (one, other))
                    if right != said:
                        item = "-".join(mention)
                        found.append(Decision(name, right, said, item, (marks[mention],)))
        return found


def _arguments_and_attributes(event: Event, scheme: Scheme) -> Row:
    return {
        "arguments": [
            {
                "role": a.role,
                "kind": scheme.kind(event.type, a.role),
                "number": a.number,
                "start": a.span.start,
                "end": a.span.end,
                "text": None,
            }
            for a in sorted(event.arguments, key=lambda a: (a.span, a.role, a.number))
        ],
        "attributes": [
            {"name": name, "value": event.attributes[name]}
            for name in scheme.attributes
            if name in event.attributes
        ],
    }


def _read_values(part: Fields) -> Json:
    """Read when, where and the toll of an incident; each may be absent."""
    places = part.get("where", list) if part.given("where") else []
    if not all(isinstance(place, str) for place in places):
        part.refuse(f"where is {short(places)}, expected a list of ids")
    written = {key: part.get(key, str) if part.given(key) else "" for key in ("when", "killed")}
    written["where"] = "+".join(places)
    for name, kind in QUESTIONS.items():
        value = written[name]
        wrong = wrong_value(kind, value) if value else None
        if wrong or value in (UNKNOWN, "-"):
            part.refuse(f"{name}: {wrong or f'value is {short(value)}, expected null instead'}")
        written[name] = canonical_value(kind, value) if value else ""
    return {
        "when": written["when"] or None,
        "where": written["where"].split("+") if written["where"] else [],
        "killed": written["killed"] or None,
    }


# Clusters


@dataclass(frozen=True)
class _Scope:
    """The mentions that are clustered together: those of a fold.

    Attributes:
        known: the mentions of the training and validation articles.
        asked: those of the test articles.
        right: the incident of each mention.
        given: the incident of each mention according to the answers; the right one if known.
    """

    known: list[Mention]
    asked: list[Mention]
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


def _scopes(gold: Gold, answers: Mapping[str, Incidents]) -> Iterator[_Scope]:
    right = {mention: name for mention, (_, name) in _levels(gold).items()}
    for fold in gold.folds:
        tested = {*fold["test"]}
        known = [m for m in right if m[0] in fold["train"] or m[0] in fold["validation"]]
        asked = [m for m in right if m[0] in tested]
        said = {
            (article, event): one["name"]
            for article in tested
            for one in answers[article]
            for event in one["events"]
        }
        given: dict[Mention, Hashable] = {mention: right[mention] for mention in known}
        # An event in no incident is alone.
        given |= {mention: said.get(mention, mention) for mention in asked}
        yield _Scope(known, asked, {m: right[m] for m in (*known, *asked)}, given)


def _mentions(
    gold: Gold, answers: Mapping[str, Incidents]
) -> Iterator[tuple[Mention, str, set[Mention], set[Mention]]]:
    """Yield each mention that is asked for: its level, its cluster in the gold, and the given."""
    levels = _levels(gold)
    for scope in _scopes(gold, answers):
        clusters: tuple[dict[Hashable, set[Mention]], ...] = (defaultdict(set), defaultdict(set))
        for members, names in zip(clusters, (scope.right, scope.given), strict=True):
            for mention, name in names.items():
                members[name].add(mention)
        for mention in scope.asked:
            right, given = clusters[0][scope.right[mention]], clusters[1][scope.given[mention]]
            yield mention, levels[mention][0], right, given


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
