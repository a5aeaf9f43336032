"""Runs on the command line: systems, options, configurations, and annotations as a run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT, Cli, files_below
from making import ANNOTATED_TASKS

from eventbench import Corpus, score

MINE = """
from dataclasses import dataclass

@dataclass
class Mine:
    seed: int = 0

    def fit(self, fold, progress): pass
    def predict(self, test): pass
"""


def test_what_a_system_does_not_do_is_said(tmp_path: Path, cli: Cli) -> None:
    (tmp_path / "mine.py").write_text(MINE, "utf-8")
    result = cli("run", "mine:Mine", "--task", "events", "--out", "r")
    assert result.returncode == 1
    assert result.stderr == (
        "eventbench: error: system 'mine:Mine' does not do events, but triggers\n"
    )
    assert cli("run", "mine:Mine", "--task", "event", "--out", "r").returncode == 2
    assert "no fold 5" in cli("run", "mine:Mine", "--folds", "5", "--out", "r").stderr


def test_a_configuration_gives_options_and_flags_go_before_it(tmp_path: Path, cli: Cli) -> None:
    (tmp_path / "c.toml").write_text(
        'description = "x"\n[options]\nl1 = 0.5\niterations = 3\n[fold.2]\niterations = 4\n',
        "utf-8",
    )
    pytest.importorskip("pycrfsuite", reason="the crf needs the extra [crf]")
    common = ["run", "crf", "--config", "c.toml", "--folds", "2"]
    assert cli(*common, "--out", "one").returncode == 0
    record = json.loads((tmp_path / "one" / "run.json").read_text("utf-8"))
    assert (record["options"]["l1"], record["options"]["iterations"]) == (0.5, 3)
    assert record["fold_options"] == {"2": {"iterations": 4}}
    assert cli(*common, "--iterations", "5", "--out", "two").returncode == 0
    record = json.loads((tmp_path / "two" / "run.json").read_text("utf-8"))
    assert record["options"]["iterations"] == 5
    assert record["fold_options"] == {"2": {"iterations": 5}}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[options]\nendng = 'x'\n", "unknown option 'endng'"),
        ("options = 3\n", "options is 3, expected a table"),
        ("[fold]\nx = 3\n", "expected tables [fold.0]"),
        ("[options", "not valid TOML"),
    ],
)
def test_a_configuration_with_a_mistake_is_one_clear_line(
    tmp_path: Path, cli: Cli, text: str, message: str
) -> None:
    (tmp_path / "c.toml").write_text(text, "utf-8")
    result = cli("run", "lexicon", "--config", "c.toml", "--out", "r")
    assert result.returncode == 1
    assert result.stderr.startswith("eventbench: error: c.toml: ")
    assert message in result.stderr
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("iterations = '3'", "iterations is '3', expected int"),
        ("iterations = true", "iterations is True, expected int"),
        ("l2 = nan", "l2 is nan, expected a finite number"),
        ("l2 = -inf", "l2 is -inf, expected a finite number"),
    ],
)
def test_a_value_that_an_option_cannot_have_in_a_configuration(
    tmp_path: Path, cli: Cli, value: str, message: str
) -> None:
    (tmp_path / "c.toml").write_text(f"[options]\nl1 = 1\n{value}\n", "utf-8")
    result = cli("run", "crf", "--config", "c.toml", "--out", "r")
    assert (result.returncode, result.stderr) == (1, f"eventbench: error: c.toml: {message}\n")


OPTIONS = """
from dataclasses import dataclass, field
from pathlib import Path

@dataclass
class Named:
    word: str
    rate: float = field(default_factory=lambda: 0.5)
    seed: int = 0

    def fit(self, fold, progress):
        assert (self.word, self.rate) == ("war", 0.5)

    def predict(self, test):
        return [["O"] * len(row["tokens"]) for row in test]

@dataclass
class InFolder:
    folder: Path = Path()
    seed: int = 0

@dataclass
class Unbounded:
    limit: int = None
    seed: int = 0
    kept: "Unknown" = field(default=None, init=False)

    def fit(self, fold, progress):
        assert self.limit is None

    def predict(self, test):
        return [["O"] * len(row["tokens"]) for row in test]
