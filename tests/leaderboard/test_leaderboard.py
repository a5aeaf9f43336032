"""Entries are recomputed, and nothing in one is trusted."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import random
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml
from conftest import ROOT

from eventbench import Corpus, EventbenchError, load_corpus, read_and_score
from eventbench.dataset.building import TASKS, rows
from eventbench.evaluation.predictions import read_predictions
from eventbench.html.error_analysis import analyse
from eventbench.leaderboard.entry import (
    DEEPEST_JSON,
    MOST_FILES,
    MOST_PACKED,
    MOST_SEEDS,
    MOST_UNPACKED,
    Result,
    load_entries,
    read_entry,
    read_info,
)
from eventbench.leaderboard.submit import submit, verify

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


def record(task: str, row: dict[str, Any], number: int, keep: Keep) -> dict[str, Any]:
    """A prediction: the gold where ``keep`` says so, and nothing elsewhere."""
    if task == "events":
        events = [event for k, event in enumerate(row["events"]) if keep(k)]
        ids = {event["id"] for event in events}
        links = [link for link in row["links"] if {link["first"], link["second"]} <= ids]
        return {"id": row["id"], "events": events, "links": links}
    if task == "attributes":
        names = ("subtype", "status", "reported", "contested")
        return {"id": row["id"], **{name: row[name] if keep(number) else None for name in names}}
    tags = row["ner_tags"] if keep(number) else ["O"] * len(row["tokens"])
    return {"id": row["id"], "tokens": row["tokens"], "ner_tags": tags}


def write_run(
    out: Path,
    corpus: Corpus,
    tasks: Sequence[str] = TASKS,
    *,
    seeds: int = 1,
    keep: Keep = half,
    perfect: str | None = None,
) -> Path:
    """The predictions of a made-up system that knows the article ``perfect`` by heart."""
    for task in tasks:
        article = "id" if task == "events" else "doc_id"
        gold = rows(corpus, task, with_seen=False)
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


@pytest.fixture(scope="module", autouse=True)
def few_resamples() -> Iterator[None]:
    """What holds of intervals from a few resamples holds of those from many."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("eventbench.evaluation.report.RESAMPLES", 50)
        yield


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, corpus: Corpus) -> Path:
    """A leaderboard with a sound entry: all tasks, two seeds of the first."""
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


def problems(leaderboard: Path, *only: Path) -> tuple[str, ...]:
    return verify(leaderboard, only).problems


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


# What is made


def test_every_task_is_scored_and_computed_again(tmp_path: Path, corpus: Corpus) -> None:
    run = write_run(tmp_path / "run", corpus)
    entry = submit(run, write_info(tmp_path / "entry.toml"), tmp_path / "leaderboard")
    assert tuple(entry.result.tasks) == TASKS
    found = verify(tmp_path / "leaderboard")
    assert (found.recomputed, found.earlier, found.problems) == (("half/1",), (), ())
    for task, result in entry.result.tasks.items():
        report = read_and_score(run, corpus, task, verify=False)
        assert (result.micro_f1.mean, result.micro_f1.sd) == (
            pytest.approx(report.micro_f1()[0]),
            None,
        )
        assert result.score() == result.micro_f1
        assert result.intervals.keys() == {"on these documents", "on new documents"}
        assert result.seeds == (0,)
        counts = [cell for found in result.counts[0].values() for cell in found.values()]
        total = report.counts[0].total().sum(axis=0)
        assert [sum(column) for column in zip(*counts, strict=True)] == total.tolist()
        assert list(result.by_document[0]) == [document.id for document in corpus.documents]


@pytest.mark.parametrize("task", ["triggers", "arguments"])
def test_seen_and_unseen_are_those_of_the_error_analysis(
    task: str, tmp_path: Path, corpus: Corpus
) -> None:
    run = write_run(tmp_path / "run", corpus, (task,))
    entry = submit(run, write_info(tmp_path / "entry.toml"), tmp_path / "leaderboard")
    gold = rows(corpus, task)
    known = sorted({tag for row in gold for tag in row["ner_tags"]})
    parts = analyse(gold, read_predictions(run, gold, known, task)[0]).parts()
    expected = {
        "seen": parts["seen"]["seen"],
        "unseen": parts["seen"]["unseen"],
        "near-duplicate": parts["near-duplicate"]["with"],
        "no near-duplicate": parts["near-duplicate"]["without"],
    }
    result = entry.result.tasks[task]
    assert result.seen[0] == {name: (part.right, part.gold) for name, part in expected.items()}
    assert result.recall("unseen") == pytest.approx(expected["unseen"].recall)


