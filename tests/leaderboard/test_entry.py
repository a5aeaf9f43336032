"""Entries are read without trust: whatever is changed or does not belong is found and named."""

from __future__ import annotations

import gzip
import os
import random
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from made_submissions import cell, flipped, problems, seal

from eventbench.errors import EventbenchError
from eventbench.leaderboard.entry import Result, load_entries, read_entry
from eventbench.leaderboard.files import DEEPEST_JSON, MOST_FILES, MOST_PACKED, MOST_UNPACKED


def test_a_board_can_be_made_of_what_is_stored(made: Path) -> None:
    [entry] = load_entries(made / "leaderboard", "aleppo")
    assert entry.id == "half/1"
    assert entry.info.authors == ("A. Person", "B. Person")
    assert (entry.info.kind, entry.info.deterministic, entry.info.explanation) == (
        "system",
        False,
        "",
    )
    triggers = entry.result.tasks["triggers"]
    assert triggers.seeds == (0, 1)
    assert triggers.score.sd is not None
    assert triggers.of("type", "Attack") is not None
    assert triggers.of("type", "no such class") is None
    assert triggers.article("003") is not None
    assert triggers.of("measure", "AC+") is None
    events = entry.result.tasks["events"]
    assert events.of("measure", "AC+") == events.score
    assert events.recall("seen") is None


def test_one_changed_byte_anywhere_is_found(leaderboard: Path) -> None:
    files = [path for path in leaderboard.rglob("*") if path.is_file()]
    assert len(files) == 2 + 3 * 5
    for path in files:
        content = path.read_bytes()
        step = 5 if path.name == "entry.toml" else max(1, len(content) // 8)
        for position in [*range(0, len(content), step), len(content) - 1]:
            path.write_bytes(flipped(content, position))
            with pytest.raises(EventbenchError, match=f"^{re.escape(str(path))}"):
                read_entry(leaderboard / "aleppo/half/1")
        if "seed1" not in str(path):
            [problem] = problems(leaderboard)
            assert problem.startswith(str(path))
        for shorter in (content[:-1], content + b" ", b""):
            path.write_bytes(shorter)
            with pytest.raises(EventbenchError, match=f"^{re.escape(str(path))}"):
                read_entry(leaderboard / "aleppo/half/1")
        path.unlink()
        with pytest.raises(EventbenchError, match=f"^{re.escape(str(path))}: missing"):
            read_entry(leaderboard / "aleppo/half/1")
        path.write_bytes(content)
    assert problems(leaderboard) == ()


# What is not sound


def link_file(entry: Path) -> str:
    cell(entry).rename(entry.parents[3] / "elsewhere")
    cell(entry).symlink_to(entry.parents[3] / "elsewhere")
    return "predictions/triggers/seed0/fold0.jsonl.gz: is not allowed"


def link_folder(entry: Path) -> str:
    folder = entry / "predictions/triggers"
    folder.rename(entry.parents[3] / "elsewhere")
    folder.symlink_to(entry.parents[3] / "elsewhere")
    return "predictions/triggers: is not allowed"


def link_entry(entry: Path) -> str:
    entry.rename(entry.parents[3] / "elsewhere")
    entry.symlink_to(entry.parents[3] / "elsewhere")
    return "half/1: is not allowed"


def link_system(entry: Path) -> str:
    entry.parent.rename(entry.parents[3] / "elsewhere")
    entry.parent.symlink_to(entry.parents[3] / "elsewhere")
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


def another_fingerprint(entry: Path) -> str:
    def change(result: Result) -> Result:
        data = replace(result.data, fingerprints={**result.data.fingerprints, "arguments": "0"})
        return replace(result, data=data)

    seal(entry, change)
    return "has fingerprints of triggers, events, arguments, expected triggers, events"


def another_corpus(entry: Path) -> str:
    seal(entry, lambda result: replace(result, data=replace(result.data, corpus="harbour")))
    return "result.json: corpus is 'harbour', but its folder is below 'aleppo'"


def another_format(entry: Path) -> str:
    text = (entry / "result.json").read_text(encoding="utf-8")
    old = text.replace('"format": 2', '"format": 1')
    (entry / "result.json").write_text(old, encoding="utf-8")
    return "result.json: format is 1, expected 2"


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
        link_file, link_folder, link_entry, link_system,
        pytest.param(pipe, marks=pytest.mark.posix), program, hidden, strange_name,
        undecodable_name, leading_zero, other_digits, beside_revisions, beside_systems, capitals,
        another_name, bomb, large, second_member, cut_short, not_packed, deep, deep_result,
        long_number, no_fold, one_fold_more, no_predictions, unscored_task,
        another_fingerprint, another_corpus, another_format, not_a_number,
        name_outside, version_text, many_files,
    ],
    ids=lambda spoil: spoil.__name__,
)  # fmt: skip
def test_an_unsound_entry_is_refused_by_name(
    spoil: Callable[[Path], str], leaderboard: Path
) -> None:
    complaint = spoil(leaderboard / "aleppo/half/1")
    try:
        found = problems(leaderboard)
    except EventbenchError as error:  # the leaderboard itself is not sound
        found = (str(error),)
    assert len(found) == 1
    assert found[0].startswith(str(leaderboard))
    assert complaint in found[0]
    assert found[0].isprintable()


def test_a_result_has_the_seeds_of_the_predictions(leaderboard: Path) -> None:
    entry = leaderboard / "aleppo/half/1"

    def without_seed(result: Result) -> Result:
        tasks = {name: replace(task, scores={0: 0.5}) for name, task in result.tasks.items()}
        return replace(result, tasks=tasks)

    seal(entry, without_seed)
    with pytest.raises(EventbenchError, match=r"result\.json: scores of triggers has seeds 0, exp"):
        read_entry(entry)


def test_an_entry_can_be_named_from_anywhere(
    leaderboard: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder, name in (("half/1", "."), ("half", "1"), ("", "half/1"), ("other", "../half/1")):
        (leaderboard / "aleppo" / folder).mkdir(exist_ok=True)
        monkeypatch.chdir(leaderboard / "aleppo" / folder)
        assert read_entry(Path(name)).id == "half/1"


@pytest.mark.parametrize("spoil", [link_entry, link_system], ids=lambda spoil: spoil.__name__)
def test_a_linked_folder_is_no_entry(spoil: Callable[[Path], str], leaderboard: Path) -> None:
    complaint = spoil(leaderboard / "aleppo/half/1")
    with pytest.raises(EventbenchError, match=complaint):
        read_entry(leaderboard / "aleppo/half/1")


def test_an_entry_has_a_bound_as_a_whole(
    leaderboard: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("eventbench.leaderboard.entry.MOST_UNPACKED_IN_ALL", 100_000)
    with pytest.raises(EventbenchError, match="predictions: has more than 100000 bytes, unpacked"):
        read_entry(leaderboard / "aleppo/half/1")


def test_brackets_in_strings_are_not_depth(leaderboard: Path) -> None:
    path = leaderboard / "aleppo/half/1/result.json"
    seal(path.parent, lambda result: replace(result, versions={"eventbench": '"' + "[{\\" * 100}))
    with pytest.raises(EventbenchError, match="versions has"):
        read_entry(path.parent)
    path.write_bytes(b'"' + b'\\"' * (MOST_UNPACKED // 2))  # one pass over it, whatever it holds
    with pytest.raises(EventbenchError, match="is not a result of eventbench"):
        read_entry(path.parent)
