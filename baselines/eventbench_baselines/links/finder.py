"""The link finder: a classifier of pairs for each type of link, and what it learns from."""

from __future__ import annotations

import json
import random
from collections import defaultdict
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

import numpy as np

from eventbench import Document, EventbenchError, Link
from eventbench_baselines.encoder import Floats
from eventbench_baselines.links.classifier import Classifier, Table
from eventbench_baselines.links.clusters import (
    Clusters,
    average_linkage,
    clusters_of,
    f1,
    lea_counts,
)
from eventbench_baselines.links.features import Article, Pair, features_of
from eventbench_baselines.links.noise import BARE, GOLD, NOISY, Noise
from eventbench_baselines.links.vectors import Vectors

SAME_EVENT = "SameEvent"
SYMMETRIC = (SAME_EVENT, "Contradicts")
"""Types of link that mean the same in both directions; a model need not know them all."""

SAVED = "links.json"
FORMAT = "eventbench links 1"

PARTS = 5
"""Parts of the training articles in the cross-validation that chooses thresholds."""

VERSIONS = (GOLD, NOISY, BARE)
"""The versions of each training article to learn from."""

THRESHOLDS = np.round(np.arange(0.08, 0.81, 0.03), 2)
"""Probabilities from which pairs may be linked."""

_DAMAGED = (OSError, ValueError, TypeError, LookupError, ArithmeticError, AttributeError)
"""What reading a file of another form may raise."""

ROUNDS = 10
"""Maximum number of steps towards the thresholds with the best F1."""


@dataclass
class LinkType:
    """A type of link.

    Attributes:
        name: its name in the scheme.
        ends: the types of first and second event in training; others are not linked.
        reach: maximum number of sentences between the events in training.
        classifier: gives the probability of a pair.
        threshold: minimum probability of a link.
    """

    name: str
    ends: frozenset[tuple[str, str]]
    reach: int
    classifier: Classifier
    threshold: float = 0.5

    def candidates(self, article: Article) -> list[Pair]:
        """The pairs that may be linked; those of a symmetric type in reading order."""
        mentions = article.mentions
        return [
            Pair(first, second)
            for first, one in enumerate(mentions)
            for second, other in enumerate(mentions)
            if (first < second or (first != second and self.name not in SYMMETRIC))
            and (one.event.type, other.event.type) in self.ends
            and abs(one.sentence - other.sentence) <= self.reach
        ]


@dataclass
class Lesson:
    """What a type of link is learned from in one article.

    Attributes:
        pairs: the candidates.
        rows: their rows in the table of features.
        labels: if they are linked.
        linked: the number of links, including those that are not candidates.
    """

    pairs: list[Pair]
    rows: list[int]
    labels: list[bool]
    linked: int


@dataclass
class Lessons:
    """The training articles.

    Attributes:
        articles: the articles or their copies with noise.
        parts: the part of the cross-validation that each belongs to.
        gold: the clusters of each.
        table: the features of all candidates.
        by_type: the lessons of each type of link, one an article.
    """

    articles: list[Article]
    parts: list[int]
    gold: list[Clusters]
    table: Table
    by_type: dict[str, list[Lesson]]

    @classmethod
    def of(cls, articles: list[Article], parts: list[int], types: Sequence[LinkType]) -> Lessons:
        """Collect the candidates of each type, with their features."""
        table = Table()
        by_type: dict[str, list[Lesson]] = {link_type.name: [] for link_type in types}
        gold = [_gold_clusters(article) for article in articles]
        for article, clusters in zip(articles, gold, strict=True):
            row_of: dict[Pair, int] = {}
            for link_type in types:
                pairs = link_type.candidates(article)
                for pair in pairs:
                    if pair not in row_of:
                        row_of[pair] = table.add(features_of(article, pair))
                linked = _linked(article, link_type.name)
                if link_type.name == SAME_EVENT:
                    linked = {Pair(*two) for c in clusters for two in combinations(c, 2)}
                labels = [pair in linked for pair in pairs]
                rows = [row_of[pair] for pair in pairs]
                by_type[link_type.name].append(Lesson(pairs, rows, labels, len(linked)))
        return cls(articles, parts, gold, table, by_type)

    def guesses(self, matrix: Any) -> dict[str, list[Floats]]:
        """For each type the probabilities in each article, learned from the other parts."""
        found: dict[str, list[Floats]] = {}
        for name, lessons in self.by_type.items():
            fitted = {
                part: self.fitted(matrix, [k for k, p in enumerate(self.parts) if p != part], name)
                for part in sorted({*self.parts})
            }
            found[name] = [
                fitted[part].probabilities(matrix[lesson.rows], self.table.columns)
                for lesson, part in zip(lessons, self.parts, strict=True)
            ]
        return found

    def fitted(self, matrix: Any, numbers: Sequence[int], name: str) -> Classifier:
        """Fit the classifier of a type to articles by their numbers."""
        lessons = [self.by_type[name][k] for k in numbers]
        rows = [row for lesson in lessons for row in lesson.rows]
        labels = [label for lesson in lessons for label in lesson.labels]
        return Classifier.learn(matrix[rows], list(self.table.columns), labels)


