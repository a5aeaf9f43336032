"""Every entry is computed again: forged numbers and predictions are found."""

from __future__ import annotations

import gzip
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import ROOT
from made_submissions import flipped, problems, seal, write_info

from eventbench.corpus import standoff
from eventbench.corpus.loading import load_corpus
from eventbench.errors import EventbenchError
from eventbench.leaderboard.entry import Result, load_entries
from eventbench.leaderboard.ranking import read_board
from eventbench.leaderboard.verify import verify
from eventbench.tasks.base import Gold
from eventbench.tasks.registry import TASKS

VERSION = (ROOT / "annotations/VERSION").read_text(encoding="utf-8").strip()


def forged_score(result: Result) -> Result:
    task = result.tasks["triggers"]
    better = replace(task.score, mean=0.9)
    return replace(result, tasks={**result.tasks, "triggers": replace(task, score=better)})


def forged_interval(result: Result) -> Result:
    task = result.tasks["events"]
    name, interval = next(iter(task.intervals.items()))
    intervals = {**task.intervals, name: replace(interval, low=interval.low + 1e-9)}
    return replace(result, tasks={**result.tasks, "events": replace(task, intervals=intervals)})


def forged_sum(result: Result) -> Result:
    task = result.tasks["triggers"]
    sums = {**task.statistics[1], "003": {"pooled": (13.0, 13.0, 13.0)}}
    forged = replace(task, statistics={**task.statistics, 1: sums})
    return replace(result, tasks={**result.tasks, "triggers": forged})


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
    sections = dict(reversed(task.sections.items()))
    return replace(result, tasks={**result.tasks, "triggers": replace(task, sections=sections)})


@pytest.mark.parametrize(
    ("forge", "complaint"),
    [
        (forged_score, "tasks.triggers.score.mean is 0.9, recomputed 0."),
        (forged_interval, "tasks.events.intervals.these_documents.low is"),
        (forged_sum, "tasks.triggers.statistics.1.003.pooled is"),
        (forged_seen, "tasks.triggers.seen.0 is None, recomputed"),
        (forged_signature, "tasks.triggers.signature.mode is 'lenient', recomputed 'strict'"),
        (forged_version, f"data.version is '1.0', recomputed {VERSION!r}"),
        (forged_order, "its keys are in another order"),
    ],
)
def test_forged_numbers_with_a_right_checksum_are_found(
    forge: Callable[[Result], Result], complaint: str, leaderboard: Path
) -> None:
    entry = leaderboard / "aleppo/half/1"
    seal(entry, forge)
    [problem] = problems(leaderboard, entry)
    assert problem.startswith(f"{leaderboard / 'aleppo/half/1/result.json'}: {complaint}")


def test_forged_predictions_with_right_checksums_are_found(leaderboard: Path) -> None:
    path = leaderboard / "aleppo/half/1/predictions/triggers/seed0/fold2.jsonl.gz"
    lines = gzip.decompress(path.read_bytes()).splitlines(keepends=True)
    number = next(k for k, line in enumerate(lines) if b"B-" in line)

    def put(lines: list[bytes]) -> None:
        path.write_bytes(gzip.compress(b"".join(lines)))
        seal(leaderboard / "aleppo/half/1")

    put([*lines[:number], lines[number].replace(b"B-", b"I-"), *lines[number + 1 :]])
    [problem] = problems(leaderboard)
    assert "result.json: tasks.triggers." in problem
    put([lines[1], lines[0], *lines[2:]])  # the scores are the same, the form is not
    [problem] = problems(leaderboard)
    assert problem.startswith(f"{path}: is not in the form that `submit` writes")
    put(lines[1:])
    [problem] = problems(leaderboard)
    assert "triggers/seed0: 1 of 206 rows of triggers are missing" in problem
    put([*lines, b'{"id": 1}\n'])
    [problem] = problems(leaderboard)
    assert problem.startswith(f"{path}:{len(lines) + 1}: ")


# Other versions of the gold


def copy_of_the_data(folder: Path, version: str) -> Path:
    for name in ("seeds", "annotations"):
        shutil.copytree(ROOT / name, folder / name)
    (folder / "annotations/VERSION").write_text(version, encoding="utf-8")
    return folder


def other_gold(folder: Path, version: str) -> Path:
    """The data with one event less, and another version number."""
    copy_of_the_data(folder, version)
    corpus = load_corpus()
    document = corpus.document("003")
    gone, *kept = document.events
    links = [link for link in document.links if gone.id not in (link.first, link.second)]
    written = standoff.write(kept, links, document.text, corpus.scheme)
    (folder / f"annotations/gold/{document.stem}.ann").write_text(written, encoding="utf-8")
    return folder


def other_attributes(folder: Path, version: str) -> Path:
    """The data with another value of an attribute, which triggers and arguments do not read."""
    copy_of_the_data(folder, version)
    path = next((folder / "annotations/gold").glob("003*.ann"))
    text = path.read_text(encoding="utf-8")
    assert "Status E1 actual" in text
    changed = text.replace("Status E1 actual", "Status E1 negated", 1)
    path.write_text(changed, encoding="utf-8")
    return folder


