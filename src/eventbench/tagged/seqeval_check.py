"""Compare our scores with seqeval's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from eventbench.errors import EventbenchError
from eventbench.scoring.statistics import AVERAGES, Score

MOST_TOKENS = 1_000_000
"""Maximum number of tokens for seqeval, which is slow and needs much memory."""


def seqeval_version() -> str:
    """Name and installed version, for reports."""
    from importlib.metadata import version

    return f"seqeval {version('seqeval')}"


def seqeval_scores(
    gold: Sequence[Sequence[str]], predicted: Sequence[Sequence[str]]
) -> dict[str, Score]:
    """Compute seqeval's scores in strict mode with IOB2, by class, then by average."""
    from seqeval.metrics import classification_report
    from seqeval.scheme import IOB2

    report = classification_report(
        gold, predicted, output_dict=True, mode="strict", scheme=IOB2, zero_division=0
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


def verify(
    scores: Mapping[str, Score], sentences: Sequence[tuple[Sequence[str], Sequence[str]]]
) -> bool:
    """Check scores by class and average against seqeval's.

    Args:
        scores: ours.
        sentences: gold and predicted tags of each sentence.

    Returns:
        False without any entity: seqeval cannot average over none, so it is not called.

    Raises:
        EventbenchError: if a figure differs, which would be a bug in eventbench.
    """
    if scores.keys() == set(AVERAGES):
        return False
    theirs = seqeval_scores([gold for gold, _ in sentences], [tags for _, tags in sentences])
    if theirs != scores:
        name = next(k for k in {**theirs, **scores} if theirs.get(k) != scores.get(k))
        raise EventbenchError(
            f"our figures differ from seqeval's: {name} is {scores.get(name)} and "
            f"{theirs.get(name)}; please report this"
        )
    return True
