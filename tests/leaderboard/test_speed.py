"""How fast a system predicts: measured by runs, kept beside an entry that it does not change."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import Cli, files_below
from made_submissions import write_info
from making import BOATS, LEARNED, TESTED, write_ships

import eventbench as eb
from eventbench import EventbenchError
from eventbench.io import _host, read_json_object, write_json
from eventbench.leaderboard.entry import read_entry
from eventbench.leaderboard.speed import Speed, measured_speed
from eventbench.leaderboard.submit import add_speed, submit
from eventbench.leaderboard.verify import verify


@pytest.fixture(scope="module")
def made(few_resamples: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Runs of the lexicon on ships, with and without boats to learn from, and on a test alone."""
    folder = tmp_path_factory.mktemp("speed")
    ships = write_ships(folder / "ships")
    boats = write_ships(folder / "boats", "boats", BOATS, LEARNED)
    eb.run("lexicon", corpus=ships, out=folder / "run", task=("triggers", "arguments"))
    eb.run("lexicon", corpus=ships, also_train=[boats], out=folder / "more", folds=[0])
    tested = write_ships(folder / "tested", "tested", BOATS[::-1], TESTED)
    eb.run("lexicon", corpus=tested, also_train=[ships], out=folder / "test", folds=[0])
    submitted(folder, folder / "leaderboard")
    return folder


def submitted(folder: Path, leaderboard: Path) -> Path:
    info = {"deterministic": True, "explanation": "Made-up articles are alike."}
    about = write_info(folder / "entry.toml", **info)
    return submit(folder / "run", about, leaderboard, corpus=folder / "ships").path


@pytest.fixture
def entry(made: Path, tmp_path: Path) -> Path:
    """A copy of the entry to change."""
    shutil.copytree(made / "leaderboard", tmp_path / "leaderboard")
    return tmp_path / "leaderboard/ships/half/1"


def with_records(run: Path, copy: Path, change: Callable[[dict[str, Any], int], Any]) -> Path:
    """A copy of a run with other records of its cells, which are changed in place."""
    shutil.copytree(run, copy)
    for number, path in enumerate(sorted(copy.glob("triggers/seed*/fold*.json"))):
        record = read_json_object(path)
        change(record, number)
        write_json(path, record)
    return copy


def test_an_entry_has_the_speed_that_its_run_measured(made: Path) -> None:
    path = made / "leaderboard/ships/half/1"
    speed = read_entry(path).speed
    assert list(speed) == ["triggers", "arguments"]
    cells = [read_json_object(p) for p in sorted(made.glob("run/triggers/seed0/fold*.json"))]
    sentences = sum(len(d.sentences) for d in eb.load_corpus(made / "ships").documents)
    assert sum(cell["sentences"] for cell in cells) == sentences
    assert all(0 < cell["predict_seconds"] <= cell["seconds"] + 0.01 for cell in cells)
    rates = sorted(1000 * cell["predict_seconds"] / cell["sentences"] for cell in cells)
    assert speed["triggers"].cells == len(rates)
    assert rates[0] <= speed["triggers"].seconds_per_1000_sentences <= rates[-1]
    assert verify(made / "leaderboard", corpus=made / "ships").problems == ()


def test_the_median_is_of_the_machine_with_most_cells(made: Path, tmp_path: Path) -> None:
    def timed(record: dict[str, Any], number: int) -> None:
        record |= {"predict_seconds": [3, 1, 2, 9][number], "sentences": 10, "processor": "A"}
        record |= {"threads": 1} if number < 3 else {"gpu": "G", "processes": 2}

    run = with_records(made / "run", tmp_path / "run", timed)
    assert measured_speed(run)["triggers"] == Speed(200.0, "A, 1 thread", 3)