def test_an_entry_of_other_data_is_shown_apart(leaderboard: Path, tmp_path: Path) -> None:
    newer = other_gold(tmp_path / "newer", "9.0.0")
    found = verify(leaderboard, corpus=newer)
    assert (found.recomputed, found.earlier, found.problems) == ((), ("half/1",), ())
    [entry] = load_entries(leaderboard, "aleppo")
    for task in entry.cells:
        assert entry.is_of(Gold.of(TASKS[task], load_corpus()))
        assert not entry.is_of(Gold.of(TASKS[task], load_corpus(newer)))
    # A new entry has to be of the data of today.
    [problem] = verify(leaderboard, [leaderboard / "aleppo/half/1"], corpus=newer).problems
    assert f"half/1/result.json: triggers was scored against data {VERSION} (" in problem
    # And no other data can have the number of today's.
    same = other_gold(tmp_path / "same", entry.result.data.version)
    [problem] = verify(leaderboard, corpus=same).problems
    assert f"half/1/result.json: triggers was scored against data {VERSION} (" in problem
    # It is still found if an old entry changes.
    path = leaderboard / "aleppo/half/1/entry.toml"
    path.write_bytes(flipped(path.read_bytes(), 0))
    [problem] = verify(leaderboard, corpus=newer).problems
    assert problem.startswith(str(path))


def test_a_task_ages_alone(leaderboard: Path, tmp_path: Path) -> None:
    """Where the gold of one task changes, the others of an entry are still recomputed."""
    newer = other_attributes(tmp_path / "newer", "9.0.0")
    found = verify(leaderboard, corpus=newer)
    assert (found.recomputed, found.earlier, found.problems) == (("half/1",), (), ())
    entry = leaderboard / "aleppo/half/1"
    [problem] = verify(leaderboard, [entry], corpus=newer).problems
    assert f"result.json: events was scored against data {VERSION} (" in problem
    board = read_board(leaderboard, newer)
    assert [s.entry.id for s in board.systems["triggers"]] == ["half/1"]
    assert [s.entry.id for s in board.earlier["events"]] == ["half/1"]
    seal(entry, forged_score)
    [problem] = verify(leaderboard, corpus=newer).problems
    assert problem.startswith(f"{entry}/result.json: tasks.triggers.score.mean is 0.9")


def test_the_ceiling_of_today_says_nothing_of_earlier_gold(leaderboard: Path) -> None:
    def aged(result: Result) -> Result:
        data = replace(result.data, version="0.9.0", fingerprints={"triggers": "0", "events": "0"})
        tasks = {
            name: replace(task, scores=dict.fromkeys(task.scores, 1.0))
            for name, task in result.tasks.items()
        }
        return replace(result, data=data, tasks=tasks)

    seal(leaderboard / "aleppo/half/1", aged)
    found = verify(leaderboard)
    assert (found.recomputed, found.earlier, found.problems) == ((), ("half/1",), ())


def renamed(leaderboard: Path, system: str) -> Path:
    """A copy of the entry as another system."""
    copy = leaderboard / "aleppo" / system / "1"
    shutil.copytree(leaderboard / "aleppo/half/1", copy)
    write_info(copy / "entry.toml", system=system)
    seal(copy)
    return copy


def test_the_entry_that_is_named_is_told_that_it_is_a_copy(leaderboard: Path) -> None:
    """Whichever of the two comes first; and nobody else is told."""
    first = renamed(leaderboard, "another")
    renamed(leaderboard, "zero")
    found = problems(leaderboard, first)
    assert found
    assert all(problem.startswith(f"{first}: ") for problem in found)
    assert any(problem.endswith("are the predictions of half/1") for problem in found)
    half = leaderboard / "aleppo/half/1"
    assert {p.partition(": ")[0] for p in problems(leaderboard, first, half)} == {
        str(first),
        str(half),
    }
    assert f"{half}: triggers of seed 0 are the predictions of another/1" in problems(leaderboard)
    assert not any("another/1: " in problem for problem in problems(leaderboard))


def test_copies_on_earlier_gold_are_found_by_their_bytes(leaderboard: Path) -> None:
    def aged(result: Result) -> Result:
        data = replace(result.data, version="0.9.0", fingerprints={"triggers": "0", "events": "0"})
        return replace(result, data=data)

    another = renamed(leaderboard, "another")
    for entry in (another, leaderboard / "aleppo/half/1"):
        seal(entry, aged)
    assert verify(leaderboard).problems == tuple(
        f"{leaderboard}/aleppo/half/1: {what} are the predictions of another/1"
        for what in ("triggers of seed 0", "triggers of seed 1", "events of seed 0")
    )


def test_only_what_is_named_is_computed_again(leaderboard: Path) -> None:
    assert verify(leaderboard, [leaderboard / "aleppo/half/1"]).recomputed == ("half/1",)
    with pytest.raises(EventbenchError, match="half: is not an entry of"):
        verify(leaderboard, [leaderboard / "aleppo/half"])
    with pytest.raises(EventbenchError, match="no such directory"):
        verify(leaderboard / "aleppo/half/2")
