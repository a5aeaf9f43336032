"""Scores predicted events end to end: triggers, arguments, attributes and same-event clusters.

A prediction file is JSON Lines (plain or ``.gz``), one article a line, in any order::

    {"id": "000", "events": [{"id": "e1", "type": "Attack", "trigger": {"start": 10, "end": 15},
     "arguments": [{"role": "Target", "start": 20, "end": 26}], "subtype": "shelling",
     "status": "actual", "reported": "author", "contested": false}],
     "links": [{"type": "SameEvent", "first": "e1", "second": "e2"}]}

Offsets count code points of the article, half-open. ``subtype``, ``status``,
``reported``, ``contested`` and ``links`` may be left out; other keys are passed
over. What ``eventbench export --format jsonl`` writes is of this form.

Everything is matched exactly and counted as multisets: what is predicted twice is
predicted twice, and nothing leaves a denominator. Every figure is a ratio of the
counts in an `EventReport`, 0 where its denominator is 0.
"""

from __future__ import annotations

import json
import reprlib
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal, NoReturn, TypeVar

import numpy as np

from eventbench.corpus.loading import Corpus
from eventbench.corpus.model import Argument, Document, EventbenchError, Link, Span
from eventbench.corpus.scheme import SAME_EVENT, SPEAKER, Scheme
from eventbench.evaluation.predictions import read_lines
from eventbench.scoring.counts import CORRECT, GOLD, PREDICTED, Counts, Floats, Ints, macro_f1, prf

Triggers = Literal["predicted", "gold"]
"""What the arguments of a prediction hang on: triggers that were predicted, or the gold's."""

ATTRIBUTES = ("subtype", "status", "reported", "contested")
LONGEST_LINE = 1 << 26
"""Bytes that a line may have; an exported article has some tens of thousands."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class EventMention:
    """One event, of the gold or predicted; an attribute that is not given is None.

    Unlike `eventbench.Event`, it can leave open whether it is contested: a system
    that says nothing is not credited with "no".
    """

    id: str
    type: str
    trigger: Span
    arguments: tuple[Argument, ...] = ()
    subtype: str | None = None
    status: str | None = None
    reported: str | None = None
    contested: bool | None = None


@dataclass(frozen=True, slots=True)
class ArticleEvents:
    """The events of one article and the links between them."""

    events: tuple[EventMention, ...] = ()
    links: tuple[Link, ...] = ()


def gold_events(corpus: Corpus) -> dict[str, ArticleEvents]:
    """The annotations of a corpus by article id, in the form in which predictions are read."""
    return {document.id: _events_of(document) for document in corpus.documents}


def _events_of(document: Document) -> ArticleEvents:
    events = (
        EventMention(
            e.id, e.type, e.trigger, e.arguments, e.subtype, e.status, e.reported, e.contested
        )
        for e in document.events
    )
    return ArticleEvents(tuple(events), document.links)


# Reading


def read_events(paths: Path | Sequence[Path], corpus: Corpus) -> dict[str, ArticleEvents]:
    """Read a prediction file, or several that have the articles between them.

    Returns:
        Events and links by article id, in the order of the corpus.

    Raises:
        EventbenchError: naming file and line, if the file cannot be read, is not
            JSON Lines of the form described above (duplicate keys, NaN and numbers
            that are no integers are refused too), does not have each article of the
            corpus exactly once, or if a span is empty or outside its article, a
            type, role, attribute value or link is not in the scheme, an event id
            stands twice, or a link joins an unknown event or one event with itself.
            ``Source`` is not among the roles: who is quoted is not scored.
    """
    files = [paths] if isinstance(paths, Path) else list(paths)
    documents = {document.id: document for document in corpus.documents}
    found: dict[str, ArticleEvents] = {}
    where: dict[str, str] = {}
    for path in files:
        for number, line in read_lines(path, LONGEST_LINE):
            if line.strip():
                place = f"{path}:{number}"
                article, events = read_article(place, line, documents, corpus.scheme)
                if article in found:
                    raise EventbenchError(
                        f"{place}: article {article} stands at {where[article]} too"
                    )
                found[article] = events
                where[article] = place
    missing = [article for article in documents if article not in found]
    if missing:
        place = str(files[0] if len(files) == 1 else files[0].parent)
        raise EventbenchError(
            f"{place}: {len(missing)} of {len(documents)} articles are missing, "
            f"the first is {missing[0]}"
        )
    return {article: found[article] for article in documents}


def read_article(
    place: str, line: bytes, documents: Mapping[str, Document], scheme: Scheme
) -> tuple[str, ArticleEvents]:
    """Read one line of a prediction file: the article's id and its events.

    Raises:
        EventbenchError: beginning with ``place``, as `read_events` says.
    """
    record = _Record(place, "", _parse(place, line))
    article = record.get("id", str)
    if article not in documents:
        record.refuse(f"unknown article id {_short(article)}")
    return article, _read_article(record, documents[article], scheme)


def _parse(place: str, line: bytes) -> dict[str, Any]:
    try:
        value = json.loads(
            line.decode("utf-8"), parse_constant=_no_constant, object_pairs_hook=_unique
        )
    except UnicodeDecodeError as error:
        raise EventbenchError(f"{place}: not UTF-8: {error.reason}") from None
    except (ValueError, RecursionError) as error:  # ValueError: also a number of 5,000 digits
        raise EventbenchError(f"{place}: not valid JSON: {error}") from None
    if not isinstance(value, dict):
        raise EventbenchError(f"{place}: found {_short(value)}, expected an object")
    return value


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose keys are all different: of two values, neither is meant for sure."""
    result = dict(pairs)
    if len(result) < len(pairs):
        key, _ = Counter(key for key, _ in pairs).most_common(1)[0]
        raise ValueError(f"key {_short(key)} stands twice in one object")
    return result