def test_equal_predictions_give_equal_bytes(tmp_path: Path, corpus: Corpus) -> None:
    run = write_run(tmp_path / "run", corpus, ("attributes", "events"))
    info = write_info(tmp_path / "entry.toml")
    submit(run, info, tmp_path / "a")
    rng = random.Random(0)
    for path in run.rglob("*.jsonl"):  # the same, in another order, with other ids and more keys
        records = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        rng.shuffle(records)
        for found in records:
            rng.shuffle(found.get("events", []))
            names = {event["id"]: f"x{k}" for k, event in enumerate(found.get("events", []))}
            for event in found.get("events", []):
                event["id"] = names[event["id"]]
                rng.shuffle(event["arguments"])
            for link in found.get("links", []):
                link["first"], link["second"] = names[link["first"]], names[link["second"]]
        lines = (json.dumps({"remark": "\u202e", **found}, indent=None) for found in records)
        with gzip.open(path.with_suffix(".jsonl.gz"), "wt", encoding="utf-8") as file:
            file.write("\n\n".join(lines))
        path.unlink()
    submit(run, info, tmp_path / "b")
    # And from the entry itself, into its own place.
    submit(tmp_path / "b/half/1/predictions", info, tmp_path / "b")
    a, b = (
        {p.relative_to(tmp_path / name): p.read_bytes() for p in (tmp_path / name).rglob("*.*")}
        for name in "ab"
    )
    assert a == b
    assert len(a) == 2 + 2 * 5


def test_one_file_of_predictions_is_an_entry_of_one_task(tmp_path: Path, corpus: Corpus) -> None:
    run = write_run(tmp_path / "run", corpus, ("triggers",))
    text = "".join(p.read_text(encoding="utf-8") for p in sorted(run.rglob("*.jsonl")))
    (tmp_path / "all.jsonl").write_text(text, encoding="utf-8")
    info = write_info(tmp_path / "entry.toml")
    one = submit(tmp_path / "all.jsonl", info, tmp_path / "a", task="triggers")
    several = submit(run, info, tmp_path / "b")
    assert one.result == several.result
    with pytest.raises(EventbenchError, match=r"all\.jsonl: .* name its --task"):
        submit(tmp_path / "all.jsonl", info, tmp_path / "c")


def test_a_board_can_be_made_of_what_is_stored(made: Path) -> None:
    [entry] = load_entries(made / "leaderboard")
    assert entry.id == "half/1"
    assert entry.info.authors == ("A. Person", "B. Person")
    assert (entry.info.kind, entry.info.deterministic, entry.info.explanation) == (
        "system",
        False,
        "",
    )
    triggers = entry.result.tasks["triggers"]
    assert triggers.seeds == (0, 1)
    assert triggers.micro_f1.sd is not None
    assert triggers.score("Attack") is not None
    assert triggers.score("no such class") is None
    assert triggers.document("003") is not None
    assert triggers.figure("AC+") is None
    assert entry.result.tasks["events"].figure("AC+") == entry.result.tasks["events"].micro_f1
    assert entry.result.tasks["events"].recall("seen") is None


# What is changed afterwards


