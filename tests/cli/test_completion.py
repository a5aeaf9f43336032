"""Completion in a shell."""

from __future__ import annotations

import shutil
import subprocess

import pytest
from conftest import Cli

SHELLS = ("bash", "zsh", "fish")


@pytest.mark.parametrize("shell", SHELLS)
def test_the_script_asks_our_program(cli: Cli, shell: str) -> None:
    result = cli("completion", shell)
    assert result.returncode == 0
    assert f"_EVENTBENCH_COMPLETE={shell}_complete" in result.stdout
    assert cli("completion", "--help").stdout.count(f"eventbench completion {shell}") >= 1


def test_the_script_for_bash_is_valid(cli: Cli) -> None:
    bash = shutil.which("bash")
    assert bash is not None
    script = cli("completion", "bash").stdout
    subprocess.run([bash, "-n"], input=script, text=True, check=True)


def test_an_unknown_shell_is_wrong_usage(cli: Cli) -> None:
    assert cli("completion", "tcsh").returncode == 2


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["da"], {"data"}),
        (["data", "h"], {"hydrate"}),
        (["leaderboard", ""], {"submit", "speed", "verify", "show", "build"}),
        (["run", "le"], {"lexicon"}),
        (["run", "encoder", "--ep"], {"--epochs"}),
        (["run", "crf", "--ep"], set()),
        (["run", "--l2", "1", "crf", "--it"], {"--iterations"}),
        (["fit", "encoder", "--device", "c"], {"cpu", "cuda"}),
        (["run", "no.such:System", "--ou"], {"--out"}),
        (["score", "x", "--task", "at"], {"attributes", "attribution"}),
        (["run", "crf", "--task", "events,ar"], {"events,arguments"}),
    ],
)
def test_words_are_completed(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, words: list[str], expected: set[str]
) -> None:
    monkeypatch.setenv("_EVENTBENCH_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", " ".join(["eventbench", *words]))
    monkeypatch.setenv("COMP_CWORD", str(len(words)))
    result = cli()
    assert (result.returncode, result.stderr) == (0, "")
    assert {line.split(",", 1)[1] for line in result.stdout.split()} == expected
