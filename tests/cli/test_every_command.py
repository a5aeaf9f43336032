"""Every command is run once, and no command can be added without an example of it here."""

from __future__ import annotations

import json
import shlex
import shutil
from pathlib import Path

import click
import pytest
from commandline import run_here
from conftest import HARBOUR
from made_submissions import write_info
from test_help import commands_below

from eventbench.cli import data
from eventbench.cli.main import root

RESULTS = """\
- dataset: {id: me/harbour, task_id: triggers}
  value: 61.5
  notes: percent
"""

PREPARED = """
run lexicon --task all --out run --data harbour
fit lexicon --out model --data harbour
data build --text none --out bare --data harbour
leaderboard submit run --entry entry.toml --leaderboard board --data harbour
"""
"""Commands whose output the examples read."""

EXAMPLES = {
    "run": "run lexicon --task all --seeds 0-1 --out mine --data harbour",
    "score": "score run --task arguments --data harbour",
    "compare": "compare run gold --task events --data harbour",
    "errors": "errors run --html errors.html --data harbour",
    "view": "view h1 --out h1.html --data harbour",
    "incidents": "incidents --format json --out incidents.json --data harbour",
    "report": "report --title Strikes --out report --data harbour",
    "fit": "fit lexicon --task triggers --fold 0 --out fitted --data harbour",
    "predict": "predict --model model new/quay.txt --out events.jsonl",
    "data validate": "data validate --data harbour",
    "data stats": "data stats --json --data harbour",
    "data agreement": "data agreement harbour/annotations/gold harbour/annotations/gold "
    "--data harbour",
    "data adjudicate": "data adjudicate harbour/annotations/gold harbour/annotations/gold "
    "--data harbour --out adjudicated",
    "data leakage": "data leakage --data harbour",
    "data export": "data export --format brat --out brat --data harbour",
    "data import": "data import new --data growing",
    "data build": "data build --out dataset --data harbour",
    "data hydrate": "data hydrate hydrated --seeds harbour/seeds",
    "leaderboard submit": "leaderboard submit run --entry entry.toml --leaderboard another "
    "--data harbour",
    "leaderboard speed": "leaderboard speed run --entry board/harbour/lexicon/1",
    "leaderboard verify": "leaderboard verify --leaderboard board --data harbour",
    "leaderboard show": "leaderboard show --leaderboard board --data harbour",
    "leaderboard build": "leaderboard build --leaderboard board --out site --data harbour",
    "hub dataset": "hub dataset bare --repo-id me/harbour",
    "hub results": "hub results run --repo-id me/model --dataset-id me/harbour --data harbour",
    "hub check": "hub check checkout",
    "completion": "completion bash",
}
"""A command and an invocation of it that succeeds in the folder `prepared`."""


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a corpus, a run, a model, a dataset and a leaderboard."""
    folder = tmp_path_factory.mktemp("prepared")
    for name in ("harbour", "growing"):
        shutil.copytree(HARBOUR, folder / name)
    write_info(folder / "entry.toml", system="lexicon", name="Lexicon")
    (folder / "checkout/.eval_results").mkdir(parents=True)
    (folder / "checkout/.eval_results/harbour.yaml").write_text(RESULTS, "utf-8")
    (folder / "new").mkdir()
    (folder / "new/quay.txt").write_text("Dockers on strike closed the quay.\n", "utf-8")
    (folder / "new/quay.ann").write_text("T1\tStrike 11 17\tstrike\nE1\tStrike:T1\n", "utf-8")
    for line in PREPARED.strip().splitlines():
        result = run_here(folder, shlex.split(line))
        assert result.returncode == 0, result.stderr
    shutil.copytree(folder / "bare", folder / "hydrated")
    gold = ("data", "export", "--format", "run", "--out", "gold", "--data", "harbour")
    assert run_here(folder, [*gold]).returncode == 0
    return folder


def untested() -> list[str]:
    """The commands of the tree that have no example here."""
    tree = commands_below(root)
    named = [" ".join(path) for path, command in tree if not isinstance(command, click.Group)]
    return [name for name in named if name not in EXAMPLES]


def unexplained() -> list[str]:
    """The commands of the tree whose help has no example."""
    tree = commands_below(root)
    return [
        " ".join(p) for p, command in tree if "Example: eventbench" not in (command.epilog or "")
    ]


def test_every_command_has_an_example_here_and_in_its_help() -> None:
    assert untested() == []
    assert unexplained() == []
    assert len(EXAMPLES) == len({tuple(shlex.split(line)) for line in EXAMPLES.values()})


def test_a_command_without_examples_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(data.command.commands, "shuffle", click.Command("shuffle"))
    assert untested() == ["data shuffle"]
    assert unexplained() == ["data shuffle"]


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_example_of_each_command_runs(prepared: Path, name: str) -> None:
    words = shlex.split(EXAMPLES[name])
    assert words[: len(name.split())] == name.split()
    result = run_here(prepared, words)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout or name == "data validate"
    if "--out" in words:
        assert (prepared / words[words.index("--out") + 1]).exists()
    if "--json" in words:
        json.loads(result.stdout)
