"""Error reports of made-up and of real sentences."""

from __future__ import annotations

import random
import re
from dataclasses import replace
from typing import Any

import pytest

from eventbench.corpus.iob2 import from_iob2
from eventbench.corpus.loading import Corpus
from eventbench.corpus.model import Document, Sentence, Span
from eventbench.corpus.scheme import Scheme
from eventbench.evaluation.diagnosis import Diagnosis, diagnose_answers
from eventbench.leaderboard.judge import Judge
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


def made_rows() -> list[dict[str, Any]]:
    """Two articles with seen and unseen triggers, and a near-duplicate."""
    return [
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


def made_tags() -> dict[str, list[str]]:
    """Predictions with every outcome."""
    return {
        "a-1": ["O", "B-Hold", "I-Hold", "O", "O", "O", "O", "B-Hit", "O", "O"],
        "a-2": ["O", "B-Hit", "I-Flight"],
        "b-1": ["O", "B-Flight", "O", "B-Flight", "O", "I-Flight", "O"],
        "b-2": ["O", "B-Hit", "B-Flight", "I-Flight", "O", "O"],
        "b-3": ["O", "O", "O"],
        "c-1": ["an id that the rows do not have"],
    }


@pytest.fixture(scope="session")
def report() -> ErrorReport:
    """The made-up sentences with their predictions."""
    return analyse(made_rows(), made_tags())


def diagnosis_of(
    corpus: Corpus, rows: list[dict[str, Any]], *tags: dict[str, list[str]]
) -> Diagnosis:
    """The diagnosis of made-up sentences, with predictions of seeds 0, 1, …

    Args:
        corpus: gives what does not matter.
        rows: made by `row`; those of an article have growing offsets, or one is its only one.
        tags: predictions by row id.
    """
    labels = {
        t[2:]
        for found in ({r["id"]: r["ner_tags"] for r in rows}, *tags)
        for r in rows
        for t in found[r["id"]]
        if t != "O"
    }
    scheme = Scheme((), {label: {} for label in sorted(labels)})
    texts: dict[str, str] = {}
    sentences: dict[str, list[Sentence]] = {}
    made = []
    for r in rows:
        text = texts.get(r["doc_id"], "")
        start = max(len(text), r["token_starts"][0] if r["tokens"] else 0)
        moved = start - (r["token_starts"][0] if r["tokens"] else 0)
        r = {**r, **{k: [at + moved for at in r[k]] for k in ("token_starts", "token_ends")}}
        texts[r["doc_id"]] = text.ljust(start) + r["text"] + "\n"
        tokens = tuple(map(Span, r["token_starts"], r["token_ends"]))
        place = Span(start, start + len(r["text"]))
        sentences.setdefault(r["doc_id"], []).append(Sentence(r["id"], place, tokens))
        made.append(r)
    documents = tuple(Document(d, d, text, tuple(sentences[d])) for d, text in texts.items())
    fake = replace(corpus, scheme=scheme, documents=documents)
    gold = Gold(find_task("triggers"), fake, documents, tuple(made))
    return diagnose_answers(dict(enumerate(tags)), gold)


@pytest.fixture(scope="session")
def invented(corpus: Corpus) -> Diagnosis:
    """The made-up sentences: seed 0 has every outcome, seed 1 errors in the last article alone."""
    rows, tags = made_rows(), made_tags()
    right = {r["id"]: r["ner_tags"] for r in rows if r["doc_id"] == "a"}
    return diagnosis_of(corpus, rows, tags, {**tags, **right})


@pytest.fixture(scope="session")
def diagnoses(corpus: Corpus) -> dict[str, Diagnosis]:
    """Errors of every task in the real articles: two seeds, which are the annotation passes.

    The passes have few errors in spans: there it is the gold with noise.
    """
    judge = Judge(corpus)
    found = {}
    for name in judge.tasks:
        gold = judge.gold(name)
        answers: dict[int, Any] = dict(enumerate(judge.passes(name).values()))
        if name in ("triggers", "arguments"):
            rows = list(gold.rows)
            labels = ["O", *sorted({t for r in rows for t in r["ner_tags"]} - {"O"})]
            answers = {0: noisy(rows, labels, 0.1), 1: noisy(rows, labels, 0.05)}
        found[name] = diagnose_answers(answers, gold)
    return found


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