def test_one_changed_byte_anywhere_is_found(leaderboard: Path) -> None:
    files = [path for path in leaderboard.rglob("*") if path.is_file()]
    assert len(files) == 2 + 3 * 5
    for path in files:
        content = path.read_bytes()
        step = 5 if path.name == "entry.toml" else max(1, len(content) // 8)
        for position in [*range(0, len(content), step), len(content) - 1]:
            path.write_bytes(flipped(content, position))
            with pytest.raises(EventbenchError, match=f"^{re.escape(str(path))}"):
                read_entry(leaderboard / "half/1")
        if "seed1" not in str(path):
            [problem] = problems(leaderboard)
            assert problem.startswith(str(path))
        for shorter in (content[:-1], content + b" ", b""):
            path.write_bytes(shorter)
            with pytest.raises(EventbenchError, match=f"^{re.escape(str(path))}"):
                read_entry(leaderboard / "half/1")
        path.unlink()
        with pytest.raises(EventbenchError, match=f"^{re.escape(str(path))}: missing"):
            read_entry(leaderboard / "half/1")
        path.write_bytes(content)
    assert problems(leaderboard) == ()


def forged_score(result: Result) -> Result:
    task = result.tasks["triggers"]
    better = replace(task.micro_f1, mean=0.9)
    return replace(result, tasks={**result.tasks, "triggers": replace(task, micro_f1=better)})


def forged_interval(result: Result) -> Result:
    task = result.tasks["events"]
    name, interval = next(iter(task.intervals.items()))
    intervals = {**task.intervals, name: replace(interval, low=interval.low + 1e-9)}
    return replace(result, tasks={**result.tasks, "events": replace(task, intervals=intervals)})


def forged_count(result: Result) -> Result:
    task = result.tasks["triggers"]
    counts = {**task.counts, 1: {**task.counts[1], "003": {"Attack": (13, 13, 13)}}}
    return replace(result, tasks={**result.tasks, "triggers": replace(task, counts=counts)})


def forged_seen(result: Result) -> Result:
    task = result.tasks["triggers"]
    return replace(result, tasks={**result.tasks, "triggers": replace(task, seen={})})


def forged_signature(result: Result) -> Result:
    task = result.tasks["triggers"]
    signature = {**task.signature, "mode": "lenient"}
    return replace(result, tasks={**result.tasks, "triggers": replace(task, signature=signature)})


def forged_version(result: Result) -> Result:
    return replace(result, data=replace(result.data, version="1.0"))


def forged_order(result: Result) -> Result:
    task = result.tasks["triggers"]
    figures = dict(reversed(task.figures.items()))
    return replace(result, tasks={**result.tasks, "triggers": replace(task, figures=figures)})


@pytest.mark.parametrize(
    ("forge", "complaint"),
    [
        (forged_score, "tasks.triggers.micro_f1.mean is 0.9, recomputed 0."),
        (forged_interval, "tasks.events.intervals.on these documents.low is"),
        (forged_count, "tasks.triggers.counts.1.003.Attack is"),
        (forged_seen, "tasks.triggers.seen.0 is None, recomputed"),
        (forged_signature, "tasks.triggers.signature.mode is 'lenient', recomputed 'strict'"),
        (forged_version, "data.version is '1.0', recomputed"),
        (forged_order, "has another order"),
    ],
)
def test_forged_numbers_with_a_right_checksum_are_found(
    forge: Callable[[Result], Result], complaint: str, leaderboard: Path
) -> None:
    seal(leaderboard / "half/1", forge)
    [problem] = problems(leaderboard)
    assert problem.startswith(f"{leaderboard / 'half/1/result.json'}: {complaint}")


def test_forged_predictions_with_right_checksums_are_found(leaderboard: Path) -> None:
    path = leaderboard / "half/1/predictions/triggers/seed0/fold2.jsonl.gz"
    lines = gzip.decompress(path.read_bytes()).splitlines(keepends=True)
    number = next(k for k, line in enumerate(lines) if b"B-" in line)

    def put(lines: list[bytes]) -> None:
        path.write_bytes(gzip.compress(b"".join(lines)))
        seal(leaderboard / "half/1")

    put([*lines[:number], lines[number].replace(b"B-", b"I-"), *lines[number + 1 :]])
    [problem] = problems(leaderboard)
    assert "result.json: tasks.triggers." in problem
    put([lines[1], lines[0], *lines[2:]])  # the scores are the same, the form is not
    [problem] = problems(leaderboard)
    assert problem.startswith(f"{path}: is not as eventbench submit writes it")
    put(lines[1:])
    [problem] = problems(leaderboard)
    assert "triggers/seed0: 1 of 206 sentences are missing" in problem
    put([*lines, b'{"id": 1}\n'])
    [problem] = problems(leaderboard)
    assert problem.startswith(f"{path}:{len(lines) + 1}: ")


# What is not sound


def cell(entry: Path) -> Path:
    return entry / "predictions/triggers/seed0/fold0.jsonl.gz"


def link_file(entry: Path) -> str:
    cell(entry).rename(entry.parents[2] / "elsewhere")
    cell(entry).symlink_to(entry.parents[2] / "elsewhere")
    return "predictions/triggers/seed0/fold0.jsonl.gz: is not allowed"


def link_folder(entry: Path) -> str:
    folder = entry / "predictions/triggers"
    folder.rename(entry.parents[2] / "elsewhere")
    folder.symlink_to(entry.parents[2] / "elsewhere")
    return "predictions/triggers: is not allowed"


def link_entry(entry: Path) -> str:
    entry.rename(entry.parents[2] / "elsewhere")
    entry.symlink_to(entry.parents[2] / "elsewhere")
    return "half/1: is not allowed"


def link_system(entry: Path) -> str:
    entry.parent.rename(entry.parents[2] / "elsewhere")
    entry.parent.symlink_to(entry.parents[2] / "elsewhere")
    return "half: is not allowed"


def pipe(entry: Path) -> str:
    cell(entry).unlink()
    os.mkfifo(cell(entry))
    return "fold0.jsonl.gz: is not allowed"


def program(entry: Path) -> str:
    (entry / "setup.py").write_text("raise SystemExit", encoding="utf-8")
    return "setup.py: is not allowed"


def hidden(entry: Path) -> str:
    (entry / "predictions/triggers/.fold0.jsonl.gz").write_bytes(b"")
    return "triggers/.fold0.jsonl.gz: is not allowed"


def strange_name(entry: Path) -> str:
    (entry / "predictions/a\n::error::b\u202e").mkdir()
    return r"predictions/a\n::error::b\u202e: is not allowed"


def undecodable_name(entry: Path) -> str:
    os.mkdir(os.fsencode(entry) + b"/\xff")
    return r"\udcff: is not allowed"


def leading_zero(entry: Path) -> str:
    (entry / "predictions/triggers/seed1").rename(entry / "predictions/triggers/seed01")
    return "triggers/seed01: is not allowed"


def other_digits(entry: Path) -> str:
    (entry / "predictions/triggers/seed1").rename(entry / "predictions/triggers/seed1\u0663")
    return "triggers/seed1\u0663: is not allowed"


def beside_revisions(entry: Path) -> str:
    (entry.parent / "notes.md").write_text("", encoding="utf-8")
    return "half/notes.md: is not allowed"


def beside_systems(entry: Path) -> str:
    (entry.parents[1] / "conftest.py").write_text("", encoding="utf-8")
    return "conftest.py: is not allowed"


def capitals(entry: Path) -> str:
    entry.rename(entry.parent / "V1")
    return "half/V1: is not allowed"


def another_name(entry: Path) -> str:
    entry.rename(entry.parent / "2")
    return "half/2/entry.toml: revision is '1', but its folder is '2'"


def bomb(entry: Path) -> str:
    cell(entry).write_bytes(gzip.compress(bytes(MOST_UNPACKED + 1)))
    seal(entry)
    return f"fold0.jsonl.gz: is larger than {MOST_UNPACKED} bytes, unpacked"


def large(entry: Path) -> str:
    cell(entry).write_bytes(random.Random(0).randbytes(MOST_PACKED + 1))
    seal(entry)
    return f"fold0.jsonl.gz: is larger than {MOST_PACKED} bytes"


def second_member(entry: Path) -> str:
    cell(entry).write_bytes(cell(entry).read_bytes() + gzip.compress(b"\n"))
    seal(entry)
    return "fold0.jsonl.gz: broken gzip: something follows its end"


def cut_short(entry: Path) -> str:
    cell(entry).write_bytes(cell(entry).read_bytes()[:-1])
    seal(entry)
    return "fold0.jsonl.gz: broken gzip: ends too early"


def not_packed(entry: Path) -> str:
    cell(entry).write_bytes(gzip.decompress(cell(entry).read_bytes()))
    seal(entry)
    return "fold0.jsonl.gz: broken gzip: "


def deep(entry: Path) -> str:
    depth = 100_000
    line = b'{"id":' + b"[" * depth + b"]" * depth + b"}\n"
    cell(entry).write_bytes(gzip.compress(line))
    seal(entry)
    return f"fold0.jsonl.gz: is nested {depth + 1} deep, expected at most {DEEPEST_JSON}"


def deep_result(entry: Path) -> str:
    (entry / "result.json").write_text('{"format":' + "[" * 100_000, encoding="utf-8")
    return "result.json: is nested 100001 deep"


def long_number(entry: Path) -> str:
    cell(entry).write_bytes(gzip.compress(b'{"id":' + b"9" * 100_000 + b"}\n"))
    seal(entry)
    return "fold0.jsonl.gz:1: "


def no_fold(entry: Path) -> str:
    for seed in (0, 1):
        (entry / f"predictions/triggers/seed{seed}/fold3.jsonl.gz").unlink()
    seal(entry)
    return "predictions/triggers/seed0: has folds 0, 1, 2, 4, expected 0 to 4"


def one_fold_more(entry: Path) -> str:
    for folder in entry.glob("predictions/*/*"):
        (folder / "fold5.jsonl.gz").write_bytes(gzip.compress(b""))
    seal(entry)
    return "fold5.jsonl.gz: "


def no_predictions(entry: Path) -> str:
    shutil.rmtree(entry / "predictions")
    seal(entry, lambda result: replace(result, tasks={}))
    return "half/1/predictions: missing"


def unscored_task(entry: Path) -> str:
    shutil.copytree(entry / "predictions/triggers", entry / "predictions/arguments")
    seal(entry)
    return "result.json: has scores of triggers, events, expected triggers, arguments, events"


def not_a_number(entry: Path) -> str:
    text = (entry / "result.json").read_text(encoding="utf-8")
    text = re.sub(r'"mean": [0-9.]+', '"mean": NaN', text, count=1)
    (entry / "result.json").write_text(text, encoding="utf-8")
    return "result.json: is not a result of eventbench"


def name_outside(entry: Path) -> str:
    result = msgspec.json.decode((entry / "result.json").read_bytes(), type=Result)
    files = {**result.files, "../../../../etc/passwd": "0"}
    (entry / "result.json").write_bytes(replace(result, files=files).to_bytes())
    return "etc/passwd: missing"


def version_text(entry: Path) -> str:
    seal(entry, lambda result: replace(result, versions={"eventbench": "<b>"}))
    return "result.json: versions has '<b>'"


def many_files(entry: Path) -> str:
    folder = entry / "predictions/triggers/seed0"
    for fold in range(5, MOST_FILES + 1):
        if fold < 1000:
            (folder / f"fold{fold}.jsonl.gz").touch()
    for fold in range(5, 10):
        (entry / f"predictions/events/seed0/fold{fold}.jsonl.gz").touch()
    return f"has more than {MOST_FILES} files"


@pytest.mark.parametrize(
    "spoil",
    [
        link_file, link_folder, link_entry, link_system, pipe, program, hidden, strange_name,
        undecodable_name, leading_zero, other_digits, beside_revisions, beside_systems, capitals,
        another_name, bomb, large, second_member, cut_short, not_packed, deep, deep_result,
        long_number, no_fold, one_fold_more, no_predictions, unscored_task, not_a_number,
        name_outside, version_text, many_files,
    ],
    ids=lambda spoil: spoil.__name__,
)  # fmt: skip
def test_an_unsound_entry_is_refused_by_name(
    spoil: Callable[[Path], str], leaderboard: Path
) -> None:
    complaint = spoil(leaderboard / "half/1")
    try:
        found = problems(leaderboard)
    except EventbenchError as error:  # the leaderboard itself is not sound
        found = (str(error),)
    assert len(found) == 1
    assert found[0].startswith(str(leaderboard))
    assert complaint in found[0]
    assert found[0].isprintable()


@pytest.mark.parametrize("spoil", [link_entry, link_system], ids=lambda spoil: spoil.__name__)
def test_a_linked_folder_is_no_entry(spoil: Callable[[Path], str], leaderboard: Path) -> None:
    complaint = spoil(leaderboard / "half/1")
    with pytest.raises(EventbenchError, match=complaint):
        read_entry(leaderboard / "half/1")


def test_an_entry_has_a_bound_as_a_whole(
    leaderboard: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("eventbench.leaderboard.entry.MOST_UNPACKED_IN_ALL", 100_000)
    with pytest.raises(EventbenchError, match="predictions: has more than 100000 bytes, unpacked"):
        read_entry(leaderboard / "half/1")


def test_brackets_in_strings_are_not_depth(leaderboard: Path) -> None:
    path = leaderboard / "half/1/result.json"
    seal(path.parent, lambda result: replace(result, versions={"eventbench": '"' + "[{\\" * 100}))
    with pytest.raises(EventbenchError, match="versions has"):
        read_entry(path.parent)
    path.write_bytes(b'"' + b'\\"' * (MOST_UNPACKED // 2))  # one pass over it, whatever it holds
    with pytest.raises(EventbenchError, match="is not a result of eventbench"):
        read_entry(path.parent)


# entry.toml


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"system": "Half"}, ":1: system is 'Half', expected a name of a-z"),
        ({"system": "../half"}, ":1: system is '../half', expected a name"),
        ({"system": "a..b"}, ":1: system is"),
        ({"revision": "-1"}, ":2: revision is"),
        ({"revision": 1}, ":2: revision is 1, expected a text of 1 to 40 characters"),
        ({"revision": "1" * 41}, ":2: revision is"),
        ({"name": ""}, ":3: name is '', expected a text of 1 to 60 characters"),
        ({"name": "x" * 61}, ":3: name is"),
        ({"name": "a\u202eb"}, r":3: name is 'a\u202eb', expected printable characters"),
        ({"name": "a\u200bb"}, ":3: name is"),
        ({"name": "a\u0000b"}, ":3: name is"),
        ({"name": "a\nb"}, ":3: name is"),
        ({"name": "e\u0301"}, ":3: name is"),
        ({"authors": "A. Person"}, ":4: authors is 'A. Person', expected a list of 1 to 20 names"),
        ({"authors": []}, ":4: authors is"),
        ({"authors": ["A"] * 21}, ":4: authors is"),
        ({"authors": [1]}, ":4: authors is"),
        ({"authors": ["a\u2066b"]}, ":4: authors is"),
        ({"url": "javascript:alert(1)"}, ":5: url is 'javascript:alert(1)', expected an http or"),
        ({"url": "https://user:word@example.org"}, ":5: url is"),
        ({"url": 'https://example.org/"onclick="x'}, ":5: url is"),
        ({"url": "https://example.org/a b"}, ":5: url is"),
        ({"url": "https://"}, ":5: url is"),
        ({"parameters": -1}, ":10: parameters is -1, expected their number, or 'unknown'"),
        ({"parameters": "many"}, ":10: parameters is"),
        ({"protocol": "best seed"}, ":11: protocol is 'best seed', expected 'leave-one-document"),
        ({"canary_seen": "perhaps"}, ":14: canary_seen is 'perhaps', expected 'no' or 'yes' or"),
        ({"kind": "winner"}, ":16: kind is"),
        ({"deterministic": "yes"}, ":16: deterministic is 'yes', expected true or false"),
        ({"explanation": "x" * 501}, ":16: explanation is"),
        ({"licence": None}, ": has no licence, expected it"),
        ({"score": 1}, ":16: unknown key 'score', expected system, revision,"),
    ],
)
def test_a_wrong_description_is_refused_by_line(
    changes: dict[str, Any], complaint: str, tmp_path: Path
) -> None:
    path = write_info(tmp_path / "entry.toml", **changes)
    with pytest.raises(EventbenchError) as found:
        read_info(path)
    assert str(found.value).startswith(f"{path}{complaint}")
    assert str(found.value).isprintable()


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"name = \n", ": not valid TOML: Invalid value (at line 1"),
        (b"name = 'a'\nname = 'b'\n", ": not valid TOML: "),
        (b"name = '\xff'", ":1: not UTF-8"),
        (b"a = " + b"[" * 10_000, ": not valid TOML"),
        (b"a = " + b"9" * 10_000, ": not valid TOML"),
        (b".".join([b"name"] * 3000) + b" = 1", ": has no system"),
        (b"#" * 20_000, ": is larger than 16384 bytes"),
        (b"[name]\nx = 1", ": has no system"),
    ],
)
def test_what_is_no_description_is_refused(content: bytes, complaint: str, tmp_path: Path) -> None:
    path = tmp_path / "entry.toml"
    path.write_bytes(content)
    with pytest.raises(EventbenchError) as found:
        read_info(path)
    assert str(found.value).startswith(f"{path}{complaint}")
    assert str(found.value).isprintable()