_KINDS = {
    dict: "an object",
    list: "a list",
    str: "a string",
    int: "an integer",
    bool: "true or false",
}


@dataclass(frozen=True, slots=True)
class _Record:
    """A JSON object, with its place ("file:line") and path in it ("events[0].trigger")."""

    place: str
    path: str
    fields: dict[str, Any]

    def refuse(self, message: str) -> NoReturn:
        raise EventbenchError(": ".join(filter(None, (self.place, self.path, message))))

    def get(self, key: str, kind: type[T]) -> T:
        if key not in self.fields:
            self.refuse(f"has no {key!r}")
        value = self.fields[key]
        if type(value) is not kind:  # not isinstance: true is no integer
            self.refuse(f"{key} is {_short(value)}, expected {_KINDS[kind]}")
        return value

    def choice(self, key: str, allowed: Collection[str]) -> str:
        value = self.get(key, str)
        if value not in allowed:
            expected = " or ".join(allowed) or "none"
            self.refuse(f"{key} is {_short(value)}, expected {expected}")
        return value

    def given(self, key: str) -> bool:
        return self.fields.get(key) is not None

    def span(self, text: str) -> Span:
        start, end = self.get("start", int), self.get("end", int)
        if not 0 <= start < end <= len(text):
            found = f"{_short(start)}-{_short(end)}"
            self.refuse(f"span {found}, expected 0 <= start < end <= {len(text)}")
        return Span(start, end)

    def part(self, key: str) -> _Record:
        return _Record(self.place, self._below(key), self.get(key, dict))

    def parts(self, key: str) -> Iterator[_Record]:
        for index, value in enumerate(self.get(key, list)):
            if not isinstance(value, dict):
                self.refuse(f"{key}[{index}] is {_short(value)}, expected an object")
            yield _Record(self.place, self._below(f"{key}[{index}]"), value)

    def _below(self, key: str) -> str:
        return f"{self.path}.{key}" if self.path else key


def _read_article(record: _Record, document: Document, scheme: Scheme) -> ArticleEvents:
    events: dict[str, EventMention] = {}
    for part in record.parts("events"):
        event = _read_event(part, document, scheme)
        if event.id in events:
            part.refuse(f"id {_short(event.id)} is another event's of this article too")
        events[event.id] = event
    links = record.parts("links") if "links" in record.fields else iter(())
    return ArticleEvents(
        tuple(events.values()), tuple(_read_link(part, events, scheme) for part in links)
    )


def _read_event(record: _Record, document: Document, scheme: Scheme) -> EventMention:
    identifier = record.get("id", str)
    event_type = record.choice("type", scheme.event_types)
    trigger = record.part("trigger").span(document.text)
    roles = [r for r, kind in scheme.roles[event_type].items() if kind != SPEAKER]
    arguments = tuple(
        Argument(part.choice("role", roles), part.span(document.text))
        for part in record.parts("arguments")
    )
    subtype, status, reported = (
        record.choice(name, _values(scheme, event_type, name)) if record.given(name) else None
        for name in ("subtype", "status", "reported")
    )
    contested = record.get("contested", bool) if record.given("contested") else None
    return EventMention(
        identifier, event_type, trigger, arguments, subtype, status, reported, contested
    )


