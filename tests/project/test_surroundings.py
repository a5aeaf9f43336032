"""Where the program runs: output that cannot be written, terminals, other systems, killed runs."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from subprocess import PIPE
from typing import Any

import pytest
from conftest import ROOT, files_below

from eventbench import EventbenchError, load_corpus, run
from eventbench.io import _host
from eventbench.leaderboard.entry import TaskResult, entry_paths, load_entries
from eventbench.leaderboard.judge import Judge
from eventbench.leaderboard.submit import submit
from eventbench.systems import machine

EVENTBENCH = [sys.executable, "-m", "eventbench"]
DEAD = 4_194_305
HARBOUR = ROOT / "tests/harbour"


@pytest.mark.posix
@pytest.mark.parametrize("arguments", [["--help"], ["data", "stats", "--data", HARBOUR]])
def test_a_full_disk_behind_standard_output_is_one_line(arguments: list[object]) -> None:
    with open("/dev/full", "w", encoding="utf-8") as full:
        command = [*EVENTBENCH, *map(str, arguments)]
        found = subprocess.run(command, stdout=full, stderr=PIPE, text=True, check=False)
    assert found.returncode == 1
    assert found.stderr == "eventbench: error: No space left on device\n"


@pytest.mark.posix
@pytest.mark.slow
@pytest.mark.parametrize("arguments", [["--help"], ["data", "stats", "--json"], ["--version"]])
def test_closed_streams_are_no_traceback(arguments: list[str]) -> None:
    for closed in (">&-", "2>&-", "<&-", ">&- 2>&- <&-"):
        command = f"{' '.join([*EVENTBENCH, *arguments])} {closed}"
        found = subprocess.run(command, shell=True, capture_output=True, text=True, check=False)
        assert (found.returncode, found.stderr) == (0, ""), closed


ODD = "Docker – “крики” 😀"


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252"])
def test_what_a_terminal_cannot_show_is_escaped(harbour: Path, encoding: str) -> None:
    """On standard output: Python itself escapes what goes to standard error."""
    gold = harbour / "annotations/gold/maren.ann"
    lines = gold.read_text("utf-8").splitlines(keepends=True)
    lines[0] = f"{lines[0].rpartition(chr(9))[0]}\t{ODD}\n"
    gold.write_text("".join(lines), "utf-8")
    found = subprocess.run(
        [*EVENTBENCH, "data", "validate", "--data", str(harbour)],
        env=os.environ | {"PYTHONIOENCODING": encoding},
        capture_output=True,
        check=False,
    )
    assert (found.returncode, found.stderr) == (1, b"")
    assert b"maren.ann:1: offset-text-mismatch: found 'Docker" in found.stdout
    assert b"\\u043a\\u0440" in found.stdout
    assert found.stdout.decode(encoding)


def test_json_stays_the_same_on_an_ascii_terminal(tmp_path: Path) -> None:
    program = (
        "import sys\n"
        "from eventbench.cli.output import escape_what_cannot_be_shown, print_json\n"
        "escape_what_cannot_be_shown(sys.stdout, sys.stderr)\n"
        f"print_json([{ODD!r}])\n"
    )
    found = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | {"PYTHONIOENCODING": "ascii"},
        capture_output=True,
        check=True,
    )
    assert found.stdout.isascii()
    assert json.loads(found.stdout) == [ODD]


def test_no_temporary_folder_is_one_line(tmp_path: Path) -> None:
    program = (
        "import sys\n"
        "from eventbench.cli.main import main\n"
        "def full(*a, **k): raise OSError(28, 'No space left on device', '/tmp/x')\n"
        "import eventbench.annotation.validate as v\n"
        "v.validate = full\n"
        "sys.exit(main(['data', 'validate']))\n"
    )
    found = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert found.returncode == 1
    assert found.stderr == "eventbench: error: /tmp/x: No space left on device\n"


def test_the_machine_is_described_where_python_has_no_resource(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "resource", None)  # as on Windows
    found = machine.describe_machine()
    assert found["peak_memory_mb"] is None
    assert found["cores"] > 0
    monkeypatch.undo()
    assert machine.describe_machine()["peak_memory_mb"] > 10


# Killed runs and submissions


def left_over(folder: Path, name: str, process: int = DEAD, host: str = "") -> Path:
    path = folder / f".{name}.{process}-{host or _host()}-abcdef12.tmp"
    path.mkdir(parents=True)
    (path / "new").mkdir()
    return path


def test_a_run_killed_at_its_first_record_goes_on(tmp_path: Path) -> None:
    out = tmp_path / "run"
    left_over(out, "run.json")
    run("lexicon", corpus=HARBOUR, out=out, folds=[0])
    assert {path.name for path in out.iterdir()} == {"run.json", "triggers"}


def test_only_our_own_leftovers_are_passed_over_in_a_leaderboard(tmp_path: Path) -> None:
    for level in ("", "harbour", "harbour/half"):
        folder = tmp_path / level
        left_over(folder, "x")
        running = left_over(folder, "y", os.getpid())
        assert entry_paths(tmp_path, "harbour") == []
        assert {p.name for p in folder.iterdir()} == {running.name}
        for foreign in (".x", ".x-abcdefgh", f".y.1-{'0' * 8}-abcdef12.tmp"):
            (folder / foreign).mkdir()
            with pytest.raises(EventbenchError, match=r"is not allowed"):
                load_entries(tmp_path, "harbour")
            (folder / foreign).rmdir()


INFO = """
system = "half"
revision = "1"
name = "Half"
authors = ["A"]
licence = "MIT"
description = "A lexicon."
training_data = "none"
encoder = "none"
parameters = 0
protocol = "leave-one-document-out"
hardware = "a laptop"
cost = "none"
canary_seen = "no"
articles_seen = "no"
deterministic = true
"""


def die_at(number: int, of: list[str], act: Callable[[], object]) -> bool:
    """Act in a process that is killed at one of its calls; False if it came to the end."""
    child = os.fork()
    if not child:
        calls = 0

        def counted(call: Callable[..., object]) -> Callable[..., object]:
            def instead(*arguments: object, **named: object) -> object:
                nonlocal calls
                calls += 1
                if calls == number:
                    os.kill(os.getpid(), signal.SIGKILL)
                return call(*arguments, **named)

            return instead

        for name in of:
            setattr(os, name, counted(getattr(os, name)))
        act()
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


@pytest.mark.posix
@pytest.mark.slow
def test_a_killed_submission_blocks_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus = load_corpus(HARBOUR)
    scores: dict[str, TaskResult] = {}
    compute = Judge.score

    def score(judge: Judge, answers: Any, task: str, *, verify: bool = False) -> TaskResult:
        """Compute once, to be quick."""
        if task not in scores:
            scores[task] = compute(judge, answers, task, verify=verify)
        return scores[task]

    monkeypatch.setattr(Judge, "score", score)
    run("lexicon", corpus=corpus, out=tmp_path / "run")
    (tmp_path / "entry.toml").write_text(INFO, "utf-8")
    board = tmp_path / "board"
    names = ["rename", "replace", "rmdir"]

    def send() -> None:
        submit(tmp_path / "run", tmp_path / "entry.toml", board, corpus=corpus)

    submit(tmp_path / "run", tmp_path / "entry.toml", tmp_path / "other", corpus=corpus)
    number = 1
    while die_at(number, names, send):
        paths = entry_paths(board, "harbour")
        assert paths in ([], [board / "harbour/half/1"])
        assert [p for p in (board / "harbour/half").iterdir() if p not in paths] == []
        number += 1
    assert number > 2
    send()
    before = files_below(board)
    number = 1
    while die_at(number, names, send):
        assert entry_paths(board, "harbour") == [board / "harbour/half/1"]
        assert files_below(board) == before
        number += 1
    assert number > 3
