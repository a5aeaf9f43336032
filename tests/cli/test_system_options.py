"""Options of a system on the command line: where they may stand, and what they combine with."""

from __future__ import annotations

import json
import re
from pathlib import Path

import click
import pytest
from conftest import Cli

from eventbench.cli.run import command as run_command
from eventbench.cli.system_options import find_system_name

SYSTEM = '''
from dataclasses import dataclass, field


@dataclass
class Said:
    """Remembers its options in the record of the run."""

    word: str = "a"
    big_steps: int = 1
    rate: float = 0.5
    loud: bool = False
    mode: str = field(default="x", metadata={"help": "how it goes", "choices": ("x", "y")})
    hidden: int = field(default=0, init=False)
    seed: int = 0

    def fit(self, fold, progress): ...

    def predict(self, test):
        return [["O"] * len(row["tokens"]) for row in test]


@dataclass
class Clashing:
    out: str = ""
    seed: int = 0
'''


@pytest.fixture
def said(tmp_path: Path) -> Path:
    (tmp_path / "said.py").write_text(SYSTEM, "utf-8")
    return tmp_path


def options_of(folder: Path) -> dict[str, object]:
    options: dict[str, object] = json.loads((folder / "r/run.json").read_text("utf-8"))["options"]
    return options


@pytest.mark.parametrize(
    "arguments",
    [
        "said:Said --word b --big-steps 3 --loud --mode y --folds 0 --out r",
        "--word b --big-steps 3 --loud --mode y said:Said --folds 0 --out r",
        "--out r --word b --big-steps 3 --loud said:Said --mode y --folds 0",
        "--word=b --loud --mode=y --out=r --big-steps 3 said:Said --folds=0",
        "--folds 0 --out r --word b --big-steps 3 --mode y --loud said:Said",
        "--word b --big-steps 3 --mode y --loud --out r --folds 0 -- said:Said",
    ],
)
def test_options_stand_before_or_after_the_system(said: Path, cli: Cli, arguments: str) -> None:
    result = cli("run", *arguments.split())
    assert (result.returncode, result.stderr) == (0, "")
    assert options_of(said) == {
        "word": "b", "big_steps": 3, "rate": 0.5, "loud": True, "mode": "y"
    }  # fmt: skip


def test_a_value_may_be_the_name_of_a_system(said: Path, cli: Cli) -> None:
    result = cli("run", "--word", "lexicon", "said:Said", "--folds", "0", "--out", "r")
    assert (result.returncode, result.stderr) == (0, "")
    assert options_of(said)["word"] == "lexicon"


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        ("lexicon", "lexicon"),
        ("--out lexicon crf", "crf"),
        ("--out=lexicon crf", "crf"),
        ("--seeds 0-4 --task all crf", "crf"),
        ("--data here:There --config c:D crf", "crf"),
        ("--word strikes a.b:C", "a.b:C"),
        ("--word lexicon a.b:C", "a.b:C"),
        ("--word no.such:Module crf", "crf"),
        ("--base-url http://host:80/v1 crf", "crf"),
        ("--rate -1 crf", "crf"),
        ("--loud --out x crf", "crf"),
        ("--data a:B --word a:C --corpus=d:E crf", "crf"),
        ("--word crf", "crf"),
        ("--help crf", "crf"),
        ("-h crf", "crf"),
        ("-- crf", "crf"),
        ("crf lexicon", "crf"),
        ("nonsense", "nonsense"),
        ("--word strikes nonsense", "nonsense"),
        ("--word strikes", "strikes"),
        ("--out lexicon", None),
        ("--help", None),
        ("", None),
    ],
)
def test_the_system_is_found_among_the_arguments(arguments: str, name: str | None) -> None:
    own = run_command.get_params(click.Context(run_command))
    assert find_system_name(arguments.split(), own) == name


