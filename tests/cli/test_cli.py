"""What the command line prints."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from conftest import ROOT, Cli

VERBS = [
    "validate", "stats", "agreement", "view", "leakage", "export", "import", "build", "hydrate",
    "run", "score", "compare", "score-events", "errors",
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
    assert sorted(path.name for path in (tmp_path / "r").iterdir()) == ["run.json", "triggers"]
    assert sorted(path.name for path in (tmp_path / "r" / "triggers").iterdir()) == [
        "seed0", "seed1", "seed4",
    ]  # fmt: skip
    result = cli("run", "lexicon", "--out", tmp_path / "r", "--seeds", "a-b")
    assert result.returncode == 2
    assert "expected something like 0-4 or 0,3" in result.stderr
    result = cli("run", "lexicon", "--out", tmp_path / "s", "--seeds", "4-1")
    assert (result.returncode, (tmp_path / "s").exists()) == (2, False)


def test_an_article_from_brat_to_a_dataset(tmp_path: Path, cli: Cli) -> None:
    """The commands of docs/annotate-an-article.md, one after the other."""
    import shutil

    pytest.importorskip("spacy", reason="importing needs the extra [segment]")
    data = tmp_path / "my-data"
    for name in ("seeds", "annotations"):
        shutil.copytree(ROOT / name, data / name)
    assert cli("export", "--format", "brat", "--data", data, "--out", "my-brat").returncode == 0
    new = tmp_path / "my-brat" / "new"
    new.mkdir()
    text = "Troops seized Idlib on Monday. 😀 A medic said two\u00a0people died.\n"
    (new / "sixth.txt").write_text(text, encoding="utf-8")
    place = text.index("died")
    (new / "sixth.ann").write_text(
        "T1\tTerritorialControl 7 13\tseized\nE1\tTerritorialControl:T1\n"
        f"T2\tCasualty {place} {place + 4}\tdied\nE2\tCasualty:T2\n",
        encoding="utf-8",
    )
    result = cli("import", "my-brat/new", "--data", data)
    assert result.returncode == 0, result.stderr
    assert result.stdout.startswith(f"{data}: added 005\n")
    result = cli("validate", "--data", data)
    assert result.returncode == 1
    assert {line.split(": ")[1] for line in result.stdout.splitlines()} <= {
        "missing-subtype", "missing-attribute", "untagged-trigger-word",
    }  # fmt: skip
    result = cli("build", "--data", data, "--out", "my-dataset")
    assert (result.returncode, result.stdout) == (1, "")
    assert "sixth.ann:2: E1 has no subtype (see eventbench validate)" in result.stderr
    gold = data / "annotations/gold/sixth.ann"
    gold.write_text(
        gold.read_text("utf-8")
        + "A1\tTerritorialControlSubtype E1 change\nA2\tStatus E1 actual\nA3\tReported E1 author\n"
        + "A4\tCasualtySubtype E2 killed\nA5\tStatus E2 actual\nA6\tReported E2 attributed\n",
        "utf-8",
    )
    result = cli("build", "--data", data, "--out", "my-dataset")
    assert "arguments_fold5" in result.stdout, result.stderr
    assert cli("import", "my-brat/new").returncode == 1
    assert cli("import", "my-brat/new", "--data", data).stderr.count("\n") == 1


def test_events_are_scored_end_to_end(tmp_path: Path, cli: Cli) -> None:
    assert cli("export", "--format", "jsonl", "--out", "gold.jsonl").returncode == 0
    result = cli("score-events", "gold.jsonl")
    assert result.returncode == 0, result.stderr
    assert "arguments hang on predicted triggers" in result.stdout
    found = json.loads(cli("score-events", "gold.jsonl", "--json").stdout)
    assert found["pooled"]["measures"]["AC+"]["micro"]["f1"] == 1.0
    assert found["signature"]["triggers"] == "predicted"


def test_errors_are_shown_and_written_as_a_page(tmp_path: Path, cli: Cli) -> None:
    assert cli("run", "lexicon", "--out", "run").returncode == 0
    shown = cli("errors", "run")
    assert shown.returncode == 0, shown.stderr
    assert "what became of" in shown.stdout
    assert "missed" in shown.stdout
    assert cli("errors", "run", "--html", "errors.html").returncode == 0
    assert "<!doctype html>" in (tmp_path / "errors.html").read_text("utf-8").lower()
    outcomes = json.loads(cli("errors", "run", "--json").stdout)
    assert outcomes
    assert cli("errors", "run", "--seed", "7").stderr.endswith("run: has no seed 7, but 0\n")


def test_leakage_is_shown(cli: Cli) -> None:
    found = json.loads(cli("leakage", "--json").stdout)
    assert [fold["with near-duplicate"] for fold in found["folds"]][3] == 0
    assert all(pair["similarity"] >= found["threshold"] for pair in found["near_duplicates"])


def test_the_readmes_system_runs_from_the_working_directory(tmp_path: Path, cli: Cli) -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    (source,) = (b for b in re.findall(r"```python\n(.*?)```", readme, re.DOTALL) if "class" in b)
    (tmp_path / "suffix.py").write_text(source, "utf-8")
    command = ["run", "suffix:Suffix", "--ending", "strikes", "--out", "run", "--seeds", "0-1"]
    result = cli(*command)
    assert (result.returncode, result.stderr) == (0, "")
    assert "Attack" in cli("score", "run", "--no-intervals").stdout
    assert cli(*command).stdout.endswith("(10 of 10 cells were there already)\n")
    (tmp_path / "suffix.py").write_text(source.replace("B-Attack", "B-Casualty"), "utf-8")
    result = cli(*command)
    assert result.returncode == 1
    assert "holds another run: source is" in result.stderr


def test_the_readmes_lines_have_the_fields_that_runs_write(tmp_path: Path, cli: Cli) -> None:
    block, _ = re.findall(r"```json\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)
    tasks = ("triggers", "arguments", "attributes")
    assert cli("run", "lexicon", "--task", ",".join(tasks), "--out", "run").returncode == 0
    for task, line in zip(tasks, block.splitlines(), strict=True):
        shown = json.loads(line)
        lines = (tmp_path / "run" / task / "seed0/fold0.jsonl").read_text("utf-8").splitlines()
        written = {found["id"]: found for found in map(json.loads, lines)}
        assert written[shown["id"]].keys() == shown.keys()


def test_the_readmes_event_file_is_of_the_right_form(tmp_path: Path, cli: Cli) -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    _, block = re.findall(r"```json\n(.*?)```", readme, re.DOTALL)
    others = "".join(f'{{"id": "00{k}", "events": []}}\n' for k in range(1, 5))
    (tmp_path / "events.jsonl").write_text(block + others, "utf-8")
    found = json.loads(cli("score-events", "events.jsonl", "--json").stdout)
    micro = found["pooled"]["measures"]["AC+"]["micro"]
    assert (micro["correct"], micro["predicted"]) == (1, 1)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("class S:\n    def __init__(self, seed): pass\n    def fit(self, a, b, c): pass\n",
         "it has no predict"),
        ("class S:\n    def fit(self, a, b, c): pass\n    def predict(self, t): pass\n", "'seed'"),
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
