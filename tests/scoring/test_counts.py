"""The counting engine against seqeval, bit for bit."""

from __future__ import annotations

import random
import warnings

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from seqeval.metrics import classification_report
from seqeval.scheme import IOB2, Entities

from eventbench import from_iob2
from eventbench.scoring.counts import (
    count_entities,
    labels_of,
    macro_f1,
    micro_f1,
    prf,
    stray_tags,
    total_entities,
)

NAMES = ["A", "B-C", "D_E", "I"]
TAGS = ["O", *(f"{p}-{n}" for n in NAMES for p in "BI")]
LABELS = labels_of(TAGS)
SENTENCE = st.lists(st.tuples(st.sampled_from(TAGS), st.sampled_from(TAGS)), max_size=9)


def counted(sentences: list[list[tuple[str, str]]], block: int = 1 << 20) -> np.ndarray:
    gold, predicted = (
        np.array([LABELS.codes[pair[side]] for s in sentences for pair in s], dtype=np.int8)
        for side in (0, 1)
    )
    lengths = np.array([len(s) for s in sentences], dtype=np.int64)
    return count_entities(gold, predicted, lengths, len(LABELS.classes), block=block)


SENTENCES = st.lists(SENTENCE, min_size=1, max_size=8)
"""Up to eight sentences, with invalid, empty and all-O ones among them."""
BLOCKS = st.sampled_from([1, 5, 1 << 20])


@settings(max_examples=300)
@given(SENTENCES, BLOCKS)
def test_counts_and_scores_are_seqevals(sentences: list[list[tuple[str, str]]], block: int) -> None:
    check_against_seqeval(sentences, block)


def test_counts_are_seqevals_in_twenty_thousand_sentences() -> None:
    """What scores are computed of; the scores themselves are compared above."""
    chance = random.Random(0)
    sentences = [
        [(chance.choice(TAGS), chance.choice(TAGS)) for _ in range(chance.randrange(10))]
        for _ in range(20_000)
    ]
    gold, predicted = (
        Entities([[pair[side] for pair in s] for s in sentences], IOB2).entities for side in (0, 1)
    )
    expected = np.zeros((len(sentences), len(LABELS.classes), 3), dtype=np.int64)
    for number, sides in enumerate(zip(gold, predicted, strict=True)):
        ours, theirs = ({(e.start, e.end, e.tag) for e in side} for side in sides)
        for k, found in enumerate((ours & theirs, theirs, ours)):
            for _, _, tag in found:
                expected[number, LABELS.classes.index(tag), k] += 1
    assert counted(sentences).tolist() == expected.tolist()
    assert expected.sum(axis=(0, 1)).min() > 1000


@settings(max_examples=300)
@given(SENTENCES, BLOCKS)
def test_totals_are_sums_and_stray_tags_are_those_of_no_entity(
    sentences: list[list[tuple[str, str]]], block: int
) -> None:
    gold, predicted = ([[pair[side] for pair in s] for s in sentences] for side in (0, 1))
    lengths = np.array([len(s) for s in sentences])
    coded = [
        np.array([LABELS.codes[t] for s in tags for t in s], int) for tags in (gold, predicted)
    ]
    total = total_entities(*coded, lengths, len(LABELS.classes), block=block)
    assert total.tolist() == counted(sentences).sum(axis=0).tolist()
    for tags, codes in ((gold, coded[0]), (predicted, coded[1])):
        expected, offset = [], 0
        for sentence in tags:
            inside = {i for _, first, last in from_iob2(sentence) for i in range(first, last)}
            expected += [
                offset + i for i, t in enumerate(sentence) if t[0] == "I" and i not in inside
            ]
            offset += len(sentence)
        assert stray_tags(codes, lengths).tolist() == expected


def check_against_seqeval(sentences: list[list[tuple[str, str]]], block: int) -> None:
    values = counted(sentences, block)
    total = values.sum(axis=0)
    occurring = (total[:, 1] > 0) | (total[:, 2] > 0)
    gold, predicted = ([[pair[side] for pair in s] for s in sentences] for side in (0, 1))
    if not occurring.any():
        assert micro_f1(total) == macro_f1(total) == 0.0
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        report = classification_report(
            gold, predicted, output_dict=True, mode="strict", scheme=IOB2, zero_division=0
        )
    scores = prf(total)
    for k, name in enumerate(LABELS.classes):
        assert (name in report) == bool(occurring[k])
        if occurring[k]:
            expected = report[name]
            assert scores.precision[k] == expected["precision"]
            assert scores.recall[k] == expected["recall"]
            assert scores.f1[k] == expected["f1-score"]
            assert total[k, 2] == expected["support"]
    pooled = prf(total.sum(axis=0))
    assert pooled.precision == report["micro avg"]["precision"]
    assert pooled.recall == report["micro avg"]["recall"]
    assert pooled.f1 == micro_f1(total) == report["micro avg"]["f1-score"]
    np.testing.assert_allclose(macro_f1(total), report["macro avg"]["f1-score"], rtol=1e-15)


def test_counting_is_by_sentence() -> None:
    sentences = [
        [("B-A", "B-A"), ("I-A", "O")],
        [],
        [("B-A", "B-A"), ("O", "I-D_E")],
        [("I-A", "B-I"), ("O", "O")],
    ]
    values = counted(sentences)
    assert values.shape == (4, 4, 3)
    assert values[:, LABELS.classes.index("A")].tolist() == [
        [0, 1, 1], [0, 0, 0], [1, 1, 1], [0, 0, 0],
    ]  # fmt: skip
    assert values[3, LABELS.classes.index("I")].tolist() == [0, 1, 0]