def _read_link(record: _Record, events: Mapping[str, EventMention], scheme: Scheme) -> Link:
    link_type = record.choice("type", scheme.links)
    first, second = record.get("first", str), record.get("second", str)
    for end, allowed in zip((first, second), scheme.links[link_type], strict=True):
        if end not in events:
            record.refuse(f"joins {_short(end)}, which is not among the events")
        if events[end].type not in allowed:
            expected = " or ".join(sorted(allowed))
            record.refuse(
                f"{link_type} joins {_short(end)}, a {events[end].type}, expected {expected}"
            )
    if first == second:
        record.refuse(f"joins {_short(first)} with itself")
    return Link(link_type, first, second)


def _values(scheme: Scheme, event_type: str, name: str) -> tuple[str, ...]:
    """The values that an event of a type may have of an attribute (by its name in the file)."""
    attribute = scheme.subtype_attribute(event_type) if name == "subtype" else name.capitalize()
    bearers, values = scheme.attributes.get(attribute, (frozenset[str](), ()))
    return values if event_type in bearers else ()


_short = reprlib.repr  # what a file says, cut so that a message stays one line


# Counting

Item = tuple[int, str, Hashable]
"""Something to find: its unit, its class, and what else must agree."""


def _roles(unit: int, event: EventMention, *anchor: Hashable) -> Iterator[Item]:
    return ((unit, a.role, (event.type, a.span, *anchor)) for a in event.arguments)


def _fillers(unit: int, event: EventMention, *anchor: Hashable) -> Iterator[Item]:
    return ((unit, event.type, (a.span, *anchor)) for a in event.arguments)


MEASURES: dict[str, Callable[[int, EventMention], Iterable[Item]]] = {
    "TI": lambda unit, event: [(unit, "trigger", event.trigger)],
    "TC": lambda unit, event: [(unit, event.type, event.trigger)],
    "AI": _fillers,
    "AC": _roles,
    "AI+": lambda unit, event: _fillers(unit, event, event.trigger),
    "AC+": lambda unit, event: _roles(unit, event, event.trigger),
}
"""The measures of triggers and arguments and what must agree in each.

They are those of TextEE (Huang et al. 2024, "TextEE: Benchmark, Reevaluation,
Reflections, and Future Challenges in Event Extraction", Findings of ACL), as its
``TextEE/scorer.py`` counts them end to end (github.com/ej0cl6/TextEE, the functions
``compute_E2E_*``):

- TI: the trigger's span. TC: span and event type.
- AI: the argument's span and the event type. AC: these and the role. Neither asks
  which trigger of that type the argument hangs on.
- AI+ and AC+ ("attached"): AI and AC with the trigger's span as well.

TextEE compares within a window; ours is the sentence of the trigger, so that an
argument of a type is not taken for one of another sentence's event.

One deviation: TextEE puts the tuples into sets, so that equal ones collapse, in
gold and prediction alike. Under AI and AC it thereby drops arguments that two
events of one type share in a window. We count each of them.

Classes: "trigger" alone for TI, where the type may differ; event types for TC, AI
and AI+; roles for AC and AC+, whatever type they are of.
"""


def _tally(
    gold: Iterable[Item], predicted: Iterable[Item], classes: Iterable[str], groups: Ints
) -> Counts:
    """Count items by unit and class; of equal ones, as many are right as both sides have."""
    names = tuple(sorted(classes))
    column = {name: k for k, name in enumerate(names)}
    values = np.zeros((len(groups), len(names), 3), dtype=np.int64)
    in_gold, in_predicted = Counter(gold), Counter(predicted)
    for items, kind in (
        (in_gold & in_predicted, CORRECT),
        (in_predicted, PREDICTED),
        (in_gold, GOLD),
    ):
        for (unit, name, _), number in items.items():
            values[unit, column[name], kind] += number
    return Counts(names, values, groups)


@dataclass(frozen=True, slots=True)
class _Side:
    """One side's events, each with its unit, over all articles."""

    events: list[tuple[int, EventMention]]

    def items(self, measure: str) -> Iterator[Item]:
        for unit, event in self.events:
            yield from MEASURES[measure](unit, event)

    def by_place(self) -> dict[tuple[int, Span, str], list[EventMention]]:
        """Events by unit, trigger and type; equal ones in an order that is theirs, not the file's.

        Which of two events at one place is compared must not hang on the order in
        which a file has them.
        """
        result: dict[tuple[int, Span, str], list[EventMention]] = {}
        for unit, event in self.events:
            result.setdefault((unit, event.trigger, event.type), []).append(event)
        for events in result.values():
            events.sort(key=lambda event: [str(getattr(event, name)) for name in ATTRIBUTES])
        return result


