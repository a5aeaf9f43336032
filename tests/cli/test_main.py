"""Exit codes, streams and the log; where it matters, in a process of its own."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import datasets
import pytest
from conftest import Cli

from eventbench import __version__
from eventbench.cli import data
from eventbench.cli.main import expand_patterns, main

EVENTBENCH = [sys.executable, "-m", "eventbench"]


@pytest.mark.parametrize(
    "arguments", [[], ["nonsense"], ["score"], ["run", "lexicon"], ["run"], ["data"], ["validate"]]
)
def test_wrong_usage_exits_2_without_a_traceback(cli: Cli, arguments: list[str]) -> None:
    result = cli(*arguments)
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.startswith("Usage: eventbench ")
    assert "Traceback" not in result.stderr


def test_a_misspelt_command_is_guessed(cli: Cli) -> None:
    assert "Did you mean 'score'?" in cli("scor").stderr
    assert "Did you mean 'stats'?" in cli("data", "stat").stderr


def test_bad_input_exits_1_with_one_line(cli: Cli) -> None:
    result = cli("score", "none")
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == "eventbench: error: none: no such file or directory\n"


def test_the_version(cli: Cli) -> None:
    result = cli("--version")
    assert (result.returncode, result.stdout) == (0, f"eventbench {__version__}\n")


def test_the_arguments_of_the_process_are_the_default(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["eventbench", "--version"])
    assert main() == 0
    assert capsys.readouterr().out.startswith("eventbench ")


def test_python_m_eventbench_and_the_script_are_the_same_program(
    cli: Cli, cli_process: Cli, tiny: Path
) -> None:
    for arguments in (["data", "stats", "--data", tiny], ["score", "none"], ["nonsense"]):
        here, apart = cli(*arguments), cli_process(*arguments)
        assert (here.returncode, here.stdout) == (apart.returncode, apart.stdout)
        assert here.stderr == apart.stderr


def test_patterns_are_replaced_by_files_where_the_shell_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("b.txt", "a.txt", "c.csv"):
        (tmp_path / name).touch()
    given = ["view", "--out", "*.html", "?.txt", "c.csv"]
    assert expand_patterns(given) == ["view", "--out", "*.html", "a.txt", "b.txt", "c.csv"]


@pytest.mark.posix
def test_a_reader_that_goes_away_is_no_error(tiny: Path) -> None:
    for arguments, first in ((f"data stats --json --data {tiny}", "{"), ("--help", "U")):
        command = f"{' '.join(EVENTBENCH)} {arguments} | head -c 1"
        result = subprocess.run(command, shell=True, capture_output=True, text=True, check=False)
        assert (result.stdout, result.stderr) == (first, "")


@pytest.mark.posix
def test_a_reader_that_is_gone_before_we_write(tiny: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    command = [*EVENTBENCH, "data", "stats", "--data", str(tiny)]
    result = subprocess.run(command, stdout=write, stderr=subprocess.PIPE, text=True, check=False)
    os.close(write)
    assert (result.returncode, result.stderr) == (0, "")


@pytest.mark.posix
def test_a_closed_standard_output_is_no_error(tiny: Path) -> None:
    command = f"{' '.join(EVENTBENCH)} data stats --data {tiny} >&-"
    result = subprocess.run(command, shell=True, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


ENDLESS = """
from dataclasses import dataclass
import time

@dataclass
class Endless:
    seed: int = 0

    def fit(self, fold, progress):
        open("started", "w").close()
        time.sleep(600)

    def predict(self, test):
        return []
"""


@pytest.mark.posix
def test_ctrl_c_stops_with_one_line(tmp_path: Path) -> None:
    (tmp_path / "endless.py").write_text(ENDLESS, "utf-8")
    process = subprocess.Popen(
        [*EVENTBENCH, "run", "endless:Endless", "--out", "r"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    while process.poll() is None and not (tmp_path / "started").exists():
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate()
    assert (process.returncode, out, err) == (130, "", "eventbench: stopped\n")
    assert not (tmp_path / "r").exists()


def test_the_log_is_silent_unless_asked_for(cli: Cli, tiny: Path) -> None:
    stats = ("data", "stats", "--data", tiny)
    quiet, info, debug = cli(*stats), cli("-v", *stats), cli("-vv", *stats)
    assert quiet.stderr == ""
    assert quiet.stdout == info.stdout == debug.stdout
    assert "INFO eventbench.cli.options: corpus tiny with 2 articles, version" in info.stderr
    assert "DEBUG" not in info.stderr
    assert f"DEBUG eventbench.cli.main: eventbench {__version__}, Python 3." in debug.stderr
    assert cli(*stats).stderr == ""


def test_a_warning_of_the_log_is_silent_too(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    def warn(*_: object) -> None:
        logging.getLogger("eventbench.corpus").warning("a warning")

    monkeypatch.setattr(data, "print_json", warn)
    monkeypatch.setattr(logging.getLogger(), "handlers", [])
    assert cli("data", "stats", "--json").stderr == ""
    assert "WARNING eventbench.corpus: a warning" in cli("-v", "data", "stats", "--json").stderr


def test_a_command_leaves_the_process_as_it_was(cli: Cli, tmp_path: Path) -> None:
    logger = logging.getLogger("eventbench")

    def state() -> tuple[object, ...]:
        bars = datasets.is_progress_bar_enabled()
        return bars, [*logger.handlers], logger.level, dict(os.environ), Path.cwd(), [*sys.path]

    (tmp_path / "endless.py").write_text(ENDLESS, "utf-8")
    before = state()
    assert before[0]
    assert cli("-vv", "run", "lexicon", "--folds", "0", "--out", "r").returncode == 0
    assert cli("-v", "data", "build", "--out", "r").returncode == 1
    assert cli("run", "endless:Endless", "--help").returncode == 0
    assert state() == before
    assert "endless" not in sys.modules


def on_a_terminal(command: list[str], folder: Path, rank: str) -> bytes:
    """What a process shows on standard error, which is a terminal."""
    import pty
    import termios

    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, 80))
    environment = os.environ | {"RANK": rank}
    output = subprocess.DEVNULL
    subprocess.run(command, cwd=folder, env=environment, stdout=output, stderr=theirs, check=True)
    os.close(theirs)
    seen = b""
    try:
        while part := os.read(ours, 4096):
            seen += part
    except OSError:  # the other end is closed
        pass
    os.close(ours)
    return seen


@pytest.mark.posix
@pytest.mark.slow
def test_bars_are_shown_on_a_terminal_by_the_first_process_alone(
    tmp_path: Path, cli_process: Cli
) -> None:
    command = ["run", "lexicon", "--folds", "0", "--out"]
    assert cli_process(*command, "piped").stderr == ""
    assert b"100%" in on_a_terminal([*EVENTBENCH, *command, "first"], tmp_path, "0")
    assert on_a_terminal([*EVENTBENCH, *command, "second"], tmp_path, "1") == b""
