"""Count entities of IOB2 tags on integer arrays, and compute precision, recall and F1.

Every score, interval and test is computed from such counts, so tags are read only once.
Counting follows seqeval with ``mode="strict"`` and ``scheme=IOB2``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

CORRECT, PREDICTED, GOLD = 0, 1, 2
"""The last axis of counts: correct, predicted and gold entities."""

SHORT = 8
"""Steps taken token by token to find the ends of entities; longer entities are searched for."""

RESIDUE = 1e-9
"""More than rounding leaves of a count of 0, and less than one entity of one seed."""

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Labels:
    """Integer codes of tags: 0 for "O" (or any tag outside entities), then B-k and I-k.

    Class k, in the order of ``classes``, has the codes 2k+1 (B-) and 2k+2 (I-).
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
    for first, last, tokens in _blocks(lengths, block):
        offsets = _offsets(lengths[first:last])
        entities = _find(gold[tokens], predicted[tokens], offsets)
        for kind, (places, codes) in entities.items():
            sentence = np.searchsorted(offsets, places, side="right") - 1
            cells = sentence * classes + (codes.astype(np.int64) >> 1)
            counts = np.bincount(cells, minlength=(last - first) * classes)
            result[first:last, :, kind] = counts.reshape(last - first, classes)
    return result


def total_entities(
    gold: NDArray[np.integer],
    predicted: NDArray[np.integer],
    lengths: NDArray[np.integer],
    classes: int,
    *,
    block: int = 1 << 18,
) -> Ints:
    """Count entities as `count_entities` does, summed over the sentences.

    Time and memory do not grow with sentences times classes.

    Returns:
        Shape (classes, 3): correct, predicted, gold.
    """
    result = np.zeros((classes, 3), dtype=np.int64)
    for first, last, tokens in _blocks(lengths, block):
        entities = _find(gold[tokens], predicted[tokens], _offsets(lengths[first:last]))
        for kind, (_, codes) in entities.items():
            result[:, kind] += np.bincount(codes >> 1, minlength=classes)
    return result


def stray_tags(tags: NDArray[np.integer], lengths: NDArray[np.integer]) -> NDArray[np.intp]:
    """The places of the I- tags that belong to no entity, in order.

    These are the I-k that follow neither a B-k nor an I-k of their sentence, and the I-k
    that follow such a tag.

    Args:
        tags: shape (tokens,), codes as `Labels` has them, sentence after sentence.
        lengths: shape (sentences,): tokens of each sentence.
    """
    goes_on = _goes_on(tags, _offsets(lengths))
    heads = np.flatnonzero((tags & 1 == 0) & (tags > 0) & ~goes_on[:-1])
    if not len(heads):
        return heads
    sizes = _stops(goes_on, heads) - heads
    within = np.arange(int(sizes.sum())) - np.repeat(_offsets(sizes), sizes)
    found: NDArray[np.intp] = np.repeat(heads, sizes) + within
    return found


def _blocks(lengths: NDArray[np.integer], block: int) -> Iterator[tuple[int, int, slice]]:
    """Whole sentences of up to ``block`` tokens: first, one behind the last, their tokens."""
    ends = np.cumsum(lengths, dtype=np.int64)
    first = 0
    while first < len(lengths):
        start = int(ends[first] - lengths[first])
        last = max(first + 1, int(np.searchsorted(ends, start + block, side="right")))
        yield first, last, slice(start, int(ends[last - 1]))
        first = last


def _offsets(lengths: NDArray[np.integer]) -> NDArray[np.int64]:
    """The first token of each sentence."""
    return np.cumsum(lengths, dtype=np.int64) - lengths


def _find(
    gold: NDArray[np.integer], predicted: NDArray[np.integer], offsets: NDArray[np.int64]
) -> dict[int, tuple[NDArray[np.intp], NDArray[np.integer]]]:
    """First tokens and B- codes of the correct, predicted and gold entities."""
    in_gold, in_predicted = _goes_on(gold, offsets), _goes_on(predicted, offsets)
    begins_gold = np.flatnonzero(gold & 1)
    begins_predicted = np.flatnonzero(predicted & 1)
    # Two entities that begin alike go on side by side up to the first token where one of
    # them, or both, end.
    both = begins_gold[gold[begins_gold] == predicted[begins_gold]]
    stops = _stops(in_gold & in_predicted, both)
    right = both[~(in_gold[stops] | in_predicted[stops])]
    return {
        CORRECT: (right, gold[right]),
        PREDICTED: (begins_predicted, predicted[begins_predicted]),
        GOLD: (begins_gold, gold[begins_gold]),
    }


def _stops(goes_on: NDArray[np.bool_], begins: NDArray[np.intp]) -> NDArray[np.intp]:
    """The first token behind each beginning that does not go on."""
    stops = begins + 1
    active = np.flatnonzero(goes_on[stops])
    for _ in range(SHORT):
        if not len(active):
            return stops
        stops[active] += 1
        active = active[goes_on[stops[active]]]
    breaks = np.flatnonzero(~goes_on)
    stops[active] = breaks[np.searchsorted(breaks, stops[active])]
    return stops


def _goes_on(tags: NDArray[np.integer], offsets: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Where a tag continues the one before it: an I-k behind a B-k or I-k of its sentence.

    Returns:
        Shape (tokens + 1,); the last is False.
    """
    result = np.zeros(len(tags) + 1, dtype=bool)
    # 2k+1 (B-k) and 2k+2 (I-k) become 2k+2; 0 (O) stays.
    inside = tags + (tags & 1)
    result[1:-1] = (inside[:-1] == tags[1:]) & (tags[1:] != 0)
    result[offsets] = False
    return result


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

    As in seqeval, a class occurs if it has an entity in the gold or the predictions. Counts
    may be means over seeds: what sums and differences leave of a 0 is not an entity.
    """
    occurs = (counts[..., PREDICTED] > RESIDUE) | (counts[..., GOLD] > RESIDUE)
    total = np.where(occurs, prf(counts).f1, 0.0).sum(axis=-1)
    result: Floats = total / np.maximum(occurs.sum(axis=-1), 1)
    return result