def test_unknown_parameters_and_lines_of_a_description(tmp_path: Path) -> None:
    path = write_info(tmp_path / "entry.toml", parameters="unknown", description="One.\nTwo.\n")
    info = read_info(path)
    assert info.parameters is None
    assert info.description == "One.\nTwo."


# Leakage and copies


def refused(run: Path, folder: Path, complaint: str, **changes: Any) -> None:
    with pytest.raises(EventbenchError, match=complaint):
        submit(run, write_info(folder / "entry.toml", **changes), folder / "leaderboard")
    assert not (folder / "leaderboard/half/1").exists()


def test_the_gold_is_no_prediction(tmp_path: Path, corpus: Corpus) -> None:
    run = write_run(tmp_path / "run", corpus, keep=everything)
    for task in ("arguments", "attributes", "events"):
        shutil.rmtree(tmp_path / "one", ignore_errors=True)
        shutil.copytree(run / task, tmp_path / "one" / task)
        complaint = f"{task} of seed 0: equals the gold in everything"
        refused(tmp_path / "one", tmp_path, complaint, explanation="We asked an oracle.")
    # Of triggers an annotator may have all right, so that it can be explained.
    shutil.rmtree(tmp_path / "one")
    shutil.copytree(run / "triggers", tmp_path / "one/triggers")
    complaint = "triggers of seed 0: scores 1.0000, as high as the better annotation pass"
    refused(tmp_path / "one", tmp_path, complaint)
    info = write_info(tmp_path / "entry.toml", explanation="A person tagged them.")
    submit(tmp_path / "one", info, tmp_path / "explained")
    assert problems(tmp_path / "explained") == ()
    submit(run, write_info(info, kind="ceiling"), tmp_path / "ceiling")
    assert problems(tmp_path / "ceiling") == ()


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("a", "events of seed 0: all 153 decisions of article 001 are right"),
        ("b", "events of seed 0: scores 0.9822, as high as the better annotation pass"),
    ],
)
def test_an_annotation_pass_is_no_system(name: str, complaint: str, tmp_path: Path) -> None:
    annotated = load_corpus(annotations=ROOT / "annotations/passes" / name)
    run = write_run(tmp_path / "run", annotated, ("events",), keep=everything)
    refused(run, tmp_path, complaint)
    submit(run, write_info(tmp_path / "entry.toml", kind="ceiling"), tmp_path / "leaderboard")


