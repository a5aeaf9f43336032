"""The command line scores files of any tags: --gold, --conlleval, --convert and --input."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from conftest import Cli


@pytest.fixture
def iob1(tmp_path: Path) -> Path:
    path = tmp_path / "gold.conll"
    path.write_text("EU I-ORG\nx O\n")
    return path


def test_iob1_is_refused_in_one_line_and_converted_on_demand(iob1: Path, cli: Cli) -> None:
    result = cli("score", iob1, "--gold", iob1)
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == (
        f"eventbench: error: {iob1}:1: 'I-ORG' at token 0 of the sentence continues no entity "
        "of its class; the file looks like IOB1, not IOB2: use --convert iob1\n"
    )
    result = cli("score", iob1, "--gold", iob1, "--convert", "iob1")
    assert result.returncode == 0, result.stderr
    assert "Read as IOB1 and converted to IOB2." in result.stdout
    assert "for the class and all 3 averages." in result.stdout
    found = json.loads(cli("score", iob1, "--gold", iob1, "--convert", "io", "--json").stdout)
    assert found["scores"]["ORG"] == {"precision": 1.0, "recall": 1.0, "f1": 1.0, "support": 1}
    assert found["notes"][0] == "Read as IO and converted to IOB2."


def test_stray_tags_of_predictions_are_counted(tmp_path: Path, cli: Cli) -> None:
    (tmp_path / "g.conll").write_text("a B-X\nb I-X\n")
    (tmp_path / "p.conll").write_text("a O\nb I-X\n")
    result = cli("score", "p.conll", "--gold", "g.conll")
    assert "continue no entity of their class do not count as entities: 1." in result.stdout


def test_the_format_is_given_where_the_ending_does_not_tell(tmp_path: Path, cli: Cli) -> None:
    for ending in ("out", "bio", "tsv", "iob"):
        path = tmp_path / f"x.{ending}"
        path.write_text("EU\tB-ORG\n")
        result = cli("score", path, "--gold", path)
        assert result.returncode == 1
        assert result.stderr.endswith(
            f"{path}: the ending of a file tells its format: expected .jsonl, .conll, .parquet, "
            ".txt or .json (rename it, or use --input conll with --gold)\n"
        )
        assert cli("score", path).stderr == result.stderr
        result = cli("score", path, "--gold", path, "--input", "conll", "--no-verify")
        assert result.returncode == 0, result.stderr
        assert "ORG" in result.stdout


def test_a_conlleval_file_is_scored_by_itself(tmp_path: Path, cli: Cli) -> None:
    (tmp_path / "out").write_text("EU NNP B-ORG B-ORG\nx VBZ O O\n")
    result = cli("score", "--conlleval", "out", "--json")
    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout)["scores"]["ORG"]["support"] == 1
    assert "--conlleval" in cli("score", "--help").stdout


@pytest.mark.parametrize(
    "options",
    [
        ["--gold", "x", "--conlleval"],
        ["--convert", "iob1"],
        ["--input", "conll"],
        ["--conlleval", "--input", "conll"],
        ["--gold", "x", "--format", "latex"],
        ["--gold", "x", "--figure", "x.pdf"],
        ["--json", "--format", "csv"],
        ["--format", "conll"],
        ["y", "--gold", "x"],
        ["--gold", "x", "--convert", "iob2"],
    ],
)
def test_options_that_do_not_go_together_are_refused(cli: Cli, options: list[str]) -> None:
    result = cli("score", "p.conll", *options)
    assert (result.returncode, result.stdout) == (2, "")
    assert "Traceback" not in result.stderr