def _count_attributes(
    gold: _Side, predicted: _Side, scheme: Scheme, groups: Ints
) -> dict[str, Counts]:
    predicted_at = predicted.by_place()
    pairs = [
        (place[0], pair)
        for place, events in gold.by_place().items()
        for pair in zip(events, predicted_at.get(place, []), strict=False)
    ]
    result = {}
    for name in ATTRIBUTES:
        sides: tuple[list[Item], list[Item]] = ([], [])
        for number, (unit, pair) in enumerate(pairs):
            if getattr(pair[0], name) is None:
                continue
            for event, items in zip(pair, sides, strict=True):
                value = getattr(event, name)
                if value is not None:
                    items.append((unit, _value_class(event.type, name, value), number))
        result[name] = _tally(*sides, _value_classes(scheme, name), groups)
    return result


def _value_class(event_type: str, name: str, value: str | bool) -> str:
    if name == "subtype":
        return f"{event_type}:{value}"
    return value if isinstance(value, str) else str(value).lower()


def _value_classes(scheme: Scheme, name: str) -> set[str]:
    return {
        _value_class(event_type, name, value)
        for event_type in scheme.event_types
        for value in ((True, False) if name == "contested" else _values(scheme, event_type, name))
    }


# Clusters

METRICS = ("muc", "b3", "ceafe", "lea")
"""The second axis of cluster counts, see `compare_clusters`."""

CONLL = ("muc", "b3", "ceafe")
"""The metrics whose F1 the CoNLL score averages (Pradhan et al. 2012)."""

Mention = tuple[Span, str, int]
"""A trigger, its type, and which of the events that have both."""


def _clusters(article: ArticleEvents) -> list[list[Mention]]:
    """The mentions of each event: the transitive closure of SameEvent, loose ones alone.

    Both the clusters and what tells mentions at one place apart hang on the places
    alone, so that the order of a file changes nothing, not even a last bit.
    """
    members = {event.id: {event.id} for event in article.events}
    for link in article.links:
        if link.type == SAME_EVENT and members[link.first] is not members[link.second]:
            small, large = sorted((members[link.first], members[link.second]), key=len)
            large |= small
            members.update(dict.fromkeys(small, large))
    place = {event.id: (event.trigger, event.type) for event in article.events}
    distinct = {id(ids): ids for ids in members.values()}.values()
    seen: Counter[tuple[Span, str]] = Counter()
    result = []
    for cluster in sorted(sorted(place[i] for i in ids) for ids in distinct):
        mentions = []
        for at in cluster:
            mentions.append((*at, seen[at]))
            seen[at] += 1
        result.append(mentions)
    return result


def compare_clusters(
    gold: Sequence[Collection[Hashable]], predicted: Sequence[Collection[Hashable]]
) -> Floats:
    """Count what the coreference metrics are ratios of, for one article.

    Mentions are not manipulated (Pradhan et al. 2014, "Scoring Coreference Partitions
    of Predicted Mentions: A Reference Implementation", ACL): one that only one side
    has stays where that side has it, and in that side's denominators.
    Mentions without a link are clusters of one on both sides. Unlike the reference
    implementation we do not drop repeated mentions.

    With K a cluster of the gold, R one predicted, the recall of each metric is (for
    precision, exchange the two):

    - muc (Vilain et al. 1995, MUC-6): sum over K of |K| less the number of parts into
      which the R cut it, mentions without R a part each / sum of |K| - 1. Clusters of
      one count nothing, so with no link it is 0 of 0, as in the reference implementation.
    - b3 (Bagga and Baldwin 1998): sum over K and R of |K ∩ R|² / |K| / sum of |K|.
    - ceafe (Luo 2005, with phi4): sum of 2 |K ∩ R| / (|K| + |R|) over the one-to-one
      assignment of clusters that makes it largest / number of K.
    - lea (Moosavi and Strube 2016, "Which Coreference Evaluation Metric Do You Trust?",
      ACL): sum over K of |K| times the share of its links that lie in an R / sum of
      |K|. A cluster of one has one link, to itself, found where an R is that one alone.

    Args:
        gold: clusters of mentions, no mention twice.
        predicted: the same.

    Returns:
        Shape (4, 4): by metric as in `METRICS`, the numerator and the denominator of
        precision, then those of recall. To pool articles, add; F1 comes last.
    """
    # scipy takes longer to import than all else here.
    from scipy.optimize import linear_sum_assignment

    cluster_of = {mention: j for j, cluster in enumerate(predicted) for mention in cluster}
    shared = np.zeros((len(gold), len(predicted)))
    for i, cluster in enumerate(gold):
        for mention in cluster:
            if mention in cluster_of:
                shared[i, cluster_of[mention]] += 1
    sizes = [np.array([len(c) for c in side], dtype=float) for side in (gold, predicted)]
    similarity = 2 * shared / (sizes[0][:, None] + sizes[1])
    best = similarity[linear_sum_assignment(similarity, maximize=True)].sum()

    def side(shared: Floats, own: Floats, other: Floats) -> list[tuple[float, float]]:
        return [
            ((shared.sum(axis=1) - (shared > 0).sum(axis=1)).sum(), (own - 1).sum()),
            ((shared**2 / own[:, None]).sum(), own.sum()),
            (best, len(own)),
            ((own * _links_found(shared, own, other)).sum(), own.sum()),
        ]

    precision, recall = side(shared.T, *sizes[::-1]), side(shared, *sizes)
    return np.array([[*p, *r] for p, r in zip(precision, recall, strict=True)], dtype=np.float64)