def test_an_article_without_an_error_is_suspicious(tmp_path: Path, corpus: Corpus) -> None:
    run = write_run(tmp_path / "run", corpus, ("triggers", "arguments"), perfect="003")
    refused(run, tmp_path, "triggers of seed 0: all 40 decisions of article 003 are right")
    info = write_info(tmp_path / "entry.toml", explanation="An article on that very battle.")
    submit(run, info, tmp_path / "leaderboard")
    # Somebody who takes the explanation back later has to be found, too.
    entry = tmp_path / "leaderboard/half/1"
    write_info(entry / "entry.toml")
    seal(entry)
    assert [p.partition(": all ")[0] for p in problems(tmp_path / "leaderboard")] == [
        f"{entry}: triggers of seed 0",
        f"{entry}: arguments of seed 0",
    ]


def test_predictions_of_another_entry_are_refused(made: Path, leaderboard: Path) -> None:
    folder = leaderboard.parent
    run = folder / "copy"
    shutil.copytree(made / "run/triggers/seed1", run / "triggers/seed7")
    info = write_info(folder / "entry.toml", system="another")
    with pytest.raises(EventbenchError, match="triggers of seed 7 are the predictions of half/1"):
        submit(run, info, leaderboard)
    assert not (leaderboard / "another/1").exists()
    submit(run, info, folder / "elsewhere")
    shutil.move(folder / "elsewhere/another", leaderboard)
    [problem] = problems(leaderboard)
    assert problem == (
        f"{leaderboard}/half/1: triggers of seed 0 are the predictions of another/1"
    ) or problem == (f"{leaderboard}/half/1: triggers of seed 1 are the predictions of another/1")