@dataclass
class LinkFinder:
    """Finds the links between the events of an article.

    SameEvent is found first, by average linkage of the probabilities of pairs. Each other
    type then takes the most probable pairs, at most one between two clusters; a type whose
    links are all within sentences, one in each sentence.

    Attributes:
        types: by name; SameEvent first, if there is any.
    """

    types: dict[str, LinkType]

    @classmethod
    def learn(
        cls,
        documents: Sequence[Document],
        vectors: Vectors,
        seed: int,
        versions: Sequence[str] = VERSIONS,
    ) -> LinkFinder:
        """Learn from articles with events and links.

        Args:
            documents: the articles.
            vectors: gives vectors of their events; `find` needs the same kind.
            seed: for the noise and the parts of the cross-validation.
            versions: the versions of each article to learn from, so that features count for as
                much as they do when arguments and attributes are predicted. Only ``GOLD`` is
                right if those of the articles are themselves predicted as those of `find`.

        Raises:
            EventbenchError: if scikit-learn is not installed.
        """
        noise = Noise.of(documents)
        made = [
            noise.version(version, document, random.Random(f"{seed} {document.id}"))
            for version in versions
            for document in documents
        ]
        parts = [k % PARTS for k in range(len(documents))]
        random.Random(seed).shuffle(parts)
        # The vectors depend on the triggers only, so all versions have the same.
        articles = list(map(Article.of, made, vectors(documents) * len(versions)))
        types = list(_types_in(articles))
        lessons = Lessons.of(articles, parts * len(versions), types)
        matrix = lessons.table.matrix()
        for link_type in types:
            everything = range(len(articles))
            link_type.classifier = lessons.fitted(matrix, everything, link_type.name)
        found = cls({link_type.name: link_type for link_type in types})
        found._choose_thresholds(lessons, lessons.guesses(matrix))
        return found

    def _choose_thresholds(self, lessons: Lessons, guesses: Mapping[str, list[Floats]]) -> None:
        """Choose the thresholds that are best for articles that were not learned from."""
        clusters: list[Clusters] = [
            [[k] for k in range(len(article.mentions))] for article in lessons.articles
        ]
        best = -1.0
        for threshold in map(float, THRESHOLDS) if SAME_EVENT in guesses else ():
            found = [
                average_linkage(len(article.mentions), lesson.pairs, guess, threshold)
                for article, lesson, guess in zip(
                    lessons.articles,
                    lessons.by_type[SAME_EVENT],
                    guesses[SAME_EVENT],
                    strict=True,
                )
            ]
            score = f1(np.sum(list(map(lea_counts, lessons.gold, found)), axis=0))
            if score > best:
                best, clusters = score, found
                self.types[SAME_EVENT].threshold = threshold
        counts: dict[str, Floats] = {}
        for name, own in lessons.by_type.items():
            if name != SAME_EVENT:
                counts[name] = np.zeros((len(THRESHOLDS), 3))
                each = zip(lessons.articles, own, guesses[name], clusters, strict=True)
                for article, lesson, guess, groups in each:
                    keys = _between(article, self.types[name], lesson.pairs, groups)
                    counts[name] += _counts(lesson, guess, keys)
        for name, k in best_thresholds(counts).items():
            self.types[name].threshold = float(THRESHOLDS[k])

    def find(self, document: Document, vectors: Vectors) -> list[Link]:
        """Find the links between the events of an article.

        Args:
            document: the article; arguments, attributes and sources may be missing.
            vectors: gives vectors of its events, as in `learn`.

        Returns:
            SameEvent as chains in reading order, then the other types.
        """
        if len(document.events) < 2:
            return []
        article = Article.of(document, vectors([document])[0])
        ids = [mention.event.id for mention in article.mentions]
        clusters: Clusters = [[k] for k in range(len(ids))]
        links = []
        for link_type in self.types.values():
            pairs = link_type.candidates(article)
            table = Table()
            for pair in pairs:
                table.add(features_of(article, pair))
            probabilities = link_type.classifier.probabilities(table.matrix(), table.columns)
            chosen: list[Pair]
            if link_type.name == SAME_EVENT:
                clusters = average_linkage(len(ids), pairs, probabilities, link_type.threshold)
                chosen = [Pair(*two) for c in clusters for two in pairwise(c)]
            else:
                keys = _between(article, link_type, pairs, clusters)
                kept = _chosen(keys, probabilities, link_type.threshold)
                chosen = [pairs[k] for k in sorted(kept)]
            links += [Link(link_type.name, ids[a], ids[b]) for a, b in chosen]
        return links

    def save(self, directory: Path) -> None:
        """Write `SAVED` into a directory."""
        types = [
            {
                "name": link_type.name,
                "ends": sorted(link_type.ends),
                "reach": link_type.reach,
                "threshold": link_type.threshold,
                **link_type.classifier.to_json(),
            }
            for link_type in self.types.values()
        ]
        text = json.dumps({"format": FORMAT, "types": types}, ensure_ascii=False) + "\n"
        (directory / SAVED).write_text(text, encoding="utf-8")

    @classmethod
    def load(cls, directory: Path) -> LinkFinder:
        """Read what `save` wrote.

        Raises:
            EventbenchError: if it is missing or has another form.
        """
        path = directory / SAVED
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            if content["format"] != FORMAT:
                raise ValueError(f"format {content['format']!r}, expected {FORMAT!r}")
            types = [_type_from_json(part) for part in content["types"]]
        except _DAMAGED as error:
            raise EventbenchError(f"{path}: not a saved link finder: {error}") from None
        return cls({link_type.name: link_type for link_type in types})


