"""What the command line prints."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from conftest import Cli

VERBS = [
    "validate", "stats", "agreement", "view", "leakage", "export", "import", "build", "hydrate",
    "run", "score", "compare", "errors",
]  # fmt: skip


def test_help_lists_every_verb(cli: Cli) -> None:
    result = cli("--help")
    assert result.returncode == 0
    listed = [line.split()[0] for line in result.stdout.splitlines() if line.startswith("    ")]
    assert [word for word in listed if word in VERBS] == VERBS


@pytest.mark.parametrize("verb", VERBS)
def test_each_verb_has_help_with_an_example(cli: Cli, verb: str) -> None:
    result = cli(verb, "--help")
    assert result.returncode == 0
    assert f"Example: eventbench {verb}" in result.stdout


def test_wrong_usage_exits_2_without_a_traceback(cli: Cli) -> None:
    for arguments in ([], ["nonsense"], ["score"], ["run", "lexicon"], ["run"]):
        result = cli(*arguments)
        assert result.returncode == 2, arguments
        assert "Traceback" not in result.stderr


def test_stats(tiny: Path, cli: Cli) -> None:
    result = cli("stats", "--data", tiny)
    assert result.returncode == 0
    lines = result.stdout.splitlines()
    assert lines[0].startswith("eventbench 0.0.1, fingerprint ")
    assert [line.split() for line in lines[2:] if line and line[0] != "-"] == [
        ["article", "sentences", "tokens", "events", "Attack", "Displacement",
         "TerritorialControl", "Casualty"],
        ["a", "4", "37", "4", "2", "0", "1", "1"],
        ["b", "2", "23", "3", "2", "0", "0", "1"],
        ["all", "6", "60", "7", "4", "0", "1", "2"],
    ]  # fmt: skip
    articles = json.loads(cli("stats", "--data", tiny, "--json").stdout)["articles"]
    assert articles[0] == {
        "article": "a", "sentences": 4, "tokens": 37, "events": 4, "Attack": 2,
        "Displacement": 0, "TerritorialControl": 1, "Casualty": 1,
    }  # fmt: skip


def test_a_reader_that_goes_away_is_no_error(tiny: Path) -> None:
    import subprocess
    import sys

    command = f"{sys.executable} -m eventbench stats --json --data {tiny} | head -c 1"
    result = subprocess.run(command, shell=True, capture_output=True, text=True, check=False)
    assert (result.stdout, result.stderr) == ("{", "")


def test_output_that_cannot_be_written_is_one_clear_line(tmp_path: Path, cli: Cli) -> None:
    (tmp_path / "file").touch()
    for arguments in (["build"], ["run", "lexicon"], ["view", "000"]):
        result = cli(*arguments, "--out", tmp_path / "file" / "below")
        assert result.returncode == 1, arguments
        assert result.stderr.startswith("eventbench: error: ")
        assert result.stderr.count("\n") == 1
        assert "Traceback" not in result.stderr


def test_seeds_are_read_as_written(cli: Cli, tmp_path: Path) -> None:
    assert cli("run", "lexicon", "--out", tmp_path / "r", "--seeds", "0-1,4").returncode == 0
    assert sorted(path.name for path in (tmp_path / "r").iterdir()) == [
        "run.json", "seed0", "seed1", "seed4",
    ]  # fmt: skip
    result = cli("run", "lexicon", "--out", tmp_path / "r", "--seeds", "a-b")
    assert result.returncode == 2
    assert "expected something like 0-4 or 0,3" in result.stderr
