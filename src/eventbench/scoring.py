"""Strict IOB2 scores of trigger predictions, as seqeval gives them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from statistics import mean, stdev
from typing import Any

from eventbench.corpus import Corpus
from eventbench.dataset import rows
from eventbench.systems import versions

AVERAGES = ("micro avg", "macro avg", "weighted avg")


@dataclass(frozen=True)
class Score:
    """Precision, recall and F1 of one class or average, and its gold entities."""

    precision: float
    recall: float
    f1: float
    support: int


@dataclass(frozen=True)
class Report:
    """The scores of one system.

    Attributes:
        pooled: per seed, scores by event type and by seqeval's averages, over
            the predictions of all articles together.
        by_document: per seed and article id, the same.
        signature: what the scores depend on.
    """

    pooled: dict[int, dict[str, Score]]
    by_document: dict[int, dict[str, dict[str, Score]]]
    signature: dict[str, Any]

    def micro_f1(self) -> tuple[float, float | None]:
        """Mean over seeds of the pooled micro-F1, and its standard deviation (one seed: None)."""
        return mean_and_sd([scores["micro avg"].f1 for scores in self.pooled.values()])

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def mean_and_sd(values: list[float]) -> tuple[float, float | None]:
    """Mean and sample standard deviation (None where there is one value)."""
    return mean(values), stdev(values) if len(values) > 1 else None


def score(predictions: dict[int, dict[str, list[str]]], corpus: Corpus) -> Report:
    """Score predictions as `eventbench.systems.read_predictions` gives them.

    Entities count as right if type and both bounds are right (seqeval's
    ``mode="strict"`` with ``scheme=IOB2``). Counts are pooled over all articles
    before precision, recall and F1 are taken.
    """
    gold = rows(corpus)
    pooled: dict[int, dict[str, Score]] = {}
    by_document: dict[int, dict[str, dict[str, Score]]] = {}
    for seed, tags in predictions.items():
        pooled[seed] = _seqeval(gold, tags)
        by_document[seed] = {
            document.id: _seqeval([row for row in gold if row["doc_id"] == document.id], tags)
            for document in corpus.documents
        }
    signature = {
        "data": corpus.version,
        "fingerprint": corpus.fingerprint,
        "task": "triggers",
        "scorer": "seqeval",
        "mode": "strict",
        "scheme": "IOB2",
        "pooling": "all articles, then one F1 a seed",
        "seeds": sorted(predictions),
        "versions": {k: v for k, v in versions().items() if k in ("eventbench", "seqeval")},
    }
    return Report(pooled, by_document, signature)


def _seqeval(gold: list[dict[str, Any]], tags: dict[str, list[str]]) -> dict[str, Score]:
    from seqeval.metrics import classification_report
    from seqeval.scheme import IOB2

    report = classification_report(
        [row["ner_tags"] for row in gold],
        [tags[row["id"]] for row in gold],
        output_dict=True,
        mode="strict",
        scheme=IOB2,
        zero_division=0,
    )
    return {
        name: Score(
            float(values["precision"]),
            float(values["recall"]),
            float(values["f1-score"]),
            int(values["support"]),
        )
        for name, values in report.items()
    }