def _links_found(shared: Floats, own: Floats, other: Floats) -> Floats:
    """For each cluster the share of its links that are in a cluster of the other side."""
    alone = own == 1
    found = (shared * (shared - 1) / 2).sum(axis=1)
    found = np.where(alone, shared[:, other == 1].sum(axis=1), found)
    result: Floats = found / np.where(alone, 1, own * (own - 1) / 2)
    return result


def cluster_prf(counts: Floats) -> Floats:
    """Precision, recall and F1, shape (…, 3), of cluster counts (…, 4); 0 where one is 0 of 0."""
    ratios = counts[..., ::2] / np.where(counts[..., 1::2] == 0, 1, counts[..., 1::2])
    total = ratios.sum(axis=-1)
    f1 = 2 * ratios.prod(axis=-1) / np.where(total == 0, 1, total)
    result: Floats = np.concatenate([ratios, f1[..., None]], axis=-1)
    return result


def conll_f1(counts: Floats) -> Floats:
    """The CoNLL score, the mean F1 of `CONLL`, of cluster counts (…, 4 metrics, 4)."""
    of_metrics = [METRICS.index(name) for name in CONLL]
    result: Floats = cluster_prf(counts)[..., of_metrics, 2].mean(axis=-1)
    return result


# The report


@dataclass(frozen=True)
class EventReport:
    """The counts of one prediction, from which every score follows.

    Counts have the sentences of the corpus as units, in its order, and its articles
    as groups (an article without sentences has one unit). An event with all that
    hangs on it belongs to the sentence of its trigger; a trigger that lies in none,
    to the last one that begins before it, or else to the first.

    Attributes:
        triggers: what the arguments hang on.
        articles: ids, in the order of the groups.
        measures: the counts of each of `MEASURES`.
        attributes: for each of `ATTRIBUTES`, the values of the gold events whose
            trigger and type were predicted. "Right" over "gold" is the accuracy. A
            value that is not predicted is wrong; one that the gold leaves open is
            not compared. Classes are the values: "Attack:shelling" for a subtype,
            "true" and "false" for contested.
        clusters: shape (articles, 4, 4), see `compare_clusters`; they cross
            sentences, so whole articles are what can be drawn again.
        signature: what the scores depend on.
    """

    triggers: Triggers
    articles: tuple[str, ...]
    measures: dict[str, Counts]
    attributes: dict[str, Counts]
    clusters: Floats
    signature: dict[str, Any]

    def to_json(self) -> dict[str, Any]:
        """Counts and scores, pooled over all articles and by article.

        ``matched`` is the number of triggers that are right with their type. Means
        over classes are over those that occur in gold or prediction. Accuracy and
        its macro-F1 are None where no value was compared.
        """
        return {
            "triggers": self.triggers,
            "signature": self.signature,
            "pooled": self._part(range(len(self.articles))),
            "by_document": {
                article: self._part([index]) for index, article in enumerate(self.articles)
            },
        }

    def _part(self, articles: Sequence[int]) -> dict[str, Any]:
        def total(counts: Counts) -> Ints:
            result: Ints = counts.by_group()[articles].sum(axis=0)
            return result

        clusters: Floats = self.clusters[articles].sum(axis=0)
        return {
            "measures": {k: _scores(c.classes, total(c)) for k, c in self.measures.items()},
            "matched": int(total(self.measures["TC"])[:, CORRECT].sum()),
            "attributes": {k: _accuracy(c.classes, total(c)) for k, c in self.attributes.items()},
            "clusters": {
                **{
                    name: {"precision": float(p), "recall": float(r), "f1": float(f1)}
                    for name, (p, r, f1) in zip(METRICS, cluster_prf(clusters), strict=True)
                },
                "conll_f1": float(conll_f1(clusters)),
            },
        }


