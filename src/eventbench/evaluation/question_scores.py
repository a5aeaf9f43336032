"""Score the answers to questions: all or those that were asked, once or in several epochs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from math import nan
from statistics import mean

from eventbench.evaluation.scoring import both_intervals
from eventbench.io import Json
from eventbench.prompts.questions import Questions
from eventbench.scoring.intervals import NEW_DOCUMENTS, THESE_DOCUMENTS

BOUNDS = {THESE_DOCUMENTS: "ci", NEW_DOCUMENTS: "new_ci"}
"""How the figures of an interval are called."""

NOTHING = {"score": nan}
"""The figures of no answer."""


def score_questions(
    questions: Questions, by_epoch: Mapping[int, Mapping[str, Json | None]]
) -> dict[str, float]:
    """Score answers as `eventbench.score` does.

    Args:
        questions: the questions.
        by_epoch: the answer to each question, None if unusable, by epoch and id. Unless all
            questions were answered in each epoch, the score is of the sentences in those that
            were.

    Returns:
        The measure of the task (``score``), its intervals on these documents (``ci_low``,
        ``ci_high``) and on new ones (``new_ci_low``, ``new_ci_high``), precision and recall
        where they differ, and counts over all epochs. An interval without width is left out.
    """
    gold, task = questions.gold, questions.gold.task
    answered = [i for i in questions.by_id if all(i in given for given in by_epoch.values())]
    if not answered or not by_epoch:
        return dict(NOTHING)
    statistics, dropped = [], Counter[str]()
    for given in by_epoch.values():
        answers, lost = questions.read({name: given[name] for name in answered})
        counted = task.statistics(gold, answers)
        partly = len(answered) < len(questions.by_id)
        statistics.append(counted.of_units(questions.units(answered)) if partly else counted)
        dropped += lost
    intervals = both_intervals(statistics, task.measure)
    found = {"score": intervals[THESE_DOCUMENTS].estimate}
    for name, interval in intervals.items():
        if interval.varies:
            prefix = BOUNDS[name]
            found |= {f"{prefix}_low": interval.low, f"{prefix}_high": interval.high}
    if task.counts_predictions:
        section, name = task.headline
        parts = [task.breakdown(s, s.totals())[section][name] for s in statistics]
        found["precision"] = mean(part.precision for part in parts)
        found["recall"] = mean(part.recall for part in parts)
    unusable = sum(given[name] is None for given in by_epoch.values() for name in answered)
    return {
        **found,
        "answers": len(answered) * len(by_epoch),
        "unusable_answers": unusable,
        "unmapped_quotes": dropped["unmapped"],
        "invalid_items": dropped["invalid"],
    }