def test_revisions_may_share_some_predictions(
    made: Path, leaderboard: Path, corpus: Corpus
) -> None:
    folder = leaderboard.parent
    info = write_info(folder / "entry.toml", revision="2")
    with pytest.raises(EventbenchError, match="all its predictions are those of half/1"):
        submit(made / "run", info, leaderboard)
    shutil.copytree(made / "run/events", folder / "run/events")
    submit(folder / "run", info, leaderboard)
    assert verify(leaderboard).recomputed == ("half/1", "half/2")


# Submitting again, and wrongly


def test_a_revision_is_never_overwritten(made: Path, leaderboard: Path, corpus: Corpus) -> None:
    folder = leaderboard.parent
    info = write_info(folder / "entry.toml")
    before = {p: p.read_bytes() for p in leaderboard.rglob("*") if p.is_file()}
    submit(made / "run", info, leaderboard)
    other = write_run(folder / "other", corpus, ("triggers",), keep=lambda k: k % 3 == 0)
    with pytest.raises(EventbenchError, match="half/1: is there already, and its predictions/trig"):
        submit(other, info, leaderboard)
    shutil.copytree(made / "run/events", folder / "less/events")
    with pytest.raises(EventbenchError, match="half/1: is there already, with more predictions"):
        submit(folder / "less", info, leaderboard)
    with pytest.raises(
        EventbenchError, match=r"its entry\.toml is another; choose another revision"
    ):
        submit(made / "run", write_info(info, name="New"), leaderboard)
    assert {p: p.read_bytes() for p in leaderboard.rglob("*") if p.is_file()} == before
    (leaderboard / "half/1/result.json").write_bytes(b"")
    with pytest.raises(EventbenchError, match="half/1: is there already and not sound"):
        submit(made / "run", write_info(info), leaderboard)