def _scores(classes: tuple[str, ...], counts: Ints) -> dict[str, Any]:
    """Scores of counts (classes, 3)."""
    return {
        "micro": _score(counts.sum(axis=0)),
        "macro_f1": float(macro_f1(counts)),
        "classes": {
            name: _score(row) for name, row in zip(classes, counts, strict=True) if row.any()
        },
    }


def _score(counts: Ints) -> dict[str, Any]:
    """Scores of counts (3,)."""
    scores = prf(counts)
    return {
        "precision": float(scores.precision),
        "recall": float(scores.recall),
        "f1": float(scores.f1),
        "correct": int(counts[CORRECT]),
        "predicted": int(counts[PREDICTED]),
        "gold": int(counts[GOLD]),
    }


def _accuracy(classes: tuple[str, ...], counts: Ints) -> dict[str, Any]:
    scores = _scores(classes, counts)
    compared, correct = (int(counts[:, kind].sum()) for kind in (GOLD, CORRECT))
    return {
        "compared": compared,
        "correct": correct,
        "accuracy": correct / compared if compared else None,
        "macro_f1": scores["macro_f1"] if compared else None,
        "classes": scores["classes"],
    }


def score_events(
    gold: Corpus, predicted: Mapping[str, ArticleEvents], triggers: Triggers = "predicted"
) -> EventReport:
    """Score predicted events against the gold.

    Args:
        gold: the corpus.
        predicted: events by article id, as `read_events` and `gold_events` give them.
        triggers: "gold" says that the system was given the gold's triggers and types
            and only found what hangs on them, which is another, easier task.

    Raises:
        EventbenchError: if the articles are not those of the corpus, or if gold
            triggers were promised and an article has others.
    """
    if predicted.keys() != {document.id for document in gold.documents}:
        raise EventbenchError("the predictions are not over the articles of the corpus")
    ours, theirs = _Side([]), _Side([])
    groups: list[int] = []
    clusters = []
    for index, document in enumerate(gold.documents):
        of_gold, of_system = _events_of(document), predicted[document.id]
        if triggers == "gold":
            _check_triggers(document.id, of_gold, of_system)
        starts = [sentence.span.start for sentence in document.sentences]
        for article, found in ((of_gold, ours), (of_system, theirs)):
            for event in article.events:
                sentence = max(0, bisect_right(starts, event.trigger.start) - 1)
                found.events.append((len(groups) + sentence, event))
        groups += [index] * max(1, len(starts))
        clusters.append(compare_clusters(_clusters(of_gold), _clusters(of_system)))

    units = np.array(groups, dtype=np.int64)
    classes = {
        "TI": ("trigger",),
        **dict.fromkeys(("TC", "AI", "AI+"), gold.scheme.event_types),
        **dict.fromkeys(("AC", "AC+"), gold.scheme.argument_roles()),
    }
    return EventReport(
        triggers,
        tuple(document.id for document in gold.documents),
        {k: _tally(ours.items(k), theirs.items(k), classes[k], units) for k in MEASURES},
        _count_attributes(ours, theirs, gold.scheme, units),
        np.array(clusters),
        {
            "data": gold.version,
            "fingerprint": gold.fingerprint,
            "task": "events",
            "triggers": triggers,
            "matching": "exact spans, multisets",
            "pooling": "all articles",
            "versions": {"eventbench": version("eventbench")},
        },
    )


def _check_triggers(article: str, gold: ArticleEvents, predicted: ArticleEvents) -> None:
    ours, theirs = (Counter((e.trigger, e.type) for e in x.events) for x in (gold, predicted))
    for span, event_type in sorted((ours - theirs) + (theirs - ours)):
        raise EventbenchError(
            f"article {article}: the triggers are not the gold's: {event_type} at "
            f"{span.start}-{span.end} is {ours[span, event_type]} times in the gold, "
            f"{theirs[span, event_type]} times in the prediction"
        )
