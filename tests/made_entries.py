"""Made-up entries of the leaderboard, and the board and site that they give."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from eventbench.corpus.loading import Corpus
from eventbench.leaderboard.board import Board
from eventbench.leaderboard.entry import Data, Entry, Result, TaskResult
from eventbench.leaderboard.info import Info
from eventbench.leaderboard.judge import Judge
from eventbench.leaderboard.ranking import rank
from eventbench.leaderboard.site import build_board
from eventbench.leaderboard.speed import Speed, speed_bytes
from eventbench.scoring.intervals import Interval
from eventbench.tasks.tagging import TaggingTask

HOSTILE = (
    "<script>alert('x')</script>\"><img src=x onerror=alert(1)> ](javascript:alert(2)) |`*_ 🌾"
)
BIDI = "\u202eevil\u2066 שלום"

Tags = dict[str, list[str]]


def noisy(judge: Judge, task: str, rate: float, seed: int) -> Tags:
    """The gold, but for a share of its tags."""
    chance = random.Random(seed)
    gold = judge.gold(task)
    assert isinstance(gold.task, TaggingTask)
    known = gold.task.labels(gold.scheme)
    return {
        row["id"]: [
            t if t == "O" or chance.random() >= rate else chance.choice(["O", *known])
            for t in row["ner_tags"]
        ]
        for row in gold.rows
    }


def task_result(judge: Judge, task: str, tags: Mapping[int, Tags]) -> TaskResult:
    """The scores of some tags, with intervals that are made up."""
    result = judge.score(dict(tags), task)
    mean = result.score.mean
    intervals = {
        "these_documents": Interval(mean, mean - 0.04, mean + 0.03, 0.95),
        "new_documents": Interval(mean, max(0.0, mean - 0.11), min(1.0, mean + 0.09), 0.95),
    }
    return replace(result, intervals=intervals)


def entry(
    folder: Path,
    corpus: Corpus,
    system: str,
    rate: float,
    tasks: Sequence[str] = ("triggers", "arguments"),
    seeds: int = 2,
    seconds: float | None = None,
    **info: Any,
) -> Entry:
    """An entry with its files, but a ``result.json`` that holds nothing.

    ``seconds`` is how long it takes for triggers; not measured if None.
    """
    path = folder / system / "1"
    judge = Judge(corpus)
    tasks_of = {
        task: {seed: noisy(judge, task, rate, seed + len(system)) for seed in range(seeds)}
        for task in tasks
    }
    names = ["entry.toml"]
    for task, by_seed in tasks_of.items():
        tokens = {row["id"]: row["tokens"] for row in judge.gold(task).rows}
        for seed, tags in by_seed.items():
            names.append(f"predictions/{task}/seed{seed}/fold0.jsonl")
            lines = [{"id": k, "tokens": tokens[k], "ner_tags": v} for k, v in tags.items()]
            (path / names[-1]).parent.mkdir(parents=True)
            text = "".join(json.dumps(line) + "\n" for line in lines)
            (path / names[-1]).write_text(text, encoding="utf-8")
    (path / "entry.toml").write_text(f"name = '{system}'\n", encoding="utf-8")
    (path / "result.json").write_text("{}\n", encoding="utf-8")
    speed = {"triggers": Speed(seconds, f"machine {HOSTILE}", 5)} if seconds else {}
    if speed:
        (path / "speed.json").write_bytes(speed_bytes(speed))
    said = Info(
        system=system,
        revision="1",
        name=system.capitalize(),
        authors=("A. Person",),
        url="https://example.org/x?a=1&b=2",
        licence="MIT",
        description="made up",
        training_data="none",
        encoder="none",
        parameters=1000,
        protocol="leave-one-document-out",
        hardware="a machine",
        cost="little",
        canary_seen="no",
        articles_seen="no",
    )
    result = Result(
        data=judge.data(list(tasks)),
        versions={"eventbench": "0.1.0"},
        files={name: hashlib.sha256((path / name).read_bytes()).hexdigest() for name in names},
        tasks={task: task_result(judge, task, tags) for task, tags in tasks_of.items()},
    )
    return Entry(path, replace(said, **info), result, {}, speed)


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("made") / "leaderboard"


@pytest.fixture(scope="session")
def entries(folder: Path, corpus: Corpus) -> list[Entry]:
    texts = dict.fromkeys(
        ("licence", "description", "training_data", "encoder", "hardware", "cost", "explanation"),
        f"{HOSTILE} {BIDI}",
    )
    hostile = {**texts, "name": HOSTILE, "authors": (HOSTILE, BIDI), "url": "http://a/?x=';&y=~"}
    earlier = entry(folder, corpus, "earlier", 0.1)
    data = Data(corpus.id, "0.9.0", dict.fromkeys(("triggers", "arguments"), "0" * 16))
    return [
        entry(folder, corpus, "better", 0.2, seconds=20, parameters=10**8, articles_seen="unknown"),
        entry(folder, corpus, "best", 0.18, parameters=None, protocol="no training"),
        entry(folder, corpus, "worst", 0.9, seeds=1, seconds=0.02, parameters=0),
        entry(folder, corpus, "triggers", 0.6, ["triggers"], encoder="some/bert"),
        entry(folder, corpus, "annotator", 0.05, seeds=1, kind="ceiling"),
        entry(folder, corpus, "hostile", 0.5, **hostile),
        replace(earlier, result=replace(earlier.result, data=data)),
    ]


@pytest.fixture(scope="session")
def board(folder: Path, entries: list[Entry], corpus: Corpus) -> Board:
    return rank(folder, entries, corpus)


@pytest.fixture(scope="session")
def site(board: Board, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("built") / "site"
    build_board(board, out)
    return out
