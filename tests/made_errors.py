"""Error reports of made-up and of real sentences."""

from __future__ import annotations

import random
import re
from typing import Any

import pytest

from eventbench.corpus.iob2 import from_iob2
from eventbench.corpus.loading import Corpus
from eventbench.scoring.error_analysis import ErrorReport, analyse
from eventbench.tasks.base import Gold, Row
from eventbench.tasks.registry import find_task


def row(
    id: str,
    text: str,
    tags: str,
    seen: list[bool] | None = None,
    twins: tuple[str, ...] = (),
    offset: int = 0,
) -> dict[str, Any]:
    """A row of "triggers"; tokens are words, tags stand in one string."""
    words = [match.span() for match in re.finditer(r"\S+", text)]
    ner_tags = tags.split()
    assert len(ner_tags) == len(words)
    return {
        "id": id,
        "doc_id": id.partition("-")[0],
        "text": text,
        "tokens": [text[start:end] for start, end in words],
        "token_starts": [offset + start for start, _ in words],
        "token_ends": [offset + end for _, end in words],
        "ner_tags": ner_tags,
        "near_duplicates": list(twins),
        "triggers_seen": [True] * len(from_iob2(ner_tags)) if seen is None else seen,
    }


@pytest.fixture(scope="session")
def report() -> ErrorReport:
    """Two articles with every outcome, seen and unseen triggers, a near-duplicate."""
    made = [
        row(
            "a-1",
            "Rebels took control of a <b>town</b> & shelled “it” .",
            "O B-Hold I-Hold I-Hold O O O B-Hit O O",
            seen=[True, False],
            twins=("b-2",),
            offset=40,
        ),
        row("a-2", "Nothing  happened .", "O O O", offset=100),
        row("b-1", "They fled , died and fled .", "O B-Flight O B-Hit O B-Flight O", [False] * 3),
        row("b-2", "A raid hit 🌾 home .", "O B-Hit I-Hit O O O", seen=[True]),
        row("b-3", "All quiet .", "O O O"),
    ]
    tags = {
        "a-1": ["O", "B-Hold", "I-Hold", "O", "O", "O", "O", "B-Hit", "O", "O"],
        "a-2": ["O", "B-Hit", "I-Flight"],
        "b-1": ["O", "B-Flight", "O", "B-Flight", "O", "I-Flight", "O"],
        "b-2": ["O", "B-Hit", "B-Flight", "I-Flight", "O", "O"],
        "b-3": ["O", "O", "O"],
        "c-1": ["an id that the rows do not have"],
    }
    return analyse(made, tags)


def gold_rows(corpus: Corpus, task: str) -> list[Row]:
    """The rows of a task, with the columns about other articles."""
    return list(Gold.of(find_task(task), corpus, with_seen=True).rows)


def noisy(found: list[Row], labels: list[str], rate: float) -> dict[str, list[str]]:
    """Predictions that are the gold, but for some tags."""
    chance = random.Random(0)
    return {
        r["id"]: [chance.choice(labels) if chance.random() < rate else t for t in r["ner_tags"]]
        for r in found
    }


@pytest.fixture(scope="session")
def real(corpus: Corpus) -> dict[str, ErrorReport]:
    """The gold of each task against itself with noise: every outcome in real sentences."""
    reports = {}
    for task in ("triggers", "arguments"):
        found = gold_rows(corpus, task)
        labels = ["O", *sorted({t for r in found for t in r["ner_tags"]} - {"O"})]
        reports[task] = analyse(found, noisy(found, labels, 0.1))
    return reports