def test_wrong_predictions_leave_nothing_behind(tmp_path: Path, corpus: Corpus) -> None:
    run = write_run(tmp_path / "run", corpus, ("triggers",))
    path = run / "triggers/seed0/fold3.jsonl"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("B-Attack", "B-Attach", 1), encoding="utf-8")
    refused(run, tmp_path, r"fold3\.jsonl:\d+: .*unknown label 'B-Attach'")
    path.unlink()
    refused(run, tmp_path, "triggers/seed0: 30 of 206 sentences are missing, the first is 003-001")
    path.write_text(text, encoding="utf-8")
    record = {"data": {"version": "0", "fingerprint": "0"}}
    (run / "run.json").write_text(json.dumps(record), encoding="utf-8")
    refused(run, tmp_path, r"run\.json: made with data 0 \(0\)")
    (run / "run.json").unlink()
    for seed in range(1, MOST_SEEDS + 1):
        shutil.copytree(run / "triggers/seed0", run / f"triggers/seed{seed}")
    refused(run, tmp_path, f"half/1/predictions/triggers: has 21 seeds, at most {MOST_SEEDS}")
    refused(tmp_path / "nothing", tmp_path, "nothing: no such file or directory")
    assert not list(tmp_path.glob("leaderboard/**/*.*"))


# Other versions of the gold


def other_gold(folder: Path, version: str) -> Path:
    """The data with one event less of a contested kind, and another version number."""
    for name in ("seeds", "annotations"):
        shutil.copytree(ROOT / name, folder / name)
    (folder / "annotations/VERSION").write_text(version, encoding="utf-8")
    path = next((folder / "annotations/gold").glob("003*.ann"))
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("Reported", "Reported", 1).replace(" attributed", " author", 1))
    return folder


def test_an_entry_of_other_data_is_shown_apart(leaderboard: Path, tmp_path: Path) -> None:
    newer = other_gold(tmp_path / "newer", "2.0.0")
    found = verify(leaderboard, data_dir=newer)
    assert (found.recomputed, found.earlier, found.problems) == ((), ("half/1",), ())
    [entry] = load_entries(leaderboard)
    assert entry.is_of(load_corpus())
    assert not entry.is_of(load_corpus(newer))
    # A new entry has to be of the data of today.
    [problem] = verify(leaderboard, [leaderboard / "half/1"], data_dir=newer).problems
    assert "half/1/result.json: was scored against data 1." in problem
    # And no other data can have the number of today's.
    same = other_gold(tmp_path / "same", entry.result.data.version)
    [problem] = verify(leaderboard, data_dir=same).problems
    assert "half/1/result.json: was scored against data 1." in problem
    # It is still found if an old entry changes.
    path = leaderboard / "half/1/entry.toml"
    path.write_bytes(flipped(path.read_bytes(), 0))
    [problem] = verify(leaderboard, data_dir=newer).problems
    assert problem.startswith(str(path))