def test_speed_is_added_later_and_changes_nothing_else(
    made: Path, entry: Path, cli: Cli, tmp_path: Path
) -> None:
    (entry / "speed.json").unlink()
    before = files_below(entry)
    assert read_entry(entry).speed == {}
    fold = tmp_path / "fold"
    eb.run("lexicon", corpus=made / "ships", out=fold, task=("triggers", "arguments"), folds=[0])
    printed = cli("leaderboard", "speed", fold, "--entry", entry).stdout.splitlines()
    assert [line.split(":")[0] for line in printed] == ["triggers", "arguments"]
    after = files_below(entry)
    assert json.loads(after.pop("speed.json")).keys() == {"triggers", "arguments"}
    assert after == before
    assert verify(entry.parents[2], corpus=made / "ships").problems == ()


def test_an_addition_that_was_killed_leaves_a_sound_entry(made: Path, entry: Path) -> None:
    before = files_below(entry)
    (entry / f".speed.json.{2**31 - 1}-{_host()}-abcdefgh.tmp").mkdir()
    read_entry(entry)
    add_speed(made / "run", entry)
    assert files_below(entry).keys() == before.keys()


def test_answers_from_a_cache_say_nothing_of_speed(made: Path, tmp_path: Path) -> None:
    def cached(record: dict[str, Any], number: int) -> None:
        record |= {"predict_seconds": 10 - number, "sentences": 10}
        record |= {"from_cache": number < 3, "processor": "A", "threads": 1}

    run = with_records(made / "run", tmp_path / "run", cached)
    assert measured_speed(run)["triggers"] == Speed(700.0, "A, 1 thread", 1)


def test_speed_stays_when_predictions_are_submitted_again(made: Path, entry: Path) -> None:
    before = files_below(entry)
    info = entry / "entry.toml"
    submit(entry / "predictions", info, entry.parents[2], corpus=made / "ships")
    assert files_below(entry) == before


def test_runs_of_other_data_and_without_times_are_refused(
    made: Path, entry: Path, tmp_path: Path
) -> None:
    before = files_below(entry)
    with pytest.raises(EventbenchError, match=r"run\.json: made with corpus 'tested', .*'ships'"):
        add_speed(made / "test", entry)
    with pytest.raises(EventbenchError, match=r'also_train is \[\], expected \["boats"\]'):
        add_speed(made / "more", entry)
    old = with_records(made / "run", tmp_path / "old", lambda found, _: found.pop("sentences"))
    with pytest.raises(EventbenchError, match=r"fold0\.json: predict_seconds is .*, sentences is"):
        add_speed(old, entry)
    bare = with_records(made / "run", tmp_path / "bare", lambda r, _: r.pop("predict_seconds"))
    shutil.rmtree(bare / "arguments")
    with pytest.raises(EventbenchError, match="no cell of triggers, arguments recorded"):
        add_speed(bare, entry)
    assert files_below(entry) == before


SOUND = {"seconds_per_1000_sentences": 1.5, "hardware": "A", "cells": 2}


@pytest.mark.parametrize(
    ("found", "complaint"),
    [
        ([1], "is not how fast a system predicts"),
        ({"triggers": {**SOUND, "cells": "2"}}, "is not how fast a system predicts"),
        ({"triggers": {**SOUND, "more": 1}}, "is not in the form"),
        ({"values": SOUND}, "has 'values', expected tasks of the entry: triggers, arguments"),
        ({"triggers": {**SOUND, "seconds_per_1000_sentences": 0.0}}, "triggers: expected seconds"),
        ({"triggers": {**SOUND, "cells": 0}}, "triggers: expected seconds and cells above 0"),
        ({"triggers": {**SOUND, "hardware": "A\u202e"}}, ".*printable characters"),
        ({"triggers": {**SOUND, "hardware": "A" * 201}}, "'A.*1 to 200 printable"),
    ],
)
def test_what_is_not_a_speed_is_refused(entry: Path, found: object, complaint: str) -> None:
    (entry / "speed.json").write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    with pytest.raises(EventbenchError, match=rf"speed\.json: .*{complaint}"):
        read_entry(entry)
