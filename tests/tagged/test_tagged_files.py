"""Files of tagged sentences, of any tags, scored against each other."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from making import write_format, write_lines

from eventbench import TASKS, Corpus, EventbenchError, load, score_files, score_sequences
from eventbench.scoring.statistics import AVERAGES
from eventbench.tagged.seqeval_check import seqeval_scores

Json = dict[str, Any]


def test_a_built_dataset_is_a_gold_file(tmp_path: Path) -> None:
    """Parquet with a ClassLabel column, as `datasets` writes it."""
    path = tmp_path / "test.parquet"
    load("triggers")["test"].to_parquet(path)
    found = score_files(path, path)
    assert found.scores["micro avg"].f1 == 1.0
    assert found.sentences == 30


ANY_TAG = st.sampled_from(["O", "B-a_b", "I-a_b", "B-a-b", "I-a-b", "B-É", "I-É"])
PAIRS = st.lists(st.lists(st.tuples(ANY_TAG, ANY_TAG), min_size=1, max_size=6), min_size=1)


@settings(deadline=None, max_examples=150)
@given(PAIRS)
def test_files_of_any_tags_score_as_seqeval_does(pairs: list[list[tuple[str, str]]]) -> None:
    def lines(side: int) -> list[Json]:
        return [
            {"id": str(i), "tokens": ["😀\u00a0x"] * len(s), "ner_tags": [p[side] for p in s]}
            for i, s in enumerate(pairs)
        ]

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        fast = score_files(
            *(write_lines(folder / f"{i}.jsonl", lines(i)) for i in (0, 1)), verify=False
        )
        slow = score_files(
            *(write_format(folder / f"{i}.conll", lines(i)) for i in (0, 1)), verify=False
        )
    assert fast == slow
    gold, found = ([[pair[i] for pair in s] for s in pairs] for i in (0, 1))
    assert score_sequences(gold, found) == fast.scores
    if fast.scores.keys() != {*AVERAGES}:
        assert fast.scores == seqeval_scores(gold, found)


@pytest.fixture(scope="module")
def right(corpus: Corpus) -> list[Json]:
    task = TASKS["triggers"]
    rows = task.rows(corpus.documents[:1], corpus.scheme)
    return [task.dump(row, task.gold(row)) for row in rows]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda lines: lines.pop(), "p.jsonl ends before this sentence"),
        (lambda lines: lines.append(lines[0]), "gold.jsonl ends before this sentence"),
        (lambda lines: lines[3].update(id="x"), "p.jsonl:4: is 'x', expected '000-004' here"),
        (lambda lines: lines[0]["tokens"].__setitem__(0, "W"), "p.jsonl:1: token 0 of 000-001"),
        (lambda lines: lines[0].update(ner_tags=["O"]), "p.jsonl:1: has 1 tags for 11 tokens"),
        (lambda lines: lines[0]["ner_tags"].__setitem__(0, "X"), "p.jsonl:1: unknown tag 'X'"),
        (lambda lines: lines[0]["ner_tags"].__setitem__(0, "B-"), "p.jsonl:1: unknown tag 'B-'"),
        (lambda lines: lines[0]["ner_tags"].__setitem__(0, None), "p.jsonl:1: ner_tags of 000-001"),
        (lambda lines: lines[0].pop("tokens"), "p.jsonl:1: has no 'tokens'"),
        (lambda lines: lines[0].update(id=1), "p.jsonl:1: id is 1, expected a string"),
    ],
)
def test_files_that_do_not_match_are_refused_with_file_and_line(
    right: list[Json], tmp_path: Path, change: Callable[[list[Json]], object], message: str
) -> None:
    gold = write_lines(tmp_path / "gold.jsonl", right)
    lines = [
        {**line, "tokens": [*line["tokens"]], "ner_tags": [*line["ner_tags"]]} for line in right
    ]
    change(lines)
    with pytest.raises(EventbenchError) as caught:
        score_files(gold, write_lines(tmp_path / "p.jsonl", lines))
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_sequences_that_do_not_match_are_refused() -> None:
    with pytest.raises(EventbenchError, match="sentence 1: 1 tags, the gold has 2"):
        score_sequences([["O"], ["O", "O"]], [["O"], ["O"]])
    with pytest.raises(EventbenchError, match="1 predicted sentences for 2 of the gold"):
        score_sequences([["O"], ["O"]], [["O"]])
    with pytest.raises(EventbenchError, match="sentence 0: unknown tag 'X'"):
        score_sequences([["O"]], [["X"]])
