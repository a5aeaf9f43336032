"""The workflow that checks a pull request takes one new entry and runs no code of it."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import ROOT


@pytest.fixture(scope="module")
def workflow() -> dict[str, Any]:
    path = ROOT / ".github/workflows/leaderboard.yml"
    found: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return found


def test_the_workflow_runs_no_code_of_the_pull_request(workflow: dict[str, Any]) -> None:
    assert list(workflow[True]) == ["pull_request"]  # YAML takes "on" for true
    assert workflow["permissions"] == {"contents": "read"}
    [job] = workflow["jobs"].values()
    assert "permissions" not in job
    steps = job["steps"]
    actions = [step["uses"].partition("@")[0] for step in steps if "uses" in step]
    assert actions == ["actions/checkout", "actions/checkout", "actions/setup-python"]
    ours, theirs = (step["with"] for step in steps if "checkout" in step.get("uses", ""))
    assert ours["ref"] == "${{ github.event.pull_request.base.sha }}"
    assert (ours["path"], theirs["path"]) == ("base", "submission")
    assert not ours["persist-credentials"]
    assert not theirs["persist-credentials"]
    scripts = [step["run"] for step in steps if "run" in step]
    assert not any("${{" in script for script in scripts)  # nothing is pasted into a script
    assert [line for script in scripts for line in script.splitlines() if "install" in line] == [
        "python -m pip install --constraint base/constraints.txt ./base"
    ]
    assert "secrets" not in json.dumps(job)


def git(folder: Path, *arguments: str) -> None:
    settings = ["-c", "user.name=x", "-c", "user.email=x@example.org", "-c", "init.defaultBranch=m"]
    subprocess.run(["git", *settings, *arguments], cwd=folder, check=True, capture_output=True)


ENTRY_FILE = "leaderboard/aleppo/half/1/predictions/triggers/seed0/fold0.jsonl.gz"


@pytest.mark.parametrize(
    ("added", "accepted"),
    [
        (
            [
                "leaderboard/aleppo/half/1/entry.toml",
                "leaderboard/aleppo/half/1/result.json",
                ENTRY_FILE,
            ],
            True,
        ),
        (["leaderboard/half/1/entry.toml", "leaderboard/half/1/result.json"], False),
        (["leaderboard/aleppo/half/1/entry.toml", "setup.py"], False),
        (["leaderboard/aleppo/half/1/entry.toml", "leaderboard/aleppo/half/2/entry.toml"], False),
        (
            ["leaderboard/aleppo/half/1/entry.toml", "leaderboard/aleppo/half/1/sitecustomize.py"],
            False,
        ),
        (["leaderboard/aleppo/half/1/entry.toml", "leaderboard/README.md"], False),
        (["leaderboard/aleppo/half/1/entry.toml", "leaderboard/aleppo/old/1/entry.toml"], False),
        (
            ["leaderboard/aleppo/half/1/entry.toml", "x\nleaderboard/aleppo/half/1/entry.toml"],
            False,
        ),
        (
            ["leaderboard/aleppo/half/1/entry.toml", "leaderboard/aleppo/half/1/entry.toml\nx=y"],
            False,
        ),
        (["-leaderboard/aleppo/half/1/entry.toml"], False),
        (["leaderboard/aleppo/half/1/entry.toml", "-leaderboard/aleppo/old/1/entry.toml"], False),
    ],
)
def test_the_workflow_takes_one_new_entry_only(
    added: list[str], accepted: bool, workflow: dict[str, Any], tmp_path: Path
) -> None:
    submission = tmp_path / "submission"
    (submission / "leaderboard/aleppo/old/1").mkdir(parents=True)
    (submission / "leaderboard/aleppo/old/1/entry.toml").write_text("old", encoding="utf-8")
    (submission / "leaderboard/README.md").write_text("old", encoding="utf-8")
    git(submission, "init", "-q")
    git(submission, "add", ".")
    git(submission, "commit", "-q", "-m", "base")
    git(submission, "checkout", "-q", "-b", "topic")
    for name in added:
        path = submission / name.removeprefix("-")
        if name.startswith("-"):
            path.unlink(missing_ok=True)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("new", encoding="utf-8")
    git(submission, "add", "-A")
    git(submission, "commit", "-q", "--allow-empty", "-m", "topic")
    git(submission, "checkout", "-q", "m")
    git(submission, "merge", "-q", "--no-ff", "topic")
    [job] = workflow["jobs"].values()
    [script] = [step["run"] for step in job["steps"] if step.get("id") == "changes"]
    result = subprocess.run(
        ["bash", "-c", script],
        cwd=tmp_path,
        env=os.environ | {"GITHUB_OUTPUT": str(tmp_path / "output")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.stderr == ""
    assert result.returncode == (0 if accepted else 1), result.stdout
    if accepted:
        output = (tmp_path / "output").read_text(encoding="utf-8")
        assert output == "entry=leaderboard/aleppo/half/1\ncorpus=aleppo\n"