def test_only_what_is_named_is_computed_again(leaderboard: Path) -> None:
    assert verify(leaderboard, [leaderboard / "half/1"]).recomputed == ("half/1",)
    with pytest.raises(EventbenchError, match="half: is not an entry of"):
        verify(leaderboard, [leaderboard / "half"])
    with pytest.raises(EventbenchError, match="no such directory"):
        verify(leaderboard / "half/2")


# The guide and the workflow


def test_the_guide_describes_an_entry(tmp_path: Path) -> None:
    text = (ROOT / "docs/submit.md").read_text(encoding="utf-8")
    [block] = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    (tmp_path / "entry.toml").write_text(block, encoding="utf-8")
    assert read_info(tmp_path / "entry.toml").system == "suffix"


@pytest.fixture(scope="module")
def workflow() -> dict[str, Any]:
    path = ROOT / ".github/workflows/leaderboard.yml"
    found: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return found


def test_the_workflow_runs_no_code_of_the_pull_request(workflow: dict[str, Any]) -> None:
    assert list(workflow[True]) == ["pull_request"]  # YAML takes "on" for true
    assert workflow["permissions"] == {"contents": "read"}
    [job] = workflow["jobs"].values()
    assert "permissions" not in job
    steps = job["steps"]
    actions = [step["uses"].partition("@")[0] for step in steps if "uses" in step]
    assert actions == ["actions/checkout", "actions/checkout", "actions/setup-python"]
    ours, theirs = (step["with"] for step in steps if "checkout" in step.get("uses", ""))
    assert ours["ref"] == "${{ github.event.pull_request.base.sha }}"
    assert (ours["path"], theirs["path"]) == ("base", "submission")
    assert not ours["persist-credentials"]
    assert not theirs["persist-credentials"]
    scripts = [step["run"] for step in steps if "run" in step]
    assert not any("${{" in script for script in scripts)  # nothing is pasted into a script
    assert [line for script in scripts for line in script.splitlines() if "install" in line] == [
        "python -m pip install --constraint base/constraints.txt ./base"
    ]
    assert "secrets" not in json.dumps(job)


def git(folder: Path, *arguments: str) -> None:
    settings = ["-c", "user.name=x", "-c", "user.email=x@example.org", "-c", "init.defaultBranch=m"]
    subprocess.run(["git", *settings, *arguments], cwd=folder, check=True, capture_output=True)


ENTRY_FILE = "leaderboard/half/1/predictions/triggers/seed0/fold0.jsonl.gz"


@pytest.mark.parametrize(
    ("added", "accepted"),
    [
        (["leaderboard/half/1/entry.toml", "leaderboard/half/1/result.json", ENTRY_FILE], True),
        (["leaderboard/half/1/entry.toml", "setup.py"], False),
        (["leaderboard/half/1/entry.toml", "leaderboard/half/2/entry.toml"], False),
        (["leaderboard/half/1/entry.toml", "leaderboard/half/1/sitecustomize.py"], False),
        (["leaderboard/half/1/entry.toml", "leaderboard/README.md"], False),
        (["leaderboard/half/1/entry.toml", "leaderboard/old/1/entry.toml"], False),
        (["leaderboard/half/1/entry.toml", "x\nleaderboard/half/1/entry.toml"], False),
        (["leaderboard/half/1/entry.toml", "leaderboard/half/1/entry.toml\nx=y"], False),
        (["-leaderboard/half/1/entry.toml"], False),
        (["leaderboard/half/1/entry.toml", "-leaderboard/old/1/entry.toml"], False),
    ],
)
def test_the_workflow_takes_one_new_entry_only(
    added: list[str], accepted: bool, workflow: dict[str, Any], tmp_path: Path
) -> None:
    submission = tmp_path / "submission"
    (submission / "leaderboard/old/1").mkdir(parents=True)
    (submission / "leaderboard/old/1/entry.toml").write_text("old", encoding="utf-8")
    (submission / "leaderboard/README.md").write_text("old", encoding="utf-8")
    git(submission, "init", "-q")
    git(submission, "add", ".")
    git(submission, "commit", "-q", "-m", "base")
    git(submission, "checkout", "-q", "-b", "topic")
    for name in added:
        path = submission / name.removeprefix("-")
        if name.startswith("-"):
            path.unlink(missing_ok=True)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("new", encoding="utf-8")
    git(submission, "add", "-A")
    git(submission, "commit", "-q", "--allow-empty", "-m", "topic")
    git(submission, "checkout", "-q", "m")
    git(submission, "merge", "-q", "--no-ff", "topic")
    [job] = workflow["jobs"].values()
    [script] = [step["run"] for step in job["steps"] if step.get("id") == "changes"]
    result = subprocess.run(
        ["bash", "-c", script],
        cwd=tmp_path,
        env=os.environ | {"GITHUB_OUTPUT": str(tmp_path / "output")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.stderr == ""
    assert result.returncode == (0 if accepted else 1), result.stdout
    if accepted:
        output = (tmp_path / "output").read_text(encoding="utf-8")
        assert output == "entry=leaderboard/half/1\n"