def _type_from_json(content: Mapping[str, Any]) -> LinkType:
    return LinkType(
        str(content["name"]),
        frozenset((str(first), str(second)) for first, second in content["ends"]),
        int(content["reach"]),
        Classifier.from_json(content),
        float(content["threshold"]),
    )


def _types_in(articles: Sequence[Article]) -> Iterator[LinkType]:
    """The types of link in training, without classifiers yet; SameEvent first."""
    ends: defaultdict[str, set[tuple[str, str]]] = defaultdict(set)
    reach: defaultdict[str, int] = defaultdict(int)
    for article in articles:
        by_id = {mention.event.id: mention for mention in article.mentions}
        for link in article.document.links:
            first, second = by_id[link.first], by_id[link.second]
            types = first.event.type, second.event.type
            ends[link.type].add(types)
            apart = abs(first.sentence - second.sentence)
            reach[link.type] = max(reach[link.type], apart)
            if link.type in SYMMETRIC:
                ends[link.type].add(types[::-1])
            if link.type == SAME_EVENT:  # Clusters join what no single link does.
                reach[link.type] = max(reach[link.type], len(article.reading.starts))
    for name in sorted(ends, key=lambda name: (name != SAME_EVENT, name)):
        yield LinkType(name, frozenset(ends[name]), reach[name], Classifier({}, 0.0))


def _linked(article: Article, name: str) -> set[Pair]:
    """The pairs with a link of a type; those of a symmetric type in reading order."""
    place = {mention.event.id: k for k, mention in enumerate(article.mentions)}
    found = set()
    for link in article.document.links:
        if link.type == name:
            ends = place[link.first], place[link.second]
            found.add(Pair(*(sorted(ends) if name in SYMMETRIC else ends)))
    return found


def _gold_clusters(article: Article) -> Clusters:
    pairs = sorted(_linked(article, SAME_EVENT))
    return clusters_of(len(article.mentions), pairs, [True] * len(pairs))


def _between(
    article: Article, link_type: LinkType, pairs: Sequence[Pair], clusters: Clusters
) -> list[Hashable]:
    """What at most one link of a type may join, for each pair; None if it may not be linked.

    That is two clusters or, if the type only links events of one sentence, two clusters in
    a sentence: "shelled" and "killed" can be linked in the headline and again in the text.
    """
    cluster_of = {mention: k for k, cluster in enumerate(clusters) for mention in cluster}
    found: list[Hashable] = []
    for pair in pairs:
        joined = frozenset(cluster_of[mention] for mention in pair)
        where = article.mentions[pair.first].sentence if link_type.reach == 0 else -1
        found.append((joined, where) if len(joined) == 2 else None)
    return found


def _chosen(keys: Sequence[Hashable], probabilities: Floats, threshold: float) -> list[int]:
    """The indices of the pairs to link: for each key the most probable pair."""
    taken: set[Hashable] = {None}
    chosen = []
    for k in map(int, np.argsort(-probabilities, kind="stable")):
        if probabilities[k] < threshold:
            break
        if keys[k] not in taken:
            taken.add(keys[k])
            chosen.append(k)
    return chosen


def _counts(lesson: Lesson, probabilities: Floats, keys: Sequence[Hashable]) -> Floats:
    """Correct, predicted and gold links by threshold, shape (thresholds, 3)."""
    counts = []
    for threshold in THRESHOLDS:
        chosen = _chosen(keys, probabilities, threshold)
        counts.append((sum(lesson.labels[k] for k in chosen), len(chosen), lesson.linked))
    return np.array(counts, dtype=float)


def best_thresholds(counts: Mapping[str, Floats]) -> dict[str, int]:
    """Choose a threshold for each type so that the F1 of all types together is highest.

    At the best F1, each type by itself has the highest 2 correct - F1 · (predicted + gold)
    (Dinkelbach 1967, "On Nonlinear Fractional Programming").

    Args:
        counts: for each type, correct, predicted and gold links by threshold, shape
            (thresholds, 3).

    Returns:
        The index of the threshold for each type.
    """
    score = 0.0
    best: dict[str, int] = {}
    for _ in range(ROUNDS):
        best = {
            name: int(np.argmax(2 * found[:, 0] - score * (found[:, 1] + found[:, 2])))
            for name, found in counts.items()
        }
        total = sum((counts[name][k] for name, k in best.items()), np.zeros(3))
        score = 2 * total[0] / max(total[1] + total[2], 1)
    return best
