"""Made-up runs, submitted to a leaderboard of their own, and means to spoil and forge entries."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import Any

import msgspec
import pytest
from making import MAIN_TASKS

from eventbench.corpus.loading import Corpus, load_corpus
from eventbench.errors import EventbenchError
from eventbench.leaderboard.entry import Result
from eventbench.leaderboard.submit import submit
from eventbench.leaderboard.verify import verify
from eventbench.scoring.intervals import bootstrap
from eventbench.tasks.base import Gold, Row
from eventbench.tasks.registry import TASKS, find_task

INFO = {
    "system": "half",
    "revision": "1",
    "name": "Half",
    "authors": ["A. Person", "B. Person"],
    "url": "https://example.org/half?of=it#all",
    "licence": "MIT",
    "description": "Knows half of it.",
    "training_data": "none",
    "encoder": "none",
    "parameters": 0,
    "protocol": "leave-one-document-out",
    "hardware": "1 CPU core",
    "cost": "nothing",
    "canary_seen": "no",
    "articles_seen": "unknown",
}


def write_info(path: Path, **changes: Any) -> Path:
    values = {key: value for key, value in (INFO | changes).items() if value is not None}
    # Strings, integers and lists of strings are the same in JSON and TOML.
    lines = (f"{key} = {json.dumps(value)}\n" for key, value in values.items())
    path.write_text("".join(lines), encoding="utf-8")
    return path


Keep = Callable[[int], bool]
"""Which rows (or, of whole events, which events of an article) a made-up system knows."""


def half(number: int) -> bool:
    return number % 2 == 0


def everything(number: int) -> bool:
    return True


def record(task: str, row: Row, number: int, keep: Keep) -> Row:
    """A prediction: the gold where ``keep`` says so, and nothing elsewhere."""
    if task == "events":
        events = [event for k, event in enumerate(row["events"]) if keep(k)]
        ids = {event["id"] for event in events}
        links = [link for link in row["links"] if {link["first"], link["second"]} <= ids]
        return {"id": row["id"], "events": events, "links": links}
    if task == "incidents-from-text":
        events = [event for k, event in enumerate(row["events"]) if keep(k)]
        ids = {event["id"] for event in events}
        told = find_task(task).gold(row)["incidents"]
        known = [{**one, "events": [e for e in one["events"] if e in ids]} for one in told]
        return {"id": row["id"], "events": events, "incidents": [i for i in known if i["events"]]}
    if task == "links":
        return {"id": row["id"], "links": [k for i, k in enumerate(row["links"]) if keep(i)]}
    if task == "attribution":
        answer = find_task(task).gold(row) if keep(number) else {"reported": "author"}
        return {"id": row["id"], "source": None, **answer}
    if task == "attributes":
        labels = find_task(task).gold(row)
        return {"id": row["id"], **(labels if keep(number) else dict.fromkeys(labels))}
    if task == "incidents":
        known = [one for k, one in enumerate(find_task(task).gold(row)) if keep(k)]
        return find_task(task).dump(row, known)
    if task == "values":
        return {"id": row["id"], "value": row["value"] if keep(number) else None}
    tags = row["ner_tags"] if keep(number) else ["O"] * len(row["tokens"])
    return {"id": row["id"], "tokens": row["tokens"], "ner_tags": tags}


def write_run(
    out: Path,
    corpus: Corpus,
    tasks: Iterable[str] = MAIN_TASKS,
    *,
    seeds: int = 1,
    keep: Keep = half,
    perfect: str | None = None,
) -> Path:
    """The predictions of a made-up system that knows the article ``perfect`` by heart."""
    for task in tasks:
        article = TASKS[task].article_column
        gold = Gold.of(find_task(task), corpus).rows
        for seed in range(seeds):
            for fold, document in enumerate(corpus.documents):
                known = everything if document.id == perfect else keep
                records = [
                    record(task, row, number + seed, known)
                    for number, row in enumerate(gold)
                    if row[article] == document.id
                ]
                path = out / task / f"seed{seed}" / f"fold{fold}.jsonl"
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text("".join(json.dumps(r) + "\n" for r in records), encoding="utf-8")
    return out


@pytest.fixture(scope="module")
def few_resamples() -> Iterator[None]:
    """What holds of intervals from a few resamples holds of those from many."""
    with pytest.MonkeyPatch.context() as patch:
        few = partial(bootstrap, resamples=50)
        patch.setattr("eventbench.evaluation.scoring.bootstrap", few)
        yield


@pytest.fixture(scope="module")
def made(few_resamples: None, tmp_path_factory: pytest.TempPathFactory, corpus: Corpus) -> Path:
    """A leaderboard with a sound entry: two tasks, two seeds of the first."""
    folder = tmp_path_factory.mktemp("made")
    run = write_run(folder / "run", corpus, ("triggers", "events"))
    write_run(run, corpus, ("triggers",), seeds=2)
    submit(run, write_info(folder / "entry.toml"), folder / "leaderboard")
    return folder


@pytest.fixture
def leaderboard(made: Path, tmp_path: Path) -> Path:
    """A copy of it to spoil."""
    shutil.copytree(made / "leaderboard", tmp_path / "leaderboard")
    return tmp_path / "leaderboard"


main_corpus = cache(load_corpus)
"""The main corpus, read once."""


def problems(leaderboard: Path, *only: Path, corpus: Corpus | None = None) -> tuple[str, ...]:
    return verify(leaderboard, only, corpus=corpus or main_corpus()).problems


def seal(entry: Path, change: Callable[[Result], Result] = lambda result: result) -> None:
    """Make ``result.json`` fit the files that are there, as whoever forges an entry would."""
    path = entry / "result.json"
    result = change(msgspec.json.decode(path.read_bytes(), type=Result))
    files = {
        str(file.relative_to(entry)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in [entry / "entry.toml", *sorted(entry.glob("predictions/*/*/*"))]
    }
    path.write_bytes(replace(result, files=files).to_bytes())


def flipped(content: bytes, position: int) -> bytes:
    return content[:position] + bytes([content[position] ^ 1]) + content[position + 1 :]


def cell(entry: Path) -> Path:
    return entry / "predictions/triggers/seed0/fold0.jsonl.gz"


def refused(
    run: Path, folder: Path, complaint: str, *, corpus: Corpus | None = None, **changes: Any
) -> None:
    """A submission is refused and leaves nothing behind."""
    info, board = write_info(folder / "entry.toml", **changes), folder / "leaderboard"
    with pytest.raises(EventbenchError, match=complaint):
        submit(run, info, board, corpus=corpus or main_corpus())
    assert not list(board.glob("*/half/1"))
