"""The commands about annotations: what they print and their exit codes."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from conftest import FAULTY, Cli


def test_validate_says_one_line_a_problem_and_exits_1(tiny: Path, cli: Cli) -> None:
    shutil.copytree(FAULTY / "offset-text-mismatch", tiny, dirs_exist_ok=True)
    result = cli("data", "validate", "--data", tiny)
    assert result.returncode == 1
    assert result.stderr == ""
    assert result.stdout == (
        f"{tiny}/annotations/gold/a.ann:39: offset-text-mismatch: found 'Sunday', but the article "
        "has 'Monday' at 24-30\n"
    )
    as_json = json.loads(cli("data", "validate", "--data", tiny, "--json").stdout)
    assert [(p["line"], p["check"]) for p in as_json] == [(39, "offset-text-mismatch")]


def test_validate_is_silent_on_sound_gold(tiny: Path, cli: Cli) -> None:
    result = cli("data", "validate", "--data", tiny)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def test_an_unreadable_file_is_one_clear_line(tiny: Path, cli: Cli) -> None:
    (tiny / "seeds" / "a.txt").unlink()
    result = cli("data", "validate", "--data", tiny)
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.startswith("eventbench: error: ")
    assert "seeds/a.txt: No such file or directory" in result.stderr
    assert result.stderr.count("\n") == 1


def test_agreement_lists_differences_and_gives_json(tiny: Path, cli: Cli) -> None:
    gold = tiny / "annotations/gold"
    other = tiny / "other"
    other.mkdir()
    for path in gold.iterdir():
        text = path.read_text("utf-8").replace("Status E1 actual", "Status E1 planned")
        (other / path.name).write_text(text, "utf-8")
    result = cli("data", "agreement", gold, other, "--data", tiny, "--differences")
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout == (
        "a-001  Rebels took the city on Monday.\n  took: status\n    A  actual\n    B  planned\n"
    )
    options = ("--data", tiny, "--json")
    (found,) = json.loads(cli("data", "agreement", gold, other, "--differences", *options).stdout)
    assert found == {
        "id": "a:7-11:status",
        "article": "a",
        "sentence": "a-001",
        "text": "Rebels took the city on Monday.",
        "span": {"start": 7, "end": 11},
        "words": "took",
        "about": "status",
        "a": ["actual"],
        "b": ["planned"],
        "expected": "a, b or another of actual, planned, hypothetical, negated",
        "depends_on": [],
    }
    report = json.loads(cli("data", "agreement", gold, other, *options).stdout)
    assert report["articles"] == {"both": ["a", "b"], "only_a": [], "only_b": []}
    assert list(report["parts"]) == [
        "all", "Attack", "Displacement", "TerritorialControl", "Casualty", "a", "b",
    ]  # fmt: skip
    assert report["parts"]["all"]["f1"]["trigger"] == {"agreeing": 7, "in_a": 7, "in_b": 7}
    same = cli("data", "agreement", gold, gold, "--data", tiny, "--differences")
    assert same.stdout == "A and B do not differ.\n"
