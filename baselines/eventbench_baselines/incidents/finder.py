"""Find the incidents of the given events of articles."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from eventbench.claims import Named
from eventbench_baselines.incidents.closeness import Closeness
from eventbench_baselines.incidents.clusters import clusters_at, merges
from eventbench_baselines.incidents.facts import Label, deadly_labels, facts_of
from eventbench_baselines.incidents.features import features, table_of
from eventbench_baselines.incidents.mentions import (
    TOTAL,
    Mention,
    Row,
    Similarity,
    read_mentions,
)
from eventbench_baselines.incidents.pairs import candidates
from eventbench_baselines.incidents.threshold import best_threshold, same_incident
from eventbench_baselines.rows import corpus_of
from eventbench_baselines.values import ValueReader

RECORD, VECTORS = "incidents.json", "incidents.npz"
"""Names of the files of `IncidentFinder.save`."""

Known = tuple[Mention, str]
"""A mention of a training article and the name of its incident."""


@dataclass
class IncidentFinder:
    """Joins events that a classifier of pairs finds to be of one incident.

    Pairs of events (`candidates`) are compared by `features`; logistic regression says how
    probable it is that they are of one incident; clusters with the highest mean probability
    are joined until it falls below a threshold. Events may join incidents of the training
    articles, which stay as they are. A total is alone: it is a figure, not a happening.

    Attributes:
        reader: reads times, numbers and places.
        similarity: gives vectors of words.
        places: the gazetteer of the tested corpus.
        closeness: the classifier.
        threshold: the probability below which clusters are not joined.
        deadly: types and subtypes of events whose numbers are of people killed.
        known: mentions of the training articles that new ones may be of one incident with.
    """

    reader: ValueReader = field(repr=False)
    similarity: Similarity = field(repr=False)
    places: Mapping[str, Named] = field(repr=False)
    closeness: Closeness
    threshold: float
    deadly: frozenset[Label]
    known: list[Known] = field(repr=False)

    @classmethod
    def learn(
        cls,
        rows: Sequence[Row],
        reader: ValueReader,
        similarity: Similarity,
        seed: int,
        places: Mapping[str, Named] | None = None,
        linked: Sequence[Row] = (),
    ) -> IncidentFinder:
        """Learn from the rows of training articles.

        Args:
            rows: rows of the task incidents.
            reader: reads times, numbers and places.
            similarity: gives vectors of words.
            seed: of the classifier.
            places: the gazetteer of the tested corpus, by id.
            linked: rows of articles of other corpora that do not list incidents
                (`rows_of_links`); they are taken to tell of different ones.
        """
        places = places or {}
        mentions = read_mentions([*rows, *linked], reader, similarity)
        of = {
            (row["id"], event): one
            for row in (*rows, *linked)
            for one in row["incidents"]
            for event in one["events"]
        }
        told = [(of[m.key], m) for m in mentions if m.key in of]
        happened = {
            m.key: str(o["name"]) for o, m in told if not m.is_total and o["level"] != TOTAL
        }
        names = [happened.get(m.key) for m in mentions]
        listed = {row["id"] for row in rows}
        pairs = candidates(mentions)
        columns = features(table_of(mentions, places), pairs) if mentions else {}
        return cls(
            reader,
            similarity,
            places,
            Closeness.learn(columns, same_incident(names, pairs), seed),
            best_threshold(mentions, names, pairs, columns, seed),
            deadly_labels((one, m) for one, m in told if m.article in listed),
            [
                (mention, name)
                for mention, name in zip(mentions, names, strict=True)
                if name is not None and not corpus_of(mention.article)
            ],
        )

    def find(self, rows: Sequence[Row]) -> list[list[Row]]:
        """Find the incidents of articles, all together.

        Returns:
            For each row its incidents, as the task incidents has them. Incidents of several
            rows have one name; it is that of an incident in training if they are of it.
        """
        asked = read_mentions(rows, self.reader, self.similarity)
        clusters: defaultdict[str, dict[str, list[Mention]]] = defaultdict(dict)
        for mention, name in zip(asked, self._names(asked), strict=True):
            clusters[mention.article].setdefault(name, []).append(mention)
        return [
            [
                {
                    "name": name,
                    "events": [m.event for m in mentions],
                    **facts_of(mentions, self.deadly, self.places),
                }
                for name, mentions in clusters[row["id"]].items()
            ]
            for row in rows
        ]

    def _names(self, asked: Sequence[Mention]) -> list[str]:
        """Name the incident of each mention: as in training, or by its first mention."""
        if not asked:
            return []
        mentions = [*(mention for mention, _ in self.known), *asked]
        fixed = frozenset(range(len(self.known)))
        pairs = candidates(mentions, fixed)
        near = self.closeness.close(table_of(mentions, self.places), pairs)
        known = [*(name for _, name in self.known), *[None] * len(asked)]
        found = list(merges(len(mentions), *near, known))
        groups = clusters_at(self.threshold, len(mentions), found, known)
        return [
            known[group] or " ".join(mentions[group].key) for group in groups[len(self.known) :]
        ]

    def save(self, directory: Path) -> None:
        """Write everything but reader and similarity into a directory."""
        record = {
            "weights": self.closeness.weights,
            "bias": self.closeness.bias,
            "threshold": self.threshold,
            "deadly": sorted(self.deadly),
            "places": [
                {"id": i, "name": place.name, "parent": place.facts.get("parent")}
                for i, place in self.places.items()
            ],
            "known": [{**_fields(mention), "incident": name} for mention, name in self.known],
        }
        text = json.dumps(record, ensure_ascii=False)
        (directory / RECORD).write_text(text, encoding="utf-8")
        vectors = [mention.vectors for mention, _ in self.known]
        np.savez(directory / VECTORS, vectors=np.stack(vectors) if vectors else np.zeros((0, 2, 0)))

    @classmethod
    def load(cls, directory: Path, reader: ValueReader, similarity: Similarity) -> IncidentFinder:
        """Read what `save` wrote."""
        record = json.loads((directory / RECORD).read_text(encoding="utf-8"))
        with np.load(directory / VECTORS, allow_pickle=False) as file:
            vectors = file["vectors"]
        return cls(
            reader,
            similarity,
            {place["id"]: Named(place["id"], place["name"], place) for place in record["places"]},
            Closeness(record["weights"], record["bias"]),
            record["threshold"],
            frozenset((kind, subtype) for kind, subtype in record["deadly"]),
            [_known(fields, both) for fields, both in zip(record["known"], vectors, strict=True)],
        )


def _fields(mention: Mention) -> Row:
    return {k: v for k, v in vars(mention).items() if k != "vectors"}


def _known(fields: Row, vectors: Any) -> Known:
    name = fields.pop("incident")
    for key in ("words", "values"):
        fields[key] = {kind: tuple(found) for kind, found in fields[key].items()}
    fields["trigger"] = tuple(fields["trigger"])
    return Mention(**fields, vectors=vectors), name
