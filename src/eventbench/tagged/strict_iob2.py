"""Our scorer as a metric of the `evaluate` library: ``evaluate.load(strict_iob2.__file__)``.

It converts lists of tags to scores under the names of evaluate's own seqeval metric, so that
it takes its place in scripts such as transformers' ``run_ner.py``. It needs the package
evaluate (``pip install 'eventbench[evaluate]'``).
"""

from __future__ import annotations

from itertools import chain
from typing import Any

import datasets
import evaluate

from eventbench.scoring.statistics import AVERAGES
from eventbench.tagged.files import score_sequences

_TAGS = datasets.Sequence(datasets.Value("string"))


class StrictIOB2(evaluate.Metric):
    """Strict precision, recall and F1 of entities in IOB2 tags, identical to seqeval's."""

    def _info(self) -> evaluate.MetricInfo:
        return evaluate.MetricInfo(
            description="Strict IOB2 entity scores, equal to seqeval's to the last bit.",
            citation="",
            inputs_description=(
                "predictions and references: a list of tags for each sentence; in the references, "
                "an I- tag that belongs to no entity is an error"
            ),
            features=datasets.Features({"predictions": _TAGS, "references": _TAGS}),
        )

    def _compute(self, predictions: list[list[str]], references: list[list[str]]) -> dict[str, Any]:
        scores = score_sequences(references, predictions)
        result: dict[str, Any] = {
            name: {
                "precision": score.precision,
                "recall": score.recall,
                "f1": score.f1,
                "number": score.support,
            }
            for name, score in scores.items()
            if name not in AVERAGES
        }
        overall = scores["micro avg"]
        pairs = zip(chain.from_iterable(references), chain.from_iterable(predictions), strict=True)
        right = [tag == found for tag, found in pairs]
        return result | {
            "overall_precision": overall.precision,
            "overall_recall": overall.recall,
            "overall_f1": overall.f1,
            "overall_accuracy": sum(right) / len(right) if right else 0.0,
        }