def test_a_flag_before_the_system_takes_no_value(said: Path, cli: Cli) -> None:
    result = cli("run", "--no-loud", "said:Said", "--folds", "0", "--out", "r")
    assert (result.returncode, result.stderr) == (0, "")
    assert options_of(said)["loud"] is False


@pytest.mark.parametrize("verb", ["run", "fit"])
@pytest.mark.parametrize("order", [("said:Said", "--help"), ("--help", "said:Said")])
def test_help_before_or_after_the_system_shows_its_options(
    said: Path, cli: Cli, verb: str, order: tuple[str, str]
) -> None:
    result = cli(verb, *order)
    assert (result.returncode, result.stderr) == (0, "")
    shown = result.stdout.partition("Options of said:Said:\n")[2]
    assert re.findall(r"^  (--.*?)  ", shown, re.MULTILINE) == [
        "--word STR", "--big-steps INT", "--rate FLOAT", "--loud / --no-loud", "--mode [x|y]",
    ]  # fmt: skip
    assert "how it goes (default: x)" in shown
    assert "(default: False)" in shown


def test_help_without_a_system_says_how_to_see_options(cli: Cli) -> None:
    shown = cli("run", "--help").stdout
    assert "`eventbench run SYSTEM --help` lists them." in " ".join(shown.split())
    assert "Options of" not in shown


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("said:Said --mode z", "'z' is not one of 'x', 'y'"),
        ("said:Said --big-steps many", "'many' is not a valid int"),
        ("said:Said --rate", "'--out' is not a valid float"),
        ("said:Said --rate nan", "rate is nan, expected a finite number"),
        ("said:Said --rate=-inf", "rate is -inf, expected a finite number"),
        ("said:Said --worn b", "No such option '--worn'. (Did you mean one of: '--word', "),
        ("said:Said --hidden 1", "No such option '--hidden'"),
        ("said:Said --seed 1", "No such option '--seed'"),
        ("said:Said lexicon", "unexpected extra argument (lexicon)"),
        ("strikes said:Said", "unexpected extra argument (said:Said)"),
    ],
)
def test_wrong_options_are_wrong_usage(said: Path, cli: Cli, arguments: str, message: str) -> None:
    result = cli("run", *arguments.split(), "--out", "r")
    assert (result.returncode, result.stdout) == (2, "")
    assert message in result.stderr
    assert not (said / "r").exists()


def test_a_field_named_like_an_option_of_the_command(said: Path, cli: Cli) -> None:
    result = cli("run", "said:Clashing", "--out", "r")
    assert result.returncode == 1
    assert result.stderr == (
        "eventbench: error: system 'said:Clashing': option out would be --out, which is an option "
        "of eventbench run; rename the field\n"
    )


@pytest.mark.parametrize("table", ["options", "fold.1"])
def test_a_choice_is_checked_in_a_configuration_too(said: Path, cli: Cli, table: str) -> None:
    (said / "c.toml").write_text(f"[{table}]\nmode = 'z'\n", "utf-8")
    result = cli("run", "said:Said", "--config", "c.toml", "--out", "r")
    assert (result.returncode, result.stderr) == (
        1, "eventbench: error: c.toml: mode is 'z', expected one of x, y\n"
    )  # fmt: skip
    assert not (said / "r").exists()


def test_a_flag_overrides_a_configuration_which_overrides_a_default(said: Path, cli: Cli) -> None:
    (said / "c.toml").write_text(
        "[options]\nloud = true\nrate = 2\nword = 'c'\n[fold.0]\nbig_steps = 7\n", "utf-8"
    )
    result = cli(
        "run", "said:Said", "--config", "c.toml", "--no-loud", "--folds", "0", "--out", "r"
    )
    assert (result.returncode, result.stderr) == (0, "")
    assert options_of(said) == {
        "word": "c", "big_steps": 1, "rate": 2, "loud": False, "mode": "x"
    }  # fmt: skip
    record = json.loads((said / "r/run.json").read_text("utf-8"))
    assert record["fold_options"] == {"0": {"big_steps": 7, "loud": False}}
