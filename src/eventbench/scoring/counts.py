"""Count entities of IOB2 tags on integer arrays, and compute precision, recall and F1.

Every score, interval and test is computed from such counts, so tags are read only once.
Counting follows seqeval with ``mode="strict"`` and ``scheme=IOB2``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

CORRECT, PREDICTED, GOLD = 0, 1, 2
"""The last axis of counts: correct, predicted and gold entities."""

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Labels:
    """Integer codes of tags: 0 for "O" (or any tag outside entities), then B-k and I-k.

    Class k has the codes 2k+1 (B-) and 2k+2 (I-), in the order of our ClassLabels.
    """

    classes: tuple[str, ...]
    codes: dict[str, int]


def labels_of(tags: Sequence[str]) -> Labels:
    """Derive the codes from tag names, with classes in seqeval's order."""
    classes = tuple(sorted({tag[2:] for tag in tags if tag[:2] in ("B-", "I-")}))
    codes = {"O": 0}
    for k, name in enumerate(classes):
        codes[f"B-{name}"], codes[f"I-{name}"] = 2 * k + 1, 2 * k + 2
    return Labels(classes, codes)


def count_entities(
    gold: NDArray[np.integer],
    predicted: NDArray[np.integer],
    lengths: NDArray[np.integer],
    classes: int,
    *,
    block: int = 1 << 20,
) -> Ints:
    """Count entities, as seqeval does in strict mode with IOB2.

    An entity begins at each B-k and continues over the following I-k, at most to the end
    of the sentence; other I- tags are ignored. A predicted entity is correct if the gold
    has an entity of the same class with the same bounds.

    Args:
        gold: shape (tokens,): codes of `Labels`, sentence after sentence.
        predicted: shape (tokens,): codes of the predictions.
        lengths: shape (sentences,): number of tokens of each sentence.
        classes: number of classes.
        block: tokens counted at a time, which bounds memory use.

    Returns:
        Shape (sentences, classes, 3): correct, predicted, gold.
    """
    result = np.zeros((len(lengths), classes, 3), dtype=np.int64)
    ends = np.cumsum(lengths, dtype=np.int64)
    first = 0
    while first < len(lengths):
        start = int(ends[first] - lengths[first])
        last = max(first + 1, int(np.searchsorted(ends, start + block, side="right")))
        stop = int(ends[last - 1])
        result[first:last] = _count_block(
            gold[start:stop], predicted[start:stop], lengths[first:last], classes
        )
        first = last
    return result


def _count_block(
    gold: NDArray[np.integer],
    predicted: NDArray[np.integer],
    lengths: NDArray[np.integer],
    classes: int,
) -> Ints:
    sentences = len(lengths)
    starts = np.zeros(len(gold), dtype=bool)
    offsets = np.cumsum(lengths, dtype=np.int64) - lengths
    starts[offsets[lengths > 0]] = True
    begins_gold = np.flatnonzero(gold & 1)
    begins_predicted = np.flatnonzero(predicted & 1)
    both = begins_gold[predicted[begins_gold] == gold[begins_gold]]
    right = both[_ends(gold, starts, both) == _ends(predicted, starts, both)]

    result = np.zeros((sentences, classes, 3), dtype=np.int64)
    for kind, places, tags in (
        (CORRECT, right, gold),
        (PREDICTED, begins_predicted, predicted),
        (GOLD, begins_gold, gold),
    ):
        sentence = np.searchsorted(offsets, places, side="right") - 1
        cell = sentence * classes + (tags[places].astype(np.int64) >> 1)
        result[:, :, kind] = np.bincount(cell, minlength=sentences * classes).reshape(
            sentences, classes
        )
    return result


def _ends(
    tags: NDArray[np.integer], starts: NDArray[np.bool_], places: NDArray[np.intp]
) -> NDArray[np.intp]:
    """Ends of the entities that begin at ``places``: the first token after each."""
    # I-k continues a B-k or I-k before it: (code - 1) // 2 is the class of both.
    goes_on = np.zeros(len(tags) + 1, dtype=bool)
    same_class = (tags[1:] - 1) >> 1 == (tags[:-1] - 1) >> 1
    goes_on[1:-1] = (tags[1:] & 1 == 0) & (tags[1:] > 0) & same_class & ~starts[1:]
    breaks = np.flatnonzero(~goes_on)
    found: NDArray[np.intp] = breaks[np.searchsorted(breaks, places, side="right")]
    return found


@dataclass(frozen=True)
class Prf:
    """Precision, recall and F1, as arrays of the leading shape of the counts."""

    precision: Floats
    recall: Floats
    f1: Floats


def prf(counts: Ints) -> Prf:
    """Precision, recall and F1 of counts (…, 3); 0 where a denominator is 0.

    F1 is 2·P·R / (P + R), in seqeval's order of operations, so that even the last bit agrees.
    """
    correct, predicted, gold = (counts[..., i] for i in (CORRECT, PREDICTED, GOLD))
    precision = correct / np.where(predicted == 0, 1, predicted)
    recall = correct / np.where(gold == 0, 1, gold)
    denominator = precision + recall
    f1 = 2.0 * precision * recall / np.where(denominator == 0.0, 1.0, denominator)
    return Prf(precision, recall, f1)


def micro_f1(counts: Ints) -> Floats:
    """Micro-averaged F1 of counts (…, classes, 3)."""
    return prf(counts.sum(axis=-2)).f1


def macro_f1(counts: Ints) -> Floats:
    """Macro-averaged F1 of counts (…, classes, 3): the mean over classes that occur.

    As in seqeval, a class occurs if it has an entity in the gold or the predictions.
    """
    occurs = (counts[..., PREDICTED] > 0) | (counts[..., GOLD] > 0)
    total = np.where(occurs, prf(counts).f1, 0.0).sum(axis=-1)
    result: Floats = total / np.maximum(occurs.sum(axis=-1), 1)
    return result
