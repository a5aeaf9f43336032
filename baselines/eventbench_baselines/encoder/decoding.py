"""Decoding: from probabilities to tags and attribute values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from eventbench import Scheme
from eventbench_baselines.encoder.examples import Example
from eventbench_baselines.rows import OUTSIDE

Floats = np.ndarray[Any, np.dtype[np.float64]]


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
    scores = np.log(probabilities[list(example.places)] + 1e-12)
    if allowed is not None:
        scores[:, [label != OUTSIDE and label[2:] not in allowed for label in labels]] = -np.inf
    tags = best_tags(scores, labels)
    behind = example.length - example.first - len(tags)
    return [OUTSIDE] * example.first + tags + [OUTSIDE] * behind


def values_of(
    example: Example, probabilities: Floats, heads: Mapping[str, Sequence[str]], scheme: Scheme
) -> dict[str, str | None]:
    """The most probable label of each attribute among those that the event's type can have.

    Args:
        example: the example.
        probabilities: shape (words, labels of all heads).
        heads: the labels of each attribute, in the order of the columns.
        scheme: the values that each type may have.
    """
    values: dict[str, str | None] = dict.fromkeys(scheme.attributes)
    first = 0
    for name, labels in heads.items():
        of_head = probabilities[example.mark, first : first + len(labels)]
        first += len(labels)
        value_of = scheme.attributes[name].value_of
        allowed = [
            i for i, label in enumerate(labels) if value_of(example.event_type, label) is not None
        ]
        if allowed:
            values[name] = labels[max(allowed, key=lambda i: float(of_head[i]))]
    return values
