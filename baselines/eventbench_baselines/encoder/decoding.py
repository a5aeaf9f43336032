"""Decoding: from probabilities to tags and attribute values."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from eventbench import from_iob2
from eventbench_baselines.encoder.examples import Example
from eventbench_baselines.encoder.passages import Word
from eventbench_baselines.rows import OUTSIDE, span_tags

Floats = np.ndarray[Any, np.dtype[np.float64]]

TINY = 1e-12
"""Added to probabilities before their logarithm is taken, or their ratio."""

DIGITS = 4
"""Decimal places of the probabilities of events; more of them depend on the machine."""


def best_tags(scores: Floats, labels: Sequence[str]) -> list[str]:
    """The best valid IOB2 sequence, by the Viterbi algorithm.

    Args:
        scores: log-probabilities, shape (tokens, labels).
        labels: their names; one of them is "O".
    """
    if not len(scores):
        return []
    kinds = [label[2:] for label in labels]
    inside = np.array([label.startswith("I-") for label in labels])
    same = np.array([[a == b != "" for b in kinds] for a in kinds])
    step = np.where(inside[None, :] & ~same, -np.inf, 0.0)
    best = np.where(inside, -np.inf, scores[0])
    back = []
    for row in scores[1:]:
        ways = best[:, None] + step
        back.append(ways.argmax(axis=0))
        best = ways.max(axis=0) + row
    path = [int(best.argmax())]
    for choice in reversed(back):
        path.append(int(choice[path[-1]]))
    return [labels[i] for i in reversed(path)]


def tags_of(
    example: Example,
    probabilities: Floats,
    labels: Sequence[str],
    kinds: Mapping[str, Sequence[str]],
) -> list[str]:
    """The best tags of all tokens of an example's row.

    Args:
        example: the example.
        probabilities: shape (words, labels).
        labels: names of the columns.
        kinds: the kinds of spans that each event type may have; all if the type is missing.
    """
    allowed = kinds.get(example.event_type)
    scores = np.log(probabilities[list(example.places)] + TINY)
    if allowed is not None:
        scores[:, [label != OUTSIDE and label[2:] not in allowed for label in labels]] = -np.inf
    tags = best_tags(scores, labels)
    behind = example.length - example.first - len(tags)
    return [OUTSIDE] * example.first + tags + [OUTSIDE] * behind


def without_cut_words(tags: Sequence[str], words: Sequence[Word]) -> list[str]:
    """Extend entities that cut a word joined by hyphens ("rebel-held"), unless they would overlap.

    Args:
        tags: IOB2 tags.
        words: the words, of which those that touch in the article make one written word.
    """
    joined = [
        a.end == b.start and (a.text.endswith("-") or b.text.startswith("-"))
        for a, b in pairwise(words)
    ]
    repaired = list(tags)
    for label, first, last in from_iob2(tags):
        while first and joined[first - 1] and repaired[first - 1] == OUTSIDE:
            first -= 1
        while last < len(words) and joined[last - 1] and repaired[last] == OUTSIDE:
            last += 1
        repaired[first:last] = span_tags(label, last - first)
    return repaired


def span_probability(
    probabilities: Floats, labels: Sequence[str], kind: str, first: int, last: int
) -> float:
    """How probable a decoded span is: the probability of its least probable tag.

    The tags of a span are nearly one decision, so their product would be too low. That all of
    them are right is never more probable than the least probable one.

    Args:
        probabilities: of the tags of a sentence, shape (tokens, labels).
        labels: names of the columns.
        kind: what the span is tagged with, without "B-" and "I-".
        first: index of the span's first token.
        last: index after its last token.
    """
    tags = span_tags(kind, last - first)
    found = [probabilities[first + k, labels.index(tag)] for k, tag in enumerate(tags)]
    return rounded(min(found))


def rounded(probability: float) -> float:
    """A probability as events have it: with few digits, and never beyond 0 and 1."""
    return round(min(1.0, max(0.0, float(probability))), DIGITS)


def label_of(
    probabilities: Floats, labels: Sequence[str], allowed: Callable[[str], bool]
) -> str | None:
    """The most probable of the allowed labels; None if there is none.

    Args:
        probabilities: of one word, shape (labels,).
        labels: their names.
        allowed: returns True for labels that may be chosen.
    """
    return choice_of(probabilities, labels, allowed)[0]


def choice_of(
    probabilities: Floats, labels: Sequence[str], allowed: Callable[[str], bool]
) -> tuple[str | None, float]:
    """Like `label_of`, with the probability of the label among those allowed."""
    possible = [k for k, label in enumerate(labels) if allowed(label)]
    if not possible:
        return None, 0.0
    best = max(possible, key=lambda k: float(probabilities[k]))
    among = float(sum(probabilities[k] + TINY for k in possible))
    return labels[best], rounded((probabilities[best] + TINY) / among)