"""


def test_options_without_a_default_or_with_a_factory(tmp_path: Path, cli: Cli) -> None:
    (tmp_path / "named.py").write_text(OPTIONS, "utf-8")
    missing = cli("run", "named:Named", "--out", "r")
    assert missing.stderr == "eventbench: error: named:Named needs --word, which has no default\n"
    assert not (tmp_path / "r").exists()
    shown = cli("run", "named:Named", "--help").stdout
    assert "--word STR" in shown
    assert shown.count("(required)") == shown.count("(default: 0.5)") == 1
    result = cli("run", "named:Named", "--word", "war", "--out", "r")
    assert (result.returncode, result.stderr) == (0, "")
    record = json.loads((tmp_path / "r/run.json").read_text("utf-8"))
    assert record["options"] == {"word": "war", "rate": 0.5}
    other = cli("run", "named:InFolder", "--out", "q")
    assert (other.returncode, other.stderr.count("\n")) == (1, 1)
    assert "option folder is of type" in other.stderr
    unbounded = cli("run", "named:Unbounded", "--folds", "0", "--out", "p")
    assert (unbounded.returncode, unbounded.stderr) == (0, "")


def test_of_several_processes_the_first_alone_writes(tmp_path: Path, cli: Cli) -> None:
    command = ["run", "lexicon", "--folds", "0", "--out", "run"]
    environment = os.environ | {"RANK": "1", "WORLD_SIZE": "2"}
    second = [sys.executable, "-m", "eventbench", *command]
    subprocess.run(second, cwd=tmp_path, env=environment, check=True, capture_output=True)
    assert not (tmp_path / "run").exists()
    assert cli(*command).returncode == 0
    assert (tmp_path / "run" / "triggers" / "seed0" / "fold0.jsonl").is_file()


def test_the_gold_as_a_run_scores_all_it_can(corpus: Corpus, tmp_path: Path, cli: Cli) -> None:
    gold = ROOT / "annotations" / "gold"
    command = ("data", "export", "--format", "run", "--annotations", gold, "--out", "run")
    result = cli(*command)
    assert (result.returncode, result.stderr) == (0, "")
    for task in ANNOTATED_TASKS:
        report = score(tmp_path / "run", task, corpus=corpus, intervals=False)
        assert report.score.mean == 1.0
    assert cli(*command).stderr == "eventbench: error: run: exists; choose another\n"


def test_tasks_are_run_where_they_apply(tmp_path: Path, cli: Cli) -> None:
    tasks = ("attribution", "links", "values", "incidents")
    command = ("run", "lexicon", "--task", ",".join(tasks), "--out", "run")
    result = cli(*command)
    assert (result.returncode, result.stderr) == (0, "")
    for task in tasks:
        shown = cli("score", "run", "--task", task, "--no-intervals")
        assert "average" in shown.stdout
        wrong = cli("errors", "run", "--task", task)
        assert "decision" in wrong.stdout
    first = ("--corpus", "aleppo-1")
    result = cli("run", "lexicon", "--task", "values", "--out", "other", *first)
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == (
        "eventbench: error: values does not apply to corpus 'aleppo-1': its gold has nothing to "
        "predict\n"
    )
    assert not (tmp_path / "other").exists()


def test_seeds_are_read_as_written(cli: Cli, tmp_path: Path) -> None:
    assert cli("run", "lexicon", "--out", tmp_path / "r", "--seeds", "0-1,4").returncode == 0
    assert sorted(path.name for path in (tmp_path / "r").iterdir()) == ["run.json", "triggers"]
    assert sorted(path.name for path in (tmp_path / "r" / "triggers").iterdir()) == [
        "seed0", "seed1", "seed4",
    ]  # fmt: skip
    result = cli("run", "lexicon", "--out", tmp_path / "r", "--seeds", "a-b")
    assert result.returncode == 2
    assert "expected something like 0-4 or 0,3" in result.stderr
    again = cli("run", "lexicon", "--out", tmp_path / "q", "--seeds", "3,3", "--folds", "0,0-1")
    assert (again.returncode, again.stderr) == (0, "")
    files = sorted(path.name for path in (tmp_path / "q/triggers/seed3").glob("*.jsonl"))
    assert files == ["fold0.jsonl", "fold1.jsonl"]


@pytest.mark.parametrize(
    ("numbers", "message"),
    [
        ("4-1", "4-1 goes backwards"),
        ("1000000000", "at most nine digits"),
        ("\u0663", "expected something like 0-4 or 0,3"),
        ("1-2-3", "expected something like 0-4 or 0,3"),
        ("-1", "expected something like 0-4 or 0,3"),
        ("", "expected something like 0-4 or 0,3"),
        ("0-9999,0", "more than 10000 numbers"),
        ("0-999999999", "more than 10000 numbers"),
    ],
)
@pytest.mark.parametrize("option", ["--seeds", "--folds"])
def test_lists_of_numbers_that_cannot_be_run(
    cli: Cli, tmp_path: Path, option: str, numbers: str, message: str
) -> None:
    result = cli("run", "lexicon", "--out", tmp_path / "s", f"{option}={numbers}")
    assert (result.returncode, (tmp_path / "s").exists()) == (2, False)
    assert message in " ".join(result.stderr.split())


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("class S:\n    def __init__(self, seed): pass\n    def fit(self, a, b): pass\n",
         "it has no predict"),
        ("class S:\n    def fit(self, a, b): pass\n    def predict(self, t): pass\n", "'seed'"),
        ("class S:\n    def __init__(self, seed): pass\n    def fit(self, a): pass\n"
         "    def predict(self, t): pass\n", "too many positional arguments"),
    ],
)  # fmt: skip
def test_a_class_that_is_no_system_is_one_clear_line(
    tmp_path: Path, cli: Cli, source: str, message: str
) -> None:
    (tmp_path / "mine.py").write_text(source, "utf-8")
    result = cli("run", "mine:S", "--out", "run")
    assert result.returncode == 1
    assert message in result.stderr
    assert "expected a dataclass with a field seed" in result.stderr
    assert result.stderr.count("\n") == 1
    assert not (tmp_path / "run").exists()


def test_what_a_run_is_of_is_recorded(tmp_path: Path, cli: Cli) -> None:
    command = ("run", "lexicon", "--out", "run", "--folds", "0")
    assert cli(*command, "--task", "triggers,events").returncode == 0
    record = json.loads((tmp_path / "run/run.json").read_text("utf-8"))
    assert record["system"] == "lexicon"
    assert record["protocol"] == "leave-one-document-out"
    assert record["data"]["corpus"] == "aleppo"
    assert record["data"]["version"] == (ROOT / "annotations/VERSION").read_text("utf-8").strip()
    assert {k: len(v) for k, v in record["data"]["fingerprints"].items()} == {
        "triggers": 16, "events": 16
    }  # fmt: skip
    further = cli(*command, "--task", "arguments")
    assert (further.returncode, further.stderr) == (0, "")
    assert cli("score", "run").stderr == (
        "eventbench: error: run/triggers/seed0/fold0.jsonl: 169 of 206 rows of triggers are "
        "missing, the first is 001-001\n"
    )


@pytest.mark.slow
def test_workers_give_the_same_predictions(tmp_path: Path, harbour: Path, cli: Cli) -> None:
    command = ("run", "crf", "--data", harbour, "--seeds", "0-1", "--folds", "0-1")
    assert cli(*command, "--out", "one").returncode == 0
    result = cli(*command, "--out", "two", "--workers", "2")
    assert (result.returncode, result.stderr) == (0, "")

    def written(name: str) -> dict[str, bytes]:
        found = files_below(tmp_path / name)
        return {path: content for path, content in found.items() if path.endswith(".jsonl")}

    assert len(written("one")) == 4
    assert written("one") == written("two")
    assert cli(*command, "--out", "three", "--workers", "0").returncode == 2


def test_the_options_of_a_system_are_flags(cli: Cli) -> None:
    shown = cli("run", "encoder", "--help").stdout
    assert all(f"--{name}" in shown for name in ("encoder", "epochs", "learning-rate"))
    assert "options of lexicon" not in cli("run", "lexicon", "--help").stdout
    assert cli("run", "encoder", "--out", "x", "--epochs", "many").returncode == 2


def test_a_run_of_the_lexicon_from_start_to_score(tmp_path: Path, cli: Cli) -> None:
    result = cli("run", "lexicon", "--out", tmp_path / "run")
    assert (result.returncode, result.stderr) == (0, "")
    assert f"predictions are in {tmp_path}/run" in result.stdout
    scored = cli("score", tmp_path / "run")
    assert scored.returncode == 0
    assert "micro avg" in scored.stdout
