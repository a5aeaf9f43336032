"""Our scorer as a metric of the library evaluate."""

from __future__ import annotations

from pathlib import Path

import pytest
from seqeval.metrics import accuracy_score

from eventbench.tagged.seqeval_check import seqeval_scores


@pytest.mark.filterwarnings("ignore")
def test_it_is_a_metric_of_evaluate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    evaluate = pytest.importorskip("evaluate", reason="the metric needs the extra [evaluate]")
    from eventbench.tagged import strict_iob2

    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    metric = evaluate.load(strict_iob2.__file__, cache_dir=str(tmp_path))
    gold = [["B-X", "I-X", "O", "B-Y"], ["O"]]
    found = [["B-X", "O", "O", "B-Y"], ["B-Y"]]
    result = metric.compute(references=gold, predictions=found)
    expected = seqeval_scores(gold, found)
    assert result["overall_f1"] == expected["micro avg"].f1
    assert result["overall_accuracy"] == accuracy_score(gold, found) == 3 / 5
    overall = {f"overall_{name}" for name in ("precision", "recall", "f1", "accuracy")}
    assert result.keys() == {"X", "Y"} | overall  # those of evaluate's own metric of seqeval
    assert result["Y"] == {"precision": 0.5, "recall": 1.0, "f1": expected["Y"].f1, "number": 1}
